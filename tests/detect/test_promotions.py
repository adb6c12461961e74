"""Promotions of several mechanics and depths: told apart where they come often, and never a reason to fail."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest
from mrs.arrays import EPOCH, epoch_day
from mrs.contracts import dataset
from mrs.detection.baseline.params import MECHANIC_LEAST_PROMOTIONS
from mrs.detection.baseline.promotion_features import regular_mechanics
from mrs.detection.baseline.scopes import Entry, promotion_entries
from mrs.detection.predictions import BASELINE

from tests.detect.runner import run
from tests.detect.world import FIRST_TICK, LAST_TICK, World, tables_of

DEPTHS = (0.05, 0.4)


def with_depths(world: World, tables: dict[str, pa.Table]) -> tuple[dict[str, pa.Table], list[dict[str, object]]]:
    """Return the tables with promotions that are shallow and deep in turns of their own, and the promotions."""
    table = tables["promotions_data"]
    rng = np.random.default_rng(8)
    rows = [r | {"depth": float(rng.choice(DEPTHS))} for r in table.to_pylist()]
    return {**tables, "promotions_data": pa.Table.from_pylist(rows, schema=table.schema)}, rows


def test_a_deep_promotion_is_expected_to_sell_more_than_a_shallow_one(quiet: World) -> None:
    _, rows = with_depths(quiet, tables_of(quiet))

    def change(sales):
        for r in rows:
            first, last = quiet.at(r["start_date"]), quiet.at(r["end_date"])
            sales[:, first : last + 1] *= np.exp(r["depth"])

    tables, rows = with_depths(quiet, tables_of(quiet.changed(change)))
    undeep = {**tables, "promotions_data": tables_of(quiet)["promotions_data"]}

    def error(given: dict[str, pa.Table]) -> float:
        on = {r["start_date"] + timedelta(days=k) for r in rows for k in range(5)}
        days = [r for r in run(given, FIRST_TICK, LAST_TICK)[BASELINE].to_pylist() if r["residual_z"] is not None]
        return float(
            np.median([abs(np.log(r["observed_sales"] / r["expected_sales"])) for r in days if r["date"] in on])
        )

    assert error(tables) < 0.1
    assert error(tables) < 0.8 * error(undeep)


@pytest.mark.parametrize("before", [8, 9, 10])
def test_a_mechanic_that_becomes_regular_within_a_refit_period_is_settled_at_its_start(
    quiet: World, before: int
) -> None:
    anchor = EPOCH + timedelta(days=(FIRST_TICK - EPOCH).days // 28 * 28)
    short_history = quiet.changed(lambda sales: sales[3, : quiet.at(FIRST_TICK) - 30].fill(np.nan))
    tables = tables_of(short_history)
    table = tables["promotions_data"]
    rare: list[date] = [anchor + timedelta(days=k - before) for k in range(before + 20)]
    rows = [
        {"promotion_id": f"r{d}", "start_date": d, "end_date": d, "mechanic": "rare", "depth": 0.2, "tick": FIRST_TICK}
        for d in rare
    ]
    tables["promotions_data"] = pa.Table.from_pylist(table.to_pylist() + rows, schema=table.schema)
    assert run(tables, FIRST_TICK, LAST_TICK)[BASELINE].num_rows > 0


def test_a_mechanic_is_regular_by_what_it_has_done_not_by_what_is_announced() -> None:
    anchor, often = 20_000, MECHANIC_LEAST_PROMOTIONS
    told = [("spring", anchor - 7 * n) for n in range(1, often + 1)] + [
        ("summer", anchor + 7 * n) for n in range(often)
    ]
    entries = [Entry((None, None, None), start, start + 4, 0, name, "") for name, start in told]
    assert regular_mechanics(entries, anchor) == [("spring", "")]


def test_a_promotion_is_as_if_always_known_if_it_was_told_before_the_fit() -> None:
    told = [FIRST_TICK, FIRST_TICK + timedelta(days=6), FIRST_TICK + timedelta(days=7)]
    table = tables_of_promotions(told)
    known = [e.known_from for e in promotion_entries(table, epoch_day(told[-1]))]
    assert known == [-(2**31), -(2**31), epoch_day(told[-1])]


def tables_of_promotions(ticks: list[date]) -> pa.Table:
    """Return a promotion a tick, in the order of their names."""
    ds = dataset("promotions_data")
    rows = [
        {"promotion_id": f"p{n}", "start_date": FIRST_TICK, "end_date": FIRST_TICK, "mechanic": "usual", "tick": tick}
        for n, tick in enumerate(ticks)
    ]
    return pa.Table.from_pylist(rows, schema=ds.schema)
