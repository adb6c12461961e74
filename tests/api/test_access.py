"""Who gets in: every route without, with a wrong, and with a person's own token; and what each role may do."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_lambda_powertools.event_handler.exceptions import ForbiddenError
from joserfc.jwk import RSAKey
from moto.cognitoidp.models import cognitoidp_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.utilities.utils import load_resource

from functions.workshop.http.auth import Role, caller
from local.clients import REGION
from local.users import add_person, sign_in
from tests.api.conftest import Api, Workshop

ID = "0" * 64
DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())
BODIES: dict[str, dict[str, Any]] = {
    "editReport": {"edit": {"action": "reject"}, "based_on": "2024-01-01"},
    "editEvent": {"edit": {"action": "reject"}, "based_on": "2024-01-01"},
    "editReports": {"edit": {"action": "reject"}, "reports": [{"report_id": ID, "based_on": "2024-01-01"}]},
    "editEvents": {"edit": {"action": "reject"}, "events": [{"report_group_id": ID, "based_on": "2024-01-01"}]},
    "resetRun": {"label": "again"},
    "exportDataset": {"dataset": "minority_reports"},
    "startRereview": {"selection": {}},
    "decideRereview": {"decision": "accept"},
}


def operations() -> Iterator[tuple[str, str, str]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation["operationId"]


OPERATIONS = list(operations())


def call(api: Api, method: str, path: str, name: str) -> int:
    address = path.replace("{run_id}", "main")
    for parameter in ("report_id", "report_group_id", "rereview_id"):
        address = address.replace(f"{{{parameter}}}", ID)
    params = {"left": "main", "right": "main"} if name == "compareRuns" else {}
    return api.send(method, address, params=params, json=BODIES.get(name)).status_code


def _pool(workshop: Workshop) -> Any:
    pools = cognitoidp_backends[DEFAULT_ACCOUNT_ID][REGION].user_pools
    return pools[workshop.state.stack.outputs["UserPoolId"]]


def _made(workshop: Workshop, use: str = "access", **kwargs: Any) -> str:
    client = kwargs.pop("client", workshop.state.stack.outputs["UserPoolClientId"])
    token: str = _pool(workshop).create_jwt(client, "vera", use, **kwargs)[0]
    return token


def _foreign(workshop: Workshop) -> str:
    cognito = workshop.state.stack.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName="another")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool, ClientName="c", ExplicitAuthFlows=flows)
    cognito.create_group(UserPoolId=pool, GroupName="manager")
    mallory = add_person(cognito, pool, "mallory", ["manager"])
    return sign_in(cognito, client["UserPoolClient"]["ClientId"], "mallory", mallory.password)


def _by_the_key_that_moto_ships(workshop: Workshop) -> str:
    """A manager's token as whoever has moto can make it."""
    pool = _pool(workshop)
    own, pool.json_web_key = (
        pool.json_web_key,
        RSAKey.import_key(load_resource("cognitoidp/resources/jwks-private.json")),
    )
    try:
        return _made(workshop, extra_data={"cognito:groups": ["manager"]})
    finally:
        pool.json_web_key = own


def _promoted(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["cognito:groups"] = ["manager"]
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"{head}.{forged}.{signature}"


def _unsigned(token: str) -> str:
    head = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    return f"{head}.{token.split('.')[1]}."


WRONG: dict[str, Callable[[Workshop, str], str | None]] = {
    "none": lambda w, own: None,
    "rubbish": lambda w, own: "not-a-token",
    "tampered": lambda w, own: _promoted(own),
    "unsigned": lambda w, own: _unsigned(own),
    "expired": lambda w, own: _made(w, expires_in=-60),
    "of_motos_key": lambda w, own: _by_the_key_that_moto_ships(w),
    "foreign_pool": lambda w, own: _foreign(w),
    "foreign_client": lambda w, own: _made(w, client="another-client"),
    "id_token": lambda w, own: _made(w, "id", extra_data={"cognito:groups": ["manager"]}),
    "without_a_group": lambda w, own: _made(w),
}


@pytest.mark.parametrize("kind", WRONG)
def test_no_route_opens_to_a_wrong_token(workshop: Workshop, viewer: Api, kind: str) -> None:
    assert viewer.token is not None
    api = Api(workshop.url, WRONG[kind](workshop, viewer.token))
    answers = {name: call(api, method, path, name) for method, path, name in OPERATIONS}
    assert {n: a for n, a in answers.items() if a not in (401, 403)} == {}
    for hidden in ("/api/openapi.json", "/api/swagger", "/api/nowhere"):
        assert api.send("GET", hidden).status_code in (401, 403, *((200, 404) if kind in HOLDS_A_TOKEN else ()))


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "localhost:1"]
)
def test_a_name_that_was_led_to_this_machine_is_refused(workshop: Workshop, manager: Api, host: str) -> None:
    port = workshop.url.rpartition(":")[2]
    answer = manager.send("GET", "/api/events", headers={"Host": host.format(port=port)})
    assert answer.status_code == 421
    assert "localhost" in answer.text


def test_this_machines_own_names_are_answered(workshop: Workshop, manager: Api) -> None:
    port = workshop.url.rpartition(":")[2]
    for name in ("localhost", "127.0.0.1", "[::1]"):
        assert manager.send("GET", "/api/events", headers={"Host": f"{name}:{port}"}).status_code == 200


HOLDS_A_TOKEN = ("id_token", "without_a_group")


@pytest.mark.parametrize(("method", "path", "name"), [o for o in OPERATIONS if o[2] in BODIES])
def test_a_viewer_only_reads(viewer: Api, method: str, path: str, name: str) -> None:
    assert call(viewer, method, path, name) == (201 if name == "exportDataset" else 403)


@pytest.mark.parametrize(("method", "path", "name"), [o for o in OPERATIONS if o[2] in BODIES])
def test_who_may_not_ask_is_not_told_what_is_wrong_with_the_question(
    viewer: Api, method: str, path: str, name: str
) -> None:
    answer = viewer.send(method, re.sub(r"{\w+}", "no-id", path), json={"nonsense": 1})
    assert answer.status_code == (422 if name == "exportDataset" else 403), answer.text


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        ("[viewer]", "viewer"),
        ("[viewer manager]", "manager"),
        (["analyst"], "analyst"),
        ("analyst", "analyst"),
        ("[x,manager]", None),
        ('["manager"]', None),
        ("[[manager]]", None),
        ("", None),
    ],
)
def test_a_group_is_a_role_by_its_whole_name(claim: str | list[str], roles: str | None) -> None:
    claims = {"token_use": "access", "username": "eve", "cognito:groups": claim}
    event = {"requestContext": {"authorizer": {"jwt": {"claims": claims}}}, "headers": {}}
    if roles is None:
        with pytest.raises(ForbiddenError):
            caller(event, Role.VIEWER)
    else:
        assert caller(event, Role.VIEWER).roles[-1] == roles


def test_an_analyst_does_not_reset(analyst: Api) -> None:
    answer = analyst.post("/api/runs", {})
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "manager" in answer.json()["detail"]


def test_a_manager_is_an_analyst_too(manager: Api) -> None:
    assert manager.get("/api/me") == {"name": "max", "roles": ["viewer", "analyst", "manager"]}


def test_the_gateway_says_why_it_refuses(workshop: Workshop) -> None:
    answer = Api(workshop.url, _made(workshop, expires_in=-60)).send("GET", "/api/me")
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})
    assert "expired" in answer.headers["www-authenticate"]


def test_signing_in_over_http(workshop: Workshop) -> None:
    config = Api(workshop.url, None).get("/config.json")
    cognito = workshop.state.stack.client("cognito-idp")
    kim = add_person(cognito, config["user_pool_id"], "kim", ["viewer"])

    def ask(operation: str, body: dict[str, Any]) -> Any:
        headers = {"X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"}
        return Api(workshop.url, None).send("POST", config["cognito_endpoint"], headers=headers, json=body)

    credentials = {"USERNAME": "kim", "PASSWORD": kim.password}
    request = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": config["client_id"], "AuthParameters": credentials}
    token = ask("InitiateAuth", request).json()["AuthenticationResult"]["AccessToken"]
    assert Api(workshop.url, token).get("/api/me")["name"] == "kim"
    wrong = ask("InitiateAuth", {**request, "AuthParameters": {**credentials, "PASSWORD": "guess"}})
    assert (wrong.status_code, wrong.json()["__type"]) == (400, "NotAuthorizedException")
    assert ask("AdminDeleteUser", {"UserPoolId": config["user_pool_id"], "Username": "kim"}).status_code == 400
