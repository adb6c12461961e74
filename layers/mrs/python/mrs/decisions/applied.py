"""What an edit does to the row of its report or event, before the pipeline has taken the edit over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mrs.contracts import EventAction, Status
from mrs.decisions.edits import Edit
from mrs.decisions.in_force import DECIDED_CONFIDENCE, CauseSource, decided_cause, decided_status, status_in_force
from mrs.decisions.merges import merge_target
from mrs.decisions.titles import given_name, retitled

DECISIONS = (EventAction.SET_CAUSE.value, EventAction.APPROVE.value, EventAction.REJECT.value)


@dataclass(frozen=True)
class Subject:
    """What is edited: the column of its status, and the `cause_source` of a cause that is set on it."""

    status_column: str
    source: CauseSource


REPORT = Subject("report_status", CauseSource.REPORT_EDIT)
EVENT = Subject("event_status", CauseSource.EVENT_EDIT)


def applied(row: Mapping[str, Any], edit: Edit, subject: Subject) -> dict[str, Any]:
    """Return a report's or event's row as it is once an edit is in force.

    Parameters
    ----------
    row
        A `minority_reports` or `minority_events_log` row.
    edit
        An edit of it, newer than what the row holds.
    subject
        REPORT or EVENT.
    """
    new = {**row, "n_edits": row["n_edits"] + 1}
    if subject is REPORT:
        new["last_edited_by"] = edit.author
    new[subject.status_column] = status_in_force(row[subject.status_column], decided_status(edit))
    if cause := decided_cause(edit):
        new |= {"cause": cause, "cause_source": subject.source.value, "cause_confidence": DECIDED_CONFIDENCE}
        if subject is EVENT:
            new["name"] = retitled(row["name"], row["cause"], cause)
    if subject is EVENT:
        new["name"] = given_name(edit) or new["name"]
        if into := merge_target(edit):
            new |= {subject.status_column: Status.MERGED.value, "merged_into": into}
    return new


def after_each_decision(row: Mapping[str, Any], subject: Subject) -> dict[str, dict[str, Any]]:
    """Return, by action, the status, `cause_source` and `cause_confidence` that a decision about a row leads to.

    The cause itself follows from the decision: the one set, or else the one in force, which an approval confirms.
    """
    columns = (subject.status_column, "cause_source", "cause_confidence")
    found = {}
    for action in DECISIONS:
        at = row["written_at"]
        decision = Edit("", "", action, {"cause": row["cause"]}, "", at, at.date())
        done = applied(row, decision, subject)
        found[action] = {name: done[name] for name in columns}
    return found
