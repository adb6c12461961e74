"""Decisions about a rereview, as the edits that carry its id and the decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from mrs.contracts import ReportAction

from functions.workshop.edits.requests import Comment, SetCause
from functions.workshop.rereviews.log import Rereview
from functions.workshop.state.context import RequestContext
from functions.workshop.state.edit_log import LoggedEdit, logged_edits
from functions.workshop.state.kinds import REPORTS

Decision = Literal["accepted", "dismissed", "partly"]
Taken = Literal["accepted", "dismissed", "accepted in part", "dismissed in part"]


class Accept(SetCause):
    """Take over the new cause of a report."""

    decided_rereview_id: str
    rereview_decision: Taken


class Dismiss(Comment):
    """Leave a report as it is."""

    comment: str | None = None  # type: ignore[assignment]
    decided_rereview_id: str
    rereview_decision: Taken


def accepts(edit: LoggedEdit, rereview_id: str) -> bool:
    """Whether an edit is the acceptance of a rereview."""
    return edit.action == ReportAction.SET_CAUSE and edit.value.get("decided_rereview_id") == rereview_id


def decision_about(context: RequestContext, rereview: Rereview) -> Decision | None:
    """Return the decision about a rereview; None if there is none yet."""
    edits = (
        logged_edits(context.logs, context.stack.cache, REPORTS, rereview.run_id, context.at)
        if rereview.worklist
        else []
    )
    return decision_of(edits, rereview.rereview_id)


def decision_of(edits: Iterable[LoggedEdit], rereview_id: str) -> Decision | None:
    """Return the decision that edits make about a rereview; None if they make none."""
    made = {e.value.get("rereview_decision") for e in edits if e.value.get("decided_rereview_id") == rereview_id}
    if not made:
        return None
    if made == {"accepted"}:
        return "accepted"
    return "dismissed" if made == {"dismissed"} else "partly"
