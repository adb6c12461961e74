"""The synthesized CloudFormation template, kept in a cache under a hash of its sources: a synth takes long."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mrs.errors import MrsError
from mrs.identity import hash_of_files

ROOT = Path(__file__).resolve().parents[1]
"""The checkout, or the folder of packages that `mrs` is installed in."""


def cache_of(root: Path) -> Path:
    """Return a checkout's own cache, or, of an installed package, the user's."""
    if (root / "pyproject.toml").exists():
        return root / ".cache" / "templates"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mrs" / "templates"


CACHE = cache_of(ROOT)
KEPT = 8

# Everything that can change the template; of the functions' code only the files that declare a stage, because the
# code itself is run from where it lies.
_SOURCES = (
    "infra/context.json",
    "infra/**/*.py",
    "layers/mrs/python/mrs/contracts/**/*.py",
    "layers/mrs/python/mrs/stage/**/*.py",
    "mrs/contracts/**/*.py",
    "mrs/stage/**/*.py",
    "layers/build.py",
    "requirements/runtime.txt",
    "build/layers/lambda/manifest.json",
)


class SynthError(MrsError):
    """The infrastructure does not synthesize; the message ends with what the CDK said."""


def template_path(cache: Path = CACHE) -> Path:
    """Return the file with the synthesized template, synthesizing it first where the sources have changed.

    Raises
    ------
    SynthError
        If the synthesis fails.
    """
    path = cache / f"{_sources_hash()}.json"
    if path.exists():
        path.touch()
        return path
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            _synthesize(path)
            _forget_old(cache)
    return path


def is_cached(cache: Path = CACHE) -> bool:
    """Whether the template of the present sources is there already."""
    return (cache / f"{_sources_hash()}.json").exists()


def _sources_hash() -> str:
    return hash_of_files(ROOT, _sources())[:32]


def _sources() -> Iterator[Path]:
    for pattern in _SOURCES:
        yield from sorted(ROOT.glob(pattern))
    yield from (path for path in sorted(ROOT.glob("functions/**/*.py")) if "Stage(" in path.read_text())


def _synthesize(path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="mrs-synth-") as out:
        done = subprocess.run(  # noqa: S603 (our own module, run by our own interpreter)
            [sys.executable, "-P", "-m", "infra.app", "--unchecked", out],
            env=_without_aws(),
            capture_output=True,
            text=True,
            check=False,
        )
        made = sorted(Path(out).glob("*.template.json"))
        if done.returncode or len(made) != 1:
            raise SynthError(f"infra/app.py does not synthesize:\n{done.stderr[-4000:]}")
        write_whole(path, made[0].read_bytes())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of the cache: whole, or not at all, even if other processes write it too."""
    half = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    half.write_bytes(content)
    half.rename(path)


def _without_aws() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}


def _forget_old(cache: Path) -> None:
    newest_first = sorted(cache.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in newest_first[KEPT:]:
        for made in cache.glob(f"{path.stem}.*"):
            made.unlink(missing_ok=True)


def resources(template: dict[str, Any], cfn_type: str) -> dict[str, dict[str, Any]]:
    """Return the template's resources of one type, by logical id."""
    return {k: r for k, r in template["Resources"].items() if r["Type"] == cfn_type}
