"""The version stands in one place, and everything that shows a version shows that one."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import mrs
from typer.testing import CliRunner

from cli.main import app

ROOT = Path(__file__).resolve().parents[2]


def test_the_installed_package_has_it() -> None:
    assert version("minority-report-system") == mrs.__version__


def test_the_command_prints_it() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, f"mrs {mrs.__version__}\n")


def test_the_api_document_has_it_and_the_page_reads_it_there() -> None:
    assert json.loads((ROOT / "docs" / "openapi.json").read_text())["info"]["version"] == mrs.__version__
    assert "openapi.json" in (ROOT / "ui" / "vite.config.ts").read_text()
    assert "version" not in json.loads((ROOT / "ui" / "package.json").read_text())


def test_the_changelog_begins_with_it() -> None:
    released = re.findall(r"^## \[(\d.*?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released[0] == mrs.__version__
