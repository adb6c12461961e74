"""A day that is restated later is drawn as it is known now."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.api.conftest import LAST, NEXT_DAY, Api, Workshop


def test_a_series_shows_what_was_landed_late(workshop: Workshop, viewer: Api, world: Path, tmp_path: Path) -> None:
    report = viewer.get("/api/reports", limit=1)["items"][0]
    store, day = report["store_id"], LAST - timedelta(days=2)  # a Monday
    landing = shutil.copytree(world / "input", tmp_path / "input")
    (file,) = landing.glob("unified_sales_data*.parquet")
    sales = pq.read_table(file)
    told = sales["date"].cast(pa.date32())
    late = pc.and_(pc.equal(sales["store_id"], store), pc.equal(told, pa.scalar(day)))
    doubled = pc.if_else(late, pc.multiply(sales["sales"], 2), sales["sales"])
    pq.write_table(sales.set_column(sales.schema.get_field_index("sales"), "sales", doubled), file)

    def drawn() -> float:
        line = viewer.get(f"/api/reports/{report['report_id']}/series", to=day.isoformat())["line"]
        return float(dict(zip(line["dates"], line["observed"], strict=True))[day.isoformat()])

    before = drawn()
    workshop.tick(NEXT_DAY, landing)
    assert drawn() == 2 * before > 0
