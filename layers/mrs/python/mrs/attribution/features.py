"""What a cause model weighs: per report, a few bounded numbers for each cause, and the look of the deviation itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mrs.arrays import FloatArray, IntArray
from mrs.attribution.episodes import Episodes
from mrs.attribution.falls import Falls
from mrs.attribution.fit import Fit
from mrs.attribution.params import (
    CHANCE_FITS,
    CROWDED,
    DOSE_SAYS,
    FAINT,
    IGNORED_BY_ALL,
    LATE,
    LATE_SAYS,
    REACHED,
    USUAL_CROWD,
)
from mrs.attribution.shape_features import LOOK, look_features
from mrs.attribution.signal_specs import BROUGHT_BY, CAUSES, CONTEXT_FEEDS, FEED_OF_CAUSE, FREE_CAUSES, SIGNAL_CAUSES
from mrs.attribution.signals import Signal, smooth_step
from mrs.clustering.panel import ResidualPanel
from mrs.clustering.reports import Places, Reports
from mrs.contracts import Cause

PER_CAUSE = (
    "strength",
    "coincides",
    "explains",
    "cover",
    "steady",
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
    "quiet",
    "absent",
)
_IS_TIMED = ("steady", "own", "course", "reach", "dose", "rarity", "shift")
_IS_TEMPERED = (
    "strength",
    "coincides",
    "cover",
    "own",
    "onset",
    "overlap",
    "course",
    "reach",
    "dose",
    "rarity",
    "shift",
)
_SIGN = {
    Cause.COMPETITOR_STOCKOUT: 1,
    Cause.OWN_STOCKOUT: -1,
    Cause.PROMOTION: 1,
    Cause.PAID_CAMPAIGN: 1,
    Cause.STORE_DISRUPTION: -1,
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
        (reports, signal causes) column of the signal that supports the cause most, -1 for none.
    event
        (reports,) the event that each report is part of, 0, 1, … without gaps.
    fell_beside
        (reports,) 0 to 1, how clearly the other stores of the region fell on the same days.
    course
        (reports, signal causes) log odds that the signal's course over the event's days gives beside a signal that was
        up as well (`DOSE_SAYS`, `LATE_SAYS`).
    """

    names: tuple[str, ...]
    values: FloatArray
    allowed: NDArray[np.bool_]
    signal: IntArray
    event: IntArray
    fell_beside: FloatArray
    course: FloatArray


def feature_names() -> tuple[str, ...]:
    """Return the names of the columns, in order."""
    return tuple(f"{c}.{f}" for c in SIGNAL_CAUSES for f in PER_CAUSE) + tuple(f"look.{f}" for f in LOOK)


def tempered(values: FloatArray) -> FloatArray:
    """Return the features as a model weighs them: what others ignored, or what came late, explains that much less.

    A signal that most other exposed stores ignored is as good as quiet, and so is one that few of the event's stores
    saw. One that fits less well than another cause's explains less by as much: a faint signal does not outvote a strong
    and exact one. That the stores that saw a signal moved alike says little of an event of which most did not see it.

    Parameters
    ----------
    values
        (rows, features) as `feature_names()`.
    """
    out = values.copy()
    blocks = out[:, : len(SIGNAL_CAUSES) * len(PER_CAUSE)].reshape(-1, len(SIGNAL_CAUSES), len(PER_CAUSE))
    reached, own = (np.clip(blocks[:, :, PER_CAUSE.index(name)] / REACHED, 0.0, 1.0) for name in ("reach", "own"))
    seen = np.maximum(reached, own)
    quiet, absent = (blocks[:, :, PER_CAUSE.index(name)] for name in ("quiet", "absent"))
    believed = np.clip(1.0 - blocks[:, :, PER_CAUSE.index("ignored")] / IGNORED_BY_ALL, 0.0, 1.0)
    in_time = LATE + (1.0 - LATE) * blocks[:, :, PER_CAUSE.index("onset")]
    for name in _IS_TEMPERED:
        blocks[:, :, PER_CAUSE.index(name)] *= believed
    quiet[:] = 1.0 - (1.0 - quiet) * np.maximum(believed * seen, absent)
    for name in _IS_TIMED:
        blocks[:, :, PER_CAUSE.index(name)] *= in_time
    strength = blocks[:, :, PER_CAUSE.index("strength")]
    best = strength.max(axis=1, keepdims=True)
    outdone = np.where(best > FAINT, np.clip(strength / np.maximum(best, FAINT), 0.0, 1.0), 1.0)
    for name in ("precision", "contrast"):
        blocks[:, :, PER_CAUSE.index(name)] *= reached
    for name in (*_IS_TEMPERED, "contrast"):  # of two signals that reached the same stores, both have the contrast
        blocks[:, :, PER_CAUSE.index(name)] *= outdone
    return out


def heat(values: FloatArray) -> FloatArray:
    """Return by what the temperature of each row is multiplied: the more other signals are up too, the less says one.

    A signal that is up where no other is has hardly come by chance. Where signals are up all the time, one of them fits
    any deviation. Where no signal is up, silence gains half of what a signal would: it is one witness only.

    Parameters
    ----------
    values
        (rows, features) as `feature_names()`.
    """
    blocks = values[:, : len(SIGNAL_CAUSES) * len(PER_CAUSE)].reshape(-1, len(SIGNAL_CAUSES), len(PER_CAUSE))
    cover, absent = (blocks[:, :, PER_CAUSE.index(name)] for name in ("cover", "absent"))
    known = np.maximum((1.0 - absent).sum(axis=1), 1.0)
    best = cover.max(axis=1)
    crowd = (cover.sum(axis=1) - best) / known
    return np.asarray(np.exp(CROWDED * (crowd - USUAL_CROWD * (1.0 + best) / 2.0)))


def chance_fits(values: FloatArray) -> FloatArray:
    """Return (rows, signal causes) 0 to 1: how weakly each cause's signal fits, as one does that is up by chance.

    Parameters
    ----------
    values
        (rows, features) as `feature_names()`.
    """
    blocks = values[:, : len(SIGNAL_CAUSES) * len(PER_CAUSE)].reshape(-1, len(SIGNAL_CAUSES), len(PER_CAUSE))
    return 1.0 - smooth_step(blocks[:, :, PER_CAUSE.index("strength")], *CHANCE_FITS)


def rivals(values: FloatArray, course: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (rows, pairs) how far both signals of each pair of `BROUGHT_BY` were up together, and which fits better.

    The first is 0 to 1, less where few of the event's stores saw one of them. The second is by how much (log odds) the
    course of the signal that both bring is more like that of the sales.

    Parameters
    ----------
    values
        (rows, features) as `feature_names()`.
    course
        (rows, signal causes) as in `CauseFeatures`.
    """
    blocks = values[:, : len(SIGNAL_CAUSES) * len(PER_CAUSE)].reshape(-1, len(SIGNAL_CAUSES), len(PER_CAUSE))
    effect, cause = ([SIGNAL_CAUSES.index(c) for c in side] for side in (BROUGHT_BY.keys(), BROUGHT_BY.values()))
    cover, reach = (blocks[:, :, PER_CAUSE.index(name)] for name in ("cover", "reach"))
    together = np.minimum(cover[:, effect], cover[:, cause]) * np.minimum(reach[:, effect], reach[:, cause])
    return np.clip(together / REACHED, 0.0, 1.0), course[:, effect] - course[:, cause]


def allowed_causes(feeds: frozenset[str]) -> NDArray[np.bool_]:
    """Return which causes can be proposed at all when only `feeds` are there.

    A price move alone proves nothing: without any context it cannot be told from a promotion or a fault of the feed.
    """
    any_context = bool(feeds & frozenset(CONTEXT_FEEDS))
    return np.array([c in FREE_CAUSES or (FEED_OF_CAUSE.get(c) in feeds and any_context) for c in CAUSES])


def possible_causes(up: FloatArray) -> NDArray[np.bool_]:
    """Return (reports, causes) whether a cause can move sales as they moved: `up` is 1 where they rose, 0 where not."""
    sign = np.where(up > 0, 1, -1)
    return np.column_stack([sign == _SIGN[c] if c in _SIGN else np.ones(len(sign), dtype=bool) for c in CAUSES])


def cause_features(
    found: Episodes,
    fit: Fit,
    reports: Reports,
    event: IntArray,
    signals: Sequence[Signal],
    panel: ResidualPanel,
    places: Places,
    sampling_weight: FloatArray,
    feeds: frozenset[str],
    observed: FloatArray,
    faulty: NDArray[np.bool_],
) -> CauseFeatures:
    """Assemble the features of every report.

    Parameters
    ----------
    event
        Per report, its row in `found` and `fit`.
    sampling_weight
        (stores,) for how many stores each one stands.
    feeds
        The landing feeds that were there at the tick.
    observed
        (stores, days) observed sales, aligned with the panel's window of the tick.
    faulty
        Per report, whether detection itself saw a fault of the feed (zeros while open, rows that stay away).
    """
    allowed = np.tile(allowed_causes(feeds), (len(reports), 1))
    blocks, chosen = [], []
    for cause in SIGNAL_CAUSES:
        columns = np.array([k for k, s in enumerate(signals) if s.spec.cause == cause], dtype=np.int64)
        known = bool(allowed[:, CAUSES.index(cause)].any()) if len(reports) else False
        block, best = _of_cause(cause, columns if known else columns[:0], found, fit, reports, event, signals, known)
        blocks.append(block)
        chosen.append(best)
    falls = Falls.of(reports, found, panel, places, sampling_weight)
    look = look_features(found, reports, event, panel, places, sampling_weight, observed, faulty, falls)
    values, signal = np.hstack([*blocks, look]), np.column_stack(chosen)
    said = np.pad(DOSE_SAYS * fit.dosed - LATE_SAYS * fit.late, ((0, 0), (0, 1)))  # the last: no signal
    return CauseFeatures(feature_names(), values, allowed, signal, event, falls.beside, said[event[:, None], signal])


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
        block[:, PER_CAUSE.index("quiet" if known else "absent")] = 1.0
        return block, np.full(n, -1, dtype=np.int64)
    clear = np.clip(fit.precision, 0.1, 1.0)
    cover = np.maximum(fit.cover, 0.9 * fit.steady)
    strength = cover * (0.3 + 0.7 * fit.onset) * (0.5 + 0.5 * np.clip(fit.course, 0, 1)) * clear
    best = columns[np.argmax(strength[:, columns], axis=1)]
    rows = np.arange(len(best))
    take = {name: getattr(fit, name)[rows, best][event] for name in Fit.__dataclass_fields__ if name != "own"}
    match = _sign_match(cause, found.sign[event], take["way"])
    take["cover"] = np.maximum(take["cover"], 0.9 * take["steady"])
    seen = (take["cover"] > 0.02).astype(float)
    others = take["others"]
    block = np.column_stack(
        [
            strength[rows, best][event] * match,
            take["cover"] * take["onset"] * match,
            take["cover"] * np.clip(take["precision"], 0, 1) * np.clip(take["contrast"], 0, 1) * match,
            take["cover"] * match,
            take["steady"] * match,
            fit.own[np.arange(n), best[event]] * match,
            take["onset"] * seen * match,
            take["overlap"] * match,
            np.clip(take["course"], 0, 1) * seen * match,
            np.clip(take["precision"], 0, 1) * seen * match,
            np.clip(take["contrast"], 0, 1) * seen * match,
            np.where(np.isfinite(others), np.clip(0.5 - np.nan_to_num(others), -0.5, 0.5), 0.0) * seen,
            _ignored(others) * take["untouched_share"] * take["cover"],
            take["reach"] * match,
            np.maximum(take["before"], take["after"]) * seen,
            np.clip(4 * take["idle"], 0, 1) * seen,
            np.clip(take["past_effect"] * found.sign[event] / 0.3, -1, 1) * seen,
            np.clip(np.log1p(take["rarity"]) / 3, 0, 1) * seen * match,
            np.clip(take["dose"] / (3 * signals[int(columns[0])].spec.matters[1]), 0, 1) * match,
            np.clip(take["shift"] / 8, 0, 1) * match,
            1.0 - smooth_step(np.maximum(take["cover"], fit.own[np.arange(n), best[event]]) * match, 0.05, 0.3),
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
