"""The calibration in the logs: who makes it, as a row, and which one is in force at a tick."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import date_array, epoch_day, epoch_days, sorted_ids
from mrs.contracts import dataset
from mrs.detection.anomaly.combiner import load_combiner
from mrs.detection.anomaly.learned import learned_of
from mrs.detection.calibration.calibrate import calibrate
from mrs.detection.calibration.past import LEARNED_DAYS, known_rows, past_of
from mrs.detection.expectation import SALES
from mrs.detection.refit_periods import anchor_of
from mrs.models.protocols import AnomalyClassifier
from mrs.models.registry import ANOMALY_MODELS, BASELINE_MODELS
from mrs.settings import DetectSettings

CALIBRATION = "detector_calibration_log"
LEARNERS = "sales that detection learns from"
"""What a loader hands to one shard of several: the sales of the stores that the chain is learned from."""
CALIBRATED = "pooled_evidence"
"""The classifier that can learn from a chain."""
GROWTH = 1.4
YEARLY = 364


def is_due(made: pa.Table, tick: date, settings: DetectSettings) -> bool:
    """Say whether a refit period begins in which the chain should be learned from again.

    It is at a run's first tick; then while its past is short, whenever that has grown by two fifths; then once a year.

    Parameters
    ----------
    made
        The calibrations before the tick.
    """
    if not settings.calibrate or settings.anomaly_model != CALIBRATED:
        return False
    if not made.num_rows:
        return True
    newest = int(epoch_days(made["tick"]).max())
    if newest >= anchor_of(tick, settings):
        return False
    days = made["days"].to_pylist()[int(np.argmax(epoch_days(made["tick"])))]
    gone = epoch_day(tick) - newest
    return gone >= YEARLY or (days < LEARNED_DAYS and days + gone >= GROWTH * max(days, 1))


def calibration_rows(tables: Mapping[str, pa.Table], tick: date, settings: DetectSettings) -> pa.Table:
    """Return what is learned at a tick as the log's rows: one, or none where it is not due or nothing can be learned.

    Parameters
    ----------
    tables
        What the prediction reads; of several shards, the first is given the sales of the stores to learn from, and
        the others are given none.
    """
    schema = dataset(CALIBRATION).stage_schema
    sales = tables.get(LEARNERS, tables[SALES])
    if not sales.num_rows or not is_due(tables[CALIBRATION], tick, settings):
        return schema.empty_table()
    until = epoch_day(tick)
    baseline = BASELINE_MODELS.load(settings.baseline_model)
    past = past_of({**tables, SALES: sales}, until, baseline, settings)
    if past is None:
        return schema.empty_table()
    known = known_rows(sales, until)
    found = calibrate(past, until, settings, known if sorted_ids(known["category"]) else None)
    columns = {
        "calibrated_before": date_array(np.array([until])),
        "stores": [found.stores],
        "days": [found.days],
        "planted_store_days": [found.planted_store_days],
        "natural_share": [settings.natural_share],
        "open_score": [found.open_score],
        "carry_on_score": [found.carry_on_score],
        "learned": [found.learned.to_json()],
        "expected": [json.dumps(found.expected, sort_keys=True, ensure_ascii=False)],
        "model_name": [CALIBRATED],
        "model_version": [f"{load_combiner().version}+{found.learned.version}"],
        "tick": date_array(np.array([until])),
    }
    return pa.table([pa.array(columns[f.name], f.type) for f in schema], schema=schema)


def in_force(made: pa.Table | None, tick: date, settings: DetectSettings) -> tuple[AnomalyClassifier, DetectSettings]:
    """Return the classifier and the thresholds at a tick: those of the newest calibration made by then, if any.

    A chunk of ticks lies within one refit period, so that its first tick's are those of all of them.
    """
    plain: AnomalyClassifier
    if made is None or settings.anomaly_model != CALIBRATED or not made.num_rows:
        plain = ANOMALY_MODELS.load(settings.anomaly_model)
        return plain, settings
    made = made.filter(pc.less_equal(made["tick"], pa.scalar(tick, pa.date32())))
    if not made.num_rows:
        plain = ANOMALY_MODELS.load(settings.anomaly_model)
        return plain, settings
    newest = made.slice(int(np.argmax(epoch_days(made["tick"]))), 1).to_pylist()[0]
    plain = ANOMALY_MODELS.load(settings.anomaly_model, learned=learned_of(newest["learned"]))
    chosen = {k: getattr(settings, k) or newest[k] for k in ("open_score", "carry_on_score")}
    return plain, settings.model_copy(update=chosen)


def empty_log() -> pa.Table:
    """Return the log of a run that has learned nothing."""
    return dataset(CALIBRATION).empty()
