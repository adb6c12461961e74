"""What a person does not know yet: events that are new, grew, closed, or were decided by others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.workshop.news.models import Kind
from functions.workshop.news.service import changes
from tests.api.conftest import Api

LATER = {"sales_delta": 100.0, "n_stores": 2, "event_status": "ongoing", "cause": "viral", "name": None}


def row(name: str = "e", **changed: Any) -> dict[str, Any]:
    return {"report_group_id": name * 64, **LATER, **changed}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (None, row(), Kind.NEW),
        (None, row(event_status="rejected"), None),
        (row(), row(), None),
        (row(), row(sales_delta=109.0), None),
        (row(), row(sales_delta=111.0), Kind.GREW),
        (row(sales_delta=-100.0), row(sales_delta=-111.0), Kind.GREW),
        (row(), row(n_stores=3), Kind.GREW),
        (row(), row(event_status="closed", n_stores=3), Kind.CLOSED),
        (row(event_status="closed"), row(event_status="closed"), None),
        (row(), row(event_status="merged", n_stores=3), None),
    ],
)
def test_one_event_is_told_as_what_happened_to_it(old: Any, new: dict[str, Any], kind: Kind | None) -> None:
    assert [item.kind for item in changes([old] if old else [], [new], [])] == ([kind] if kind else [])


def test_the_most_money_comes_first() -> None:
    told = changes([], [row("a", sales_delta=5.0), row("b", sales_delta=-9.0)], [])
    assert [item.sales_delta for item in told] == [-9.0, 5.0]


def test_two_people_are_told_of_each_others_decisions_and_not_of_their_own(
    viewer: Api, analyst: Api, manager: Api
) -> None:
    seen = viewer.get("/api/events", limit=1)["state"]["written_at"]
    looked_at = datetime.now(UTC) - timedelta(seconds=1)
    event = analyst.get("/api/events", limit=1)["items"][0]
    assert analyst.edit("events", event, action="comment", comment="seen in the shop").status_code == 201
    asked = {"since": seen, "looked_at": looked_at.isoformat()}
    told = viewer.get("/api/news", **asked)
    assert [(i["report_group_id"], i["kind"], i["by"]) for i in told["items"]] == [
        (event["report_group_id"], "decided", "ann")
    ]
    assert viewer.get("/api/news", since=seen, looked_at=datetime.now(UTC).isoformat())["items"] == []
    assert analyst.get("/api/news", **asked)["items"] == []


def test_what_came_since_an_earlier_tick_is_told(viewer: Api) -> None:
    ticks = viewer.get("/api/runs/main/ticks")["items"]
    told = viewer.get("/api/news", since=ticks[0]["written_at"])
    assert told["before"]["tick"] == ticks[0]["tick"]
    assert {"new"} <= {item["kind"] for item in told["items"]}
