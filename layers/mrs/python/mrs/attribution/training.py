"""Training of the cause model from labelled reports; the command line adds where the reports come from.

The model is a conditional logit (McFadden 1974): the log odds of a cause grow with the fit of its own signal and with
the look of the deviation, and causes compete only through the sum of their probabilities. Evidence has a sign that no
training data can turn round.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize, minimize_scalar

from mrs.arrays import FloatArray, IntArray
from mrs.attribution.features import PER_CAUSE, feature_names, heat, tempered
from mrs.attribution.params import FOLDS, POOLING
from mrs.attribution.probabilities import pooled_odds, softmax
from mrs.attribution.shape_features import LOOK
from mrs.attribution.signal_specs import CAUSES, FREE_CAUSES, SIGNAL_CAUSES
from mrs.contracts import Cause

_AGAINST = frozenset({"others", "ignored", "lingers", "idle", "quiet"})
# a cause whose feed is absent may well be it: what it would get, `unknown` gets
_EITHER_WAY = frozenset({"past_effect", "absent"})
_LOOK_OF_SIGNALS = frozenset({"up", "stores", "alone", "breadth", "one_chain", "still_open"})


@dataclass(frozen=True)
class LabelledReports:
    """Reports whose cause is known.

    Parameters
    ----------
    values
        (rows, features) as `feature_names()`.
    cause
        Index of the cause in `CAUSES`.
    weight
        How much each row counts.
    world
        Where a row comes from; rows of one world (or of one analyst's month) are held out together.
    event
        Rows of one event and tick share a number.
    is_final
        The last word on a report: the rows on which probabilities are calibrated, each counting once.
    """

    values: FloatArray
    cause: IntArray
    weight: FloatArray
    world: IntArray
    event: IntArray
    is_final: NDArray[np.bool_]

    def digest(self) -> str:
        """Return the SHA-256 of the training data, whatever the order of its rows."""
        numbers = (self.cause, np.round(self.weight, 6), self.world, self.is_final)
        table = np.column_stack((np.round(self.values, 6), *numbers))
        ordered = table[np.lexsort(table.T[::-1])]
        return hashlib.sha256(np.ascontiguousarray(ordered, dtype="<f8").tobytes()).hexdigest()

    def sorted(self) -> LabelledReports:
        """Return the rows in an order that depends on their content only."""
        return self.take(np.lexsort((*self.values.T[::-1], self.cause, self.world)))

    def take(self, rows: IntArray | NDArray[np.bool_]) -> LabelledReports:
        """Return some of the rows, or all in another order."""
        return LabelledReports(
            self.values[rows],
            self.cause[rows],
            self.weight[rows],
            self.world[rows],
            self.event[rows],
            self.is_final[rows],
        )


def train_cause_model(
    data: LabelledReports, version: str, described: dict[str, Any], own: float = 2e-5, shared: float = 2e-6
) -> dict[str, Any]:
    """Fit a conditional logit and calibrate it on worlds that it has not seen.

    Parameters
    ----------
    data
        Labelled reports; their order does not matter.
    version
        Name of the artifact.
    described
        What the training data is, in words and numbers, for the artifact.
    own, shared
        Ridge penalties on what a cause has of its own, and on what all causes share.

    Returns
    -------
    dict
        The artifact: causes, features, coefficients, intercept, temperature, hash of the training data.
    """
    digest = data.digest()
    data = data.sorted()
    hot, data = heat(data.values), replace(data, values=tempered(data.values))
    folds = np.unique(data.world, return_inverse=True)[1] % FOLDS
    held_out = np.zeros((len(data.values), len(CAUSES)))
    for fold in range(FOLDS):
        inside = folds != fold
        if inside.all() or not inside.any():
            continue
        coefficients, intercept = _fit(data.take(inside), own, shared)
        held_out[~inside] = data.values[~inside] @ coefficients.T + intercept
    coefficients, intercept = _fit(data, own, shared)
    return {
        "version": version,
        "causes": [str(c) for c in CAUSES],
        "features": list(feature_names()),
        "coefficients": np.round(coefficients, 6).tolist(),
        "intercept": np.round(intercept, 6).tolist(),
        "typical": np.round(np.average(data.values, axis=0, weights=data.weight), 6).tolist(),
        "pooling": POOLING,
        "temperature": round(_temperature(held_out, hot, data), 6),
        "training": {**described, "sha256": digest, "rows": len(data.values)},
    }


class _Layout:
    """Where each parameter of the conditional logit sits in one flat vector."""

    def __init__(self) -> None:
        self.per_cause = len(PER_CAUSE)
        self.signals = len(SIGNAL_CAUSES)
        self.look_mask = np.array([[c in FREE_CAUSES or f in _LOOK_OF_SIGNALS for f in LOOK] for c in CAUSES])
        self.shapes = {"shared": (self.per_cause,), "own": (self.signals, self.per_cause)}
        self.shapes |= {"look": (len(CAUSES), len(LOOK)), "intercept": (len(CAUSES),)}
        self.index = np.array([CAUSES.index(c) for c in SIGNAL_CAUSES])

    def unpack(self, flat: FloatArray) -> dict[str, FloatArray]:
        out, at = {}, 0
        for name, shape in self.shapes.items():
            size = int(np.prod(shape))
            out[name] = flat[at : at + size].reshape(shape)
            at += size
        return out

    @property
    def size(self) -> int:
        return sum(int(np.prod(s)) for s in self.shapes.values())

    def bounds(self) -> list[tuple[float | None, float | None]]:
        one = [_bound(f) for f in PER_CAUSE]
        free = (None, None)
        # what a cause has of its own may weaken the shared weight, never turn it round
        look = [free if ok else (0.0, 0.0) for ok in self.look_mask.ravel()]
        return [*one, *(one * self.signals), *look, *([free] * len(CAUSES))]


def _bound(feature: str) -> tuple[float | None, float | None]:
    if feature in _EITHER_WAY:
        return (None, None)
    return (None, 0.0) if feature in _AGAINST else (0.0, None)


def _fit(data: LabelledReports, own: float, shared: float) -> tuple[FloatArray, FloatArray]:
    layout = _Layout()
    n_signal = layout.signals * layout.per_cause
    signal = data.values[:, :n_signal].reshape(-1, layout.signals, layout.per_cause)
    look = data.values[:, n_signal:]
    share = data.weight / data.weight.sum()
    penalty = {"shared": shared, "own": own, "look": own, "intercept": 0.0}

    def loss(flat: FloatArray) -> tuple[float, FloatArray]:
        part = layout.unpack(flat)
        odds = look @ part["look"].T + part["intercept"]
        odds[:, layout.index] += np.einsum("nsf,sf->ns", signal, part["own"] + part["shared"])
        chance = softmax(odds)
        likelihood = -(share * np.log(np.maximum(chance[np.arange(len(odds)), data.cause], 1e-12))).sum()
        error = chance * share[:, None]
        error[np.arange(len(odds)), data.cause] -= share
        by_signal = np.einsum("ns,nsf->sf", error[:, layout.index], signal)
        gradient = {
            "shared": by_signal.sum(axis=0),
            "own": by_signal,
            "look": error.T @ look,
            "intercept": error.sum(axis=0),
        }
        ridge = sum(penalty[k] * float((v**2).sum()) for k, v in part.items())
        flat_gradient = [(gradient[k] + 2 * penalty[k] * v).ravel() for k, v in part.items()]
        return float(likelihood + ridge), np.concatenate(flat_gradient)

    found = minimize(
        loss, np.zeros(layout.size), jac=True, method="L-BFGS-B", bounds=layout.bounds(), options={"maxiter": 400}
    )
    part = layout.unpack(found.x)
    coefficients = np.zeros((len(CAUSES), data.values.shape[1]))
    for k, row in enumerate(layout.index):
        coefficients[row, k * layout.per_cause : (k + 1) * layout.per_cause] = part["own"][k] + part["shared"]
    coefficients[:, n_signal:] = part["look"]
    return coefficients, part["intercept"] - part["intercept"][CAUSES.index(Cause.UNKNOWN)]


def _temperature(held_out: FloatArray, hot: FloatArray, data: LabelledReports) -> float:
    """Return the divisor of the log odds, times `heat`, that makes held-out probabilities of final rows most likely."""
    final = np.flatnonzero(data.is_final)
    if not len(final):
        return 1.0
    event = np.unique(data.event[final], return_inverse=True)[1]
    odds, cause = pooled_odds(held_out[final], event, POOLING), data.cause[final]
    odds = odds / pooled_odds(hot[final, None], event, 1.0)

    def loss(log_temperature: float) -> float:
        chance = softmax(odds / np.exp(log_temperature))[np.arange(len(cause)), cause]
        return float(-np.log(np.maximum(chance, 1e-9)).mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-1.0, 1.5), method="bounded").x))
