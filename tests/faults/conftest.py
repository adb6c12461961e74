"""How many seeds of random faults are tried: few in the suite, as many as `--fault-seeds` says in `make faults`."""

from __future__ import annotations

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test that asks for a seed as many as were asked for."""
    if "fault_seed" in metafunc.fixturenames:
        metafunc.parametrize("fault_seed", range(metafunc.config.getoption("fault_seeds")))
