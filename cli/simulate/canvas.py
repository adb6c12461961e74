"""The unfinished world, on which the planting functions draw events and signals."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from cli.simulate.options import SimulationOptions
from cli.simulate.places import Flags, Floats, Ints, Places
from cli.simulate.seasons import CalendarRow
from cli.simulate.trade import PromotionRow

PLATFORMS = ("meta", "tiktok", "programmatic", "search")


@dataclass(frozen=True)
class Burst:
    """Extra spend of one campaign in one region, or in all (None); `spend` per day from day `start`."""

    platform: int
    campaign: str
    region: int | None
    start: int
    spend: Floats


@dataclass(frozen=True)
class Planted:
    """An event that changed sales; `log_effect` is of shape (stores, days) and starts at day `start`."""

    cause: str
    kind: str
    start: int
    stores: Ints
    log_effect: Floats
    category: int | None = None

    @property
    def days(self) -> int:
        """Length in days."""
        return int(self.log_effect.shape[1])


@dataclass(frozen=True)
class Decoy:
    """A signal without effect on sales."""

    kind: str
    start: int
    days: int
    stores: Ints


@dataclass
class Canvas:
    """Signals and events, as arrays by store (S, D), by region (R, D) or by platform and region (P, R, D)."""

    options: SimulationOptions
    places: Places
    temperature: Floats
    precipitation: Floats
    wind: Floats
    mentions: Floats
    sentiment: Floats
    spend: Floats
    competitor: Floats
    own: Floats
    price: Floats
    is_open: Flags
    calendar: list[CalendarRow]
    promotions: list[PromotionRow]
    bursts: list[Burst] = field(default_factory=list)
    planted: list[Planted] = field(default_factory=list)
    decoys: list[Decoy] = field(default_factory=list)
    idle_beside: set[int] = field(default_factory=set)
    busy: Flags = field(init=False)

    def __post_init__(self) -> None:
        """Start with no store-day taken by an event."""
        self.busy = np.zeros(self.price.shape, bool)

    @property
    def days(self) -> int:
        """Number of days of the world."""
        return self.options.days

    def day(self, index: int) -> date:
        """Return the date of a day index."""
        return self.options.start + timedelta(days=index)

    def span(self, start: int, days: int) -> slice:
        """Return the days from `start` on as a slice that stays within the world."""
        return slice(max(0, start), max(0, min(self.days, start + days)))

    def regions_of(self, stores: Ints) -> Ints:
        """Return the regions that the stores stand in, sorted."""
        return np.unique(self.places.region[stores])

    def region_name(self, region: int) -> str:
        """Return a region's name."""
        return self.places.region_names[region]
