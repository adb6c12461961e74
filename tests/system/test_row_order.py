"""The order of the rows in what lands changes nothing of what is logged; all stages after ingest read from the logs."""

from __future__ import annotations

import random

import pyarrow as pa
from mrs.contracts import dataset
from mrs.store.canonical import conform, content_hash

from tests.ingest.landings import MemoryRun, day, files, folder

PERMUTATIONS = 20
WHERE = ("files", "file", "row_number", "reason")
"""Which file, by its hash, and which row of it: these are about the order."""


def hashes(seed: int | None) -> dict[str, list[str]]:
    """Return the hashes of all that three ticks log, by dataset; None: the rows as they are."""
    landing = folder()
    rows = landing["unified_sales_data"]
    rows += [rows[0] | {}, rows[12] | {"sales": 999.0}, rows[7] | {"store_id": None}]
    if seed is not None:
        dice = random.Random(seed)
        landing = {name: dice.sample(rows, len(rows)) for name, rows in landing.items()}
    run, found = MemoryRun(), dict[str, list[str]]()
    for ticks in ((day(6),), (day(7), day(8))):
        for name, table in run.ingest(files(landing), *ticks).items():
            found.setdefault(name, []).append(digest(name, table))
    return found


def digest(name: str, table: pa.Table) -> str:
    """Return the hash of the rows that a stage hands over, as a log would sort and round them."""
    ds = dataset(name)
    said = [f for f in ds.stage_schema if f.name not in WHERE]
    rows = conform(ds, table.select([f.name for f in said]), pa.schema(said))
    order = [(f.name, "ascending") for f in said if not pa.types.is_list(f.type)]
    return content_hash(ds, rows.sort_by(order))


def test_twenty_orders_of_the_rows_that_land_are_one_log() -> None:
    expected = hashes(None)
    assert (
        expected["ingest_rejections_log"]
        != [digest("ingest_rejections_log", dataset("ingest_rejections_log").empty())] * 2
    )
    for seed in range(PERMUTATIONS):
        assert hashes(seed) == expected, seed
