"""The input: what a customer lands, one model a dataset."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)

from pydantic import BaseModel, Field

from mrs.contracts.dataset import Dataset, Kind


class UnifiedSales(BaseModel):
    """Sales of one store on one day, in one category where sales come by category. The one required input."""

    store_id: str = Field(description="The store.")
    date: Date = Field(description="Local business date.")
    category: str | None = Field(description="Product category; null where sales are not split.")
    sales: float = Field(description="The measure that the budget models use: money or units.")
    units: float | None = Field(description="Units sold.")
    price: float | None = Field(description="Mean unit price.")
    is_open: bool | None = Field(description="Whether the store was open.")


class Store(BaseModel):
    """A store and where it stands."""

    store_id: str = Field(description="The store.")
    retailer: str | None = Field(description="The company that runs it.")
    region: str | None = Field(description="The region that context is given for.")
    latitude: float | None = Field(description="Degrees north.")
    longitude: float | None = Field(description="Degrees east.")


class Promotion(BaseModel):
    """A promotion of the TPO calendar; a null scope column means all."""

    promotion_id: str = Field(description="The promotion.")
    start_date: Date = Field(description="First day.")
    end_date: Date = Field(description="Last day.")
    retailer: str | None = Field(description="Only this retailer; null: all.")
    region: str | None = Field(description="Only this region; null: all.")
    store_id: str | None = Field(description="Only this store; null: all.")
    category: str | None = Field(description="Only this category; null: all.")
    mechanic: str | None = Field(description="What kind of promotion it is.")
    depth: float | None = Field(description="Discount as a share of the price, 0 to 1.")


class Campaign(BaseModel):
    """Spend of one paid campaign on one day, from the MAB."""

    date: Date = Field(description="Local business date.")
    platform: str = Field(description="Where it ran: Facebook, TikTok, programmatic, ….")
    campaign_id: str = Field(description="The campaign.")
    region: str | None = Field(description="Where it ran; null: everywhere.")
    spend: float = Field(description="Money spent.")
    impressions: float | None = Field(description="Times shown.")


class CalendarEntry(BaseModel):
    """A holiday, a school holiday or a local event; a null scope column means all."""

    start_date: Date = Field(description="First day.")
    end_date: Date = Field(description="Last day.")
    name: str = Field(description="Its name.")
    kind: str = Field(description="`public_holiday`, `school_holiday` or `local_event`.")
    region: str | None = Field(description="Only this region; null: all.")
    store_id: str | None = Field(description="Only near this store; null: all.")


class Weather(BaseModel):
    """The weather of a region on a day."""

    date: Date = Field(description="Local business date.")
    region: str = Field(description="The region.")
    temperature_c: float | None = Field(description="Mean temperature, °C.")
    precipitation_mm: float | None = Field(description="Precipitation, mm.")
    wind_kph: float | None = Field(description="Wind, km/h.")


class Social(BaseModel):
    """Mentions of the brand or category on a day."""

    date: Date = Field(description="Local business date.")
    region: str | None = Field(description="Where; null: everywhere.")
    category: str | None = Field(description="Which category; null: the brand.")
    mentions: float = Field(description="Number of mentions.")
    sentiment: float | None = Field(description="Mean sentiment, −1 to 1.")


class Competitor(BaseModel):
    """A competitor's availability on a day; 0 to 1, the share of its range on shelf."""

    date: Date = Field(description="Local business date.")
    store_id: str | None = Field(description="Near this store; null: see region.")
    region: str | None = Field(description="In this region; null: see store.")
    competitor: str = Field(description="The competitor.")
    availability: float = Field(description="Share of the competitor's range on shelf, 0 to 1.")


class Inventory(BaseModel):
    """Own availability in a store on a day; 0 to 1, the share of the own range on shelf."""

    date: Date = Field(description="Local business date.")
    store_id: str = Field(description="The store.")
    category: str | None = Field(description="Product category; null: all.")
    availability: float = Field(description="Share of the own range on shelf, 0 to 1.")


def _landing(name: str, row: type[BaseModel], *key: str) -> Dataset:
    return Dataset(name, row, key, kind=Kind.LANDING)


PROMOTION_KEY = ("promotion_id", "start_date", "end_date", "retailer", "region", "store_id", "category")

LANDING = (
    _landing("unified_sales_data", UnifiedSales, "store_id", "date", "category"),
    _landing("stores", Store, "store_id"),
    _landing("promotions", Promotion, *PROMOTION_KEY),
    _landing("campaigns", Campaign, "date", "platform", "campaign_id", "region"),
    _landing("calendar", CalendarEntry, "start_date", "end_date", "name", "kind", "region", "store_id"),
    _landing("weather", Weather, "date", "region"),
    _landing("social", Social, "date", "region", "category"),
    _landing("competitors", Competitor, "date", "store_id", "region", "competitor"),
    _landing("inventory", Inventory, "date", "store_id", "category"),
)
