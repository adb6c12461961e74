"""Bytecode in place of the layers' sources: a layer's disk is read-only, so each cold start would compile them again.

The bytecode must be of Lambda's version of Python. npm brings it as WebAssembly (Pyodide), so it
need not be installed; the layers for this machine are compiled by the interpreter that runs this.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

COMPILER = Path(__file__).parent / "compiler"


class CompilerError(Exception):
    """The modules cannot be compiled; the message says what is missing."""


def compiled(modules: Mapping[str, bytes], *, here: bool) -> dict[str, bytes]:
    """Return bytecode by path, `x.pyc` for each `x.py`; a file that is no Python is returned as it is.

    Parameters
    ----------
    modules
        Sources by path below the layer's `python/`.
    here
        Whether this interpreter compiles, rather than Lambda's version of it.

    Raises
    ------
    CompilerError
        If node or npm is absent, or the compiler fails.
    """
    with tempfile.TemporaryDirectory(prefix="mrs-bytecode-") as name:
        folder = Path(name)
        for path, body in modules.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(body)
        command = [sys.executable, "-I", str(COMPILER / "compile.py")] if here else _node()
        _run([*command, str(folder)])
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def _node() -> list[str]:
    if shutil.which("npm") is None:
        raise CompilerError(
            "npm is missing: it brings the Python that compiles the layers, and `make deploy` needs it too"
        )
    if not (COMPILER / "node_modules/.package-lock.json").exists():
        _run(["npm", "ci", "--silent", "--prefix", str(COMPILER)])
    return ["node", str(COMPILER / "compile.mjs")]


def _run(command: list[str]) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)  # noqa: S603 (ours)
    if done.returncode:
        raise CompilerError(f"{command[0]} failed: {(done.stderr or done.stdout)[-2000:]}")
