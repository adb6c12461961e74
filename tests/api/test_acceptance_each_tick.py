"""A rule that accepts by itself: after each tick, once, in its own name, and never what people had taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import Cause, dataset

from cli.pipeline import RunRequest, run_ticks
from tests.api.conftest import CONFIG, NEXT_DAY, RUN, Api, Workshop

EVERYTHING = {"min_confidence": 0.0, "most_money": 1e9, "causes": [c.value for c in Cause]}
LATER = date(2024, 2, 22)


def accepted(api: Api) -> dict[str, dict[str, Any]]:
    found = api.get("/api/events", status=["approved"], limit=500)["items"]
    return {e["report_group_id"]: e for e in found if e["cause_source"] == "policy"}


@pytest.fixture(scope="module")
def ticked(workshop: Workshop, world: Path, manager: Api) -> dict[str, dict[str, Any]]:
    """A rule is set; a week passes; five people look at once. What the rule accepted."""
    rule = manager.post("/api/acceptance/rules", {"name": "Nobody looks", **EVERYTHING, "each_tick": True})
    assert rule.status_code == 201 and rule.json()["each_tick"], rule.text
    before = manager.get("/api/events", limit=1)["state"]
    assert accepted(manager).keys() <= {e["report_group_id"] for e in manager.get("/api/events", limit=500)["items"]}
    run_ticks(
        workshop.state.stack,
        workshop.state.environment,
        RunRequest(world / "input", RUN, NEXT_DAY, LATER, 1, None, CONFIG),
    )
    with ThreadPoolExecutor(5) as people:
        states = [s["state"] for s in people.map(lambda _: manager.get("/api/events", limit=1), range(5))]
    assert {s["tick"] for s in states} == {LATER.isoformat()} != {before["tick"]}
    return accepted(manager)


def test_it_accepts_what_the_tick_closed_once(workshop: Workshop, viewer: Api, ticked: dict[str, Any]) -> None:
    assert ticked
    assert viewer.get("/api/events", status=["closed"], limit=500)["items"] == []
    edits = workshop.state.logs.read(dataset("user_minority_events_edits_log"), RUN).to_pylist()
    assert len({e["report_group_id"] for e in edits}) == len(edits) >= len(ticked)
    assert {e["author"] for e in edits} == {"rule Nobody looks of max"}


def test_it_is_said_who_accepted_and_one_click_takes_it_back(manager: Api, ticked: dict[str, Any]) -> None:
    manager.applied()
    assert all(e["cause_confidence"] < 1 for e in ticked.values())
    found = next(
        a for a in manager.get("/api/acceptance/applications")["items"] if a["applied_by"].endswith(str(LATER))
    )
    assert found["applied_by"] == f"the rule itself, after {LATER}"
    undone = manager.post(f"/api/acceptance/applications/{found['application_id']}/undo", {})
    assert undone.status_code == 201, undone.text
    manager.applied()
    assert len(accepted(manager)) == len(ticked) - found["n_events"] < len(ticked)


def test_the_next_tick_accepts_again_but_not_what_was_taken_back(
    workshop: Workshop, world: Path, manager: Api, ticked: dict[str, Any]
) -> None:
    taken_back = {e["report_group_id"] for e in manager.get("/api/events", status=["closed"], limit=500)["items"]}
    assert taken_back
    workshop.tick(LATER + timedelta(days=1), world / "input")
    manager.get("/api/events", limit=1)
    assert not taken_back & set(accepted(manager))


def test_a_rule_that_is_to_be_applied_accepts_nothing_by_itself(
    workshop: Workshop, world: Path, manager: Api, ticked: dict[str, Any]
) -> None:
    changed = manager.post("/api/acceptance/rules", {"name": "Nobody looks", **EVERYTHING})
    assert changed.status_code == 201 and not changed.json()["each_tick"]
    (rule,) = manager.get("/api/acceptance/rules")["items"]
    before = workshop.state.logs.read(dataset("user_minority_events_edits_log"), RUN).num_rows
    workshop.tick(LATER + timedelta(days=2), world / "input")
    manager.get("/api/events", limit=1)
    assert workshop.state.logs.read(dataset("user_minority_events_edits_log"), RUN).num_rows == before
    assert rule["rule_id"] == changed.json()["rule_id"]
