"""Promotions and local events as flags by store and day; what a store sees all the time is no news."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import FloatArray, IntArray, codes_in, epoch_days, sorted_unique
from mrs.attribution.params import LOOK_BACK_DAYS, ROUTINE_SHARE, USUAL_DAYS
from mrs.attribution.signal_specs import SPEC_BY_NAME
from mrs.attribution.signals import BLOCK_ROWS, Signal, flagged
from mrs.clustering.reports import Places


def local_event_signal(
    calendar: pa.Table, places: Places, store_ids: pa.Array, first_day: int, n_days: int
) -> Signal | None:
    """Return where and when the calendar holds a local event; None without a calendar."""
    if not calendar.num_rows:
        return None
    rows = calendar.filter(pc.equal(calendar["kind"], "local_event"))
    flag = _flags(rows, places, store_ids, first_day, n_days)
    return flagged(SPEC_BY_NAME["local_event"], np.arange(len(store_ids)), flag)


def promotion_signal(
    promotions: pa.Table, places: Places, store_ids: pa.Array, first_day: int, n_days: int
) -> Signal | None:
    """Return where and when a promotion out of the ordinary runs; None without a promotion calendar.

    A scope (the whole chain, a region, a single store) that a store had promotions in on more than a tenth of the days
    before is part of its routine, and of what the baseline expects; it fades out of the signal.
    """
    if not promotions.num_rows:
        return None
    scope = pc.binary_join_element_wise(
        *[pc.if_else(promotions[c].is_valid(), c, "") for c in ("retailer", "region", "store_id", "category")], "|"
    )
    strongest = np.zeros((len(store_ids), n_days))
    first_day, n_days = first_day - LOOK_BACK_DAYS, n_days + LOOK_BACK_DAYS
    for kind in sorted_unique(scope).to_pylist():
        rows = promotions.filter(pc.equal(scope, kind))
        flag = _flags(rows, places, store_ids, first_day, n_days)
        for start in range(0, len(flag), BLOCK_ROWS):
            block = flag[start : start + BLOCK_ROWS]
            unusual = (block * _novelty(block))[:, LOOK_BACK_DAYS:]
            strongest[start : start + BLOCK_ROWS] = np.maximum(strongest[start : start + BLOCK_ROWS], unusual)
    return flagged(SPEC_BY_NAME["promotion"], np.arange(len(store_ids)), strongest)


def _novelty(flag: FloatArray) -> FloatArray:
    """Return 1 where a flag was hardly up in the weeks before its present run, falling to 0 where it often was."""
    n = flag.shape[1]
    day = np.arange(n)
    began = np.maximum.accumulate(np.where(flag > 0, -1, day), axis=1) + 1
    total = np.pad(np.cumsum(flag, axis=1), ((0, 0), (1, 0)))
    start = np.maximum(began - USUAL_DAYS, 0)
    before = np.take_along_axis(total, began, axis=1) - np.take_along_axis(total, start, axis=1)
    share = before / USUAL_DAYS
    return np.clip(1.0 - (share - ROUTINE_SHARE) / (2 * ROUTINE_SHARE), 0.0, 1.0)


def _flags(rows: pa.Table, places: Places, store_ids: pa.Array, first_day: int, n_days: int) -> FloatArray:
    """Return 1 on every store and day that any of the rows covers; a null scope covers all."""
    n_stores = len(store_ids)
    change = np.zeros((n_stores, n_days + 1))
    begin = np.clip(epoch_days(rows["start_date"]) - first_day, 0, n_days)
    end = np.clip(epoch_days(rows["end_date"]) - first_day + 1, 0, n_days)
    seen = begin < end
    store = codes_in(rows["store_id"], store_ids) if "store_id" in rows.column_names else np.full(len(begin), -1)
    by_store = np.asarray(rows["store_id"].is_valid())
    single = np.flatnonzero(seen & by_store & (store >= 0))
    np.add.at(change, (store[single], begin[single]), 1.0)
    np.add.at(change, (store[single], end[single]), -1.0)
    for k in np.flatnonzero(seen & ~by_store):
        where = in_scope(rows, int(k), places)
        change[where, begin[k]] += 1.0
        change[where, end[k]] -= 1.0
    return np.minimum(np.cumsum(change, axis=1)[:, :n_days], 1.0)


def in_scope(rows: pa.Table, k: int, places: Places) -> np.typing.NDArray[np.bool_]:
    """Return which stores the region and retailer of a calendar's row cover; a null one covers all."""
    where = np.ones(len(places.region), dtype=bool)
    for column, code, names in (
        ("region", places.region, places.regions),
        ("retailer", places.retailer, places.retailers),
    ):
        if column in rows.column_names and rows[column][k].is_valid:
            # one row may name several regions ("HB,NI"), as a region of the stores may
            value = rows[column][k].as_py()
            wanted = _matching(names, value)
            where &= np.isin(code, wanted)
    return where


def _matching(names: pa.Array, value: str) -> IntArray:
    known = names.to_pylist()
    if value in known:
        return np.array([known.index(value)])
    parts = {p.strip() for p in value.split(",")}
    return np.array([i for i, n in enumerate(known) if n in parts], dtype=np.int64)
