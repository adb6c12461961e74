"""What cohorting promises: ids that last, late joiners, absorption by the older, and decisions by hand that stick."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mrs.cohorts.membership import Cohorts, Event
from mrs.contracts import dataset
from mrs.identity import report_group_id, sha256_hex
from mrs.settings import CohortSettings

from functions.cohort.build_minority_report_cohorts import (
    MELOG,
    MRCH,
    STATE_DAYS,
    build_minority_report_cohorts,
)
from functions.cohort.handler import handler
from tests.builders import at, table

DAY = date(2024, 3, 1)
EDITS = "user_minority_events_edits_log"
MRCL, MRDL, STORES = "minority_reports_clustered_log", "minority_reports_detected_log", "stores_data"
Clusters = Sequence[Sequence[str]]


def day(k: int) -> date:
    return DAY + timedelta(days=k)


def first_of(report: str, history: Mapping[int, Clusters]) -> date:
    return day(min(k for k, clusters in history.items() if any(report in c for c in clusters)))


def inputs(history: Mapping[int, Clusters], edits: Sequence[dict[str, Any]] = ()) -> dict[str, pa.Table]:
    """Return the tables of ticks whose clusters are given as lists of report ids."""
    rows = [
        (k, n, report) for k, clusters in history.items() for n, members in enumerate(clusters) for report in members
    ]
    clustered = [
        {
            "report_id": report,
            "cluster_id": f"{k}-{n}",
            "is_noise": len(history[k][n]) == 1,
            "similarity": 0.9,
            "report_status": "ongoing",
            "tick": day(k),
        }
        for k, n, report in rows
    ]
    detected = [
        {
            "report_id": report,
            "store_id": f"store-{report}",
            "first_detected_at": at(first_of(report, history)),
            "last_detected_at": at(day(k)),
            "direction": "up",
            "tick": day(k),
        }
        for k, _, report in rows
    ]
    return {
        MRCL: table(MRCL, *clustered),
        MRDL: table(MRDL, *detected),
        STORES: table(STORES, {"store_id": "store-a", "region": "north", "tick": DAY}),
        EDITS: table(EDITS, *edits),
        MRCH: dataset(MRCH).empty(),
        MELOG: dataset(MELOG).empty(),
    }


def edit(k: int, group: str, action: str, **value: str) -> dict[str, Any]:
    return {
        "edit_id": f"{k}{group}{action}{value}",
        "report_group_id": group,
        "action": action,
        "value": json.dumps(value),
        "edited_at": at(day(k)),
        "tick": day(k),
    }


def run(history: Mapping[int, Clusters], edits: Sequence[dict[str, Any]] = ()) -> dict[str, pa.Table]:
    ticks = [day(k) for k in range(max(history) + 1)]
    return build_minority_report_cohorts(inputs(history, edits), ticks, CohortSettings())


def event_of(out: Mapping[str, pa.Table], report: str, k: int) -> str:
    """Return the event that a report counts for at a tick, merges followed."""
    [row] = [r for r in out[MRCH].to_pylist() if r["report_id"] == report and r["tick"] == day(k)]
    return str(row["merged_into"] or row["report_group_id"])


def group_of(founder: str, k: int) -> str:
    return report_group_id(founder, day(k))


def test_event_is_named_after_its_earliest_report_and_ties_go_to_the_smallest_id() -> None:
    out = run({0: [["b", "a"]]})
    assert {event_of(out, r, 0) for r in "ab"} == {group_of("a", 0)}
    assert out[MELOG].to_pylist()[0]["founding_report_id"] == "a"
    assert out[MELOG].to_pylist()[0]["founding_region"] == "north"


def test_event_is_registered_once() -> None:
    out = run({k: [["a", "b"]] for k in range(4)})
    assert out[MELOG].num_rows == 1
    assert out[MRCH].num_rows == 8


def test_late_joiner_takes_the_events_id() -> None:
    out = run({0: [["b"]], 1: [["b", "a"]], 2: [["a", "b", "c"]]})
    assert {event_of(out, r, 2) for r in "abc"} == {group_of("b", 0)}
    joined = {r["report_id"]: r["joined_at"] for r in out[MRCH].to_pylist() if r["tick"] == day(2)}
    assert joined == {"b": day(0), "a": day(1), "c": day(2)}


def test_single_store_problem_is_its_own_event() -> None:
    out = run({0: [["a", "b", "c"], ["x"]]})
    assert event_of(out, "x", 0) == group_of("x", 0)


def test_older_absorbs_the_younger_and_old_links_resolve() -> None:
    out = run({0: [["a", "b"]], 1: [["a", "b"], ["x", "y"]], 2: [["a", "b", "x", "y"]], 3: [["a", "b", "x", "y"]]})
    assert {event_of(out, r, 3) for r in "abxy"} == {group_of("a", 0)}
    merged = {r["report_group_id"]: r["merged_into"] for r in out[MRCH].to_pylist() if r["merged_into"]}
    assert merged == {group_of("x", 1): group_of("a", 0)}


def test_member_that_has_closed_moves_with_its_event() -> None:
    out = run({0: [["a", "b"]], 1: [["a", "b"], ["x", "y", "z"]], 2: [["a", "b", "x", "y"]]})
    assert event_of(out, "z", 2) == group_of("a", 0)


@pytest.mark.parametrize(("days_ago", "is_moved"), [(STATE_DAYS, True), (STATE_DAYS + 1, False)])
def test_a_member_that_closed_long_ago_moves_no_more_however_many_ticks_a_chunk_has(
    days_ago: int, is_moved: bool
) -> None:
    """A tick by itself reads so many days and no more."""
    apart = {k: [["a", "b"], ["x", "y"]] for k in range(days_ago)}
    out = run(apart | {0: [["a", "b"]], 1: [["a", "b"], ["x", "y", "z"]], 1 + days_ago: [["a", "b", "x", "y"]]})
    moved = {r["report_id"] for r in out[MRCH].to_pylist() if r["tick"] == day(1 + days_ago)}
    assert moved == {"a", "b", "x", "y"} | ({"z"} if is_moved else set())


def test_of_two_events_of_one_day_the_one_with_the_smaller_id_is_the_older() -> None:
    smaller, larger = (Event(group, "a", DAY.toordinal(), "up", None) for group in ("g1", "g2"))
    state = Cohorts({}, {e.group: e for e in (larger, smaller)})
    assert state.older(["g2", "g1"]) == state.older(["g1", "g2"]) == "g1"


def test_report_stays_in_its_event_when_its_cluster_drifts() -> None:
    out = run({0: [["a", "b", "c"], ["x", "y", "z"]], 1: [["a", "b"], ["c", "x", "y", "z"]]})
    assert event_of(out, "c", 1) == group_of("a", 0)
    assert event_of(out, "x", 1) == group_of("x", 0)


def test_stray_member_does_not_pull_a_new_event_into_its_own() -> None:
    out = run({0: [list("abcdefgh")], 1: [list("abcdefg"), ["h", "u", "v", "w"]]})
    assert event_of(out, "h", 1) == group_of("a", 0)
    assert {event_of(out, r, 1) for r in "uvw"} == {group_of("u", 1)}


def test_merge_by_hand_sticks_on_every_later_tick() -> None:
    apart = [["a", "b"], ["x", "y"]]
    merge = edit(1, group_of("a", 0), "merge_into", into=group_of("x", 0))
    out = run(dict.fromkeys(range(4), apart), [merge])
    assert event_of(out, "a", 0) == group_of("a", 0)
    assert {event_of(out, r, k) for r in "abxy" for k in (1, 2, 3)} == {group_of("x", 0)}


def test_late_joiner_of_a_merged_event_joins_what_it_was_merged_into() -> None:
    merge = edit(1, group_of("a", 0), "merge_into", into=group_of("x", 0))
    out = run({0: [["a", "b"], ["x", "y"]], 1: [["a", "b"], ["x", "y"]], 2: [["a", "b", "c"], ["x", "y"]]}, [merge])
    assert event_of(out, "c", 2) == group_of("x", 0)


@pytest.mark.parametrize("removed", ["a", "b"], ids=["founder", "member"])
def test_removed_report_is_an_event_of_its_own_for_good(removed: str) -> None:
    together = [["a", "b", "c"]]
    out = run(dict.fromkeys(range(4), together), [edit(1, group_of("a", 0), "remove_report", report_id=removed)])
    own = {"a": sha256_hex(group_of("a", 0) + "a"), "b": group_of("b", 0)}[removed]
    assert [event_of(out, removed, k) for k in range(4)] == [group_of("a", 0), own, own, own]
    assert event_of(out, "c", 3) == group_of("a", 0)
    assert own in out[MELOG]["report_group_id"].to_pylist()


def test_report_that_is_removed_after_it_closed_is_named_by_its_first_day() -> None:
    removal = edit(2, group_of("a", 0), "remove_report", report_id="b")
    out = run({0: [["a", "b", "c"]], 1: [["a", "b", "c"]], 2: [["a", "c"]], 3: [["a", "c"]]}, [removal])
    assert event_of(out, "b", 2) == group_of("b", 0)


def test_removed_report_whose_own_event_was_absorbed_gets_a_name_that_is_not_taken() -> None:
    history = {0: [["a", "b"], ["x", "y"]], **{k: [["a", "b", "x", "y"]] for k in range(1, 4)}}
    out = run(history, [edit(2, group_of("a", 0), "remove_report", report_id="x")])
    own = sha256_hex(group_of("a", 0) + "x")
    assert [event_of(out, "x", k) for k in range(4)] == [group_of("x", 0), group_of("a", 0), own, own]
    assert event_of(out, "y", 3) == group_of("a", 0)


def test_merges_in_a_circle_end() -> None:
    a, x = group_of("a", 0), group_of("x", 0)
    out = run(
        {k: [["a"], ["x"]] for k in range(3)}, [edit(1, a, "merge_into", into=x), edit(1, x, "merge_into", into=a)]
    )
    assert out[MRCH].num_rows == 6


def test_output_fits_the_contract() -> None:
    out = run({0: [["a"]]})
    for name in (MRCH, MELOG):
        declared = {f.name: f.type for f in dataset(name).schema}
        assert all(declared[f.name] == f.type for f in out[name].schema)
    assert callable(handler)


clusterings = st.lists(
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 2), min_size=1), min_size=2, max_size=5
)


@settings(max_examples=40, deadline=None)
@given(clusterings)
def test_ticks_in_one_chunk_equal_ticks_one_by_one(days: list[dict[str, int]]) -> None:
    history = {k: [[r for r in sorted(d) if d[r] == n] for n in sorted(set(d.values()))] for k, d in enumerate(days)}
    tables = inputs(history)
    ticks = [day(k) for k in range(len(days))]
    whole = build_minority_report_cohorts(tables, ticks, CohortSettings())
    pieces: dict[str, list[pa.Table]] = {MRCH: [], MELOG: []}
    known = dict(tables)
    for tick in ticks:
        out = build_minority_report_cohorts(known, [tick], CohortSettings())
        for name, rows in out.items():
            pieces[name].append(rows)
            known[name] = pa.concat_tables([known[name], _full(name, rows)])
    for name, rows in whole.items():
        assert rows.to_pylist() == [row for piece in pieces[name] for row in piece.to_pylist()]


@settings(max_examples=40, deadline=None)
@given(clusterings)
def test_event_of_a_report_changes_only_by_absorption_into_an_older_one(days: list[dict[str, int]]) -> None:
    history = {k: [[r for r in sorted(d) if d[r] == n] for n in sorted(set(d.values()))] for k, d in enumerate(days)}
    out = run(history)
    born = {r["report_group_id"]: (r["first_detected_at"], r["report_group_id"]) for r in out[MELOG].to_pylist()}
    last: dict[str, str] = {}
    for row in out[MRCH].sort_by("tick").to_pylist():
        event = row["merged_into"] or row["report_group_id"]
        before = last.get(row["report_id"], event)
        assert event == before or born[event] < born[before]
        last[row["report_id"]] = event


def _full(name: str, rows: pa.Table) -> pa.Table:
    schema = dataset(name).schema
    return pa.table(
        [rows[f.name] if f.name in rows.column_names else pa.nulls(rows.num_rows, f.type) for f in schema],
        schema=schema,
    )
