"""The calibration in the logs: who makes it, as a row, and which one is in force at a tick."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import epoch_day, epoch_days, sorted_ids
from mrs.contracts import dataset
from mrs.detection.anomaly.combiner import load_combiner
from mrs.detection.anomaly.learned import learned_of
from mrs.detection.calibration.params import LEARNED_DAYS, RELEARN_DAYS, RELEARN_GROWTH
from mrs.detection.expectation import SALES
from mrs.detection.refit_periods import anchor_of
from mrs.detection.scoring import thresholds
from mrs.models.protocols import AnomalyClassifier
from mrs.models.registry import ANOMALY_MODELS, BASELINE_MODELS
from mrs.settings import DetectSettings

CALIBRATION = "detector_calibration_log"
LEARNERS = "sales that detection learns from"
"""What a loader hands to one shard of several: the sales of the stores that the chain is learned from."""
NO_LEARNERS = pa.table({})
"""What it hands to every other shard: nothing is learned there."""
CALIBRATED = "pooled_evidence"
"""The classifier that can learn from a chain."""
_FIGURES = ("open_score", "carry_on_score", "stores", "days", "planted_store_days")


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
    return gone >= RELEARN_DAYS or (days < LEARNED_DAYS and days + gone >= RELEARN_GROWTH * max(days, 1))


def calibration_rows(tables: Mapping[str, pa.Table], tick: date, settings: DetectSettings) -> pa.Table:
    """Return what is learned at a tick as one row of the log, or no row if it is not due.

    A past too short to learn from gives a row too, with null in `learned`, so that daily ticks try again at the same
    ticks as a backfill.

    Parameters
    ----------
    tables
        What the prediction reads; of several shards, the first is given the sales of the stores to learn from, and
        the others `NO_LEARNERS`.
    """
    schema = dataset(CALIBRATION).stage_schema
    sales = tables.get(LEARNERS, tables[SALES])
    if not sales.column_names or not is_due(tables[CALIBRATION], tick, settings):
        return schema.empty_table()
    from mrs.detection.calibration.calibrate import calibrate  # here: on most days nothing is learned
    from mrs.detection.calibration.past import known_rows, past_of

    until = epoch_day(tick)
    past = past_of({**tables, SALES: sales}, until, BASELINE_MODELS.load(settings.baseline_model), settings)
    known = known_rows(sales, until)
    found = calibrate(past, until, settings, known if sorted_ids(known["category"]) else None) if past else None
    row: dict[str, Any] = dict(zip(_FIGURES, (*thresholds(settings), 0, 0, 0), strict=True))
    row |= {"learned": None, "expected": "{}"}
    version = load_combiner().version
    if found is not None:
        row |= {name: getattr(found, name) for name in _FIGURES}
        row |= {"learned": found.learned.to_json()}
        row |= {"expected": json.dumps(found.expected, sort_keys=True, ensure_ascii=False)}
        version = f"{version}+{found.learned.version}"
    row |= {"natural_share": settings.natural_share, "model_name": CALIBRATED, "model_version": version}
    row |= {"calibrated_before": tick, "tick": tick}
    return pa.Table.from_pylist([row], schema=schema)


def in_force(made: pa.Table | None, tick: date, settings: DetectSettings) -> tuple[AnomalyClassifier, DetectSettings]:
    """Return the classifier and the thresholds at a tick: those of the newest calibration made by then, if any.

    A chunk of ticks lies within one refit period, so that its first tick's are those of all of them.
    """
    newest = _newest(made, tick) if made is not None and settings.anomaly_model == CALIBRATED else None
    if newest is None or newest["learned"] is None:
        return ANOMALY_MODELS.load(settings.anomaly_model), settings
    classifier = ANOMALY_MODELS.load(settings.anomaly_model, learned=learned_of(newest["learned"]))
    if settings.open_score is None:
        chosen = {"open_score": newest["open_score"]}
        chosen |= {"carry_on_score": settings.carry_on_score or newest["carry_on_score"]}
        settings = settings.model_copy(update=chosen)
    return classifier, settings


def _newest(made: pa.Table, tick: date) -> dict[str, Any] | None:
    made = made.filter(pc.less_equal(made["tick"], pa.scalar(tick, pa.date32())))
    if not made.num_rows:
        return None
    row: dict[str, Any] = made.slice(int(np.argmax(epoch_days(made["tick"]))), 1).to_pylist()[0]
    return row


def empty_log() -> pa.Table:
    """Return the log of a run that has learned nothing."""
    return dataset(CALIBRATION).empty()
