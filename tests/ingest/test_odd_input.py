"""Odd input that is read for what it means; what cannot be is rejected alone, and every amount is in an account."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest
from mrs.landing import FILES, landed, read_landing
from mrs.landing.accounts import Accounts, accounts_of

from tests.ingest.landings import (
    MemoryRun,
    as_csv,
    day,
    files,
    folder,
    only_rejection,
    parquet,
    rejections,
    sales,
    sales_file,
    spoilt,
)

SALES = landed("unified_sales_data")


def test_values_in_other_types_cope() -> None:
    days = [datetime(2024, 3, 1 + i) for i in range(3)]
    table = pa.table(
        {
            "store_id": pa.array([1, 2, 3], pa.int32()),
            "date": pa.array(days, pa.timestamp("ns", "UTC")),
            "category": pa.nulls(3),
            "sales": pa.array([Decimal("1.50"), Decimal("2.50"), None]),
            "units": pa.array([1, 2, 3], pa.uint8()),
            "price": pa.array(["1.5", " 2e0 ", "NaN"]).dictionary_encode(),
            "is_open": pa.array([1, 1, 0], pa.int8()),
        }
    )
    landing = read_landing(sales_file(table))
    assert rejections(landing) == []
    rows = landing.tables[SALES].to_pylist()
    assert [r["store_id"] for r in rows] == ["1", "2", "3"]
    assert [r["date"] for r in rows] == [d.date() for d in days]
    assert [(r["sales"], r["units"], r["price"]) for r in rows] == [(1.5, 1, 1.5), (2.5, 2, 2.0), (0.0, 3, None)]
    assert [(r["is_open"], r["is_imputed"]) for r in rows] == [(True, False), (True, False), (False, True)]


def test_a_time_of_day_is_no_date() -> None:
    table = pa.table(
        {"store_id": ["a"] * 2, "date": [datetime(2024, 3, 1), datetime(2024, 3, 2, 5)], "sales": [1.0] * 2}
    )
    assert only_rejection(read_landing(sales_file(table)))["row_number"] == 2


@pytest.mark.parametrize("amount", [float("inf"), float("-inf"), "1e999"])
def test_an_infinite_amount_is_no_number(amount: float | str) -> None:
    if isinstance(amount, str):
        landing = read_landing(spoilt(sales=amount))
    else:
        landing = read_landing(sales_file([*sales()[1:], sales()[0] | {"sales": amount}]))
    assert only_rejection(landing)["rule"] == "is not a number"
    assert landing.tables[SALES].num_rows == 29


def test_every_amount_that_landed_is_in_an_account() -> None:
    rows = [*sales(), sales()[0] | {"date": "not a date", "sales": 5.0}]
    drops = {f"unified_sales_data/{k}.csv": as_csv(r) for k, r in enumerate((rows, [sales()[0] | {"sales": 999.0}]))}
    found = accounts_of(read_landing(drops).tables)
    kept = sum(r["sales"] for r in sales()[1:]) + 999.0
    assert found == Accounts(
        landed=kept + sales()[0]["sales"] + 5.0, used=kept, set_aside=5.0, replaced=sales()[0]["sales"]
    )
    assert found.unexplained == 0.0
    assert replace(found, landed=found.landed + 1.234).unexplained == 1.23


def test_large_and_dictionary_strings_cope() -> None:
    table = pa.Table.from_pylist(sales())
    for kind in (pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        changed = table.set_column(0, "store_id", table["store_id"].cast(kind))
        assert read_landing(sales_file(changed)).tables[SALES]["store_id"].to_pylist()[0] == "a"


def test_leading_zeros_of_a_store_in_csv_stay() -> None:
    landing = read_landing({"unified_sales_data.csv": b"\xef\xbb\xbfstore_id,date,sales\r\n007,2024-03-01,1\r\n"})
    assert landing.tables[SALES]["store_id"].to_pylist() == ["007"]


def test_unknown_files_and_extra_columns_are_ignored_with_a_note() -> None:
    rows = [r | {"till": 3} for r in sales()]
    landing = read_landing(sales_file(rows) | {"notes.txt": b"x", "wether.parquet": b"x", "_SUCCESS": b""})
    assert list(landing.notes) == [
        "notes.txt: not a landing file, ignored; known are unified_sales_data, stores, promotions, campaigns, "
        "calendar, weather, social, competitors, inventory",
        "wether.parquet: not a landing file, ignored (did you mean 'weather.parquet'?)",
        "unified_sales_data.parquet: columns not in the contract were ignored: till",
    ]


def test_optional_file_without_rows_is_as_good_as_absent() -> None:
    weather = pa.table({"date": pa.array([], pa.date32()), "region": pa.array([], pa.string())})
    out = MemoryRun().ingest(files({"unified_sales_data": sales(), "weather": weather}), day(9))
    feeds = {r["feed"]: r["is_present"] for r in out["landing_feeds_log"].to_pylist()}
    assert feeds["weather"] is False and feeds["unified_sales_data"] is True


def test_a_file_is_named_with_the_hash_of_its_bytes() -> None:
    landing = files()
    told = read_landing(landing).tables[FILES]["file"].to_pylist()
    assert sorted(told) == sorted(f"{name}@{hashlib.sha256(body).hexdigest()}" for name, body in landing.items())


def test_a_promotion_whose_region_cannot_be_read_does_not_hold_everywhere() -> None:
    row = {"start_date": day(2), "end_date": day(3), "depth": 0.2}
    rows = [row | {"promotion_id": "p", "region": 1.5}, row | {"promotion_id": "q", "region": 2.0}]
    landing = read_landing(files(folder() | {"promotions": rows}))
    assert landing.tables[landed("promotions")]["region"].to_pylist() == ["2"]


def test_a_store_whose_region_cannot_be_read_is_used_without_it() -> None:
    landing = read_landing(files(folder() | {"stores": [{"store_id": "a", "region": 1.5}]}))
    assert landing.tables[landed("stores")].select(["store_id", "region"]).to_pylist() == [
        {"store_id": "a", "region": None}
    ]
    assert only_rejection(landing)["reason"].endswith("the row is used without it")


def test_a_file_that_contradicts_itself_takes_nothing_back() -> None:
    first, again = sales()[:4], sales()[0]
    parts = {"1": parquet(first), "2": parquet([again | {"sales": 7.0}, again | {"sales": 8.0}])}
    landing = read_landing({f"unified_sales_data/{n}.parquet": body for n, body in parts.items()})
    assert sorted(landing.tables[SALES]["sales"].to_pylist()) == sorted(row["sales"] for row in first)


def test_which_file_corrects_which_does_not_depend_on_the_order_of_a_listing() -> None:
    rows = sales()[:1]
    parts = {n: parquet([rows[0] | {"sales": 100.0 + n}]) for n in (9, 10)}
    named = {f"unified_sales_data/v{n}.parquet": body for n, body in parts.items()}
    for landing in (named, dict(reversed(named.items()))):
        assert read_landing(landing).tables[SALES]["sales"].to_pylist() == [110.0]
