"""The small world of detection, for the example of a model."""

from tests.detect.conftest import eventful, quiet

__all__ = ["eventful", "quiet"]
