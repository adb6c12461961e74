"""Stores that opened while their chain was selling already: their first weeks are no season of theirs.

A store that has been open for a year has seen each season once. What its sales did in its first weeks cannot be told
from what they do at that time of the year, and is expected again. So an opening has features of its own, which fade,
and the own season of such a store is believed as a second year confirms it (`penalties.py`). What a store sold that has
been there since the chain's first day holds no opening, and its season is believed after a year.
"""

from __future__ import annotations

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.baseline.level import NEVER
from mrs.detection.baseline.params import CONFIRMED_DAYS, OPENED_AFTER_DAYS, OPENING_HALF_LIVES_DAYS, YEARLY_DOUBT_POWER


def opening_days(trading: BoolArray, first_day: int, begun: int | None) -> IntArray:
    """Return S: the day (since 1970-01-01) on which a store opened, `NEVER` where that was not seen.

    A store that sold from the first weeks on of what is known of the chain may have opened long before.

    Parameters
    ----------
    trading, first_day
        S×T, where the stores sold anything, from a day since 1970-01-01 on.
    begun
        First day of which anything is known of the chain; None if that is not known.
    """
    if begun is None:
        return np.full(len(trading), NEVER)
    first = trading.argmax(axis=1) + first_day
    seen = trading.any(axis=1) & (first > max(begun, first_day) + OPENED_AFTER_DAYS)
    return np.where(seen, first, NEVER)


def opening_features(opened: IntArray, first_day: int, days: int) -> dict[str, FloatArray]:
    """Return S×T each: 1 on the day that a store opened, fading after it; 0 before, and where no opening was seen."""
    seen = np.flatnonzero(opened != NEVER)  # few, mostly none
    since = np.arange(days)[None, :] + first_day - opened[seen, None]
    out = {}
    for k, half in enumerate(OPENING_HALF_LIVES_DAYS):
        out[f"opened_{k}"] = np.zeros((len(opened), days))
        out[f"opened_{k}"][seen] = np.where(since >= 0, 0.5 ** (np.maximum(since, 0) / half), 0.0)
    return out


def days_open(opened: IntArray, anchor: int) -> IntArray:
    """Return S: the days before the anchor for which a store that opened has been open, `NEVER` for all others."""
    return np.where(opened == NEVER, NEVER, anchor - opened)


def is_unconfirmed(open_for: IntArray, days_before: int = 0) -> BoolArray:
    """Return S: the stores whose season has an opening in it and no second year, or had so many days before."""
    return np.asarray((open_for != NEVER) & (open_for < CONFIRMED_DAYS + days_before))


def season_doubt(open_for: IntArray) -> FloatArray:
    """Return S: how many times more a store's own season is held than that of a store that did not open; from 1."""
    more = np.clip(CONFIRMED_DAYS / np.maximum(open_for, 1), 1.0, None) ** YEARLY_DOUBT_POWER
    return np.asarray(np.where(open_for == NEVER, 1.0, more))
