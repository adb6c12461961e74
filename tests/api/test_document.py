"""The OpenAPI document: as committed, true of every answer, and no request makes the API fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from functions.workshop.api import document_text
from tests.api.conftest import Api

COMMITTED = Path(__file__).parents[2] / "docs/openapi.json"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
SCHEMA = schemathesis.openapi.from_dict(json.loads(COMMITTED.read_text()))
BOUNDED = settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


def test_the_document_is_the_committed_one() -> None:
    assert document_text() == COMMITTED.read_text(), "the routes changed: run `mrs docs`"


def test_every_operation_is_named_and_described(document: dict[str, Any]) -> None:
    operations = [o for methods in document["paths"].values() for o in methods.values()]
    assert len({o["operationId"] for o in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"]
        assert operation["tags"]
        assert {"401", "403", "404", "422"} <= operation["responses"].keys()
        assert all(p.get("description") for p in operation.get("parameters", ()))


@SCHEMA.exclude(operation_id="resetRun").parametrize()
@BOUNDED
def test_no_request_surprises(case: schemathesis.Case, manager: Api) -> None:
    _check(case, manager)


@SCHEMA.include(operation_id="resetRun").parametrize()
@BOUNDED
def test_no_reset_surprises(case: schemathesis.Case, manager: Api) -> None:
    _check(case, manager)


def _check(case: schemathesis.Case, manager: Api) -> None:
    answer = case.call(base_url=manager.url, headers={"Authorization": f"Bearer {manager.token}"})
    case.validate_response(answer, checks=CHECKS)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"{", 422), (b"[]", 422), (b"null", 422), (b"\xff\xfe", 422), (b'{"label":"\\ud800"}', 422), (b'"x"', 422)],
)
def test_a_body_that_is_none_is_refused(manager: Api, content: bytes, status: int) -> None:
    headers = {"Content-Type": "application/json"}
    assert manager.send("POST", "/api/runs", data=content, headers=headers).status_code == status


def test_a_body_of_another_kind_is_refused(manager: Api) -> None:
    answer = manager.send("POST", "/api/runs", data=b"<a/>", headers={"Content-Type": "application/xml"})
    assert answer.status_code == 415


@pytest.mark.parametrize(
    "content",
    [b"[" * 100_000, b'{"label":' * 50_000, b"1" * 100_000, b'{"label":' + b"7" * 100_000 + b"}"],
    ids=["deep_lists", "deep_objects", "long_integer", "long_integer_inside"],
)
def test_json_that_no_parser_survives_is_a_bad_request(manager: Api, content: bytes) -> None:
    answer = manager.send("POST", "/api/runs", data=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "kind", ["APPLICATION/JSON", "Application/Json; charset=UTF-8", "application/json;charset=utf-8"]
)
def test_media_types_have_no_case(viewer: Api, kind: str) -> None:
    body = json.dumps({"dataset": "minority_reports", "run_id": "main"})
    assert viewer.send("POST", "/api/exports", data=body, headers={"Content-Type": kind}).status_code == 201


@pytest.mark.parametrize(
    ("model", "field", "enum"),
    [
        ("Report", "cause", "Cause"),
        ("Report", "report_status", "Status"),
        ("Event", "cause", "Cause"),
        ("Event", "event_status", "Status"),
        ("Event", "cause_source", "CauseSource"),
    ],
)
def test_causes_and_statuses_are_named_schemas(document: dict[str, Any], model: str, field: str, enum: str) -> None:
    """So that the page's types, and its words for each, come from the document."""
    schemas = document["components"]["schemas"]
    assert schemas[model]["properties"][field]["$ref"] == f"#/components/schemas/{enum}"
    assert len(schemas[enum]["enum"]) >= 3
