"""Every alarm tells the operators and links to its runbook entry; everything that can fail has an alarm."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from mrs.stage import telemetry
from mrs.stage.graph import PIPELINE, STAGES

from functions.notify import handler
from infra.observability import SENDING
from infra.stages import FUNCTIONS
from local.template import ROOT, resources

EXPECTED = {
    "Freshness",
    "Coverage",
    "ErrorRate",
    "StageDuration",
    "UndeliveredDepth",
    "DailyFailed",
    "BackfillFailed",
    "RefreshFailed",
    "AlertFailures",
    "UndeliveredAlerts",
    "UnattendedErrors",
}


@pytest.fixture(scope="module")
def alarms(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = [r["Properties"] for r in resources(template, "AWS::CloudWatch::Alarm").values()]
    return {p["AlarmName"].removeprefix("mrs-dev-"): p for p in found}


def _headings() -> set[str]:
    """The anchors of the runbook's headings, as a Markdown viewer makes them."""
    lines = Path(ROOT / "docs/runbook.md").read_text().splitlines()
    titles = [line.lstrip("#").strip() for line in lines if line.startswith("#")]
    return {re.sub(r"[^\w\- ]", "", t).strip().lower().replace(" ", "-") for t in titles}


def test_what_must_wake_someone_does(alarms: dict[str, Any]) -> None:
    assert set(alarms) >= EXPECTED


def test_every_alarm_has_an_entry_in_the_runbook(alarms: dict[str, Any]) -> None:
    for name, alarm in alarms.items():
        page, _, anchor = alarm["AlarmDescription"].split()[-1].partition("#")
        assert page == "docs/runbook.md", name
        assert anchor in _headings(), name


def test_every_alarm_tells_the_operators(template: dict[str, Any], alarms: dict[str, Any]) -> None:
    (ops,) = [name for name in resources(template, "AWS::SNS::Topic") if "Ops" in name]
    assert all(alarm["AlarmActions"] == [{"Ref": ops}] for alarm in alarms.values())
    policies = [p["Properties"] for p in resources(template, "AWS::SNS::TopicPolicy").values()]
    statements = [s for p in policies if p["Topics"] == [{"Ref": ops}] for s in p["PolicyDocument"]["Statement"]]
    assert any(s.get("Principal") == {"Service": "cloudwatch.amazonaws.com"} for s in statements)


def test_a_day_without_a_tick_is_an_alarm(alarms: dict[str, Any]) -> None:
    freshness = alarms["Freshness"]
    assert freshness["TreatMissingData"] == "breaching"
    assert freshness["Period"] * freshness["EvaluationPeriods"] > 86_400


def test_every_machine_and_every_dead_letter_queue_has_an_alarm(template: dict[str, Any], alarms: Any) -> None:
    watched = json.dumps(list(alarms.values()))
    for machine in resources(template, "AWS::StepFunctions::StateMachine"):
        assert f'{{"Ref": "{machine}"}}' in watched
    dead = set(re.findall(r'"(?:deadLetterTargetArn|Arn)": \{"Fn::GetAtt": \["(\w*)", "Arn"\]', json.dumps(template)))
    for queue in set(resources(template, "AWS::SQS::Queue")) & dead:
        assert f'{{"Fn::GetAtt": ["{queue}", "QueueName"]}}' in watched


def test_the_queues_with_an_alarm_are_those_that_health_counts(template: dict[str, Any], alarms: Any) -> None:
    told = {
        name: function["Properties"]["Environment"]["Variables"].get("DEAD_LETTER_QUEUE_URLS")
        for name, function in resources(template, "AWS::Lambda::Function").items()
    }
    ((name, urls),) = [(name, urls) for name, urls in told.items() if urls]
    assert name.startswith("ComputeNotify")
    counted = {url["Ref"] for url in urls["Fn::Join"][1]}
    assert urls["Fn::Join"][0] == ","
    depths = [a for n, a in alarms.items() if n.endswith("Depth")]
    assert counted == {d["Value"]["Fn::GetAtt"][0] for a in depths for d in a["Dimensions"]}
    assert len(counted) == len(depths) == 2


def test_every_stage_that_a_daily_function_declares_is_in_the_graph_and_watched(alarms: Any) -> None:
    folders = {step.folder for step in PIPELINE}
    declared = {f.name for f in FUNCTIONS if f.stage is not None and f.folder in folders}
    assert declared == set(STAGES)
    metrics = json.dumps(alarms["StageDuration"]["Metrics"])
    assert all(f'"Value": "{stage}"' in metrics for stage in declared)


def test_every_function_is_run_by_a_machine_or_watched_by_itself(template: dict[str, Any], alarms: Any) -> None:
    machines = json.dumps(list(resources(template, "AWS::StepFunctions::StateMachine").values()))
    watched = json.dumps(alarms["UnattendedErrors"]["Metrics"])
    for name, function in resources(template, "AWS::Lambda::Function").items():
        if function["Properties"]["Handler"].startswith("functions."):
            assert (f'"{name}"' in machines) != (f'{{"Ref": "{name}"}}' in watched), name


def test_whoever_sends_alerts_counts_those_that_failed(alarms: Any) -> None:
    metrics = [m.get("MetricStat", {}).get("Metric", {}) for m in alarms["AlertFailures"]["Metrics"]]
    watched = {m["Dimensions"][0]["Value"] for m in metrics if m.get("MetricName") == "AlertFailures"}
    assert watched == {f.name for f in FUNCTIONS if f.alerts} == set(SENDING)
    for name in watched:
        assert hasattr(getattr(handler, {"notify": "handler"}.get(name, name)), "__wrapped__"), (
            f"{name} measures nothing"
        )


def test_what_is_watched_is_what_the_functions_measure(template: dict[str, Any], alarms: Any) -> None:
    measured = set(re.findall(r'"(\w+)": \(MetricUnit', Path(telemetry.__file__).read_text()))
    text = json.dumps(list(alarms.values()))
    text += json.dumps([r["Properties"] for r in resources(template, "AWS::CloudWatch::Dashboard").values()])
    own = {
        "FreshnessDays",
        "Coverage",
        "ErrorRate",
        "StageDuration",
        "RowsWritten",
        "DegradedInputs",
        "AlertsSent",
        "AlertFailures",
    }
    assert own <= measured
    assert all(name in text for name in own)


def test_the_functions_measure_where_the_alarms_look(template: dict[str, Any], alarms: Any) -> None:
    functions = resources(template, "AWS::Lambda::Function").values()
    told = {f["Properties"]["Environment"]["Variables"].get("POWERTOOLS_METRICS_NAMESPACE") for f in functions}
    assert told == {alarms["Coverage"]["Namespace"]} == {"MinorityReportSystem/dev"}
