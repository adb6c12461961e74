"""What an edit does to the row of its report or event, before the pipeline has taken the edit over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mrs.contracts import EventAction, Status
from mrs.decisions.edits import Edit
from mrs.decisions.in_force import SHOWN_STATUS, CauseSource, decided_by, decided_cause, status_in_force
from mrs.decisions.merges import merge_target
from mrs.decisions.titles import given_name, retitled

_CAUSE = ("cause_source", "cause_confidence")


@dataclass(frozen=True)
class Subject:
    """What is edited: the column of its status, and the `cause_source` of a cause that is set on it."""

    status_column: str
    source: CauseSource


REPORT = Subject("report_status", CauseSource.REPORT_EDIT)
EVENT = Subject("event_status", CauseSource.EVENT_EDIT)


def applied(row: Mapping[str, Any], edit: Edit, subject: Subject) -> dict[str, Any]:
    """Return a report's or event's row as it is once an edit is in force; a reopened one counts as open.

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
    new[subject.status_column] = status_in_force(row[subject.status_column], SHOWN_STATUS.get(edit.action))
    if cause := decided_cause(edit):
        source, confidence = decided_by(edit, subject.source)
        new |= {"cause": cause, "cause_source": source.value, "cause_confidence": confidence}
    elif edit.action == EventAction.REOPEN and row["proposed_cause"]:
        proposed, confidence = row["proposed_cause"], row["proposed_confidence"] or 0.0
        new |= {"cause": proposed, "cause_source": CauseSource.MODEL.value, "cause_confidence": confidence}
    if subject is EVENT:
        new["name"] = retitled(row["name"], row["cause"], new["cause"])
        new["name"] = given_name(edit) or new["name"]
        if into := merge_target(edit):
            new |= {subject.status_column: Status.MERGED.value, "merged_into": into}
        if edit.action == EventAction.UNMERGE:
            new |= {subject.status_column: Status.OPEN.value, "merged_into": None}
    return new


def after_each_decision(row: Mapping[str, Any], subject: Subject) -> dict[str, dict[str, Any]]:
    """Return, by action, the columns that a decision about a row sets, with their values.

    The cause follows from the decision: the one set, or else the one in force, which an approval confirms. A reopening
    without a cause goes back to the model's; one with a cause sets the other columns of it as `set_cause` does.
    """
    status, in_force = subject.status_column, {"cause": row["cause"]}
    decisions: tuple[tuple[EventAction, dict[str, Any], tuple[str, ...]], ...] = (
        (EventAction.SET_CAUSE, in_force, _CAUSE),
        (EventAction.APPROVE, in_force, (status, *_CAUSE)),
        (EventAction.REJECT, {}, (status,)),
        (EventAction.REOPEN, {}, (status, "cause", *_CAUSE)),
    )
    at = row["written_at"]
    done = {a: applied(row, Edit("", "", a.value, v, "", at, at.date()), subject) for a, v, _ in decisions}
    return {action.value: {name: done[action][name] for name in columns} for action, _, columns in decisions}
