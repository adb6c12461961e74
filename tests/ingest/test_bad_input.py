"""Every kind of bad input: either one clear error before anything is written, or a row in the rejections."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from mrs.errors import LandingError
from mrs.landing import landed, read_landing
from mrs.landing.run_checks import set_aside_far_future

from tests.ingest.landings import (
    MemoryRun,
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


def test_a_sound_folder_has_no_rejections_and_no_notes() -> None:
    landing = read_landing(files())
    assert rejections(landing) == [] and list(landing.notes) == []
    assert landing.tables[SALES].num_rows == 30


# What stops the run before anything is written.


def test_missing_column() -> None:
    rows = [{k: v for k, v in r.items() if k != "sales"} for r in sales()]
    with pytest.raises(LandingError, match=r"^unified_sales_data\.parquet: column sales is missing: add it \(found: "):
        read_landing(sales_file(rows))


def test_missing_column_that_has_a_similar_name() -> None:
    rows = [{"salez" if k == "sales" else k: v for k, v in r.items()} for r in sales()]
    with pytest.raises(LandingError, match=r"column sales is missing: add it \(is it 'salez'\?"):
        read_landing(sales_file(rows))


def test_header_in_other_case() -> None:
    rows = [{"Store_ID" if k == "store_id" else k: v for k, v in r.items()} for r in sales()]
    with pytest.raises(LandingError, match=r"unified_sales_data\.parquet: column 'Store_ID' must be called 'store_id'"):
        read_landing(sales_file(rows))


def test_header_in_other_case_in_a_csv_of_an_optional_dataset() -> None:
    with pytest.raises(LandingError, match=r"weather\.csv: column 'Region ' must be called 'region'"):
        read_landing(files({"unified_sales_data": sales()}, weather__csv=b"date,Region ,wind_kph\n2024-03-01,n,3\n"))


def test_repeated_column() -> None:
    with pytest.raises(LandingError, match="column sales is there 2 times: keep one"):
        read_landing({"unified_sales_data.csv": b"store_id,date,sales,sales\na,2024-03-01,1,2\n"})


@pytest.mark.parametrize("name", ["unified_sales_data.parquet", "unified_sales_data.csv"])
def test_empty_file(name: str) -> None:
    with pytest.raises(LandingError, match=rf"^{name}: is empty \(0 bytes\)"):
        read_landing({name: b""})


def test_truncated_parquet_file() -> None:
    whole = parquet(sales())
    with pytest.raises(LandingError, match=r"^unified_sales_data\.parquet: cannot be read as Parquet; it may be trunc"):
        read_landing({"unified_sales_data.parquet": whole[: len(whole) // 2]})


def test_parquet_file_with_a_damaged_page() -> None:
    body = bytearray(parquet(sales()))
    body[8:80] = b"\xff" * 72
    with pytest.raises(LandingError, match=r"^unified_sales_data\.parquet: cannot be read as Parquet"):
        read_landing({"unified_sales_data.parquet": bytes(body)})


def test_truncated_optional_file_stops_the_run_too() -> None:
    with pytest.raises(LandingError, match=r"^weather\.parquet: cannot be read"):
        read_landing(files() | {"weather.parquet": files()["weather.parquet"][:100]})


def test_csv_that_is_not_utf_8() -> None:
    with pytest.raises(LandingError, match="cannot be read as CSV in UTF-8"):
        read_landing({"unified_sales_data.csv": "store_id,date,sales\nKöln,2024-03-01,1\n".encode("latin-1")})


def test_csv_separated_by_semicolons() -> None:
    with pytest.raises(LandingError, match="separated by ';': separate them by commas"):
        read_landing({"unified_sales_data.csv": b"store_id;date;sales\na;2024-03-01;1\n"})


@pytest.mark.parametrize(
    ("column", "values", "wanted"),
    [
        ("sales", pa.array([[1.0]] * 30), "give numbers"),
        ("sales", pa.array([True] * 30), "give numbers"),
        ("date", pa.array(range(30)), "give dates"),
        ("store_id", pa.array([day(0)] * 30), "give text or whole numbers"),
        ("is_open", pa.array([day(0)] * 30), "give booleans"),
    ],
)
def test_unknown_column_type(column: str, values: pa.Array, wanted: str) -> None:
    table = pa.Table.from_pylist(sales())
    table = table.set_column(table.schema.get_field_index(column), column, values)
    with pytest.raises(LandingError, match=rf"^unified_sales_data\.parquet: column {column} has the type .*: {wanted}"):
        read_landing(sales_file(table))


def test_no_sales_at_all_names_what_was_found() -> None:
    with pytest.raises(LandingError, match=r"unified_sales_data is missing: .*did you mean 'unified_sales_data\.parq"):
        read_landing({"Unified_Sales_Data.parquet": parquet(sales())})


def test_sales_without_a_usable_row() -> None:
    with pytest.raises(LandingError, match=r"no usable row; at least one is needed; first: row 1 sales 'x' is not a"):
        read_landing({"unified_sales_data.csv": b"store_id,date,sales\na,2024-03-01,x\n"})


def test_all_faults_are_listed() -> None:
    bad = {"weather.csv": b"date\n2024-03-01\n", "stores.parquet": b"", "inventory.parquet": b"PAR1"}
    with pytest.raises(LandingError) as error:
        read_landing(sales_file(sales()) | bad)
    lines = str(error.value).splitlines()
    assert lines[0] == "the landing files have 3 faults; nothing was written"
    assert [line.split(":")[0] for line in lines[1:]] == ["- inventory.parquet", "- stores.parquet", "- weather.csv"]


# What is set aside, row by row, while the rest is used.


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"sales": "many"}, "sales", "'many' is not a number"),
        ({"sales": "12,50"}, "sales", "'12,50' is not a number"),
        ({"sales": "inf"}, "sales", "'inf' is not a number"),
        ({"sales": None}, "sales", "is null, and a value is needed"),
        ({"date": "2024-02-30"}, "date", "'2024-02-30' is not a date (YYYY-MM-DD)"),
        ({"date": "01.03.2024"}, "date", "'01.03.2024' is not a date (YYYY-MM-DD)"),
        ({"date": None}, "date", "is null, and a value is needed"),
        ({"date": "1815-06-18"}, "date", "'1815-06-18' is out of range (1990-01-01 to 2199-12-31)"),
        ({"date": "9999-12-31"}, "date", "'9999-12-31' is out of range (1990-01-01 to 2199-12-31)"),
        ({"store_id": None}, "store_id", "is null, and a value is needed"),
        ({"store_id": "  "}, "store_id", "is null, and a value is needed"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_bad_value(change: dict[str, Any], column: str, reason: str) -> None:
    landing = read_landing(spoilt(**change))
    row = only_rejection(landing)
    assert (row["dataset"], row["file"], row["row_number"]) == ("unified_sales_data", "unified_sales_data.csv", 4)
    assert (row["column"], row["reason"]) == (column, reason)
    assert '"store_id": ' in row["raw"]
    assert landing.tables[SALES].num_rows == 29


@pytest.mark.parametrize(
    ("change", "column", "reason"),
    [
        ({"price": -4}, "price", "'-4' is negative: the row is used without it"),
        ({"is_open": "maybe"}, "is_open", "'maybe' is neither true nor false: the row is used without it"),
    ],
)
def test_a_value_that_a_row_can_do_without_is_rejected_alone(change: dict[str, Any], column: str, reason: str) -> None:
    landing = read_landing(spoilt(**change))
    row = only_rejection(landing)
    assert (row["column"], row["reason"]) == (column, reason)
    assert landing.tables[SALES].num_rows == 30
    assert landing.tables[SALES][column].to_pylist()[3] is None


def test_sales_below_zero_are_returns() -> None:
    landing = read_landing(spoilt(sales=-4))
    assert rejections(landing) == []
    assert landing.tables[SALES]["sales"].to_pylist()[3] == -4.0


def test_text_in_a_number_in_parquet() -> None:
    table = pa.Table.from_pylist(sales())
    column = table.schema.get_field_index("sales")
    text = pa.array([None if i == 7 else "x" if i == 8 else str(v) for i, v in enumerate(table["sales"].to_pylist())])
    landing = read_landing(sales_file(table.set_column(column, "sales", text)))
    assert [(r["row_number"], r["column"]) for r in rejections(landing)] == [(8, "sales"), (9, "sales")]
    assert landing.tables[SALES].num_rows == 28


def test_two_faults_in_a_row_are_both_named() -> None:
    found = rejections(read_landing(spoilt(sales="x", date="y")))
    assert [(r["row_number"], r["column"]) for r in found] == [(4, "date"), (4, "sales")]


def test_availability_outside_0_to_1() -> None:
    landing = folder()
    landing["inventory"][2]["availability"] = 95.0
    row = only_rejection(read_landing(files(landing)))
    assert (row["dataset"], row["row_number"], row["column"]) == ("inventory", 3, "availability")
    assert row["reason"] == "'95' is outside 0 to 1"


def test_promotion_that_ends_before_it_starts() -> None:
    landing = folder()
    landing["promotions"][0]["end_date"] = day(1)
    assert only_rejection(read_landing(files(landing)))["reason"] == "'2024-03-02' is before start_date"


def test_unknown_kind_in_the_calendar() -> None:
    landing = folder()
    landing["calendar"][0]["kind"] = "holiday"
    assert only_rejection(read_landing(files(landing)))["column"] == "kind"


def test_csv_row_with_too_few_fields_keeps_the_numbers_of_the_others() -> None:
    body = b"store_id,date,sales\na,2024-03-01,1\na,2024-03-02\na,2024-03-03,x\na,2024-03-04,4\n"
    landing = read_landing({"unified_sales_data.csv": body})
    assert [(r["row_number"], r["reason"]) for r in rejections(landing)] == [
        (2, "has 2 fields, the header has 3"),
        (3, "'x' is not a number"),
    ]
    assert landing.tables[SALES]["row_number"].to_pylist() == [1, 4]


def test_two_rows_for_one_key_that_agree_count_once() -> None:
    rows = sales()
    row = only_rejection(read_landing(sales_file([*rows, rows[0]])))
    assert (row["row_number"], row["column"]) == (31, None)
    assert row["reason"] == "repeats row 1: the same store_id, date, category and values"


def test_two_rows_for_one_key_that_disagree_are_both_set_aside() -> None:
    rows = sales()
    landing = read_landing(sales_file([*rows, rows[0] | {"sales": 999.0}]))
    assert [(r["row_number"], r["reason"][:19]) for r in rejections(landing)] == [
        (1, "contradicts row 31:"),
        (31, "contradicts row 1: "),
    ]
    assert landing.tables[SALES].num_rows == 29


def test_a_later_file_corrects_an_earlier_one() -> None:
    drops = {"unified_sales_data/2024-03-01.parquet": parquet(sales())}
    drops["unified_sales_data/2024-03-02.parquet"] = parquet([sales()[0] | {"sales": 999.0}])
    landing = read_landing(drops)
    assert rejections(landing) == []
    assert list(landing.notes) == [
        "unified_sales_data: 1 rows of unified_sales_data/2024-03-01.parquet (100.00) are there again in "
        "unified_sales_data/2024-03-02.parquet (999.00): the later file counts"
    ]
    assert sorted(landing.tables[SALES]["sales"].to_pylist())[-1] == 999.0
    assert landing.tables[SALES].num_rows == 30


def test_store_unknown_to_stores_is_used_and_named_once() -> None:
    landing = folder()
    landing["unified_sales_data"] += sales(stores=("stranger",))
    run = MemoryRun()
    out = run.ingest(files(landing), day(8), day(9))
    (row,) = out["ingest_rejections_log"].to_pylist()
    assert (row["dataset"], row["row_number"], row["column"]) == ("unified_sales_data", 31, "store_id")
    assert row["reason"] == "'stranger' is not in stores: used, without its retailer, region and place"
    assert "stranger" in out["sales_timeseries_data"]["store_id"].to_pylist()


def test_date_too_far_ahead_of_the_tick() -> None:
    rows = [*sales(), {"store_id": "a", "date": date(2105, 3, 1), "sales": 1.0}]
    out = MemoryRun().ingest(sales_file(rows), day(9))
    (row,) = out["ingest_rejections_log"].to_pylist()
    assert (row["tick"], row["reason"]) == (day(9), "'2105-03-01' is more than 1827 days after the tick")


def test_a_row_is_used_up_to_the_last_date_that_is_not_too_far_ahead() -> None:
    last = day(9) + timedelta(days=1827)
    rows = [*sales(), *({"store_id": "a", "date": last + timedelta(days=k), "sales": 1.0} for k in (0, 1))]
    usable, far = set_aside_far_future(read_landing(sales_file(rows)).tables, day(9), 1827)
    assert far["date"].to_pylist() == [last + timedelta(days=1)]
    assert max(usable[SALES]["date"].to_pylist()) == last
    assert usable[SALES].num_rows == 31


def test_a_backfill_of_many_years_uses_all_of_them() -> None:
    rows = [*sales(), {"store_id": "a", "date": day(9) + timedelta(days=1900), "sales": 1.0}]
    ticks = [day(9) + timedelta(days=k) for k in range(1901)]
    out = MemoryRun().ingest(sales_file(rows), *ticks)
    assert out["ingest_rejections_log"].num_rows == 0
    assert max(out["sales_timeseries_data"]["date"].to_pylist()) == ticks[-1]
