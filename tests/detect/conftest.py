from __future__ import annotations

import pytest
from mrs.settings import DetectSettings

from tests.detect.runner import Logs, run
from tests.detect.world import FIRST_TICK, LAST_TICK, World, make_world, tables_of


@pytest.fixture(scope="session")
def quiet() -> World:
    return make_world()


@pytest.fixture(scope="session")
def eventful(quiet: World) -> World:
    """Two weeks of a fall in one store, and a weak rise that a region shares."""

    def change(sales):
        at = quiet.at(FIRST_TICK)
        sales[4, at + 5 : at + 15] *= 0.5
        members = [i for i, r in enumerate(quiet.regions) if r == "r2"]
        sales[members, at + 8 : at + 13] *= 1.22

    return quiet.changed(change)


@pytest.fixture(scope="session")
def eventful_logs(eventful: World) -> Logs:
    return run(tables_of(eventful), FIRST_TICK, LAST_TICK)


@pytest.fixture(scope="session")
def learned_logs(eventful: World) -> Logs:
    """The same with what is learned from the chain's own past, as is the default."""
    return run(tables_of(eventful), FIRST_TICK, LAST_TICK, DetectSettings())


@pytest.fixture(scope="session")
def quiet_logs(quiet: World) -> Logs:
    return run(tables_of(quiet), FIRST_TICK, LAST_TICK)
