"""What people made of a rereview, read from the edits that say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from mrs.contracts import ReportAction

from functions.workshop.desk import Desk
from functions.workshop.edit_book import LoggedEdit, logged_edits
from functions.workshop.kinds import REPORTS
from functions.workshop.rereview_log import Rereview

Decision = Literal["accepted", "dismissed", "partly"]
IN_PART = " in part"


def words(rereview_id: str, decision: Literal["accepted", "dismissed"], comment: str | None, *, whole: bool) -> str:
    """Return the comment by which an edit is told to be a decision about a rereview."""
    begins = f"{_begins(rereview_id)}{decision}{'' if whole else IN_PART}"
    return f"{begins}: {comment}" if comment else begins


def _begins(rereview_id: str) -> str:
    return f"Rereview {rereview_id} "


def accepts(edit: LoggedEdit, rereview_id: str) -> bool:
    """Whether an edit is the acceptance of a rereview."""
    said = str(edit.value.get("comment", ""))
    return edit.action == ReportAction.SET_CAUSE and said.startswith(f"{_begins(rereview_id)}accepted")


def decision_about(desk: Desk, rereview: Rereview) -> Decision | None:
    """Return what people made of a rereview; None: nothing yet."""
    listed = {row["report_id"] for row in rereview.worklist}
    edits = logged_edits(desk.logs, desk.around.memory, REPORTS, rereview.run_id, desk.at) if listed else []
    return decision_of((e for e in edits if e.object_id in listed), rereview.rereview_id)


def decision_of(edits: Iterable[LoggedEdit], rereview_id: str) -> Decision | None:
    """Return what the edits make of a rereview."""
    begins = _begins(rereview_id)
    said = [str(e.value.get("comment", "")) for e in edits]
    made = {text.removeprefix(begins).partition(":")[0] for text in said if text.startswith(begins)}
    if not made:
        return None
    if made == {"accepted"}:
        return "accepted"
    return "dismissed" if made == {"dismissed"} else "partly"
