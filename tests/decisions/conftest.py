"""The hydrated world of tests/hydrate, for what is shown before and after a refresh."""

from tests.hydrate.conftest import hydrate_aws, world

__all__ = ["hydrate_aws", "world"]
