"""The example of docs/extending.md: a baseline of one's own, named in the settings by dotted path."""

from __future__ import annotations

import numpy as np
from mrs.detection.baseline.inputs import BaselineInputs, Expectation


class LastWeek:
    name, version = "last_week", "1"

    def expect(self, inputs: BaselineInputs) -> Expectation:
        panel = inputs.panel
        sales = np.where(panel.trading & ~inputs.flagged, panel.sales, np.nan)
        before = np.full((len(sales), 7), np.nan)
        log_expected = np.log(np.concatenate([before, sales[:, :-7]], axis=1))
        known = np.cumsum(panel.trading, axis=1).astype(float)
        return Expectation(log_expected, np.full_like(known, 0.2), np.zeros(sales.shape, dtype=bool), known)
