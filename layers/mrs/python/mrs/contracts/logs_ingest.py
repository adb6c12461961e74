"""The logs that ingest writes: sales and context as the pipeline knew them at each tick."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import datetime

from pydantic import Field

from mrs.contracts.dataset import Dataset
from mrs.contracts.governance import Governed
from mrs.contracts.landing import CalendarEntry, Promotion, Store


class SalesTimeseries(Governed):
    """Sales of one store, date and category, as first or newly known at the tick."""

    store_id: str = Field(description="The store.")
    date: Date = Field(description="Local business date.")
    category: str | None = Field(description="Product category; null where sales are not split.")
    sales: float | None = Field(description="The measure that the budget models use; null: not known.")
    units: float | None = Field(description="Units sold.")
    price: float | None = Field(description="Mean unit price.")
    is_open: bool | None = Field(description="Whether the store was open; null: not said.")
    is_imputed: bool = Field(description="Whether the value was filled in rather than reported.")


class StoresData(Store, Governed):
    """A store, as known at the tick."""


class PromotionsData(Promotion, Governed):
    """A promotion of the TPO calendar, as known at the tick."""


class CalendarData(CalendarEntry, Governed):
    """A holiday, school holiday or local event, as known at the tick."""


class ContextSignals(Governed):
    """One value of one context signal on one day, for the place that it is about."""

    feed: str = Field(description="`campaigns`, `weather`, `social`, `competitors` or `inventory`.")
    signal: str = Field(description="What is measured, e.g. `spend`, `precipitation_mm`, `competitor_availability`.")
    date: Date = Field(description="Local business date.")
    store_id: str | None = Field(description="The store it is about; null: see region.")
    region: str | None = Field(description="The region it is about; null with a null store: everywhere.")
    category: str | None = Field(description="The category it is about; null: all.")
    source: str | None = Field(description="`platform/campaign_id` of a campaign, or the competitor.")
    value: float = Field(description="The value, in the signal's unit.")


class LandingShards(Governed):
    """What the shard of an execution found of one landing dataset at the tick: its own stores' part of it."""

    feed: str = Field(description="The landing dataset.")
    shard: str = Field(description="Which part of the stores, e.g. `0 of 1`.")
    rows_usable: int = Field(description="Usable rows in it, of any date.")
    is_present: bool = Field(description="Whether any of them can be seen at the tick.")
    last_date: Date | None = Field(description="Newest date in it, the tick at the latest.")
    rows_new: int = Field(description="Rows that are new or changed at the tick.")
    rows_rejected: int = Field(description="Rows newly rejected at the tick.")
    stores_known: int = Field(description="Stores known at the tick.")
    stores_seen: int | None = Field(description="Of these, how many have a row dated the tick; null: not by store.")
    files: list[str] = Field(description="The files, each as `name@sha256`; the first shard names them for all.")
    sales_landed: float | None = Field(description="Sales of all its rows with a readable amount; null: not the sales.")
    sales_used: float | None = Field(description="Of these, the sales of the usable rows, of any date.")
    sales_set_aside: float | None = Field(description="Of these, the sales of rejected rows, repeats and totals.")
    sales_replaced: float | None = Field(description="Of these, the sales of rows that a later file replaces.")


class LandingFeeds(Governed):
    """What of one landing dataset was there at the tick, and in which files."""

    feed: str = Field(description="The landing dataset.")
    is_present: bool = Field(description="Whether it held any row.")
    last_date: Date | None = Field(description="Newest date in it, the tick at the latest.")
    rows_new: int = Field(description="Rows that are new or changed at the tick.")
    rows_rejected: int = Field(description="Rows newly rejected at the tick.")
    coverage: float | None = Field(
        description="Share of known stores with a row dated the tick; null where not by store."
    )
    files: list[str] = Field(description="The files, each as `name@sha256`.")
    sales_landed: float | None = Field(description="Sales of all its rows with a readable amount; null: not the sales.")
    sales_used: float | None = Field(description="Of these, the sales of the usable rows, of any date.")
    sales_set_aside: float | None = Field(description="Of these, the sales of rejected rows, repeats and totals.")
    sales_replaced: float | None = Field(description="Of these, the sales of rows that a later file replaces.")


class Execution(Governed):
    """An execution of the pipeline whose input was ingested: what it takes to run it again."""

    execution_id: str = Field(description="sha256 over all that follows.")
    mode: str = Field(description="`daily` or `backfill`.")
    first_tick: Date = Field(description="First business date.")
    last_tick: Date = Field(description="Last business date.")
    landing: str = Field(description="Prefix of its landing files in the landing bucket.")
    shards: int = Field(description="Parts that the stores were cut into.")
    config: str = Field(description="JSON: the settings that it overrode.")
    given_written_at: datetime | None = Field(
        description="The logical time of the write that it was given, UTC; null: each tick's schedule time."
    )


class IngestRejections(Governed):
    """A landing row that could not be used, or only without one of its values, whole, and why."""

    dataset: str = Field(description="The landing dataset.")
    file: str = Field(description="The file, as it was named when it landed.")
    row_number: int = Field(description="Row in the file, the first data row being 1.")
    column: str | None = Field(description="The column at fault; null: the row as a whole.")
    reason: str = Field(description="What is wrong.")
    raw: str = Field(description="The row as it was read, as JSON.")
    rule: str | None = Field(description="What is wrong, without the values of this very row.")
    outcome: str | None = Field(
        description="`rejected`: not used; `used`: used without the value at fault; `repeat`: another row says "
        "the same; `total`: the sum of other rows."
    )
    store_id: str | None = Field(description="Its store; null: none, or not readable.")
    date: Date | None = Field(description="Its date; null: none, not readable, or too far ahead.")
    category: str | None = Field(description="Its category; null: none.")
    sales: float | None = Field(description="Its sales, of a row of sales; null: not readable.")


INGEST_LOGS = (
    Dataset("sales_timeseries_data", SalesTimeseries, ("store_id", "date", "category")),
    Dataset("stores_data", StoresData, ("store_id",)),
    Dataset(
        "promotions_data",
        PromotionsData,
        ("promotion_id", "start_date", "end_date", "retailer", "region", "store_id", "category"),
    ),
    Dataset("calendar_data", CalendarData, ("start_date", "end_date", "name", "kind", "region", "store_id")),
    Dataset(
        "context_signals_data",
        ContextSignals,
        ("feed", "signal", "date", "store_id", "region", "category", "source"),
    ),
    Dataset("landing_shards_log", LandingShards, ("feed", "shard"), supersedes=("tick",), by_shard=True),
    Dataset("landing_feeds_log", LandingFeeds, ("feed",), supersedes=("tick",)),
    Dataset("executions_log", Execution, ("execution_id",)),
    Dataset("ingest_rejections_log", IngestRejections, ("dataset", "file", "row_number", "column", "reason")),
)
