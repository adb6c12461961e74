"""What the pipeline promises, each through the synthesized state machine: replayable, causal, independent of order."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.contracts.hydrated import HYDRATED
from mrs.store.log_store import EVERY_RUN
from mrs.store.runs import Run, activate, runs

from cli.state import now, opened
from tests.pipeline.conftest import COMPARED, RUN, Landing, Recorded, changed, objects, ran, recorded, rows, run

DAYS = 18  # ticks of a run: more than one chunk


@pytest.fixture(scope="module")
def backfilled(landing: Landing, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """The reference: one backfill, one shard."""
    return ran(tmp_path_factory.mktemp("reference") / "state", landing, DAYS)


def without_place(key: str) -> bool:
    """Whether an object is one that only says where and how a run was made active."""
    return "/demo_run_config/" not in key


def logs_but(record: Recorded, *left_out: str) -> dict[str, Any]:
    return {name: found for name, found in record.logs.items() if name not in left_out}


def test_the_reference_is_worth_comparing(backfilled: Recorded) -> None:
    assert all(backfilled.logs[name] for name in COMPARED)
    assert {r["report_status"] for r in backfilled.logs["MRDL"]} >= {"open", "ongoing", "closed"}


def test_a_rerun_of_the_ticks_writes_nothing_new(landing: Landing, tmp_path: Path) -> None:
    first = landing.last - timedelta(days=2)
    with opened(tmp_path / "state") as state:
        run(state, landing, first, landing.last)
        before = objects(state)
        run(state, landing, first, landing.last)
        assert objects(state) == before
        run(state, landing, landing.last, landing.last)
        new = {k for k in objects(state) if k not in before}
        assert not [k for k in new if "/ui_notifications_log/" not in k and "/executions_log/" not in k]


def test_a_backfill_equals_the_same_ticks_run_one_by_one(
    landing: Landing, backfilled: Recorded, tmp_path: Path
) -> None:
    with opened(tmp_path / "state") as state:
        for back in range(DAYS - 1, -1, -1):
            tick = landing.last - timedelta(days=back)
            run(state, landing, tick, tick)
        one_by_one = recorded(state)
    hydrated_daily = tuple(f"/{ds.name}/" for ds in HYDRATED)
    told_daily = ("/ui_notifications_log/", "/alert_", "/executions_log/")
    stages_once = ("hydrate", "notify", "plan")

    def comparable(found: dict[str, str]) -> dict[str, str]:
        kept = {
            k: v for k, v in found.items() if without_place(k) and not any(d in k for d in hydrated_daily + told_daily)
        }
        return {k: v for k, v in kept.items() if not any(f"-{s}" in k for s in stages_once)}

    assert comparable(one_by_one.objects) == comparable(backfilled.objects)
    # What is said of the state before is not compared, since that is another: restatements, and weeks that it holds.
    last = {ds.name for ds in HYDRATED} - {"restatements", "attribution_ready_sales_weeks"}
    for name in last:
        of_last_tick = [r for r in one_by_one.logs[name] if r["tick"] == landing.last]
        assert of_last_tick == backfilled.logs[name]


@pytest.mark.parametrize("shards", [2, 7])
def test_one_shard_equals_several(landing: Landing, backfilled: Recorded, tmp_path: Path, shards: int) -> None:
    assert ran(tmp_path / "state", landing, DAYS, shards=shards).logs == backfilled.logs


def test_one_shard_equals_seven_in_a_chain_with_more_stores_than_may_speak(
    landing: Landing, backfilled: Recorded, tmp_path: Path
) -> None:
    few = {"detect": {"neighbour_stores": 6}, "attribute": {"neighbour_stores": 6}}
    whole = ran(tmp_path / "whole", landing, DAYS, **few)
    assert ran(tmp_path / "cut", landing, DAYS, shards=7, **few).logs == whole.logs
    scores = "anomaly_classifier_model_prediction_log"
    assert [r["anomaly_score"] for r in whole.logs[scores]] != [r["anomaly_score"] for r in backfilled.logs[scores]]


def test_a_backfill_equals_one_by_one_in_a_chain_with_more_stores_than_may_speak(
    landing: Landing, tmp_path: Path
) -> None:
    few = {"attribute": {"neighbour_stores": 6}}
    ticks = [landing.last - timedelta(days=back) for back in range(3, -1, -1)]

    def told(folder: str, *spans: tuple[date, date]) -> dict[str, str]:
        with opened(tmp_path / folder) as state:
            for first, last in spans:
                run(state, landing, first, last, shards=3, **few)
            return {k: v for k, v in objects(state).items() if "proposed_attribution_log/" in k or "-attribute" in k}

    backfilled = told("backfill", (ticks[0], ticks[-1]))
    assert len(backfilled) > len(ticks) + 1  # health, and proposals where there are reports
    assert told("daily", *((tick, tick) for tick in ticks)) == backfilled


def test_permuted_input_rows_change_nothing(landing: Landing, backfilled: Recorded, tmp_path: Path) -> None:
    def shuffled(name: str, table: pa.Table) -> pa.Table:
        return table.take(pa.array(np.random.default_rng(len(name)).permutation(table.num_rows)))

    permuted = ran(tmp_path / "state", changed(landing, tmp_path / "input", shuffled), DAYS)
    assert permuted.logs == backfilled.logs


def test_data_after_t_changes_nothing_at_t(landing: Landing, tmp_path: Path) -> None:
    horizon = landing.last - timedelta(days=4)

    def otherwise_after(name: str, table: pa.Table) -> pa.Table:
        if "date" not in table.column_names:
            return table
        later = pc.greater(table["date"].cast(pa.date32()), pa.scalar(horizon, pa.date32()))
        for column in set(table.column_names) & {"sales", "spend", "mentions", "availability", "precipitation_mm"}:
            values = table[column]
            other = pc.multiply(values, 0.5 if column == "availability" else 3.0)
            table = table.set_column(table.schema.get_field_index(column), column, pc.if_else(later, other, values))
        return table

    other_future = changed(landing, tmp_path / "input", otherwise_after)
    known, other = (ran(tmp_path / str(i), where, 6, before_last=4) for i, where in enumerate((landing, other_future)))
    assert logs_but(known) == logs_but(other)


@pytest.mark.parametrize(
    "left_out", ["stores", "promotions", "calendar", "campaigns", "weather", "social", "competitors", "inventory"]
)
def test_without_an_optional_dataset_the_run_completes_degraded(
    left_out: str, landing: Landing, tmp_path: Path
) -> None:
    less = changed(landing, tmp_path / "input", lambda name, table: None if name == left_out else table)
    record = ran(tmp_path / "state", less, 8)
    named = {name: {i for r in found for i in r["degraded_inputs"]} for name, found in record.logs.items()}
    assert left_out in named["MRPAL"] | named["MRDL"]
    assert all(r["is_degraded"] for r in record.logs["minority_reports"])
    if left_out == "stores":
        assert {(r["region"], r["retailer"]) for r in record.logs["minority_reports"]} == {(None, None)}


def test_a_reset_leaves_every_earlier_object_as_it_was(landing: Landing, tmp_path: Path) -> None:
    with opened(tmp_path / "state") as state:
        run(state, landing, landing.last, landing.last)
        before = objects(state)
        activate(state.logs, Run("second", "after the reset", "test", now()))
        after = objects(state)
        assert {k: after[k] for k in before} == before
        assert all("demo_run_config" in k for k in after.keys() - before.keys())
        assert runs(state.logs)[-1].run_id == "second"
        assert rows(state, "minority_reports")
        assert state.logs.read(_reports(), "second").num_rows == 0
        assert state.logs.read(_reports(), EVERY_RUN, history=True).num_rows > 0


def _reports() -> Any:
    from mrs.contracts import dataset

    return dataset("minority_reports")


def test_a_state_goes_on_from_where_another_command_left_it(landing: Landing, tmp_path: Path) -> None:
    first: date = landing.last - timedelta(days=1)
    with opened(tmp_path / "state") as state:
        run(state, landing, first, first)
        before = objects(state)
    with opened(tmp_path / "state") as state:
        assert objects(state) == before
        run(state, landing, landing.last, landing.last)
        assert RUN in {r.run_id for r in runs(state.logs)}
        assert {r["tick"] for r in rows(state, "minority_reports")} == {first, landing.last}
