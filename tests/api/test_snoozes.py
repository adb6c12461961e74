"""Snoozed events: said in lists and objects, filtered, over when they are over."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import Api


def event_of(api: Api, *statuses: str) -> dict[str, Any]:
    items = api.get("/api/events", status=list(statuses), snoozed="false", limit=500)["items"]
    found: dict[str, Any] = items[0]
    return found


@pytest.mark.parametrize(
    ("status", "how", "holds"),
    [
        ("closed", {"until": "2100-01-01T08:00:00Z"}, True),
        ("closed", {"until": "2020-01-01"}, False),
        ("closed", {"until_closed": True}, False),
        ("ongoing", {"until_closed": True}, True),
        ("ongoing", {"until_worse_by": 0.1}, True),
    ],
)
def test_a_snooze_holds_until_it_is_over(analyst: Api, status: str, how: dict[str, Any], holds: bool) -> None:
    event = event_of(analyst, *(("open", "ongoing") if status == "ongoing" else (status,)))
    name = event["report_group_id"]
    shown = analyst.edit("events", event, action="snooze", **how).json()["events"][0]
    assert (shown["snoozed"] is not None) is holds
    assert (analyst.get(f"/api/events/{name}")["snoozed"] is not None) is holds
    for asked in ("true", "false"):
        listed = {e["report_group_id"] for e in analyst.get("/api/events", snoozed=asked, limit=500)["items"]}
        assert (name in listed) is (holds if asked == "true" else not holds)
    again = analyst.edit("events", event, action="snooze", **how)
    assert again.status_code == 200, "the very same snooze, though it holds the severity that it was made at"


def test_a_newer_snooze_replaces_the_older_one(analyst: Api) -> None:
    event = event_of(analyst, "closed")
    for until, holds in (("2100-01-01T08:00:00Z", True), ("2020-01-01T08:00:00Z", False)):
        event = analyst.edit("events", event, action="snooze", until=until).json()["events"][0]
        assert (event["snoozed"] is not None) is holds


def test_who_snoozed_and_until_when_is_said(analyst: Api) -> None:
    event = event_of(analyst, "closed")
    snoozed = analyst.edit("events", event, action="snooze", until="2100-01-01T08:00:00Z").json()["events"][0][
        "snoozed"
    ]
    assert (snoozed["author"], snoozed["until"], snoozed["until_closed"]) == ("ann", "2100-01-01T08:00:00Z", False)


def test_a_reopening_ends_a_snooze(analyst: Api) -> None:
    event = event_of(analyst, "closed")
    event = analyst.edit("events", event, action="snooze", until="2100-01-01T08:00:00Z").json()["events"][0]
    assert analyst.edit("events", event, action="reopen").json()["events"][0]["snoozed"] is None
