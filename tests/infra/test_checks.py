"""Tools on the template: cdk-nag and cfn-lint find nothing outside the allow-list; a second synthesis is the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import app
from infra.allowed import Allowed
from local.template import ROOT, resources


def test_cdk_nag_finds_nothing(checked: Path) -> None:
    manifest = json.loads((checked / "manifest.json").read_text())
    entries = [e for m in manifest["artifacts"].values() for es in m.get("metadata", {}).values() for e in es]
    assert not [e for e in entries if e["type"] == "aws:cdk:error"]


def test_the_allow_list_is_exactly_what_cdk_nag_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is allowed here, so the report holds every finding; the list must hold each of them, and no other."""
    allowed: list[Allowed] = []
    monkeypatch.setattr(app, "acknowledge", lambda _, entries: allowed.extend(entries))
    with pytest.raises(Exception, match="ValidationFailed"):
        app.synthesize(str(tmp_path / "cdk.out"), env_name="prod")
    report = json.loads((tmp_path / "cdk.out/validation-report.json").read_text())
    found = {
        (construct["constructPath"].removeprefix("mrs-prod/"), violation["ruleName"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    }
    assert found == {(entry.path, entry.rule) for entry in allowed}
    assert all(entry.reason.endswith(".") for entry in allowed)


def test_a_second_synthesis_is_the_same(checked: Path, tmp_path: Path) -> None:
    app.synthesize(str(tmp_path), env_name="dev", check=False)
    for name in ("mrs-dev.template.json", "mrs-dev.assets.json"):
        assert (tmp_path / name).read_text() == (checked / name).read_text()


def test_cfn_lint_finds_nothing(checked: Path) -> None:
    command = [
        str(Path(sys.executable).parent / "cfn-lint"),
        "-r",
        "eu-west-1",
        "-t",
        str(checked / "mrs-dev.template.json"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_an_environment_is_dev_or_prod(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="must be one of dev, prod"):
        app.synthesize(str(tmp_path), env_name="test")


@pytest.mark.parametrize(("memory", "found"), [({"attribute": 8192}, 8192), ({"atribute": 8192}, None)])
def test_a_large_chain_gets_the_memory_that_its_owner_gives(
    tmp_path: Path, memory: dict[str, int], found: int | None
) -> None:
    environment = {**os.environ, "CDK_CONTEXT_JSON": json.dumps({"memory": json.dumps(memory)})}
    command = [sys.executable, str(ROOT / "infra/app.py"), str(tmp_path), "--unchecked"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if found is None:
        assert "names no function: atribute" in done.stderr
        return
    functions = resources(json.loads((tmp_path / "mrs-dev.template.json").read_text()), "AWS::Lambda::Function")
    sizes = {f["Properties"]["Handler"]: f["Properties"].get("MemorySize") for f in functions.values()}
    assert sizes["functions.attribute.handler.handler"] == found
    assert sizes["functions.cluster.handler.handler"] == 2048


def test_prod_is_protected_and_named_apart(tmp_path: Path) -> None:
    app.synthesize(str(tmp_path), env_name="prod", check=False)
    artifact = json.loads((tmp_path / "manifest.json").read_text())["artifacts"]["mrs-prod"]["properties"]
    assert artifact["terminationProtection"]
    text = (tmp_path / "mrs-prod.template.json").read_text()
    assert "mrs-prod-daily" in text
    assert "mrs-dev" not in text
    assert "mrs_dev" not in text
