"""Alerts: severe or high-impact events, once each, logged before they are sent, suppressed in a backfill."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pyarrow as pa
import pytest
from moto.sns.models import sns_backends
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.settings import NotifySettings
from mrs.store.log_store import Write

from functions.notify.evaluate_alert_triggers import evaluate_alert_triggers
from functions.notify.handler import handler
from tests.builders import TICK, table

EVENT = {"report_group_id": "g", "severity": 0.5, "cause": "weather", "event_status": "open", "regions": ["BE"]}


def due(*events: dict[str, Any], told: pa.Table | None = None) -> list[dict[str, Any]]:
    recipients = pa.table({"delivered_to": ["topic"], "channel": ["sns"], "suppressed_by": pa.nulls(1, pa.string())})
    tables = {
        "minority_events_log": table("minority_events_log", *({**EVENT, **e} for e in events)),
        "ui_notifications_log": table("ui_notifications_log") if told is None else told,
        "recipients": recipients,
    }
    return list(evaluate_alert_triggers(tables, [TICK], NotifySettings())["ui_notifications_log"].to_pylist())


@pytest.mark.parametrize(
    ("event", "trigger"),
    [
        ({"severity": 0.9}, "severity>=0.9"),
        ({"severity": 0.89}, None),
        ({"cause": "viral"}, "cause=viral"),
        ({"cause": "competitor_stockout", "severity": 0.1}, "cause=competitor_stockout"),
        ({"cause": "viral", "event_status": "rejected"}, None),
        ({"severity": 1.0, "event_status": "merged"}, None),
    ],
)
def test_what_sets_off_an_alert(event: dict[str, Any], trigger: str | None) -> None:
    assert [r["trigger_condition"] for r in due(event)] == ([trigger] if trigger else [])


def test_an_event_alerts_once() -> None:
    told = table("ui_notifications_log", {"event_id": "g"})
    assert due({"severity": 1.0}, told=told) == []


def prepare(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    topic = boto3.client("sns").create_topic(Name="alerts")["TopicArn"]
    monkeypatch.setenv("LOG_BUCKET", aws.log_bucket)
    monkeypatch.setenv("GLUE_DATABASE", aws.glue_database)
    monkeypatch.setenv("ALERT_TOPIC_ARN", topic)
    events = table("minority_events_log", {**EVENT, "severity": 0.95})
    aws.logs().append([Write(dataset("minority_events_log"), "r", TICK, schedule_time(TICK), events)])
    backend = sns_backends["123456789012"]["eu-west-1"]
    return list(backend.topics.values())


def invoke(mode: str = "daily", days: int = 0) -> dict[str, Any]:
    tick = (TICK + timedelta(days=days)).isoformat()
    return handler({"run_id": "r", "first_tick": tick, "last_tick": tick, "mode": mode}, None)


def test_a_due_alert_is_logged_and_published_once(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = prepare(aws, monkeypatch)[0]
    assert invoke()["objects_created"] > 0
    assert invoke()["objects_created"] == 0
    assert len(topic.sent_notifications) == 1
    assert json.loads(topic.sent_notifications[0][1])["event_id"] == "g"
    logged = aws.logs().read(dataset("ui_notifications_log"), "r").to_pylist()
    assert [(r["delivery_status"], r["link"]) for r in logged] == [("sent", "https://workshop.example.com/events/g")]


def test_a_backfill_logs_the_alert_as_suppressed_and_sends_nothing(
    aws: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = prepare(aws, monkeypatch)[0]
    invoke("backfill")
    assert topic.sent_notifications == []
    logged = aws.logs().read(dataset("ui_notifications_log"), "r").to_pylist()
    assert [(r["delivery_status"], r["suppressed_by"]) for r in logged] == [("suppressed", "backfill")]


def test_config_moves_the_threshold(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    topic = prepare(aws, monkeypatch)[0]
    tick = TICK.isoformat()
    event = {"run_id": "r", "first_tick": tick, "last_tick": tick, "config": {"notify": {"severity_threshold": 0.99}}}
    handler(event, None)
    assert topic.sent_notifications == []
