"""Scores recovered events and causes against the planted ones, for `benchmarks.attribution`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from mrs.hydration.attribution_ready_sales import share_taken_out
from sklearn.metrics import f1_score, v_measure_score

from cli.train.labelling import LEAST_EFFECT, planted_cause
from cli.train.rehearsal import MemoryLogs

MRDL, MRCH = "minority_reports_detected_log", "minority_reports_cohorted_log"
MRPAL, BASELINE = "minority_reports_proposed_attribution_log", "baseline_sales_model_prediction_log"

PARTS = ("causes", "days beside the report", "stores not found", "events not found", "expectation")
_WIDER = (["event", "store_id"], ["event"])


@dataclass(frozen=True)
class Planted:
    """Planted events, their effect by store and day, and the sales without them."""

    events: pd.DataFrame
    store_days: pd.DataFrame
    quiet_sales: pd.DataFrame


def last_word(logs: MemoryLogs) -> pd.DataFrame:
    """Return one row per report: its last state, its event after merges, its proposed cause and when it began."""
    reports = logs.all(MRDL).to_pandas().sort_values("tick").drop_duplicates("report_id", keep="last")
    history = logs.all(MRCH).to_pandas().sort_values("tick")
    if len(history):
        newest = history.drop_duplicates("report_id", keep="last").set_index("report_id")
        links = history.dropna(subset=["merged_into"]).drop_duplicates("report_group_id", keep="last")
        into = links.set_index("report_group_id").merged_into
        event = newest.merged_into.fillna(newest.report_group_id)
        for _ in range(8):
            event = event.map(into).fillna(event)
        reports["group"] = reports.report_id.map(event)
    proposed = logs.all(MRPAL).to_pandas()
    newest_tick = proposed.groupby("report_id").tick.transform("max")
    proposed = proposed[proposed.tick == newest_tick]
    best = proposed[proposed["rank"] == 1].set_index("report_id")
    campaign = proposed[proposed.cause == "paid_campaign"].set_index("report_id").confidence
    return reports.assign(
        cause=reports.report_id.map(best.cause).astype(object).fillna("unknown"),
        confidence=reports.report_id.map(best.confidence).fillna(0.0),
        campaign=reports.report_id.map(campaign).fillna(0.0),
        began_at=pd.to_datetime(reports.report_id.map(best.began_at)).fillna(reports.first_detected_at),
    ).reset_index(drop=True)


def labelled(reports: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return the reports that cover a planted day, with `true_event` and `true_cause`."""
    truth = planted_cause(reports, planted.store_days).rename(columns={"event": "true_event", "cause": "true_cause"})
    return reports.join(truth, on="report_id", how="inner")


def cohort_figures(reports: pd.DataFrame, matched: pd.DataFrame) -> dict[str, float]:
    """Return the V-measure, and the share of events of 3 or more stores that one cohort recovers (Jaccard ≥ 0.5)."""
    recovered = []
    for _, rows in matched.groupby("true_event"):
        if rows.store_id.nunique() >= 3:
            top = rows.group.mode().iloc[0]
            mine, theirs = set(rows.store_id), set(reports[reports.group == top].store_id)
            recovered.append(len(mine & theirs) / len(mine | theirs) >= 0.5)
    return {
        "events recovered as one cohort": float(np.mean(recovered)) if recovered else float("nan"),
        "cohort V-measure": float(v_measure_score(matched.true_event, matched.group)),
    }


def cause_figures(matched: pd.DataFrame, planted: Planted) -> dict[str, float]:
    """Return accuracy, macro-F1, accuracy by event, calibration error, and two figures about campaigns."""
    right = matched.cause == matched.true_cause
    by_event = matched.groupby("true_event")[["cause", "true_cause"]].agg(lambda s: s.mode().iloc[0])
    beside_idle = planted.events.set_index("event").with_idle_campaign
    hard = matched.true_event.map(beside_idle).fillna(False).astype(bool) & (matched.true_cause != "paid_campaign")
    real = matched.true_cause == "paid_campaign"
    names = sorted(matched.true_cause.unique())
    return {
        "cause accuracy": float(right.mean()),
        "cause macro-F1": float(
            f1_score(matched.true_cause, matched.cause, average="macro", labels=names, zero_division=0)
        ),
        "event accuracy": float((by_event.cause == by_event.true_cause).mean()),
        "expected calibration error": calibration_error(matched.confidence.to_numpy(), right.to_numpy()),
        "idle campaigns blamed": float((matched.cause[hard] == "paid_campaign").mean()) if hard.any() else float("nan"),
        "… by event": float((matched.cause[hard] == "paid_campaign").groupby(matched.true_event[hard]).mean().mean()),
        "real campaigns found": float((matched.cause[real] == "paid_campaign").mean()) if real.any() else float("nan"),
    }


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:  # type: ignore[type-arg]
    """Return the expected calibration error: the mean distance between confidence and accuracy over ten bins."""
    bins = np.minimum((confidence * 10).astype(int), 9)
    gaps = [abs(right[bins == b].mean() - confidence[bins == b].mean()) * (bins == b).mean() for b in np.unique(bins)]
    return float(sum(gaps))


def error_by_chance(matched: pd.DataFrame, draws: int = 300) -> float:
    """Return the mean calibration error of these events if every confidence were right: what chance alone makes of it.

    The reports of a planted event are right together: each draw gives it one uniform number, and those of its reports
    whose confidence is above that are right.
    """
    rng = np.random.default_rng(0)
    confidence, event = matched.confidence.to_numpy(), pd.factorize(matched.true_event)[0]
    drawn = rng.random((draws, event.max(initial=-1) + 1))[:, event] < confidence
    return float(np.mean([calibration_error(confidence, right) for right in drawn]))


def money_figures(logs: MemoryLogs, reports: pd.DataFrame, planted: Planted) -> dict[str, float]:
    """Return the share of other causes' money left, of the campaigns' wrongly removed, and `error_left`."""
    table = money_of(logs, reports, planted)
    campaign = table.cause == "paid_campaign"
    left = table.raw - table.taken * table.gap
    return {
        "misattributable money left": money_left(table, table.taken),
        "campaign uplift wrongly removed": float(1 - left[campaign].sum() / table.raw[campaign].sum())
        if campaign.any()
        else np.nan,
        "error left on all days": error_left(logs, reports, planted),
    }


def money_of(logs: MemoryLogs, reports: pd.DataFrame, planted: Planted) -> pd.DataFrame:
    """Return every planted store-day (promotions apart): `raw`, what the event moved; `gap`, observed less expected.

    `taken` is the share of the gap that is taken out of the sales, 0 where no report covers the day (`is_covered`).
    """
    planted_days = planted.store_days[planted.store_days.cause != "promotion"]
    days = _every_day(logs, reports, planted.quiet_sales)
    return planted_days.assign(date=pd.to_datetime(planted_days.date)).merge(days, on=["store_id", "date"])


def _every_day(logs: MemoryLogs, reports: pd.DataFrame, quiet_sales: pd.DataFrame) -> pd.DataFrame:
    """Return what `money_of` does of every store-day that was judged."""
    days = logs.all(BASELINE).to_pandas()[["store_id", "date", "observed_sales", "expected_sales"]]
    days = days.assign(date=pd.to_datetime(days.date)).drop_duplicates(["store_id", "date"], keep="last")
    table = days.merge(covered_days(reports), how="left", on=["store_id", "date"])
    table = table.merge(quiet_sales, on=["store_id", "date"]).dropna(subset=["observed_sales"])
    return table.assign(
        raw=table.observed_sales - table.quiet,
        gap=(table.observed_sales - table.expected_sales).fillna(0.0),
        is_covered=table.taken.notna(),
        taken=table.taken.fillna(0.0),
    )


def error_left(logs: MemoryLogs, reports: pd.DataFrame, planted: Planted) -> float:
    """Return how far adjusted sales are from those with campaigns alone, over all days, promotions apart.

    As a share of how far the raw sales are: below 1, an allocator learns from sales that are nearer to the truth.
    """
    days = _every_day(logs, reports, planted.quiet_sales)
    at = pd.MultiIndex.from_frame(days[["store_id", "date"]])

    def has(cause: str) -> np.ndarray:  # type: ignore[type-arg]
        own = planted.store_days[planted.store_days.cause == cause]
        return np.asarray(at.isin(pd.MultiIndex.from_arrays([own.store_id, pd.to_datetime(own.date)])))

    table = days[~has("promotion")]
    off = np.where(has("paid_campaign"), 0.0, days.raw)[~has("promotion")]
    return float((off - table.taken * table.gap).abs().sum() / np.abs(off).sum())


def covered_days(reports: pd.DataFrame) -> pd.DataFrame:
    """Return the store-days that reports cover, from the days on which their events began: `store_id`, `date`, `taken`.

    `taken` is the share of the gap between observed and expected that is taken out.
    """
    length = (reports.last_detected_at - reports.began_at).dt.days.to_numpy() + 1
    row = np.repeat(np.arange(len(reports)), length)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    began = reports.began_at.to_numpy().astype("datetime64[D]")[row]
    found = {
        "store_id": reports.store_id.to_numpy()[row],
        "date": pd.to_datetime(began + offset.astype("timedelta64[D]")),
        "taken": share_taken_out(1 - reports.campaign.to_numpy()[row]),
    }
    by_score = np.argsort(-reports.anomaly_score.to_numpy()[row], kind="stable")
    return pd.DataFrame(found).iloc[by_score].drop_duplicates(["store_id", "date"])


def money_left(table: pd.DataFrame, taken: pd.Series[float]) -> float:
    """Return which share of the money of other causes is left where shares `taken` of the gaps are taken out."""
    table = table.assign(left=table.raw - taken * table.gap)[table.cause != "paid_campaign"]
    by_event = table.groupby("event")[["left", "raw"]].sum()
    return float(by_event.left.abs().sum() / by_event.raw.abs().sum())


def money_parts(logs: MemoryLogs, reports: pd.DataFrame, planted: Planted) -> dict[str, float]:
    """Return the money left, and what of it is whose: each part is what less is left once it is right, in this order.

    The causes; the days of a store's event beside those of its report; the event's stores without a report; events
    without any; what is left then is the error of the expectation.
    """
    table = money_of(logs, reports, planted)
    found = [table.is_covered]
    found += [table.is_covered.groupby([table[k] for k in keys]).transform("max") for keys in _WIDER]
    found.append(pd.Series(data=True, index=table.index))
    left = [money_left(table, table.taken), *(money_left(table, rows.astype(float)) for rows in found)]
    parts = dict(zip(PARTS, (a - b for a, b in pairwise(left)), strict=False))
    return {"money left": left[0], **parts, PARTS[-1]: left[-1]}


def quiet_of(clean_sales: pd.DataFrame) -> pd.DataFrame:
    """Return the sales without planted events, by store and date."""
    total = (
        clean_sales.assign(date=pd.to_datetime(clean_sales.date)).groupby(["store_id", "date"]).sales.sum(min_count=1)
    )
    return total.rename("quiet").reset_index()


def pooled(figures: list[Mapping[str, float]]) -> dict[str, float]:
    """Return the mean of each figure over the worlds that have it."""
    return {name: float(np.nanmean([f[name] for f in figures])) for name in figures[0]}


__all__ = [
    "LEAST_EFFECT",
    "PARTS",
    "Planted",
    "calibration_error",
    "cause_figures",
    "cohort_figures",
    "covered_days",
    "error_by_chance",
    "error_left",
    "labelled",
    "last_word",
    "money_figures",
    "money_left",
    "money_of",
    "money_parts",
    "pooled",
    "quiet_of",
]
