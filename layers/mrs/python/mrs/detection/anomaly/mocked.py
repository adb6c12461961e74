"""The overview's mocked AnomalyClassifier: a robust z-score, put through a logistic curve."""

from __future__ import annotations

import numpy as np

from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement

HALFWAY = 4.0
STEEPNESS = 2.0


class MockedClassifier:
    """Judge each day by its own deviation alone: four sigmas are as likely as not an anomaly."""

    name = "mocked"
    version = "1"

    def judge(self, inputs: AnomalyInputs) -> Judgement:
        """Return how probably each day is anomalous, to each side; see the protocol."""
        z = (inputs.deviation / inputs.sigma)[inputs.rows][:, inputs.first :]
        up = 1.0 / (1.0 + np.exp(-STEEPNESS * (np.clip(z, -30, 30) - HALFWAY)))
        down = 1.0 / (1.0 + np.exp(-STEEPNESS * (np.clip(-z, -30, 30) - HALFWAY)))
        nothing = np.zeros(inputs.deviation.shape[1])
        return Judgement(np.round(up, 6), np.round(down, 6), np.nan_to_num(z), nothing, {"z": z})
