"""What ingest would refuse is refused before a stack is opened, in ingest's own words; all else is left to ingest."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mrs.errors import BadInputError, LandingError
from typer.testing import CliRunner

from cli import state
from cli.landing import HEAD_BYTES, HEAD_ROWS, refuse_unusable
from cli.main import app

SALES = "unified_sales_data"
HEADER = "store_id,date,sales\n"


class OpenedError(Exception):
    """The stack was about to be opened."""


@pytest.fixture(autouse=True)
def no_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    def opened(*_: Any, **__: Any) -> NoReturn:
        raise OpenedError

    monkeypatch.setattr(state, "opened", opened)


def run(landing: Path) -> BaseException | None:
    days = ("--from", "2024-01-01", "--to", "2024-01-01")
    return CliRunner().invoke(app, ["run", "--input", f"{landing}", "--state", f"{landing}/state", *days]).exception


def csv(folder: Path, text: str) -> Path:
    (folder / f"{SALES}.csv").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("shop,date,sales\n1,2024-01-01,3\n", "column store_id is missing"),
        ("store_id;date;sales\n1;2024-01-01;3\n", "separated by ';'"),
        (HEADER + "1,01/02/2024,3\n", "no usable row"),
        (HEADER, "no usable row"),
        ("", "is empty"),
    ],
)
def test_an_unusable_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    refused = run(csv(tmp_path, text))
    assert isinstance(refused, LandingError)
    assert said in str(refused)


def test_a_folder_without_sales_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stores.csv").write_text("store_id\n1\n")
    assert isinstance(run(tmp_path), LandingError)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    assert isinstance(run(tmp_path), BadInputError)


def test_a_torn_parquet_file_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"store_id": ["1"], "date": ["2024-01-01"], "sales": [1.0]}), tmp_path / f"{SALES}.parquet")
    whole = (tmp_path / f"{SALES}.parquet").read_bytes()
    (tmp_path / f"{SALES}.parquet").write_bytes(whole[:-20])
    refused = run(tmp_path)
    assert isinstance(refused, LandingError)
    assert "cannot be read as Parquet" in str(refused)


def test_nothing_is_written_for_what_is_refused(tmp_path: Path) -> None:
    run(csv(tmp_path, "a,b\n1,2\n"))
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_what_its_first_rows_hide_is_read_whole(tmp_path: Path, suffix: str) -> None:
    good = [f"{date(1990, 1, 1) + timedelta(days=n)}" for n in range(12_000)]
    dates = ["?"] * HEAD_ROWS + good
    if suffix == "csv":
        text = HEADER + "".join(f"1,{d},3{' ' * 60}\n" for d in dates)
        csv(tmp_path, text)
    else:
        sales = pa.table({"store_id": ["1"] * len(dates), "date": dates, "sales": [3.0] * len(dates)})
        pq.write_table(sales, tmp_path / f"{SALES}.parquet")
    assert isinstance(run(tmp_path), OpenedError)


def test_a_field_that_goes_on_where_the_first_rows_end_is_no_fault(tmp_path: Path) -> None:
    row = '1,2024-01-01,3,"a\nb"\n'
    refuse_unusable(csv(tmp_path, "store_id,date,sales,remark\n" + row * (HEAD_BYTES // len(row) * 2)))


def test_a_mapping_from_elsewhere_counts_in_place_of_the_folders_own(tmp_path: Path) -> None:
    folder = csv(tmp_path, "Filiale;date;sales\n1;2024-01-01;5\n")
    with pytest.raises(LandingError):
        refuse_unusable(folder)
    mapping = tmp_path / "ours.toml"
    mapping.write_text('[unified_sales_data]\nseparator = ";"\ncolumns = { store_id = "Filiale" }\n')
    refuse_unusable(folder, mapping)
    with pytest.raises(BadInputError, match="--mapping .*none.toml: No such file"):
        refuse_unusable(folder, tmp_path / "none.toml")
