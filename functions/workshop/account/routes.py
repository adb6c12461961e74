"""Route of the signed-in person."""

from __future__ import annotations

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, Field

from functions.workshop.http.auth import Role
from functions.workshop.state.context import request_context
from functions.workshop.state.people import people

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class Person(BaseModel):
    """Who is signed in."""

    name: str = Field(description="The user name; the author of this person's edits.")
    roles: list[Role] = Field(description="What the person may do.")


class People(BaseModel):
    """Everybody who can sign in."""

    names: list[str] = Field(description="User names, sorted: whom one can mention, and assign events to.")


@router.get("/api/people", tags=["people"], operation_id="listPeople", summary="Everybody who can sign in")
def list_people() -> People:
    """Return the user names of the pool."""
    return People(names=people(request_context(router)))


@router.get("/api/me", tags=["people"], operation_id="getMe", summary="Who is signed in")
def me() -> Person:
    """Return the caller's user name and roles."""
    who = request_context(router).caller
    return Person(name=who.name, roles=list(who.roles))
