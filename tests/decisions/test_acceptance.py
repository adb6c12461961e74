"""Which proposals a rule accepts, what its acceptance decides, and that nobody takes it for a person's judgement."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from mrs.decisions.acceptance import Acceptance, accepted
from mrs.decisions.applied import EVENT, applied
from mrs.decisions.edits import Edit
from mrs.decisions.in_force import CauseSource, decided_by
from mrs.decisions.votes import report_votes

from tests.builders import TICK, at, table

RULE = Acceptance(0.9, 1000.0, frozenset({"promotion", "weather"}))
SMALL: dict[str, Any] = {
    "event_status": "closed", "cause": "promotion", "cause_source": "model", "cause_confidence": 0.95,
    "sales_delta": -800.0, "n_edits": 0, "is_degraded": False,
}  # fmt: skip


def fits(snoozed: tuple[str, ...] = (), **other: Any) -> bool:
    row = {"report_group_id": "g", **SMALL, **other}
    return bool(accepted(table("minority_events_log", row), RULE, snoozed)[0])


def test_what_is_closed_sure_small_and_of_its_causes_is_accepted() -> None:
    assert fits()
    assert fits(cause_confidence=0.9, sales_delta=1000.0)


@pytest.mark.parametrize(
    "other",
    [
        {"event_status": "ongoing"},
        {"event_status": "rejected"},
        {"event_status": "merged"},
        {"cause": "viral"},
        {"cause_confidence": 0.89},
        {"sales_delta": -1000.1},
        {"cause_source": "event_edit"},
        {"n_edits": 1},
        {"is_degraded": True},
        {"snoozed": ("g",)},
    ],
)
def test_anything_else_is_left_to_people(other: dict[str, Any]) -> None:
    assert not fits(**other)


def by_rule(confidence: float = 0.95) -> Edit:
    value = {"cause": "promotion", "rule_id": "r", "application_id": "a", "applied_by": "max", "confidence": confidence}
    return Edit("g", "e", "approve", value, "rule small of max", at(TICK) + timedelta(hours=9), TICK)


def test_it_approves_and_makes_the_cause_no_surer_than_the_model_was() -> None:
    row = {"name": "Promotion · BW · 2024-03-05", "proposed_cause": "promotion", "proposed_confidence": 0.95, **SMALL}
    now = applied(row, by_rule(), EVENT)
    assert (now["event_status"], now["cause_source"], now["cause_confidence"]) == ("approved", "policy", 0.95)
    assert decided_by(by_rule(0.93), CauseSource.EVENT_EDIT) == (CauseSource.POLICY, 0.93)


def test_its_reports_vote_as_the_model_does() -> None:
    report = {"cause": "promotion", "proposed_cause": "promotion", "proposed_confidence": 0.7}
    report |= {"alternatives": '[{"cause": "viral", "confidence": 0.3}]'}
    assert report_votes({**report, "cause_source": "policy"}) == {"promotion": 0.7, "viral": 0.3}
    assert report_votes({**report, "cause_source": "event_edit"}) == {"promotion": 1.0}
