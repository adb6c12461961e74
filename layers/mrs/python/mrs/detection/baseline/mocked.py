"""The overview's mocked BaselineModel: the median of the last same weekdays."""

from __future__ import annotations

import numpy as np

from mrs.arrays import MAD_TO_SIGMA
from mrs.detection.baseline.holidays import habitually_closed
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
from mrs.detection.baseline.weekdays import middle_of, same_weekdays
from mrs.detection.params import MOCKED_SIGMA, MOCKED_WEEKS


class MockedBaseline:
    """Expect the median of the last eight same weekdays, with their spread."""

    name = "mocked"
    version = "1"

    def expect(self, inputs: BaselineInputs) -> Expectation:
        """Return what the stores were expected to sell; see the protocol."""
        panel = inputs.panel
        usable = panel.trading & ~panel.late & ~inputs.flagged
        before = inputs.anchor - panel.first_day
        values = np.where(usable, panel.log_sales, np.nan)
        past, count = same_weekdays(values, MOCKED_WEEKS)
        centre = middle_of(past, count)
        spread = MAD_TO_SIGMA * middle_of(np.abs(past - centre[None]), count)
        return Expectation(
            log_expected=centre,
            sigma=np.where(count >= 3, np.maximum(spread, 0.05), MOCKED_SIGMA),
            is_closed=habitually_closed(panel),
            days_known=np.repeat(usable[:, :before].sum(axis=1)[:, None], values.shape[1], axis=1).astype(np.float64),
        )
