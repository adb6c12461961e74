"""The route of what MRS changed, in the last days, in the sales that the MAB and the MMM learn from."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 (a column is called date)
from datetime import timedelta
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from mrs.contracts import Cause
from pydantic import BaseModel, Field

from functions.workshop.http.parameters import When
from functions.workshop.objects.learning import covered
from functions.workshop.state.context import request_context
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.models import State
from functions.workshop.state.view import Objects, View, view_at

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
MOST_EVENTS = 3


class Days(When):
    """Which state, and how many of its last days."""

    days: int = Field(7, ge=1, le=92, description="Days, the state's business date being the last.")


class MovedBy(BaseModel):
    """An event's part."""

    report_group_id: str
    name: str
    taken_out: float = Field(description="Taken out of what is learned of its days; below zero: put back in.")


class MovedCause(BaseModel):
    """A cause's part."""

    cause: Cause
    taken_out: float = Field(description="Taken out of what is learned, net; below zero: put back in.")
    money: float = Field(description="Taken out and put back added up: what was moved.")
    n_events: int = Field(description="Events behind it.")
    events: list[MovedBy] = Field(description="Those of them that moved most.")


class Moved(BaseModel):
    """What MRS changed in the sales that the MAB and the MMM learn from."""

    first: Date | None = Field(description="The first of the days; null: there is no state.")
    last: Date | None = Field(description="The last of them.")
    taken_out: float = Field(description="Sales above expectation that no campaign explains: not learned from.")
    put_back: float = Field(description="Sales below expectation that no campaign explains: learned as if sold.")
    causes: list[MovedCause] = Field(description="By what they moved, the most first.")
    state: State


@router.get("/api/moved", tags=["events"], operation_id="getMoved", summary="What MRS changed in the models' numbers")
def get_moved(asked: Annotated[Days, Query()]) -> Moved:
    """Return the money that was moved in the last days, by cause, with the events behind it."""
    return moved(view_at(request_context(router), asked), asked.days)


def moved(view: View, days: int) -> Moved:
    """Return what was moved on the last days of a hydrated state; pending edits have not moved anything yet."""
    if view.snapshot is None:
        return Moved(first=None, last=None, taken_out=0.0, put_back=0.0, causes=[], state=view.described())
    last = view.tick()
    first = last - timedelta(days=days - 1)
    sales = covered(view)
    sales = sales.filter(pc.and_(pc.greater_equal(sales["date"], first), pc.not_equal(sales["minority_sales"], 0.0)))
    above = pc.greater(sales["minority_sales"], 0.0)
    out, back = (float(pc.sum(sales.filter(m)["minority_sales"]).as_py() or 0.0) for m in (above, pc.invert(above)))
    causes = _causes(view, sales)
    return Moved(first=first, last=last, taken_out=out, put_back=abs(back), causes=causes, state=view.described())


def _causes(view: View, sales: pa.Table) -> list[MovedCause]:
    reports, events = view.objects(REPORTS).table, view.objects(EVENTS)
    group_of = dict(zip(*(reports[c].to_pylist() for c in ("report_id", "report_group_id")), strict=True))
    by_report = sales.append_column("money", pc.abs(sales["minority_sales"])).group_by(
        ["cause", "report_id"], use_threads=False
    )
    totals: dict[str, dict[str | None, list[float]]] = {}
    for row in by_report.aggregate([("minority_sales", "sum"), ("money", "sum")]).to_pylist():
        own = totals.setdefault(row["cause"] or Cause.UNKNOWN.value, {})
        at = own.setdefault(group_of.get(row["report_id"]), [0.0, 0.0])
        at[0], at[1] = at[0] + row["minority_sales_sum"], at[1] + row["money_sum"]
    return sorted((_cause(c, own, events) for c, own in totals.items()), key=lambda m: (-m.money, m.cause))


def _cause(cause: str, own: dict[str | None, list[float]], events: Objects) -> MovedCause:
    named = sorted(((g, m) for g, m in own.items() if g is not None), key=lambda item: (-item[1][1], item[0]))
    rows = [(events.row(group), net) for group, (net, _) in named[:MOST_EVENTS]]
    return MovedCause(
        cause=Cause(cause),
        taken_out=sum(net for net, _ in own.values()),
        money=sum(money for _, money in own.values()),
        n_events=len(named),
        events=[
            MovedBy(report_group_id=row["report_group_id"], name=row["name"], taken_out=net) for row, net in rows if row
        ],
    )
