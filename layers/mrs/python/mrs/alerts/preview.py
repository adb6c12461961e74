"""What a setting would have sent: the very decisions of a daily run, folded over past ticks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from mrs.alerts.decide import Occasion, Row, decide
from mrs.alerts.memory import Memory
from mrs.alerts.model import Event, Silence, Subscription
from mrs.settings import NotifySettings


@dataclass(frozen=True)
class PastTick:
    """What a daily run knew at a past tick: its time of writing, its events, the silences in force."""

    tick: date
    now: datetime
    events: Sequence[Event]
    silences: Sequence[Silence]


def preview(
    ticks: Iterable[PastTick],
    audience: Sequence[Subscription],
    earlier: Iterable[Mapping[str, Any]],
    settings: NotifySettings,
) -> list[Row]:
    """Return the `ui_notifications_log` rows that these ticks' daily runs would have decided.

    Parameters
    ----------
    ticks
        In the order of their dates.
    audience
        The setting: taken as in force from the first of the ticks on.
    earlier
        Notifications of before the first tick: who was told then is not told again.
    settings
        As for a run.
    """
    memory = Memory.of(earlier)
    found: list[Row] = []
    for at in ticks:
        found += decide(Occasion(at.tick, at.now), at.events, audience, at.silences, memory, settings)
    return found
