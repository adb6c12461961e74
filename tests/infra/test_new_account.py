"""What a new AWS account allows, which moto does not know."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import STORED
from mrs.contracts.catalog import glue_table

from infra.policies import Places, statements
from infra.stages import FUNCTIONS, MOST_MEMORY_MB
from local.template import ROOT, resources

_PLACES = Places(
    *(f"arn:{n}" for n in ("log", "landing", "results", "group", "catalog", "db", "default", "table", "topic"))
)


def test_no_function_is_larger_than_a_new_account_allows() -> None:
    assert {f.name for f in FUNCTIONS if f.memory_mb > MOST_MEMORY_MB} == set()


def test_a_function_that_asks_athena_may_do_what_athena_does_in_its_name() -> None:
    for function in (f for f in FUNCTIONS if f.queries):
        allowed = {(a, r) for s in statements(function, _PLACES) for a in s.actions for r in s.resources}
        assert {
            ("glue:BatchGetPartition", "arn:db"),
            ("glue:GetDatabase", "arn:default"),
            ("s3:GetBucketLocation", "arn:log"),
            ("s3:GetBucketLocation", "arn:results"),
        } <= allowed


def synthesized_with(out: Path, **context: object) -> tuple[dict[str, Any], str]:
    """Synthesize with a context as `cdk -c` gives it; return the template, {} if there is none, and what was said."""
    environment = {**os.environ, "CDK_CONTEXT_JSON": json.dumps(context)}
    command = [sys.executable, str(ROOT / "infra/app.py"), str(out), "--unchecked"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    made = out / "mrs-dev.template.json"
    return json.loads(made.read_text()) if made.exists() else {}, done.stderr


def test_an_example_as_sender_is_refused_by_cloudformation(template: dict[str, Any]) -> None:
    (assertion,) = template["Rules"]["SenderIsReal"]["Assertions"]
    assert assertion["Assert"] == {"Fn::Equals": ["never", "true"]}
    assert "alert_sender is an example" in assertion["AssertDescription"]


def test_a_sender_of_ones_own_an_identity_that_exists_and_a_small_quota(
    tmp_path: Path, template: dict[str, Any]
) -> None:
    """All three in one synthesis, which takes seconds."""
    context = {"alert_sender": "mrs@shop.de", "alert_identity": "existing", "shards_at_once": "4"}
    made, _ = synthesized_with(tmp_path, **context)
    assert "SenderIsReal" not in made["Rules"]
    assert not resources(made, "AWS::SES::EmailIdentity")
    assert resources(template, "AWS::SES::EmailIdentity")
    machines = json.dumps(resources(made, "AWS::StepFunctions::StateMachine"))
    assert set(re.findall(r"MaxConcurrency[^0-9]*(\d+)", machines)) == {"1", "4"}


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"alert_sender": "Shop <mrs@shop.de>"}, "must be one address"),
        ({"alert_identity": "old"}, "must be one of new, existing"),
        ({"shards_at_once": 0}, "must be 1 to 999"),
    ],
)
def test_what_cannot_be_deployed_is_said(tmp_path: Path, context: dict[str, object], said: str) -> None:
    made, told = synthesized_with(tmp_path, **context)
    assert (made, said in told) == ({}, True)


def test_partition_keys_are_text() -> None:
    for ds in STORED:
        assert {k["Type"] for k in glue_table(ds, "s3://b/")["PartitionKeys"]} == {"string"}
