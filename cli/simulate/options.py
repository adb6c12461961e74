"""The options of a simulated world, and its independent streams of random numbers."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import date

import numpy as np
from mrs.errors import BadInputError

MIN_DAYS = 28


@dataclass(frozen=True)
class SimulationOptions:
    """Size, rates and character of a world; every field has a sensible default.

    Parameters
    ----------
    stores, days, seed, start
        Number of stores and days, the seed of everything, and the first business date.
    retailers, regions, categories
        How many there are; `categories=0` gives sales that are not split.
    events
        Number of planted events; None for about one in five days for 200 stores, more for more stores.
    quiet_days
        Days at the start without events; None for 40 % of the days.
    decoys_per_event
        Signals without effect (idle campaign bursts, social spikes, storms, …) per planted event.
    idle_campaign_share
        Share of the events of other causes beside which a campaign burst runs that does nothing.
    unlogged_promotion_share
        Share of the planted promotions that the TPO calendar does not hold; only the price shows them.
    noise
        Scale of the day-to-day noise of sales (1: some 8 % for a mid-sized store), with heavy tails.
    missing_share
        Share of store-days without a row.
    clear_signals
        Whether every signal moves visibly; otherwise some are too faint to detect.
    rough_shelves
        Share of the stores whose own shelves are never full and swing from day to day without much harm.
    units
        Mean number sold in a store-day where whole units are counted; None where sales are money.
    located
        Whether the stores have coordinates.
    talked_about
        Share of the campaigns that people talk about: mentions follow the spend.
    surprises
        Whether unknown events are also bulk orders, rushes and disasters.
    store_feed_days
        How many of the last days the feeds by store (competitors, inventory) cover.
    """

    stores: int = 200
    days: int = 730
    seed: int = 7
    start: date = date(2023, 1, 2)
    retailers: int = 4
    regions: int = 12
    categories: int = 0
    events: int | None = None
    quiet_days: int | None = None
    decoys_per_event: float = 1.0
    idle_campaign_share: float = 0.3
    unlogged_promotion_share: float = 0.2
    noise: float = 1.0
    missing_share: float = 0.001
    clear_signals: bool = False
    rough_shelves: float = 0.0
    units: float | None = None
    located: bool = True
    talked_about: float = 0.0
    surprises: bool = False
    store_feed_days: int = 400

    def __post_init__(self) -> None:
        """Refuse sizes that are too small for a world."""
        if self.stores < 1 or self.days < MIN_DAYS:
            raise BadInputError(
                f"a world needs 1 store and {MIN_DAYS} days at least, not {self.stores} and {self.days}"
            )
        if self.retailers < 1 or self.regions < 1 or self.categories < 0:
            raise BadInputError("a world needs at least 1 retailer and 1 region, and no negative number of categories")

    @property
    def first_event_day(self) -> int:
        """Index of the first day on which an event may start."""
        return min(self.days - 1, self.days * 2 // 5 if self.quiet_days is None else self.quiet_days)

    @property
    def n_events(self) -> int:
        """Number of events to plant."""
        if self.events is not None:
            return self.events
        usual = 0.2 * (self.days - self.first_event_day) * float(self.stores / 200) ** 0.5
        return max(11, round(float(usual)))

    def stream(self, name: str) -> np.random.Generator:
        """Return the stream of random numbers for one part of the world; the parts are independent."""
        return np.random.default_rng([self.seed, zlib.crc32(name.encode())])
