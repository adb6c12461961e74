"""How far a store-day's sales can be relied on, what was restated of it, when and why."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mrs.arrays import BoolArray, FloatArray, floats
from mrs.store.canonical import partners

CENT = 0.005
OK, PARTIAL, NO_EXPECTATION, MISSING, CLOSED = "ok", "partial", "no_expectation", "missing", "closed"
LATE, CORRECTED, REPLAYED, EDITED, JUDGED = "late", "corrected", "replayed", "edited", "judged"
Words = npt.NDArray[np.object_]
NEVER = np.datetime64("NaT", "ms")


def quality(rows: pa.Table) -> Words:
    """Return how far each store-day's sales can be relied on: the gravest word that fits."""
    observed, expected = floats(rows["observed_sales"]), floats(rows["expected_sales"])
    partial, said_closed = floats(rows["is_partial"]) > 0, floats(rows["is_closed"]) > 0
    nothing_sold = np.nan_to_num(observed) == 0
    closed = nothing_sold & (said_closed | (expected == 0))
    kinds = [partial & ~np.isnan(observed), closed, np.isnan(observed), np.isnan(expected)]
    return np.select(kinds, [PARTIAL, CLOSED, MISSING, NO_EXPECTATION], OK).astype(object)


def restated(rows: pa.Table) -> tuple[pa.Array, pa.Array]:
    """Return when each store-day was last restated, and why; null where it never was.

    It depends on the logs alone, not on which states were published: a backfill says the same as daily runs.
    """
    came_late = floats(rows["is_late"]) > 0
    corrected = differ(floats(rows["first_sales"]), floats(rows["landed_sales"]))
    changes = [
        (np.where(came_late | corrected, _moments(rows["known_at"]), NEVER), np.where(corrected, CORRECTED, LATE)),
        (_moments(rows["replayed_at"]), np.full(rows.num_rows, REPLAYED)),
        (_moments(rows["edited_at"]), np.full(rows.num_rows, EDITED)),
    ]
    at, why = np.full(rows.num_rows, NEVER), np.full(rows.num_rows, "", dtype=object)
    for moment, word in changes:
        newer = ~np.isnat(moment) & (np.isnat(at) | (moment > at))
        at, why = np.where(newer, moment, at), np.where(newer, word, why)
    never = np.isnat(at)
    return pa.array(at, pa.timestamp("ms"), mask=never), pa.array(why.astype(object), pa.string(), mask=never)


def is_replay_due(rows: pa.Table) -> BoolArray:
    """Return where a store-day was judged by other sales than are known now."""
    judged = floats(rows["is_judged"]) > 0
    return np.asarray(judged & differ(floats(rows["judged_sales"]), floats(rows["observed_sales"])))


def restatements(sales: pa.Table, before: pa.Table) -> pa.Table:
    """Return the store-days whose observed or adjusted sales are others than were published before.

    Parameters
    ----------
    sales
        What `attribution_ready_sales` made.
    before
        Store, date, observed and adjusted sales of the same store-days in the state before; those it did not have are
        absent.
    """
    there, at = partners(sales, before, ("store_id", "date"))
    sales, before = sales.filter(pa.array(there)), before.take(pa.array(at[there]))
    observed, adjusted = (floats(sales[c]) for c in ("observed_sales", "adjusted_sales"))
    observed_before, adjusted_before = (floats(before[c]) for c in ("observed_sales", "adjusted_sales"))
    other_sales = differ(observed_before, observed)
    changed = other_sales | differ(adjusted_before, adjusted)
    said = sales["restated_why"].combine_chunks().fill_null(JUDGED).to_numpy(zero_copy_only=False)
    of_sales = np.where(np.isnan(observed_before), LATE, CORRECTED)
    of_judgement = np.where(np.isin(said, (LATE, CORRECTED)), JUDGED, said)
    why = np.where(other_sales, of_sales, of_judgement)
    table = pa.table(
        {
            "store_id": sales["store_id"],
            "date": sales["date"],
            "observed_before": before["observed_sales"],
            "observed_now": sales["observed_sales"],
            "adjusted_before": before["adjusted_sales"],
            "adjusted_now": sales["adjusted_sales"],
            "why": pa.array(why.astype(object), pa.string()),
            "degraded_inputs": sales["degraded_inputs"],
            "is_degraded": sales["is_degraded"],
        }
    )
    return table.filter(pa.array(changed))


def differ(a: FloatArray, b: FloatArray) -> BoolArray:
    """Return where two amounts differ by half a cent or more, or one of them is not known."""
    known = ~np.isnan(a) & ~np.isnan(b)
    return np.asarray((np.isnan(a) != np.isnan(b)) | (known & (np.abs(np.nan_to_num(a) - np.nan_to_num(b)) >= CENT)))


def _moments(column: pa.ChunkedArray) -> npt.NDArray[np.datetime64]:
    return np.asarray(column.to_numpy(), dtype="datetime64[ms]")
