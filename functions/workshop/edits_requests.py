"""The bodies of edits: one shape an action, and what becomes of it in the edit logs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from mrs.contracts import Cause
from pydantic import Field

from functions.workshop.parameters import MOST_AT_ONCE, Line, Moment, ObjectId, Request, RunId, Share, Text

BasedOn = Annotated[Moment, Field(description="`version` of the state that the author saw.")]


class SetCause(Request):
    """Correct the cause."""

    action: Literal["set_cause"]
    cause: Cause = Field(description="The right cause.")
    comment: Text | None = Field(None, description="Why.")


class Approve(Request):
    """Confirm the cause."""

    action: Literal["approve"]
    cause: Cause | None = Field(None, description="The cause that is approved; default: the one in force.")
    comment: Text | None = Field(None, description="Why.")


class Reject(Request):
    """Say that it is none."""

    action: Literal["reject"]
    comment: Text | None = Field(None, description="Why.")


class Reopen(Request):
    """Take back what was decided before: the status, the cause, a snooze."""

    action: Literal["reopen"]
    cause: Cause | None = Field(None, description="The cause to go back to, set by a person; default: the model's.")
    comment: Text | None = Field(None, description="Why.")


class Comment(Request):
    """Say something about it."""

    action: Literal["comment"]
    comment: Text = Field(description="What.")


class AddEvidence(Request):
    """Add what the models do not know."""

    action: Literal["add_evidence"]
    evidence: Text = Field(description="What was found.")
    source: Line | None = Field(None, description="Where.")


class Rename(Request):
    """Give the event a name."""

    action: Literal["rename"]
    name: Line = Field(description="The name.")


class MergeInto(Request):
    """Let another event absorb this one."""

    action: Literal["merge_into"]
    into: ObjectId = Field(description="The event that absorbs it.")
    comment: Text | None = Field(None, description="Why.")


class RemoveReport(Request):
    """Split a report off: it does not belong to this event."""

    action: Literal["remove_report"]
    report_id: ObjectId = Field(description="The report.")
    comment: Text | None = Field(None, description="Why.")


class Snooze(Request):
    """Be quiet about the event: until a time, until it is worse by a step, or until it closes."""

    action: Literal["snooze"]
    until: Moment | None = Field(None, description="Until this time.")
    until_worse_by: Share | None = Field(None, description="Until its severity has risen by so much.")
    until_closed: bool = Field(False, description="Until it closes.")
    comment: Text | None = Field(None, description="Why.")


ReportAction = Annotated[SetCause | Approve | Reject | Reopen | Comment, Field(discriminator="action")]
EventAction = Annotated[
    SetCause | Approve | Reject | Reopen | Comment | AddEvidence | Rename | MergeInto | RemoveReport | Snooze,
    Field(discriminator="action"),
]


class _Edit(Request):
    run_id: RunId | None = Field(None, description="The run; default: the active one.")


class ReportEdit(_Edit):
    """One edit of one report."""

    edit: ReportAction
    based_on: BasedOn


class EventEdit(_Edit):
    """One edit of one event."""

    edit: EventAction
    based_on: BasedOn


class ReportSeen(Request):
    """A report, and the state of it that the author saw."""

    report_id: ObjectId
    based_on: BasedOn


class EventSeen(Request):
    """An event, and the state of it that the author saw."""

    report_group_id: ObjectId
    based_on: BasedOn


class ReportBulkEdit(_Edit):
    """The same edit of many reports: all of them, or none."""

    edit: ReportAction
    reports: list[ReportSeen] = Field(min_length=1, max_length=MOST_AT_ONCE)


class EventBulkEdit(_Edit):
    """The same edit of many events: all of them, or none."""

    edit: Annotated[SetCause | Approve | Reject | Reopen | Comment | Snooze | MergeInto, Field(discriminator="action")]
    events: list[EventSeen] = Field(min_length=1, max_length=MOST_AT_ONCE)


EditBody = ReportEdit | EventEdit | ReportBulkEdit | EventBulkEdit


def value_of(edit: Request) -> dict[str, Any]:
    """Return what an event's edit holds beside its action, as `value` stores it: nulls left out."""
    return {k: v for k, v in edit.model_dump(mode="json", exclude={"action"}).items() if v not in (None, False)}
