"""Edits: checked against the version that the author saw, logged all or none, then applied by a refresh."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler import Response, content_types
from mrs.errors import BadInputError, TransientError
from mrs.identity import sha256_hex
from mrs.store.keys import MILLISECOND, LogKey

from functions.workshop.edits.claims import Claims, ClosedError
from functions.workshop.edits.conflicts import EditConflictError, clashes
from functions.workshop.edits.drafts import Draft, draft, table
from functions.workshop.edits.models import EditsAccepted
from functions.workshop.edits.requests import Assign, EditBody
from functions.workshop.http.parameters import Request, When
from functions.workshop.objects.serialise import shown, shown_edit
from functions.workshop.state.context import RequestContext
from functions.workshop.state.edit_log import LoggedEdit
from functions.workshop.state.kinds import ObjectKind
from functions.workshop.state.people import people
from functions.workshop.state.refresh import OVERDUE, Refresh, refresh
from functions.workshop.state.view import View, aware, view_at

TRIES = 6
A = TypeVar("A", bound=EditsAccepted)


@dataclass(frozen=True)
class Outcome:
    """The outcome of an edit request.

    Parameters
    ----------
    view, kind
        The state after it.
    edits
        Its edits, in the order of the objects.
    created
        Whether anything was written.
    refreshed
        The refresh that applies them.
    """

    view: View
    kind: ObjectKind
    edits: list[LoggedEdit]
    created: bool
    refreshed: Refresh


def edit(
    context: RequestContext,
    kind: ObjectKind,
    run_id: str | None,
    request: Request | Mapping[str, Request],
    seen: Mapping[str, datetime],
    *,
    author: str | None = None,
) -> Outcome:
    """Log one edit of one or more objects, all of them or none.

    Parameters
    ----------
    context, kind, run_id
        Who edits what, in which run.
    request
        The edit, or one for each object.
    seen
        The objects, each with the version that the author saw.
    author
        Who edits; None for the caller.

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
    author = author or context.caller.name
    asked = request if isinstance(request, Mapping) else dict.fromkeys(seen, request)
    _check_people(context, asked.values())
    for attempt in range(TRIES):
        view = view_at(context, When.model_validate({"run_id": context.run(run_id)}))
        view.tick()
        drafts = [draft(view, kind, asked[i], author, i, seen[i]) for i in sorted(seen)]
        new = [d for d in drafts if d.existing is None]
        changed = clashes(view, kind, {d.object_id: d.based_on for d in new})
        if changed:
            raise EditConflictError(changed)
        try:
            if not new or _logged(context, view, kind, new, author, attempt):
                return _outcome(context, kind, view.run_id, drafts, bool(new))
        except ClosedError:
            continue
    raise TransientError("other editors kept getting in the way")


def _check_people(context: RequestContext, requests: Iterable[Request]) -> None:
    """Refuse to assign an event to somebody who is not in the user pool."""
    named = {r.assignee for r in requests if isinstance(r, Assign) and r.assignee}
    unknown = sorted(named - set(people(context))) if named else []
    if unknown:
        raise BadInputError(f"there is no person called {unknown[0]!r}")


def _logged(context: RequestContext, view: View, kind: ObjectKind, new: list[Draft], author: str, attempt: int) -> bool:
    """Claim the objects and log their edits; False if somebody else was quicker with one of them."""
    written_at = max([context.at, *(d.version + MILLISECOND for d in new)])
    part = sha256_hex("".join(d.edit_id for d in new) + f"{written_at.isoformat()}{attempt}")[:16]
    key = LogKey(kind.edits.name, view.run_id, view.tick_begun(), written_at, part)
    claims = Claims(view.logs, kind, view.run_id, key)
    if claims.take([(d.object_id, len(d.earlier), {e.key for e in d.earlier}) for d in new]):
        return False
    claims.log(table(kind, new, author, written_at))
    return True


def _outcome(context: RequestContext, kind: ObjectKind, run_id: str, drafts: list[Draft], created: bool) -> Outcome:
    view = view_at(context, When.model_validate({"run_id": run_id}))
    wanted = {d.existing.edit_id if d.existing else d.edit_id for d in drafts}
    objects = {d.object_id for d in drafts}
    edits = [e for e in view.edits(kind) if e.object_id in objects and e.edit_id in wanted]
    assert view.snapshot is not None  # noqa: S101 (it was edited)
    pending = [e for e in edits if view.is_pending(e)]
    newest = max([context.at, *(e.written_at for e in edits)])
    if any(e.tick > view.snapshot.tick for e in pending):
        refreshed = Refresh(None, newest + OVERDUE)  # the refresh after the tick under way applies it
    elif pending:
        refreshed = refresh(context.stack.refresh_machine, context.logs, view.snapshot, newest)
    else:
        refreshed = Refresh(None, view.snapshot.written_at)
    return Outcome(view, kind, edits, created, refreshed)


def answered(
    context: RequestContext, kind: ObjectKind, body: EditBody, seen: Mapping[str, datetime], model: type[A]
) -> Response[A]:
    """Log the edit that a body asks for, and return the HTTP answer.

    It raises what `edit` does.
    """
    return answer(edit(context, kind, body.run_id, body.edit, seen), model)


def answer(outcome: Outcome, model: type[A]) -> Response[A]:
    """Return the HTTP answer to an edit: 201, or 200 if the same edit was there already."""
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
