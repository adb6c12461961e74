"""Puts bytecode in place of every module below a folder: `python compile.py FOLDER`, or `compile.mjs` in Pyodide."""

from __future__ import annotations

import py_compile
import sys
import warnings
from pathlib import Path


def compile_folder(folder: str) -> None:
    """Replace each `x.py` by an `x.pyc` that is never compared with a source; what is no Python stays as it is."""
    warnings.simplefilter("ignore")
    for path in sorted(Path(folder).rglob("*.py")):
        shown = f"/opt/python/{path.relative_to(folder).as_posix()}"  # in tracebacks: where Lambda unpacks a layer
        try:
            py_compile.compile(
                str(path),
                str(path.with_suffix(".pyc")),
                dfile=shown,
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        except py_compile.PyCompileError:
            continue
        path.unlink()


if __name__ == "__main__":
    compile_folder(sys.argv[1])
