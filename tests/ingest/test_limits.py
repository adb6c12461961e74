"""A file that is too large is refused in one line, before it is decoded."""

from __future__ import annotations

import gzip
import io
import zipfile

import pyarrow as pa
import pytest
from mrs.errors import LandingError
from mrs.landing import limits, read_landing

from tests.ingest.landings import files, parquet, sales

CSV = b"store_id,date,sales,is_open\n" + b"a,2024-03-01,1.5,true\n" * 100


def refused(landing: dict[str, bytes]) -> str:
    with pytest.raises(LandingError) as error:
        read_landing(landing)
    (line,) = str(error.value).splitlines()
    return line


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, most in (("MOST_BYTES", 2**20), ("MOST_ROWS", 50), ("MOST_COLUMNS", 12)):
        monkeypatch.setattr(limits, name, most)


def test_what_is_within_the_limits_is_read() -> None:
    assert read_landing(files({"unified_sales_data": sales()})).tables


def test_a_file_of_too_many_bytes_is_named() -> None:
    said = refused({"unified_sales_data.csv": CSV + b"\n" * 2**20})
    assert said == "unified_sales_data.csv: has more than 1 MB; a file may have 1 MB: split it, by date or store"


def test_a_small_file_that_unpacks_to_a_large_one_is_not_unpacked_to_its_end() -> None:
    bomb = gzip.compress(CSV + b"\n" * (64 * 2**20))
    assert len(bomb) < limits.MOST_BYTES
    assert "has more than 1 MB unpacked" in refused({"unified_sales_data.csv.gz": bomb})


def test_a_workbook_that_unpacks_to_a_large_one_is_not_unpacked() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as workbook:
        workbook.writestr("xl/worksheets/sheet1.xml", b"<" * (8 * 2**20))
    assert len(bomb.getvalue()) < limits.MOST_BYTES
    assert "has more than 1 MB unpacked" in refused({"unified_sales_data.xlsx": bomb.getvalue()})


def test_too_many_rows_of_a_parquet_file_are_known_before_it_is_decoded() -> None:
    rows = pa.table({"store_id": ["a"] * 60, "date": ["2024-03-01"] * 60, "sales": [1.0] * 60, "is_open": [True] * 60})
    assert refused({"unified_sales_data.parquet": parquet(rows)}).endswith("has 60 rows; a file may have 50: split it")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_too_many_columns_are_refused(form: str) -> None:
    row = {"store_id": "a", "date": "2024-03-01", "sales": "1.0", "is_open": "true", **{f"c{n}": "1" for n in range(9)}}
    text = "\n".join((",".join(row), ",".join(row.values()))).encode()
    body = parquet([row]) if form == "parquet" else text
    assert "has 13 columns; a file may have 12" in refused({f"unified_sales_data.{form}": body})
