"""Which categories of a store deviate, and deviations of a category that the total does not show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from mrs.arrays import MEAN_ABS_TO_SIGMA, BoolArray, FloatArray, IntArray, sorted_ids
from mrs.detection.params import (
    AFFECTED_CATEGORY_SHARE,
    AFFECTED_CATEGORY_Z,
    CATEGORY_CALM_DAYS,
    CATEGORY_CALM_Z,
    CATEGORY_CLIP_Z,
    CATEGORY_HALF_LIFE_DAYS,
    CATEGORY_HALFWAY_Z,
    CATEGORY_LEAST_DAYS,
    CATEGORY_LEAST_SIGMA,
    CATEGORY_LEVEL_RATE,
    CATEGORY_OFFSET,
    CATEGORY_PRIOR_DAYS,
    CATEGORY_RUN_DECAY,
    CATEGORY_STEEPNESS,
    CATEGORY_USUAL_SIGMA,
)
from mrs.panels import sales_panel


@dataclass(frozen=True)
class CategoryEvidence:
    """The categories of R stores on D days.

    Parameters
    ----------
    names
        The C categories, sorted.
    z
        C×R×D, deviation of the category beyond the store's expected total, in sigmas; 0 where nothing is known.
    up, down
        R×D, probability that some category is anomalous to that side, tempered by how many were looked at.
    delta
        C×R×D, sales above or below the category's usual part of the expected total.
    """

    names: tuple[str, ...]
    z: FloatArray
    up: FloatArray
    down: FloatArray
    delta: FloatArray

    def affected(self, day: int, side: IntArray) -> list[list[str]]:
        """Return for each store the categories that deviate to its side; at least the one that carries most of it."""
        toward = self.z[:, :, day] * side[None, :]
        money = self.delta[:, :, day] * side[None, :]
        hit = (toward >= AFFECTED_CATEGORY_Z) & (money > 0)
        most = money.argmax(axis=0)
        carries = money[most, np.arange(len(side))] > AFFECTED_CATEGORY_SHARE * np.maximum(
            np.abs(money).sum(axis=0), 1e-9
        )
        lone = ~hit.any(axis=0) & carries
        hit[most[lone], np.flatnonzero(lone)] = True
        hit[:, side == 0] = False
        return [[self.names[int(c)] for c in np.flatnonzero(hit[:, r])] for r in range(len(side))]


def category_evidence(
    sales: pa.Table, own: Sequence[str], expected: FloatArray, first_day: int, first: int
) -> CategoryEvidence | None:
    """Return the evidence by category, None where sales are not split.

    Parameters
    ----------
    sales
        Recent rows of the sales log.
    own
        The R stores, sorted.
    expected
        R×T, expected total from `first_day` on; NaN or 0 where there is none.
    first
        First of the T days that is wanted.
    """
    names = sorted_ids(sales["category"])
    if not names or not own:
        return None
    last_day = first_day + expected.shape[1] - 1
    value = np.stack([sales_panel(sales, first_day, last_day, category=name, store_ids=own).sales for name in names])
    z, usual = _deviations(value, expected)
    steps = np.nan_to_num(z)
    run = _runs(steps, ~np.isnan(z))
    tests = np.maximum(np.sum(~np.isnan(z), axis=0), 1)
    limit = CATEGORY_HALFWAY_Z + np.log(tests) / CATEGORY_STEEPNESS

    def side(sign: float) -> FloatArray:
        strongest = np.maximum(sign * steps, sign * run).max(axis=0)
        return np.asarray(1.0 / (1.0 + np.exp(-CATEGORY_STEEPNESS * (strongest - limit))))[:, first:]

    delta = np.nan_to_num(value - usual)
    return CategoryEvidence(tuple(names), steps[:, :, first:], side(1.0), side(-1.0), delta[:, :, first:])


def _deviations(value: FloatArray, expected: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return C×R×T deviations in sigmas and usual sales, both from the days before each alone."""
    due = np.where(expected > 0, expected, np.nan)[None]
    keep = 0.5 ** (1.0 / CATEGORY_HALF_LIFE_DAYS)
    shape = value.shape[:2]
    level, size = np.zeros(shape), np.zeros(shape)
    mean, spread, weight, days = np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape)
    z, usual = np.full(value.shape, np.nan), np.full(value.shape, np.nan)
    has = ~np.isnan(value) & ~np.isnan(np.broadcast_to(due, value.shape))
    for day in range(value.shape[2]):
        now = has[:, :, day]
        share = value[:, :, day] / np.broadcast_to(due[:, :, day], shape)
        usual_share = np.where(size > 0, level / np.maximum(size, 1e-9), 0.0)
        offset = CATEGORY_OFFSET * usual_share + 1e-6
        off = np.log((np.nan_to_num(share) + offset) / (usual_share + offset)) - mean
        sigma = np.maximum(
            (spread + CATEGORY_PRIOR_DAYS * CATEGORY_USUAL_SIGMA) / (weight + CATEGORY_PRIOR_DAYS), CATEGORY_LEAST_SIGMA
        )
        ripe = now & (days >= CATEGORY_LEAST_DAYS)
        z[:, :, day] = np.where(ripe, np.clip(off / sigma, -CATEGORY_CLIP_Z, CATEGORY_CLIP_Z), np.nan)
        usual[:, :, day] = np.where(now, usual_share * np.broadcast_to(due[:, :, day], shape), np.nan)
        calm = np.where(
            now & (days > CATEGORY_CALM_DAYS), np.clip(off, -CATEGORY_CALM_Z * sigma, CATEGORY_CALM_Z * sigma), 0.0
        )
        mean = mean + calm * CATEGORY_LEVEL_RATE
        spread = np.where(now, spread * keep + MEAN_ABS_TO_SIGMA * np.abs(calm), spread)
        weight = np.where(now, weight * keep + 1.0, weight)
        level = np.where(now, level * keep + np.nan_to_num(share), level)
        size = np.where(now, size * keep + 1.0, size)
        days = days + now
    return z, usual


def _runs(steps: FloatArray, has: BoolArray) -> FloatArray:
    total, weight = np.zeros(steps.shape[:2]), np.zeros(steps.shape[:2])
    out = np.zeros(steps.shape)
    for day in range(steps.shape[2]):
        now = has[:, :, day]
        total = np.where(now, total * CATEGORY_RUN_DECAY + steps[:, :, day], total)
        weight = np.where(now, weight * CATEGORY_RUN_DECAY**2 + 1.0, weight)
        out[:, :, day] = np.where(now, total / np.sqrt(np.maximum(weight, 1e-9)), 0.0)
    return out
