"""Whatever event a Lambda function is called with: it is refused in one clear line, before anything is written."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mrs.environment import Environment
from mrs.errors import BadInputError
from mrs.store.runs import Run, activate

from tests.builders import TICK, at

BOUNDED = settings(
    max_examples=40, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
STAGES = [
    ("ingest", "ingest"), ("ingest", "feeds"), ("ingest", "plan"), ("ingest", "divide"), ("detect", "predict"),
    ("detect", "detect"),
    ("cluster", "handler"), ("attribute", "handler"), ("cohort", "handler"), ("finalise", "handler"),
    ("hydrate", "handler"), ("notify", "handler"), ("notify", "deliver"), ("rereview", "worklist"),
    ("rereview", "recluster"), ("rereview", "repropose"),
]  # fmt: skip
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
KEYS = ("run_id", "first_tick", "last_tick", "shard", "shards", "mode", "written_at", "config", "rereview_id")
GOOD = {"run_id": "r", "first_tick": f"{TICK}", "last_tick": f"{TICK}", "shard": 0, "shards": 1, "mode": "daily"}
WRONG: tuple[tuple[str, Any], ...] = (
    ("run_id", "../other"), ("run_id", ""), ("run_id", "a" * 5000), ("run_id", None), ("run_id", 7),
    ("first_tick", "2024-02-30"), ("first_tick", "tomorrow"), ("last_tick", "2024-03-04"), ("last_tick", []),
    ("shard", -1), ("shard", 1), ("shards", 0), ("shards", 10**9), ("shards", "many"), ("mode", "monthly"),
    ("written_at", "noon"), ("config", "[]"), ("config", {"detect": {"no_such": 1}}), ("config", {"detect": None}),
    ("config", {"detect": {"refit_days": 10**9}}), ("config", {"detect": {"open_score": float("nan")}}),
    ("rereview_id", "x"),
)  # fmt: skip

names = st.sampled_from([*KEYS, "scheduled_time", "landing"]) | st.text(max_size=6)
events = st.dictionaries(names, json_values, max_size=5)


@pytest.fixture(scope="module")
def functions() -> dict[tuple[str, str], Callable[..., Any]]:
    return {(f, name): getattr(importlib.import_module(f"functions.{f}.handler"), name) for f, name in STAGES}


@pytest.fixture
def place(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An AWS in which a run is active, and a process that is a function of it."""
    for name, value in (("LOG_BUCKET", "mrs-logs"), ("LANDING_BUCKET", "mrs-landing"), ("GLUE_DATABASE", "mrs")):
        monkeypatch.setenv(name, value)
    activate(aws.logs(), Run("r", None, "t", at(TICK)))
    return aws


def refused(place: Environment, function: Callable[..., Any], event: dict[str, Any]) -> str:
    """Call a function with an event that it must refuse; return what it says."""
    before = {o.key for o in place.logs().objects.find("")}
    with pytest.raises(BadInputError) as told:
        function(event, None)
    assert {o.key for o in place.logs().objects.find("")} == before
    said = str(told.value)
    assert said.strip() and len(said) < 4_000
    return said


@pytest.mark.parametrize("name", STAGES, ids="-".join)
def test_each_wrong_value_is_named(place: Environment, functions: dict[Any, Any], name: tuple[str, str]) -> None:
    for key, value in WRONG:
        if name == ("notify", "deliver") and key not in ("config",):
            continue
        if name[1] in ("plan", "worklist") and (key in ("shard", "rereview_id") or value in (None, "", 0, [])):
            continue
        event = {**GOOD, "scheduled_time": "2024-03-06T06:00:00Z", key: value}
        if key == "run_id" and value is None and name[1] in ("deliver", "plan"):
            continue
        said = refused(place, functions[name], event)
        assert key in said or "tick" in said or "shard" in said or "settings" in said or "run" in said, said


@pytest.mark.parametrize("name", STAGES, ids="-".join)
def test_any_event_is_refused(place: Environment, functions: dict[Any, Any], name: tuple[str, str]) -> None:
    @BOUNDED
    @given(
        event=st.dictionaries(
            st.sampled_from([*KEYS, "scheduled_time", "landing"]) | st.text(max_size=6), json_values, max_size=5
        )
    )
    @example(event={})
    def check(event: dict[str, Any]) -> None:
        refused(place, functions[name], event)

    check()


@BOUNDED
@given(record=json_values)
@example(record={"Sns": {"Timestamp": "x", "Message": "{}", "MessageId": "m"}})
@example(record={"Sns": {"Timestamp": "2024-03-05T00:00:00Z", "Message": "no JSON", "MessageId": "m"}})
@example(
    record={
        "Sns": {"Timestamp": "2024-03-05T00:00:00Z", "Message": '{"mail": {}, "eventType": "Bounce"}', "MessageId": "m"}
    }
)
@example(record={"Sns": {"Timestamp": "2024-03-05T00:00:00Z", "Message": "7" * 5000, "MessageId": "m"}})
@example(record={"Sns": {"Timestamp": "2024-03-05T00:00:00Z", "Message": "[" * 100_000, "MessageId": "m"}})
@example(
    record={"Sns": {"Timestamp": "2024-03-05T00:00:00Z", "Message": "{}", "MessageId": "m",
                    "MessageAttributes": {"mrs-message": {"Value": "x"}, "mrs-run": {"Value": "zz"}}}}
)  # fmt: skip
def test_feedback_that_cannot_be_read_says_so(record: Any) -> None:
    from functions.notify.feedback import handler

    with pytest.raises(BadInputError, match="feedback"):
        handler({"Records": [record]}, None)
