"""The simulated world: the same for the same seed, scored as real data is, and honest about what was planted."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mrs.contracts import DATASETS, Cause, Kind
from mrs.errors import BadInputError
from mrs.landing import REJECTIONS, landed, read_landing

from cli.simulate import SimulationOptions, World, simulate_world, write_world
from cli.simulate.seasons import easter

LANDING = [d for d in DATASETS.values() if d.kind is Kind.LANDING]
KEY = ["store_id", "date", "category"]


@cache
def world(categories: int = 0) -> World:
    return simulate_world(80, 400, 11, categories=categories)


def both(made: World) -> pd.DataFrame:
    """Sales with and without events side by side, one row a store-day, with the planted effect."""
    tables = {"landed": made.landing["unified_sales_data"], "quiet": made.clean_sales}
    sums = {name: t.to_pandas().groupby(["store_id", "date"]).sales.sum().round(2) for name, t in tables.items()}
    effects = made.store_days.to_pandas().assign(date=lambda d: d.date.dt.date)
    return pd.DataFrame(sums).reset_index().merge(effects, how="left", on=["store_id", "date"])


def test_the_same_seed_makes_the_same_world() -> None:
    one, other = simulate_world(30, 120, 5), simulate_world(30, 120, 5)
    for name, table in one.landing.items():
        assert table.equals(other.landing[name]), name
    assert one.events.equals(other.events) and one.store_days.equals(other.store_days)


def test_another_seed_makes_another_world() -> None:
    one, other = simulate_world(30, 120, 5), simulate_world(30, 120, 6)
    assert not one.landing["unified_sales_data"].equals(other.landing["unified_sales_data"])


@pytest.mark.parametrize("categories", [0, 3])
def test_every_landing_dataset_is_there_and_has_no_bad_row(categories: int, tmp_path: Path) -> None:
    made = world(categories)
    write_world(made, tmp_path)
    for ds in LANDING:
        assert made.landing[ds.name].schema.equals(ds.schema), ds.name
    landing = read_landing({p.name: p.read_bytes() for p in (tmp_path / "input").iterdir()})
    assert landing.tables[REJECTIONS].num_rows == 0 and not landing.notes
    assert landing.tables[landed("unified_sales_data")].num_rows == made.landing["unified_sales_data"].num_rows


@pytest.mark.parametrize("categories", [0, 3])
def test_every_cause_is_planted(categories: int) -> None:
    made = world(categories)
    assert set(made.events["cause"].to_pylist()) == {c.value for c in Cause}
    assert set(made.store_days["cause"].to_pylist()) == {c.value for c in Cause}


@pytest.mark.parametrize("categories", [0, 3])
def test_the_effect_is_really_in_the_sales(categories: int) -> None:
    rows = both(world(categories))
    hit = rows[rows.log_effect.notna() & (rows.log_effect > -50)]
    assert len(hit) > 500
    assert np.allclose(np.log(hit.landed / hit.quiet), hit.log_effect, atol=1e-9)
    assert (rows[rows.log_effect < -50].landed == 0).all()


@pytest.mark.parametrize("categories", [0, 3])
def test_with_and_without_events_differ_on_planted_store_days_only(categories: int) -> None:
    rows = both(world(categories))
    quiet = rows[rows.event.isna()]
    assert (quiet.landed == quiet.quiet).all()
    untouched = rows.landed.notna() & (rows.landed == rows.quiet)
    assert untouched.mean() > 0.85
    assert rows[rows.landed.isna()].cause.eq("data_quality").all()


def test_rows_that_landed_stand_at_the_same_place_in_both() -> None:
    made = world()
    landed_rows, quiet = made.landing["unified_sales_data"], made.clean_sales
    assert landed_rows.select(KEY).equals(quiet.select(KEY).slice(0, landed_rows.num_rows))


def test_no_store_day_belongs_to_two_events() -> None:
    assert not world().store_days.to_pandas().duplicated(["store_id", "date"]).any()


def test_events_leave_their_signal() -> None:
    made = simulate_world(120, 500, 3, idle_campaign_share=0.0, decoys_per_event=0.0, events=44)
    days = made.store_days.to_pandas().assign(date=lambda d: d.date.dt.date)
    stores = made.landing["stores"].to_pandas()
    feeds = {name: made.landing[name].to_pandas() for name in ("competitors", "inventory", "social")}
    for cause, feed in (("competitor_stockout", "competitors"), ("own_stockout", "inventory")):
        hit = days[days.cause == cause].merge(feeds[feed], on=["store_id", "date"])
        assert hit.availability.max() < 0.9 < feeds[feed].availability.median()
    usual = feeds["social"].groupby("region").mentions.median()
    viral = days[days.cause == "viral"].merge(stores, on="store_id").merge(feeds["social"], on=["region", "date"])
    times = viral.assign(times=viral.mentions / viral.region.map(usual)).groupby("event").times.max()
    assert times.min() > 1.5 and times.median() > 4


def test_there_are_signals_without_effect() -> None:
    made = world()
    assert made.decoys.num_rows >= 10
    assert len(set(made.decoys["kind"].to_pylist())) >= 4
    assert any(made.events["with_idle_campaign"].to_pylist())


def test_labels_have_the_columns_that_scoring_reads(tmp_path: Path) -> None:
    write_world(world(), tmp_path)
    events = pq.read_table(tmp_path / "truth/events.parquet")
    assert events.schema.names == [
        "event", "cause", "start", "end", "sign", "size", "n_stores", "regions", "with_idle_campaign",
    ]  # fmt: skip
    days = pq.read_table(tmp_path / "truth/store_days.parquet")
    assert days.schema.names == ["event", "cause", "store_id", "date", "log_effect"]
    assert pa.types.is_timestamp(events.schema.field("start").type) and pa.types.is_timestamp(
        days.schema.field("date").type
    )
    frame = (
        days.to_pandas().groupby("event").agg(first=("date", "min"), last=("date", "max"), n=("store_id", "nunique"))
    )
    joined = events.to_pandas().set_index("event").join(frame)
    assert (joined["first"] == joined.start).all() and (joined["last"] == joined.end).all()
    assert (joined.n == joined.n_stores).all()


def test_the_context_is_the_same_with_and_without_events(tmp_path: Path) -> None:
    write_world(world(), tmp_path)
    for name in (d.name for d in LANDING if d.name not in ("unified_sales_data", "promotions")):
        assert (tmp_path / f"input/{name}.parquet").read_bytes() == (tmp_path / f"clean/{name}.parquet").read_bytes()


def test_without_events_the_calendar_holds_no_promotion_that_was_planted() -> None:
    made = world()
    planted, usual = (t["promotions"]["promotion_id"].to_pylist() for t in (made.landing, made.clean))
    special = {p for p in planted if p.startswith("special-")}
    assert special
    assert sorted(usual) == sorted(set(planted) - special)


def test_a_world_has_what_makes_real_sales_hard() -> None:
    sales = world().clean_sales.to_pandas()
    by_store = sales.groupby("store_id").sales.median()
    assert by_store.quantile(0.95) > 4 * by_store.quantile(0.05)
    counts = sales.groupby("store_id").size()
    assert counts.min() < 0.9 * 400 and counts.max() <= 400
    sunday = pd.to_datetime(sales.date).dt.day_of_week == 6
    assert 0 < sales[sunday].is_open.mean() < 0.3


def test_categories_split_the_sales() -> None:
    sales = world(3).landing["unified_sales_data"].to_pandas()
    assert sales.category.nunique() == 3
    assert not sales.duplicated(KEY).any()


@pytest.mark.parametrize(("year", "month", "day"), [(2015, 4, 5), (2023, 4, 9), (2024, 3, 31), (2025, 4, 20)])
def test_easter_moves(year: int, month: int, day: int) -> None:
    found = easter(year)
    assert (found.month, found.day) == (month, day)


@pytest.mark.parametrize("size", [{"stores": 0}, {"days": 5}, {"regions": 0}, {"categories": -1}])
def test_sizes_that_make_no_world_are_refused(size: dict[str, int]) -> None:
    with pytest.raises(BadInputError, match="a world needs"):
        SimulationOptions(**size)


@pytest.mark.parametrize(("stores", "days"), [(1, 28), (3, 60), (25, 90)])
def test_the_smallest_worlds_can_be_made(stores: int, days: int) -> None:
    made = simulate_world(stores, days, 1)
    assert made.landing["unified_sales_data"].num_rows > 0


def test_rough_shelves_swing_and_nothing_else_changes() -> None:
    calm, rough = (simulate_world(30, 200, 5, events=0, rough_shelves=share).landing for share in (0.0, 1.0))
    spread, usual = (
        [t["inventory"].to_pandas().groupby("store_id").availability.agg(how).median() for t in (calm, rough)]
        for how in ("std", "median")
    )
    assert spread[1] > 2 * spread[0]
    assert usual[1] < 0.95 < usual[0]
    for name in calm.keys() - {"inventory"}:
        assert calm[name].equals(rough[name]), name


def test_counted_sales_are_whole_units_about_as_many_as_asked() -> None:
    made = simulate_world(30, 120, 5, units=20.0)
    for table in (made.clean_sales, made.landing["unified_sales_data"]):
        sales = table["sales"].to_numpy()
        assert np.array_equal(sales, np.round(sales))
    quiet = made.clean_sales["sales"].to_numpy()
    assert quiet[quiet > 0].mean() == pytest.approx(20.0, rel=0.1)


def test_stores_may_have_no_coordinates() -> None:
    stores = simulate_world(30, 120, 5, located=False).landing["stores"]
    assert stores["latitude"].null_count == stores["longitude"].null_count == 30


def test_people_talk_about_campaigns_where_asked() -> None:
    silent, loud = (simulate_world(60, 300, 5, talked_about=t) for t in (0.0, 1.0))
    mentions = [m.landing["social"].to_pandas().set_index(["region", "date"]).mentions for m in (silent, loud)]
    campaigns = silent.events.to_pandas().query("cause == 'paid_campaign'")
    during = pd.Index({(r, d.date()) for e in campaigns.itertuples() for r in e.regions.split(",")
                       for d in pd.date_range(e.start, e.end)})  # fmt: skip
    assert mentions[1].reindex(during).mean() > 1.3 * mentions[0].reindex(during).mean()


def test_surprises_are_bulk_orders_rushes_and_disasters_that_nothing_explains() -> None:
    made = simulate_world(80, 600, 5, surprises=True, events=150)
    unknown = made.events.to_pandas().query("cause == 'unknown'")
    bulk = unknown[(unknown.n_stores == 1) & (unknown.end - unknown.start <= pd.Timedelta("1D")) & (unknown.sign > 0)]
    assert len(bulk) and ((unknown.sign < 0) & (unknown["size"] > 0.4)).any()
