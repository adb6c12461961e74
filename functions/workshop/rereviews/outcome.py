"""What a rereview would change in a state, and the edits that accept or dismiss it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Literal

from mrs.decisions.in_force import BY_PEOPLE, STATUS_OF, CauseSource
from mrs.errors import BadInputError
from mrs.rereviews.difference import ReportChange, event_changes, report_changes

from functions.workshop.edits.service import edit
from functions.workshop.http.parameters import Request, When
from functions.workshop.objects.models import Edit
from functions.workshop.objects.serialise import shown_edit
from functions.workshop.rereviews.decisions import Accept, Dismiss, accepts
from functions.workshop.rereviews.log import Rereview
from functions.workshop.rereviews.models import DecisionTaken, Difference, EventDifference, ReportDifference
from functions.workshop.rereviews.requests import RereviewDecision
from functions.workshop.state.context import RequestContext
from functions.workshop.state.kinds import EVENTS, REPORTS
from functions.workshop.state.view import View, aware, view_at

_REPORT = (
    "report_id", "store_id", "report_group_id", "report_status", "sales_delta", "cause", "cause_source",
    "proposed_cause", "proposed_confidence", "alternatives",
)  # fmt: skip
_EVENT = ("report_group_id", "name", "sales_delta", "cause", "cause_source")
_DECIDED = frozenset(STATUS_OF.values())


def differences(context: RequestContext, rereview: Rereview, when: When) -> Difference:
    """Return what a rereview would change in the requested state."""
    view = _view(context, rereview, when)
    reports = _reports(view)
    changes = _changes(view, rereview, reports)
    events = event_changes(changes, reports, view.objects(EVENTS).table.select(_EVENT).to_pylist())
    return Difference(
        rereview_id=rereview.rereview_id,
        reports=[ReportDifference(**{**asdict(c), "based_on": aware(c.based_on)}) for c in changes],
        events=[EventDifference(**asdict(e)) for e in events],
        n_changed=sum(c.would_change for c in changes),
        n_decided=sum(c.changed and c.decided for c in changes),
        sales_delta_changed=round(sum(abs(c.sales_delta) for c in changes if c.would_change), 6),
    )


def _view(context: RequestContext, rereview: Rereview, when: When) -> View:
    return view_at(context, When.model_validate({"run_id": rereview.run_id, "as_of": when.as_of}))


def _reports(view: View) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = view.objects(REPORTS).table.select(_REPORT).to_pylist()
    return rows


def _changes(view: View, rereview: Rereview, reports: list[dict[str, Any]]) -> list[ReportChange]:
    proposed = rereview.proposed(view.logs).select(["report_id", "rank", "cause", "confidence"])
    clustered = rereview.clustered(view.logs).select(["report_id", "cluster_id"])
    decided = _decided(view, rereview, reports)
    return report_changes(rereview.worklist, proposed.to_pylist(), clustered.to_pylist(), reports, decided)


def _decided(view: View, rereview: Rereview, reports: list[dict[str, Any]]) -> dict[str, str]:
    """Return the cause of each report that people decided, except those decided by accepting this rereview."""
    newest = {}
    for one in view.edits(REPORTS):
        if one.value.get("cause"):
            newest[one.object_id] = one
    accepted = {name for name, one in newest.items() if accepts(one, rereview.rereview_id)}
    return {r["report_id"]: r["cause"] for r in reports if _is_decided(r) and r["report_id"] not in accepted}


def _is_decided(report: dict[str, Any]) -> bool:
    """Return whether a person decided about a report; what a rule accepted, a rereview may still change."""
    source: str = report["cause_source"]
    return source in BY_PEOPLE or (report["report_status"] in _DECIDED and source != CauseSource.POLICY)


def settle(context: RequestContext, rereview: Rereview, decision: RereviewDecision) -> DecisionTaken:
    """Write the edits of a decision: all of them, or none."""
    view = _view(context, rereview, When.model_validate({}))
    changes = _changes(view, rereview, _reports(view))
    if decision.report_ids is not None:
        changes = _named(changes, decision.report_ids)
    flagged = [c.report_id for c in changes if c.changed and c.decided]
    requests = _requests(rereview, changes, decision)
    if not requests:
        raise BadInputError(f"there is nothing to {decision.decision}: no undecided report would change")
    seen = {c.report_id: c.based_on for c in changes if c.report_id in requests}
    outcome = edit(context, REPORTS, rereview.run_id, requests, seen)
    return DecisionTaken(
        rereview_id=rereview.rereview_id,
        decision=_done(decision),
        edits=[Edit(**shown_edit(outcome.view, e)) for e in outcome.edits],
        flagged=flagged,
        visible_from=aware(outcome.refreshed.visible_from),
    )


def _named(changes: list[ReportChange], report_ids: list[str]) -> list[ReportChange]:
    known = {c.report_id for c in changes}
    strangers = [name for name in report_ids if name not in known]
    if strangers:
        raise BadInputError(f"report {strangers[0]} is not on the rereview's worklist")
    return [c for c in changes if c.report_id in set(report_ids)]


def _requests(rereview: Rereview, changes: list[ReportChange], decision: RereviewDecision) -> dict[str, Request]:
    """Return the edit of each report: its new cause to accept, a comment to dismiss."""
    taken = _done(decision) + ("" if decision.report_ids is None else " in part")
    said = {"decided_rereview_id": rereview.rereview_id, "rereview_decision": taken, "comment": decision.comment}
    if decision.decision == "accept":
        return {
            c.report_id: Accept.model_validate({**said, "action": "set_cause", "cause": c.cause_after})
            for c in changes
            if c.would_change
        }
    dismiss = Dismiss.model_validate({**said, "action": "comment"})
    return {c.report_id: dismiss for c in changes if c.changed} or {c.report_id: dismiss for c in changes}


def _done(decision: RereviewDecision) -> Literal["accepted", "dismissed"]:
    return "accepted" if decision.decision == "accept" else "dismissed"
