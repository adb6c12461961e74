"""Difference-in-differences around an event: whether exposed stores moved and unexposed (control) stores did not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray, known_or_zero
from mrs.attribution.episodes import Episodes
from mrs.attribution.params import CLEARLY, EXPOSED, FEW_CONTROLS, LEAST_EFFECT
from mrs.attribution.signals import Signal
from mrs.clustering.reports import Places, Reports


@dataclass(frozen=True)
class Background:
    """What the stores around each event did on its days: prepared once, used for every signal.

    Parameters
    ----------
    window
        (events,) row of the event's days among the distinct spans of days.
    share_of
        (spans, WINDOW_DAYS) weights that average over a span.
    moved, known
        (spans, stores) mean deviation on the days of a span, and whether there is any that counts.
    sampling_weight
        (stores,) for how many stores each one stands; 0: it counts for nothing.
    region, in_region
        (stores, regions) and (events, regions): where stores and events are; the first region is "not known".
    pair_event, pair_store
        Every store of every event, once.
    scale
        (events,) the event's own deviation as far as it is credible, signed.
    """

    window: IntArray
    share_of: FloatArray
    moved: FloatArray
    known: NDArray[np.bool_]
    sampling_weight: FloatArray
    region: FloatArray
    in_region: FloatArray
    pair_event: IntArray
    pair_store: IntArray
    scale: FloatArray

    @classmethod
    def of(
        cls, found: Episodes, reports: Reports, ratio: FloatArray, places: Places, sampling_weight: FloatArray
    ) -> Background:
        """Return the background of some events; `ratio` is (stores, WINDOW_DAYS)."""
        spans, window = np.unique(np.column_stack((found.first, found.last)), axis=0, return_inverse=True)
        inside = ((found.days >= spans[:, :1]) & (found.days <= spans[:, 1:])).astype(float)
        n = inside @ np.isfinite(ratio).T.astype(float)
        moved = (inside @ np.clip(known_or_zero(ratio), -1, 1).T) / np.maximum(n, 1)
        region = np.zeros((len(places.region), len(places.regions) + 1))
        region[np.arange(len(places.region)), places.region + 1] = 1.0
        pair = np.unique(found.reports.event * len(places.region) + reports.store)
        return cls(
            window=window.ravel(),
            share_of=inside / np.maximum(inside.sum(axis=1, keepdims=True), 1),
            moved=moved,
            known=(n > 0) & (sampling_weight > 0),
            sampling_weight=sampling_weight,
            region=region,
            in_region=(found.reports.total(region[reports.store]) > 0).astype(float),
            pair_event=pair // len(places.region),
            pair_store=pair % len(places.region),
            scale=found.sign.astype(np.float64) * np.maximum(np.abs(np.clip(found.credible, -1, 1)), LEAST_EFFECT),
        )

    def of_signal(
        self, signal: Signal, active: FloatArray, gap: FloatArray, spread: FloatArray, found: Episodes
    ) -> dict[str, FloatArray]:
        """Return a signal's `precision`, `contrast` (difference-in-differences), `others` and `untouched_share`."""
        seen = np.zeros_like(self.known)
        if len(active):
            seen = ((self.share_of @ active.T > EXPOSED) | self._steady(signal, gap, spread))[:, signal.row]
        reached = seen & (signal.row >= 0) & self.known
        missed = ~reached & self.known
        few = self._by_region(missed.astype(float)) < FEW_CONTROLS
        exposed, control = reached * self.sampling_weight, missed * self.sampling_weight
        n_exposed, sum_exposed = self._by_region(exposed), self._by_region(exposed * self.moved)
        n_control, sum_control = self._by_region(control), self._by_region(control * self.moved)
        n_control = np.where(few, control.sum(axis=1)[self.window], n_control)
        sum_control = np.where(few, (control * self.moved).sum(axis=1)[self.window], sum_control)
        mean_exposed = sum_exposed / np.maximum(n_exposed, 1)
        usual = sum_control / np.maximum(n_control, 1)
        seen_any = n_exposed > 0
        at = self.window[self.pair_event], self.pair_store
        n_inside = np.bincount(self.pair_event, weights=exposed[at], minlength=len(self.scale))
        sum_inside = np.bincount(self.pair_event, weights=exposed[at] * self.moved[at], minlength=len(self.scale))
        n_other = n_exposed - n_inside
        other = (sum_exposed - sum_inside) / np.maximum(n_other, 1) / self.scale
        return {
            "precision": np.where(seen_any, np.clip(mean_exposed / self.scale, -0.5, 1.5), 0.0),
            "contrast": np.where(seen_any, np.clip((mean_exposed - usual) / self.scale, -0.5, 1.5), 0.0),
            "untouched_share": np.where(seen_any, n_other / np.maximum(n_exposed, 1), 0.0),
            "others": np.where(n_other > 0.5, np.clip(other, -0.5, 1.5), np.nan),
        }

    def _steady(self, signal: Signal, gap: FloatArray, spread: FloatArray) -> NDArray[np.bool_]:
        """Say in which units and spans a signal was clearly away from its usual level over the days together."""
        side, days = signal.spec.side, np.maximum((self.share_of > 0).sum(axis=1, keepdims=True), 1)
        level = self.share_of @ known_or_zero(gap).T
        z = self.share_of @ known_or_zero(gap / spread).T * np.sqrt(days)
        level, z = (np.abs(level), np.abs(z)) if side == 0 else (side * level, side * z)
        return np.asarray((z > CLEARLY) & (level > np.mean(signal.spec.matters)))

    def _by_region(self, values: FloatArray) -> FloatArray:
        """Return per event the sum over the stores of its regions."""
        totals = values @ self.region
        return np.asarray((totals[self.window] * self.in_region).sum(axis=1))
