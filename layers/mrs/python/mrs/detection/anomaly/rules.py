"""Rules of the shipped classifier beside its trees: the whole chain, categories, openings, and faults of the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray, FloatArray, IntArray
from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement, OwnRules
from mrs.detection.episodes import MISSING
from mrs.detection.params import (
    CERTAIN_SCORE,
    CHAIN_ALONG_SHARE,
    CHAIN_ALONG_Z,
    MISSING_PRIOR,
    MISSING_TOGETHER_CHANCE,
    MISSING_TOGETHER_LEAST,
    OPENINGS_LEAST,
    OPENINGS_SHARE,
    SHIPPED_OPEN_SCORE,
    UNEXPECTED_SHARE,
    ZERO_FAULT_CHANCE,
    ZERO_FAULT_LEAST_SIGMA,
    ZERO_FAULT_Z,
)
from mrs.detection.predictions import PredictionPanel
from mrs.detection.run_wide import MULTIPLIED, REPEATED, ChainDay, agreement, chain_days, repeated_days

AGAIN = 2
"""The day in a row on which a store is missing again."""


def with_rules(inputs: AnomalyInputs, found: Judgement, rules: OwnRules) -> Judgement:
    """Return a judgement raised where a rule says more than the neighbours' evidence does.

    Parameters
    ----------
    inputs
        What the classifier was given; without a panel, there is nothing that rules could look at.
    found
        What it said of each day.
    rules
        How far the chain and its categories swing by themselves.

    Returns
    -------
    Judgement
        With 0 instead of NaN where neither says anything, the names of faults of the data, and four more parts.
    """
    panel = inputs.panel
    if panel is None:
        return found
    rows, first = inputs.rows, inputs.first
    z = np.nan_to_num(panel.z[rows])[:, first:]
    chain = _chain(inputs, panel, found.common, rules)
    off = np.nan_to_num(panel.deviation[rows])[:, first:]
    common = found.common[first:]
    up = _with_chain(np.nan_to_num(found.up), chain.up[first:], z, off, common)
    down = _with_chain(np.nan_to_num(found.down), chain.down[first:], -z, -off, -common)
    parts = dict(found.parts)
    parts |= {"whole_chain_up": _each(chain.up[first:], up), "whole_chain_down": _each(chain.down[first:], up)}
    if inputs.split is not None:
        parts |= {"category_up": inputs.split.up, "category_down": inputs.split.down}
        up = np.maximum(up, _shifted(inputs.split.up, rules.category_shift))
        down = np.maximum(down, _shifted(inputs.split.down, rules.category_shift))
    if not _openings_are_usual(panel, first):
        unexpected = panel.written[rows] & _openings(panel, rows)
        up = np.where(unexpected[:, first:], CERTAIN_SCORE, up)
    fault = _faults(panel, rows, inputs.missing_after_days, chain)[:, first:]
    fault[~panel.written[rows][:, first:]] = ""
    faulty = fault != ""
    up = np.where(faulty & (z > 0), CERTAIN_SCORE, up)
    down = np.where(faulty & (z <= 0), CERTAIN_SCORE, down)
    return replace(found, up=up, down=down, fault=fault, parts=parts)


def _chain(inputs: AnomalyInputs, panel: PredictionPanel, common: FloatArray, rules: OwnRules) -> ChainDay:
    """Return what is known of the whole chain on each of the T days."""
    reference = panel.settled
    agree = agreement(panel.deviation[reference], panel.sigma[reference], common)
    return chain_days(common, inputs.context["near_holiday"][0] > 0, agree, rules.chain_halfway)


def _each(days: FloatArray, like: FloatArray) -> FloatArray:
    """Return a value a day as R×D."""
    return np.broadcast_to(days[None, :], like.shape)


def _shifted(chance: FloatArray, by: float) -> FloatArray:
    """Return probabilities whose log odds are lower by a number."""
    odds = chance / np.maximum(1.0 - chance, 1e-9) * np.exp(-by)
    return np.asarray(odds / (1.0 + odds))


def _with_chain(
    score: FloatArray, chain: FloatArray, toward: FloatArray, off: FloatArray, common: FloatArray
) -> FloatArray:
    """Return the score, raised to the chain's where the store goes along with it: not where it sold as expected."""
    along = (toward >= CHAIN_ALONG_Z) & (off >= CHAIN_ALONG_SHARE * common[None, :])
    return np.where(along, np.maximum(score, chain[None, :]), score)


def _faults(panel: PredictionPanel, rows: IntArray, missing_after: int, chain: ChainDay) -> npt.NDArray[np.object_]:
    """Return R×T: the name of the detected data fault, empty for none."""
    z = np.nan_to_num(panel.z[rows])
    rare = _chance_of_zero(panel.sigma[rows]) <= ZERO_FAULT_CHANCE
    zero = (panel.observed[rows] <= 0) & (z <= ZERO_FAULT_Z) & rare
    certain = (np.maximum(chain.up, chain.down) >= SHIPPED_OPEN_SCORE) & chain.multiplied
    fault = np.where(zero, "zero_while_open", "").astype(object)
    fault[certain[None, :] & (np.abs(z) >= CHAIN_ALONG_Z) & ~zero] = MULTIPLIED
    fault[repeated_days(panel.observed, panel.settled)[rows] & ~zero] = REPEATED
    fault[_stopped_reporting(panel, rows, missing_after)] = MISSING
    return fault


def _openings_are_usual(panel: PredictionPanel, first: int) -> bool:
    """Return whether reference stores often traded on days of habitual closing before the first wanted day."""
    reference = np.flatnonzero(panel.settled)
    times = int(_openings(panel, reference)[:, :first].sum())
    trading = int((np.nan_to_num(panel.observed[reference][:, :first]) > 0).sum())
    return times >= OPENINGS_LEAST and times > OPENINGS_SHARE * trading


def _openings(panel: PredictionPanel, rows: IntArray) -> BoolArray:
    """Return R×T: the store sold a good part of its usual day on a weekday on which it is habitually closed.

    A store that was closed for a week or more has no such weekday: it has reopened.
    """
    observed, expected = np.nan_to_num(panel.observed[rows]), panel.expected[rows]
    due = np.nan_to_num(expected) > 0
    total, count = np.cumsum(np.where(due, expected, 0.0), axis=1), running(due)
    usual = total / np.maximum(count, 1)
    trades = count > a_week_before(count)
    return np.asarray((expected == 0) & trades & (observed >= UNEXPECTED_SHARE * usual))


def running(mask: BoolArray) -> IntArray:
    """Return R×T: how many days of the mask there were until then."""
    return np.asarray(np.cumsum(mask, axis=1), dtype=np.int64)


def a_week_before(values: IntArray) -> IntArray:
    """Return R×T: the values of seven days before, 0 where there are none."""
    out = np.zeros_like(values)
    out[:, 7:] = values[:, :-7]
    return out


def _chance_of_zero(sigma: FloatArray) -> FloatArray:
    """Return how probably a store sells nothing by chance: of a count whose logarithm has that spread (Poisson)."""
    return np.asarray(np.exp(-1.0 / np.maximum(sigma, ZERO_FAULT_LEAST_SIGMA) ** 2))


def _stopped_reporting(panel: PredictionPanel, rows: IntArray, after: int) -> BoolArray:
    """Return R×T: True where sales are missing for the `after`th or a later trading day in a row.

    Where more stores are missing again than do so by chance, the second day is enough: a feed has stopped.
    """
    missing = _missing_in_a_row(panel, rows)
    together = _missing_together(panel) if after > AGAIN else np.zeros(missing.shape[1], dtype=bool)
    return np.asarray((missing >= after) | ((missing >= AGAIN) & together[None, :]))


def _missing_in_a_row(panel: PredictionPanel, rows: IntArray) -> IntArray:
    """Return R×T: for how many trading days in a row sales are missing, closed days left out; 0 where they are not."""
    missing = np.isnan(panel.observed[rows]) & (np.nan_to_num(panel.expected[rows]) > 0)
    shut = panel.written[rows] & ~(np.nan_to_num(panel.expected[rows]) > 0)
    out, run = np.zeros(missing.shape, dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    for day in range(missing.shape[1]):
        run = np.where(missing[:, day], run + 1, np.where(shut[:, day], run, 0))
        out[:, day] = np.where(missing[:, day], run, 0)
    return out


def _missing_together(panel: PredictionPanel) -> BoolArray:
    """Return T: whether more reference stores are missing for a second day in a row than by chance (Poisson).

    What is chance is how often that was so on the days before.
    """
    reference = np.flatnonzero(panel.settled)
    again = np.sum(_missing_in_a_row(panel, reference) == AGAIN, axis=0)
    due = np.sum(np.nan_to_num(panel.expected[reference]) > 0, axis=0)
    before, known = np.cumsum(again) - again, np.cumsum(due) - due
    usual = due * (before + MISSING_PRIOR) / np.maximum(known, 1)
    enough = again >= MISSING_TOGETHER_LEAST
    chance = np.ones(len(again))
    if enough.any():
        from scipy.special import pdtrc  # here: it takes long to import, and most days need it not

        chance[enough] = pdtrc(again[enough] - 1, usual[enough])
    return np.asarray(chance <= MISSING_TOGETHER_CHANCE)
