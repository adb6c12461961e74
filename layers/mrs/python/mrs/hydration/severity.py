"""Severity: how much a report or event matters, from how sure it is and how much money moved."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def severity(anomaly_score: Floats, store_days: Floats, half_at: float) -> Floats:
    """Return `anomaly_score × s / (s + half_at)`, with `s` the store-days of normal sales that are at stake.

    A store-day is what one store is expected to sell on one day of the episode, so that a small shop's ruin and a large
    one's bad day compare, and an event grows with the number of its stores. The curve is smooth, rises without a jump
    and reaches 0.9 of the score at nine times `half_at`.

    Parameters
    ----------
    anomaly_score
        Probability, 0 to 1, shape (n,); NaN counts as 0.
    store_days
        Sum over the reports of |sales_delta| / expected sales a day, shape (n,); NaN counts as 0.
    half_at
        The store-days at which half of the score is reached.
    """
    stake = np.nan_to_num(store_days, nan=0.0)
    return np.clip(np.nan_to_num(anomaly_score, nan=0.0), 0.0, 1.0) * stake / (stake + half_at)


def days_at_stake(sales_delta: Floats, expected_sales: Floats, n_days: Floats) -> Floats:
    """Return |sales_delta| in days of the store's expected sales, shape (n,).

    Where nothing was expected, as on days of habitual closing, each day on which something was sold counts as one.
    """
    daily, out = expected_sales / n_days, np.where(np.nan_to_num(sales_delta) != 0, n_days, 0.0).astype(np.float64)
    return np.divide(np.abs(sales_delta), daily, out=out, where=daily > 0)
