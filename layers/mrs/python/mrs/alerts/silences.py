"""Silences in force: those that people made, and the snoozes among the edits of events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from mrs.alerts.model import Scope, Silence
from mrs.contracts import EventAction


def silences_of(silences: pa.Table, edits: pa.Table) -> list[Silence]:
    """Return every silence that was not lifted, and every event's newest snooze, in the order of their keys.

    Parameters
    ----------
    silences
        `alert_silences_log` rows, the newest of each silence.
    edits
        `user_minority_events_edits_log` rows; a newer snooze of an event replaces the older one, and a
        reopening ends it.
    """
    made = [_silence(row) for row in silences.to_pylist() if row["is_active"]]
    return sorted([*made, *_snoozes(edits.to_pylist())], key=lambda s: s.key)


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


def _snoozes(edits: Iterable[Mapping[str, Any]]) -> list[Silence]:
    newest: dict[str, Mapping[str, Any]] = {}
    for row in sorted(edits, key=lambda r: (r["edited_at"], r["edit_id"])):
        if row["action"] == EventAction.SNOOZE:
            newest[row["report_group_id"]] = row
        elif row["action"] == EventAction.REOPEN:
            newest.pop(row["report_group_id"], None)
    return [_snooze(row) for row in newest.values()]


def _snooze(row: Mapping[str, Any]) -> Silence:
    value = json.loads(row["value"] or "{}")
    worse = value.get("until_worse_by")
    return Silence(
        key=f"snooze:{row['edit_id']}",
        event_id=row["report_group_id"],
        until=moment(value.get("until")),
        until_worse_by=float(worse) if isinstance(worse, int | float) else None,
        until_closed=value.get("until_closed") is True,
    )


def moment(text: Any) -> datetime | None:
    """Return a time that an edit's JSON holds, in UTC and without a zone; None where it holds none."""
    if not isinstance(text, str) or not text:
        return None
    told = datetime.fromisoformat(text)
    return told.astimezone(UTC).replace(tzinfo=None) if told.tzinfo else told
