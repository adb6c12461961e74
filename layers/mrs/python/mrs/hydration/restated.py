"""What is known now of a past day and was not when it was judged, and how far a store-day's sales can be relied on."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from mrs.arrays import BoolArray, floats
from mrs.contracts import dataset

CENT = 0.005
LATE, CORRECTED = "late", "corrected"
OK, PARTIAL, NO_EXPECTATION, MISSING, CLOSED = "ok", "partial", "no_expectation", "missing", "closed"


def is_restated(rows: pa.Table) -> BoolArray:
    """Return where what was sold is known otherwise than when the day was judged; one flag a row of the query."""
    now, then = floats(rows["observed_sales"]), floats(rows["judged_sales"])
    judged = floats(rows["is_judged"]) > 0
    differs = np.where(np.isnan(then), ~np.isnan(now), np.abs(np.nan_to_num(now) - np.nan_to_num(then)) > CENT)
    return np.asarray(judged & differs)


def restated_columns(rows: pa.Table) -> dict[str, pa.Array]:
    """Return `restated_at`, when the rows that changed the day were written, and `restated_why`; else null."""
    restated = is_restated(rows)
    why = np.where(np.isnan(floats(rows["judged_sales"])), LATE, CORRECTED).astype(object)
    at = rows["known_at"].combine_chunks() if isinstance(rows["known_at"], pa.ChunkedArray) else rows["known_at"]
    return {
        "restated_at": pa.array(at.to_numpy(zero_copy_only=False), at.type, mask=~restated | np.asarray(at.is_null())),
        "restated_why": pa.array(why, pa.string(), mask=~restated),
    }


def quality(rows: pa.Table) -> pa.Array:
    """Return how far each store-day's sales can be relied on, the gravest word that fits."""
    observed, expected = floats(rows["observed_sales"]), floats(rows["expected_sales"])
    partial, closed = floats(rows["is_partial"]) > 0, floats(rows["is_closed"]) > 0
    word = np.select(
        [
            np.isnan(observed) & ~((expected == 0) | closed),
            partial,
            (closed & (np.nan_to_num(observed) == 0)) | np.isnan(observed),
            np.isnan(expected),
        ],
        [MISSING, PARTIAL, CLOSED, NO_EXPECTATION],
        OK,
    )
    return pa.array(word.astype(object), pa.string())


def restatements(rows: pa.Table) -> pa.Table:
    """Return the dataset's own columns: each store-day that is known otherwise now than when it was judged."""
    mine = pa.array(is_restated(rows))
    picked = rows.filter(mine)
    columns = {
        "store_id": picked["store_id"],
        "date": picked["date"],
        "sales_before": picked["judged_sales"],
        "sales_now": picked["observed_sales"],
        **restated_columns(picked),
    }
    schema = dataset("restatements").schema
    return pa.table({name: column for name, column in columns.items() if name in schema.names})
