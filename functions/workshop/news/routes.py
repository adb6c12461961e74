"""The route of what has changed since a person last looked."""

from __future__ import annotations

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, ConfigDict, Field

from functions.workshop.http.parameters import Moment, RunId
from functions.workshop.news import service
from functions.workshop.news.models import News
from functions.workshop.state.context import request_context

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class Since(BaseModel):
    """Which state a person saw last, and when."""

    model_config = ConfigDict(populate_by_name=True, frozen=True)

    run_id: RunId | None = Field(None, description="The run; default: the active one.")
    since: Moment = Field(description="`written_at` of the state that was seen (RFC 3339, UTC).")
    looked_at: Moment | None = Field(
        None, description="When it was seen: edits of other people after it are told; default: `since`."
    )


@router.get("/api/news", tags=["events"], operation_id="listNews", summary="What has changed since a state")
def list_news(asked: Annotated[Since, Query()]) -> News:
    """Return the events that are new, have grown, have closed, or were decided by others since a state."""
    return service.news(request_context(router), asked.run_id, asked.since, asked.looked_at or asked.since)
