"""Feeds that fool a reader: each is read rightly, or refused with one line that says how to settle it."""

from __future__ import annotations

from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.errors import LandingError
from mrs.landing import REJECTIONS, Landing, landed, read_landing

from tests.cases.feeds import Rows, chain, german, money, named, parquet, text, totals

SALES = "unified_sales_data"


def usable(landing: Landing) -> pa.Table:
    return landing.tables[landed(SALES)]


def sold(landing: Landing) -> float:
    return round(pc.sum(usable(landing)["sales"]).as_py(), 2)


def split(rows: Rows) -> Rows:
    """Two categories and a row without one, which is their total."""
    food = [r | {"category": "food", "sales": round(r["sales"] * 0.7, 2)} for r in rows]
    rest = [
        r | {"category": "drinks", "sales": round(r["sales"] - f["sales"], 2)} for r, f in zip(rows, food, strict=True)
    ]
    return [*food, *rest, *(r | {"category": None} for r in rows)]


def test_a_total_beside_its_categories_is_set_aside() -> None:
    rows = chain()
    landing = read_landing({f"{SALES}.parquet": parquet(split(rows))})
    assert sold(landing) == pytest.approx(money(rows), abs=0.01)
    (note,) = landing.notes
    assert "rows without a category are the sum of the other categories" in note and "keep_totals" in note


def test_a_row_without_a_category_that_is_no_total_stays() -> None:
    rows = [r | ({"sales": r["sales"] * 0.1} if r["category"] is None else {}) for r in split(chain())]
    assert usable(read_landing({f"{SALES}.parquet": parquet(rows)})).num_rows == len(rows)


def test_a_row_of_totals_is_set_aside() -> None:
    rows = [{k: r[k] for k in ("store_id", "date", "sales")} for r in chain()]
    landing = read_landing({f"{SALES}.csv": text([*rows, *totals(rows)])})
    assert sold(landing) == money(rows)
    assert "'TOTAL' is the sum of other stores" in landing.notes[0]


def test_totals_of_regions_and_of_the_chain_are_set_aside() -> None:
    rows = [{k: r[k] for k in ("store_id", "date", "sales")} for r in chain(stores=8)]
    north = [r | {"store_id": "NORTH"} for r in totals([r for r in rows if r["store_id"] < "S004"])]
    south = [r | {"store_id": "SOUTH"} for r in totals([r for r in rows if r["store_id"] >= "S004"])]
    landing = read_landing({f"{SALES}.csv": text([*rows, *north, *south, *totals(rows)])})
    assert sold(landing) == money(rows)


def test_version_ten_is_later_than_version_nine() -> None:
    rows = chain()
    day = [r for r in rows if r["date"] == rows[30]["date"]]
    drops = {f"{SALES}/sales.parquet": parquet(rows)}
    drops |= {
        f"{SALES}/sales_v{v}.parquet": parquet([r | {"sales": round(r["sales"] * (0.5 + v / 20), 2)} for r in day])
        for v in range(2, 11)
    }
    landing = read_landing(drops)
    assert sold(landing) == money(rows)
    assert landing.notes[-1].startswith(f"{SALES}/sales_v10.parquet corrects 6 rows of {SALES}/sales_v9.parquet")


def test_two_feeds_of_the_same_days_are_asked_about_or_summed_as_the_mapping_says() -> None:
    rows = chain()
    drops = {
        f"{SALES}/{name}.parquet": parquet([r | {"sales": r["sales"] * share} for r in rows])
        for name, share in (("pos_a", 0.8), ("web_b", 0.2))
    }
    with pytest.raises(LandingError, match='say in landing.toml.*same_key = "sum" if they are parts of the sales'):
        read_landing(drops)
    landing = read_landing(drops | {"landing.toml": f'[{SALES}]\nsame_key = "sum"\n'.encode()})
    assert sold(landing) == pytest.approx(money(rows), abs=0.01)


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        (lambda v: f"{v:,.2f}", 'decimal = ".", thousands = ","'),
        (german, 'decimal = ",", thousands = "."'),
    ],
)
def test_numbers_that_most_rows_write_otherwise_stop_the_run_and_the_mapping_settles_it(written, asked: str) -> None:
    rows = chain()
    drop = {f"{SALES}.csv": text(rows, ";", sales=written)}
    plain = f'[{SALES}]\nseparator = ";"\n'
    with pytest.raises(LandingError) as error:
        read_landing(drop | {"landing.toml": plain.encode()})
    assert "column sales: " in str(error.value) and f"say {asked}" in str(error.value)
    how = plain + asked.replace(", t", "\nt")
    assert sold(read_landing(drop | {"landing.toml": how.encode()})) == money(rows)


def test_a_number_that_can_be_read_in_two_ways_is_never_guessed() -> None:
    rows = [r | {"sales": round(r["sales"])} for r in chain()]
    drop = {f"{SALES}.csv": text(rows, sales=lambda v: f"{v:,}".replace(",", "."))}
    with pytest.raises(LandingError, match=r"may be 1\.\d{3} or 1,\d{3}: say in landing.toml"):
        read_landing(drop)
    how = f'[{SALES}]\ndecimal = ","\nthousands = "."\n'
    assert sold(read_landing(drop | {"landing.toml": how.encode()})) == money(rows)


def test_instants_are_local_days_in_the_time_zone_of_the_mapping() -> None:
    zone, rows = ZoneInfo("Europe/Lisbon"), chain(days=120)
    stamped = [r | {"date": datetime.combine(r["date"], time(), zone).astimezone(UTC)} for r in rows]
    drop = {f"{SALES}.parquet": parquet(stamped)}
    with pytest.raises(LandingError, match="these are instants; say timezone"):
        read_landing(drop)
    landing = read_landing(drop | {"landing.toml": f'[{SALES}]\ntimezone = "Europe/Lisbon"\n'.encode()})
    assert usable(landing)["date"].to_pylist() == [r["date"] for r in rows]


def test_one_category_below_zero_is_kept() -> None:
    rows = split(chain())[: 2 * len(chain())]
    rows[5]["sales"] = -2500.0
    landing = read_landing({f"{SALES}.parquet": parquet(rows)})
    assert sold(landing) == money(rows) and landing.tables[REJECTIONS].num_rows == 0


def test_a_german_folder_is_read_by_its_mapping() -> None:
    rows = [{k: r[k] for k in ("store_id", "date", "sales")} for r in chain()]
    theirs = named(rows, {"store_id": "Filiale", "date": "Datum", "sales": "Umsatz"})
    body = text(theirs, ";", Datum=lambda d: f"{d:%d.%m.%Y}", Umsatz=german)
    how = f"""[{SALES}]
files = ["umsatz*.csv"]
separator = ";"
decimal = ","
thousands = "."
date_format = "%d.%m.%Y"
[{SALES}.columns]
store_id = "Filiale"
date = "Datum"
sales = "Umsatz"
"""
    landing = read_landing({"umsatz_2024.csv": body, "landing.toml": how.encode()})
    assert usable(landing).num_rows == len(rows) and sold(landing) == money(rows)


def test_folders_by_date_and_wide_tables_are_read() -> None:
    rows = [{k: r[k] for k in ("store_id", "date", "sales")} for r in chain(days=3)]
    by_day = {
        f"{SALES}/date={d}/part.parquet": parquet(
            [{k: r[k] for k in ("store_id", "sales")} for r in rows if r["date"] == d]
        )
        for d in sorted({r["date"] for r in rows})
    }
    assert sold(read_landing(by_day)) == money(rows)
    days = sorted({r["date"] for r in rows})
    wide: Rows = [
        {"store_id": s} | {str(d): r["sales"] for d in days for r in rows if (r["store_id"], r["date"]) == (s, d)}
        for s in sorted({r["store_id"] for r in rows})
    ]
    landing = read_landing({f"{SALES}.csv": text(wide), "landing.toml": f'[{SALES}]\nwide = "date"\n'.encode()})
    assert usable(landing).num_rows == len(rows) and sold(landing) == money(rows)


def test_a_mapping_that_does_not_fit_says_where() -> None:
    drop = {f"{SALES}.parquet": parquet(chain()), "landing.toml": f'[{SALES}]\ndecimal = "x"\n'.encode()}
    with pytest.raises(LandingError, match=r"^landing.toml: \[unified_sales_data\] decimal: Input should be"):
        read_landing(drop)
