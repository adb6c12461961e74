"""The wheels hold all that is read as a file, and work with the checkout out of reach."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"cli": "cli", "functions": "functions", "infra": "infra", "local": "local", "mrs": "layers/mrs/python/mrs"}
READ = (".py", ".json", ".sql")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what wheels are built from, with a page of two files: builds leave folders behind."""
    tree = tmp_path_factory.mktemp("tree")
    for folder in ("client", *PACKAGES.values()):
        shutil.copytree(
            ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info")
        )
    (tree / "requirements").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements/functions.in", "requirements/local.in"):
        shutil.copy(ROOT / name, tree / name)
    (tree / "ui/dist/assets").mkdir(parents=True)
    (tree / "ui/package.json").write_text("{}")
    (tree / "ui/dist/index.html").write_text("the page")
    (tree / "ui/dist/assets/a.js").write_text("")
    return tree


@pytest.fixture(scope="module")
def whole(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel of the system."""
    return unpacked(tree, tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def client_alone(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked wheel of the client."""
    return unpacked(tree / "client", tmp_path_factory.mktemp("client"))


def unpacked(source: Path, out: Path) -> Path:
    code = "import sys; from setuptools import build_meta; print(build_meta.build_wheel(sys.argv[1]))"
    done = subprocess.run(
        [sys.executable, "-c", code, str(out)], cwd=source, capture_output=True, text=True, check=True
    )
    with zipfile.ZipFile(out / done.stdout.splitlines()[-1]) as wheel:
        wheel.extractall(out / "packages")
    return out / "packages"


def run(packages: Path, code: str, folder: Path, env: Mapping[str, str] | None = None) -> str:
    """Run code that finds our packages in `packages` only, in an empty folder; return what it printed."""
    folder.mkdir(exist_ok=True)
    around = {k: v for k, v in os.environ.items() if not k.startswith("MRS_")} | {"PYTHONPATH": str(packages)}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd=folder, env=around | dict(env or {}), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_module_and_file_that_is_read_is_in_the_wheel(whole: Path) -> None:
    wanted = {
        str(Path(name) / path.relative_to(ROOT / folder))
        for name, folder in PACKAGES.items()
        for path in (ROOT / folder).rglob("*")
        if path.suffix in READ and "__pycache__" not in path.parts
    }
    there = {str(path.relative_to(whole)) for path in whole.rglob("*") if path.is_file()}
    assert wanted - there == set()
    assert {name for name in there if name.startswith("ui/")} == {"ui/dist/index.html", "ui/dist/assets/a.js"}
    assert {name.partition("/")[0] for name in there if "dist-info" not in name} == {*PACKAGES, "ui"}


def test_the_command_makes_and_checks_a_world_and_synthesizes_without_the_checkout(whole: Path, tmp_path: Path) -> None:
    code = """
import sys
from cli.main import app
for command in (["--version"], ["simulate", "world", "--stores", "4", "--days", "60"], ["check", "world/input"]):
    try:
        app(command)
    except SystemExit as end:
        assert end.code in (0, 1), end.code
from local.template import template_path
from cli.commands_serve import PAGE
print(template_path())
print((PAGE / "index.html").read_text())
packages = {"cli", "functions", "infra", "local", "mrs"}
ours = [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] in packages and m.__file__]
print([f for f in ours if not f.startswith(str(PAGE.parents[1]))])
"""
    told = run(whole, code, tmp_path / "empty", {"XDG_CACHE_HOME": str(tmp_path / "cache")}).splitlines()
    assert told[-1] == "[]", "nothing comes from the checkout"
    assert told[-2] == "the page"
    template = Path(told[-3])
    assert template.is_relative_to(tmp_path / "cache")
    assert "Resources" in json.loads(template.read_text())
    assert {path.name for path in (tmp_path / "empty").iterdir()} == {"world"}


def test_the_client_alone_needs_numpy_pyarrow_and_for_models_pandas(client_alone: Path, tmp_path: Path) -> None:
    code = """
import sys
class Nothing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"pydantic", "boto3", "botocore", "sklearn", "scipy", "awswrangler", "duckdb",
                                      "aws_lambda_powertools", "moto", "typer", "cli", "functions", "local"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Nothing())
import mrs.client.models, mrs.client.bandit, mrs.client.panel
from mrs.client import Client
try:
    Client.local("nowhere").sales()
except Exception as error:
    print(type(error).__name__)
print(mrs.client.__file__)
"""
    told = run(client_alone, code, tmp_path / "empty").splitlines()
    assert told == ["BadInputError", str(client_alone / "mrs/client/__init__.py")]
