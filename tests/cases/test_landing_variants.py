"""Other members of the kinds of awkward feeds: nested totals, parts of like size, dates and money in other forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pytest
from mrs.errors import LandingError
from mrs.landing import landed, read_landing
from mrs.landing.accounts import accounts_of

from cli.proposal import proposed
from tests.cases.excel import workbook
from tests.cases.test_landing_cases import DAYS, SALES, START, STORES, chain, german, parquet, text, total

ROWS = chain()
SOLD = np.array(ROWS["sales"])
WHOLE = round(float(SOLD.sum()), 2)
FOLDER = "unified_sales_data"


def by_category(parts: dict[str | None, np.ndarray]) -> bytes:
    columns = {name: ROWS[name] * len(parts) for name in ("store_id", "date")}
    columns["sales"] = [v for part in parts.values() for v in part.round(2).tolist()]
    return parquet(columns | {"category": [name for name in parts for _ in SOLD]})


def with_stores(more: dict[str, tuple[int, ...]]) -> bytes:
    """Return the chain with stores that are the sum of others, given by their positions."""
    grid = SOLD.reshape(len(STORES), DAYS)
    columns = {name: list(values) for name, values in ROWS.items()}
    for name, of in more.items():
        columns["store_id"] += [name] * DAYS
        columns["date"] += ROWS["date"][:DAYS]
        columns["sales"] += grid[list(of)].sum(axis=0).round(2).tolist()
    return text(columns)


def written(number: Callable[[float], str], day: Callable[[date], str] = str) -> bytes:
    rows = zip(ROWS["store_id"], ROWS["date"], ROWS["sales"], strict=True)
    return ("store_id,date,sales\n" + "".join(f"{s},{day(d)},{number(v)}\n" for s, d, v in rows)).encode()


def plain(value: float) -> str:
    return f"{value:.2f}"


@pytest.mark.parametrize("named", ["all", None])
def test_subtotals_within_totals_are_set_aside_once_each(named: str | None) -> None:
    rng = np.random.default_rng(3)
    fresh, dry = (SOLD * rng.uniform(0.2, 0.4, len(SOLD))).round(2), (SOLD * rng.uniform(0.2, 0.4, len(SOLD))).round(2)
    parts = {"food": fresh + dry, "fresh": fresh, "dry": dry, "drinks": SOLD - fresh - dry, named: SOLD}
    landing = read_landing({f"{FOLDER}.parquet": by_category(parts)})
    assert total(landing) == WHOLE
    assert set(landing.tables[SALES]["category"].to_pylist()) == {"fresh", "dry", "drinks"}
    assert accounts_of(landing.tables).unexplained == 0.0


def test_totals_of_regions_that_no_stores_feed_names_are_found_by_what_adds_up() -> None:
    landing = read_landing({f"{FOLDER}.csv": with_stores({"North": (0, 1), "South": (2, 3), "Gesamt": (0, 1, 2, 3)})})
    assert total(landing) == WHOLE
    assert set(landing.tables[SALES]["store_id"].to_pylist()) == set(STORES)
    assert any("store 'North', the sum of stores s1, s2" in note for note in landing.notes)


def test_stores_of_whole_numbers_and_few_days_are_no_totals() -> None:
    counts = np.random.default_rng(5).poisson(3, len(SOLD)).astype(float)
    landing = read_landing({f"{FOLDER}.parquet": parquet(ROWS | {"sales": counts.tolist()})})
    assert total(landing) == counts.sum()


def test_parts_of_like_size_are_asked_about_and_a_correction_by_one_factor_is_not() -> None:
    share = np.random.default_rng(4).uniform(0.42, 0.58, len(SOLD))
    pos = (SOLD * share).round(2)
    parts = {"pos": pos, "web": (SOLD - pos).round(2)}
    files = {f"{FOLDER}/{name}.csv": text(ROWS | {"sales": part.tolist()}) for name, part in parts.items()}
    with pytest.raises(LandingError, match='several_files = "replace" or "sum"'):
        read_landing(files)
    added = read_landing(files | {"landing.toml": b'[unified_sales_data]\nseveral_files = "sum"\n'})
    assert total(added) == WHOLE
    versions = {"": 1.0, " (2)": 0.9, " (10)": 1.1}
    again = {
        f"{FOLDER}/sales{n}.csv": text(ROWS | {"sales": (SOLD * f).round(2).tolist()}) for n, f in versions.items()
    }
    assert total(read_landing(again)) == pytest.approx(1.1 * WHOLE, abs=1)


@pytest.mark.parametrize(
    ("earlier", "later"), [("30.06.2024", "01.07.2024"), ("06-30-2024", "07-01-2024"), ("2024-6-9", "2024-6-10")]
)
def test_a_date_in_a_name_says_which_file_is_later(earlier: str, later: str) -> None:
    corrected = {name: values[:20] for name, values in ROWS.items()}
    corrected["sales"] = [v + 1 for v in corrected["sales"]]
    files = {f"{FOLDER}/sales {earlier}.csv": text(ROWS), f"{FOLDER}/sales {later}.csv": text(corrected)}
    assert total(read_landing(files)) == round(WHOLE + 20, 2)


@pytest.mark.parametrize("form", ["{} EUR", "CHF {}", "{} kr", "€{}", "{}-"])
def test_currencies_and_signs_around_a_number_are_read(form: str) -> None:
    sign = -1 if form == "{}-" else 1
    body = written(lambda v: form.format(plain(v)))
    assert total(read_landing({f"{FOLDER}.csv": body})) == sign * WHOLE


def test_brackets_are_a_minus() -> None:
    body = written(lambda v: f"({v:.2f})" if v < 600 else plain(v))
    assert total(read_landing({f"{FOLDER}.csv": body})) == round(WHOLE - 2 * float(SOLD[SOLD < 600].sum()), 2)


def excel_day(day: date) -> int:
    return (day - date(1899, 12, 30)).days


def test_days_as_excel_counts_them_and_as_whole_numbers() -> None:
    counted = {f"{FOLDER}.csv": written(plain, lambda d: str(excel_day(d)))}
    numbers = [["store_id", "date", "sales"]]
    numbers += [[s, float(excel_day(d)), v] for s, d, v in zip(*ROWS.values(), strict=True)]
    for files in (counted, {f"{FOLDER}.xlsx": workbook(numbers)}):
        with pytest.raises(LandingError, match="date"):
            read_landing(files)
        proposal = proposed(files)
        assert proposal.questions == [] and proposal.tables[FOLDER] == {"date_format": "excel"}
        landing = read_landing(files | {"landing.toml": proposal.toml().encode()})
        assert (total(landing), min(landing.tables[SALES]["date"].to_pylist())) == (WHOLE, START)
    whole = parquet(ROWS | {"date": [int(f"{d:%Y%m%d}") for d in ROWS["date"]]})
    assert set(read_landing({f"{FOLDER}.parquet": whole}).tables[SALES]["date"].to_pylist()) == set(ROWS["date"])
    with pytest.raises(LandingError, match='numbers need date_format .*"excel"'):
        read_landing({f"{FOLDER}.parquet": parquet(ROWS | {"date": [excel_day(d) for d in ROWS["date"]]})})


def test_instants_in_text_are_days_of_their_zone() -> None:
    local = {f"{FOLDER}.csv": written(plain, lambda d: f"{d}T00:00:00+01:00")}
    assert set(read_landing(local).tables[SALES]["date"].to_pylist()) == set(ROWS["date"])
    files = {f"{FOLDER}.csv": written(plain, lambda d: f"{d - timedelta(days=1)} 23:00:00Z")}
    with pytest.raises(LandingError, match="they are instants, not days.*timezone"):
        read_landing(files)
    assert "is an instant" in proposed(files).questions[0]
    landing = read_landing(files | {"landing.toml": b'[unified_sales_data]\ntimezone = "Europe/Berlin"\n'})
    assert set(landing.tables[SALES]["date"].to_pylist()) == set(ROWS["date"])


@pytest.mark.parametrize(
    ("scale", "form", "advice"),
    [(2.45, lambda v: f'"{v:,.2f}"', 'thousands = ","'), (2.47, lambda v: german(v)[:-3], 'thousands = "." or')],
    ids=["1,001.50", "1.001"],
)
def test_a_few_grouped_numbers_say_how_all_are_written(scale: float, form: Callable[[float], str], advice: str) -> None:
    assert 3 <= (scale < SOLD / 1000).sum() < 20
    with pytest.raises(LandingError) as refused:
        read_landing({f"{FOLDER}.csv": written(lambda v: form(v / scale))})
    assert advice in str(refused.value)


def test_fractions_of_three_decimals_are_no_grouped_numbers() -> None:
    body = written(lambda v: f"{v / 1000:.3f}" if v < 1900 else "2")
    read_landing({f"{FOLDER}.csv": body})


def test_two_decimal_signs_are_asked_about() -> None:
    files = {f"{FOLDER}/a.csv": text(ROWS, ";"), f"{FOLDER}/b.csv": written(german).replace(b",", b";", 2)}
    body = b"store_id;date;sales\n" + b"".join(b"s9;2024-01-%02d;1.234,50\n" % d for d in range(1, 30))
    questions = proposed(files | {f"{FOLDER}/b.csv": body}).questions
    assert any("decimal comma, others a decimal point" in q for q in questions)


def test_a_promotion_without_an_end_is_open_and_one_that_cannot_be_read_is_rejected() -> None:
    promotions = b"promotion_id,start_date,end_date\np,2024-01-05,\nq,2024-01-05,31/12/9999\n"
    landing = read_landing({f"{FOLDER}.parquet": parquet(ROWS), "promotions.csv": promotions})
    assert [(r["promotion_id"], r["end_date"].year) for r in landing.tables[landed("promotions")].to_pylist()] == [
        ("p", 2199)
    ]


def test_a_row_a_week_is_said() -> None:
    mondays = [k for k, d in enumerate(ROWS["date"]) if d.weekday() == 0]
    weekly = {name: [values[k] for k in mondays] for name, values in ROWS.items()}
    notes = read_landing({f"{FOLDER}.parquet": parquet(weekly)}).notes
    assert any("most rows of a store are 7 days apart" in note for note in notes)
    assert not any("days apart" in n for n in read_landing({f"{FOLDER}.parquet": parquet(ROWS)}).notes)
