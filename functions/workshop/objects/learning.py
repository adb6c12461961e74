"""What MRS did to the sales that the MAB and the MMM learn from, on the store-days of an event."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from functions.workshop.objects.series_models import EventLearning, LearningDay
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View

_SALES = "attribution_ready_sales"
_SUMMED = ("observed_sales", "expected_sales", "adjusted_sales", "minority_sales", "exclude_probability")


def of_event(view: View, group: str) -> EventLearning:
    """Return what was taken out of learning on the days that an event's reports cover.

    It speaks of the hydrated state: edits that are pending have not moved any sales yet.

    Raises
    ------
    NotFoundError
        If the state has no such event.
    """
    view.row(EVENTS, group)
    reports = view.objects(REPORTS).table
    members = reports.filter(pc.equal(reports["report_group_id"], group))["report_id"].combine_chunks()
    sales = covered(view)
    sales = sales.filter(pc.is_in(sales["report_id"], value_set=members))
    summed = sales.group_by("date", use_threads=False).aggregate([(name, "sum") for name in _SUMMED]).sort_by("date")
    days = [
        LearningDay(
            date=row["date"],
            observed_sales=row["observed_sales_sum"],
            expected_sales=row["expected_sales_sum"],
            adjusted_sales=row["adjusted_sales_sum"],
            taken_out=row["minority_sales_sum"],
        )
        for row in summed.to_pylist()
    ]
    return EventLearning(
        report_group_id=group,
        days=days,
        store_days=sales.num_rows,
        deviation=sum(d.observed_sales - d.expected_sales for d in days),
        taken_out=sum(d.taken_out for d in days),
        excluded_store_days=sum(summed["exclude_probability_sum"].to_pylist()),
        state=view.described(),
    )


def covered(view: View) -> pa.Table:
    """Return the store-days that a report covers and whose sales are known."""

    def read() -> pa.Table:
        sales = view.hydrated_dataset(_SALES).select(["date", "report_id", "cause", *_SUMMED])
        known = pc.and_(pc.is_valid(sales["observed_sales"]), pc.is_valid(sales["expected_sales"]))
        return sales.filter(pc.and_(pc.is_valid(sales["report_id"]), known))

    if view.snapshot is None:
        return read()
    found: pa.Table = view.cache.hydrated.get((view.snapshot, _SALES), read)
    return found
