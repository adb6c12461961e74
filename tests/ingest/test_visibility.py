"""When a landing row becomes a log row: once, at the first tick that can see it; again only when it has changed."""

from __future__ import annotations

import random
from copy import deepcopy
from datetime import timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mrs.errors import LandingError
from mrs.landing import read_landing

from functions.ingest.ingest_landing import WRITES
from tests.ingest.landings import DAYS, MemoryRun, Rows, day, files, folder, parquet, sales, sales_file

SALES_LOG = "sales_timeseries_data"


def seen(rows: Rows) -> list[tuple[str, int, int]]:
    """Return (store, day of the row, tick) as day indices."""
    return sorted((r["store_id"], (r["date"] - day(0)).days, (r["tick"] - day(0)).days) for r in rows)


def by_tick(out: dict[str, pa.Table], name: str = SALES_LOG) -> list[int]:
    return sorted({(t - day(0)).days for t in out[name]["tick"].to_pylist()})


def test_the_first_tick_holds_the_whole_history() -> None:
    run = MemoryRun()
    run.ingest(sales_file(sales(stores="a")), day(4), day(5))
    assert seen(run.rows(SALES_LOG)) == [*(("a", d, 4) for d in range(5)), ("a", 5, 5)]


def test_dates_after_the_last_tick_are_left_for_later() -> None:
    run = MemoryRun()
    run.ingest(files(), day(4))
    assert max(r["date"] for r in run.rows(SALES_LOG)) == day(4)
    assert max(r["date"] for r in run.rows("context_signals_data")) == day(4)


def test_promotions_calendar_and_stores_are_known_in_advance() -> None:
    out = MemoryRun().ingest(files(), day(1))
    assert [out[f"{name}_data"].num_rows for name in ("stores", "promotions", "calendar")] == [3, 1, 1]


def test_what_is_known_is_not_written_again() -> None:
    run = MemoryRun()
    run.ingest(files(), day(4))
    out = run.ingest(files(), day(5))
    assert seen(out[SALES_LOG].to_pylist()) == [(s, 5, 5) for s in "abc"]
    assert out["stores_data"].num_rows == 0


def test_a_late_row_is_written_at_the_tick_that_first_sees_it() -> None:
    run = MemoryRun()
    run.ingest(sales_file(sales(4, "a")), day(5))
    run.ingest(sales_file(sales(8, "a")), day(6))
    assert seen(run.rows(SALES_LOG)) == [*(("a", d, 5) for d in range(4)), *(("a", d, 6) for d in (4, 5, 6))]


def test_a_changed_row_is_written_again() -> None:
    run, landing = MemoryRun(), sales(stores="a")
    run.ingest(sales_file(landing), day(5))
    changed = deepcopy(landing)
    changed[2]["sales"] = 7.0
    changed[3]["price"] = None
    out = run.ingest(sales_file(changed), day(6))
    assert seen(out[SALES_LOG].to_pylist()) == [("a", 2, 6), ("a", 3, 6), ("a", 6, 6)]


def test_a_difference_beyond_six_decimals_is_no_change() -> None:
    run, landing = MemoryRun(), sales(stores="a")
    run.ingest(sales_file(landing), day(5))
    changed = deepcopy(landing)
    changed[2]["sales"] += 1e-9
    assert by_tick(run.ingest(sales_file(changed), day(6))) == [6]


def test_a_signal_without_a_value_is_no_row() -> None:
    out = MemoryRun().ingest(files(), day(9))
    assert set(out["context_signals_data"]["signal"].to_pylist()) == {
        "spend", "temperature_c", "mentions", "sentiment", "competitor_availability", "own_availability",
    }  # fmt: skip
    sources = set(zip(*(out["context_signals_data"][c].to_pylist() for c in ("feed", "source")), strict=True))
    assert ("campaigns", "meta/on") in sources and ("competitors", "x") in sources and ("weather", None) in sources


def test_the_feeds_log_tells_each_feed_at_each_tick() -> None:
    landing = folder()
    del landing["social"]
    landing["inventory"] = [r for r in landing["inventory"] if r["date"] >= day(9)]
    landing["weather"] = landing["weather"][:6]
    out = MemoryRun().ingest(files(landing), day(7), day(8))
    rows = {(r["feed"], (r["tick"] - day(0)).days): r for r in out["landing_feeds_log"].to_pylist()}
    assert len(rows) == 18
    assert not rows["social", 7]["is_present"] and rows["social", 7]["files"] == []
    assert not rows["inventory", 8]["is_present"] and rows["inventory", 8]["last_date"] is None
    assert rows["weather", 8]["is_present"] and rows["weather", 8]["last_date"] == day(5)
    assert (rows["unified_sales_data", 7]["rows_new"], rows["unified_sales_data", 8]["rows_new"]) == (24, 3)
    assert (rows["campaigns", 7]["rows_new"], rows["campaigns", 8]["rows_new"]) == (8, 1)
    assert rows["unified_sales_data", 8]["coverage"] == 1.0 and rows["competitors", 8]["coverage"] == pytest.approx(
        1 / 3
    )
    (name,) = rows["stores", 8]["files"]
    assert name.startswith("stores.parquet@") and len(name.split("@")[1]) == 64


def test_coverage_counts_the_stores_without_a_row() -> None:
    landing = [r for r in sales() if (r["store_id"], r["date"]) != ("b", day(6))]
    out = MemoryRun().ingest(sales_file(landing), day(6), day(7))
    rows = {r["tick"]: r["coverage"] for r in out["landing_feeds_log"].to_pylist() if r["coverage"] is not None}
    assert rows == {day(6): pytest.approx(2 / 3), day(7): 1.0}


def test_only_sales_are_needed() -> None:
    out = MemoryRun().ingest(sales_file(sales()), day(9))
    assert set(out) == {*WRITES, "landing_feeds_log"}
    assert out["context_signals_data"].num_rows == out["stores_data"].num_rows == 0


def _spoil(rows: Rows, dice: random.Random) -> Rows:
    """Return rows of which some are missing, bad, repeated, contradicted or far ahead."""
    out = []
    for row in rows:
        fate = dice.random()
        if fate < 0.1:
            continue
        out.append(row | {"sales": None} if fate < 0.2 else row)
        if fate > 0.9:
            out.append(row if fate > 0.95 else row | {"sales": 5.0})
        if fate > 0.98:
            out.append(row | {"date": row["date"] + timedelta(days=40000)})
    return out or rows


def _landing(seed: int) -> dict[str, Rows]:
    dice = random.Random(seed)
    landing = folder()
    landing["unified_sales_data"] = _spoil(landing["unified_sales_data"] + sales(stores=("x",)), dice)
    for name in ("weather", "social", "inventory", "competitors"):
        landing[name] = [r for r in landing[name] if dice.random() < 0.8] or landing[name]
    for name in ("stores", "campaigns", "social", "calendar"):
        if dice.random() < 0.2:
            del landing[name]
    return landing


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), first=st.integers(0, DAYS - 2), length=st.integers(2, 5), cut=st.integers(1, 4))
def test_a_backfill_equals_the_same_ticks_in_any_chunks(seed: int, first: int, length: int, cut: int) -> None:
    landing = files(_landing(seed))
    ticks = [day(first + k) for k in range(length)]
    whole, single, chunked = MemoryRun(), MemoryRun(), MemoryRun()
    whole.ingest(landing, *ticks)
    for tick in ticks:
        single.ingest(landing, tick)
    for part in (ticks[:cut], ticks[cut:]):
        if part:
            chunked.ingest(landing, *part)
    for name in WRITES:
        assert whole.rows(name) == single.rows(name) == chunked.rows(name), name


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), order=st.randoms(use_true_random=False))
def test_permuted_rows_change_nothing_but_their_numbers(seed: int, order: random.Random) -> None:
    landing = _landing(seed)
    shuffled = {name: order.sample(rows, len(rows)) for name, rows in landing.items()}
    one, other = MemoryRun(), MemoryRun()
    one.ingest(files(landing), day(6), day(7))
    other.ingest(files(shuffled), day(6), day(7))
    for name in WRITES[:5]:
        assert one.rows(name) == other.rows(name), name
    counts = [len(run.rows("ingest_rejections_log")) for run in (one, other)]
    assert counts[0] == counts[1]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), tick=st.integers(0, DAYS - 2))
def test_rows_after_the_tick_change_nothing_at_it(seed: int, tick: int) -> None:
    landing = _landing(seed)
    landing["unified_sales_data"].append({"store_id": "always", "date": day(0), "sales": 1.0})
    cut = {n: [r for r in rows if "date" not in r or r["date"] <= day(tick)] for n, rows in landing.items()}
    cut = {n: rows for n, rows in cut.items() if rows}
    one, other = MemoryRun(), MemoryRun()
    one.ingest(files(landing), day(tick))
    other.ingest(files(cut), day(tick))
    for name in WRITES[:5]:
        assert one.rows(name) == other.rows(name), name


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(["cut", "flip", "insert"]), st.booleans())
def test_damaged_files_give_a_clear_error_or_are_read(seed: int, how: str, as_csv: bool) -> None:
    dice = random.Random(seed)
    text = "store_id,date,sales\n" + "".join(f"{r['store_id']},{r['date']},{r['sales']}\n" for r in sales())
    body = bytearray(text.encode() if as_csv else parquet(sales()))
    at = dice.randrange(len(body))
    if how == "cut":
        del body[at:]
    elif how == "flip":
        body[at] ^= dice.randrange(1, 256)
    else:
        body[at:at] = dice.randbytes(7)
    name = "unified_sales_data" + (".csv" if as_csv else ".parquet")
    try:
        read_landing({name: bytes(body)})
    except LandingError as error:
        assert name in str(error)
