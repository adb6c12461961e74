"""Silences in force: those that people made, and the snoozes among the edits of events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from mrs.alerts.model import Scope, Silence
from mrs.decisions.edits import event_edits
from mrs.decisions.snooze import snoozes


def silences_of(silences: pa.Table, edits: pa.Table) -> list[Silence]:
    """Return every silence that was not lifted and every event's newest snooze (unless it was reopened since), by key.

    Parameters
    ----------
    silences
        `alert_silences_log` rows, the newest of each silence.
    edits
        `user_minority_events_edits_log` rows, in any order.
    """
    made = [_silence(row) for row in silences.to_pylist() if row["is_active"]]
    snoozed = [
        Silence(f"snooze:{edit.edit_id}", event_id=event, **asdict(limits))
        for event, (edit, limits) in snoozes(event_edits(edits)).items()
    ]
    return sorted([*made, *snoozed], key=lambda s: s.key)


def _silence(row: Mapping[str, Any]) -> Silence:
    return Silence(
        key=f"silence:{row['silence_id']}",
        event_id=row["event_id"],
        scope=Scope(row["retailer"], row["region"], row["category"]),
        cause=row["cause"],
        until=row["until"],
        until_severity=row["until_severity"],
        until_closed=row["until_closed"],
    )
