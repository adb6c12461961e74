"""Peer detectors: each gets the same past, scores the same days, and is refitted only on earlier days.

A peer returns its expectation and a signed score for S stores on D test days, computed from earlier days alone. A
peer without its library is skipped with a message.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
REFIT = 56
WEEKS = 8


@dataclass(frozen=True)
class PeerInput:
    """S×T sales, the position of the first test day, the dates, and S×T whether a promotion or school holiday is on."""

    sales: Array
    test: int
    dates: pd.DatetimeIndex
    promoted: npt.NDArray[np.bool_]
    school: npt.NDArray[np.bool_]

    @property
    def log_sales(self) -> Array:
        """S×T, NaN where nothing was sold."""
        return np.log(np.where(np.nan_to_num(self.sales) > 0, self.sales, np.nan))


@dataclass(frozen=True)
class PeerOutput:
    """S×D expected log sales and signed score."""

    expected: Array
    score: Array


Peer = Callable[[PeerInput], PeerOutput]


def _scored(given: PeerInput, expected: Array) -> PeerOutput:
    """Return the score of an expectation: its log error over the store's running spread of such errors."""
    off = given.log_sales[:, given.test :] - expected
    total, weight = np.full(len(off), 10 * 0.12), np.full(len(off), 10.0)
    score = np.full(off.shape, np.nan)
    for day in range(off.shape[1]):
        sigma = 1.2533 * total / weight
        score[:, day] = off[:, day] / sigma
        has = ~np.isnan(off[:, day])
        total[has] += np.minimum(np.abs(off[has, day]), 3 * sigma[has])
        weight[has] += 1
    return PeerOutput(expected, score)


def rolling_same_weekday(given: PeerInput) -> PeerOutput:
    """Median and spread of the last eight same weekdays."""
    y, days = given.log_sales, given.sales.shape[1]
    past = np.stack([y[:, given.test - 7 * k : days - 7 * k] for k in range(1, WEEKS + 1)])
    centre = np.nanmedian(past, axis=0)
    spread = 1.4826 * np.nanmedian(np.abs(past - centre), axis=0)
    return PeerOutput(centre, (y[:, given.test :] - centre) / np.maximum(spread, 0.05))


def stl(given: PeerInput) -> PeerOutput:
    """Statsmodels' robust STL with a weekly period, carried forward from each refit."""
    from statsmodels.tsa.seasonal import STL

    y = given.log_sales
    expected = np.full((len(y), y.shape[1] - given.test), np.nan)
    for start in range(given.test, y.shape[1], REFIT):
        end = min(start + REFIT, y.shape[1])
        for store in range(len(y)):
            past = pd.Series(y[store, max(0, start - 364) : start]).interpolate(limit_direction="both")
            fit = STL(past.to_numpy(), period=7, robust=True).fit()
            week = fit.seasonal[-7:]
            ahead = np.arange(end - start)
            expected[store, start - given.test : end - given.test] = fit.trend[-14:].mean() + week[ahead % 7]
    return _scored(given, expected)


def mstl(given: PeerInput) -> PeerOutput:
    """Statsforecast's MSTL with weekly and yearly seasons, forecast from each refit."""
    from statsforecast import StatsForecast
    from statsforecast.models import MSTL

    y = given.log_sales
    expected = np.full((len(y), y.shape[1] - given.test), np.nan)
    for start in range(given.test, y.shape[1], REFIT):
        end = min(start + REFIT, y.shape[1])
        filled = pd.DataFrame(y[:, :start].T).interpolate(limit_direction="both").to_numpy().T
        frame = pd.DataFrame(
            {
                "unique_id": np.repeat(np.arange(len(y)), start),
                "ds": np.tile(given.dates[:start], len(y)),
                "y": filled.ravel(),
            }
        )
        ahead = StatsForecast([MSTL(season_length=[7, 365])], freq="D", n_jobs=1).forecast(df=frame, h=end - start)
        expected[:, start - given.test : end - given.test] = ahead["MSTL"].to_numpy().reshape(len(y), -1)
    return _scored(given, expected)


def _table(given: PeerInput) -> tuple[pd.DataFrame, Array]:
    """Return lagged features of every store-day, and the store's level that the model's target is relative to."""
    y, (stores, days) = given.log_sales, given.sales.shape
    padded = np.concatenate([np.full((stores, 28), np.nan), y], axis=1)
    lag = {k: padded[:, 28 - k : 28 - k + days] for k in (1, 2, 7, 14, 21, 28)}
    level = pd.DataFrame(y.T).shift(1).rolling(56, min_periods=14).mean().to_numpy().T
    calendar = {
        "weekday": given.dates.dayofweek,
        "day": given.dates.day,
        "of_year": given.dates.dayofyear,
    }
    columns: dict[str, Any] = {f"lag_{k}": (v - level).ravel() for k, v in lag.items()}
    columns |= {k: np.broadcast_to(np.asarray(v), (stores, days)).ravel() for k, v in calendar.items()}
    columns |= {"promoted": given.promoted.ravel(), "school": given.school.ravel()}
    columns["store"] = np.repeat(np.arange(stores), days)
    tomorrow = np.concatenate([given.promoted[:, 1:], given.promoted[:, -1:]], axis=1)
    columns["promoted_next"] = tomorrow.ravel()
    return pd.DataFrame(columns), level


def lightgbm_residual(given: PeerInput) -> PeerOutput:
    """One global LightGBM on lags, calendar and promotions, refitted; the residual is the score."""
    import lightgbm

    table, level = _table(given)
    y, (stores, days) = given.log_sales, given.sales.shape
    target = (y - level).ravel()
    day = np.tile(np.arange(days), stores)
    out = np.full(stores * days, np.nan)
    for start in range(given.test, days, REFIT):
        train = (day < start) & ~np.isnan(target)
        model = lightgbm.LGBMRegressor(
            n_estimators=400, num_leaves=63, learning_rate=0.05, n_jobs=1, verbose=-1, random_state=0
        ).fit(table[train], target[train])
        ahead = (day >= start) & (day < start + REFIT)
        out[ahead] = model.predict(table[ahead])
    expected = (out.reshape(stores, days) + level)[:, given.test :]
    return _scored(given, expected)


def pyod_ecod(given: PeerInput) -> PeerOutput:
    """PyOD's ECOD on a store-day's deviations from its own lags; the sign is that of the weekday deviation."""
    from pyod.models.ecod import ECOD

    simple = rolling_same_weekday(PeerInput(given.sales, 56, given.dates, given.promoted, given.school))
    off = given.log_sales[:, 56:] - simple.expected
    before = np.concatenate([np.full((len(off), 1), np.nan), off[:, :-1]], axis=1)
    flat = np.nan_to_num(np.stack([simple.score, off, before], axis=-1)).reshape(-1, 3)
    day = np.tile(np.arange(off.shape[1]) + 56, len(off))
    score = np.full(len(flat), np.nan)
    for start in range(given.test, given.sales.shape[1], REFIT):
        model = ECOD().fit(flat[(day < start) & (day >= start - 364)])
        ahead = (day >= start) & (day < start + REFIT)
        score[ahead] = model.decision_function(flat[ahead])
    grid = score.reshape(off.shape)[:, given.test - 56 :]
    signed = grid * np.sign(off[:, given.test - 56 :])
    return PeerOutput(simple.expected[:, given.test - 56 :], signed)


PEERS: dict[str, tuple[Peer, int]] = {
    "rolling same-weekday z": (rolling_same_weekday, 10_000),
    "PyOD ECOD": (pyod_ecod, 10_000),
    "STL (statsmodels)": (stl, 200),
    "MSTL (statsforecast)": (mstl, 60),
    "LightGBM residual": (lightgbm_residual, 300),
}
"""For each name: the peer, and the largest number of stores to run it on (fewer for slow ones)."""
