"""Runs the two phases of detection over a scenario's ticks, without a store, and measures their processor time."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.detection.calibration.artifact import CALIBRATION, calibration_rows
from mrs.detection.episodes import MRDL
from mrs.detection.predictions import BASELINE, CLASSIFIER
from mrs.settings import DetectSettings

from benchmarks.detection_worlds import DAY, SALES, in_schema
from functions.detect.detect_anomalies import MEMORY_DAYS, detect_anomalies, predict_sales
from functions.ingest.plan_ticks import chunks

Logs = dict[str, pa.Table]


@dataclass(frozen=True)
class Run:
    """The logs of a run and its processor seconds; those of learning on the chain itself are counted apart."""

    logs: Logs
    learn_seconds: float
    predict_seconds: float
    detect_seconds: float

    def reports(self) -> pd.DataFrame:
        """Return the last row of each report."""
        frame = self.logs[MRDL].to_pandas().sort_values("tick", kind="stable")
        return frame.drop_duplicates("report_id", keep="last").reset_index(drop=True)

    def predictions(self) -> pd.DataFrame:
        """Return the baseline rows of days on which the store traded."""
        frame = self.logs[BASELINE].to_pandas()
        return frame[(frame["tick"] == frame["date"]) & (frame["observed_sales"] > 0) & frame["residual_z"].notna()]


def run_detection(
    logs: Mapping[str, pa.Table], first: date, last: date, settings: DetectSettings, baseline: pa.Table | None = None
) -> Run:
    """Run detection over the ticks `first` to `last`, on the expectations in `baseline` if it is given."""
    out = {name: dataset(name).empty() for name in (BASELINE, CLASSIFIER, MRDL, CALIBRATION)}
    if baseline is not None:
        out[BASELINE] = baseline
    spent = np.zeros(3)
    learned_before = settings.model_copy(update={"calibrate": False})
    for start, end in chunks(first, last, settings.refit_days):
        ticks = [start + i * DAY for i in range((end - start).days + 1)]
        given = {**logs, SALES: between(logs[SALES], None, end)}
        if baseline is None:
            given |= {CLASSIFIER: out[CLASSIFIER], CALIBRATION: out[CALIBRATION]}
            began = time.process_time()
            learned = calibration_rows(given, start, settings)
            spent[0] += time.process_time() - began
            began = time.process_time()
            found = predict_sales(given, ticks, learned_before)
            spent[1] += time.process_time() - began
            _append(out, found | {CALIBRATION: learned})
        since = start - MEMORY_DAYS * DAY
        recent = {BASELINE: between(out[BASELINE], since, end), MRDL: between(out[MRDL], start - DAY, start - DAY)}
        given |= {**recent, CALIBRATION: out[CALIBRATION], SALES: between(given[SALES], since, end)}
        began = time.process_time()
        found = detect_anomalies(given, ticks, settings)
        spent[2] += time.process_time() - began
        _append(out, found)
    return Run(out, *spent)


def _append(logs: Logs, found: Mapping[str, pa.Table]) -> None:
    for name, table in found.items():
        logs[name] = pa.concat_tables([logs[name], in_schema(name, table)])


def between(table: pa.Table, first: date | None, last: date) -> pa.Table:
    """Return the rows of the ticks from `first` to `last`."""
    keep = pc.less_equal(table["tick"], pa.scalar(last, pa.date32()))
    if first is not None:
        keep = pc.and_(keep, pc.greater_equal(table["tick"], pa.scalar(first, pa.date32())))
    return table.filter(keep)
