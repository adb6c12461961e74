"""Learning of what causes without their feed have: of what nothing seen explains, and of causes that look like them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.attribution.evidence_model import EvidenceCauseModel
from mrs.attribution.features import (
    PER_CAUSE,
    CauseFeatures,
    allowed_causes,
    chance_fits,
    feature_names,
    possible_causes,
)
from mrs.attribution.params import EVENTS_AGAINST, LEAST_CHANCE, USUAL_PRIOR
from mrs.attribution.probabilities import NOTHING_SHARED, pooled_odds, softmax, with_unseen
from mrs.attribution.signal_specs import (
    BROUGHT_BY,
    CAUSES,
    CONTEXT_FEEDS,
    FEED_OF_CAUSE,
    MISTAKEN_FOR,
    SIGNAL_CAUSES,
)
from mrs.attribution.training import LabelledReports
from mrs.attribution.usual import NOTHING_USUAL, looks
from mrs.contracts import Cause

_FEEDS = frozenset(FEED_OF_CAUSE.values())
_SETS = 8
_SET_SHARE = 0.4
_UNKNOWN = CAUSES.index(Cause.UNKNOWN)
_SIGNAL = [CAUSES.index(c) for c in SIGNAL_CAUSES]


def learned_shares(data: LabelledReports, trained: dict[str, Any]) -> dict[str, float]:
    """Return the shares of `with_unseen` that make the labels most likely under a trained version.

    Each event counts once, however many reports it has. Such events are few, so the shares have a prior: as if more had
    been seen in which the signal was its own cause's (Beta(1, 1 + events)): `EVENTS_AGAINST` where the worlds bring the
    two together by design, and one where they only happen to come together.

    Parameters
    ----------
    data
        Labelled reports of worlds with all feeds; the last word on each is used.
    trained
        The artifact.
    """
    data = data.take(data.is_final)
    return {str(effect): _share(data, trained, effect, cause) for effect, cause in MISTAKEN_FOR.items()}


def _share(data: LabelledReports, trained: dict[str, Any], effect: Cause, cause: Cause) -> float:
    features = _features(data, _FEEDS - {FEED_OF_CAUSE[cause]})
    plain = {**trained, "shares": NOTHING_SHARED, "usual": NOTHING_USUAL}
    told = EvidenceCauseModel(parameters=plain).propose(features).confidence
    possible, n = _possible(features), len(data.values)
    weak = pooled_odds(chance_fits(np.round(features.values, 9)), features.event, 1.0)
    against = EVENTS_AGAINST if effect in BROUGHT_BY or cause in BROUGHT_BY else 1.0

    def loss(share: float) -> float:
        shares = {**NOTHING_SHARED, effect: share}
        chance = with_unseen(told, features.allowed, possible, shares, weak)[np.arange(n), data.cause]
        by_event = data.weight**2 * np.log(np.maximum(chance, LEAST_CHANCE))  # weight: 1 / sqrt(event's size)
        return float(-by_event.sum() - against * np.log1p(-share))

    return round(float(minimize_scalar(loss, bounds=(0.0, 0.49), method="bounded").x), 3)


@dataclass(frozen=True)
class _Unexplained:
    """Reports that somebody looked at without some feeds, and that no seen cause explains.

    Parameters
    ----------
    look
        (rows, features + 1) as `looks` returns it.
    among
        (rows, causes) True for `unknown` and the causes that cannot be seen.
    whole
        What these have together.
    cause, weight
        The label, and how much it counts.
    """

    look: FloatArray
    among: BoolArray
    whole: FloatArray
    cause: IntArray
    weight: FloatArray


def learned_usual(data: LabelledReports, unplanned: LabelledReports, trained: dict[str, Any]) -> dict[str, list[float]]:
    """Return by cause the coefficients of `mrs.attribution.usual` that make the labels most likely.

    A multinomial logit of the causes that cannot be seen, against `unknown`, by the look of the deviation. Reports are
    looked at without each feed, without any context, and without feeds drawn at random; they weigh as they do when the
    weights are trained, and a Gaussian prior (`USUAL_PRIOR`) draws all causes towards even shares.

    Parameters
    ----------
    data
        Labelled reports of worlds with all feeds; the last word on each is used.
    unplanned
        Those of worlds without a calendar of promotions, which detection there knew nothing of either: what it knows it
        expects, and hardly reports.
    trained
        The artifact.
    """
    rng = np.random.default_rng(0)
    drawn = [frozenset(f for f in sorted(_FEEDS) if rng.random() < _SET_SHARE) for _ in range(_SETS)]
    absent = [*(frozenset({f}) for f in sorted(_FEEDS)), frozenset(CONTEXT_FEEDS), *(s for s in drawn if s)]
    final = {True: unplanned.take(unplanned.is_final), False: data.take(data.is_final)}
    model = EvidenceCauseModel(parameters={**trained, "shares": NOTHING_SHARED, "usual": NOTHING_USUAL})
    parts = [_unexplained(final["promotions" in feeds], feeds, model) for feeds in absent]
    found = _fit_usual(parts, 1.0 / len(absent))
    return {str(cause): np.round(row, 3).tolist() for cause, row in zip(SIGNAL_CAUSES, found.T, strict=True)}


def _unexplained(data: LabelledReports, absent: frozenset[str], model: EvidenceCauseModel) -> _Unexplained:
    features = _features(data, _FEEDS - absent)
    told = model.propose(features).confidence
    among = ~features.allowed & _possible(features)
    among[:, _UNKNOWN] = True
    inside = among[np.arange(len(told)), data.cause]
    whole = np.where(among, told, 0.0).sum(axis=1)
    look = looks(features)
    return _Unexplained(look[inside], among[inside], whole[inside], data.cause[inside], data.weight[inside])


def _fit_usual(parts: Sequence[_Unexplained], count: float) -> FloatArray:
    """Return (features + 1, signal causes) coefficients; each report counts by `count` times its weight."""
    look, whole, weight = (np.concatenate([getattr(p, n) for p in parts]) for n in ("look", "whole", "weight"))
    among, cause = (np.concatenate([getattr(p, n) for p in parts]) for n in ("among", "cause"))
    rows, weight, shape = np.arange(len(cause)), count * weight, (look.shape[1], len(SIGNAL_CAUSES))

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        odds = np.zeros(among.shape)
        odds[:, _SIGNAL] = look @ flat.reshape(shape)
        share = softmax(np.where(among, odds, -np.inf))
        chance = whole * share[rows, cause]
        error = share * np.where(chance > LEAST_CHANCE, weight, 0.0)[:, None]
        error[rows, cause] -= np.where(chance > LEAST_CHANCE, weight, 0.0)
        likelihood = (weight * np.log(np.maximum(chance, LEAST_CHANCE))).sum()
        gradient = (look.T @ error[:, _SIGNAL]).ravel() + USUAL_PRIOR * flat
        return float(0.5 * USUAL_PRIOR * (flat**2).sum() - likelihood), gradient

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 400})
    return np.asarray(found.x.reshape(shape))


def _features(data: LabelledReports, feeds: frozenset[str]) -> CauseFeatures:
    """Return the features of reports as they are where only `feeds` are there."""
    allowed = allowed_causes(feeds)
    values = without_feeds(data.values, np.array([not allowed[CAUSES.index(c)] for c in SIGNAL_CAUSES]))
    event, n = np.unique(data.event, return_inverse=True)[1], len(values)
    none, silent = np.full((n, len(SIGNAL_CAUSES)), -1, dtype=np.int64), np.zeros((n, len(SIGNAL_CAUSES)))
    return CauseFeatures(feature_names(), values, np.tile(allowed, (n, 1)), none, event, np.zeros(n), silent)


def _possible(features: CauseFeatures) -> BoolArray:
    return possible_causes(features.values[:, feature_names().index("look.up")])


def without_feeds(values: FloatArray, absent: NDArray[np.bool_]) -> FloatArray:
    """Return the features as they would be without the feeds of some causes (a mask over `SIGNAL_CAUSES`)."""
    out = values.copy()
    for k in np.flatnonzero(absent):
        block = slice(k * len(PER_CAUSE), (k + 1) * len(PER_CAUSE))
        out[:, block] = 0.0
        out[:, k * len(PER_CAUSE) + PER_CAUSE.index("absent")] = 1.0
    return out
