"""What of the template must not change by accident: each resource's properties, as a hash that is recorded.

A change that is meant is recorded with `make golden`; what it is, `git diff` of the infrastructure and `cdk diff` show.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

RECORDED = Path(__file__).parent / "recorded.json"
# Of these, privileges are tested by what they allow, and tables by their contracts: both follow from declarations.
DERIVED = {"AWS::IAM::Policy", "AWS::Glue::Table", "AWS::Lambda::LayerVersion", "AWS::CDK::Metadata"}
CODE = {"Code", "Layers", "S3Key", "ContentUri"}


def recorded(template: dict[str, Any]) -> dict[str, str]:
    """Return a short hash of each resource by its logical id, without the code that a function runs."""
    return {
        name: hashlib.sha256(json.dumps(_told(resource), sort_keys=True).encode()).hexdigest()[:12]
        for name, resource in sorted(template["Resources"].items())
        if resource["Type"] not in DERIVED
    }


def _told(resource: dict[str, Any]) -> dict[str, Any]:
    told = {k: v for k, v in resource.items() if k not in ("Metadata", "DependsOn")}
    return told | {"Properties": {k: v for k, v in resource.get("Properties", {}).items() if k not in CODE}}


def test_no_resource_has_changed_by_accident(template: dict[str, Any], request: pytest.FixtureRequest) -> None:
    now = recorded(template)
    if request.config.getoption("--accept-golden"):
        RECORDED.write_text(json.dumps(now, indent=1) + "\n")
    before = json.loads(RECORDED.read_text())
    changed = sorted(name for name in {*now, *before} if now.get(name) != before.get(name))
    assert not changed, f"changed: {', '.join(changed)}; if that is meant, record it with `make golden`"
