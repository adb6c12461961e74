"""Explaining: why a store's day did or did not become a report, from the same logs and by the same judgement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from mrs.arrays import NORMAL_90, epoch_day, sorted_ids
from mrs.detection.baseline.scopes import store_table
from mrs.detection.calibration.artifact import CALIBRATION, in_force
from mrs.detection.context import near_holiday
from mrs.detection.expectation import CALENDAR, SALES, STORES
from mrs.detection.params import WARM_UP_DAYS
from mrs.detection.predictions import BASELINE, prediction_panel
from mrs.detection.refit_periods import anchor_of
from mrs.detection.scoring import JudgedSpan, judge_span
from mrs.errors import BadInputError
from mrs.settings import DetectSettings

DIGITS = 6
AS_BEFORE = " (the whole chain moved as it did on such a day before, so only what goes beyond that counts)"


def explain_store_day(
    tables: Mapping[str, pa.Table], store_id: str, day: date, settings: DetectSettings
) -> dict[str, Any]:
    """Return why a day did or did not become a report.

    Parameters
    ----------
    tables
        What the detect stage reads for the tick `day`: the baseline log of all stores, the store's sales, the stores,
        the calendar.
    store_id, day
        The store and the business date.
    settings
        Those in force at the tick.

    Returns
    -------
    dict
        `observed_sales`, `expected_sales`, `expected_low`, `expected_high`, `residual_z`, `judged_against` (the
        expected sales, with what came again where the whole chain moved as on such a day before), `anomaly_score`,
        `direction`, `open_score` and `carry_on_score` (the thresholds), `decision` (a sentence), `data_quality`,
        `parts` (each piece of evidence, in sigmas to the side of a rise unless its name says otherwise),
        `affected_categories`, and `absent` (what was not there to judge by).

    Raises
    ------
    BadInputError
        If the baseline knows nothing of that store and day.
    """
    anchor = anchor_of(day, settings)
    everyone = sorted_ids(tables[BASELINE]["store_id"])
    first_day = anchor - WARM_UP_DAYS
    days = WARM_UP_DAYS + settings.refit_days
    panel = prediction_panel(tables[BASELINE], everyone, first_day, days, anchor, settings.neighbour_stores)
    at = epoch_day(day) - first_day
    row = everyone.index(store_id) if store_id in everyone else -1
    if row < 0 or not 0 <= at < panel.written.shape[1] or not panel.written[row, at]:
        raise BadInputError(f"nothing was expected of store {store_id} on {day}: no such store, or no tick of that day")
    classifier, settings = in_force(tables.get(CALIBRATION), day, settings)
    places = store_table(tables[STORES], everyone)
    near = near_holiday(tables[CALENDAR], places, first_day, days, anchor)
    span = judge_span(panel, places, np.array([row]), classifier, settings, WARM_UP_DAYS, tables[SALES], near)
    i = at - WARM_UP_DAYS
    expected, sigma = float(panel.expected[row, at]), float(panel.sigma[row, at])
    half = NORMAL_90 * sigma
    return {
        "store_id": store_id,
        "date": day,
        "observed_sales": _known(panel.observed[row, at]),
        "expected_sales": expected,
        "expected_low": round(expected * float(np.exp(-half)), DIGITS),
        "expected_high": round(expected * float(np.exp(half)), DIGITS),
        "residual_z": _known(panel.z[row, at]),
        "judged_against": float(span.expected[0, i]),
        "anomaly_score": float(span.score[0, i]),
        "direction": "up" if span.direction[0, i] > 0 else "down",
        "open_score": float(span.open_score[i]),
        "carry_on_score": float(span.carry_on_score[i]),
        "decision": _decision(span, i, settings) + (AS_BEFORE if span.expected[0, i] != expected else ""),
        "data_quality": span.fault[0, i] or None,
        "parts": _parts(span, i),
        "affected_categories": span.day(epoch_day(day)).categories[0],
        "absent": _absent(tables, places.regions[row], bool(np.isnan(places.latitude[row])), panel.observed[row, at]),
        "model": f"{classifier.name} {classifier.version}",
    }


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _parts(span: JudgedSpan, i: int) -> dict[str, float]:
    return {name: round(float(value[0, i]), DIGITS) for name, value in sorted(span.judgement.parts.items())}


def _decision(span: JudgedSpan, i: int, settings: DetectSettings) -> str:
    score, opens_from, lasts_from = span.score[0, i], span.open_score[i], span.carry_on_score[i]
    if np.isnan(span.observed[0, i]) and not span.fault[0, i]:
        return "no data: nothing is said of the day"
    if span.opens[0, i]:
        return f"opens or carries on a report: {score:.3f} is at least {opens_from:.3f}"
    if span.lasts[0, i]:
        return f"carries on a report if one is open, opens none: {score:.3f} is below {opens_from:.3f}"
    if score >= lasts_from:
        return f"no report: the store has fewer than {settings.cold_start_days} days with an expectation"
    return f"no report: {score:.3f} is below {lasts_from:.3f}"


def _absent(tables: Mapping[str, pa.Table], region: str | None, unplaced: bool, observed: float) -> list[str]:
    missing = []
    if np.isnan(observed):
        missing.append("sales of the day")
    if region is None:
        missing.append("region of the store")
    if unplaced:
        missing.append("coordinates of the store")
    if not sorted_ids(tables[SALES]["category"]):
        missing.append("categories")
    return missing
