"""Awkward feeds that people complain of in public, each read rightly or refused with a line that settles it."""

from __future__ import annotations

import gzip
import io
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest
from mrs.errors import LandingError
from mrs.landing import REJECTIONS, Landing, landed, read_landing
from mrs.landing.accounts import Accounts, accounts_of
from mrs.landing.mapping import parsed

from cli.check import check_landing
from cli.proposal import proposed
from tests.cases.excel import workbook

SALES = landed("unified_sales_data")
START, DAYS, STORES = date(2024, 1, 1), 60, ("s1", "s2", "s3", "s4")


def chain(seed: int = 1) -> dict[str, list[Any]]:
    """Sixty days of four stores, in columns."""
    rng = np.random.default_rng(seed)
    days = [START + timedelta(days=d) for d in range(DAYS)]
    sales = np.round(rng.uniform(500, 2500, len(STORES) * DAYS), 2)
    return {"store_id": [s for s in STORES for _ in days], "date": days * len(STORES), "sales": sales.tolist()}


def parquet(columns: dict[str, list[Any]]) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def text(columns: dict[str, list[Any]], separator: str = ",", encoding: str = "utf-8") -> bytes:
    sink = io.BytesIO()
    table = pa.table({name: [str(v) for v in values] for name, values in columns.items()})
    pacsv.write_csv(table, sink, pacsv.WriteOptions(delimiter=separator))
    return sink.getvalue().decode().encode(encoding)


def german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def total(landing: Landing) -> float:
    return float(np.round(np.nansum(landing.tables[SALES]["sales"].to_numpy()), 2))


def test_a_total_beside_its_categories_is_set_aside_in_money() -> None:
    rows = chain()
    food = [round(0.7 * v, 2) for v in rows["sales"]]
    drinks = [round(v - f, 2) for v, f in zip(rows["sales"], food, strict=True)]
    n = len(food)
    columns = {k: rows[k] * 3 for k in ("store_id", "date")}
    columns |= {"sales": food + drinks + rows["sales"], "category": ["food"] * n + ["drinks"] * n + [None] * n}
    landing = read_landing({"unified_sales_data.parquet": parquet(columns)})
    assert total(landing) == round(sum(rows["sales"]), 2)
    assert landing.tables[REJECTIONS].num_rows == n
    (note,) = landing.notes
    assert "rows without a category" in note and 'totals = "keep"' in note


def test_a_total_beside_the_only_category_is_set_aside_too() -> None:
    rows = chain()
    n = len(rows["sales"])
    columns = {k: rows[k] * 2 for k in ("store_id", "date", "sales")} | {"category": ["food"] * n + [None] * n}
    assert total(read_landing({"unified_sales_data.parquet": parquet(columns)})) == round(sum(rows["sales"]), 2)


def test_two_categories_that_sell_alike_are_no_totals() -> None:
    rows = chain()
    n = len(rows["sales"])
    columns = {k: rows[k] * 2 for k in ("store_id", "date", "sales")} | {"category": ["food"] * n + ["drinks"] * n}
    landing = read_landing({"unified_sales_data.parquet": parquet(columns)})
    assert total(landing) == pytest.approx(2 * sum(rows["sales"]))


def test_a_store_that_is_the_sum_of_all_others_is_set_aside() -> None:
    rows = chain()
    sums = np.array(rows["sales"]).reshape(len(STORES), DAYS).sum(axis=0).round(2).tolist()
    columns = {"store_id": rows["store_id"] + ["TOTAL"] * DAYS, "date": rows["date"] + rows["date"][:DAYS]}
    files = {"unified_sales_data.csv": text(columns | {"sales": rows["sales"] + sums})}
    assert total(read_landing(files)) == round(sum(rows["sales"]), 2)
    kept = files | {"landing.toml": b'[unified_sales_data]\ntotals = "keep"\n'}
    assert total(read_landing(kept)) == pytest.approx(2 * sum(rows["sales"]))


def test_stores_that_are_alike_are_no_totals() -> None:
    columns = chain()
    columns["sales"] = [100.0, 200.0] * (len(columns["sales"]) // 2)
    landing = read_landing({"unified_sales_data.parquet": parquet(columns)})
    assert landing.tables[REJECTIONS].num_rows == 0


def test_the_tenth_version_is_later_than_the_ninth() -> None:
    rows = chain()
    files = {"unified_sales_data/sales.parquet": parquet(rows)}
    for version in (2, 9, 10):
        corrected = rows | {"sales": [v * (1 + version / 100) for v in rows["sales"]]}
        files[f"unified_sales_data/sales_v{version}.parquet"] = parquet(corrected)
    landing = read_landing(files)
    assert total(landing) == pytest.approx(1.1 * sum(rows["sales"]))
    assert any("sales_v10.parquet" in note and "the later file counts" in note for note in landing.notes)


def test_two_parts_of_one_sum_are_asked_about_and_added_up_where_the_mapping_says_so() -> None:
    rows = chain()
    files = {
        f"unified_sales_data/{name}.parquet": parquet(rows | {"sales": [round(share * v, 2) for v in rows["sales"]]})
        for name, share in (("pos", 0.8), ("web", 0.2))
    }
    with pytest.raises(LandingError, match=r'pos.parquet .* in .*web.parquet .*several_files = "replace" or "sum"'):
        read_landing(files)
    added = files | {"landing.toml": b'[unified_sales_data]\nseveral_files = "sum"\n'}
    assert total(read_landing(added)) == pytest.approx(sum(rows["sales"]), abs=5)


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        (lambda v: f"{v:,.2f}", 'thousands = ","'),
        (lambda v: f"{round(v):,}".replace(",", "."), 'thousands = "." or thousands = ""'),
        (german, 'decimal = ","'),
    ],
    ids=["1,234.50", "1.234", "1.234,50"],
)
def test_numbers_written_in_another_way_stop_the_run_and_say_how_to_settle_it(written: Any, advice: str) -> None:
    columns = chain()
    files = {"unified_sales_data.csv": text(columns | {"sales": [f'"{written(v)}"' for v in columns["sales"]]})}
    files["unified_sales_data.csv"] = files["unified_sales_data.csv"].replace(b'""', b"").replace(b'"""', b'"')
    with pytest.raises(LandingError) as refused:
        read_landing(files)
    assert advice in str(refused.value)


def test_instants_are_days_where_the_mapping_names_the_zone() -> None:
    columns = chain()
    midnight = [datetime(d.year, d.month, d.day) for d in columns["date"]]
    lisbon = pa.array(midnight, pa.timestamp("us")).cast(pa.timestamp("us"))
    summer = [datetime(2024, 7, 1) + timedelta(days=i % DAYS) for i in range(len(midnight))]
    instants = pa.compute.assume_timezone(pa.array(summer, lisbon.type), "Europe/Lisbon").cast(
        pa.timestamp("us", "UTC")
    )
    sink = io.BytesIO()
    pq.write_table(pa.table({"store_id": columns["store_id"], "date": instants, "sales": columns["sales"]}), sink)
    files = {"unified_sales_data.parquet": sink.getvalue()}
    with pytest.raises(LandingError, match="they are instants.*timezone"):
        read_landing(files)
    landing = read_landing(files | {"landing.toml": b'[unified_sales_data]\ntimezone = "Europe/Lisbon"\n'})
    assert min(landing.tables[SALES]["date"].to_pylist()) == START + timedelta(days=182)


def test_a_promotion_without_a_known_end_is_open() -> None:
    promotion = b"promotion_id,start_date,end_date\np,2024-01-05,9999-12-31\n"
    landing = read_landing({"unified_sales_data.parquet": parquet(chain()), "promotions.csv": promotion})
    assert landing.tables[landed("promotions")].num_rows == 1
    assert landing.tables[REJECTIONS].num_rows == 0


def test_a_strangers_export_is_read_by_the_mapping_that_is_proposed() -> None:
    columns = chain()
    days = [f"{d:%d.%m.%Y}" for d in columns["date"]]
    written = {"Filialnr": columns["store_id"], "Datum": days, "Umsatz": [german(v) for v in columns["sales"]]}
    body = text(written, ";", "cp1252").replace(b'"', b"")
    files = {"Export 2024.csv": body}
    with pytest.raises(LandingError, match="unified_sales_data is missing"):
        read_landing(files)
    proposal = proposed(files)
    assert proposal.questions == []
    landing = read_landing(files | {"landing.toml": proposal.toml().encode()})
    assert total(landing) == round(sum(columns["sales"]), 2)
    assert set(landing.tables[SALES]["store_id"].to_pylist()) == set(STORES)


def test_what_has_two_readings_is_asked_and_not_guessed() -> None:
    body = b"store;date;sales\n" + b"".join(b"s1;0%d/05/2024;1,234\n" % d for d in (1, 3, 9))
    questions = proposed({"unified_sales_data.csv": body}).questions
    assert any("%d/%m/%Y or %m/%d/%Y" in q for q in questions)
    assert any("grouped number or one with three decimals" in q for q in questions)


def test_gzip_folders_with_a_date_and_dates_as_columns() -> None:
    zipped = gzip.compress(text(chain()))
    assert total(read_landing({"unified_sales_data.csv.gz": zipped})) == round(sum(chain()["sales"]), 2)
    in_folders = {
        f"unified_sales_data/date={START + timedelta(days=d)}/part.csv": b"store_id,sales\ns1,10\ns2,20\n"
        for d in range(3)
    }
    assert read_landing(in_folders).tables[SALES].num_rows == 6
    wide = b"store_id,2024-01-01,2024-01-02\ns1,10,20\ns2,,40\n"
    landing = read_landing({"unified_sales_data.csv": wide, "landing.toml": b"[unified_sales_data]\nwide = true\n"})
    assert sorted(landing.tables[SALES]["sales"].to_pylist()) == [10.0, 20.0, 40.0]


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (b"[sales]\n", "sales: not a landing dataset"),
        (b'[unified_sales_data]\nseperator = ";"\n', "seperator"),
        (b'[unified_sales_data]\ncolumns = { shop = "Filiale" }\n', "'shop' is not a column"),
        (b'[unified_sales_data]\ntimezone = "Mars/Olympus"\n', "no time zone 'Mars/Olympus'"),
        (b"[unified_sales_data\n", "is not TOML"),
    ],
)
def test_a_mapping_that_does_not_fit_says_where(toml: bytes, said: str) -> None:
    with pytest.raises(LandingError, match=said):
        parsed(toml)


def test_check_says_what_a_folder_holds() -> None:
    found = check_landing({"unified_sales_data.parquet": parquet(chain())})
    assert (found.facts["sales"]["stores"], found.facts["sales"]["store_days"]) == (4, 240)
    assert found.facts["sales"]["total"] == round(sum(chain()["sales"]), 2)
    assert found.facts["reports_from"] == f"{START + timedelta(days=34)}"
    assert any("campaigns" in warning for warning in found.warnings)


def test_a_workbook_is_read_as_excel_means_it() -> None:
    columns = chain()
    rows = [["Umsatzbericht"], ["Filialnr", "Datum", "Umsatz"]]
    rows += [[int(s[1:]), d, v] for s, d, v in zip(*columns.values(), strict=True)]
    files = {"unified_sales_data.xlsx": workbook(rows)}
    with pytest.raises(LandingError, match="column store_id is missing"):
        read_landing(files)
    proposal = proposed(files)
    assert proposal.questions == []
    landing = read_landing(files | {"landing.toml": proposal.toml().encode()})
    assert total(landing) == round(sum(columns["sales"]), 2)
    assert set(landing.tables[SALES]["store_id"].to_pylist()) == {"1", "2", "3", "4"}
    assert landing.tables[SALES]["date"].to_pylist() == columns["date"]
    with pytest.raises(LandingError, match=r"there is no sheet 'May' \(found: Sheet1\)"):
        read_landing(files | {"landing.toml": b'[unified_sales_data]\nsheet = "May"\n'})
    with pytest.raises(LandingError, match="cannot be read as Excel"):
        read_landing({"unified_sales_data.xlsx": b"no workbook"})


def accounts(files: dict[str, bytes]) -> Accounts:
    found = accounts_of(read_landing(files).tables)
    assert found.unexplained == 0.0
    return found


def test_the_money_of_every_landing_is_used_set_aside_or_replaced() -> None:
    rows = chain()
    whole = round(sum(rows["sales"]), 2)
    plain = accounts({"unified_sales_data.parquet": parquet(rows)})
    assert (round(plain.used, 2), plain.set_aside, plain.replaced) == (whole, 0.0, 0.0)
    again = {k: [*v, *v[:7]] for k, v in rows.items()}
    repeated = accounts({"unified_sales_data.parquet": parquet(again)})
    assert round(repeated.set_aside, 2) == round(sum(rows["sales"][:7]), 2)
    contradicting = rows | {"sales": [*rows["sales"][:-1], 1.25], "date": [*rows["date"][:-1], rows["date"][-2]]}
    aside = accounts({"unified_sales_data.parquet": parquet(contradicting)})
    assert round(aside.set_aside, 2) == round(rows["sales"][-2] + 1.25, 2)
    later = parquet({k: v[:5] for k, v in rows.items()})
    two = accounts({"unified_sales_data/a1.parquet": parquet(rows), "unified_sales_data/a2.parquet": later})
    assert round(two.replaced, 2) == round(sum(rows["sales"][:5]), 2) and round(two.used, 2) == whole
    sums = np.array(rows["sales"]).reshape(len(STORES), DAYS).sum(axis=0).round(2).tolist()
    total_rows = {"store_id": ["TOTAL"] * DAYS, "date": rows["date"][:DAYS], "sales": sums}
    totals = accounts({"unified_sales_data.parquet": parquet({k: [*v, *total_rows[k]] for k, v in rows.items()})})
    assert round(totals.set_aside, 2) == round(totals.used, 2) == whole


def test_files_of_several_endings_and_padded_store_ids_are_proposed_together() -> None:
    rows = chain()
    numbers = [f"{int(s[1:]) + 100}" for s in rows["store_id"]]
    first = [k for k, d in enumerate(rows["date"]) if d < START + timedelta(days=35)]
    rest = [k for k, d in enumerate(rows["date"]) if d >= START + timedelta(days=25)]
    days = [f"{d:%d.%m.%Y}" for d in rows["date"]]
    padded = [f"0{n}" for n in numbers]
    all_of = {"Filialnr": padded, "Datum": days, "Umsatz": [german(v) for v in rows["sales"]]}
    one = text({name: [v[k] for k in first] for name, v in all_of.items()}, ";").replace(b'"', b"")
    book = [["Filialnr", "Datum", "Umsatz"]]
    book += [[int(numbers[k]), rows["date"][k], rows["sales"][k]] for k in rest]
    files = {"Export_1.csv.gz": gzip.compress(one), "Export_2.xlsx": workbook(book), "notes.pdf": b"%PDF"}
    proposal = proposed(files)
    assert proposal.questions == []
    assert proposal.tables["unified_sales_data"]["files"] == ["Export_1.csv.gz", "Export_2.xlsx"]
    assert proposal.tables["unified_sales_data"]["store_ids"] == "number"
    mapped = files | {"landing.toml": proposal.toml().encode()}
    landing = read_landing(mapped)
    assert total(landing) == round(sum(rows["sales"]), 2)
    assert set(landing.tables[SALES]["store_id"].to_pylist()) == set(numbers)
    asked = proposal.toml().replace('store_ids = "number"\n', "").encode()
    with pytest.raises(LandingError, match=r"store '0101' of one file may be store '101' of another .*store_ids"):
        read_landing(files | {"landing.toml": asked})


def test_a_column_that_cannot_be_recognised_is_asked_for() -> None:
    questions = proposed({"unified_sales_data.csv": b"store;date;wert\n1;2024-01-01;5\n"}).questions
    assert questions == ["unified_sales_data: which column is sales? Say columns (found: 'store', 'date', 'wert')"]


def test_returned_goods_are_sales_below_zero_where_the_mapping_names_them() -> None:
    body = b"store_id,date,category,sales\ns1,2024-01-01,food,100\ns1,2024-01-01,Retoure,20\n"
    files = {"unified_sales_data.csv": body, "landing.toml": b'[unified_sales_data]\nreturns = ["Retoure"]\n'}
    assert total(read_landing(files)) == 80.0


def test_check_says_where_the_money_went_and_how_each_column_is_read() -> None:
    rows = chain()
    again = {k: [*v, *v[:7]] for k, v in rows.items()}
    found = check_landing({"unified_sales_data.parquet": parquet(again)}).facts
    landed_money = round(sum(again["sales"]), 2)
    aside = round(sum(rows["sales"][:7]), 2)
    told = {"landed": landed_money, "used": round(sum(rows["sales"]), 2), "set_aside": aside}
    assert found["money"] == told | {"replaced": 0.0, "unexplained": 0.0}
    (reason,) = found["set_aside"]["reasons"]
    assert (reason["rows"], reason["money"]) == (7, aside) and reason["reason"].startswith("repeats another row")
    assert found["columns"]["unified_sales_data"] == {"store_id": "store_id", "date": "date", "sales": "sales"}


def test_weekly_totals_spread_over_days_are_one_statement_about_the_feed() -> None:
    rows = chain()
    weeks = [500.0 + d.isocalendar().week * 7919 % 997 for d in rows["date"]]
    (note,) = read_landing({"unified_sales_data.parquet": parquet(rows | {"sales": weeks})}).notes
    assert "exactly those of the day before" in note and "spread over their days" in note
    assert not read_landing({"unified_sales_data.parquet": parquet(rows)}).notes
