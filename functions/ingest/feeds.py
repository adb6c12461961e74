"""Feeds: what all shards saw of each landing dataset, put together; with it the tick's input is complete."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.errors import LandingError
from mrs.landing.feed_stats import MONEY
from mrs.landing.files import SALES
from mrs.settings import IngestSettings
from mrs.stage import Read, Span, Stage

SHARDS_LOG, FEEDS_LOG = "landing_shards_log", "landing_feeds_log"
SCHEMA = dataset(FEEDS_LOG).stage_schema


def put_feeds_together(
    tables: Mapping[str, pa.Table], ticks: Sequence[date], _settings: IngestSettings
) -> dict[str, pa.Table]:
    """Return the state of every landing dataset at each tick.

    Parameters
    ----------
    tables
        `landing_shards_log` of the ticks, of all shards.
    ticks
        Consecutive business dates.

    Returns
    -------
    dict
        `landing_feeds_log`: one row a dataset and tick. Coverage is the share of the known stores that have a row dated
        the tick; null where the dataset is not by store, or no store is known.

    Raises
    ------
    LandingError
        If no shard found a usable sales row.
    """
    seen = tables[SHARDS_LOG]
    usable = pc.sum(seen.filter(pc.equal(seen["feed"], SALES))["rows_usable"]).as_py()
    if not usable:
        raise LandingError(f"{SALES}: no usable row; at least one is needed. ingest_rejections_log says why")
    whole = (
        seen.group_by(["tick", "feed"])
        .aggregate(
            [
                ("is_present", "any"),
                ("last_date", "max"),
                *((c, "sum") for c in ("rows_new", "rows_rejected", "stores_known", "stores_seen", *MONEY)),
            ]
        )
        .sort_by([("tick", "ascending"), ("feed", "ascending")])
    )
    known, stores_seen = (whole[f"{c}_sum"].cast(pa.float64()) for c in ("stores_known", "stores_seen"))
    known = pc.if_else(pc.greater(known, 0.0), known, None)
    named = seen.filter(pc.greater(pc.list_value_length(seen["files"]), 0)).select(["tick", "feed", "files"])
    files = {(row["tick"], row["feed"]): row["files"] for row in named.to_pylist()}
    columns = {
        "feed": whole["feed"],
        "is_present": whole["is_present_any"],
        "last_date": whole["last_date_max"],
        "rows_new": whole["rows_new_sum"],
        "rows_rejected": whole["rows_rejected_sum"],
        "coverage": pc.divide(stores_seen, known),
        **{name: whole[f"{name}_sum"] for name in MONEY},
        "files": [files.get(at, []) for at in zip(whole["tick"].to_pylist(), whole["feed"].to_pylist(), strict=True)],
        "tick": whole["tick"],
    }
    return {FEEDS_LOG: pa.table([columns[f.name] for f in SCHEMA], schema=SCHEMA)}


STAGE = Stage(
    name="feeds",
    reads=(Read(SHARDS_LOG, Span.TICKS),),
    writes=(FEEDS_LOG,),
    run=put_feeds_together,
    settings="ingest",
)
