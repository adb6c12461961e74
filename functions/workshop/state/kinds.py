"""The two kinds of object that people work on, reports and events, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mrs.contracts import Dataset, dataset


@dataclass(frozen=True)
class ObjectKind:
    """A kind of object.

    Parameters
    ----------
    name
        What edits are about.
    plural
        What a list of them is called in answers.
    id_column, status_column
        In its datasets.
    snapshot, edits
        The hydrated dataset and the edit log.
    """

    name: Literal["report", "event"]
    plural: str
    id_column: str
    status_column: str
    snapshot: Dataset
    edits: Dataset


REPORTS = ObjectKind(
    "report", "reports", "report_id", "report_status", dataset("minority_reports"), dataset("user_edits_log")
)
EVENTS = ObjectKind(
    "event",
    "events",
    "report_group_id",
    "event_status",
    dataset("minority_events_log"),
    dataset("user_minority_events_edits_log"),
)
