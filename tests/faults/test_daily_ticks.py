"""Days on which AWS fails: each tick is run again until it succeeds, and the state is then that of quiet days."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError
from mrs.contracts import dataset
from mrs.errors import MrsError

from cli.simulate import simulate_world, write_world
from cli.state import State, opened
from tests.faults.injection import EFFECTS, KINDS, READS, Faults
from tests.pipeline.conftest import Landing, objects, run

DAYS, START = 110, date(2024, 1, 1)
TICKS = 6
ATTEMPTS = 6
FIRST = START + timedelta(days=DAYS - TICKS)
WHOLE = ("MRDL", "minority_reports", "minority_events_log", "attribution_ready_sales_weeks")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Landing:
    """Eight stores over a hundred days, with events in the last ones."""
    folder = tmp_path_factory.mktemp("small")
    write_world(simulate_world(8, DAYS, 3, start=START, quiet_days=DAYS - TICKS - 4, events=5), folder)
    return Landing(folder / "input", START + timedelta(days=DAYS - 1))


def content(state: State) -> dict[str, str]:
    """Return the content hash of every object that a tick's result consists of."""
    return {k: v for k, v in objects(state).items() if "/demo_run_config/" not in k}


@pytest.fixture(scope="module")
def quiet_days(small: Landing, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The state after the ticks, one by one, without a fault."""
    with opened(tmp_path_factory.mktemp("quiet") / "state") as state:
        for back in range(TICKS):
            run(state, small, FIRST + timedelta(days=back), FIRST + timedelta(days=back))
        return content(state)


def readable(state: State) -> dict[str, int]:
    """Read what people and models read, each whole; return how many rows each newest tick has."""
    found = {}
    for name in WHOLE:
        rows = state.logs.read(dataset(name), "r")
        ticks = rows["tick"].to_pylist()
        found[name] = ticks.count(max(ticks)) if ticks else 0
    return found


def faulty_days(folder: Path, landing: Landing, seed: int, operations: tuple[str, ...]) -> tuple[dict[str, str], int]:
    """Run the ticks with up to three faults each, again until each succeeds; return the content, and the faults."""
    dice, struck = random.Random(seed), 0
    with opened(folder) as state:
        for back in range(TICKS):
            tick = FIRST + timedelta(days=back)
            reach = 40 if operations == EFFECTS else 150
            faults = Faults(operations, {dice.randrange(reach): dice.choice(KINDS) for _ in range(dice.randint(1, 3))})
            for _ in range(ATTEMPTS):
                try:
                    with faults.injected():
                        run(state, landing, tick, tick)
                    break
                except (MrsError, ClientError, BotoCoreError) as error:
                    assert str(error), "a failure says what happened"
                    readable(state)
            else:
                pytest.fail(f"tick {tick} did not succeed in {ATTEMPTS} attempts")
            struck += faults.struck
        return content(state), struck


@pytest.mark.parametrize("operations", [EFFECTS, READS], ids=["effects", "reads"])
def test_faulty_days_end_like_quiet_ones(
    small: Landing, quiet_days: dict[str, str], tmp_path: Path, operations: tuple[str, ...], fault_seed: int
) -> None:
    found, struck = faulty_days(tmp_path / "state", small, fault_seed, operations)
    assert struck >= TICKS // 2
    assert found == quiet_days
