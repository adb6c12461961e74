"""Assignments and mentions: who looks after what, and who is told of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Api


def event_of(api: Api, nth: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = api.get("/api/events", status=["closed"], sort="money", limit=5)["items"][nth]
    return found


@pytest.fixture(scope="module")
def people(viewer: Api, analyst: Api, manager: Api) -> list[str]:
    names: list[str] = viewer.get("/api/people")["names"]
    return names


def test_everybody_in_the_pool_can_be_named(people: list[str]) -> None:
    assert people == ["ann", "max", "vera"]


def test_an_event_is_assigned_filtered_by_and_given_back(people: list[str], analyst: Api, viewer: Api) -> None:
    event = event_of(analyst)
    name = event["report_group_id"]
    shown = analyst.edit("events", event, action="assign", assignee="vera").json()["events"][0]
    assert (shown["assignee"], shown["event_status"]) == ("vera", "closed")
    (mine,) = viewer.get("/api/events", assignee="vera")["items"]
    assert (mine["report_group_id"], mine["assignee"]) == (name, "vera")
    assert viewer.get("/api/events", assignee="ann")["items"] == []
    shown = analyst.edit("events", shown, action="assign", assignee=None).json()["events"][0]
    assert shown["assignee"] is None
    assert viewer.get("/api/events", assignee="vera")["items"] == []
    refused = analyst.edit("events", shown, action="assign", assignee="nobody")
    assert (refused.status_code, "nobody" in refused.json()["detail"]) == (400, True)


def test_who_is_named_is_told_once_in_the_workshop(people: list[str], analyst: Api, manager: Api) -> None:
    before = manager.get("/api/notifications")["unread"]
    event = event_of(analyst, 1)
    said = {"action": "comment", "comment": "@Max, is this yours? mail@vera.example, @ann and @nobody"}
    for status in (201, 200):
        assert analyst.edit("events", event, **said).status_code == status
    inbox = manager.get("/api/notifications")
    assert inbox["unread"] == before + 1
    told = inbox["items"][0]
    assert told["event_id"] == event["report_group_id"]
    assert told["trigger_condition"].startswith("mentioned:")
    assert told["trigger_condition"].endswith(":ann")
    assert not any(i["trigger_condition"].startswith("mentioned") for i in analyst.get("/api/notifications")["items"])
