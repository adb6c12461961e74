"""Builds the deployable dependency layers from requirements/runtime.txt: platform wheels, no Docker, the same bytes.

`python -m layers.build` (or `make layers`) writes `build/layers/lambda/{base,models,tables}.zip`; `--target host`
builds the same for this machine, which is how the tests prove that nothing that is needed was slimmed away.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from layers.bytecode import CompilerError, compiled
from layers.slimming import PAGE, is_slimmed, without_symbols

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements/runtime.txt"
BUILD = ROOT / "build"
LIMIT = 250 * 2**20  # Lambda: a function's code and its layers, unzipped
COMPILED_BY = ("compile.mjs", "compile.py", "package-lock.json")
_EPOCH = (1980, 1, 1, 0, 0, 0)


class LayerError(Exception):
    """A layer cannot be built, or does not fit; the message says which and why."""


@dataclass(frozen=True)
class Target:
    """What a build is for: an interpreter on a platform; no `platforms` means this very machine."""

    name: str
    python: str
    machine: str
    platforms: tuple[str, ...] = ()

    def environment(self) -> dict[str, str]:
        """Return the values of the lock file's markers on the target."""
        own = {"python_version": self.python, "python_full_version": f"{self.python}.0"}
        there = {
            "platform_machine": self.machine,
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
        }
        return {**{k: str(v) for k, v in default_environment().items()}, **own, **(there if self.platforms else {})}


# Amazon Linux 2023 has glibc 2.34: every older manylinux fits.
LAMBDA = Target(
    name="lambda",
    python="3.14",
    machine="aarch64",
    platforms=tuple(f"manylinux_2_{minor}_aarch64" for minor in (34, 28, 27, 24, 17)) + ("manylinux2014_aarch64",),
)
HOST = Target(name="host", python=".".join(map(str, sys.version_info[:2])), machine="")
TARGETS = {t.name: t for t in (LAMBDA, HOST)}

# All packages together are over the limit, so a function has the base, and at most one set on top of it. Each holds
# what these need, as the wheels declare it; what the base holds is in no other.
BASE = "base"
SETS: dict[str, tuple[str, ...]] = {
    BASE: ("aws-lambda-powertools[parser,tracer]", "boto3", "numpy", "pyarrow", "pydantic", "tzdata"),
    "models": ("scikit-learn", "scipy"),
    "tables": ("awswrangler", "pandas", "python-calamine"),
}
LEFT_OUT = {"setuptools": "awswrangler declares it for Python 3.12 and newer, and imports it nowhere"}


def requirements(target: Target, lock: str) -> dict[str, str]:
    """Return the lock file's lines, hashes included, that hold on the target, by distribution."""
    environment = target.environment()
    held: dict[str, str] = {}
    for entry in lock.replace("\\\n", " ").splitlines():
        line, _, hashes = entry.strip().partition(" --hash")
        if not line or line.startswith("#"):
            continue
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate(environment):
            pinned = f"{requirement.name}{requirement.specifier}"
            held[canonicalize_name(requirement.name)] = f"{pinned} --hash{hashes}"
    return held


def download(target: Target, wanted: Mapping[str, str], folder: Path) -> dict[str, Path]:
    """Fetch the wheels of these lock lines, their hashes checked by pip, and return them by distribution."""
    folder.mkdir(parents=True, exist_ok=True)
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    pip += ["--require-hashes", "--only-binary=:all:", "--dest", str(folder)]
    if target.platforms:
        pip += ["--implementation", "cp", "--python-version", target.python]
        pip += [f"--abi={abi}" for abi in (f"cp{target.python.replace('.', '')}", "abi3", "none")]
        pip += [f"--platform={p}" for p in target.platforms]
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as lines:
        lines.write("\n".join(wanted.values()))
        lines.flush()
        done = subprocess.run([*pip, "-r", lines.name], capture_output=True, text=True, check=False)  # noqa: S603 (pip)
    if done.returncode:
        raise LayerError(f"pip found no wheels for {target.name}:\n{done.stderr[-2000:]}")
    there = {parse_wheel_filename(p.name)[:2]: p for p in sorted(folder.glob("*.whl"))}
    pins = {name: Requirement(line.partition(" --hash")[0]).specifier for name, line in wanted.items()}
    return {str(name): path for (name, version), path in there.items() if name in pins and version in pins[name]}


def closure(roots: Iterable[str], wheels: Mapping[str, Path], environment: Mapping[str, str]) -> list[str]:
    """Return the distributions that these need, themselves included, as the wheels' metadata say."""
    todo, seen = [Requirement(r) for r in roots], set[tuple[str, str]]()
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        for extra in ("", *sorted(requirement.extras)):
            if name in LEFT_OUT or (name, extra) in seen:
                continue
            if name not in wheels:
                raise LayerError(f"{name} is needed and not in {LOCK.name}")
            seen.add((name, extra))
            for needed in _requires(wheels[name]):
                if needed.marker is None or needed.marker.evaluate({**environment, "extra": extra}):
                    todo.append(needed)
    return sorted({name for name, _ in seen})


def _requires(wheel: Path) -> Iterator[Requirement]:
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(n for n in archive.namelist() if n.endswith(".dist-info/METADATA"))
        for line in archive.read(metadata).decode().split("\n\n")[0].splitlines():
            if line.startswith("Requires-Dist:"):
                yield Requirement(line.partition(":")[2].strip())


def contents(wheel: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the wheel's files as they are laid out when installed, slimmed for a layer."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", name)
            if name.endswith("/") or re.match(r"[^/]+\.data/", path) or is_slimmed(path):
                continue
            body = archive.read(name)
            yield path, without_symbols(body) if ".so" in Path(path).name else body


def files_of(wheels: Mapping[str, Path], *, here: bool) -> dict[str, dict[str, bytes]]:
    """Return each distribution's files by path, with bytecode in place of its modules.

    Parameters
    ----------
    wheels
        Wheels by distribution; no two hold different files of one path.
    here
        Whether the bytecode is for this interpreter.
    """
    found: dict[str, dict[str, bytes]] = {name: dict(contents(wheel)) for name, wheel in wheels.items()}
    every: dict[str, bytes] = {}
    for name, files in found.items():
        for path, body in files.items():
            if every.setdefault(path, body) != body:
                raise LayerError(f"{path} is in more than one wheel, last in {name}")
    bytecode = compiled({p: body for p, body in every.items() if p.endswith(".py")}, here=here)
    for files in found.values():
        for path in [p for p in files if f"{p}c" in bytecode]:
            del files[path]
            files[f"{path}c"] = bytecode[f"{path}c"]
    return found


def write_layer(files: Mapping[str, bytes], path: Path) -> int:
    """Write the layer's archive, the same bytes for the same files, and return its size unzipped."""
    half = path.with_suffix(".tmp")
    with zipfile.ZipFile(half, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"python/{name}", _EPOCH)
            entry.external_attr, entry.create_system = 0o100644 << 16, 3
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, files[name], compresslevel=6)
    half.rename(path)
    return sum(map(len, files.values()))


def largest_code(root: Path = ROOT) -> int:
    """Return the bytes that a function brings at most beside its dependency layer: the shared layer and its folder."""
    shared = _size(root / "layers/mrs/python")
    return shared + max(map(_size, (root / "functions").iterdir()), default=0)


def _size(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def check_size(name: str, unzipped: int, code: int) -> None:
    """Raise LayerError where a function's code and layers together pass Lambda's limit."""
    if unzipped + code > LIMIT:
        mib = (unzipped + code) / 2**20
        raise LayerError(
            f"the layers of {name} and a function's code are {mib:.1f} MiB unzipped: the limit is {LIMIT >> 20}"
        )


def inputs_hash() -> str:
    """Return the hash of what a build is made from: the lock file and this folder's recipe. `infra` compares it."""
    here = ROOT / "layers"
    recipe = [LOCK, *sorted(here.glob("*.py")), *(here / "compiler" / n for n in COMPILED_BY)]
    return hashlib.sha256(b"".join(p.read_bytes() for p in recipe)).hexdigest()


def build(target: Target, out: Path) -> Path:
    """Build all layer sets of a target into a folder, with `manifest.json` in it, and return it.

    Raises
    ------
    LayerError
        If a wheel is missing, a locked package is in no set, or a function would pass the limit.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "manifest.json").unlink(missing_ok=True)
    wanted = {n: line for n, line in requirements(target, LOCK.read_text()).items() if n not in LEFT_OUT}
    wheels = download(target, wanted, BUILD / "wheels" / f"{target.name}-{target.python}")
    members = {name: closure(roots, wheels, target.environment()) for name, roots in SETS.items()}
    for name in set(SETS) - {BASE}:
        members[name] = [m for m in members[name] if m not in members[BASE]]
    unused = set(wheels) - {n for names in members.values() for n in names}
    if unused:
        raise LayerError(f"locked and in no layer: {', '.join(sorted(unused))}")
    try:
        files = files_of(wheels, here=not target.platforms)
    except CompilerError as error:
        raise LayerError(str(error)) from error
    with ThreadPoolExecutor(len(SETS)) as pool:
        held = {n: {p: b for m in members[n] for p, b in files[m].items()} for n in SETS}
        held["tables"] |= {p: held[BASE].pop(p) for p in list(held[BASE]) if p.startswith(PAGE)}
        sizes = pool.map(write_layer, held.values(), [out / f"{n}.zip" for n in SETS])
        unzipped = dict(zip(SETS, sizes, strict=True))
    layers = {}
    for name, size in unzipped.items():
        if target.platforms:  # this machine's own layers are deployed nowhere
            check_size(name, size + (unzipped[BASE] if name != BASE else 0), largest_code())
        digest = hashlib.sha256((out / f"{name}.zip").read_bytes()).hexdigest()
        layers[name] = {"sha256": digest, "unzipped_bytes": size, "distributions": members[name]}
    manifest = {"inputs": inputs_hash(), "target": target.name, "python": target.python, "layers": layers}
    (out / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n")
    return out


def ensure_built(target: Target) -> Path:
    """Build the target's layers where they are not there yet, one process at a time, and return their folder."""
    out = BUILD / "layers" / target.name
    out.mkdir(parents=True, exist_ok=True)
    with (out / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_built(target):
            print(
                f"» building the {target.name} layers for Python {target.python} (two minutes, the first time)",
                flush=True,
            )
            build(target, out)
    return out


def is_built(target: Target) -> bool:
    """Whether the target's layers are there, made from the present lock file."""
    path = BUILD / "layers" / target.name / "manifest.json"
    if not path.exists():
        return False
    manifest = json.loads(path.read_text())
    return bool(manifest["inputs"] == inputs_hash() and manifest["python"] == target.python)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, say what came of it, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--target", choices=sorted(TARGETS), default=LAMBDA.name)
    options = parser.parse_args(arguments)
    try:
        out = ensure_built(TARGETS[options.target])
    except LayerError as error:
        print(error, file=sys.stderr)
        return 1
    layers = json.loads((out / "manifest.json").read_text())["layers"]
    base = layers[BASE]["unzipped_bytes"]
    for name, layer in layers.items():
        total = (layer["unzipped_bytes"] + (base if name != BASE else 0) + largest_code()) / 2**20
        path = f"{out.relative_to(ROOT) / name}.zip"
        print(f"{path:<32} {total:.1f} of {LIMIT >> 20} MiB unzipped, with the base and the largest function's code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
