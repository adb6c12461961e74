"""What the start page and the quality page tell: money moved by cause, lists grouped, how often people agreed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import LAST, Api, Workshop, published_sales


def test_what_was_moved_adds_up_to_the_sales_that_the_models_read(workshop: Workshop, viewer: Api) -> None:
    found = viewer.get("/api/moved", days=7)
    rows = published_sales(workshop, LAST).to_pylist()
    days = [r for r in rows if found["first"] <= str(r["date"]) <= found["last"] and r["report_id"]]
    moved = [r["minority_sales"] for r in days if r["observed_sales"] is not None and r["expected_sales"] is not None]
    assert found["last"] == str(LAST)
    assert found["taken_out"] - found["put_back"] == pytest.approx(sum(moved))
    assert sum(c["money"] for c in found["causes"]) == pytest.approx(sum(map(abs, moved)))
    assert found["taken_out"] + found["put_back"] > 0
    events = {e["report_group_id"] for e in viewer.get("/api/events", limit=500)["items"]}
    assert {e["report_group_id"] for c in found["causes"] for e in c["events"]} <= events


@pytest.mark.parametrize(
    ("what", "by", "asked"),
    [
        ("events", "cause", {}),
        ("events", "direction", {"min_money": 5000}),
        ("reports", "report_group_id", {"direction": "up"}),
    ],
)
def test_groups_divide_the_list_that_the_filters_leave(viewer: Api, what: str, by: str, asked: dict[str, Any]) -> None:
    listed = viewer.get(f"/api/{what}", limit=500, **asked)
    grouped = viewer.get(f"/api/{what}/groups", by=by, **asked)
    assert grouped["totals"] == listed["totals"]
    for name in ("rows", "sales_delta", "sales_above"):
        assert sum(g[name] for g in grouped["items"]) == pytest.approx(listed["totals"][name])
    assert {g["value"] for g in grouped["items"]} == {one[by] for one in listed["items"]}


def test_an_event_in_two_regions_counts_under_each(viewer: Api) -> None:
    regions = [r for e in viewer.get("/api/events", limit=500)["items"] for r in e["regions"]]
    grouped = viewer.get("/api/events/groups", by="regions")["items"]
    assert {g["value"]: g["rows"] for g in grouped if g["value"]} == {r: regions.count(r) for r in regions}


def test_quality_says_how_often_people_agreed(viewer: Api, analyst: Api) -> None:
    before = viewer.get("/api/quality")
    assert (before["causes"], before["labels"]["reports"]) == ([], 0)
    assert "too short" in before["expected"][0], "nothing is learned in this run"
    first, second = viewer.get("/api/events", status=["ongoing", "closed"], sort="money", limit=2)["items"]
    analyst.edit("events", first, action="approve")
    other = "viral" if second["proposed_cause"] != "viral" else "weather"
    analyst.edit("events", second, action="approve", cause=other)
    after = viewer.get("/api/quality")
    assert sum(c["agreed"] for c in after["causes"]) == 1
    assert sum(c["corrected"] for c in after["causes"]) == 1
    assert sum(r["n"] for r in after["reliability"]) == 2
    analyst.applied()
    labels = viewer.get("/api/quality")["labels"]
    assert labels["reports"] >= labels["contrary"] > 0
    assert labels["by_rules"] == 0
