"""The same sixty days of four stores in thirty ways of writing a CSV file: read as they are, or by what is proposed."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from mrs.errors import LandingError
from mrs.landing import read_landing

from cli.proposal import proposed
from tests.cases.test_landing_cases import chain, total

ROWS = chain()
WAYS: dict[str, dict[str, Any]] = {
    "plain": {},
    "semicolon": {"sep": ";"},
    "tab": {"sep": "\t"},
    "bar": {"sep": "|"},
    "decimal comma": {"sep": ";", "decimal": ","},
    "decimal comma in quotes": {"decimal": ",", "quote": True},
    "German": {"sep": ";", "decimal": ",", "thousands": ".", "date": "%d.%m.%Y"},
    "German, two-digit years": {"sep": ";", "decimal": ",", "date": "%d.%m.%y"},
    "German, with a time": {"sep": ";", "decimal": ",", "date": "%d.%m.%Y 00:00"},
    "Swiss": {"sep": ";", "thousands": "'", "date": "%d.%m.%Y"},
    "Swiss, curved": {"sep": ";", "thousands": "\u2019"},
    "French": {"sep": ";", "decimal": ",", "thousands": "\u202f", "date": "%d/%m/%Y"},
    "no-break space": {"sep": ";", "decimal": ",", "thousands": "\xa0"},
    "American": {"thousands": ",", "date": "%m/%d/%Y"},
    "month names": {"date": "%d-%b-%Y"},
    "compact dates": {"date": "%Y%m%d"},
    "slashes": {"date": "%Y/%m/%d"},
    "midnights": {"date": "%Y-%m-%d 00:00:00"},
    "instants": {"date": "%Y-%m-%dT00:00:00Z"},
    "byte-order mark": {"mark": b"\xef\xbb\xbf"},
    "UTF-16": {"encoding": "utf-16"},
    "Windows": {"encoding": "cp1252", "head": ("Geschäft", "date", "sales"), "asked": True},
    "carriage returns": {"end": "\r\n"},
    "old Mac": {"end": "\r"},
    "quotes": {"quote": True},
    "capitals": {"head": ("STORE_ID", "DATE", "SALES")},
    "spaces in the header": {"head": (" store_id ", "date ", " sales")},
    "other names": {"sep": ";", "head": ("Filiale", "Datum", "Umsatz")},
    "gzip": {"zipped": True},
    "empty lines at the end": {"below": "\n\n"},
    "currency in front": {"currency": "€"},
    "Excel's separator line": {"sep": ";", "above": "sep=;\n"},
    "a title": {"above": "Sales 2024\nprinted on 2024-06-30\n\n"},
}


def written(
    sep: str = ",",
    decimal: str = ".",
    thousands: str = "",
    date: str = "%Y-%m-%d",
    encoding: str = "utf-8",
    mark: bytes = b"",
    end: str = "\n",
    quote: bool = False,
    head: tuple[str, ...] = ("store_id", "date", "sales"),
    zipped: bool = False,
    above: str = "",
    below: str = "",
    currency: str = "",
) -> bytes:
    def number(value: float) -> str:
        signs = str.maketrans({",": thousands, ".": decimal})
        return currency + f"{value:,.2f}".translate(signs)

    lines = [sep.join(head)]
    for store, day, sales in zip(ROWS["store_id"], ROWS["date"], ROWS["sales"], strict=True):
        cells = [store, day.strftime(date), number(sales)]
        lines.append(sep.join(f'"{c}"' if quote or sep in c else c for c in cells))
    body = mark + (above + end.join(lines) + end + below).encode(encoding)
    return gzip.compress(body) if zipped else body


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_writing_is_read_to_the_cent_or_asked_about(way: str) -> None:
    form = dict(WAYS[way])
    asked = form.pop("asked", False)
    files = {"unified_sales_data.csv" + (".gz" if form.get("zipped") else ""): written(**form)}
    try:
        landing = read_landing(files)
    except LandingError as refusal:
        assert "landing.toml" in str(refusal) or "UTF-8" in str(refusal)
        proposal = proposed(files)
        if asked:
            assert "which column is store_id" in proposal.questions[0]
            return
        assert proposal.questions == []
        landing = read_landing(files | {"landing.toml": proposal.toml().encode()})
    assert total(landing) == round(sum(ROWS["sales"]), 2)


def test_a_minus_behind_a_number_is_a_minus() -> None:
    body = b"store_id,date,sales\ns1,2024-01-01,10.00\ns1,2024-01-02,2.50-\n"
    assert total(read_landing({"unified_sales_data.csv": body})) == 7.5
