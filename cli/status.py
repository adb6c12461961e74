"""What a run's newest state says of itself: money landed, exported and set aside, restated days, ticks to replay."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from mrs.arrays import floats
from mrs.client.rollup import changed_rows
from mrs.contracts import dataset
from mrs.errors import BadInputError
from mrs.hydration.landing_story import STORY, landing_story, ticks_due
from mrs.hydration.restated import differ
from mrs.store.canonical import fitted
from mrs.store.objects import StoredObject
from mrs.store.snapshots import Snapshot, newest_snapshot, snapshots
from mrs.store.weeks import SALES

from cli.state import State

VALUES = ("observed_sales", "adjusted_sales")


def status_of(state: State, run_id: str) -> dict[str, Any]:
    """Return the status of a run as plain values.

    Raises
    ------
    BadInputError
        If it has no hydrated state.
    """
    snapshot = newest_state(state, run_id)
    story = landing_story(snapshot.read(state.logs, "sales_reconciliation"), _sales(state, snapshot))
    last = max((day.restated_at for day in story.restated), default=None)
    return {
        "run_id": run_id,
        "tick": snapshot.tick.isoformat(),
        "first_date": story.days[0]["date"].isoformat() if story.days else None,
        "last_date": story.days[-1]["date"].isoformat() if story.days else None,
        "currency": snapshot.currency(state.logs),
        "landed": story.landed,
        "exported": story.exported,
        "set_aside": story.set_aside,
        "unexplained": story.unexplained,
        "set_aside_why": [asdict(reason) for reason in story.set_aside_why],
        "quality": story.quality,
        "restated": sum(day.store_days for day in story.restated),
        "restated_at": None if last is None else f"{last:%Y-%m-%d %H:%M}",
        "replay_due": [day.isoformat() for day in story.replay_due],
    }


def _sales(state: State, snapshot: Snapshot) -> pa.Table:
    """Return of a state's sales what its story is made of, in no order: of years of many stores the rest takes long."""
    held = snapshot.weeks(state.logs)
    if held is None:
        return snapshot.read(state.logs, SALES)
    others = [name for name in dataset(SALES).file_schema.names if name not in STORY]
    weeks = [StoredObject(str(key), "", 0) for key in held.keys(snapshot.run_id)]
    own = pa.schema([f for f in dataset(SALES).file_schema if f.name in STORY])
    tables = [fitted(table, own) for table in state.logs.objects.get_tables(weeks, others)]
    return pa.concat_tables([own.empty_table(), *tables])


def newest_state(state: State, run_id: str) -> Snapshot:
    """Return a run's newest hydrated state.

    Raises
    ------
    BadInputError
        If it has none.
    """
    snapshot = newest_snapshot(state.logs, run_id)
    if snapshot is None:
        raise BadInputError(f"run {run_id} has no hydrated state yet; run it first")
    return snapshot


def changed_since(state: State, run_id: str, since: date) -> dict[str, Any]:
    """Return the store-days whose numbers differ between the newest state and that of a tick, or the last before it.

    Raises
    ------
    BadInputError
        If no state is that old.
    """
    now = newest_state(state, run_id)
    known = snapshots(state.logs, run_id)
    older = [s for s in known if s.tick <= since and s != now]
    if not older:
        first = known[0].tick
        raise BadInputError(
            f"--since {since}: there is no earlier state of that tick or before; the first is of {first}"
        )
    then = older[-1]
    before, after = (s.read(state.logs, "attribution_ready_sales") for s in (then, now))
    both = after.filter(pc.less_equal(after["date"], pa.scalar(then.tick, pa.date32())))
    rows = changed_rows(before, both, ("store_id", "date"), VALUES)
    other = {v: differ(floats(rows[v]), floats(rows[f"{v}_before"])) for v in VALUES}
    rows = rows.append_column("other_sales", pa.array(other["observed_sales"]))
    rows = rows.filter(pa.array(np.any(list(other.values()), axis=0)))
    return {
        "run_id": run_id,
        "since": then.tick.isoformat(),
        "now": now.tick.isoformat(),
        "currency": now.currency(state.logs),
        "changes": [_change(r) for r in rows.to_pylist()],
        "replay_due": [day.isoformat() for day in ticks_due(after)],
    }


def _change(row: dict[str, Any]) -> dict[str, Any]:
    pairs: dict[str, Any] = {}
    for value in VALUES:
        name = value.removesuffix("_sales")
        pairs |= {f"{name}_before": row[f"{value}_before"], f"{name}_now": row[value]}
    why = row["restated_why"] or ("late" if row["other_sales"] else "judged")
    restated_at = row["restated_at"]
    return {
        "store_id": row["store_id"],
        "date": row["date"].isoformat(),
        **pairs,
        "restated_at": None if restated_at is None else f"{restated_at.isoformat()}Z",
        "why": why,
    }
