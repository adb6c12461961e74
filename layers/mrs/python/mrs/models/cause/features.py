"""What a cause model weighs: per report, a few bounded numbers for each cause, and the look of the deviation itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrs.contracts import Cause
from mrs.models.cause.fit import Episodes, Fit
from mrs.models.cause.signals import Signal
from mrs.models.cause.specs import CAUSES, CONTEXT_FEEDS, FEED_OF_CAUSE, FREE_CAUSES, SIGNAL_CAUSES
from mrs.models.similarity.panel import FloatArray, IntArray, ResidualPanel
from mrs.models.similarity.reports import Places, Reports

PER_CAUSE = (
    "strength",
    "coincides",
    "explains",
    "cover",
    "own",
    "onset",
    "overlap",
    "course",
    "precision",
    "contrast",
    "others",
    "ignored",
    "reach",
    "lingers",
    "idle",
    "past_effect",
    "rarity",
    "dose",
    "shift",
    "absent",
)
LOOK = (
    "up",
    "size",
    "size_down",
    "large_up",
    "stores",
    "alone",
    "breadth",
    "one_chain",
    "days",
    "one_day",
    "two_days",
    "still_open",
    "zeros",
    "near_double",
    "near_half",
    "repeats",
    "even",
    "sharp",
)
_SIGN = {
    Cause.COMPETITOR_STOCKOUT: 1,
    Cause.OWN_STOCKOUT: -1,
    Cause.PROMOTION: 1,
    Cause.PAID_CAMPAIGN: 1,
}


@dataclass(frozen=True)
class CauseFeatures:
    """Evidence of reports, ready to be weighed; nothing in it is NaN.

    Parameters
    ----------
    names
        `cause.feature` or `look.feature`, one a column.
    values
        (reports, features), each about 0 to 1 (some −1 to 1).
    allowed
        (reports, causes) False where a cause could not be seen, because its feed is absent.
    signal
        (reports, signal causes) column of the signal that speaks most for the cause, -1 for none.
    event
        (reports,) the event that each report is part of, 0, 1, … without gaps.
    """

    names: tuple[str, ...]
    values: FloatArray
    allowed: NDArray[np.bool_]
    signal: IntArray
    event: IntArray


def feature_names() -> tuple[str, ...]:
    """Return the names of the columns, in order."""
    return tuple(f"{c}.{f}" for c in SIGNAL_CAUSES for f in PER_CAUSE) + tuple(f"look.{f}" for f in LOOK)


def allowed_causes(feeds: frozenset[str]) -> NDArray[np.bool_]:
    """Return which causes can be proposed at all when only `feeds` are there.

    A price move alone proves nothing: without any context it cannot be told from a promotion or a fault of the feed.
    """
    any_context = bool(feeds & frozenset(CONTEXT_FEEDS))
    return np.array([c in FREE_CAUSES or (FEED_OF_CAUSE.get(c) in feeds and any_context) for c in CAUSES])


def cause_features(
    found: Episodes,
    fit: Fit,
    reports: Reports,
    event: IntArray,
    signals: Sequence[Signal],
    panel: ResidualPanel,
    places: Places,
    feeds: frozenset[str],
    observed: FloatArray,
) -> CauseFeatures:
    """Assemble the features of every report.

    Parameters
    ----------
    event
        Per report, its row in `found` and `fit`.
    feeds
        The landing feeds that were there at the tick.
    observed
        (stores, days) observed sales, aligned with the panel's window of the tick.
    """
    allowed = np.tile(allowed_causes(feeds), (len(reports), 1))
    blocks, chosen = [], []
    for cause in SIGNAL_CAUSES:
        columns = np.array([k for k, s in enumerate(signals) if s.spec.cause == cause], dtype=np.int64)
        known = bool(allowed[:, CAUSES.index(cause)].any()) if len(reports) else False
        block, best = _of_cause(cause, columns if known else columns[:0], found, fit, reports, event, signals, known)
        blocks.append(block)
        chosen.append(best)
    look = _look(found, reports, event, panel, places, observed)
    return CauseFeatures(feature_names(), np.hstack([*blocks, look]), allowed, np.column_stack(chosen), event)


def _of_cause(
    cause: Cause,
    columns: IntArray,
    found: Episodes,
    fit: Fit,
    reports: Reports,
    event: IntArray,
    signals: Sequence[Signal],
    known: bool,
) -> tuple[FloatArray, IntArray]:
    n = len(reports)
    if not len(columns):
        block = np.zeros((n, len(PER_CAUSE)))
        block[:, PER_CAUSE.index("absent")] = 0.0 if known else 1.0
        return block, np.full(n, -1, dtype=np.int64)
    clear = np.clip(fit.precision, 0.1, 1.0)
    strength = fit.cover * (0.3 + 0.7 * fit.onset) * (0.5 + 0.5 * np.clip(fit.course, 0, 1)) * clear
    best = columns[np.argmax(strength[:, columns], axis=1)]
    rows = np.arange(len(best))
    take = {name: getattr(fit, name)[rows, best][event] for name in Fit.__dataclass_fields__ if name != "own"}
    match = _sign_match(cause, found.sign[event], take["way"])
    seen = (take["cover"] > 0.02).astype(float)
    others = take["others"]
    block = np.column_stack(
        [
            strength[rows, best][event] * match,
            take["cover"] * take["onset"] * match,
            take["cover"] * np.clip(take["precision"], 0, 1) * np.clip(take["contrast"], 0, 1) * match,
            take["cover"] * match,
            fit.own[np.arange(n), best[event]] * match,
            take["onset"] * seen * match,
            take["overlap"] * match,
            np.clip(take["course"], 0, 1) * seen * match,
            np.clip(take["precision"], 0, 1) * seen * match,
            np.clip(take["contrast"], 0, 1) * seen * match,
            np.where(np.isfinite(others), np.clip(0.5 - np.nan_to_num(others), -0.5, 0.5), 0.0) * seen,
            _ignored(others) * take["cover"],
            take["reach"] * match,
            np.maximum(take["before"], take["after"]) * seen,
            np.clip(4 * take["idle"], 0, 1) * seen,
            np.clip(take["past_effect"] * found.sign[event] / 0.3, -1, 1) * seen,
            np.clip(np.log1p(take["rarity"]) / 3, 0, 1) * seen * match,
            np.clip(take["dose"] / (3 * signals[int(columns[0])].spec.matters[1]), 0, 1) * match,
            np.clip(take["shift"] / 8, 0, 1) * match,
            np.zeros(n),
        ]
    )
    return np.nan_to_num(block), best[event]


def _ignored(others: FloatArray) -> FloatArray:
    """Return 1 where the other exposed stores did not move at all, 0 where they moved half as much or are none."""
    return np.where(np.isfinite(others), np.clip(1.0 - 2.0 * np.nan_to_num(others), 0.0, 1.0), 0.0)


def _sign_match(cause: Cause, sign: IntArray, way: FloatArray) -> FloatArray:
    """Return 1 where the direction is one that the signal can bring, 0 where it is not."""
    if cause in _SIGN:
        return np.asarray((sign == _SIGN[cause]).astype(float))
    if cause == Cause.PRICE_CHANGE:
        return (sign * way <= 0).astype(float)
    return np.ones(len(sign))


def _look(
    found: Episodes,
    reports: Reports,
    event: IntArray,
    panel: ResidualPanel,
    places: Places,
    observed: FloatArray,
) -> FloatArray:
    """Return the features of the deviation itself: direction, size, reach, length, and the marks of a broken feed."""
    tick = int(found.days[-1])
    members = found.reports.size
    length = reports.last - reports.first + 1
    length_event = found.last - found.first + 1
    up = (reports.sign > 0).astype(float)
    size = np.abs(found.size)
    breadth, one_chain = _spread_over_places(found, reports, places)
    zeros, repeats, even = _marks(reports, found, observed)
    pooled_zero = found.pooled(zeros)
    noise = 0.12 / np.sqrt(members)
    signed = found.size
    double = np.exp(-0.5 * ((signed - np.log(2)) / np.maximum(noise, 0.05)) ** 2)
    half = np.exp(-0.5 * ((signed + np.log(2)) / np.maximum(noise, 0.05)) ** 2)
    short = (length_event <= 2).astype(float)
    columns = [
        up,
        np.clip(size, 0, 1.5)[event],
        np.clip(-found.size, 0, 3)[event] / 3,
        (found.size > 2.0).astype(float)[event],
        (np.log(members) / 4.0)[event],
        (members == 1).astype(float)[event],
        breadth[event],
        one_chain[event],
        np.clip(np.log(length) / 3, 0, 1),
        (length_event == 1).astype(float)[event],
        (length_event == 2).astype(float)[event],
        (reports.last >= tick - 1).astype(float),
        pooled_zero[event],
        (double * short)[event],
        (half * short)[event],
        found.pooled(repeats)[event],
        (found.pooled(even) * np.minimum(found.pooled(even * 0 + 1.0) * members, 8) / 8)[event],
        _sharp(found)[event],
    ]
    return np.asarray(np.nan_to_num(np.column_stack(columns)))


def _spread_over_places(found: Episodes, reports: Reports, places: Places) -> tuple[FloatArray, FloatArray]:
    """Return the share of its regions' stores that an event holds, and whether it keeps to one chain of several."""
    region = np.zeros((len(reports), len(places.regions) + 1))
    region[np.arange(len(reports)), places.region[reports.store] + 1] = 1.0
    stores_of = np.bincount(places.region + 1, minlength=len(places.regions) + 1).astype(float)
    per_region = found.reports.total(region)
    total = ((per_region > 0) * stores_of).sum(axis=1)
    breadth = np.clip(per_region.sum(axis=1) / np.maximum(total, 1), 0, 1)
    chain = np.zeros((len(reports), len(places.retailers) + 1))
    chain[np.arange(len(reports)), places.retailer[reports.store] + 1] = 1.0
    per_chain = found.reports.total(chain)
    count = per_chain.sum(axis=1)
    purity = per_chain.max(axis=1) / np.maximum(count, 1)
    one_chain = np.where((count >= 3) & (len(places.retailers) > 1), np.clip((purity - 0.7) / 0.3, 0, 1), 0.0)
    return breadth, one_chain


def _marks(reports: Reports, found: Episodes, observed: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return per report the share of its days that sold nothing, that repeat an earlier value, that are even."""
    rows = observed[reports.store]
    inside = (found.days >= reports.first[:, None]) & (found.days <= reports.last[:, None]) & np.isfinite(rows)
    n = np.maximum(inside.sum(axis=1), 1)
    zero = (inside & (rows <= 0)).sum(axis=1) / n
    repeat = np.zeros_like(inside)
    for lag in (1, 2, 7):
        earlier = np.full_like(rows, np.nan)
        earlier[:, lag:] = rows[:, :-lag]
        repeat |= np.isfinite(earlier) & (rows == earlier) & (rows > 0)
    cents = np.round(rows * 100)
    unit = np.where(np.nan_to_num(np.mod(cents, 100)).max(axis=1) > 0, 1.0, 100.0)[:, None]
    even = (inside & (rows > 0) & (np.mod(np.round(cents / unit), 2) == 0)).sum(axis=1) / n
    return zero, (inside & repeat).sum(axis=1) / n, even


def _sharp(found: Episodes) -> FloatArray:
    """Return how abruptly an event begins and ends: its edge days against the days beside them."""
    course = np.nan_to_num(found.course) * found.sign[:, None]
    days = found.days
    at = [
        ((days == day[:, None]) * course).sum(axis=1)
        for day in (found.first - 1, found.first, found.last, found.last + 1)
    ]
    height = np.maximum(np.abs(found.size), 0.08)
    return np.asarray(np.clip((at[1] - at[0]) / height, 0, 1) * np.clip((at[2] - at[3]) / height, 0, 1))
