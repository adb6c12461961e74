"""Explains one store-day from the logs that the detect stage read, under the settings that it used."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.detection.explain_store_day import explain_store_day
from mrs.settings import Settings
from mrs.stage import StageContext, TickEvent
from mrs.stage.reading import read
from mrs.store.executions import config_at
from mrs.store.log_store import in_force
from mrs.store.runs import latest_snapshot

from cli.state import State
from functions.detect.detect_anomalies import DETECT

SCORES = dataset("anomaly_classifier_model_prediction_log")


def explained(state: State, run_id: str, store: str, tick: date) -> dict[str, Any]:
    """Return why a store's date did or did not become a report, as the write in force of its tick judged it.

    A replay supersedes the first answer of a tick, so the explanation follows it: it reads what the replay read, under
    the settings of the replay.

    Raises
    ------
    BadInputError
        If the run has no expectation for that store and date.
    """
    written = [key.written_at for key, _ in in_force(SCORES, state.logs.find(SCORES, run_id, first=tick, last=tick))]
    given: dict[str, Any] = {"run_id": run_id, "first_tick": tick, "last_tick": tick}
    if written:
        newest = max(written)
        given |= {"written_at": newest, "config": config_at(state.logs, run_id, tick, newest)}
    event = TickEvent.parse(given)
    context = StageContext(event, Settings.from_config(event.config), state.environment, state.logs)
    tables = {r.dataset.name: read(context, r) for r in DETECT.reads}
    found = explain_store_day(tables, store, tick, context.settings.detect)
    return found | {"adjusted_since": _found_later(state, run_id, store, tick)}


def _found_later(state: State, run_id: str, store: str, day: date) -> str | None:
    """Return which report takes a day's sales out that had begun by then and was found later; None if none does."""
    rows = latest_snapshot(state.logs, "minority_reports", run_id)
    own = pc.and_(pc.equal(rows["store_id"], store), pc.not_equal(rows["report_status"], "rejected"))
    for row in rows.filter(own).sort_by([("anomaly_score", "descending"), ("report_id", "ascending")]).to_pylist():
        found, last = row["first_detected_at"].date(), row["last_detected_at"].date()
        if found <= day <= last:  # the day's own report has the last word
            return None
        if row["began_at"] and row["began_at"] <= day < found:
            return f"report {row['report_id'][:6]} was found on {found}; its event had probably begun by this day"
    return None
