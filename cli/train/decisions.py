"""Training rows from reports whose cause people have decided, with the evidence that the model had at the time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from mrs.attribution.features import feature_names
from mrs.attribution.loading import EVIDENCE, load_evidence
from mrs.attribution.rows import evidence_of
from mrs.attribution.tick_evidence import MRDL
from mrs.contracts import Status, dataset
from mrs.decisions.in_force import BY_PEOPLE
from mrs.environment import Environment
from mrs.settings import Settings
from mrs.stage import StageContext, TickEvent
from mrs.stage.reading import read
from mrs.store.log_store import LogStore

SPAN_DAYS = 28
# Decisions of one month are held out together; no simulated world has so high a number.
FIRST_MONTH = 1_000_000


def decided_causes(logs: LogStore, run_id: str) -> dict[str, dict[str, Any]]:
    """Return the newest MRFL row of every report whose cause people set or approved and did not reject.

    What a rule accepted is no label: the model would learn from itself.
    """
    rows = logs.read(dataset("MRFL"), run_id).sort_by([("tick", "ascending"), ("report_id", "ascending")])
    newest = {r["report_id"]: r for r in rows.to_pylist()}
    return {
        name: row
        for name, row in newest.items()
        if row["cause_source"] in BY_PEOPLE and row["final_status"] != Status.REJECTED
    }


def decided_frame(environment: Environment, run_id: str, now: datetime) -> pd.DataFrame | None:
    """Return the decided reports as training rows, each as of its last tick; None if there are none.

    Parameters
    ----------
    environment, run_id
        The store of the logs, and the run.
    now
        Rows written until this time (UTC) count.
    """
    logs = environment.logs()
    decided = decided_causes(logs, run_id)
    if not decided:
        return None
    last = _last_ticks(logs, run_id, decided)
    pieces, settings = [], Settings()
    for first, until in _spans(sorted(set(last.values()))):
        event = TickEvent.parse({"run_id": run_id, "first_tick": first, "last_tick": until, "written_at": now})
        context = StageContext(event, settings, environment, logs)
        tables = {r.dataset.name: read(context, r) for r in EVIDENCE if not r.by_loader} | load_evidence(context)
        wanted = pa.array([t for t in event.ticks if t in set(last.values())], pa.date32())
        tables[MRDL] = tables[MRDL].filter(pc.is_in(tables[MRDL]["tick"], value_set=wanted))
        evidence = evidence_of(tables, event.ticks, settings.attribute.neighbour_stores)
        pieces += [_rows(tick, found, decided, last) for tick, found, _, _ in evidence]
    frame = pd.concat(pieces, ignore_index=True)
    return frame if len(frame) else None


def _last_ticks(logs: LogStore, run_id: str, decided: dict[str, dict[str, Any]]) -> dict[str, date]:
    newest = logs.read(dataset("MRDL"), run_id).group_by("report_id").aggregate([("tick", "max")])
    found = zip(newest["report_id"].to_pylist(), newest["tick_max"].to_pylist(), strict=True)
    return {name: tick for name, tick in found if name in decided}


def _spans(ticks: Sequence[date]) -> Iterator[tuple[date, date]]:
    """Yield spans of at most `SPAN_DAYS` that together contain the ticks."""
    first = ticks[0]
    for tick, following in zip(ticks, [*ticks[1:], None], strict=True):
        if following is None or following - first >= timedelta(days=SPAN_DAYS):
            yield first, tick
            first = following or tick


def _rows(tick: date, evidence: Any, decided: dict[str, dict[str, Any]], last: dict[str, date]) -> pd.DataFrame:
    names = evidence.reports.ids.to_pylist()
    chosen = np.array([n for n, name in enumerate(names) if last.get(name) == tick], dtype=np.int64)
    rows = [decided[names[n]] for n in chosen]
    frame = pd.DataFrame(evidence.features.values[chosen].astype(np.float32), columns=list(feature_names()))
    return frame.assign(
        report_id=[names[n] for n in chosen],
        tick=tick,
        cluster=[f"{tick}/{evidence.event[n]}" for n in chosen],
        cause=[r["cause"] for r in rows],
        event=[r["report_group_id"] or r["report_id"] for r in rows],
        is_first=False,
        is_last=True,
        world=FIRST_MONTH + tick.year * 12 + tick.month,
    )
