"""How often each cause usually brings a deviation that looks like a report's: all that is known of unseen causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mrs.arrays import FloatArray
from mrs.attribution.features import CauseFeatures
from mrs.attribution.probabilities import pooled_odds
from mrs.attribution.signal_specs import CAUSES

USUAL_LOOK = ("up", "stores", "alone", "breadth", "days", "one_day")
"""Columns of `LOOK` by which it is told: direction, how many stores in how much of the chain, for how long."""
NOTHING_USUAL: Mapping[str, Sequence[float]] = {}
"""The coefficients of a version that has none: all causes are as usual as each other."""


def looks(features: CauseFeatures) -> FloatArray:
    """Return (reports, 1 + looks) ones, and the columns of `USUAL_LOOK` as means over each report's event."""
    columns = [features.values[:, features.names.index(f"look.{name}")] for name in USUAL_LOOK]
    return np.column_stack((np.ones(len(features.values)), pooled_odds(np.column_stack(columns), features.event, 1.0)))


def usual(features: CauseFeatures, learned: Mapping[str, Sequence[float]]) -> FloatArray:
    """Return (reports, causes) how often each cause brings what looks like the report, 1 for `unknown`.

    Parameters
    ----------
    learned
        By cause, the coefficients of `looks`: the odds against `unknown` are exp of their sum.
    """
    coefficients = np.array([learned.get(cause, np.zeros(1 + len(USUAL_LOOK))) for cause in CAUSES])
    return np.asarray(np.exp(looks(features) @ coefficients.T))
