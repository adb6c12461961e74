"""What would have been found of the events that were planted into a chain's past, and in which of its stores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.arrays import FloatArray, IntArray
from mrs.detection.calibration.params import EFFECT_BANDS, LEAST_EPISODES, SPREAD_CLASSES


@dataclass(frozen=True)
class Found:
    """N planted episodes: an event in one store each.

    Parameters
    ----------
    peak
        The largest effect (log) of each.
    days
        Days from its first day to the one that it was found on; infinite if it was not.
    store
        The position of its store.
    """

    peak: FloatArray
    days: FloatArray
    store: IntArray

    def by_size(self) -> dict[str, float | None]:
        """Return the share found by size of effect, None where none was planted."""
        hit = np.isfinite(self.days)
        bands = {name: hit[(self.peak > low) & (self.peak <= high)] for name, low, high in EFFECT_BANDS}
        return {name: round(float(v.mean()), 3) if len(v) else None for name, v in bands.items()}

    def by_spread(self, sigma: FloatArray) -> list[list[float]]:
        """Return the share found in each class of stores, the calmest first: least and largest spread, and the share.

        The classes hold as many stores each. There are none where one of them had fewer than `LEAST_EPISODES`.

        Parameters
        ----------
        sigma
            S, how far (log) each store's days usually lie from what was expected of them; NaN where that is not known.
        """
        known = np.sort(sigma[~np.isnan(sigma)])
        if len(known) < SPREAD_CLASSES:
            return []
        classes = np.array_split(known, SPREAD_CLASSES)
        which = np.searchsorted([of[-1] for of in classes[:-1]], sigma[self.store])
        mine = [np.isfinite(self.days[which == k]) for k in range(SPREAD_CLASSES)]
        if min(map(len, mine)) < LEAST_EPISODES:
            return []
        return [
            [round(float(v), 4) for v in (of[0], of[-1], hit.mean())] for of, hit in zip(classes, mine, strict=True)
        ]

    def delay(self) -> float | None:
        """Return the mean days until an episode was found, of those that were; None if none was."""
        found = self.days[np.isfinite(self.days)]
        return round(float(found.mean()), 3) if len(found) else None
