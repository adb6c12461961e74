"""Trained model versions in the log bucket: one create-only object each, `models/<kind>/<version>.json`."""

from __future__ import annotations

import hashlib
import re

from mrs.errors import BadInputError
from mrs.store.objects import ObjectStore

PREFIX = "models/"
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def artifact_key(kind: str, version: str) -> str:
    """Return where a version lies.

    Raises
    ------
    BadInputError
        If it cannot be the name of one.
    """
    if not _VERSION.fullmatch(version):
        raise BadInputError(f"model version {version!r}: use 1 to 64 letters, digits, '.', '-' or '_'")
    return f"{PREFIX}{kind}/{version}.json"


def keep_artifact(objects: ObjectStore, kind: str, version: str, text: str) -> bool:
    """Keep a trained version for ever; return False where the very same is there already.

    Raises
    ------
    ConflictingContentError
        If the version exists with other parameters: versions are never changed.
    """
    body = text.encode("utf-8")
    return objects.create(artifact_key(kind, version), body, hashlib.sha256(body).hexdigest())


def find_artifact(objects: ObjectStore, kind: str, version: str) -> str | None:
    """Return a trained version's text; None where there is no such version."""
    key = artifact_key(kind, version)
    if not any(found.key == key for found in objects.find(key.removesuffix(".json"))):
        return None
    return objects.get(key).decode("utf-8")


def artifact_versions(objects: ObjectStore, kind: str) -> list[str]:
    """Return the trained versions of a kind of model, sorted."""
    prefix = f"{PREFIX}{kind}/"
    return [found.key.removeprefix(prefix).removesuffix(".json") for found in objects.find(prefix)]
