"""What the API shows of a pending edit is what the hydrated event holds once the edit is in force."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from mrs.decisions.applied import EVENT, applied
from mrs.decisions.edits import Edit
from mrs.identity import schedule_time

from tests.builders import TICK
from tests.hydrate.conftest import World

COLUMNS = ("event_status", "name", "cause", "cause_source", "cause_confidence", "merged_into", "n_edits")


@pytest.mark.parametrize("is_merged", [False, True])
@pytest.mark.parametrize(
    ("action", "value"),
    [
        ("set_cause", {"cause": "own_stockout"}),
        ("approve", {"cause": "viral"}),
        ("approve", {}),
        ("reject", {}),
        ("rename", {"name": "The good week"}),
        ("comment", {"comment": "hm"}),
    ],
)
def test_pending_and_hydrated_agree(world: World, action: str, value: dict[str, Any], is_merged: bool) -> None:
    world.report("a", store_id="1", sales_delta=50.0)
    world.causes("a", viral=0.9, weather=0.1)
    world.event("g", "a")
    if is_merged:
        world.report("b", store_id="2")
        world.event("h", "b")
        world.log("MRCH", {"report_id": "a", "report_group_id": "g", "merged_into": "h"}, written_at=_at(1))
    before = world.events(TICK)["g"]
    assert (before["event_status"] == "merged") is is_merged
    made = {"edit_id": "e", "report_group_id": "g", "action": action, "edited_at": _at(2)}
    world.log("user_minority_events_edits_log", made | {"value": json.dumps(value)}, written_at=_at(2))
    after = world.events(TICK)["g"]
    shown = applied(before, Edit("g", "e", action, value, "ann", _at(2), TICK), EVENT)
    assert {c: shown[c] for c in COLUMNS} == {c: after[c] for c in COLUMNS}


def _at(minutes: int) -> Any:
    return schedule_time(TICK) + timedelta(minutes=minutes)
