"""A signal's course over the days of an event, against that of the sales."""

from __future__ import annotations

import numpy as np

from mrs.arrays import BoolArray, FloatArray, known_or_zero
from mrs.attribution.episodes import Episodes
from mrs.attribution.params import FAINT, ONSET_DAYS


def smoothed(dose: FloatArray) -> FloatArray:
    """Return the mean of each day and the one before: what a day's dose leaves, and what is noise, evens out."""
    return np.asarray((dose + np.pad(dose, ((0, 0), (1, 0)))[:, :-1]) / 2)


def late(active: FloatArray, found: Episodes) -> FloatArray:
    """Return 0 to 1: what share of what sales moved came before the signal had risen to what it was in the event."""
    near = (found.days >= found.first[:, None] - ONSET_DAYS) & (found.days <= found.last[:, None])
    so_far = np.maximum.accumulate(np.where(near, active, 0.0), axis=1)
    most = so_far[:, -1:]
    risen = np.where(most > FAINT, so_far / np.maximum(most, FAINT), 1.0)
    return np.asarray((found.share_of_days * (1.0 - risen)).sum(axis=1))


def correlation(dose: FloatArray, found: Episodes, days: BoolArray) -> FloatArray:
    """Return the correlation of dose and deviation over some (events, WINDOW_DAYS) days."""
    inside = days & np.isfinite(found.course)
    n = np.maximum(inside.sum(axis=1, keepdims=True), 1)
    x = np.where(inside, dose, 0.0)
    y = np.where(inside, known_or_zero(found.course) * found.sign[:, None], 0.0)
    x = np.where(inside, x - x.sum(axis=1, keepdims=True) / n, 0.0)
    y = np.where(inside, y - y.sum(axis=1, keepdims=True) / n, 0.0)
    scale = np.sqrt((x * x).sum(axis=1) * (y * y).sum(axis=1))
    return np.where(scale > 1e-9, (x * y).sum(axis=1) / np.maximum(scale, 1e-9), 0.0)
