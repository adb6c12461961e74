"""Logs of what people have set up (rules, views): the newest row of each is in force, and goes over to a new run."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from mrs.contracts import Dataset
from mrs.identity import sha256_hex
from mrs.store.keys import MILLISECOND, LogKey
from mrs.store.log_store import EVERY_RUN, Write
from mrs.store.runs import carried_over

from functions.workshop.http.parameters import When
from functions.workshop.state.context import RequestContext
from functions.workshop.state.view import view_at

Row = dict[str, Any]


def rows_in_force(context: RequestContext, ds: Dataset) -> list[Row]:
    """Return the newest row of each key for the active run, by key; ended ones too, which say `is_active` false."""
    run_id = context.run(None)
    carried = carried_over(context.logs, run_id)

    def visible(key: LogKey) -> bool:
        return key.run_id == run_id or (key.run_id in carried and key.written_at <= carried[key.run_id])

    rows: list[Row] = context.logs.read(ds, EVERY_RUN, visible=visible).to_pylist()
    return sorted(rows, key=lambda r: r[ds.key[0]])


def append(context: RequestContext, ds: Dataset, row: Row, before: Row | None) -> Row:
    """Append a row under the tick of the active run that has begun last, newer than the row before it; return it."""
    view = view_at(context, When.model_validate({}))
    tick = view.tick_begun() if view.snapshot else context.at.date()
    written_at = max(context.at, before["written_at"] + MILLISECOND) if before else context.at
    said = {"author": context.caller.name, "edited_at": context.at, "is_degraded": False, "degraded_inputs": []}
    kept = {name: value for name, value in row.items() if name in ds.file_schema.names}
    whole = {**kept, **said, "written_at": written_at}
    part = sha256_hex(json.dumps(whole, sort_keys=True, default=str))[:24]
    table = pa.Table.from_pylist([whole], schema=ds.file_schema)
    context.logs.append([Write(ds, view.run_id, tick, written_at, table, part)])
    return whole
