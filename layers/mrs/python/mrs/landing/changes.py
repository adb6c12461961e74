"""What is new: the landing rows that a run does not know yet, each at the first tick at which it can be seen."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import NEVER, BoolArray, epoch_day, epoch_days
from mrs.store.canonical import DECIMALS, partners


def new_rows(
    landed: pa.Table,
    known: pa.Table,
    key: Sequence[str],
    ticks: Sequence[date],
    day: pa.ChunkedArray | None = None,
    answered: pa.Table | None = None,
) -> pa.Table:
    """Return the landed rows that are new or changed, with the tick of each.

    Parameters
    ----------
    landed
        One row a key, in the log's columns.
    known
        The log's rows of earlier ticks, the newest of each key.
    key
        The columns that identify a row.
    ticks
        The execution's ticks, in order.
    day
        The date of each landed row: it is seen at the first tick that is not before it, and left for later if that
        is none of these. Without dates, or where the date is null, a row is seen at the first tick.
    answered
        What the ticks themselves were answered with before, at an earlier logical time, the newest of each key; None if
        they had no answer. A row of theirs that has landed with other values since is written again, also where the
        value is that of earlier ticks: a replay takes back what its first answer took in.
    """
    first, last = epoch_day(ticks[0]), epoch_day(ticks[-1])
    days = np.full(landed.num_rows, NEVER) if day is None else epoch_days(day)
    if bool((days > last).any()):
        landed, days = landed.filter(pa.array(days <= last)), days[days <= last]
    there, agrees = compared(landed, known, key)
    fresh = ~(there & agrees)
    if answered is not None:
        there, agrees = compared(landed, answered, key)
        fresh |= there & ~agrees
    if not fresh.all():
        landed, days = landed.filter(pa.array(fresh)), days[fresh]
    tick = pa.array(np.maximum(days, first).astype(np.int32)).cast(pa.date32())
    return landed.append_column("tick", tick)


def compared(landed: pa.Table, log: pa.Table, key: Sequence[str]) -> tuple[BoolArray, BoolArray]:
    """Return which landed rows have their key in a log's rows, and which have the same values there."""
    there, partner = partners(landed, log, key)
    agrees = there.copy()
    if not there.any():
        return there, agrees
    values = [name for name in landed.column_names if name not in key]
    match = log.select(values).take(pa.array(partner))
    for name in values:
        agrees &= _equal(landed[name], match[name])
    return there, agrees


def _equal(mine: pa.ChunkedArray, theirs: pa.ChunkedArray) -> BoolArray:
    """Return where two columns agree, null with null, and doubles as they are stored: to six decimals."""
    if pa.types.is_floating(mine.type):
        a, b = (np.round(np.asarray(c.to_numpy(), dtype=np.float64), DECIMALS) for c in (mine, theirs))
        return np.asarray((a == b) | (np.isnan(a) & np.isnan(b)))
    equal = pc.or_(pc.fill_null(pc.equal(mine, theirs), False), pc.and_(pc.is_null(mine), pc.is_null(theirs)))
    return np.asarray(equal.to_numpy(), dtype=bool)
