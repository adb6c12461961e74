"""Example users of the local user pool, and the sign-in that a browser asks Cognito for."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError
from werkzeug.wrappers import Request, Response

ROLES = ("viewer", "analyst", "manager")
TARGET = "AWSCognitoIdentityProviderService."
AMZ_JSON = "application/x-amz-json-1.1"
# What a page may ask for without credentials; everything else of Cognito's API is an administrator's.
_OPERATIONS = {
    "InitiateAuth": "initiate_auth",
    "RespondToAuthChallenge": "respond_to_auth_challenge",
    "AssociateSoftwareToken": "associate_software_token",
    "VerifySoftwareToken": "verify_software_token",
    "GlobalSignOut": "global_sign_out",
    "RevokeToken": "revoke_token",
    "GetUser": "get_user",
}


@dataclass(frozen=True)
class Person:
    """A user that was made: name, password, groups."""

    name: str
    password: str
    groups: tuple[str, ...]


def add_person(client: Any, pool_id: str, name: str, groups: Sequence[str], password: str | None = None) -> Person:
    """Make a user who can sign in at once.

    Parameters
    ----------
    client
        A boto3 cognito-idp client.
    pool_id, name, groups
        Where, who, and in which groups.
    password
        None for a random one.
    """
    chosen = password or f"Mrs-{secrets.token_urlsafe(9)}-7"
    address = [{"Name": "email", "Value": f"{name}@example.com"}, {"Name": "email_verified", "Value": "true"}]
    client.admin_create_user(UserPoolId=pool_id, Username=name, UserAttributes=address, MessageAction="SUPPRESS")
    client.admin_set_user_password(UserPoolId=pool_id, Username=name, Password=chosen, Permanent=True)
    for group in groups:
        client.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName=group)
    return Person(name, chosen, tuple(groups))


def add_examples(client: Any, pool_id: str, password: str | None = None) -> list[Person]:
    """Make one user a role, named after it."""
    return [add_person(client, pool_id, role, [role], password) for role in ROLES]


def sign_in(client: Any, client_id: str, name: str, password: str) -> str:
    """Return a user's access token."""
    answer = client.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=client_id,
        AuthParameters={"USERNAME": name, "PASSWORD": password},
    )
    token: str = answer["AuthenticationResult"]["AccessToken"]
    return token


def cognito(client: Any, request: Request) -> Response:
    """Answer what a page asks of Cognito's endpoint: `POST /`, `X-Amz-Target: AWSCognitoIdentityProviderService.…`."""
    operation = request.headers.get("X-Amz-Target", "").removeprefix(TARGET)
    if request.method != "POST" or operation not in _OPERATIONS:
        return _answer(400, {"__type": "UnknownOperationException", "message": "not for a page to ask"})
    try:
        answer = getattr(client, _OPERATIONS[operation])(**json.loads(request.get_data()))
    except ClientError as error:
        return _answer(400, {"__type": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]})
    except (ParamValidationError, ValueError, TypeError) as error:
        return _answer(400, {"__type": "InvalidParameterException", "message": str(error)})
    return _answer(200, {k: v for k, v in answer.items() if k != "ResponseMetadata"})


def _answer(status: int, body: dict[str, Any]) -> Response:
    return Response(json.dumps(body, default=str), status, content_type=AMZ_JSON)
