"""Logged decisions for a contextual bandit: which channel was pushed where, in which context, and what it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from mrs.client.model_data import ModelData, Names

PUSHED = 1.3
"""A channel was pushed when its spend exceeds its usual spend, the median of the geo's periods, by this factor."""
NOTHING = "none"


def bandit_data(frame: pd.DataFrame, names: Names, holidays: pd.DataFrame, notes: tuple[str, ...]) -> ModelData:
    """Return one row a decision.

    `decision` is the channel that was pushed, `none` where none was. Where several were pushed at once, each has a row
    and its share of the reward, by extra spend. `reward` is the relative uplift over what was expected, from adjusted
    sales, `reward_raw` from raw ones; `reward_sd` is what the interval says of it, and `weight` says how far to learn
    from the row. Contexts are scaled to mean 0 and standard deviation 1 over the file.
    """
    import pandas as pd

    from mrs.client.model_data import ModelData

    usual = frame.groupby("geo")[names.spends].transform("median")
    extra = (frame[names.spends] - usual).where(frame[names.spends] > PUSHED * usual, 0.0).clip(lower=0.0)
    extra.columns = list(names.channels)
    total = extra.sum(axis=1)
    context, columns = _contexts(frame, names)
    scale = frame["expected_sales"].where(frame["expected_sales"] > 0)
    told = pd.DataFrame(
        {
            "date": frame["date"],
            "geo": frame["geo"],
            "uplift": (frame["adjusted_sales"] - frame["expected_sales"]) / scale,
            "uplift_raw": (frame["observed_sales"] - frame["expected_sales"]) / scale,
            "uplift_sd": frame["adjusted_sd"] / scale,
            "weight": frame["weight"],
            **context,
        }
    )
    parts = [told[total == 0].assign(decision=NOTHING, share=1.0, extra_spend=0.0)]
    for channel in names.channels:
        on = extra[channel] > 0
        part = told[on].assign(decision=channel, share=(extra[channel] / total)[on], extra_spend=extra[channel][on])
        parts.append(part)
    rows = pd.concat(parts).dropna(subset=["uplift"]).sort_values(["date", "geo", "decision"])
    for new, old in (("reward", "uplift"), ("reward_raw", "uplift_raw"), ("reward_sd", "uplift_sd")):
        rows[new] = rows[old] * rows["share"]
    rows = rows.drop(columns=["uplift", "uplift_raw", "uplift_sd"]).reset_index(drop=True)
    arguments = {
        "arms": sorted({NOTHING, *names.channels}),
        "decisions": "decision",
        "rewards": "reward",
        "contexts": columns,
        "weights": "weight",
    }
    return ModelData("bandit", rows, arguments, holidays, "reward", "reward_raw", notes)


def _contexts(frame: pd.DataFrame, names: Names) -> tuple[dict[str, pd.Series[float]], list[str]]:
    found = {f"geo_{geo}": (frame["geo"] == geo).astype(float) for geo in sorted(frame["geo"].unique())}
    for name in names.controls:
        spread = frame[name].std()
        found[name] = (frame[name] - frame[name].mean()) / (spread if spread > 0 else 1.0)
    angle = 2 * np.pi * frame["date"].dt.day_of_year / 365.25
    found |= {"season_sin": np.sin(angle), "season_cos": np.cos(angle)}
    if frame["date"].dt.day_of_week.nunique() > 1:
        found |= {f"weekday_{d}": (frame["date"].dt.day_of_week == d).astype(float) for d in range(7)}
    return found, list(found)
