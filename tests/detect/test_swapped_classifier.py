"""A classifier of one's own, named by dotted path, has the last word: nothing beside it raises its scores."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from mrs.detection.anomaly.inputs import AnomalyInputs, Judgement
from mrs.detection.episodes import MRDL
from mrs.detection.expectation import SALES
from mrs.detection.predictions import CLASSIFIER
from mrs.settings import DetectSettings

from tests.detect.runner import Logs, run
from tests.detect.world import FIRST_TICK, LAST_TICK, World, tables_of

CHAIN_DAY, DOUBLED, REPEATED, SUNDAY, MISSING_FROM, CATEGORY, ZERO = 3, 1, 9, 13, 15, 16, 19


class Fixed:
    """Gives every day the same probability of having sold too much."""

    name, version, answer = "fixed", "1", 0.0

    def judge(self, inputs: AnomalyInputs) -> Judgement:
        shape = inputs.deviation[inputs.rows][:, inputs.first :].shape
        nothing = np.zeros(shape)
        return Judgement(np.full(shape, self.answer), nothing, nothing, np.zeros(inputs.deviation.shape[1]), {})


class Fifth(Fixed):
    answer = 0.2


class Sure(Fixed):
    answer = 0.9


@pytest.fixture(scope="module")
def troubled(quiet: World) -> dict[str, pa.Table]:
    """Everything that the shipped model has a rule for: a day of the whole chain, faults of the feed, a category."""
    at = quiet.at(FIRST_TICK)

    def change(sales):
        sales[:, at + CHAIN_DAY] *= 0.55
        sales[:, at + DOUBLED] *= 2.0
        sales[:, at + REPEATED] = sales[:, at + REPEATED - 1]
        sales[6, at + ZERO] = 0.0
        sales[3, at + SUNDAY] = sales[3, at + SUNDAY - 1]
        sales[5, at + MISSING_FROM :] = np.nan

    tables = tables_of(quiet.changed(change))
    return {**tables, SALES: split(tables[SALES], quiet, at + CATEGORY)}


def split(sales: pa.Table, world: World, since: int) -> pa.Table:
    """Return sales in two categories; from a day on, store s008 sells all of both in the first."""
    frame = sales.to_pandas()
    days = np.array([world.at(d) for d in frame.date])
    share = np.where((frame.store_id == "s008") & (days >= since), 1.0, 0.6)
    parts = [frame.assign(category=c, sales=frame.sales * s) for c, s in (("a", share), ("b", 1 - share))]
    return pa.concat_tables([pa.Table.from_pandas(p, schema=sales.schema, preserve_index=False) for p in parts])


def logs_of(tables: dict[str, pa.Table], model: str) -> Logs:
    return run(tables, FIRST_TICK, LAST_TICK, DetectSettings(anomaly_model=model, calibrate=False))


def test_the_shipped_model_has_a_rule_for_each_of_these(troubled: dict[str, pa.Table]) -> None:
    logs = logs_of(troubled, "pooled_evidence")
    said = {r["data_quality"] for r in logs[MRDL].to_pylist()}
    assert said == {None, "multiplied_feed", "repeated_feed", "zero_while_open", "missing"}
    score = {(r["store_id"], (r["date"] - FIRST_TICK).days): r["anomaly_score"] for r in logs[CLASSIFIER].to_pylist()}
    assert score["s000", CHAIN_DAY] > 0.9
    assert score["s003", SUNDAY] > 0.9
    assert score["s008", CATEGORY + 1] > 0.9


@pytest.mark.parametrize("model", [Fixed, Fifth])
def test_a_model_that_is_never_sure_enough_makes_no_report(troubled: dict[str, pa.Table], model: type[Fixed]) -> None:
    logs = logs_of(troubled, f"{__name__}:{model.__name__}")
    assert set(logs[CLASSIFIER]["anomaly_score"].to_pylist()) == {model.answer}
    assert logs[MRDL].num_rows == 0


def test_a_model_that_is_always_sure_reports_every_store_and_names_no_fault(troubled: dict[str, pa.Table]) -> None:
    logs = logs_of(troubled, f"{__name__}:{Sure.__name__}")
    assert set(logs[CLASSIFIER]["anomaly_score"].to_pylist()) == {Sure.answer}
    assert len(set(logs[MRDL]["store_id"].to_pylist())) == 36
    assert set(logs[MRDL]["data_quality"].to_pylist()) == {None}
