"""`mrs check`: what it says of a folder, and the mapping that it proposes."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.check import check_files, check_landing
from cli.check_proposal import proposal
from cli.main import app
from tests.cases.feeds import chain, german, money, named, parquet, text, totals

SALES = "unified_sales_data"


def german_files() -> dict[str, bytes]:
    rows = [{k: r[k] for k in ("store_id", "date", "sales")} for r in chain()]
    theirs = named(rows, {"store_id": "Filiale", "date": "Datum", "sales": "Umsatz"})
    return {"umsatz.csv": text(theirs, ";", Datum=lambda d: f"{d:%d.%m.%Y}", Umsatz=german)}


def test_a_sound_folder_is_ready_and_says_what_it_holds() -> None:
    rows = chain()
    report = check_files({f"{SALES}.parquet": parquet(rows)})
    assert report.exit_code == 0 and report.facts["stores"] == 6
    assert report.facts["dates"] == "2024-01-01 to 2024-02-29, 60 days"
    assert report.facts["landed_money"] == {"landed": money(rows), "usable": money(rows), "set_aside": 0.0}
    assert any(line.startswith("stores: ") for line in report.facts["missing_feeds"])


def test_what_was_set_aside_is_said_in_money() -> None:
    rows = [{k: r[k] for k in ("store_id", "date", "sales")} for r in chain()]
    report = check_files({f"{SALES}.csv": text([*rows, *totals(rows)])})
    assert report.exit_code == 1
    assert any("'TOTAL' is the sum of other stores" in w for w in report.warnings)


def test_weekly_totals_spread_over_days_are_one_warning() -> None:
    rows = [r | {"sales": 100.0 + r["date"].isocalendar().week} for r in chain()]
    (warning,) = check_files({f"{SALES}.parquet": parquet(rows)}).warnings
    assert warning.startswith("most stores sold the same on every day of a week")


def test_a_folder_that_cannot_be_read_says_why() -> None:
    report = check_files({f"{SALES}.csv": b"store;sold\n1;2\n"})
    assert report.exit_code == 2 and "separated by ';'" in report.faults[0]


def test_the_proposed_mapping_reads_the_files_that_it_was_proposed_from() -> None:
    files = german_files()
    how, questions = proposal(files)
    report = check_files(files | {"landing.toml": how.encode()})
    assert questions == [] and report.exit_code == 0, how
    assert report.facts["sales"] == money(chain())


def test_two_readings_are_asked_about_and_not_guessed() -> None:
    rows = chain(days=12)
    _, questions = proposal({"sales.csv": text(rows, date=lambda d: f"{d:%d/%m/%Y}")})
    assert questions == ["date: dates may be %d/%m/%Y or %m/%d/%Y: say date_format in landing.toml"]


@pytest.mark.parametrize(
    ("files", "code"), [({f"{SALES}.parquet": parquet(chain())}, 0), ({f"{SALES}.csv": b"a\n"}, 2)]
)
def test_the_command_ends_with_the_reports_code(files: dict[str, bytes], code: int, tmp_path: Path) -> None:
    for name, body in files.items():
        (tmp_path / name).write_bytes(body)
    result = CliRunner().invoke(app, ["check", str(tmp_path), "--json"])
    assert result.exit_code == code and f'"exit_code": {code}' in result.stdout
    assert check_landing(tmp_path).exit_code == code
