"""`mrs why` explains the answer in force: the newest write of a tick, under the settings that made it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import BadInputError
from mrs.identity import row_id, schedule_time
from mrs.stage import run_stage
from mrs.store.log_store import LogStore, Write

from cli.explain import SCORES, explained
from functions.detect.detect_anomalies import DETECT, PREDICT
from tests.builders import at, table
from tests.detect.world import FIRST_TICK, World, tables_of

RUN = "r"
STORE = "s004"  # falls from five days after the first tick on
DAY = FIRST_TICK + timedelta(days=5)
LATER = schedule_time(DAY) + timedelta(days=3)


@dataclass(frozen=True)
class Opened:
    """What `explained` needs of an opened state."""

    environment: Environment
    logs: LogStore


@pytest.fixture
def state(aws: Environment, eventful: World) -> Opened:
    """A run of a few ticks: the inputs as ingest logs them, then predict and detect through the harness."""
    logs = aws.logs()
    for name, rows in tables_of(eventful).items():
        by_tick = {t: rows.filter(pc.equal(rows["tick"], t)) for t in pc.unique(rows["tick"]).to_pylist() if t <= DAY}
        for tick, of_tick in by_tick.items():
            moment = schedule_time(tick)
            logs.append([Write(dataset(name), RUN, tick, moment, ingested(name, of_tick, moment), "0of1")])
    execute(aws, FIRST_TICK, DAY)
    return Opened(aws, logs)


def ingested(name: str, rows: pa.Table, moment: datetime) -> pa.Table:
    """Return rows with what ingest stamps on them."""
    stamps = {"is_imputed": False, "is_degraded": False, "degraded_inputs": [], "written_at": moment, "run_id": RUN}
    schema = dataset(name).schema
    columns = [pa.array([stamps[f.name]] * rows.num_rows, f.type) if f.name in stamps else rows[f.name] for f in schema]
    return pa.table(columns, schema=schema)


def execute(
    aws: Environment,
    first: date,
    last: date,
    written_at: datetime | None = None,
    config: dict[str, Any] | None = None,
) -> None:
    """Log an execution and run both phases of detection."""
    execution = {"execution_id": row_id(str(written_at)), "mode": "backfill", "given_written_at": written_at}
    execution |= {"first_tick": at(first), "last_tick": at(last), "config": json.dumps(config or {})}
    moment = written_at or schedule_time(last)
    row = table("executions_log", execution, tick=last, written_at=moment)
    aws.logs().append([Write(dataset("executions_log"), RUN, last, moment, row, "0of1")])
    event = {"run_id": RUN, "first_tick": first, "last_tick": last, "written_at": written_at, "config": config or {}}
    for stage in (PREDICT, DETECT):
        run_stage(stage, event, aws)


def logged(state: Opened) -> dict[str, Any]:
    """Return the score in force of the store's day."""
    rows = state.logs.read(SCORES, RUN).to_pylist()
    return next(r for r in rows if (r["store_id"], r["date"]) == (STORE, DAY))


def test_the_first_answer_is_explained_under_the_default_settings(state: Opened) -> None:
    why = explained(state, RUN, STORE, DAY)
    (calibrated,) = state.logs.read(dataset("detector_calibration_log"), RUN).to_pylist()
    assert why["open_score"] != calibrated["open_score"], "both are moved to the share of days with an event lately"
    assert why["decision"].startswith("opens") == (why["anomaly_score"] >= why["open_score"])
    assert why["anomaly_score"] == logged(state)["anomaly_score"]


def test_a_later_replay_is_explained_with_its_own_settings_and_scores(state: Opened) -> None:
    before = explained(state, RUN, STORE, DAY)
    assert before["decision"].startswith("opens")
    replay = {"detect": {"open_score": 0.9999, "least_history_days": 30, "cold_start_days": 3}}
    execute(state.environment, FIRST_TICK, DAY, LATER, replay)
    why = explained(state, RUN, STORE, DAY)
    assert before["open_score"] < 0.99 < why["open_score"]
    assert not why["decision"].startswith("opens")
    assert why["anomaly_score"] == logged(state)["anomaly_score"]


def test_a_day_whose_event_was_found_later_is_said_to_be_adjusted(state: Opened) -> None:
    assert explained(state, RUN, STORE, DAY)["adjusted_since"] is None
    for name, store, status in (("a", STORE, "open"), ("b", "s001", "open"), ("c", STORE, "rejected")):
        row = {"report_id": name * 8, "store_id": store, "report_status": status}
        row |= {"first_detected_at": at(DAY), "last_detected_at": at(DAY)}
        rows = table("minority_reports", row | {"began_at": DAY - timedelta(days=2)}, tick=DAY, run_id=RUN)
        state.logs.append([Write(dataset("minority_reports"), RUN, DAY, schedule_time(DAY), rows, f"{name}of3")])
    said = [explained(state, RUN, STORE, DAY - timedelta(days=n))["adjusted_since"] for n in range(4)]
    assert said[0] is said[3] is None
    assert said[1] == said[2] == f"report aaaaaa was found on {DAY}; its event had probably begun by this day"


def test_sales_that_came_between_the_tick_and_its_replay_are_seen(state: Opened) -> None:
    """A correction changes the replay's expectation; the explanation shows the corrected sales."""
    corrected = {"store_id": STORE, "date": DAY, "category": None, "sales": 7.0, "tick": DAY, "written_at": LATER}
    rows = table("sales_timeseries_data", corrected)
    state.logs.append([Write(dataset("sales_timeseries_data"), RUN, DAY, LATER, rows, "0of1")])
    before = explained(state, RUN, STORE, DAY)
    assert before["observed_sales"] != 7.0
    execute(state.environment, FIRST_TICK, DAY, LATER)
    assert explained(state, RUN, STORE, DAY)["observed_sales"] == 7.0


def test_a_replay_that_stopped_between_two_shards_is_not_in_force(state: Opened) -> None:
    before = explained(state, RUN, STORE, DAY)
    rows = state.logs.read(SCORES, RUN, first=DAY, last=DAY)
    state.logs.append([Write(SCORES, RUN, DAY, LATER, rows, "000of002")])
    config = json.dumps({"detect": {"open_score": 0.9999}})
    execution = {"execution_id": row_id("stopped"), "mode": "backfill", "given_written_at": LATER, "config": config}
    execution |= {"first_tick": at(DAY), "last_tick": at(DAY)}
    row = table("executions_log", execution, tick=DAY, written_at=LATER)
    state.logs.append([Write(dataset("executions_log"), RUN, DAY, LATER, row, "0of1")])
    assert explained(state, RUN, STORE, DAY) == before


def test_a_day_that_no_tick_processed_is_refused(state: Opened) -> None:
    with pytest.raises(BadInputError, match="no tick of that day"):
        explained(state, RUN, STORE, DAY + timedelta(days=1))
