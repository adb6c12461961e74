"""The bodies of edits: one model per action, and its value in the edit logs."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from mrs.contracts import Cause
from pydantic import Field, model_validator

from functions.workshop.http.parameters import MOST_AT_ONCE, Line, Moment, ObjectId, Request, RunId, Share, Text

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
    """Reject it: there is nothing to explain."""

    action: Literal["reject"]
    comment: Text | None = Field(None, description="Why.")


class Reopen(Request):
    """Take back what was decided before: the status, the cause, a snooze."""

    action: Literal["reopen"]
    cause: Cause | None = Field(None, description="The cause to go back to, set by a person; default: the model's.")
    comment: Text | None = Field(None, description="Why.")


class Comment(Request):
    """Comment on it."""

    action: Literal["comment"]
    comment: Text = Field(description="What.")


class AddEvidence(Request):
    """Add evidence that the models do not have."""

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
    """Silence the event until a time, until its severity has risen, or until it closes."""

    action: Literal["snooze"]
    until: Moment | None = Field(None, description="Until this time.")
    until_worse_by: Share | None = Field(None, description="Until its severity has risen by so much.")
    until_closed: bool = Field(False, description="Until it closes.")
    comment: Text | None = Field(None, description="Why.")

    @model_validator(mode="after")
    def _ends(self) -> Self:
        if self.until is None and self.until_worse_by is None and not self.until_closed:
            raise ValueError("say how long to snooze: until, until_worse_by or until_closed")
        return self


class Unmerge(Request):
    """Take a merge by hand back: the event stands by itself again."""

    action: Literal["unmerge"]
    comment: Text | None = Field(None, description="Why.")


class Assign(Request):
    """Say who looks after the event."""

    action: Literal["assign"]
    assignee: Line | None = Field(None, description="The assignee's user name; null removes the assignment.")
    comment: Text | None = Field(None, description="Why.")


ReportAction = Annotated[SetCause | Approve | Reject | Reopen | Comment, Field(discriminator="action")]
EventAction = Annotated[
    SetCause
    | Approve
    | Reject
    | Reopen
    | Comment
    | AddEvidence
    | Rename
    | MergeInto
    | Unmerge
    | RemoveReport
    | Snooze
    | Assign,
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

    edit: Annotated[
        SetCause | Approve | Reject | Reopen | Comment | Snooze | MergeInto | Unmerge | Assign,
        Field(discriminator="action"),
    ]
    events: list[EventSeen] = Field(min_length=1, max_length=MOST_AT_ONCE)


EditBody = ReportEdit | EventEdit | ReportBulkEdit | EventBulkEdit


def value_of(edit: Request) -> dict[str, Any]:
    """Return what an edit carries beside its action, as the edit log's `value` stores it; nulls are left out."""
    return {k: v for k, v in edit.model_dump(mode="json", exclude={"action"}).items() if v not in (None, False)}
