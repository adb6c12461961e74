"""How often people agreed: what counts as a judgement, and how confidence compares with it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from mrs.decisions.agreement import Verdict, by_cause_and_week, judgements, reliability
from mrs.decisions.edits import Edit

from tests.builders import TICK, at

NOON = at(TICK) + timedelta(hours=12)


def edit(about: str, action: str, minutes: int = 0, **value: Any) -> Edit:
    return Edit(about, f"{about}{minutes}", action, value, "ann", NOON + timedelta(minutes=minutes), TICK)


def row(name: str, confidence: float = 0.8, day: int = 6, **other: Any) -> dict[str, Any]:
    ended = datetime(2024, 3, day)
    known = {"report_group_id": name, "proposed_cause": "weather", "proposed_confidence": confidence}
    return {**known, "cause": "weather", "last_detected_at": ended, **other}


def verdicts(edits: list[Edit], *rows: dict[str, Any]) -> list[str]:
    return [j.verdict for j in judgements(edits, rows or [row("g")], "report_group_id")]


@pytest.mark.parametrize(
    ("edits", "found"),
    [
        ([edit("g", "approve", cause="weather")], [Verdict.AGREED]),
        ([edit("g", "approve", cause="viral")], [Verdict.CORRECTED]),
        ([edit("g", "set_cause", cause="viral"), edit("g", "reject", 1)], [Verdict.REJECTED]),
        ([edit("g", "reject"), edit("g", "approve", 1, cause="weather")], [Verdict.AGREED]),
        ([edit("g", "approve", cause="weather"), edit("g", "reopen", 1)], []),
        ([edit("g", "comment", comment="hm"), edit("g", "assign", assignee="max")], []),
        ([edit("g", "approve", cause="weather", rule_id="r", confidence=0.9)], []),
        ([edit("g", "reject"), edit("g", "approve", 1, cause="weather", rule_id="r")], [Verdict.REJECTED]),
    ],
)
def test_the_newest_decision_of_a_person_counts(edits: list[Edit], found: list[Verdict]) -> None:
    assert verdicts(edits) == verdicts(edits[::-1]) == found


def test_they_are_counted_by_cause_and_week() -> None:
    rows = [row("a", day=4), row("b", day=10), row("c", day=11), row("d", proposed_cause=None)]
    edits = [edit("a", "approve", cause="weather"), edit("b", "reject"), edit("c", "approve", cause="weather")]
    found = by_cause_and_week(judgements([*edits, edit("d", "reject")], rows, "report_group_id"))
    assert [(f.week, f.agreed, f.corrected, f.rejected) for f in found] == [
        (date(2024, 3, 4), 1, 0, 1),
        (date(2024, 3, 11), 1, 0, 0),
    ]


def test_confidence_is_compared_with_the_share_that_agreed() -> None:
    rows = [row(str(n), confidence=0.92) for n in range(10)] + [row("sure", confidence=1.0)]
    edits = [edit(str(n), "approve", cause="weather" if n < 8 else "viral") for n in range(10)]
    nine, one = reliability(judgements([*edits, edit("sure", "approve", cause="weather")], rows, "report_group_id"))
    assert (nine.n, nine.said, nine.agreed, one.n, one.low) == (10, pytest.approx(0.92), 0.8, 1, 0.95)
    assert nine.agreed_low == pytest.approx(0.541, abs=0.001)
    assert nine.agreed_high == pytest.approx(0.931, abs=0.001)
    assert reliability([]) == []
