"""The layers' recipe: what is locked, what is left out, what a library keeps, when it is too large."""

from __future__ import annotations

import ast
import importlib.util
import json
import shutil
import struct
from pathlib import Path

import pytest
from aws_cdk import aws_lambda as lambda_

from infra import layers as infra_layers
from layers import build, bytecode, slimming

ROOT = Path(__file__).resolve().parents[2]
LOCK = """
numpy==2.4.6 ; python_full_version < '3.12' \\
    --hash=sha256:aa \\
    --hash=sha256:bb
numpy==2.5.5 ; python_full_version >= '3.12' \\
    --hash=sha256:cc
tzdata==2026.6 ; sys_platform == 'emscripten' or sys_platform == 'win32' \\
    --hash=sha256:dd
typing-extensions==4.16.0 \\
    --hash=sha256:ee
"""


def _elf(segment_end: int, tail: bytes) -> bytes:
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01", 3, 183, 1, 0, 64, segment_end, 0, 64, 56, 1, 64, 9, 8)
    program = struct.pack("<IIQQQQQQ", 1, 5, 0, 0, 0, segment_end, segment_end, 4096)
    return (header + program).ljust(segment_end, b"\x90") + tail


def test_the_lock_is_read_for_the_target_not_for_this_machine() -> None:
    held = build.requirements(build.LAMBDA, LOCK)
    assert held == {
        "numpy": "numpy==2.5.5 --hash=sha256:cc",
        "typing-extensions": "typing-extensions==4.16.0 --hash=sha256:ee",
    }


def test_the_target_is_what_the_functions_run_on() -> None:
    assert infra_layers.RUNTIME.name == f"python{build.LAMBDA.python}"
    assert infra_layers.ARCHITECTURE.name == "arm64"
    assert build.LAMBDA.machine == "aarch64"
    assert tuple(build.SETS) == infra_layers.NAMES


def test_the_runtime_is_the_newest_that_lambda_has() -> None:
    known = [n for n in dir(lambda_.Runtime) if n.startswith("PYTHON_3_")]
    assert infra_layers.RUNTIME.name == f"python3.{max(int(n.rpartition('_')[2]) for n in known)}"


@pytest.mark.parametrize(
    "path",
    [
        "scipy/stats/tests/test_fit.py",
        "pyarrow/libarrow_flight.so.2500",
        "pyarrow/_flight.cpython-314-aarch64-linux-gnu.so",
        "pyarrow/libarrow_python.so",
        "pyarrow/libarrow_python.so.2500.1.0",
        "pyarrow/include/arrow/api.h",
        "pandas-3.1.1.dist-info/RECORD",
        "botocore/data/ec2/2016-11-15/service-2.json.gz",
        "sklearn/datasets/data/iris.csv",
    ],
)
def test_left_out(path: str) -> None:
    assert slimming.is_slimmed(path)


@pytest.mark.parametrize(
    "path",
    [
        "pyarrow/libarrow.so.2500",
        "pyarrow/libarrow_python.so.2500",
        "pyarrow/lib.cpython-314-aarch64-linux-gnu.so",
        "numpy/testing/__init__.py",
        "numpy-2.5.5.dist-info/licenses/LICENSE.txt",
        "botocore/data/s3/2006-03-01/service-2.json.gz",
        "botocore/data/endpoints.json",
    ],
)
def test_kept(path: str) -> None:
    assert not slimming.is_slimmed(path)


def test_a_library_loses_its_symbols_and_keeps_its_segments() -> None:
    whole = _elf(512, b"symbols" * 100)
    stripped = slimming.without_symbols(whole)
    assert len(stripped) == 512
    assert stripped[64:] == whole[64:512]
    assert struct.unpack_from("<Q", stripped, 40) == (0,)
    assert struct.unpack_from("<HH", stripped, 60) == (0, 0)
    assert slimming.without_symbols(stripped) == stripped


def test_what_is_no_library_is_left_alone() -> None:
    assert slimming.without_symbols(b"#!/bin/sh\n") == b"#!/bin/sh\n"


def test_a_layer_over_the_limit_fails() -> None:
    build.check_size("models", build.LIMIT - 10, 10)
    with pytest.raises(build.LayerError, match=r"layers of models .* 250\.0 MiB unzipped: the limit is 250"):
        build.check_size("models", build.LIMIT - 10, 11)


def test_every_service_that_the_code_calls_is_kept() -> None:
    called = set()
    for folder in ("functions", "layers/mrs"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    called |= {str(node.args[0].value)} if name == "client" else set()
    assert called
    assert called <= set(slimming.SERVICES)


def test_infra_takes_a_build_of_the_present_recipe_only(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "layers", tmp_path / "layers", ignore=shutil.ignore_patterns("node_modules", "mrs"))
    (tmp_path / "requirements").mkdir()
    shutil.copy(build.LOCK, tmp_path / "requirements")
    assert infra_layers.built_layers(tmp_path) is None
    folder = tmp_path / "build/layers/lambda"
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps({"inputs": build.inputs_hash()}))
    archives = {n: folder / f"{n}.zip" for n in build.SETS}
    assert infra_layers.built_layers(tmp_path) == archives
    for changed in ("requirements/runtime.txt", "layers/slimming.py", "layers/compiler/compile.py"):
        before = (tmp_path / changed).read_bytes()
        (tmp_path / changed).write_bytes(before + b"\n")
        assert infra_layers.built_layers(tmp_path) is None, changed
        (tmp_path / changed).write_bytes(before)
    assert infra_layers.built_layers(tmp_path) == archives


def test_modules_become_bytecode_and_what_is_no_python_stays() -> None:
    modules = {"pkg/__init__.py": b"ANSWER = frozenset('abc')\n", "pkg/template.py": b"{{ no python }}\n"}
    made = bytecode.compiled(modules, here=True)
    assert set(made) == {"pkg/__init__.pyc", "pkg/template.py"}
    assert made["pkg/template.py"] == modules["pkg/template.py"]
    assert made["pkg/__init__.pyc"][:4] == importlib.util.MAGIC_NUMBER
    assert b"/opt/python/pkg/__init__.py" in made["pkg/__init__.pyc"]
    assert bytecode.compiled(modules, here=True) == made


def test_without_npm_the_compiler_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bytecode.shutil, "which", lambda _: None)
    with pytest.raises(bytecode.CompilerError, match="npm is missing"):
        bytecode.compiled({"a.py": b""}, here=False)
