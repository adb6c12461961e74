"""Checks of landing rows that need the run: dates too far ahead of its tick, undeclared stores."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.contracts import dataset
from mrs.landing import FILES, REJECTIONS, landed
from mrs.landing.files import NAMES
from mrs.landing.rejected import REJECTED, SCHEMA, USED, Rejected, raw_json


def set_aside_far_future(
    tables: Mapping[str, pa.Table], last: date, days_ahead: int
) -> tuple[dict[str, pa.Table], pa.Table]:
    """Return the landing tables without rows dated over `days_ahead` after the last tick, and these as rejections.

    Such a date is a slip (2105 for 2015), and would otherwise wait for its tick, unseen, for ever.
    """
    usable = dict(tables)
    found = []
    limit = pa.scalar(last + timedelta(days=days_ahead))
    for name in NAMES:
        table = tables.get(landed(name))
        column = next((c for c in ("date", "start_date") if table is not None and c in table.column_names), None)
        if table is None or column is None:
            continue
        far = pc.greater(table[column], limit)
        if pc.any(far).as_py():
            reason = f"is more than {days_ahead} days after the tick"
            found.append(_reject(name, column, reason, table.filter(far), REJECTED))
            usable[landed(name)] = table.filter(pc.invert(far))
    return usable, pa.concat_tables([SCHEMA.empty_table(), *found])


def undeclared_stores(tables: Mapping[str, pa.Table]) -> pa.Table:
    """Return one rejection for each dataset and store that `stores` does not hold: its oldest row.

    The rows are used all the same, since a store's sales are worth more than its address; what is rejected is the
    reference. Without any row in a `stores` dataset no store is declared, and none is undeclared.
    """
    declared = tables.get(landed("stores"))
    found = [SCHEMA.empty_table()]
    of_stores = tables[FILES].filter(pc.equal(tables[FILES]["feed"], "stores"))
    if declared is None or not pc.sum(of_stores["rows"]).as_py():
        return found[0]
    reason = "is not in stores: used, without its retailer, region and place"
    for name in NAMES:
        table = tables.get(landed(name))
        if name == "stores" or table is None or "store_id" not in table.column_names:
            continue
        known = pc.or_kleene(pc.is_null(table["store_id"]), pc.is_in(table["store_id"], value_set=declared["store_id"]))
        if pc.all(known).as_py() is False:
            strangers = _oldest_of_each_store(table.filter(pc.invert(known)))
            found.append(_reject(name, "store_id", reason, strangers, USED))
    return pa.concat_tables(found)


def _oldest_of_each_store(table: pa.Table) -> pa.Table:
    day = "date" if "date" in table.column_names else "start_date"
    plain = table.set_column(table.schema.get_field_index("file"), "file", table["file"].cast(pa.string()))
    ordered = plain.sort_by(
        [("store_id", "ascending"), (day, "ascending"), ("file", "ascending"), ("row_number", "ascending")]
    )
    stores = ordered["store_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    return ordered.filter(pa.array(np.r_[True, stores[1:] != stores[:-1]]))


def _reject(name: str, column: str, rule: str, table: pa.Table, outcome: str) -> pa.Table:
    own = [c.name for c in dataset(name).columns]
    values = table[column].cast(pa.string())
    reasons = pc.binary_join_element_wise("'", values, f"' {rule}", "").combine_chunks()
    raw = raw_json(table.select(own), np.arange(table.num_rows))
    rejected = Rejected(name)
    files = table["file"].cast(pa.string()).combine_chunks()
    numbers = np.asarray(table["row_number"].to_numpy())
    for file in pc.unique(files).to_pylist():
        rows = np.flatnonzero(pc.equal(files, file).to_numpy(zero_copy_only=False))
        picked = pa.array(rows)
        reason, about = reasons.take(picked), table.take(picked)
        rejected.add(file, numbers[rows], column, rule, raw.take(picked), about, reason=reason, outcome=outcome)
    return rejected.table()


def all_rejections(tables: Mapping[str, pa.Table], more: pa.Table, last_sensible: date) -> pa.Table:
    """Return every rejection in the log's columns and `date`; a date beyond `last_sensible` makes none wait for it."""
    table = pa.concat_tables([tables.get(REJECTIONS, SCHEMA.empty_table()), more, undeclared_stores(tables)])
    far = pc.fill_null(pc.greater(table["date"], pa.scalar(last_sensible)), False)
    day = pc.if_else(far, pa.scalar(None, pa.date32()), table["date"])
    return table.set_column(table.schema.get_field_index("date"), "date", day)
