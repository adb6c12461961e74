"""Why a day did or did not become a report, and where in the range it lies."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from mrs.arrays import epoch_day
from mrs.contracts import dataset
from mrs.detection.categories import category_evidence
from mrs.detection.explain_store_day import explain_store_day
from mrs.detection.predictions import CLASSIFIER
from mrs.errors import BadInputError
from mrs.settings import DetectSettings

from tests.detect.runner import Logs, detect_inputs
from tests.detect.world import FIRST_TICK, World, tables_of


def test_an_explanation_is_what_was_logged(eventful: World, eventful_logs: Logs) -> None:
    day = FIRST_TICK + timedelta(days=9)
    given = detect_inputs(tables_of(eventful), eventful_logs, [day])
    why = explain_store_day(given, "s004", day, DetectSettings())
    (row,) = [r for r in eventful_logs[CLASSIFIER].to_pylist() if (r["store_id"], r["date"]) == ("s004", day)]
    assert (why["anomaly_score"], why["direction"]) == (row["anomaly_score"], row["direction"])
    assert why["observed_sales"] < why["expected_low"] < why["expected_sales"] < why["expected_high"]
    assert "report" in why["decision"]
    assert why["absent"] == ["categories"]


def test_a_day_of_which_nothing_is_known_is_refused(eventful: World, eventful_logs: Logs) -> None:
    day = FIRST_TICK + timedelta(days=9)
    given = detect_inputs(tables_of(eventful), eventful_logs, [day])
    with pytest.raises(BadInputError, match="nobody"):
        explain_store_day(given, "nobody", day, DetectSettings())


def category_sales(fall: float) -> pa.Table:
    """Sixty days of three categories of one store; the second one changes by `fall` on the last two days."""
    rng = np.random.default_rng(2)
    first = FIRST_TICK - timedelta(days=60)
    rows = []
    for i in range(60):
        for name, usual in (("a", 100.0), ("b", 40.0), ("c", 60.0)):
            value = usual * np.exp(0.05 * rng.normal()) * (fall if name == "b" and i >= 58 else 1.0)
            day = first + timedelta(days=i)
            rows.append({"store_id": "s1", "date": day, "category": name, "sales": value, "tick": FIRST_TICK})
    return pa.Table.from_pylist(rows, schema=dataset("sales_timeseries_data").schema)


def test_one_category_that_falls_is_found_and_named() -> None:
    start = epoch_day(FIRST_TICK) - 60
    found = category_evidence(category_sales(0.2), ["s1"], np.full((1, 60), 200.0), start, 50)
    assert found is not None
    assert found.down[0, -1] > 0.9
    assert found.affected(9, np.array([-1])) == [["b"]]


def test_quiet_categories_raise_nothing() -> None:
    start = epoch_day(FIRST_TICK) - 60
    found = category_evidence(category_sales(1.0), ["s1"], np.full((1, 60), 200.0), start, 50)
    assert found is not None
    assert np.maximum(found.up, found.down).max() < 0.3


def test_sales_that_are_not_split_have_no_categories(quiet: World) -> None:
    sales = tables_of(quiet)["sales_timeseries_data"]
    assert category_evidence(sales, ["s000"], np.ones((1, 10)), 0, 5) is None
