"""The overview's mocked BaselineModel: the median of the last same weekdays."""

from __future__ import annotations

import numpy as np

from mrs.arrays import MAD_TO_SIGMA, FloatArray, IntArray
from mrs.detection.baseline.holidays import habitually_closed
from mrs.detection.baseline.inputs import BaselineInputs, Expectation
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
        values = np.where(usable, np.log(np.where(panel.trading, panel.sales, 1.0)), np.nan)
        stores, days = values.shape
        padded = np.concatenate([np.full((stores, 7 * MOCKED_WEEKS), np.nan), values], axis=1)
        past = np.stack([padded[:, 7 * k : 7 * k + days] for k in range(MOCKED_WEEKS)])
        count = np.sum(~np.isnan(past), axis=0)
        ordered = np.sort(np.where(np.isnan(past), np.inf, past), axis=0)
        centre = _middle(ordered, count)
        off = np.sort(np.where(np.isnan(past), np.inf, np.abs(past - centre[None])), axis=0)
        spread = MAD_TO_SIGMA * _middle(off, count)
        return Expectation(
            log_expected=centre,
            sigma=np.where(count >= 3, np.maximum(spread, 0.05), MOCKED_SIGMA),
            is_closed=habitually_closed(panel),
            days_known=np.repeat(usable[:, :before].sum(axis=1)[:, None], days, axis=1).astype(np.float64),
        )


def _middle(ordered: FloatArray, count: IntArray) -> FloatArray:
    low = np.take_along_axis(ordered, np.maximum((count - 1) // 2, 0)[None], axis=0)[0]
    high = np.take_along_axis(ordered, np.minimum(count // 2, len(ordered) - 1)[None], axis=0)[0]
    return np.where(count > 0, 0.5 * (low + high), np.nan)
