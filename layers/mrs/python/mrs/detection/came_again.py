"""A day of the whole chain that came before: on the day itself the chain shows whether it came again.

Before the second time nobody can tell whether a day that stood out comes again: in real chains most do not, so the
expectation says little of it (`baseline/pay_days.py`, `baseline/repeats.py`). Once the whole chain has moved to the
same side by about as much as on the last day of the same name, that is no event any more. It is judged as if it had
been expected, up to the earlier size.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mrs.detection.anomaly.evidence import common_spread
from mrs.detection.baseline.params import STANDS_OUT_SPREADS
from mrs.detection.baseline.repeats import quartiles, shared_by_all, stands_out
from mrs.detection.params import CAME_AGAIN_RATIO
from mrs.detection.predictions import PredictionPanel


def with_what_came_again(panel: PredictionPanel, first: int) -> PredictionPanel:
    """Return the panel with more or less expected of days of the whole chain that came again.

    Parameters
    ----------
    panel
        The baseline log; what is said of a day rests on days up to it alone.
    first
        The first day that is judged; those before tell how far apart stores usually are.
    """
    low, common, high = quartiles(panel.deviation[panel.settled])
    apart = (high - low)[:first]
    if np.isnan(apart).all():
        return panel
    size = np.nan_to_num(stands_out(shared_by_all(low, common, high, 0.5 * float(np.nanmedian(apart)))))
    before = np.where(np.isnan(panel.as_before), np.inf, panel.as_before)
    alike = (size / before >= 1 / CAME_AGAIN_RATIO) & (size / before <= CAME_AGAIN_RATIO)
    alike &= np.abs(size) >= STANDS_OUT_SPREADS * common_spread(size)
    again = np.where(alike, np.sign(size) * np.minimum(np.abs(size), np.abs(before)), 0.0)
    expected, z = panel.expected * np.exp(again), panel.z - again / panel.sigma
    return replace(panel, expected=expected, z=z) if again.any() else panel
