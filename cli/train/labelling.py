"""Labels the reports of a simulated world with the planted cause, matched by store, day and direction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from mrs.arrays import IntArray
from mrs.attribution.features import feature_names
from mrs.attribution.signal_specs import CAUSES
from mrs.attribution.tick_evidence import MRCL, MRDL, build_world, tick_evidence

from cli.simulate.world import World
from cli.train.rehearsal import MemoryLogs, landing_from, rehearse
from functions.cluster.cluster_minority_report import STAGE as CLUSTER
from functions.detect.detect_anomalies import DETECT, PREDICT

LEAST_EFFECT = float(np.log(1.10))
WARM_UP_DAYS = 7
_SOME_TICKS = 0.08
_HAS_EFFECT_WHEN_QUIET = ("promotion", "weather")
_NATURAL_STRENGTH = 0.25
_PROMOTIONS = "promotions_data"
_CONTEXT = (
    "baseline_sales_model_prediction_log",
    "sales_timeseries_data",
    "context_signals_data",
    "promotions_data",
    "calendar_data",
    "stores_data",
)


@dataclass(frozen=True)
class Rehearsed:
    """A world's reports with their features, as a frame: one row per report and chosen tick."""

    frame: pd.DataFrame
    logs: MemoryLogs


def planted_cause(reports: pd.DataFrame, store_days: pd.DataFrame) -> pd.DataFrame:
    """Return, by `report_id`, the `event` and `cause` of the strongest planted day that a report covers.

    Parameters
    ----------
    reports
        One row per report: `report_id`, `store_id`, `direction`, `first_detected_at`, `last_detected_at`.
    store_days
        `event`, `cause`, `store_id`, `date`, `log_effect`.
    """
    strong = store_days[store_days.log_effect.abs() >= LEAST_EFFECT]
    strong = strong.assign(direction=np.where(strong.log_effect > 0, "up", "down"), date=pd.to_datetime(strong.date))
    length = (reports.last_detected_at - reports.first_detected_at).dt.days.to_numpy() + 1
    row = np.repeat(np.arange(len(reports)), length)
    offset = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    days = reports[["report_id", "store_id", "direction"]].iloc[row].reset_index(drop=True)
    first = reports.first_detected_at.to_numpy().astype("datetime64[D]")[row]
    days["date"] = pd.to_datetime(first + offset.astype("timedelta64[D]"))
    matched = days.merge(strong, on=["store_id", "date", "direction"])
    matched = matched.sort_values("log_effect", key=np.abs, ascending=False, kind="stable")
    return matched.drop_duplicates("report_id").set_index("report_id")[["event", "cause"]]


def rehearse_world(world: World, seed: int, *, is_planned: bool = True) -> Rehearsed:
    """Run detection and clustering over a world's eventful days, and collect the evidence of its reports.

    Each report has a row for its first tick, its last tick, and sometimes one between. Where it is not planned,
    detection knows no calendar of promotions; only their labels come of it.
    """
    first = world.options.start + timedelta(days=world.options.first_event_day - WARM_UP_DAYS)
    last = world.options.start + timedelta(days=world.options.days - 1)
    landing = {name: table for name, table in world.landing.items() if is_planned or name != "promotions"}
    logs = rehearse(landing_from(landing), first, last, chain=(PREDICT, DETECT, CLUSTER))
    if not is_planned:
        logs.append(_PROMOTIONS, rehearse(landing_from(world.landing), first, last, chain=()).all(_PROMOTIONS))
    frame = evidence_frame(logs, first, last)
    reports = logs.all(MRDL).to_pandas().sort_values("tick").drop_duplicates("report_id", keep="last")
    labels = planted_cause(reports, world.store_days.to_pandas())
    frame = frame.join(labels, on="report_id")
    frame = with_natural_causes(frame if is_planned else with_promotions(frame), reports).assign(world=seed)
    between = np.random.default_rng([seed, 1]).random(len(frame)) < _SOME_TICKS
    return Rehearsed(frame[frame.is_first | frame.is_last | between].reset_index(drop=True), logs)


def with_natural_causes(frame: pd.DataFrame, reports: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the causes that occur in a world without planted events.

    Missing rows are a fault of the feed, planted or not. A report that only a routine promotion or the weather explains
    has no certain label and is left out.
    """
    missing = set(reports.report_id[reports.data_quality.notna()])
    lost = frame.report_id.isin(missing) & frame.event.isna()
    frame = frame.assign(
        cause=frame.cause.mask(lost, "data_quality"), event=frame.event.mask(lost, "fault/" + frame.report_id)
    )
    natural = frame[[f"{c}.strength" for c in _HAS_EFFECT_WHEN_QUIET]].max(axis=1) > _NATURAL_STRENGTH
    return frame[frame.event.notna() | ~natural]


def with_promotions(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with the promotions of every day as causes: where detection does not know them, it finds them."""
    routine = frame.event.isna() & (frame["promotion.strength"] > _NATURAL_STRENGTH)
    return frame.assign(
        cause=frame.cause.mask(routine, "promotion"), event=frame.event.mask(routine, "promotion/" + frame.cluster)
    )


def evidence_frame(logs: MemoryLogs, first: date, last: date) -> pd.DataFrame:
    """Return the features of every report and tick, with `report_id`, `tick`, `is_first` and `is_last`."""
    context = {name: logs.all(name) for name in _CONTEXT}
    known = build_world(context, first, last)
    pieces = []
    for k in range((last - first).days + 1):
        tick = first + timedelta(days=k)
        at = pa.scalar(tick, pa.date32())
        detected = logs.all(MRDL).filter(pc.equal(logs.all(MRDL)["tick"], at))
        if detected.num_rows:
            clustered = logs.all(MRCL).filter(pc.equal(logs.all(MRCL)["tick"], at))
            evidence = tick_evidence(known, detected, clustered, tick)
            piece = pd.DataFrame(evidence.features.values.astype(np.float32), columns=list(feature_names()))
            cluster = [f"{tick}/{e}" for e in evidence.event]
            pieces.append(piece.assign(report_id=evidence.reports.ids.to_pylist(), tick=tick, cluster=cluster))
    frame = pd.concat(pieces, ignore_index=True)
    return frame.assign(
        is_first=~frame.duplicated("report_id", keep="first"), is_last=~frame.duplicated("report_id", keep="last")
    )


def cause_codes(causes: pd.Series[str]) -> IntArray:
    """Return the index of each cause in `CAUSES`; a report without a planted cause is `unknown`."""
    position = {str(c): k for k, c in enumerate(CAUSES)}
    return np.asarray(causes.fillna("unknown").map(position), dtype=np.int64)
