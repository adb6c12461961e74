"""The two kinds of object that people edit, reports and events, and how they differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mrs.contracts import Dataset, dataset
from mrs.decisions.applied import EVENT, REPORT, Subject


@dataclass(frozen=True)
class ObjectKind:
    """A kind of object.

    Parameters
    ----------
    name
        As edits name it.
    plural
        The name of a list of them in answers.
    id_column
        The column of its id in its datasets.
    subject
        What an edit does to it (`mrs.decisions.applied`).
    snapshot, edits
        The hydrated dataset and the edit log.
    """

    name: Literal["report", "event"]
    plural: str
    id_column: str
    subject: Subject
    snapshot: Dataset
    edits: Dataset

    @property
    def status_column(self) -> str:
        """The column of its status in its datasets."""
        return self.subject.status_column


REPORTS = ObjectKind("report", "reports", "report_id", REPORT, dataset("minority_reports"), dataset("user_edits_log"))
EVENTS = ObjectKind(
    "event",
    "events",
    "report_group_id",
    EVENT,
    dataset("minority_events_log"),
    dataset("user_minority_events_edits_log"),
)
