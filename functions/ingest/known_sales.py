"""What ingest reads of the sales that a run knows: those of the landed days, and of all before only whose they are."""

from __future__ import annotations

from datetime import date, timedelta

import pyarrow as pa
import pyarrow.compute as pc
from mrs.contracts import dataset
from mrs.stage import Read, Span, StageContext, read
from mrs.store.kept import keep, kept_names, kept_tables, made_of
from mrs.store.keys import LogKey
from mrs.store.objects import StoredObject
from mrs.store.parts import first_of_span

SALES_LOG = "sales_timeseries_data"
SOLD_BEFORE = "stores that sold before"
"""`store_id`, and the first `date` of each: of the sales log's ticks before those that are read."""
SALES = Read(SALES_LOG, Span.BEFORE, bare=True, sharded=True, by_loader=True)
Found = list[tuple[LogKey, StoredObject]]


def known_sales(context: StageContext, first: date | None) -> dict[str, pa.Table]:
    """Return the known sales of a date and later ones, and the stores that sold before.

    A row lies in a tick that is not before its date, so that no older tick has one to compare with. The stores are
    kept every four weeks, beside the log's parts; the first time, and where rows land that are older than that, all of
    the log is read.

    Parameters
    ----------
    first
        The earliest date of the sales that landed; None where none did.
    """
    event, objects = context.event, context.logs.objects
    found = context.logs.find(dataset(SALES_LOG), event.run_id, last=event.first_tick - timedelta(days=1))
    names = kept_names(objects, SALES_LOG, event.run_id)
    begin, before = _newest(context, names, found, min(first or event.first_tick, event.first_tick))
    rows = read(context, SALES, between=(begin, event.first_tick - timedelta(days=1)))
    until = first_of_span(event.first_tick)
    if found and found[0][0].tick < until and begin < until and not _named(context, names, found, until):
        older = rows.filter(pc.less(rows["tick"], pa.scalar(until, pa.date32())))
        keep(objects, SALES_LOG, event.run_id, _name(context, found, until), [_first_days(before, older)])
    return {SALES_LOG: rows, SOLD_BEFORE: before}


def _newest(context: StageContext, names: list[str], found: Found, since: date) -> tuple[date, pa.Table]:
    """Return from which tick on the log must be read, and which stores sold in the ticks before."""
    for name in reversed(names):
        until = date.fromisoformat(name[:10])
        if until <= since and name in _named(context, names, found, until):
            (stores,) = kept_tables(context.logs.objects, SALES_LOG, context.event.run_id, name)
            return until, stores
    schema = dataset(SALES_LOG).schema
    return date.min, pa.schema([schema.field("store_id"), schema.field("date")]).empty_table()


def _named(context: StageContext, names: list[str], found: Found, until: date) -> list[str]:
    begins = _name(context, found, until)
    return [name for name in names if name.startswith(begins)]


def _name(context: StageContext, found: Found, until: date) -> str:
    objects = (one for one in found if one[0].tick < until)
    return f"{until:%Y-%m-%d}_{context.event.part}_{made_of((), objects)}"


def _first_days(before: pa.Table, rows: pa.Table) -> pa.Table:
    sold = pa.concat_tables([before, rows.select(["store_id", "date"])])
    firsts = sold.group_by("store_id").aggregate([("date", "min")]).sort_by("store_id")
    return pa.table([firsts["store_id"], firsts["date_min"]], schema=before.schema)
