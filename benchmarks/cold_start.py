"""What a cold function spends on importing its packages: processor seconds, from the layers' bytecode and from sources.

    .venv/bin/python -m benchmarks.cold_start

imports each handler in processes of its own that keep no bytecode, as on Lambda: once from layers built for this
machine, once from the same packages as sources. The least of a few is printed.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from infra.compute import function_asset, shared_asset
from infra.stages import FUNCTIONS
from layers import build


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=3, help="How often each import is measured.")
    times = parser.parse_args().times
    layers = build.ensure_built(build.HOST)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shared = shared_asset(folder) / "python"
        for layer in build.SETS:
            for part in (build.BASE, layer):
                with zipfile.ZipFile(layers / f"{part}.zip") as archive:
                    archive.extractall(folder / "opt" / layer)
        print(f"{'function':<14}{'layers':<14}{'bytecode':>10}{'sources':>10}")
        for function in FUNCTIONS:
            code = [str(function_asset(function.folder, folder)), str(shared)]
            of_layers = [*code, str(folder / "opt" / function.layer / "python")]
            of_sources = [*code, sysconfig.get_path("platlib")]
            spent = [min(seconds(function.handler, p) for _ in range(times)) for p in (of_layers, of_sources)]
            print(f"{function.name:<14}{function.layer:<14}{spent[0]:>8.2f} s{spent[1]:>8.2f} s")


def seconds(handler: str, path: list[str]) -> float:
    """Return the processor seconds of a process that imports a handler's module from these folders alone."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    program = f"import sys; sys.path[:0] = {path!r}; import {handler.rpartition('.')[0]}"
    subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-X", "pycache_prefix=/nowhere", "-c", program],
        check=True,
        env={"PATH": os.environ["PATH"]},
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


if __name__ == "__main__":
    main()
