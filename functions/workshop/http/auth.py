"""The caller and their roles, read from the claims of an access token that the gateway has already verified."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar

from aws_lambda_powertools.event_handler.exceptions import ForbiddenError
from mrs.environment import client


class Role(StrEnum):
    """A Cognito group; each role may do what those before it may."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    MANAGER = "manager"


_ORDER = tuple(Role)
_LEAST = "least_role"
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Caller:
    """The person behind a request: user name, roles (each role includes the lower ones), access token."""

    name: str
    roles: tuple[Role, ...]
    token: str = field(default="", repr=False)

    def is_a(self, role: Role) -> bool:
        """Whether the person holds a role."""
        return role in self.roles

    def proven_address(self) -> str | None:
        """Return the person's verified e-mail address in lower case; None if there is none.

        The address is not in an access token, so the user pool is asked, with the person's own token.
        """
        answer = client("cognito-idp").get_user(AccessToken=self.token)
        known = {a["Name"]: a["Value"] for a in answer["UserAttributes"]}
        return known["email"].lower() if known.get("email_verified") == "true" else None


def needs(role: Role) -> Callable[[F], F]:
    """Declare the least role a route requires (default: viewer). It is checked before the request is parsed."""

    def declared(route: F) -> F:
        setattr(route, _LEAST, role)
        return route

    return declared


def least_role(route: Callable[..., Any]) -> Role:
    """Return the least role that a route requires."""
    found: Role = getattr(route, _LEAST, Role.VIEWER)
    return found


def caller(event: Mapping[str, Any], least: Role) -> Caller:
    """Return the person behind an HTTP API event (payload 2.0).

    Parameters
    ----------
    event
        The event, with the claims that the gateway's authoriser has verified.
    least
        The least role that the person must hold.

    Raises
    ------
    ForbiddenError
        If the token is not a person's access token, or the person does not hold the role.
    """
    claims = event["requestContext"].get("authorizer", {}).get("jwt", {}).get("claims", {})
    name = claims.get("username", "")
    if claims.get("token_use") != "access" or not name:
        raise ForbiddenError("send a person's access token; an id token says who somebody is, not what they may do")
    held = [Role(g) for g in _groups(claims.get("cognito:groups", "")) if g in set(Role)]
    highest = max((_ORDER.index(r) for r in held), default=-1)
    token = event.get("headers", {}).get("authorization", "").removeprefix("Bearer ")
    found = Caller(name, _ORDER[: highest + 1], token)
    if not found.is_a(least):
        raise ForbiddenError(f"this needs the role {least.value}; {name} has {found.roles[-1] if held else 'none'}")
    return found


def _groups(claim: str | list[str]) -> list[str]:
    """Return the groups of a claim; the gateway writes a list as `[a b]`, and no group name holds a space."""
    return claim if isinstance(claim, list) else claim.removeprefix("[").removesuffix("]").split()
