"""Edits: checked against the state that their author saw, logged whole or not at all, then taken over by a refresh."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import Response, content_types
from mrs.errors import TransientError
from mrs.identity import sha256_hex
from mrs.store.keys import MILLISECOND, LogKey

from functions.workshop import edit_rows
from functions.workshop.claims import Claims, ClosedError
from functions.workshop.conflicts import clashes
from functions.workshop.desk import Desk
from functions.workshop.edit_book import LoggedEdit
from functions.workshop.edits_requests import EditBody
from functions.workshop.errors import EditConflictError
from functions.workshop.kinds import ObjectKind
from functions.workshop.objects import shown, shown_edit
from functions.workshop.parameters import Request, When
from functions.workshop.refresh import OVERDUE, Refresh, refresh
from functions.workshop.state import View, aware, view_at
from functions.workshop.views import EditsAccepted

TRIES = 6
A = TypeVar("A", bound=EditsAccepted)


@dataclass(frozen=True)
class Outcome:
    """What became of an edit request.

    Parameters
    ----------
    view, kind
        The state after it.
    edits
        Its edits, in the order of the objects.
    created
        Whether anything was written.
    refreshed
        The refresh that takes it over.
    """

    view: View
    kind: ObjectKind
    edits: list[LoggedEdit]
    created: bool
    refreshed: Refresh


def edit(
    desk: Desk,
    kind: ObjectKind,
    run_id: str | None,
    request: Request | Mapping[str, Request],
    seen: Mapping[str, datetime],
) -> Outcome:
    """Log one edit of one or more objects, all of them or none.

    Parameters
    ----------
    desk, kind, run_id
        Who edits what, in which run.
    request
        The edit: its action and what that needs; or one for each object.
    seen
        The objects, each with the version that the author saw.

    Raises
    ------
    EditConflictError
        If an object has changed since; nothing was written.
    NotFoundError
        If there is no such object.
    BadInputError
        If the edit makes no sense for an object.
    TransientError
        If other editors kept getting in the way.
    """
    asked = request if isinstance(request, Mapping) else dict.fromkeys(seen, request)
    for attempt in range(TRIES):
        view = view_at(desk, When.model_validate({"run_id": desk.run(run_id)}))
        view.tick()
        drafts = [edit_rows.draft(view, kind, asked[i], desk.caller.name, i, seen[i]) for i in sorted(seen)]
        new = [d for d in drafts if d.existing is None]
        changed = clashes(view, kind, {d.object_id: d.based_on for d in new})
        if changed:
            raise EditConflictError(changed)
        try:
            if not new or _logged(desk, view, kind, new, attempt):
                return _outcome(desk, kind, view.run_id, drafts, bool(new))
        except ClosedError:
            continue
    raise TransientError("other editors kept getting in the way")


def _logged(desk: Desk, view: View, kind: ObjectKind, new: list[edit_rows.Draft], attempt: int) -> bool:
    """Claim the objects and log their edits; False if somebody else was quicker with one of them."""
    written_at = max([desk.at, *(d.version + MILLISECOND for d in new)])
    part = sha256_hex("".join(d.edit_id for d in new) + f"{written_at.isoformat()}{attempt}")[:16]
    key = LogKey(kind.edits.name, view.run_id, view.tick_begun(), written_at, part)
    claims = Claims(view.logs, kind, view.run_id, key)
    if claims.take([(d.object_id, len(d.earlier), {e.key for e in d.earlier}) for d in new]):
        return False
    claims.log(edit_rows.table(kind, new, desk.caller.name, written_at))
    return True


def _outcome(desk: Desk, kind: ObjectKind, run_id: str, drafts: list[edit_rows.Draft], created: bool) -> Outcome:
    view = view_at(desk, When.model_validate({"run_id": run_id}))
    wanted = {d.existing.edit_id if d.existing else d.edit_id for d in drafts}
    objects = {d.object_id for d in drafts}
    edits = [e for e in view.edits(kind) if e.object_id in objects and e.edit_id in wanted]
    assert view.snapshot is not None  # noqa: S101 (it was edited)
    pending = [e for e in edits if view.is_pending(e)]
    newest = max([desk.at, *(e.written_at for e in edits)])
    if any(e.tick > view.snapshot.tick for e in pending):
        refreshed = Refresh(None, newest + OVERDUE)  # by the refresh that follows the tick under way
    elif pending:
        refreshed = refresh(desk.around.refresh_machine, desk.logs, view.snapshot, newest)
    else:
        refreshed = Refresh(None, view.snapshot.written_at)
    return Outcome(view, kind, edits, created, refreshed)


def answered(desk: Desk, kind: ObjectKind, body: EditBody, seen: Mapping[str, datetime], model: type[A]) -> Response[A]:
    """Log the edit that a body asks for, and return the HTTP answer.

    It raises what `edit` does.
    """
    return answer(edit(desk, kind, body.run_id, body.edit, seen), model)


def answer(outcome: Outcome, model: type[A]) -> Response[A]:
    """Return the HTTP answer to an edit: 201, or 200 where the very same edit was there already."""
    view, kind = outcome.view, outcome.kind
    rows = [view.row(kind, name) for name in dict.fromkeys(e.object_id for e in outcome.edits)]
    body: dict[str, Any] = {
        "created": outcome.created,
        "edits": [shown_edit(view, e) for e in outcome.edits],
        "visible_from": aware(outcome.refreshed.visible_from),
        "refresh": outcome.refreshed.execution,
        kind.plural: shown(view, kind, rows),
    }
    status = HTTPStatus.CREATED if outcome.created else HTTPStatus.OK
    return Response(status, content_types.APPLICATION_JSON, model(**body))
