"""The small world of detection, for the commands that explain it."""

from tests.detect.conftest import eventful, quiet

__all__ = ["eventful", "quiet"]
