"""Alerts: severe or high-impact events, once each, logged before they are sent, suppressed in a backfill."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from moto.sns.models import sns_backends
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.store.log_store import Write

from functions.notify.handler import handler
from tests.builders import TICK, table

EVENT = {"report_group_id": "g", "severity": 0.5, "cause": "weather", "event_status": "open", "regions": ["BE"]}


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
