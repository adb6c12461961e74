"""Whose the money is that is left in the sales: the parts add up, and each is its own mistake's."""

from __future__ import annotations

from typing import cast

import pandas as pd
import pyarrow as pa
import pytest

from benchmarks.attribution_scoring import PARTS, Planted, error_left, money_parts
from cli.train.rehearsal import MemoryLogs

DAYS = pd.date_range("2024-03-04", periods=4)
STORES = ("a", "b", "c")


class Logs:
    """The baseline of three stores that were expected to sell 90 and sold 200."""

    def all(self, name: str) -> pa.Table:
        """Return it, whatever the name."""
        frame = pd.DataFrame([(s, d, 200.0, 90.0) for s in STORES for d in DAYS])
        return pa.Table.from_pandas(frame.set_axis(["store_id", "date", "observed_sales", "expected_sales"], axis=1))


LOGS = cast("MemoryLogs", Logs())


def planted(cause_in_c: str = "viral") -> Planted:
    """Return two planted events, of which one is in the stores a and b, one in c; else each had sold 100 a day."""
    days = [(s, d, *(("viral", "first") if s != "c" else (cause_in_c, "second"))) for s in STORES for d in DAYS]
    truth = pd.DataFrame(days, columns=["store_id", "date", "cause", "event"])
    return Planted(pd.DataFrame(), truth, truth[["store_id", "date"]].assign(quiet=100.0))


def made(*reports: tuple[str, int, int, float]) -> pd.DataFrame:
    """Return reports (store, the day on which it began, last day, probability of a campaign)."""
    told = [(s, DAYS[first], DAYS[last], campaign, 0.9) for s, first, last, campaign in reports]
    return pd.DataFrame(told, columns=["store_id", "began_at", "last_detected_at", "campaign", "anomaly_score"])


def parts_of(*reports: tuple[str, int, int, float]) -> dict[str, float]:
    """Return the parts of the money that is left with reports."""
    return money_parts(LOGS, made(*reports), planted())


def test_the_error_of_the_expectation_is_what_is_left_where_all_is_right() -> None:
    parts = parts_of(*((s, 0, 3, 0.0) for s in STORES))
    assert parts == pytest.approx({"money left": 0.1, **dict.fromkeys(PARTS, 0.0), "expectation": 0.1})


@pytest.mark.parametrize(
    ("reports", "whose"),
    [
        ([("a", 0, 3, 0.0), ("b", 0, 3, 0.0), ("c", 0, 3, 1.0)], "causes"),
        ([("a", 0, 3, 0.0), ("b", 2, 3, 0.0), ("c", 0, 3, 0.0)], "days beside the report"),
        ([("a", 0, 3, 0.0), ("c", 0, 3, 0.0)], "stores not found"),
        ([("a", 0, 3, 0.0), ("b", 0, 3, 0.0)], "events not found"),
    ],
)
def test_each_mistake_has_its_part_and_the_parts_add_up(reports: list[tuple[str, int, int, float]], whose: str) -> None:
    parts = parts_of(*reports)
    assert parts["money left"] == pytest.approx(sum(parts[p] for p in PARTS))
    assert [p for p in PARTS if p != "expectation" and abs(parts[p]) > 1e-9] == [whose]
    assert parts[whose] > 0


def test_the_error_of_all_days_counts_what_is_left_and_what_is_taken_out_of_a_campaign() -> None:
    nothing, every = made(("d", 0, 3, 0.0)), made(*((s, 0, 3, 0.0) for s in STORES))
    assert error_left(LOGS, nothing, planted()) == pytest.approx(1.0)
    assert error_left(LOGS, every, planted()) == pytest.approx(0.1)
    assert error_left(LOGS, every, planted("paid_campaign")) == pytest.approx((8 * 10 + 4 * 110) / (8 * 100))
