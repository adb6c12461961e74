"""The pure parts of a rereview: who is selected, what would change."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from mrs.rereviews.difference import event_changes, report_changes
from mrs.rereviews.selection import attributed_before, described, selected
from mrs.settings import Selection

from functions.rereview.build_rereview_worklist import chunks
from tests.builders import TICK, at, table


def reports(*rows: dict[str, Any]) -> Any:
    return table("minority_reports", *rows, first_detected_at=at(TICK), last_detected_at=at(TICK))


def ids(found: Any) -> list[str]:
    return list(found["report_id"].to_pylist())


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        ({}, ["a", "b", "c"]),
        ({"causes": ("weather",)}, ["b"]),
        ({"statuses": ("open", "closed")}, ["a", "c"]),
        ({"report_ids": ("c", "a", "stranger")}, ["a", "c"]),
        ({"event_ids": ("e",)}, ["b", "c"]),
        ({"confidence_below": 0.6}, ["a", "c"]),
        ({"degraded": True}, ["c"]),
        ({"first": TICK}, ["b", "c"]),
        ({"last": TICK - timedelta(days=1)}, ["a"]),
        ({"statuses": ("open", "closed"), "event_ids": ("e",)}, ["c"]),
        ({"causes": ()}, []),
    ],
)
def test_a_selection_wants_every_condition_to_fit(selection: dict[str, Any], expected: list[str]) -> None:
    earlier = at(TICK - timedelta(days=3))
    found = reports(
        {"report_id": "a", "cause": "viral", "report_status": "open", "proposed_confidence": 0.5}
        | {"first_detected_at": earlier, "last_detected_at": earlier},
        {"report_id": "b", "cause": "weather", "report_status": "ongoing", "proposed_confidence": 0.6}
        | {"report_group_id": "e"},
        {"report_id": "c", "cause": "viral", "report_status": "closed", "is_degraded": True, "report_group_id": "e"},
    )
    assert ids(selected(found, Selection(**selection))) == expected


def test_a_model_is_older_if_it_came_into_use_before() -> None:
    days = [TICK + timedelta(days=k) for k in range(3)]
    proposed = table(
        "MRPAL",
        {"report_id": "a", "tick": days[0], "model_version": "first-0"},
        {"report_id": "b", "tick": days[0], "model_version": "first-0"},
        {"report_id": "b", "tick": days[1], "model_version": "second-1"},
        {"report_id": "c", "tick": days[2], "model_version": "third-2"},
        rank=1,
    )
    assert attributed_before(proposed, "second").to_pylist() == ["a"]
    assert attributed_before(proposed, "third-2").to_pylist() == ["a", "b"]
    assert attributed_before(proposed, "first").to_pylist() == []
    assert attributed_before(proposed, "never-used").to_pylist() == ["a", "b", "c"]


def test_a_worklist_is_cut_into_short_spans_without_wide_gaps() -> None:
    ticks = [date(2024, 1, 1), date(2024, 1, 5), date(2024, 1, 20), date(2024, 1, 24), date(2024, 1, 31)]
    worklist = table("rereview_worklist_log", *({"tick": t} for t in reversed(ticks)))
    assert chunks(worklist) == [
        {"first_tick": "2024-01-01", "last_tick": "2024-01-05"},
        {"first_tick": "2024-01-20", "last_tick": "2024-01-31"},
    ]


def test_a_selection_in_words() -> None:
    chosen = Selection(causes=("viral", "weather"), confidence_below=0.6, degraded=True, event_ids=("e",))
    assert described(chosen) == "members of named events; causes: viral, weather; confidence below 0.6; degraded"
    assert described(Selection()) == "all reports"


def listed(report: str, cause: str) -> dict[str, Any]:
    before = {"confidence_before": 0.5, "cluster_before": "x"}
    return {"report_id": report, "cause_before": cause, "based_on": at(TICK), **before}


def standing(report: str, cause: str, delta: float, **more: Any) -> dict[str, Any]:
    own = {"report_id": report, "store_id": report, "report_group_id": "e", "sales_delta": delta, "cause": cause}
    model = {"cause_source": "model", "proposed_cause": cause, "proposed_confidence": 1.0, "alternatives": None}
    return own | model | more


def new(report: str, cause: str, rank: int = 1) -> dict[str, Any]:
    return {"report_id": report, "cause": cause, "rank": rank, "confidence": 0.9}


EVENT = {"report_group_id": "e", "name": "E", "sales_delta": -60.0, "cause": "weather", "cause_source": "model"}


def test_reports_that_change_come_first_then_by_money() -> None:
    now = [standing("a", "weather", 10.0), standing("b", "weather", -20.0), standing("c", "weather", 30.0)]
    changes = report_changes(
        [listed(r, "weather") for r in "abc"],
        [new("a", "viral"), new("a", "weather", 2), new("b", "viral"), new("c", "weather")],
        [{"report_id": "a", "cluster_id": "y"}],
        now,
        {},
    )
    assert [(c.report_id, c.changed, c.cause_after) for c in changes] == [
        ("b", True, "viral"),
        ("a", True, "viral"),
        ("c", False, "weather"),
    ]
    assert changes[1].cluster_after == "y" and changes[0].cluster_after is None


def test_what_people_decided_is_flagged_and_would_not_change() -> None:
    now = [standing("a", "promotion", 10.0, cause_source="report_edit")]
    (change,) = report_changes([listed("a", "weather")], [new("a", "viral")], [], now, {"a": "promotion"})
    assert change.decided and change.changed and not change.would_change
    assert (change.cause_before, change.cause_after) == ("promotion", "viral")
    (event,) = event_changes([change], now, [EVENT | {"cause": "promotion"}])
    assert (event.cause_after, event.n_changed) == ("promotion", 0)


def test_a_report_without_a_new_cause_yet_has_not_changed() -> None:
    (change,) = report_changes([listed("a", "weather")], [], [], [standing("a", "weather", 1.0)], {})
    assert change.cause_after is None and not change.changed


@pytest.mark.parametrize(("source", "after"), [("model", "viral"), ("event_edit", "weather")])
def test_an_events_cause_follows_its_reports_unless_it_was_set_itself(source: str, after: str) -> None:
    now = [standing("a", "weather", -40.0), standing("b", "weather", -20.0)]
    worklist, proposed = [listed("a", "weather")], [new("a", "viral")]
    changes = report_changes(worklist, proposed, [], now, {})
    (event,) = event_changes(changes, now, [EVENT | {"cause_source": source}, EVENT | {"report_group_id": "other"}])
    assert (event.cause_before, event.cause_after, event.n_changed) == ("weather", after, 1)


def test_reports_outside_the_rereview_keep_their_vote() -> None:
    mixed = '[{"cause": "viral", "confidence": 0.4}]'
    now = [
        standing("a", "weather", -8.0),
        standing("b", "weather", -50.0, proposed_confidence=0.6, alternatives=mixed),
    ]
    changes = report_changes([listed("a", "weather")], [new("a", "viral")], [], now, {})
    (event,) = event_changes(changes, now, [EVENT])
    assert event.cause_after == "weather"  # 30 of 50, against 8 + 20
