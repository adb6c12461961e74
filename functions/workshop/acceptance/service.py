"""Rules of acceptance: set by a manager, previewed, applied to what was previewed or after each tick, undone whole.

An application writes ordinary approvals into the log of event edits, all of them or none. Each names the rule, so that
nothing that learns from people's decisions takes it for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from mrs.contracts import dataset
from mrs.decisions.acceptance import Acceptance, accepted
from mrs.decisions.in_force import decided_cause, decided_status, is_by_rule
from mrs.errors import BadInputError, TransientError
from mrs.identity import row_id

from functions.workshop.acceptance.models import Application, Applications, Applied, Fit, Fitting, Rule, Rules
from functions.workshop.acceptance.requests import AcceptancePreview, AcceptedByRule, Apply, RuleRequest, Undo
from functions.workshop.edits.conflicts import EditConflictError
from functions.workshop.edits.requests import Reopen
from functions.workshop.edits.service import Outcome, edit
from functions.workshop.http.parameters import MOST_AT_ONCE, When
from functions.workshop.objects.snoozes import snoozes
from functions.workshop.state.context import RequestContext
from functions.workshop.state.edit_log import LoggedEdit
from functions.workshop.state.kinds import EVENTS
from functions.workshop.state.settings_log import Row, append, rows_in_force
from functions.workshop.state.view import View, aware, view_at

RULES = dataset("acceptance_rules_log")


def rules(context: RequestContext) -> Rules:
    """Return the rules in force, each with what it would accept now."""
    view = _view(context, None)
    active = [row for row in rows_in_force(context, RULES) if row["is_active"]]
    return Rules(items=[_shown(row, _fitting(view, _acceptance(row))) for row in active])


def preview(context: RequestContext, body: AcceptancePreview) -> Fitting:
    """Return the events that a rule would accept now."""
    view = _view(context, body.run_id)
    found = _fitting(view, _acceptance(body.model_dump(mode="json")))
    delta = [row["sales_delta"] for row in found]
    return Fitting(
        n_events=len(found),
        sales_above=sum(d for d in delta if d > 0),
        sales_below=sum(d for d in delta if d < 0),
        items=[Fit(**{**row, "version": aware(view.version(EVENTS, row))}) for row in found[:MOST_AT_ONCE]],
        state=view.described(),
    )


def set_rule(context: RequestContext, body: RuleRequest) -> Rule:
    """Set a rule; the same rule of the same person is one, whether it accepts after each tick or not."""
    columns = body.model_dump(mode="json", exclude={"each_tick"}) | {"causes": sorted(set(body.causes))}
    rule_id = row_id("rule", context.caller.name, json.dumps(columns, sort_keys=True))
    wanted = {**columns, "rule_id": rule_id, "each_tick": body.each_tick, "is_active": True}
    row = before = _rule_row(context, rule_id)
    if row is None or any(row[name] != value for name, value in wanted.items()):
        row = append(context, RULES, wanted, before)
    return _shown(row, _fitting(_view(context, None), _acceptance(row)))


def end_rule(context: RequestContext, rule_id: str) -> Rule:
    """End a rule; what it has accepted stays accepted."""
    row = _active(context, rule_id)
    append(context, RULES, {**row, "is_active": False}, row)
    return _shown(row, [])


def apply(context: RequestContext, rule_id: str, body: Apply) -> Applied:
    """Let a rule accept events: all of them, or none.

    Raises
    ------
    BadInputError
        If an event does not fit the rule.
    EditConflictError
        If an event has changed since the preview.
    """
    row = _active(context, rule_id)
    view = _view(context, body.run_id)
    seen = {e.report_group_id: e.based_on for e in body.events}
    application_id = row_id(rule_id, view.run_id, *(f"{name} {at.isoformat()}" for name, at in sorted(seen.items())))
    made = {e.object_id: e for e in view.edits(EVENTS) if e.value.get("application_id") == application_id}
    fitting = {fit["report_group_id"]: fit for fit in _fitting(view, _acceptance(row))}
    requests = {name: _acceptance_of(name, made, fitting, row, application_id, context.caller.name) for name in seen}
    return _applied(edit(context, EVENTS, body.run_id, requests, seen, author=_author(row)), application_id)


def accept_after_tick(context: RequestContext) -> None:
    """Let each rule that accepts by itself accept what it fits in the newest state: looked for once a tick and process.

    Reads call it, as nothing that is accepted moves money or trains a model. Which read comes first makes no difference
    to what is accepted; of two at a time, one clashes at the claims and then finds nothing left.
    """
    view, done = _view(context, None), context.stack.cache.tried
    looked = f"rules {view.run_id} {view.snapshot and view.snapshot.tick}"
    if view.snapshot is None or looked in done:
        return
    done.add(looked)
    try:
        for row in rows_in_force(context, RULES):
            if row["is_active"] and row["each_tick"]:
                _accept_fitting(context, _view(context, view.run_id), row)
    except (EditConflictError, TransientError):
        done.discard(looked)


def _accept_fitting(context: RequestContext, view: View, rule: Row) -> None:
    fitting = {fit["report_group_id"]: fit for fit in _fitting(view, _acceptance(rule))[:MOST_AT_ONCE]}
    if not fitting:
        return
    tick = view.tick()
    application_id = row_id(rule["rule_id"], view.run_id, "tick", tick.isoformat())
    by = f"the rule itself, after {tick}"
    requests = {name: _acceptance_of(name, {}, fitting, rule, application_id, by) for name in fitting}
    seen = {name: view.version(EVENTS, fit) for name, fit in fitting.items()}
    edit(context, EVENTS, view.run_id, requests, seen, author=_author(rule))


def _author(rule: Row) -> str:
    return f"rule {rule['name']} of {rule['author']}"


def _acceptance_of(
    name: str, made: Mapping[str, LoggedEdit], fitting: Mapping[str, Row], rule: Row, application_id: str, by: str
) -> AcceptedByRule:
    """Return the approval of one event; one that was made before, as it was made."""
    if name in made:
        return AcceptedByRule.model_validate({**made[name].value, "action": "approve"})
    if name not in fitting:
        raise BadInputError(f"rule {rule['name']!r} does not accept event {name}; preview it again")
    event = fitting[name]
    return AcceptedByRule(
        action="approve",
        cause=event["cause"],
        comment=None,
        rule_id=rule["rule_id"],
        application_id=application_id,
        applied_by=by,
        confidence=event["cause_confidence"],
    )


def applications(context: RequestContext, when: When) -> Applications:
    """Return the applications of a run, the newest first."""
    view = view_at(context, when)
    money = dict(
        zip(*(view.objects(EVENTS).table[c].to_pylist() for c in ("report_group_id", "sales_delta")), strict=True)
    )
    decided = _newest_decisions(view.edits(EVENTS))
    groups: dict[str, list[LoggedEdit]] = {}
    for one in view.edits(EVENTS):
        if is_by_rule(one):
            groups.setdefault(one.value["application_id"], []).append(one)
    items = [_application(name, edits, decided, money) for name, edits in groups.items()]
    return Applications(items=sorted(items, key=lambda a: (a.applied_at, a.application_id), reverse=True))


def _application(
    name: str, edits: list[LoggedEdit], decided: Mapping[str, LoggedEdit], money: Mapping[str, float]
) -> Application:
    first = edits[0]
    return Application(
        application_id=name,
        rule_id=first.value["rule_id"],
        rule=first.author,
        applied_by=first.value["applied_by"],
        applied_at=aware(first.edited_at),
        n_events=len(edits),
        n_in_force=sum(decided[e.object_id] is e for e in edits),
        money=sum(abs(money.get(e.object_id, 0.0)) for e in edits),
    )


def undo(context: RequestContext, application_id: str, body: Undo) -> Applied:
    """Reopen every event whose acceptance by an application still holds; what people decided since stays.

    Raises
    ------
    NotFoundError
        If there is no such application, or nothing of it holds any more.
    """
    view = _view(context, body.run_id)
    decided = _newest_decisions(view.edits(EVENTS))
    held = [name for name, one in decided.items() if one.value.get("application_id") == application_id]
    if not held:
        raise NotFoundError(f"no acceptance of application {application_id} holds")
    seen = {name: view.version(EVENTS, view.row(EVENTS, name)) for name in held}
    request = Reopen(action="reopen", cause=None, comment="The rule's acceptance was taken back.")
    return _applied(edit(context, EVENTS, body.run_id, request, seen), application_id)


def _newest_decisions(edits: Iterable[LoggedEdit]) -> dict[str, LoggedEdit]:
    """Return each event's newest edit that decides it or takes a decision back, given the oldest first."""
    deciding = (e for e in edits if decided_status(e) or decided_cause(e) or e.action == "reopen")
    return {e.object_id: e for e in deciding}


def _applied(outcome: Outcome, application_id: str) -> Applied:
    return Applied(
        application_id=application_id,
        created=outcome.created,
        n_events=len(outcome.edits),
        visible_from=aware(outcome.refreshed.visible_from),
    )


def _view(context: RequestContext, run_id: str | None) -> View:
    return view_at(context, When.model_validate({"run_id": run_id}))


def _acceptance(row: Mapping[str, Any]) -> Acceptance:
    return Acceptance(row["min_confidence"], row["most_money"], frozenset(row["causes"]))


def _fitting(view: View, rule: Acceptance) -> list[Row]:
    """Return the events that a rule accepts, those with the most money first, ties by id."""
    events = view.objects(EVENTS).table
    rows: list[Row] = events.filter(pa.array(accepted(events, rule, snoozes(view)))).to_pylist()
    return sorted(rows, key=lambda r: (-abs(r["sales_delta"]), r["report_group_id"]))


def _rule_row(context: RequestContext, rule_id: str) -> Row | None:
    return next((r for r in rows_in_force(context, RULES) if r["rule_id"] == rule_id), None)


def _active(context: RequestContext, rule_id: str) -> Row:
    row = _rule_row(context, rule_id)
    if row is None or not row["is_active"]:
        raise NotFoundError(f"there is no rule {rule_id}")
    return row


def _shown(row: Row, fitting: list[Row]) -> Rule:
    shown = {name: row[name] for name in Rule.model_fields if name in row} | {"each_tick": bool(row["each_tick"])}
    money = sum(abs(r["sales_delta"]) for r in fitting)
    return Rule(**{**shown, "edited_at": aware(row["edited_at"]), "n_fitting": len(fitting), "fitting_money": money})
