"""From the classifier's probabilities to the days that open or continue a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mrs.arrays import BoolArray, FloatArray, IntArray, date_array
from mrs.contracts import dataset
from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement
from mrs.detection.anomaly.prevalence import at_prevalence
from mrs.detection.anomaly.rules import a_week_before, running
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.came_again import with_what_came_again
from mrs.detection.categories import CategoryEvidence, category_evidence
from mrs.detection.context import context_of
from mrs.detection.episodes import JudgedDay
from mrs.detection.params import BASE_RATE, CARRY_ON_SHARE, SHIPPED_OPEN_SCORE
from mrs.detection.predictions import CLASSIFIER, PredictionPanel
from mrs.models.protocols import AnomalyClassifier
from mrs.settings import DetectSettings


def thresholds(settings: DetectSettings) -> tuple[float, float]:
    """Return the scores from which a day opens and carries on a report."""
    opens = settings.open_score or SHIPPED_OPEN_SCORE
    return opens, settings.carry_on_score or round(CARRY_ON_SHARE * opens, 6)


@dataclass(frozen=True)
class JudgedSpan:
    """R own stores on the D days of a refit period, judged.

    Parameters
    ----------
    first_day
        First of the days, since 1970-01-01.
    written
        R×D, whether the baseline has a row.
    score, direction
        R×D, probability to the likelier side, and that side (+1, -1).
    opens, lasts
        R×D, the side to which the day opens or carries on a report, 0 for none.
    z, observed, expected
        R×D.
    fault
        R×D, name of the data-quality pattern, empty for none.
    level_since
        R×D, first day of the lasting change of level that the expectation stands on; -1 for none.
    open_score, carry_on_score
        D, the scores from which a day opens and carries on a report.
    judgement
        The classifier's answer.
    split
        The evidence by category; None where sales are not split.
    """

    first_day: int
    written: BoolArray
    score: FloatArray
    direction: IntArray
    opens: IntArray
    lasts: IntArray
    z: FloatArray
    observed: FloatArray
    expected: FloatArray
    fault: npt.NDArray[np.object_]
    level_since: IntArray
    open_score: FloatArray
    carry_on_score: FloatArray
    judgement: Judgement
    split: CategoryEvidence | None

    def day(self, day: int) -> JudgedDay:
        """Return one day."""
        i = day - self.first_day
        categories = np.full(len(self.opens), None, dtype=object)
        if self.split is not None:
            categories[:] = self.split.affected(i, self.lasts[:, i])
        return JudgedDay(
            self.opens[:, i],
            self.lasts[:, i],
            self.score[:, i],
            self.z[:, i],
            self.observed[:, i],
            self.expected[:, i],
            self.fault[:, i],
            categories,
            self.level_since[:, i],
        )


def judge_span(
    panel: PredictionPanel,
    stores: StoreTable,
    rows: IntArray,
    classifier: AnomalyClassifier,
    settings: DetectSettings,
    first: int,
    sales: pa.Table | None = None,
    near_holiday: BoolArray | None = None,
) -> JudgedSpan:
    """Return the judgement of the stores at `rows` on the days from `first` of the panel on.

    Parameters
    ----------
    panel, stores
        The baseline log and the places of the stores of all shards.
    rows
        The shard's own stores.
    classifier, settings
        The classifier, and the probability from which a day counts.
    first
        First of the panel's days that is wanted; those before warm up.
    sales
        Recent sales of the shard's stores, for the categories; if None, only the total is judged.
    near_holiday
        S×T, public holidays of the store's calendar and the days beside them; None without a calendar.
    """
    panel = with_what_came_again(panel, first)
    context = context_of(panel.first_day, *panel.z.shape)
    split = None
    if sales is not None:
        own = [panel.store_ids[int(r)] for r in rows]
        split = category_evidence(sales, own, panel.expected[rows], panel.first_day, first)
    deviation, missing = panel.deviation, settings.missing_after_days
    given = (stores, deviation, panel.sigma, panel.settled, rows, first, context, panel, split, missing)
    found = classifier.judge(AnomalyInputs(*given, near_holiday=near_holiday, promoted=panel.promoted))
    return judged_span(panel, rows, found, settings, first, split)


def judged_span(
    panel: PredictionPanel,
    rows: IntArray,
    found: Judgement,
    settings: DetectSettings,
    first: int,
    split: CategoryEvidence | None = None,
) -> JudgedSpan:
    """Return a classifier's answer with the days on which it opens or carries on a report; its word is the last."""
    opens_from, lasts_from = thresholds(settings)
    written = panel.written[rows][:, first:]
    up, down = np.nan_to_num(found.up), np.nan_to_num(found.down)
    score = np.asarray(np.round(np.where(written, np.maximum(up, down), 0.0), 6), dtype=np.float64)
    share = np.full(score.shape[1], BASE_RATE) if found.prevalence is None else found.prevalence
    direction = np.where(up >= down, 1, -1)
    seen = np.cumsum(~np.isnan(panel.z[rows]) | _closed_for_long(panel, rows), axis=1)[:, first:]
    ripe = written & (seen >= settings.cold_start_days)
    return JudgedSpan(
        first_day=panel.first_day + first,
        written=written,
        score=np.round(at_prevalence(score, share), 6),
        direction=direction,
        opens=np.where(ripe & (score >= opens_from), direction, 0),
        lasts=np.where(ripe & (score >= lasts_from), direction, 0),
        z=np.nan_to_num(panel.z[rows])[:, first:],
        observed=panel.observed[rows][:, first:],
        expected=panel.expected[rows][:, first:],
        fault=np.full(score.shape, "", dtype=object) if found.fault is None else found.fault,
        level_since=panel.level_since[rows][:, first:],
        open_score=np.round(at_prevalence(np.full(len(share), opens_from), share), 6),
        carry_on_score=np.round(at_prevalence(np.full(len(share), lasts_from), share), 6),
        judgement=found,
        split=split,
    )


def _closed_for_long(panel: PredictionPanel, rows: IntArray) -> BoolArray:
    """Return R×T: the store was closed on the day and on the six before it."""
    closed = running(panel.written[rows] & np.isnan(panel.z[rows]))
    return np.asarray(closed - a_week_before(closed) == 7)


def classifier_rows(own: Sequence[str], span: JudgedSpan, days: range, made_by: tuple[str, str]) -> pa.Table:
    """Return the classifier's rows of some days (since 1970-01-01), day after day."""
    some = slice(days.start - span.first_day, days.stop - span.first_day)
    day, store = np.nonzero(span.written[:, some].T)
    at = (store, day + some.start)
    on = date_array(day + days.start)
    columns = {
        "store_id": pa.array(np.array(own, dtype=object)[store], pa.string()),
        "date": on,
        "anomaly_score": pa.array(span.score[at]),
        "direction": pa.array(np.where(span.direction[at] > 0, "up", "down").astype(object), pa.string()),
        "is_anomalous": pa.array((span.lasts[at] != 0) | (span.opens[at] != 0)),
        "model_name": pa.repeat(made_by[0], len(store)),
        "model_version": pa.repeat(made_by[1], len(store)),
        "tick": on,
    }
    schema = dataset(CLASSIFIER).stage_schema
    return pa.table([columns[n] for n in schema.names], schema=schema)
