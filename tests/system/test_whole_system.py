"""The machine of rules, a few derandomized times; as many random ones as `--system-examples` says in `make system`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.system.machine import WholeSystem


def test_the_system_says_what_a_small_model_says(request: pytest.FixtureRequest) -> None:
    examples = request.config.getoption("system_examples")
    few = examples is None
    chosen = settings(
        max_examples=examples or 4,
        stateful_step_count=8 if few else 20,
        derandomize=few,
        database=None,
        deadline=None,
        phases=[Phase.generate] if few else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(WholeSystem, settings=chosen)
