"""Whom EventBridge is told of: the newest state, once it has taken the event; and a manifest that lacks a dataset."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pytest
from mrs.errors import TransientError
from mrs.identity import schedule_time
from mrs.stage import run_stage
from mrs.stage.harness import StageResult
from mrs.store.snapshots import Snapshot

from functions.hydrate import publish as publishing
from functions.hydrate.handler import STAGE
from functions.hydrate.publish import manifest_of, publish
from functions.hydrate.reconcile import reconcile
from tests.builders import TICK
from tests.hydrate.conftest import World, days
from tests.hydrate.test_weeks import day_of


def hydrated(world: World, tick: date, days_late: int = 0) -> StageResult:
    """Return what hydration makes of a tick, so many days later than it is due."""
    event = {"run_id": world.run_id, "first_tick": tick.isoformat(), "last_tick": tick.isoformat()}
    event |= {"written_at": (schedule_time(tick) + days(days_late)).isoformat() + "Z"}
    return run_stage(STAGE, event, world.environment)


def told(world: World) -> list[str]:
    """Return the ticks of which EventBridge was told."""
    found = world.environment.logs().objects.find(f"manifests/run_id={world.run_id}/")
    return [f.key.split("tick=")[1][:10] for f in found if f.key.endswith(".told")]


def test_what_eventbridge_refused_is_told_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    day_of(world, TICK)
    result = hydrated(world, TICK)
    refusal = {"FailedEntryCount": 1, "Entries": [{"ErrorMessage": "throttled"}]}
    with monkeypatch.context() as patch:
        patch.setattr(publishing, "client", lambda _: SimpleNamespace(put_events=lambda **_: refusal))
        with pytest.raises(TransientError, match="throttled"):
            publish(result)
    assert told(world) == []
    publish(result)
    assert told(world) == [str(TICK)]


def test_a_state_of_the_past_is_not_told_as_the_newest(world: World) -> None:
    for day in (TICK - days(1), TICK):
        day_of(world, day)
    publish(hydrated(world, TICK))
    publish(hydrated(world, TICK - days(1), days_late=3))
    assert told(world) == [str(TICK)]


def test_a_manifest_without_one_of_the_datasets_is_not_complete(world: World) -> None:
    day_of(world, TICK)
    result = hydrated(world, TICK)
    state = Snapshot(world.run_id, TICK, schedule_time(TICK))
    objects = world.environment.logs().objects
    every = [*result.written, *reconcile(result)]
    assert manifest_of(state, every, objects)["is_complete"]
    for name in ("restatements", "sales_reconciliation"):
        assert not manifest_of(state, [w for w in every if f"/{name}/" not in f"/{w.key}"], objects)["is_complete"]
