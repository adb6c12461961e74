"""Named views of the lists: a person's own, and those that are shared."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.exceptions import ForbiddenError, NotFoundError
from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from mrs.contracts import dataset
from mrs.identity import row_id
from pydantic import BaseModel, Field

from functions.workshop.http.auth import Role, needs
from functions.workshop.http.parameters import Line, ObjectId, Request
from functions.workshop.state.context import RequestContext, request_context
from functions.workshop.state.settings_log import Row, append, rows_in_force
from functions.workshop.state.view import aware

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
VIEWS = dataset("saved_views_log")
LONGEST_QUERY = 4000
ViewId = Annotated[ObjectId, Path(description="The view.", pattern=r"^[0-9a-f]{64}$")]


class ViewRequest(Request):
    """Save a list's filters and order under a name, replacing the caller's view of that name."""

    name: Line = Field(max_length=80, description="The name.")
    query: str = Field(
        max_length=LONGEST_QUERY,
        pattern=r"^/(inbox|reports)(\?[!-~]*)?$",
        description="The page's address, from `/` on.",
    )
    is_shared: bool = Field(False, description="Whether everybody sees it.")


class SavedView(BaseModel):
    """A named view."""

    view_id: str
    name: str
    query: str = Field(description="The page's address, from `/` on.")
    is_shared: bool = Field(description="Whether everybody sees it.")
    owner: str
    edited_at: datetime


class SavedViews(BaseModel):
    """The views that the caller sees, by name."""

    items: list[SavedView]


@router.get("/api/views", tags=["views"], operation_id="listViews", summary="Named views")
def list_views() -> SavedViews:
    """Return the caller's own views, and the shared ones."""
    context = request_context(router)
    seen = [r for r in rows_in_force(context, VIEWS) if r["is_active"] and _sees(context, r)]
    return SavedViews(items=sorted(map(_shown, seen), key=lambda v: (v.name.lower(), v.view_id)))


@router.post("/api/views", tags=["views"], operation_id="saveView", status_code=201, summary="Save a view")
def save_view(body: Annotated[ViewRequest, Body()]) -> SavedView:
    """Save a view under a name; to share one needs the role analyst."""
    context = request_context(router)
    if body.is_shared and not context.caller.is_a(Role.ANALYST):
        raise ForbiddenError("this needs the role analyst: a view that everybody sees")
    view_id = row_id("view", context.caller.name, body.name)
    row = {**body.model_dump(), "view_id": view_id, "owner": context.caller.name, "is_active": True}
    return _shown(append(context, VIEWS, row, _find(context, view_id)))


@router.delete("/api/views/<view_id>", tags=["views"], operation_id="removeView", summary="Remove a view")
@needs(Role.VIEWER)
def remove_view(view_id: ViewId) -> SavedView:
    """Remove a view: one's own, or anybody's shared one for a manager."""
    context = request_context(router)
    row = _find(context, view_id)
    if row is None or not row["is_active"] or not _sees(context, row):
        raise NotFoundError(f"there is no view {view_id}")
    if row["owner"] != context.caller.name and not context.caller.is_a(Role.MANAGER):
        raise ForbiddenError("this needs the role manager: the view is somebody else's")
    return _shown(append(context, VIEWS, {**row, "is_active": False}, row))


def _find(context: RequestContext, view_id: str) -> Row | None:
    return next((r for r in rows_in_force(context, VIEWS) if r["view_id"] == view_id), None)


def _sees(context: RequestContext, row: Row) -> bool:
    return bool(row["is_shared"]) or row["owner"] == context.caller.name


def _shown(row: Row) -> SavedView:
    shown = {name: row[name] for name in SavedView.model_fields}
    return SavedView(**{**shown, "edited_at": aware(row["edited_at"])})
