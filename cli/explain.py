"""Explains one store-day from the logs that the detect stage read, under the settings that it used."""

from __future__ import annotations

from datetime import date
from typing import Any

from mrs.contracts import dataset
from mrs.detection.explain_store_day import explain_store_day
from mrs.settings import Settings
from mrs.stage import StageContext, TickEvent
from mrs.stage.reading import read
from mrs.store.executions import config_at
from mrs.store.log_store import in_force

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
    return explain_store_day(tables, store, tick, context.settings.detect)
