"""Builds the deployable dependency layers from requirements/runtime.txt: platform wheels, no Docker, the same bytes.

`python layers/build.py` (or `make layers`) writes `build/layers/lambda/{models,queries}.zip`; `--target host` builds
the same for this machine, which is how the tests prove that nothing that is needed was slimmed away.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements/runtime.txt"
BUILD = ROOT / "build"
LIMIT = 250 * 2**20  # Lambda: a function's code and its layers, unzipped
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

# All packages together are over the limit, so there are two sets; each holds what these need, as the wheels declare it.
_SHARED = ("aws-lambda-powertools[parser,tracer]", "boto3", "numpy", "pyarrow", "pydantic", "tzdata")
SETS: dict[str, tuple[str, ...]] = {
    "models": (*_SHARED, "python-calamine", "scikit-learn", "scipy"),
    "queries": (*_SHARED, "awswrangler", "pandas"),
}
LEFT_OUT = {"setuptools": "awswrangler declares it for Python 3.12 and newer, and imports it nowhere"}

# Our own boto3, pinned, rather than the runtime's: that one changes under a deployed function, and create-only puts
# need a client that knows `IfNoneMatch`. Of its 440 service models only those that a function or awswrangler may call.
SERVICES = (
    "athena",
    "cognito-idp",
    "events",
    "glue",
    "lambda",
    "s3",
    "secretsmanager",
    "ses",
    "sesv2",
    "sns",
    "sqs",
    "ssm",
    "stepfunctions",
    "sts",
    "xray",
)

# What is left out of the wheels, by path, and why. Licences stay.
SLIMMED: dict[str, str] = {
    "*/tests/*": "tests",
    "*/test/*": "tests",
    "*/conftest.py": "tests",
    "*.dist-info/RECORD": "lists files that are no longer there",
    "*.dist-info/sboms/*": "bills of material, generated",
    "*.pyi": "for type checkers only",
    "*.pyx": "Cython sources",
    "*.pxd": "Cython declarations",
    "*.pxi": "Cython sources",
    "*.tp": "Cython templates",
    "*.h": "headers",
    "*.hpp": "headers",
    "*.c": "sources",
    "*.cc": "sources",
    "*.cpp": "sources",
    "*.a": "static libraries",
    "*.build": "build files",
    "*.cmake": "build files",
    "pyarrow/include/*": "headers",
    "pyarrow/includes/*": "headers",
    "pyarrow/src/*": "sources",
    "pyarrow/*_flight*": "Arrow Flight: a server protocol, unused",
    "pyarrow/*flight.py": "Arrow Flight: a server protocol, unused",
    "pyarrow/_substrait*": "Substrait plans, unused (its library stays: Acero, which joins tables, is linked to it)",
    "pyarrow/substrait.py": "Substrait plans, unused",
    "pyarrow/_s3fs*": "Arrow's own S3 client: S3 is reached through boto3 alone",
    "pyarrow/_gcsfs*": "Google Cloud Storage, unused",
    "pyarrow/_azurefs*": "Azure storage, unused",
    "pyarrow/_hdfs*": "HDFS, unused",
    "pyarrow/*orc*": "ORC files, unused",
    "pyarrow/*parquet_encryption*": "encryption inside Parquet, unused: the bucket encrypts",
    "pyarrow/_pyarrow_cpp_tests*": "tests",
    "pyarrow/libarrow*.so": "the unversioned link, stored as a copy",
    "scipy/io/*": "MATLAB, WAV, Matrix Market: unused",
    "scipy/signal/*": "signal processing: unused",
    "scipy/datasets/*": "sample data",
    "scipy/fftpack/*": "superseded by scipy.fft: unused",
    "scipy/odr/*": "orthogonal distance regression: unused",
    "scipy/misc/*": "empty",
    "sklearn/datasets/*": "sample data and its loaders",
    "boto3/examples/*": "documentation",
    "botocore/data/*/*/examples-1.json*": "documentation",
}
# What only one of the sets has no use for.
SLIMMED_IN: dict[str, dict[str, str]] = {
    "models": {"aws_lambda_powertools/event_handler/openapi/swagger_ui/*": "no stage serves an API"},
    "queries": {},
}
# A versioned library that lies there twice: `libarrow_python.so.2500` is the one that is loaded.
_DUPLICATE = re.compile(r"pyarrow/lib.*\.so\.\d+\.\d+\.\d+$")


def is_slimmed(path: str, layer: str) -> bool:
    """Whether a wheel's file is left out of a layer."""
    service = re.match(r"botocore/data/([^/]+)/", path)
    if service:
        return service[1] not in SERVICES or fnmatchcase(path, "*/examples-1.json*")
    patterns = (*SLIMMED, *SLIMMED_IN[layer])
    return bool(_DUPLICATE.match(path)) or any(fnmatchcase(path, pattern) for pattern in patterns)


def without_symbols(binary: bytes) -> bytes:
    """Return a 64-bit ELF library without what follows its last segment: symbol tables and section headers.

    The loader reads segments only; debuggers alone read sections. Anything else is returned as it is.
    """
    if binary[:6] != b"\x7fELF\x02\x01":
        return binary
    (offset,) = struct.unpack_from("<Q", binary, 32)
    size, count = struct.unpack_from("<HH", binary, 54)
    end = offset + size * count
    for header in range(offset, end, size):
        start, length = (
            struct.unpack_from("<Q", binary, header + 8)[0],
            struct.unpack_from("<Q", binary, header + 32)[0],
        )
        end = max(end, start + length)
    kept = bytearray(binary[:end])
    struct.pack_into("<Q", kept, 40, 0)  # offset of the section headers
    struct.pack_into("<HH", kept, 60, 0, 0)  # their number, and which one holds their names
    return bytes(kept)


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


def contents(wheel: Path, layer: str) -> Iterator[tuple[str, bytes]]:
    """Yield the wheel's files as they are laid out when installed, slimmed for a layer."""
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = re.sub(r"^[^/]+\.data/(purelib|platlib)/", "", name)
            if name.endswith("/") or re.match(r"[^/]+\.data/", path) or is_slimmed(path, layer):
                continue
            body = archive.read(name)
            yield path, without_symbols(body) if ".so" in Path(path).name else body


def write_layer(wheels: Sequence[Path], path: Path) -> int:
    """Write the layer's archive, the same bytes for the same wheels, and return its size unzipped."""
    files: dict[str, bytes] = {}
    for wheel in wheels:
        for name, body in contents(wheel, path.stem):
            if files.setdefault(name, body) != body:
                raise LayerError(f"{name} is in more than one wheel, last in {wheel.name}")
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
        raise LayerError(f"layer {name} and a function's code are {mib:.1f} MiB unzipped: the limit is {LIMIT >> 20}")


def inputs_hash() -> str:
    """Return the hash of what a build is made from: the lock file and this one. `infra` compares it."""
    return hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest()


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
    unused = set(wheels) - {n for names in members.values() for n in names}
    if unused:
        raise LayerError(f"locked and in no layer: {', '.join(sorted(unused))}")
    with ThreadPoolExecutor(len(SETS)) as pool:
        sizes = pool.map(lambda n: write_layer([wheels[m] for m in members[n]], out / f"{n}.zip"), SETS)
        unzipped = dict(zip(SETS, sizes, strict=True))
    layers = {}
    for name, size in unzipped.items():
        check_size(name, size, largest_code())
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
                f"» building the {target.name} layers for Python {target.python} (a minute, the first time)", flush=True
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
    for name, layer in layers.items():
        total = (layer["unzipped_bytes"] + largest_code()) / 2**20
        path = f"{out.relative_to(ROOT) / name}.zip"
        print(f"{path:<32} {total:.1f} of {LIMIT >> 20} MiB unzipped, with the largest function's code")
    return 0


if __name__ == "__main__":
    sys.exit(main())
