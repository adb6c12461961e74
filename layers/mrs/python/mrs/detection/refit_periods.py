"""Refit periods: the one that a tick lies in, and which stores were known when it began."""

from __future__ import annotations

from datetime import date

from mrs.arrays import epoch_day
from mrs.settings import DetectSettings


def anchor_of(tick: date, settings: DetectSettings) -> int:
    """Return the first day of the refit period of a tick, in days since 1970-01-01."""
    return epoch_day(tick) // settings.refit_days * settings.refit_days


def settled_by(anchor: int, first_tick: int) -> int:
    """Return the tick by which a store must be known to be settled: the anchor, or the run's first tick after it."""
    return max(anchor, first_tick)
