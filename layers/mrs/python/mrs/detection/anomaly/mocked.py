"""The overview's mocked AnomalyClassifier: a robust z-score, put through a logistic curve."""

from __future__ import annotations

import numpy as np

from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement
from mrs.detection.params import MOCKED_HALFWAY_Z, MOCKED_STEEPNESS


class MockedClassifier:
    """Judge each day by its own deviation alone: four sigmas are as likely as not an anomaly."""

    name = "mocked"
    version = "1"

    def judge(self, inputs: AnomalyInputs) -> Judgement:
        """Return how probably each day is anomalous, to each side; see the protocol."""
        z = (inputs.deviation / inputs.sigma)[inputs.rows][:, inputs.first :]
        up = 1.0 / (1.0 + np.exp(-MOCKED_STEEPNESS * (np.clip(z, -30, 30) - MOCKED_HALFWAY_Z)))
        down = 1.0 / (1.0 + np.exp(-MOCKED_STEEPNESS * (np.clip(-z, -30, 30) - MOCKED_HALFWAY_Z)))
        nothing = np.zeros(inputs.deviation.shape[1])
        return Judgement(np.round(up, 6), np.round(down, 6), np.nan_to_num(z), nothing, {"z": z})
