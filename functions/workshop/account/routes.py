"""Route of the signed-in person."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, Field

from functions.workshop.http.auth import Role
from functions.workshop.state.context import request_context

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class Person(BaseModel):
    """Who is signed in."""

    name: str = Field(description="The user name; the author of this person's edits.")
    roles: list[Role] = Field(description="What the person may do.")


@router.get("/api/me", tags=["people"], operation_id="getMe", summary="Who is signed in")
def me() -> Person:
    """Return the caller's user name and roles."""
    who = request_context(router).caller
    return Person(name=who.name, roles=list(who.roles))
