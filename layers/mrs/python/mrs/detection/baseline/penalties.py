"""How strongly a ridge holds each coefficient of a store, by what it stands for and how much is known of the store."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mrs.arrays import BoolArray, FloatArray
from mrs.detection.baseline.params import LENT_STRENGTH, MATURE_DAYS, RIDGE_PENALTIES, YEARLY_DOUBT_POWER

YEARLY = ("season", "trend", "advent")
MONTHLY = ("month_sin", "month_cos")


def is_yearly(names: Sequence[str]) -> BoolArray:
    """Return F: the features that a store shows once a year, by their names."""
    return np.array([name.startswith(YEARLY) for name in names])


def penalties(names: Sequence[str], known: FloatArray, doubt: FloatArray) -> FloatArray:
    """Return S×F, in days: what repeats yearly is not believed before most of a year is known.

    Parameters
    ----------
    names
        Of the F features.
    known
        S, usable days.
    doubt
        S, from 1: how many times more what is yearly is held at what was borrowed of it (`openings.season_doubt`).
    """
    base = np.array([next((v for k, v in RIDGE_PENALTIES.items() if name.startswith(k)), 1.0) for name in names])
    yearly, slow = is_yearly(names), np.array([name.startswith((*YEARLY, *MONTHLY)) for name in names])
    short = np.clip(MATURE_DAYS / np.maximum(known, 1.0), 1.0, None) ** YEARLY_DOUBT_POWER
    held = np.where(known < MATURE_DAYS, LENT_STRENGTH, 1.0)[:, None] * base[None, :]
    more = np.where(yearly[None, :], np.maximum(short, doubt)[:, None], short[:, None])
    return np.asarray(held * np.where(slow[None, :], more, 1.0))
