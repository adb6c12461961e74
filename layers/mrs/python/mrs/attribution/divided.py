"""Events that a cluster holds together: one after the other, or beside each other under two signals."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray, known_or_zero
from mrs.attribution.episodes import Episodes, window_of
from mrs.attribution.params import DIVIDED, EXCLUSIVE, EXPOSED, LEAST_PART, MOVED_WITH_EVENT
from mrs.attribution.signals import Signal
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Reports


def apart_in_time(event: IntArray, reports: Reports, found: Episodes, panel: ResidualPanel) -> IntArray:
    """Return the event of each report, where those that moved on other days than their event are events of their own.

    A cluster may hold reports that are nearly over beside more that have just begun: what signals did on the days of
    the many says little of the few. The codes 0, 1, … have no gaps.
    """
    ratio = window_of(panel.log_ratio, panel.column(int(found.days[-1])))[reports.store]
    own = (found.days >= reports.first[:, None]) & (found.days <= reports.last[:, None])
    moved = np.where(own, np.clip(known_or_zero(ratio) * reports.sign[:, None], 0.0, None), 0.0)
    is_apart = (moved * found.during[event]).sum(axis=1) < MOVED_WITH_EVENT * moved.sum(axis=1)
    part = 3 * event + is_apart * np.where(reports.first < found.first[event], 1, 2)
    count = np.bincount(part, minlength=3 * len(found.sign)).reshape(-1, 3)
    stays = (count[:, :1] < LEAST_PART) | (count < LEAST_PART)
    return np.unique(np.where(stays.ravel()[part], 3 * event, part), return_inverse=True)[1]


def divided(event: IntArray, own: FloatArray, signals: Sequence[Signal]) -> IntArray:
    """Return the event of each report, an event divided where its stores saw either of two signals and hardly any both.

    Stores of one event saw the same: two signals that exclude each other, though chance would have let some stores see
    both, are two causes, and what they did only began together.

    Parameters
    ----------
    event
        Per report, the code of its event.
    own
        (reports, signals) how far each signal was up in the report's own store, 0 to 1.

    Returns
    -------
    IntArray
        Codes 0, 1, … without gaps.
    """
    causes = np.array([str(s.spec.cause) for s in signals])
    seen = own > EXPOSED
    out, next_code = event.copy(), int(event.max(initial=-1)) + 1
    waiting = [np.flatnonzero(event == e) for e in np.flatnonzero(np.bincount(event) >= 2 * LEAST_PART)]
    while waiting:
        rows = waiting.pop()
        part = _first_part(seen[rows], causes)
        if part is not None:
            out[rows[part]] = next_code
            next_code += 1
            waiting += [rows[part], rows[~part]]
    return np.unique(out, return_inverse=True)[1]


def _first_part(seen: NDArray[np.bool_], causes: NDArray[np.str_]) -> NDArray[np.bool_] | None:
    """Return which reports saw the more frequent of the two signals that divide them best; None if none do."""
    n = len(seen)
    count = seen.sum(axis=0)
    asked = np.flatnonzero((count >= LEAST_PART) & (count <= n - LEAST_PART))
    mine = seen[:, asked].astype(float)
    both, size = mine.T @ mine, count[asked]
    rarer = np.minimum.outer(size, size)
    either = np.add.outer(size, size) - both
    divides = (both <= EXCLUSIVE * rarer) & (np.outer(size, size) >= LEAST_PART * n) & (either >= DIVIDED * n)
    divides &= causes[asked][:, None] != causes[asked][None, :]
    if not divides.any():
        return None
    best = np.unravel_index(np.where(divides, either, -1.0).argmax(), divides.shape)
    return seen[:, asked[max(best, key=lambda k: (size[k], -k))]]
