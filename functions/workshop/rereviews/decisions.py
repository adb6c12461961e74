"""What people made of a rereview: their edits hold its id and the decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from mrs.contracts import ReportAction

from functions.workshop.desk import Desk
from functions.workshop.edit_book import LoggedEdit, logged_edits
from functions.workshop.edits_requests import Comment, SetCause
from functions.workshop.kinds import REPORTS
from functions.workshop.rereview_log import Rereview

Decision = Literal["accepted", "dismissed", "partly"]
Taken = Literal["accepted", "dismissed", "accepted in part", "dismissed in part"]


class Accept(SetCause):
    """Take the new cause of a report over."""

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


def decision_about(desk: Desk, rereview: Rereview) -> Decision | None:
    """Return what people made of a rereview; None: nothing yet."""
    edits = logged_edits(desk.logs, desk.around.memory, REPORTS, rereview.run_id, desk.at) if rereview.worklist else []
    return decision_of(edits, rereview.rereview_id)


def decision_of(edits: Iterable[LoggedEdit], rereview_id: str) -> Decision | None:
    """Return what the edits make of a rereview."""
    made = {e.value.get("rereview_decision") for e in edits if e.value.get("decided_rereview_id") == rereview_id}
    if not made:
        return None
    if made == {"accepted"}:
        return "accepted"
    return "dismissed" if made == {"dismissed"} else "partly"
