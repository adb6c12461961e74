"""The overview's mocked CauseModel: a handful of rules, no training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mrs.attribution.features import CauseFeatures, possible_causes
from mrs.attribution.probabilities import Proposals, no_weight, softmax, within_sight
from mrs.attribution.signal_specs import CAUSES, SIGNAL_CAUSES
from mrs.contracts import Cause


@dataclass(frozen=True)
class MockedCauseModel:
    """The signal that fits best is the cause; without one, zeros are a broken feed and a lone fall is a disruption."""

    version: str = "1"
    name: str = "mocked"

    def propose(self, features: CauseFeatures) -> Proposals:
        """Return the probabilities of the causes for each report."""
        column = {name: features.values[:, k] for k, name in enumerate(features.names)}
        odds = np.zeros((len(features.values), len(CAUSES)))
        weight = no_weight(len(odds))
        for k, cause in enumerate(SIGNAL_CAUSES):
            odds[:, CAUSES.index(cause)] = 6.0 * column[f"{cause}.strength"]
            weight[:, CAUSES.index(cause), k] = odds[:, CAUSES.index(cause)]
        odds[:, CAUSES.index(Cause.UNKNOWN)] = 2.0
        odds[:, CAUSES.index(Cause.DATA_QUALITY)] = 6.0 * np.maximum(column["look.zeros"], column["look.repeats"])
        fall = column["look.alone"] * (1 - column["look.up"]) * (1 - column["look.one_day"])
        odds[:, CAUSES.index(Cause.STORE_DISRUPTION)] = 3.0 * fall
        confidence = within_sight(softmax(odds), features.allowed, possible_causes(column["look.up"]))
        return Proposals(confidence, weight)
