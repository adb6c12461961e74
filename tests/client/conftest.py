"""A small run of two ticks that the client reads: a backfill, then one daily tick."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from cli.pipeline import RunRequest, run_ticks
from cli.simulate import World, simulate_world, write_world
from cli.state import opened

DAYS, RUN = 420, "r"
START = date(2023, 1, 2)
LAST = START + timedelta(days=DAYS - 1)


@pytest.fixture(scope="session")
def world() -> World:
    """A dozen stores in three regions, with events in the last weeks."""
    return simulate_world(16, DAYS, 21, start=START, quiet_days=DAYS - 60, events=14, regions=3)


@pytest.fixture(scope="session")
def state(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its state folder: the last 28 ticks but one as a backfill, the last one as a daily run, in a short window."""
    folder = tmp_path_factory.mktemp("client")
    write_world(world, folder)
    config = {"hydrate": {"window_days": 28}, "attribute": {"cause_model": "mocked"}}
    with opened(folder / "state") as opened_state:
        opened_state.ensure_run(RUN)
        for first, last in ((LAST - timedelta(days=30), LAST - timedelta(days=1)), (LAST, LAST)):
            request = RunRequest(folder / "input", RUN, first, last, 1, None, config)
            run_ticks(opened_state.stack, opened_state.environment, request)
    return folder / "state"
