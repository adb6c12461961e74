"""The signals that can explain a deviation: where each is found, when it is unusual, and which cause it supports."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from mrs.contracts import Cause


@dataclass(frozen=True)
class SignalSpec:
    """One kind of signal.

    Parameters
    ----------
    name, feed, cause
        The signal's name in `context_signals_data` (or what it is derived from), its landing feed, its cause.
    label
        How a sentence calls it.
    scale
        `level`, `log`, `rain` (zero on most days) or `flag` (0 to 1, made from a calendar).
    least_spread
        Smallest spread that is credited to the signal's usual noise, in its scale.
    side
        Which way it must leave its usual range to count: +1, -1, or 0 for either.
    unusual
        (from, to): how many spreads away it begins to count, and counts in full.
    matters
        (from, to): how far away, in its scale.
    offset, digits
        What is added before a logarithm; decimals in a sentence.
    moves_with_season
        Whether what is usual drifts within the weeks before, so that their trend is part of it, and goes up and down
        with the other regions'.
    """

    name: str
    feed: str
    cause: Cause
    label: str
    scale: str
    least_spread: float
    side: int
    unusual: tuple[float, float]
    matters: tuple[float, float]
    offset: float = 0.0
    digits: int = 2
    moves_with_season: bool = False


SPECS: tuple[SignalSpec, ...] = (
    SignalSpec("mentions", "social", Cause.VIRAL, "social mentions", "log", 0.2, 1, (1.2, 3), (0.3, 0.9), 3.0, 0),
    SignalSpec(
        "competitor_availability",
        "competitors",
        Cause.COMPETITOR_STOCKOUT,
        "competitor shelf availability",
        "level",
        0.02,
        -1,
        (2.5, 5),
        (0.04, 0.15),
    ),
    SignalSpec(
        "own_availability",
        "inventory",
        Cause.OWN_STOCKOUT,
        "own shelf availability",
        "level",
        0.02,
        -1,
        (1.2, 3),
        (0.06, 0.2),
    ),
    SignalSpec(
        "temperature_c",
        "weather",
        Cause.WEATHER,
        "temperature",
        "level",
        2.0,
        0,
        (1.8, 3.2),
        (4, 8),
        digits=1,
        moves_with_season=True,
    ),
    SignalSpec("precipitation_mm", "weather", Cause.WEATHER, "rain (mm)", "rain", 3.0, 1, (1.5, 3), (6, 14), 0.0, 1),
    SignalSpec("wind_kph", "weather", Cause.WEATHER, "wind (km/h)", "level", 3.0, 1, (2.5, 5), (12, 25), 0.0, 0),
    SignalSpec("local_event", "calendar", Cause.LOCAL_EVENT, "local event", "flag", 1.0, 1, (0, 1), (0, 1), 0.0, 0),
    SignalSpec("promotion", "promotions", Cause.PROMOTION, "promotion", "flag", 1.0, 1, (0, 1), (0, 1), 0.0, 2),
    SignalSpec(
        "price",
        "unified_sales_data",
        Cause.PRICE_CHANGE,
        "price",
        "log",
        0.008,
        0,
        (2, 4),
        (0.015, 0.04),
    ),
    SignalSpec(
        "spend", "campaigns", Cause.PAID_CAMPAIGN, "campaign spend", "log", 0.15, 1, (1.2, 3), (0.3, 0.8), 1.0, 0
    ),
)
SPEC_BY_NAME = MappingProxyType({s.name: s for s in SPECS})
CAUSES: tuple[Cause, ...] = tuple(Cause)
SIGNAL_CAUSES: tuple[Cause, ...] = tuple(dict.fromkeys(s.cause for s in SPECS))
FREE_CAUSES: tuple[Cause, ...] = (Cause.STORE_DISRUPTION, Cause.DATA_QUALITY, Cause.UNKNOWN)
BROUGHT_BY = MappingProxyType({Cause.VIRAL: Cause.PAID_CAMPAIGN, Cause.PRICE_CHANGE: Cause.PROMOTION})
"""Causes whose signal another cause moves too: people talk about a campaign, and a promotion lowers prices."""
MISTAKEN_FOR = MappingProxyType({**BROUGHT_BY, Cause.PAID_CAMPAIGN: Cause.VIRAL, Cause.WEATHER: Cause.PAID_CAMPAIGN})
"""By a cause that is seen, the one that it may be mistaken for where that cannot be seen: one that brings its signal,
or one that reaches as far: an idle campaign that runs beside a post fits as well as the post does, and so does weather
beside a campaign."""
UP_BY_CHANCE: frozenset[Cause] = frozenset({Cause.WEATHER})
"""Those of them whose signals move all the time, in every region: the weaker they fit, the more it may be chance."""
FEED_OF_CAUSE = MappingProxyType({s.cause: s.feed for s in SPECS})
CONTEXT_FEEDS: tuple[str, ...] = (
    "calendar",
    "campaigns",
    "competitors",
    "inventory",
    "promotions",
    "social",
    "weather",
)
