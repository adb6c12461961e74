"""Scores reports against planted events: recall by size, delay, and precision with natural alerts set aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

LEAST_EFFECT = float(np.log(1.1))
BANDS = (("10–25 %", 0.0, np.log(1.25)), ("25–60 %", np.log(1.25), np.log(1.6)), ("over 60 %", np.log(1.6), np.inf))
REACH = 2
MARGIN = pd.Timedelta("3D")


@dataclass(frozen=True)
class Truth:
    """Planted store-days, and the number of open store-days."""

    days: pd.DataFrame
    open_days: int

    @property
    def counted(self) -> pd.DataFrame:
        """The store-days with an effect large enough to count."""
        found = self.days[self.days["log_effect"].abs() >= LEAST_EFFECT]
        return found.assign(side=np.sign(found["log_effect"]).astype(int))


def spans(reports: pd.DataFrame) -> pd.DataFrame:
    """Return the store-days that reports cover: `report`, `store_id`, `date`, `side`."""
    first, last = (pd.to_datetime(reports[c]).to_numpy() for c in ("first_detected_at", "last_detected_at"))
    count = ((last - first) / np.timedelta64(1, "D")).astype(int) + 1
    at = np.repeat(np.arange(len(reports)), count)
    offset = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    side = np.where(reports["direction"] == "up", 1, -1)
    return pd.DataFrame(
        {
            "report": at,
            "store_id": reports["store_id"].to_numpy()[at],
            "date": pd.to_datetime(first[at]) + pd.to_timedelta(offset, unit="D"),
            "side": side[at],
        }
    )


def natural_share(clean: pd.DataFrame, truth: Truth) -> float:
    """Return the share of open store-days that reports on the clean sales cover."""
    return len(spans(clean).drop_duplicates(["store_id", "date"])) / truth.open_days if len(clean) else 0.0


def figures(reports: pd.DataFrame, clean: pd.DataFrame, truth: Truth) -> dict[str, float]:
    """Return the figures. Events of logged promotions are left out, because a baseline may rightly expect them."""
    if not len(reports):
        return {"recall": 0.0, "natural share": natural_share(clean, truth)}
    covered, wanted = spans(reports), truth.counted
    match = covered.merge(wanted, on=["store_id", "date"], suffixes=("", "_true"))
    match = match[match["side"] == match["side_true"]]
    keys = ["event", "store_id"]
    grouped = wanted.groupby(keys)
    episodes = grouped.agg(
        start=("date", "min"), cause=("cause", "first"), peak=("log_effect", lambda s: s.abs().max())
    ).reset_index()
    episodes = episodes.merge(match.groupby(keys).agg(day=("date", "min")).reset_index(), how="left", on=keys)
    episodes = episodes[episodes["cause"] != "promotion"]
    found = {"recall": episodes["day"].notna().mean()}
    for name, low, high in BANDS:
        band = (episodes["peak"] > low) & (episodes["peak"] <= high)
        found[f"recall {name}"] = episodes.loc[band, "day"].notna().mean()
    by_event = episodes.groupby("event")["day"].agg(["count", "size"])
    half = by_event["count"] >= 0.5 * by_event["size"]
    found["events"] = half.mean()
    found["events of 1 store"] = half[by_event["size"] == 1].mean()
    found["delay"] = (episodes["day"] - episodes["start"]).dt.days.mean()
    found["precision"] = _precision(covered, clean, wanted, set(match["report"]))
    found["natural share"] = natural_share(clean, truth)
    for cause, rows in episodes.groupby("cause"):
        found[f"cause {cause}"] = rows["day"].notna().mean()
    return {name: float(value) for name, value in found.items()}


def _precision(covered: pd.DataFrame, clean: pd.DataFrame, wanted: pd.DataFrame, right: set[int]) -> float:
    """Return the share of right reports, leaving out those near an event or an alert on the clean sales."""
    aside = set(covered.merge(_widened(wanted), on=["store_id", "date"])["report"])
    if len(clean):
        aside |= set(covered.merge(_widened(spans(clean)), on=["store_id", "date"])["report"])
    false = set(covered["report"]) - right - aside
    return len(right) / max(1, len(right) + len(false))


def _widened(days: pd.DataFrame) -> pd.DataFrame:
    pieces = [
        days[["store_id", "date"]].assign(date=days["date"] + pd.Timedelta(days=k)) for k in range(-REACH, REACH + 1)
    ]
    return pd.concat(pieces).drop_duplicates()


def reports_of_scores(
    score: npt.NDArray[np.float64], store_ids: Sequence[str], first: pd.Timestamp, threshold: float, gap: int = 3
) -> pd.DataFrame:
    """Return reports made of S×D signed scores: days beyond the threshold, joined across gaps shorter than `gap`."""
    rows = []
    side = np.where(np.abs(np.nan_to_num(score)) >= threshold, np.sign(np.nan_to_num(score)), 0).astype(int)
    for store in np.flatnonzero(side.any(axis=1)):
        open_at, last, sign = -1, -1, 0
        for day in np.flatnonzero(side[store]):
            if open_at >= 0 and (side[store, day] != sign or day - last >= gap):
                rows.append((store_ids[store], open_at, last, sign))
                open_at = -1
            if open_at < 0:
                open_at, sign = day, side[store, day]
            last = day
        rows.append((store_ids[store], open_at, last, sign))
    frame = pd.DataFrame(rows, columns=["store_id", "a", "b", "sign"])
    return pd.DataFrame(
        {
            "store_id": frame["store_id"],
            "first_detected_at": first + pd.to_timedelta(frame["a"], unit="D"),
            "last_detected_at": first + pd.to_timedelta(frame["b"], unit="D"),
            "direction": np.where(frame["sign"] > 0, "up", "down"),
        }
    )
