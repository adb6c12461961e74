"""Routes of runs: list, reset, compare two, the business dates of one."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from functions.workshop import comparing, running
from functions.workshop.desk import desk
from functions.workshop.parameters import CompareRuns, Reset, RunId
from functions.workshop.people import Role, needs
from functions.workshop.views_more import Comparison, Runs, RunView, Ticks

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
TAGS = ["runs"]


@router.get("/api/runs", tags=TAGS, operation_id="listRuns", summary="All runs")
def list_runs() -> Runs:
    """Return the runs, the active one marked."""
    return running.all_runs(desk(router))


@router.post("/api/runs", tags=TAGS, operation_id="resetRun", status_code=201, summary="Start a new active run")
@needs(Role.MANAGER)
def reset(body: Annotated[Reset, Body()]) -> RunView:
    """Make a new run, or an earlier one, the active one. Everything that was written before stays as it is."""
    return running.reset(desk(router), body)


@router.get("/api/runs/compare", tags=TAGS, operation_id="compareRuns", summary="Two runs side by side")
def compare(pair: Annotated[CompareRuns, Query()]) -> Comparison:
    """Return the events that both runs found, those that one found, what causes changed, and the money."""
    return comparing.compare(desk(router), pair)


@router.get("/api/runs/<run_id>/ticks", tags=TAGS, operation_id="listTicks", summary="A run's business dates")
def list_ticks(run_id: Annotated[RunId, Path(description="The run.")]) -> Ticks:
    """Return every business date that the run has processed, with the moment at which its state was written."""
    return running.ticks(desk(router), run_id)
