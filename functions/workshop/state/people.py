"""Who is in the user pool: whom one can mention, and to whom an event can be assigned."""

from __future__ import annotations

from typing import Any

from mrs.environment import client

from functions.workshop.state.context import RequestContext

MOST_PEOPLE = 1000


def people(context: RequestContext) -> list[str]:
    """Return the user names of those who can sign in, sorted."""
    if not context.stack.user_pool:
        return []
    pages = client("cognito-idp").get_paginator("list_users")
    asked: dict[str, Any] = {"UserPoolId": context.stack.user_pool, "PaginationConfig": {"MaxItems": MOST_PEOPLE}}
    return sorted(u["Username"] for page in pages.paginate(**asked) for u in page["Users"] if u.get("Enabled", True))
