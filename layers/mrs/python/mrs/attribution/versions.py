"""Which versions of the cause model came with the release; imports nothing that a model needs."""

from __future__ import annotations

from importlib.resources import files

ARTIFACTS = "mrs.attribution.artifacts"


def is_in_layer(version: str) -> bool:
    """Whether a version came with the release, rather than from a training since."""
    named = version.replace("-", "").replace("_", "").replace(".", "").isalnum()
    return named and files(ARTIFACTS).joinpath(f"{version}.json").is_file()
