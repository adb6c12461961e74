"""The OpenAPI 3.1 document: the one Powertools makes, plus what it leaves out (query schemas, problems, security)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, get_type_hints

import aws_lambda_powertools.event_handler.openapi.swagger_ui as swagger_ui
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.api_gateway import Route
from aws_lambda_powertools.event_handler.openapi.params import Query
from mrs import __version__
from pydantic import BaseModel

from functions.workshop.http.problems import Problem

REFERENCE = "#/components/schemas/{model}"
DESCRIPTION = (
    "What the Workshop reads and writes. Every route needs a Cognito access token: `Authorization: Bearer …`. "
    "Reads take `run_id` and `as_of`; an edit names the `version` that its author saw (`based_on`)."
)
# What any route may answer beside its own success: refusals of the function, then of the gateway.
_PROBLEMS = {
    "400": "The request asks for something that is not there to be had.",
    "403": "The person's role does not allow it, or the token is not an access token.",
    "404": "There is no such object, run or route.",
    "415": "The body is not JSON.",
    "422": "A parameter or the body does not fit; `errors` says where.",
    "503": "Something behind the API is busy; the same request may succeed again.",
}
_GATEWAY = {"401": "No token, or one that is expired, foreign or tampered with.", "429": "Too many requests."}


def document(app: APIGatewayHttpResolver, conflict: type[Problem]) -> dict[str, Any]:
    """Return the document of every route of the app.

    Parameters
    ----------
    app
        The resolver with its routes.
    conflict
        The body of a 409 answer.
    """
    made: dict[str, Any] = json.loads(
        app.get_openapi_json_schema(title="Minority Report Workshop", version=__version__, description=DESCRIPTION)
    )
    schemas: dict[str, Any] = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        schemas.pop(name, None)
    for model in (Problem, conflict):
        _add_model(schemas, model)
    for route in _routes(app):
        operation = made["paths"][route.openapi_path][route.method.lower()]
        _complete_parameters(operation, route, schemas)
        _complete_responses(operation, route.method)
    made["components"]["responses"] = _shared_responses(conflict)
    made["components"]["securitySchemes"] = {
        "cognito": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "Cognito access token."}
    }
    made["security"] = [{"cognito": []}]
    made["components"]["schemas"] = dict(sorted(schemas.items()))
    made["paths"] = dict(sorted(made["paths"].items()))
    return made


def swagger_page(document: dict[str, Any]) -> str:
    """Return the Swagger page of a document as one file, script and style included."""
    folder = Path(swagger_ui.__file__).parent
    script, style = (folder.joinpath(n).read_text() for n in ("swagger-ui-bundle.min.js", "swagger-ui.min.css"))
    spec = json.dumps(document).replace("</", "<\\/")
    page: str = swagger_ui.generate_swagger_html(spec, script, style, "", None, True)
    return page


def _routes(app: APIGatewayHttpResolver) -> Iterator[Route]:
    yield from (r for r in (*app._static_routes, *app._dynamic_routes) if r.include_in_schema)


def _add_model(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template=REFERENCE, mode="serialization")
    schemas.update(schema.pop("$defs", {}))
    schemas[model.__name__] = schema


def _complete_parameters(operation: dict[str, Any], route: Route, schemas: dict[str, Any]) -> None:
    """Give the parameters of a query model their full schema."""
    for hint in get_type_hints(route.func, include_extras=True).values():
        model = getattr(hint, "__origin__", None)
        if not any(isinstance(m, Query) for m in getattr(hint, "__metadata__", ())) or model is None:
            continue
        schema = model.model_json_schema(ref_template=REFERENCE)
        schemas.pop(model.__name__, None)
        schemas.update(schema.get("$defs", {}))
        for parameter in operation["parameters"]:
            if parameter["in"] == "query" and parameter["name"] in schema["properties"]:
                full = dict(schema["properties"][parameter["name"]])
                parameter["description"] = full.pop("description", parameter.get("description"))
                parameter["required"] = parameter["name"] in schema.get("required", ())
                parameter["schema"] = _without_null(full)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a query parameter's schema without null: a parameter is left out instead."""
    schema.pop("title", None)
    if schema.get("default", 0) is None:
        schema.pop("default")
    options = [s for s in schema.pop("anyOf", []) if s.get("type") != "null"]
    return {**schema, **options[0]} if len(options) == 1 else {**schema, **({"anyOf": options} if options else {})}


def _complete_responses(operation: dict[str, Any], method: str) -> None:
    responses = {k: v for k, v in operation["responses"].items() if k != "422"}
    if operation["operationId"].startswith("edit"):
        responses["200"] = {**responses["201"], "description": "The very same edit was there already."}
    shared = [*_PROBLEMS, *_GATEWAY, *(["409"] if method == "POST" else [])]
    responses |= {status: {"$ref": f"#/components/responses/{_name(status)}"} for status in shared}
    operation["responses"] = dict(sorted(responses.items()))


def _shared_responses(conflict: type[Problem]) -> dict[str, Any]:
    message = {"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}
    problems = {_name(s): _response(d, "application/problem+json", _reference("Problem")) for s, d in _PROBLEMS.items()}
    refusals = {_name(s): _response(d, "application/json", message) for s, d in _GATEWAY.items()}
    changed = _response(
        "Something has changed since; nothing was written.", "application/problem+json", _reference(conflict.__name__)
    )
    return dict(sorted({**problems, **refusals, _name("409"): changed}.items()))


def _name(status: str) -> str:
    return "".join(HTTPStatus(int(status)).phrase.split())


def _reference(model: str) -> dict[str, str]:
    return {"$ref": REFERENCE.format(model=model)}


def _response(description: str, content_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {content_type: {"schema": schema}}}
