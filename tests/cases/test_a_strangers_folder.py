"""A chain's own files, prepared by nobody: `mrs check --write-mapping` and `mrs run` alone lead to a list of events."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cli.main import app
from cli.proposal import proposed, understood
from cli.simulate import simulate_world
from cli.state import opened
from tests.cases.excel import workbook

DAYS, LAST_TICKS = 420, 20
CUTS = ((0, 250, "Umsatz_2023_alt.csv"), (240, 400, "Umsatz_2023.csv"), (390, DAYS, "Umsatz_2024.xlsx"))


def german(value: float) -> str:
    return f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory):
    """Three files that overlap, two with semicolons, decimal commas and day-first dates, a workbook; and the stores."""
    folder = tmp_path_factory.mktemp("chain")
    world = simulate_world(24, DAYS, 21, quiet_days=DAYS - 40, events=14, regions=3)
    sales = world.landing["unified_sales_data"].to_pandas()
    sales = sales.groupby(["store_id", "date"], as_index=False).agg(sales=("sales", "sum"), is_open=("is_open", "max"))
    number = {name: str(1000 + k) for k, name in enumerate(sorted(sales["store_id"].unique()))}
    sales["store_id"], sales["date"] = sales["store_id"].map(number), pd.to_datetime(sales["date"])
    day = (sales["date"] - sales["date"].min()).dt.days
    for first, last, name in CUTS:
        mine = sales[(day >= first) & (day < last)]
        is_open = np.where(mine["is_open"].fillna(True), "ja", "nein")
        columns = {"Filial-Nr.": mine["store_id"], "Filiale": "Markt " + mine["store_id"], "Geöffnet": is_open}
        if name.endswith(".csv"):
            days, money = mine["date"].dt.strftime("%d.%m.%Y"), mine["sales"].map(german)
            text = pd.DataFrame(columns | {"Datum": days, "Umsatz in EUR (netto)": money}).to_csv(sep=";", index=False)
            (folder / name).write_bytes(text.encode("cp1252"))
        else:
            table = pd.DataFrame(columns | {"Datum": mine["date"].dt.date, "Umsatz in EUR (netto)": mine["sales"]})
            table["Filial-Nr."] = table["Filial-Nr."].astype(int)
            (folder / name).write_bytes(workbook([list(table.columns), *table.astype(object).to_numpy().tolist()]))
    stores = world.landing["stores"].to_pandas()
    stores = pd.DataFrame({"Filial-Nr.": stores["store_id"].map(number), "Bundesland": stores["region"]})
    (folder / "Filialen.csv").write_bytes(stores.to_csv(sep=";", index=False).encode("cp1252"))
    return folder, sales


def test_two_commands_lead_to_events_and_every_cent_is_accounted_for(folder, tmp_path) -> None:
    landing, sales = folder
    told = CliRunner().invoke(app, ["check", str(landing), "--write-mapping"])
    assert told.exit_code in (0, 1), told.output
    assert "question" not in told.output
    assert "mrs run --input" in told.output
    last = sales["date"].max().date()
    first = last - pd.Timedelta(days=LAST_TICKS - 1)
    state = tmp_path / "state"
    ran = CliRunner().invoke(
        app, ["run", "--input", str(landing), "--state", str(state), "--from", str(first), "--to", str(last)]
    )
    assert ran.exit_code == 0, ran.output
    with opened(state, must_exist=True, read_only=True) as s:
        from mrs.store.snapshots import newest_snapshot

        snapshot = newest_snapshot(s.logs, s.run_or_active(None))
        ready = snapshot.read(s.logs, "attribution_ready_sales").to_pandas()
        events = snapshot.read(s.logs, "minority_events_log")
    window = sales[sales["date"].dt.date >= ready["date"].min()]
    assert ready["observed_sales"].sum() == pytest.approx(window["sales"].sum(), abs=0.05)
    assert events.num_rows > 0


@pytest.mark.parametrize("name", ["Umsatz in EUR", "SalesEUR", "Net sales (USD)", "UMSATZ", "Nettoumsatz", "net_sales"])
def test_a_column_of_sales_is_known_by_what_is_beside_its_name(name: str) -> None:
    assert understood("unified_sales_data", ["StoreId", "Datum", name])["sales"] == name


def test_of_two_columns_that_could_be_the_sales_neither_is_guessed() -> None:
    body = b"Filialnr;Datum;Umsatz netto;Umsatz brutto\n1;01.02.2024;1,00;1,19\n"
    questions = proposed({"Export.csv": body}).questions
    assert any("which column is sales? Say columns (found: 'Filialnr', 'Datum', 'Umsatz netto'" in q for q in questions)
