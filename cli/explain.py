"""Reads what the detect stage read for one tick, and asks it why."""

from __future__ import annotations

from datetime import date
from typing import Any

from mrs.detection.explain_store_day import explain_store_day
from mrs.settings import Settings
from mrs.stage import StageContext, TickEvent
from mrs.stage.reading import read

from cli.state import State
from functions.detect.detect_anomalies import DETECT


def explained(state: State, run_id: str, store: str, tick: date) -> dict[str, Any]:
    """Return why a store's date did or did not become a report, as of the tick that processed the date.

    Raises
    ------
    BadInputError
        If the run knows nothing of that store and date.
    """
    event = TickEvent.parse({"run_id": run_id, "first_tick": tick.isoformat(), "last_tick": tick.isoformat()})
    settings = Settings()
    context = StageContext(event, settings, state.environment, state.logs)
    tables = {r.dataset.name: read(context, r) for r in DETECT.reads}
    return explain_store_day(tables, store, tick, settings.detect)
