"""What a stage's loader and shell may use: the event, the settings in force, the environment and the log store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from mrs.environment import Environment
from mrs.settings import Settings
from mrs.stage.event import TickEvent
from mrs.store.log_store import LogStore


@dataclass(frozen=True)
class StageContext:
    """What a stage's loader and its shell may know beside the pure function's arguments.

    `notes` is where a loader leaves what a person should know and nothing stops for; the summary hands it on.
    `rows_read` counts, by dataset and tick, the rows of reads that did not keep all of them; health wants to know.
    """

    event: TickEvent
    settings: Settings
    environment: Environment
    logs: LogStore
    notes: list[str] = field(default_factory=list)
    rows_read: dict[str, list[tuple[date, int]]] = field(default_factory=dict)
