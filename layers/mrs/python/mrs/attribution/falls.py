"""What else fell: a store that sells less beside others that do so too was hit from outside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.attribution.episodes import Episodes, window_of
from mrs.attribution.params import COMPANY, FALLS_BY_CHANCE, FELL_TOO
from mrs.attribution.signals import smooth_step
from mrs.clustering.panel import LOG_RATIO_LIMIT, ResidualPanel
from mrs.clustering.reports import Places, Reports

NEAR_LIMIT = 0.97 * LOG_RATIO_LIMIT
"""Log effect from which a store sold about twenty times as much as was expected, or, below zero, as little."""


@dataclass(frozen=True)
class Falls:
    """Per report 0 to 1, how clearly sales fell that are not the report's own, or not those that it lost.

    Parameters
    ----------
    beside
        The sales of the other stores of the region on the days of the report; or those of some of them, whose own
        reports began with it.
    not_lost
        Those on the days on which the report's store sold nothing, or its own on the other days: where they fell too,
        the store was shut rather than its feed broken.
    """

    beside: FloatArray
    not_lost: FloatArray

    @classmethod
    def of(
        cls, reports: Reports, found: Episodes, panel: ResidualPanel, places: Places, sampling_weight: FloatArray
    ) -> Falls:
        """Return the falls around the reports; a store counts for as many as its `sampling_weight`."""
        column = panel.column(int(found.days[-1]))
        ratio, spread = window_of(panel.log_ratio, column), window_of(panel.spread, column)
        sold = np.isfinite(ratio) & (ratio > -NEAR_LIMIT)
        parts = np.stack([np.where(sold, part, 0.0) for part in (np.ones_like(ratio), ratio, spread**2)])
        weighted = parts * np.stack((sampling_weight, sampling_weight, sampling_weight**2))[:, :, None]
        of_region = np.eye(len(places.regions) + 1)[places.region].T @ weighted  # the last: nowhere
        region, itself = places.region[reports.store], parts[:, reports.store]
        is_somewhere = (region >= 0)[:, None]
        others = np.where(is_somewhere, of_region[:, region] - weighted[:, reports.store], 0.0)
        days = (found.days >= reports.first[:, None]) & (found.days <= reports.last[:, None])
        lost = days & ~sold[reports.store]
        not_lost = np.maximum(_clear_fall(others * lost), _clear_fall(itself * days) * lost.any(axis=1))
        stores_of = np.bincount(places.region + 1, weights=sampling_weight, minlength=len(places.regions) + 1)
        together = _began_together(reports, found, region, np.where(region >= 0, stores_of[region + 1], 0.0))
        return cls(np.maximum(_clear_fall(others * days), together), not_lost)


def _began_together(reports: Reports, found: Episodes, region: IntArray, stores: FloatArray) -> FloatArray:
    """Return per report 0 to 1: how much more falls of other events began in its region within a day than by chance.

    What happens to one store alone happens to few at once: each further store that begins to sell less on the same day
    makes it less likely by as much.

    Parameters
    ----------
    region, stores
        Of each report's store: its region, -1 for none, and how many stores that has.
    """
    fell = reports.sign < 0
    own = found.reports.event * (int(region.max(initial=0)) + 2) + region  # of its event in its region
    others = _began_near(region, reports.first, fell) - _began_near(own, reports.first, fell)
    by_chance = stores * (1 + 2) * FALLS_BY_CHANCE
    count = np.where((stores > 0) & fell, others, 0.0)
    return np.asarray(-np.expm1(-COMPANY * np.maximum(count - by_chance, 0.0)))


def _began_near(group: IntArray, first: IntArray, counted: BoolArray) -> IntArray:
    """Return per report how many that are counted began in its group within a day of it, itself included."""
    if not len(first):
        return np.zeros(0, dtype=np.int64)
    at = group * (int(np.ptp(first)) + 3) + first - int(first.min())
    began = np.sort(at[counted])
    return np.searchsorted(began, at + 1, "right") - np.searchsorted(began, at - 1, "left")


def _clear_fall(parts: FloatArray) -> FloatArray:
    """Return 0 to 1, how clearly sales fell; `parts` is, per report and day, a count, log effects and variances."""
    count, effect, variance = parts.sum(axis=2)
    count = np.maximum(count, 1.0)
    return smooth_step(-effect / count - 2.0 * np.sqrt(np.maximum(variance, 0.0)) / count, *FELL_TOO)
