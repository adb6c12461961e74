"""attribution_ready_sales: a store-day's sales without the part that no campaign explains, and how sure that is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.arrays import NORMAL_90
from mrs.hydration.candidates import union_of_lists
from mrs.hydration.restated import PARTIAL, is_replay_due, quality, restated

Floats = npt.NDArray[np.float64]

CAMPAIGN_WEIGHT = 8.0
"""How much dearer it is to take out a campaign's uplift than to leave in what another cause moved: an allocator that is
told too little of a campaign stops it, and never learns better. At most 8 % of uplift may go and 25 % of the rest may
stay; `benchmarks.attribution` measures both on simulated worlds that the causes were not trained on."""

_UNFIT = ("data_quality", "store_disruption")


def attribution_ready_sales(rows: pa.Table) -> pa.Table:
    """Return the dataset's own columns from the query's result.

    With O observed, E expected in [L, H], and P the probability that the cause is no campaign:

    - `minority_sales` M = S (O − E), where S = `share_taken_out(P)` weighs the two ways to be wrong;
    - `adjusted_sales` A = O − M;
    - the interval adds, as independent, what is not known of E, which enters with weight S, and of the cause: it either
      is a campaign or is not, so the right M is O − E with probability P and else 0, and the mean squared error of
      S (O − E) is V = (P (1 − S)² + (1 − P) S²) (O − E)². Below: A − √((S (E − L))² + z² V); above: the same with
      H − E; never below the lesser of 0 and A;
    - `exclude_probability` = score × P(data_quality or store_disruption): no money moved on such a day teaches a model.

    On a day that no report covers, P is 0 and nothing is taken out. Where a report has no cause yet, nothing is taken
    out either, and the interval reaches to the expectation. Where a person has set the cause, P is 0 or 1, the score 1.
    Sales that are not known stay so: null, with nothing taken out. Nothing is taken out either where nothing was
    expected because too little was known of the store; of a day that is partial no model should learn.
    """
    observed, expected = _floats(rows["observed_sales"]), _floats(rows["expected_sales"])
    known, due = ~np.isnan(observed), ~np.isnan(expected)
    decided = _floats(rows["is_decided"]) > 0
    cause = rows["cause"]
    covered = np.asarray(pc.is_valid(rows["report_id"]))
    share = np.where(decided, _is_in(cause, ("paid_campaign",), wanted=False), _floats(rows["non_campaign"]))
    silent = covered & np.isnan(share)
    chance = np.clip(np.nan_to_num(share, nan=0.0), 0.0, 1.0)
    share = share_taken_out(chance)
    gap = np.where(known & due, observed - expected, 0.0)
    minority = share * gap
    adjusted = observed - minority
    error = np.sqrt(chance * (1 - share) ** 2 + (1 - chance) * share**2)
    spread = np.where(silent, np.abs(gap), NORMAL_90 * error * np.abs(gap))
    below, above = expected - _floats(rows["expected_low"]), _floats(rows["expected_high"]) - expected
    low = adjusted - np.hypot(share * np.where(due, below, 0.0), spread)
    high = adjusted + np.hypot(share * np.where(due, above, 0.0), spread)
    unfit = np.where(decided, _is_in(cause, _UNFIT, wanted=True), _floats(rows["unfit"]))
    certainty = np.where(decided, 1.0, _floats(rows["anomaly_score"]))
    reliable = quality(rows)
    exclude = np.where(reliable == PARTIAL, 1.0, np.clip(np.nan_to_num(certainty * unfit, nan=0.0), 0.0, 1.0))
    restated_at, restated_why = restated(rows)
    missing = union_of_lists([rows["degraded_inputs"], rows["detected_without"], rows["proposed_without"]])
    return pa.table(
        {
            "store_id": rows["store_id"],
            "date": rows["date"],
            "observed_sales": rows["observed_sales"],
            "expected_sales": rows["expected_sales"],
            "minority_sales": minority,
            "adjusted_sales": _nullable(adjusted, known),
            "adjusted_low": _nullable(np.maximum(low, np.minimum(0.0, adjusted)), known),
            "adjusted_high": _nullable(high, known),
            "exclude_probability": exclude,
            "report_id": rows["report_id"],
            "cause": cause,
            "quality": pa.array(reliable, pa.string()),
            "restated_at": restated_at,
            "restated_why": restated_why,
            "is_replay_due": is_replay_due(rows),
            "degraded_inputs": missing,
            "is_degraded": pc.greater(pc.list_value_length(missing), 0),
        }
    )


def share_taken_out(non_campaign: Floats) -> Floats:
    """Return which share of a deviation to take out, where its cause is no campaign with probability P.

    It minimises the expected squared error P (1 − S)² + w (1 − P) S², in which uplift that is taken from a campaign
    weighs w = `CAMPAIGN_WEIGHT` times what is left of another cause: S = P / (P + w (1 − P)). With w = 1 it would be P;
    a sure cause is taken out whole, a sure campaign not at all.
    """
    return np.asarray(non_campaign / (non_campaign + CAMPAIGN_WEIGHT * (1.0 - non_campaign)))


def _floats(column: pa.ChunkedArray) -> Floats:
    """Return a column with NaN for null."""
    return np.asarray(column.to_numpy(), dtype=np.float64)


def _is_in(cause: pa.ChunkedArray, causes: tuple[str, ...], *, wanted: bool) -> Floats:
    found = np.asarray(pc.is_in(cause, value_set=pa.array(causes, pa.string())))
    return np.asarray(found == wanted, dtype=np.float64)


def _nullable(values: Floats, known: npt.NDArray[np.bool_]) -> pa.Array:
    return pa.array(values, pa.float64(), mask=~known)
