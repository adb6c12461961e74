"""The worklist of a rereview, for its stages: which ticks and reports are on it, and how their rows are marked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from mrs.store.canonical import group_codes

WORKLIST = "rereview_worklist_log"


def ticks_of(worklist: pa.Table, ticks: Sequence[date]) -> list[date]:
    """Return the ticks at which a listed report was last seen, in order."""
    listed = set(pc.unique(worklist["tick"]).to_pylist())
    return [t for t in ticks if t in listed]


def is_listed(rows: pa.Table, worklist: pa.Table) -> pa.Array:
    """Return which rows are about a report on the worklist, at its tick."""
    keys = ["report_id", "tick"]
    both = pa.concat_tables([rows.select(keys), worklist.select(keys)])
    codes = pa.array(group_codes(both, keys))
    return pc.is_in(codes.slice(0, rows.num_rows), value_set=codes.slice(rows.num_rows))


def marked(rows: pa.Table, worklist: pa.Table) -> pa.Table:
    """Return the rows with the id of the worklist's rereview in `rereview_id`."""
    mark = worklist["rereview_id"][0] if worklist.num_rows else pa.scalar(None, pa.string())
    at = rows.schema.get_field_index("rereview_id")
    return rows.set_column(at, rows.schema.field(at), pa.repeat(mark, rows.num_rows))
