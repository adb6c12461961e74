"""The default CauseModel: a multinomial logistic model whose every coefficient can be read, kept as a JSON artifact."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

from mrs.arrays import FloatArray
from mrs.attribution import falls, params, shape_features, signal_specs
from mrs.attribution.features import CauseFeatures, chance_fits, feature_names, heat, possible_causes, rivals, tempered
from mrs.attribution.probabilities import (
    NOTHING_SHARED,
    Proposals,
    between_rivals,
    pooled_odds,
    softmax,
    with_unseen,
    within_reason,
    within_sight,
)
from mrs.attribution.shape_features import LOOK, marked
from mrs.attribution.signal_specs import CAUSES, SIGNAL_CAUSES
from mrs.attribution.usual import NOTHING_USUAL, usual
from mrs.attribution.versions import ARTIFACTS, is_in_layer
from mrs.errors import BadInputError


@lru_cache(maxsize=8)
def artifact(version: str) -> dict[str, Any]:
    """Return the parameters of a version as they were trained.

    Raises
    ------
    BadInputError
        If there is no such version, or it does not fit this release's features.
    """
    if not is_in_layer(version):
        raise BadInputError(f"there is no cause model version {version!r}, neither in the layer nor among the trained")
    return parsed(files(ARTIFACTS).joinpath(f"{version}.json").read_text(encoding="utf-8"), version)


def parsed(text: str, version: str) -> dict[str, Any]:
    """Return the parameters that an artifact's text holds.

    Raises
    ------
    BadInputError
        If they do not fit this release's features.
    """
    found: dict[str, Any] = json.loads(text)
    if tuple(found["features"]) != feature_names() or tuple(found["causes"]) != CAUSES:
        raise BadInputError(f"cause model version {version!r} was trained for other features than this release has")
    return found


def rules() -> dict[str, str]:
    """Return what a version's answer depends on beside its artifact: the constants of the rules, by name."""
    modules = (params, signal_specs, shape_features, falls)
    return {name: repr(value) for module in modules for name, value in vars(module).items() if name.isupper()}


def canonical_json(parameters: dict[str, Any]) -> str:
    """Return the text in which an artifact is kept and hashed."""
    return json.dumps(parameters, sort_keys=True, indent=1) + "\n"


class EvidenceCauseModel:
    """Weighs the features of each report against each other.

    Parameters
    ----------
    version
        Name of the artifact in the layer.
    parameters
        The artifact itself, for one that is not in the layer (a training, a test).
    """

    name = "evidence"

    def __init__(self, version: str = "default", parameters: dict[str, Any] | None = None) -> None:
        trained = artifact(version) if parameters is None else parameters
        self._coefficients = np.array(trained["coefficients"], dtype=np.float64)
        self._intercept = np.array(trained["intercept"], dtype=np.float64)
        self._typical = np.array(trained["typical"], dtype=np.float64)
        self._pooling = float(trained["pooling"])
        self._temperature = float(trained["temperature"])
        self._shares = trained.get("shares", NOTHING_SHARED)
        self._usual = trained.get("usual", NOTHING_USUAL)
        digest = hashlib.sha256(canonical_json({**trained, "rules": rules()}).encode()).hexdigest()
        self.version = f"{trained['version']}-{digest[:12]}"

    def propose(self, features: CauseFeatures) -> Proposals:
        """Return the probabilities of the causes for each report, and what they rest on."""
        rounded = np.round(features.values, 9)
        values = tempered(rounded)
        odds = pooled_odds(values @ self._coefficients.T + self._intercept, features.event, self._pooling)
        temperature = self._temperature * pooled_odds(heat(rounded)[:, None], features.event, 1.0)
        look = {name: features.values[:, features.names.index(f"look.{name}")] for name in LOOK}
        possible, alone = possible_causes(look["up"]), np.exp(-4.0 * look["stores"]) * (1.0 - features.fell_beside)
        together, better = (pooled_odds(x, features.event, 1.0) for x in rivals(rounded, np.round(features.course, 9)))
        confidence = between_rivals(softmax(odds / temperature), together, better)
        confidence = within_reason(confidence, possible, marked(look), alone)
        told = within_sight(confidence, features.allowed, possible, usual(features, self._usual))
        weak = pooled_odds(chance_fits(rounded), features.event, 1.0)
        shared = with_unseen(told, features.allowed, possible, self._shares, weak)
        return Proposals(shared, self._weights(values, temperature))

    def _weights(self, values: FloatArray, temperature: FloatArray) -> FloatArray:
        """Add up, per cause, what the features of each signal's cause contribute beyond those of a typical report."""
        block = np.array([_block_of(name) for name in feature_names()])
        centred = self._coefficients - self._coefficients.mean(axis=0)
        distance = values - self._typical
        out = np.empty((len(values), len(CAUSES), len(SIGNAL_CAUSES) + 1))
        for k in range(len(SIGNAL_CAUSES) + 1):
            mine = block == k
            out[:, :, k] = distance[:, mine] @ centred[:, mine].T / temperature
        return out


def _block_of(feature: str) -> int:
    cause = feature.partition(".")[0]
    return next((k for k, c in enumerate(SIGNAL_CAUSES) if c == cause), len(SIGNAL_CAUSES))
