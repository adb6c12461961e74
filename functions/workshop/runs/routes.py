"""Routes of runs: list, reset, compare two, the business dates of one."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop.http.auth import Role, needs
from functions.workshop.http.parameters import RunId
from functions.workshop.runs import comparison, service
from functions.workshop.runs.models import Comparison, Runs, RunView, Ticks
from functions.workshop.runs.requests import CompareRuns, Reset
from functions.workshop.state.context import request_context

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["runs"]


@router.get("/api/runs", tags=TAGS, operation_id="listRuns", summary="All runs")
def list_runs() -> Runs:
    """Return the runs, the active one marked."""
    return service.all_runs(request_context(router))


@router.post("/api/runs", tags=TAGS, operation_id="resetRun", status_code=201, summary="Start a new active run")
@needs(Role.MANAGER)
def reset(body: Annotated[Reset, Body()]) -> RunView:
    """Make a new run, or an earlier one, the active one. Everything that was written before stays as it is."""
    return service.reset(request_context(router), body)


@router.get("/api/runs/compare", tags=TAGS, operation_id="compareRuns", summary="Two runs side by side")
def compare(pair: Annotated[CompareRuns, Query()]) -> Comparison:
    """Return the events that both runs found, those that one found, what causes changed, and the money."""
    return comparison.compare(request_context(router), pair)


@router.get("/api/runs/<run_id>/ticks", tags=TAGS, operation_id="listTicks", summary="A run's business dates")
def list_ticks(run_id: Annotated[RunId, Path(description="The run.")]) -> Ticks:
    """Return every business date that the run has processed, with the moment at which its state was written."""
    return service.ticks(request_context(router), run_id)
