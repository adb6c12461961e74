"""The served run of the API's tests: rereviews are asked for and decided through the API."""

from __future__ import annotations

from tests.api.conftest import analyst, viewer, workshop, world

__all__ = ["analyst", "viewer", "workshop", "world"]
