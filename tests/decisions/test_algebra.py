"""Which cause, status, name, merge and snooze are in force: the rules that every part of the system shares."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pytest
from mrs.decisions.applied import EVENT, REPORT, after_each_decision, applied
from mrs.decisions.edits import Edit, event_edits, newest, report_edits
from mrs.decisions.in_force import decided_cause, decided_status, decisions_at, status_in_force
from mrs.decisions.merges import merge_root, merge_target, merges_in_force, removed_report, unmerges_in_force
from mrs.decisions.snooze import Limits, limits_of, snoozes
from mrs.decisions.titles import event_title, retitled
from mrs.decisions.verdict import NO_CANDIDATE, named
from mrs.decisions.votes import elected, report_votes, unseen_by

from tests.builders import TICK, at, table

NOON = at(TICK) + timedelta(hours=12)
ROW = {"n_edits": 2, "cause": "weather", "cause_source": "model", "cause_confidence": 0.7, "written_at": NOON}
ROW |= {"proposed_cause": "weather", "proposed_confidence": 0.7}
SHOWN_EVENT = {**ROW, "event_status": "ongoing", "name": "Weather · BW · 2024-03-05", "merged_into": None}
SHOWN_REPORT = {**ROW, "report_status": "ongoing", "last_edited_by": None}


def edit(action: str, minutes: int = 0, edit_id: str = "e", about: str = "g", **value: Any) -> Edit:
    return Edit(about, edit_id, action, value, "ann", NOON + timedelta(minutes=minutes), TICK)


def test_the_newest_edit_of_an_object_wins_and_ties_go_by_id() -> None:
    edits = [edit("set_cause", 2, "b", cause="viral"), edit("set_cause", 2, "a", cause="price_change")]
    edits += [edit("set_cause", 1, "c", cause="weather"), edit("comment", 9, "d", comment="later")]
    for order in (edits, edits[::-1]):
        assert newest(order, decided_cause)["g"][1] == "viral"


def test_an_approval_without_a_cause_decides_the_status_only() -> None:
    bare = edit("approve")
    assert (decided_cause(bare), decided_status(bare)) == (None, "approved")
    now = applied(SHOWN_EVENT, bare, EVENT)
    assert (now["event_status"], now["cause_source"], now["cause_confidence"]) == ("approved", "model", 0.7)


@pytest.mark.parametrize(("action", "status"), [("approve", "merged"), ("reject", "merged"), ("set_cause", "merged")])
def test_a_merged_event_stays_merged(action: str, status: str) -> None:
    merged = applied(SHOWN_EVENT, edit("merge_into", into="h"), EVENT)
    assert (merged["event_status"], merged["merged_into"]) == ("merged", "h")
    assert applied(merged, edit(action, cause="viral"), EVENT)["event_status"] == status
    assert status_in_force("merged", "approved") == "merged"


def test_a_made_title_follows_the_cause_and_a_given_name_stays() -> None:
    made = event_title("weather", "BW", at(TICK))
    assert made == SHOWN_EVENT["name"]
    assert retitled(made, "weather", "own_stockout") == "Own stockout · BW · 2024-03-05"
    named = applied(SHOWN_EVENT, edit("rename", name="Storm"), EVENT)
    assert applied(named, edit("set_cause", cause="viral"), EVENT)["name"] == "Storm"


def test_a_report_remembers_who_edited_it_last() -> None:
    now = applied(SHOWN_REPORT, edit("comment", comment="hm"), REPORT)
    assert now == {**SHOWN_REPORT, "n_edits": 3, "last_edited_by": "ann"}


@pytest.mark.parametrize(("row", "subject"), [(SHOWN_REPORT, REPORT), (SHOWN_EVENT, EVENT)])
def test_what_a_decision_would_do_is_what_it_does(row: dict[str, Any], subject: Any) -> None:
    status = subject.status_column
    foreseen = after_each_decision(row, subject)
    assert foreseen.keys() == {"set_cause", "approve", "reject", "reopen"}
    for action, columns in foreseen.items():
        said = {"cause": row["cause"]} if action in ("set_cause", "approve") else {}
        done = applied(row, edit(action, **said), subject)
        assert columns.items() <= done.items()
        unnamed = {status, "cause_source", "cause_confidence"} - columns.keys()
        assert all(done[name] == row[name] for name in unnamed)
    assert foreseen["approve"]["cause_source"] == subject.source


@pytest.mark.parametrize(("row", "subject"), [(SHOWN_REPORT, REPORT), (SHOWN_EVENT, EVENT)])
def test_a_reopening_takes_the_decisions_before_it_back(row: dict[str, Any], subject: Any) -> None:
    decided = applied(row, edit("approve", cause="viral"), subject)
    open_row = {**row, subject.status_column: "open"}
    back = applied(decided, edit("reopen"), subject)
    assert {**back, "n_edits": 2, "last_edited_by": None} == {**open_row, "last_edited_by": None}
    other = applied(decided, edit("reopen", cause="price_change"), subject)
    assert (other["cause"], other["cause_source"]) == ("price_change", subject.source)


def test_what_was_decided_before_a_reopening_is_not_in_force_and_what_came_after_is() -> None:
    edits = [edit("approve", 1, cause="viral"), edit("snooze", 1), edit("reopen", 2)]
    for order in (edits, edits[::-1]):
        assert not decisions_at(order, TICK).causes
        assert not decisions_at(order, TICK).statuses
        assert not snoozes(order)
    again = [*edits, edit("reject", 3), edit("approve", 1, about="h")]
    assert {name: d.value for name, d in decisions_at(again, TICK).statuses.items()} == {
        "g": "rejected",
        "h": "approved",
    }
    causes = decisions_at([*edits, edit("reopen", 3, cause="weather")], TICK).causes
    assert causes["g"].value == "weather"


def test_a_decision_counts_from_its_own_tick_on_and_touches_its_object_in_that_tick_alone() -> None:
    (mine,) = [edit("approve", cause="viral")]
    before, then, after = (decisions_at([mine], TICK + timedelta(days=n)) for n in (-1, 0, 1))
    assert not before
    assert (then.statuses["g"].value, then.touched) == ("approved", {"g"})
    assert (after.statuses["g"].value, after.touched) == ("approved", frozenset())


def test_merges_are_followed_to_their_end_however_many() -> None:
    chain = {str(n): str(n + 1) for n in range(9)}
    assert merge_root(chain, "0") == "9"
    assert merge_root({}, "g") == "g"
    assert merge_root({"a": "b", "b": "c", "c": "a"}, "a") == "c", "a circle ends before it closes"


def test_an_event_does_not_absorb_itself() -> None:
    assert merge_target(edit("merge_into", into="g")) is None
    assert merge_target(edit("merge_into", into="h")) == "h"
    assert merge_target(edit("comment", into="h")) is None
    assert removed_report(edit("remove_report", report_id="r")) == "r"


@pytest.mark.parametrize(
    ("limits", "holds"),
    [
        (Limits(), True),
        (Limits(until=NOON), False),
        (Limits(until=NOON + timedelta(seconds=1)), True),
        (Limits(until_severity=0.6), False),
        (Limits(until_severity=0.61), True),
        (Limits(until_worse_by=0.1), False),
        (Limits(until_worse_by=0.2), True),
        (Limits(until_closed=True), False),
        (Limits(until=NOON + timedelta(days=1), until_worse_by=0.1), False),
    ],
)
def test_the_first_limit_that_is_met_ends_a_snooze(limits: Limits, holds: bool) -> None:
    assert limits.hold(NOON, severity=0.6, severity_then=0.5, is_closed=True) is holds


def test_the_newest_snooze_replaces_the_older_ones() -> None:
    edits = [edit("snooze", 2, until_closed=True), edit("snooze", 1, until="2024-03-09T08:00:00+02:00")]
    assert snoozes(edits)["g"][1] == Limits(until_closed=True)
    assert snoozes(edits[1:])["g"][1] == Limits(until=datetime(2024, 3, 9, 6))
    assert limits_of({"until": 7, "until_worse_by": "much", "until_closed": "yes"}) == Limits()


def test_a_decided_report_votes_for_its_cause_alone_and_one_without_a_proposal_not_at_all() -> None:
    model = {"cause_source": "model", "cause": "weather", "proposed_cause": "weather", "proposed_confidence": 0.6}
    votes = report_votes({**model, "alternatives": '[{"cause": "viral", "confidence": 0.4}]'})
    assert votes == {"weather": 0.6, "viral": 0.4}
    assert report_votes({**model, "cause_source": "report_edit", "alternatives": None}) == {"weather": 1.0}
    assert report_votes({**model, "proposed_cause": None, "alternatives": None}) == {}
    assert elected({"weather": 0.1 + 0.2, "viral": 0.3}) == "viral", "equal sums go by name"


def test_what_no_feed_could_show_is_not_elected() -> None:
    votes = {"paid_campaign": 0.6, "unknown": 0.1, "viral": 0.3}
    assert elected(votes) == "paid_campaign"
    assert elected(votes, {"paid_campaign"}) == "unknown", "it stands for both, with 0.35 each"
    assert elected(votes | {"viral": 0.4}, {"paid_campaign"}) == "viral"
    report = {"cause_source": "model", "alternatives": '[{"cause": "viral", "confidence": 0.4, "unseen": true}]'}
    assert unseen_by(report) == {"viral"}
    assert unseen_by(report | {"cause_source": "report_edit"}) == frozenset()


@pytest.mark.parametrize(
    ("chance", "unseen", "column"),
    [
        ([0.5, 0.3, 0.2], [False, False, False], 0),
        ([0.5, 0.3, 0.2], [True, False, False], 2),  # 0.35 on average
        ([0.5, 0.4, 0.1], [True, False, False], 1),
        ([0.0, 0.3, 0.2], [True, False, False], 1),  # a cause that cannot be has no part of the mean
        ([0.9, NO_CANDIDATE, 0.1], [True, False, False], 2),
        ([0.4, 0.4, 0.2], [False, False, False], 0),
    ],
)
def test_nothing_is_named_that_no_feed_can_show(chance: list[float], unseen: list[bool], column: int) -> None:
    assert named(np.array([chance]), np.array([unseen]), 2).tolist() == [column]


def test_without_unknown_the_likeliest_is_named() -> None:
    assert named(np.array([[0.2, 0.8]]), np.zeros((1, 2), bool), -1).tolist() == [1]


def test_edits_are_read_alike_from_both_logs() -> None:
    common = {"edit_id": "e", "action": "set_cause", "author": "ann", "edited_at": NOON, "tick": TICK}
    of_report = report_edits(table("user_edits_log", {**common, "report_id": "r", "cause": "viral"}))
    of_event = event_edits(
        table("user_minority_events_edits_log", {**common, "report_group_id": "g", "value": '{"cause": "viral"}'})
    )
    assert [decided_cause(e) for e in of_report + of_event] == ["viral", "viral"]
    assert decisions_at(of_report, TICK).causes["r"].author == "ann"
    assert not decisions_at(of_report, TICK - timedelta(days=1))


def test_the_newest_of_merging_and_taking_it_back_holds() -> None:
    merged, parted, again = (
        edit("merge_into", 0, "a", into="h"),
        edit("unmerge", 1, "b"),
        edit("merge_into", 2, "c", into="i"),
    )
    assert merges_in_force([parted, merged]) == {}
    assert list(unmerges_in_force([parted, merged])) == ["g"]
    assert merges_in_force([again, parted, merged]) == {"g": "i"}
    assert unmerges_in_force([again, parted, merged]) == {}
    shown = applied(applied(SHOWN_EVENT, merged, EVENT), parted, EVENT)
    assert (shown["event_status"], shown["merged_into"]) == ("open", None)
