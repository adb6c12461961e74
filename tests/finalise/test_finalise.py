"""Finalisation: report edit over event edit over model, the newest of a kind first."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.identity import schedule_time
from mrs.settings import FinaliseSettings, Settings
from mrs.stage import StageContext, TickEvent
from mrs.store.log_store import Write

from functions.finalise.build_minority_reports_finalised_log_from_edits import (
    build_minority_reports_finalised_log_from_edits as finalise,
)
from functions.finalise.load_edits import load_edits
from tests.builders import TICK, at, table

NOON = at(TICK) + timedelta(hours=36)


def logs(**replaced: pa.Table) -> dict[str, pa.Table]:
    """One report `r` of event `g` that the model calls weather (0.7), alive at the tick."""
    mrpal = {"report_id": "r", "rank": 1, "cause": "weather", "confidence": 0.7}
    return {
        "minority_reports_detected_log": table("MRDL", {"report_id": "r", "report_status": "ongoing"}),
        "minority_reports_proposed_attribution_log": table("MRPAL", mrpal, {**mrpal, "rank": 2, "cause": "viral"}),
        "minority_reports_cohorted_log": table("MRCH", {"report_id": "r", "report_group_id": "g"}),
        "minority_reports_finalised_log": table("MRFL"),
        "user_edits_log": table("user_edits_log"),
        "user_minority_events_edits_log": table("user_minority_events_edits_log"),
    } | replaced


def of_report(action: str, cause: str | None = None, hours: int = 0, edit_id: str = "e", **more: Any) -> dict[str, Any]:
    edited = NOON + timedelta(hours=hours)
    return {"report_id": "r", "action": action, "cause": cause, "edited_at": edited, "edit_id": edit_id, **more}


def of_event(action: str, value: dict[str, Any] | None = None, hours: int = 0, group: str = "g") -> dict[str, Any]:
    edited = NOON + timedelta(hours=hours)
    return {"report_group_id": group, "action": action, "value": json.dumps(value or {}), "edited_at": edited}


def report_edits(*rows: dict[str, Any]) -> dict[str, pa.Table]:
    return {"user_edits_log": table("user_edits_log", *rows, author="ann")}


def event_edits(*rows: dict[str, Any]) -> dict[str, pa.Table]:
    name = "user_minority_events_edits_log"
    return {name: table(name, *rows, author="eve")}


def final(tables: dict[str, pa.Table]) -> dict[str, Any]:
    rows = finalise(tables, [TICK], FinaliseSettings())["minority_reports_finalised_log"].to_pylist()
    assert len(rows) == 1
    return dict(rows[0])


def test_without_edits_the_model_is_in_force() -> None:
    row = final(logs())
    assert (row["cause"], row["cause_source"], row["cause_confidence"]) == ("weather", "model", 0.7)
    assert (row["final_status"], row["report_group_id"], row["edited_by"]) == ("ongoing", "g", None)


def test_what_a_rereview_proposes_is_not_in_force() -> None:
    proposed = [
        {"report_id": "r", "rank": 1, "cause": cause, "confidence": 0.7, "rereview_id": rereview}
        for cause, rereview in (("weather", None), ("viral", "x"))
    ]
    row = final(logs(minority_reports_proposed_attribution_log=table("MRPAL", *proposed)))
    assert (row["cause"], row["model_cause"]) == ("weather", "weather")


def test_a_report_edit_beats_a_newer_event_edit() -> None:
    edits = report_edits(of_report("set_cause", "viral")) | event_edits(of_event("set_cause", {"cause": "weather"}, 9))
    row = final(logs(**edits))
    assert (row["cause"], row["cause_source"], row["cause_confidence"]) == ("viral", "report_edit", 1.0)
    assert row["model_cause"] == "weather"


def test_an_event_edit_beats_the_model() -> None:
    row = final(logs(**event_edits(of_event("set_cause", {"cause": "price_change"}))))
    assert (row["cause"], row["cause_source"], row["edited_by"]) == ("price_change", "event_edit", "eve")


@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_of_a_kind_wins_whatever_the_order_of_rows(order: int) -> None:
    rows = [of_report("set_cause", "viral", 1, "a"), of_report("set_cause", "promotion", 2, "b")]
    assert final(logs(**report_edits(*rows[::order])))["cause"] == "promotion"


@pytest.mark.parametrize("order", [1, -1])
def test_equally_new_edits_are_settled_by_their_id(order: int) -> None:
    rows = [of_report("set_cause", "viral", 1, "b"), of_report("set_cause", "promotion", 1, "a")]
    assert final(logs(**report_edits(*rows[::order])))["cause"] == "viral"


def test_a_reject_closes() -> None:
    assert final(logs(**report_edits(of_report("reject"))))["final_status"] == "rejected"


def test_an_approval_holds_the_cause_that_it_approved() -> None:
    row = final(logs(**report_edits(of_report("approve", "competitor_stockout"))))
    assert (row["final_status"], row["cause"], row["cause_source"]) == (
        "approved",
        "competitor_stockout",
        "report_edit",
    )


def test_a_reopening_takes_back_what_was_decided_before_it() -> None:
    edits = [of_report("approve", "viral", 1, "a"), of_report("reopen", None, 2, "b")]
    row = final(logs(**report_edits(*edits)))
    assert (row["cause"], row["cause_source"], row["final_status"], row["edited_by"]) == (
        "weather",
        "model",
        "ongoing",
        None,
    )
    row = final(logs(**event_edits(of_event("reject", {}, 1), of_event("reopen", {"cause": "viral"}, 2))))
    assert (row["cause"], row["cause_source"], row["final_status"]) == ("viral", "event_edit", "ongoing")
    row = final(logs(**report_edits(*edits, of_report("reject", None, 3, "c"))))
    assert row["final_status"] == "rejected"


def test_a_comment_changes_nothing() -> None:
    row = final(logs(**report_edits(of_report("comment", comment="hm"))))
    assert (row["cause_source"], row["final_status"], row["edited_by"]) == ("model", "ongoing", None)


def test_a_merge_moves_members_and_the_old_events_edits_still_hold() -> None:
    merged = table("MRCH", {"report_id": "r", "report_group_id": "g", "merged_into": "older"})
    row = final(logs(minority_reports_cohorted_log=merged, **event_edits(of_event("set_cause", {"cause": "viral"}))))
    assert (row["report_group_id"], row["cause"]) == ("older", "viral")


def test_an_edit_of_a_report_that_lives_no_more_is_finalised_in_the_tick_it_takes_effect() -> None:
    before = TICK - timedelta(days=9)
    old = {"report_id": "gone", "report_group_id": "h", "cause": "unknown", "report_status": "closed", "tick": before}
    known = table("MRFL", old, model_cause="unknown", model_confidence=0.4)
    edits = event_edits(of_event("set_cause", {"cause": "viral"}, group="h"))
    rows = finalise(logs(minority_reports_finalised_log=known, **edits), [TICK], FinaliseSettings())
    got = {r["report_id"]: r for r in rows["minority_reports_finalised_log"].to_pylist()}
    assert got["gone"]["cause"] == "viral"
    assert got["gone"]["tick"] == TICK
    assert got["r"]["cause"] == "weather"


def test_a_merge_moves_the_reports_that_live_no_more_too() -> None:
    before = TICK - timedelta(days=9)
    old = {"report_id": "gone", "report_group_id": "h", "cause": "unknown", "report_status": "closed", "tick": before}
    known = table("MRFL", old, model_cause="unknown", model_confidence=0.4)
    moved = {"report_id": "gone", "report_group_id": "h", "merged_into": "g"}
    edits = event_edits(of_event("merge_into", {"into": "g"}, group="h"))
    cohorted = table("MRCH", {"report_id": "r", "report_group_id": "g"}, moved)
    tables = logs(minority_reports_finalised_log=known, minority_reports_cohorted_log=cohorted, **edits)
    rows = finalise(tables, [TICK], FinaliseSettings())["minority_reports_finalised_log"].to_pylist()
    assert {r["report_id"]: r["report_group_id"] for r in rows} == {"r": "g", "gone": "g"}


def test_an_edit_takes_effect_in_its_tick_and_not_before() -> None:
    later = TICK + timedelta(days=1)
    tables = logs(**report_edits(of_report("set_cause", "viral", tick=later)))
    for name in ("detected", "proposed_attribution", "cohorted"):
        log = f"minority_reports_{name}_log"
        again = tables[log].set_column(
            tables[log].schema.get_field_index("tick"), "tick", pa.array([later] * len(tables[log]), pa.date32())
        )
        tables[log] = pa.concat_tables([tables[log], again])
    rows = finalise(tables, [TICK, later], FinaliseSettings())["minority_reports_finalised_log"].to_pylist()
    assert [(r["tick"], r["cause"]) for r in rows] == [(TICK, "weather"), (later, "viral")]


def test_a_runs_past_is_read_on_days_with_edits_alone(aws: Environment) -> None:
    ds, edits, before = dataset("MRFL"), dataset("user_edits_log"), TICK - timedelta(days=1)
    logs, edited = aws.logs(), schedule_time(TICK) + timedelta(seconds=-5)
    logs.append([Write(ds, "r", before, schedule_time(before), table("MRFL", {"report_id": "r"}, tick=before))])
    event = TickEvent.parse({"run_id": "r", "first_tick": TICK, "last_tick": TICK})
    context = StageContext(event, Settings.from_config({}), aws, logs)
    assert load_edits(context)[ds.name].num_rows == 0
    logs.append([Write(edits, "r", TICK, edited, table(edits.name, of_report("approve"), written_at=edited), "edit")])
    assert load_edits(context)[ds.name]["report_id"].to_pylist() == ["r"]
