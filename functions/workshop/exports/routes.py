"""Route of exports: a dataset as a file behind a signed link."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.exports import service
from functions.workshop.exports.models import Export, ExportRequest
from functions.workshop.state.context import request_context

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.post(
    "/api/exports", tags=["exports"], operation_id="exportDataset", status_code=201, summary="Export a dataset"
)
def export(body: Annotated[ExportRequest, Body()]) -> Export:
    """Write a hydrated dataset, as of a moment, to a file and return a signed link to it."""
    return service.export(request_context(router), body)
