"""What a ridge's fit says of the stores: kept for the ticks of its refit period, and all that they need of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.baseline.level import NEVER, LevelState
from mrs.detection.baseline.params import DOUBT_DAYS, NAMED_DAY_FACTOR


@dataclass(frozen=True)
class RidgeFit:
    """What the days before an anchor say of S stores: all that the expectation of later days needs.

    Parameters
    ----------
    anchor, settled
        First day (since 1970-01-01) that the fit did not look at, and that by which the regular mechanics were settled.
    names
        Of the F features.
    coefficients, profile
        S×F: what the stores' own days say beyond what they borrow, and that.
    centre, lent, moved
        S, log: the mean of the days, what is borrowed of it, and by how much lasting changes have moved the level.
    since
        S, first day of the last such change, `NEVER` for none.
    opened
        S, the day (since 1970-01-01) on which a store opened, `NEVER` where that was not seen.
    size, spread, factor
        S, S×day types and S: the usual deviation, its spread by type of day, and the width of the band.
    known
        S, usable days.
    level
        Where the slow level stands.
    past
        What was expected of the days before the anchor; None of a fit that was kept.
    """

    anchor: int
    settled: int
    names: tuple[str, ...]
    coefficients: FloatArray
    profile: FloatArray
    centre: FloatArray
    lent: FloatArray
    moved: FloatArray
    since: IntArray
    opened: IntArray
    size: FloatArray
    spread: FloatArray
    factor: FloatArray
    known: FloatArray
    level: LevelState
    past: PastExpected | None = None

    def sigma(self, day_type: IntArray, named: BoolArray) -> FloatArray:
        """Return S×T: the spread of the log deviation on days of some types, of which some have a name."""
        sigma = np.take_along_axis(self.spread, day_type, axis=1)
        doubt = np.sqrt(1.0 + DOUBT_DAYS / np.maximum(self.known, 1.0))[:, None]
        return np.asarray(sigma * self.factor[:, None] * doubt * np.where(named, NAMED_DAY_FACTOR, 1.0))


@dataclass(frozen=True)
class PastExpected:
    """What was expected of the B days before the anchor, S×B each; NaN where nothing is known.

    Parameters
    ----------
    log_expected, sigma
        The expected log sales, and how far they spread.
    since
        First day (since 1970-01-01) of the last lasting change of level, `NEVER` for none.
    """

    log_expected: FloatArray
    sigma: FloatArray
    since: IntArray

    @classmethod
    def nothing(cls, stores: int, days: int) -> PastExpected:
        """Return what is expected where nothing is known."""
        unknown = np.full((stores, days), np.nan)
        return cls(unknown, unknown, np.full((stores, days), NEVER))
