"""minority_reports: one row per report, each column from the newest row of its log."""

from __future__ import annotations

import json

import pytest
from mrs.identity import schedule_time

from tests.builders import TICK, at
from tests.hydrate.conftest import World, days


def test_an_empty_run_hydrates_to_nothing(world: World) -> None:
    assert (world.reports(), world.events(), world.sales()) == ({}, {}, {})


def test_a_report_that_only_detection_knows(world: World) -> None:
    world.report("a", store_id="1")
    row = world.reports()["a"]
    assert (row["store_id"], row["report_status"], row["sales_delta"]) == ("1", "open", 50.0)
    assert (row["cause"], row["cause_source"], row["cause_confidence"]) == ("unknown", "model", 0.0)
    silent = ["retailer", "region", "cluster_id", "report_group_id", "proposed_cause", "proposed_confidence"]
    assert all(row[c] is None for c in [*silent, "alternatives", "evidence", "last_edited_by"])
    assert row["n_edits"] == 0


def test_a_report_that_every_stage_knows(world: World) -> None:
    world.report("a", store_id="1")
    world.log("stores_data", {"store_id": "1", "retailer": "R", "region": "BW"})
    world.log("MRCL", {"report_id": "a", "cluster_id": "c1"})
    world.causes("a", viral=0.7, weather=0.2, unknown=0.1)
    world.event("g", "a")
    final = {"report_id": "a", "cause": "weather", "cause_source": "report_edit", "cause_confidence": 1.0}
    world.log("MRFL", final | {"final_status": "approved"})
    for n, author in enumerate(["ann", "bob"]):
        edit = {"edit_id": f"e{n}", "report_id": "a", "author": author, "edited_at": at(TICK + days(n))}
        world.log("user_edits_log", edit)
    row = world.reports()["a"]
    assert (row["retailer"], row["region"], row["cluster_id"], row["report_group_id"]) == ("R", "BW", "c1", "g")
    assert (row["proposed_cause"], row["proposed_confidence"]) == ("viral", 0.7)
    assert json.loads(row["alternatives"]) == [
        {"cause": "weather", "confidence": 0.2},
        {"cause": "unknown", "confidence": 0.1},
    ]
    assert json.loads(row["evidence"]) == {"for": "a/viral"}
    assert (row["cause"], row["cause_source"], row["cause_confidence"]) == ("weather", "report_edit", 1.0)
    assert (row["report_status"], row["n_edits"], row["last_edited_by"]) == ("approved", 2, "bob")


def test_closed_reports_stay(world: World) -> None:
    world.report("a", tick=TICK - days(9), report_status="closed")
    assert world.reports()["a"]["report_status"] == "closed"


def test_later_ticks_are_not_seen(world: World) -> None:
    world.report("a", sales_delta=50.0)
    world.report("a", tick=TICK + days(1), sales_delta=99.0)
    world.report("b", tick=TICK + days(1))
    rows = world.reports()
    assert set(rows) == {"a"}
    assert rows["a"]["sales_delta"] == 50.0


def test_the_state_as_of_a_time_is_what_was_written_by_then(world: World) -> None:
    world.report("a", sales_delta=50.0)
    world.report("a", sales_delta=60.0, written_at=schedule_time(TICK) + days(3))
    assert world.reports(as_of=schedule_time(TICK))["a"]["sales_delta"] == 50.0
    assert world.reports(as_of=schedule_time(TICK) + days(3))["a"]["sales_delta"] == 60.0


def test_a_newer_write_of_a_tick_takes_back_reports_that_are_gone(world: World) -> None:
    world.report("a")
    world.report("b", written_at=schedule_time(TICK) + days(3))
    assert set(world.reports()) == {"b"}


def test_candidates_of_an_older_write_do_not_linger(world: World) -> None:
    world.report("a")
    world.causes("a", viral=0.6, weather=0.4)
    world.causes("a", local_event=1.0, tick=TICK, written_at=schedule_time(TICK) + days(1))
    row = world.reports()["a"]
    assert (row["proposed_cause"], row["alternatives"]) == ("local_event", None)


def test_a_rereview_proposes_without_being_the_model_in_force(world: World) -> None:
    world.report("a")
    world.causes("a", viral=1.0)
    later = schedule_time(TICK) + days(1)
    world.log("MRPAL", {"report_id": "a", "cause": "weather", "rank": 1, "rereview_id": "r"}, written_at=later)
    assert world.reports()["a"]["proposed_cause"] == "viral"


def test_a_rereview_clusters_without_moving_a_report(world: World) -> None:
    world.report("a")
    world.log("MRCL", {"report_id": "a", "cluster_id": "c1"})
    later = schedule_time(TICK) + days(1)
    world.log("MRCL", {"report_id": "a", "cluster_id": "c2", "rereview_id": "r"}, written_at=later)
    assert world.reports()["a"]["cluster_id"] == "c1"


def test_merges_are_followed_to_their_end(world: World) -> None:
    for report in "abcd":
        world.report(report)
    world.event("g1", "a")
    world.event("g2", "b")
    world.event("g3", "c")
    world.event("g4", "d")
    world.event("g4", "d", tick=TICK + days(1), merged_into="g3")
    world.event("g3", "c", tick=TICK + days(2), merged_into="g2")
    world.event("g2", "b", tick=TICK + days(3), merged_into="g1")
    rows = world.reports(TICK + days(3))
    assert {r: rows[r]["report_group_id"] for r in "abcd"} == dict.fromkeys("abcd", "g1")


@pytest.mark.parametrize("status", ["approved", "rejected"])
def test_a_decided_status_outlasts_later_ticks(world: World, status: str) -> None:
    world.report("a")
    world.log("MRFL", {"report_id": "a", "final_status": status})
    world.report("a", tick=TICK + days(1), report_status="closed")
    assert world.reports(TICK + days(1))["a"]["report_status"] == status


def test_an_undecided_status_is_detections(world: World) -> None:
    world.report("a")
    world.log("MRFL", {"report_id": "a", "final_status": "open"})
    world.report("a", tick=TICK + days(1), report_status="closed")
    assert world.reports(TICK + days(1))["a"]["report_status"] == "closed"


def test_degraded_inputs_are_the_union_over_the_stages(world: World) -> None:
    world.report("a", is_degraded=True, degraded_inputs=["promotions"])
    without = {"is_degraded": True, "degraded_inputs": ["promotions", "campaigns"]}
    world.log("MRPAL", {"report_id": "a", "rank": 1, "cause": "unknown"} | without)
    world.report("b", tick=TICK + days(1))
    rows = world.reports(TICK + days(1))
    assert (rows["a"]["is_degraded"], rows["a"]["degraded_inputs"]) == (True, ["campaigns", "promotions"])
    assert (rows["b"]["is_degraded"], rows["b"]["degraded_inputs"]) == (False, [])


def test_runs_do_not_mix(world: World) -> None:
    world.report("a")
    other = World(world.environment, world.athena, world.run_id + "-other", world.parts)
    other.report("b")
    assert (set(world.reports()), set(other.reports())) == ({"a"}, {"b"})


def test_the_newest_region_of_a_store_counts(world: World) -> None:
    world.report("a", store_id="1")
    world.log("stores_data", {"store_id": "1", "region": "BW"}, tick=TICK - days(5))
    world.log("stores_data", {"store_id": "1", "region": "BY"})
    assert world.reports()["a"]["region"] == "BY"


def test_what_was_written_late_about_an_earlier_tick_counts_in_the_next_one(world: World) -> None:
    yesterday, late = TICK - days(1), schedule_time(TICK) + days(900)
    world.report("a", tick=yesterday)
    final = {"report_id": "a", "cause": "weather", "cause_source": "report_edit", "final_status": "approved"}
    world.log("MRFL", final, tick=yesterday, written_at=late)
    assert world.reports(tick=yesterday, as_of=schedule_time(yesterday))["a"]["cause"] == "unknown"
    assert world.reports(as_of=schedule_time(TICK))["a"]["cause"] == "weather"
