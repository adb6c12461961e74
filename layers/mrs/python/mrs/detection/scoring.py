"""From the classifier's probabilities to the days that open or continue a report, and faults of the data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from mrs.arrays import BoolArray, FloatArray, IntArray, date_array
from mrs.contracts import dataset
from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement
from mrs.detection.baseline.scopes import StoreTable
from mrs.detection.categories import CategoryEvidence, category_evidence
from mrs.detection.context import context_of
from mrs.detection.episodes import MISSING, JudgedDay
from mrs.detection.predictions import CLASSIFIER, PredictionPanel
from mrs.detection.run_wide import MULTIPLIED, REPEATED, ChainDay, agreement, chain_days, repeated_days
from mrs.models.protocols import AnomalyClassifier
from mrs.settings import DetectSettings

CERTAIN = 0.999
OPENED_SHARE = 0.1
"""Of a usual day's sales: less on a day of habitual closing may be a correction or a till that was tried."""
ZERO_Z = -5.0
RARE_ZERO = 1e-4
ALONG_Z, ALONG_SHARE = 0.5, 0.4
SHIPPED_OPEN_SCORE = 0.45
"""From which a day opens a report where nothing was learned from the chain itself."""
CARRIED_SHARE = 2 / 3


def thresholds(settings: DetectSettings) -> tuple[float, float]:
    """Return the scores from which a day opens and carries on a report."""
    opens = settings.open_score or SHIPPED_OPEN_SCORE
    return opens, settings.carry_on_score or round(CARRIED_SHARE * opens, 6)


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
    judgement
        The classifier's answer.
    split, chain
        The evidence by category, None where sales are not split, and that of the whole chain.
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
    judgement: Judgement
    split: CategoryEvidence | None
    chain: ChainDay

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
    """
    context = context_of(panel.first_day, *panel.z.shape)
    found = classifier.judge(AnomalyInputs(stores, panel.deviation, panel.sigma, panel.settled, rows, first, context))
    return judged_span(panel, rows, found, settings, first, sales)


def judged_span(
    panel: PredictionPanel,
    rows: IntArray,
    found: Judgement,
    settings: DetectSettings,
    first: int,
    sales: pa.Table | None = None,
) -> JudgedSpan:
    """Return what a classifier said, with what the whole chain, the categories and faults of the data say too."""
    opens_from, lasts_from = thresholds(settings)
    own = [panel.store_ids[int(r)] for r in rows]
    split = None
    if sales is not None:
        split = category_evidence(sales, own, panel.expected[rows], panel.first_day, first)
    written, z = panel.written[rows][:, first:], np.nan_to_num(panel.z[rows])[:, first:]
    up, down = np.nan_to_num(found.up), np.nan_to_num(found.down)
    holiday = context_of(panel.first_day, 1, panel.z.shape[1])["near_holiday"][0] > 0
    reference = panel.settled
    agree = agreement(panel.deviation[reference], panel.sigma[reference], found.common)
    chain = chain_days(found.common, holiday, agree, found.own_rules.chain_halfway)
    off = np.nan_to_num(panel.deviation[rows])[:, first:]
    up, down = (
        _with_chain(up, chain.up[first:], z, off, found.common[first:]),
        _with_chain(down, chain.down[first:], -z, -off, -found.common[first:]),
    )
    if split is not None:
        shift = found.own_rules.category_shift
        up, down = np.maximum(up, _shifted(split.up, shift)), np.maximum(down, _shifted(split.down, shift))
    up = np.where(_unexpected(panel, rows)[:, first:], CERTAIN, up)
    fault = _faults(panel, rows, settings, chain)[:, first:]
    fault[~written] = ""
    faulty = fault != ""
    up = np.where(faulty & (z > 0), CERTAIN, up)
    down = np.where(faulty & (z <= 0), CERTAIN, down)
    score = np.asarray(np.round(np.where(written, np.maximum(up, down), 0.0), 6), dtype=np.float64)
    direction = np.where(up >= down, 1, -1)
    seen = np.cumsum(~np.isnan(panel.z[rows]) | _closed_for_long(panel, rows), axis=1)[:, first:]
    ripe = written & (seen >= settings.cold_start_days)
    return JudgedSpan(
        first_day=panel.first_day + first,
        written=written,
        score=score,
        direction=direction,
        opens=np.where(ripe & (score >= opens_from), direction, 0),
        lasts=np.where(ripe & (score >= lasts_from), direction, 0),
        z=z,
        observed=panel.observed[rows][:, first:],
        expected=panel.expected[rows][:, first:],
        fault=fault,
        level_since=panel.level_since[rows][:, first:],
        judgement=found,
        split=split,
        chain=chain,
    )


def _shifted(chance: FloatArray, by: float) -> FloatArray:
    """Return probabilities whose log odds are lower by a number."""
    odds = chance / np.maximum(1.0 - chance, 1e-9) * np.exp(-by)
    return np.asarray(odds / (1.0 + odds))


def _with_chain(
    score: FloatArray, chain: FloatArray, toward: FloatArray, off: FloatArray, common: FloatArray
) -> FloatArray:
    """Return the score, raised to the chain's where the store goes along with it: not where it sold as expected."""
    along = (toward >= ALONG_Z) & (off >= ALONG_SHARE * common[None, :])
    return np.where(along, np.maximum(score, chain[None, :]), score)


def _faults(
    panel: PredictionPanel, rows: IntArray, settings: DetectSettings, chain: ChainDay
) -> npt.NDArray[np.object_]:
    """Return R×T: the name of the detected data fault, empty for none."""
    z = np.nan_to_num(panel.z[rows])
    zero = (panel.observed[rows] <= 0) & (z <= ZERO_Z) & (_chance_of_zero(panel.sigma[rows]) <= RARE_ZERO)
    certain = (np.maximum(chain.up, chain.down) >= SHIPPED_OPEN_SCORE) & chain.multiplied
    fault = np.where(zero, "zero_while_open", "").astype(object)
    fault[certain[None, :] & (np.abs(z) >= ALONG_Z) & ~zero] = MULTIPLIED
    fault[repeated_days(panel.observed, panel.settled)[rows] & ~zero] = REPEATED
    fault[_stopped_reporting(panel, rows, settings.missing_after_days)] = MISSING
    return fault


def _unexpected(panel: PredictionPanel, rows: IntArray) -> BoolArray:
    """Return R×T: the store sold a good part of its usual day on a weekday on which it is habitually closed.

    A store that was closed for a week or more has no such weekday: it has reopened.
    """
    observed, expected = np.nan_to_num(panel.observed[rows]), panel.expected[rows]
    due = np.nan_to_num(expected) > 0
    total, count = np.cumsum(np.where(due, expected, 0.0), axis=1), _running(due)
    usual = total / np.maximum(count, 1)
    trades = count > _a_week_before(count)
    return np.asarray(panel.written[rows] & (expected == 0) & trades & (observed >= OPENED_SHARE * usual))


def _closed_for_long(panel: PredictionPanel, rows: IntArray) -> BoolArray:
    """Return R×T: the store was closed on the day and on the six before it."""
    closed = _running(panel.written[rows] & np.isnan(panel.z[rows]))
    return np.asarray(closed - _a_week_before(closed) == 7)


def _running(mask: BoolArray) -> IntArray:
    """Return R×T: how many days of the mask there were until then."""
    return np.asarray(np.cumsum(mask, axis=1), dtype=np.int64)


def _a_week_before(values: IntArray) -> IntArray:
    """Return R×T: the values of seven days before, 0 where there are none."""
    out = np.zeros_like(values)
    out[:, 7:] = values[:, :-7]
    return out


def _chance_of_zero(sigma: FloatArray) -> FloatArray:
    """Return how probably a store sells nothing by chance: of a count whose logarithm has that spread (Poisson)."""
    return np.asarray(np.exp(-1.0 / np.maximum(sigma, 0.05) ** 2))


def _stopped_reporting(panel: PredictionPanel, rows: IntArray, after: int) -> BoolArray:
    """Return R×T: True where sales are missing for the `after`th or a later trading day in a row."""
    missing = np.isnan(panel.observed[rows]) & (np.nan_to_num(panel.expected[rows]) > 0)
    shut = panel.written[rows] & ~(np.nan_to_num(panel.expected[rows]) > 0)
    out, run = np.zeros(missing.shape, dtype=bool), np.zeros(len(rows), dtype=np.int64)
    for day in range(missing.shape[1]):
        run = np.where(missing[:, day], run + 1, np.where(shut[:, day], run, 0))
        out[:, day] = missing[:, day] & (run >= after)
    return out


def classifier_rows(own: Sequence[str], span: JudgedSpan, day: int, made_by: tuple[str, str]) -> pa.Table:
    """Return the classifier's rows of one day."""
    i = day - span.first_day
    at = np.flatnonzero(span.written[:, i])
    columns = {
        "store_id": pa.array([own[int(k)] for k in at], pa.string()),
        "date": date_array(np.full(len(at), day)),
        "anomaly_score": pa.array(span.score[at, i]),
        "direction": pa.array(np.where(span.direction[at, i] > 0, "up", "down").astype(object), pa.string()),
        "is_anomalous": pa.array((span.lasts[at, i] != 0) | (span.opens[at, i] != 0)),
        "model_name": pa.repeat(made_by[0], len(at)),
        "model_version": pa.repeat(made_by[1], len(at)),
        "tick": date_array(np.full(len(at), day)),
    }
    schema = dataset(CLASSIFIER).stage_schema
    return pa.table([columns[n] for n in schema.names], schema=schema)
