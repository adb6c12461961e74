"""Delivery: claim, send, say what became of it. What an earlier run left undone is found and settled first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from aws_lambda_powertools import Logger
from mrs.alerts.in_force import subscriptions_in_force
from mrs.alerts.settle import Evidence, Message, Plan, Result, settle, unsettled
from mrs.contracts import dataset
from mrs.errors import ConflictingContentError
from mrs.identity import row_id
from mrs.settings import NotifySettings
from mrs.store.keys import MILLISECOND
from mrs.store.log_store import EVERY_RUN, LogStore

from functions.notify.outcomes import Outcome
from functions.notify.personal import decide_personal
from functions.notify.rows import Row, write_of

NOTIFICATIONS = dataset("ui_notifications_log")
ATTEMPTS = dataset("alert_attempts_log")
FEEDBACK = dataset("alert_feedback_log")
ECHO_DAYS = 30
logger = Logger()


class Channel(Protocol):
    """A way out: everything that can fail by itself happens in `prepare`, before a message is claimed."""

    def prepare(self, message: Message) -> Any:
        """Return what is to be sent."""

    def send(self, prepared: Any) -> Outcome:
        """Send it, once, without trying again."""


@dataclass(frozen=True)
class Round:
    """One round of delivery.

    Parameters
    ----------
    logs, run_id
        Whose notifications.
    last_tick
        Only those decided up to this tick; None for all.
    now
        Logical time, UTC: of the tick's write, or of the schedule.
    settings
        How long to retry.
    channels
        The ways out by the name of the channel.
    has_time
        Whether there is time for one more message before the function is stopped.
    """

    logs: LogStore
    run_id: str
    last_tick: date | None
    now: datetime
    settings: NotifySettings
    channels: Mapping[str, Channel]
    has_time: Callable[[], bool] = field(default=lambda: True)


def deliver(this: Round) -> dict[str, int]:
    """Settle and send what is due, and return how many notifications became `sent`, `suppressed`, `failed`.

    Each message is claimed by creating an object before it is sent, and what the service said is appended right after:
    the next round finds what an interruption in between left undone.
    """
    history = _history(this)
    if decide_personal(this.logs, this.run_id, this.last_tick, this.now, this.settings, history):
        history = _history(this)
    due = unsettled(history, this.now)
    if not due:
        return {}
    plan = settle(due, _evidence(this, due), this.now, this.settings)
    results = list(plan.results)
    try:
        for message in plan.messages:
            if not this.has_time():
                logger.warning("out of time", extra={"left_for_the_next_run": len(plan.messages)})
                break
            results += _deliver_one(this, message)
    finally:
        _append_results(this, history, results)
    return _counted(results, plan)


def _history(this: Round) -> list[Row]:
    rows: list[Row] = this.logs.read(NOTIFICATIONS, this.run_id, last=this.last_tick, history=True).to_pylist()
    return rows


def _deliver_one(this: Round, message: Message) -> list[Result]:
    """Send one message and return what its notifications have become; nothing where another run has claimed it."""
    channel = this.channels[message.channel]
    try:
        prepared = channel.prepare(message)
    except Exception as error:  # one alert that cannot be put into words must not keep the others back
        logger.exception("an alert cannot be prepared", extra={"message_id": message.message_id})
        return _results(message, Outcome("refused", None, f"not prepared: {type(error).__name__}: {error}"))
    if not _claim(this, message):
        return []
    outcome = channel.send(prepared)
    _note(this, message, outcome.phase, outcome, this.now)
    return _results(message, outcome)


def _claim(this: Round, message: Message) -> bool:
    """Create the claim of this attempt; False where it is there already: one claimant wins, whenever it came."""
    try:
        return _note(this, message, "claimed", None, message.alerts[0]["first_decided_at"])
    except ConflictingContentError:
        return False


def _note(this: Round, message: Message, phase: str, outcome: Outcome | None, written_at: datetime) -> bool:
    """Append a step of an attempt; its key holds message, attempt and step, so that each step is taken once."""
    row = {
        "message_id": message.message_id,
        "attempt": message.attempt,
        "phase": phase,
        "channel": message.channel,
        "delivered_to": message.delivered_to,
        "claimed_at": this.now,
        "provider_message_id": outcome.provider_message_id if outcome else None,
        "error": outcome.error if outcome else None,
    }
    part = f"{message.message_id[:40]}x{message.attempt}{phase}"
    write = write_of(ATTEMPTS, this.run_id, message.alerts[0]["first_tick"], written_at, part, [row])
    return this.logs.append([write])[0].created


def _results(message: Message, outcome: Outcome) -> list[Result]:
    accepted = outcome.phase == "accepted"
    status = "sent" if accepted else "failed"
    failure = None if accepted else f"{outcome.phase}: {outcome.error}"
    return [Result(alert, message.attempt, status, None, failure) for alert in message.alerts]


def _append_results(this: Round, history: Sequence[Row], results: Sequence[Result]) -> None:
    """Append the results, newer than every row of theirs: one object a tick."""
    if not results:
        return
    about = {r.alert["notification_id"] for r in results}
    older = [r["written_at"] for r in history if r["notification_id"] in about]
    same_time = [r["written_at"] for r in history if this.now < r["written_at"] < this.now + timedelta(seconds=1)]
    written_at = max([this.now, *older, *same_time]) + MILLISECOND
    by_tick: dict[date, list[Row]] = {}
    for result in results:
        by_tick.setdefault(result.alert["tick"], []).append(_row(result, written_at))
    part = row_id(*sorted(f"{r.alert['notification_id']}{r.attempt}{r.delivery_status}" for r in results))[:24]
    this.logs.append(
        [
            write_of(NOTIFICATIONS, this.run_id, tick, written_at, f"x{part}", rows)
            for tick, rows in sorted(by_tick.items())
        ]
    )


def _row(result: Result, written_at: datetime) -> Row:
    return {
        **{name: result.alert[name] for name in NOTIFICATIONS.file_schema.names},
        "written_at": written_at,
        "attempt": result.attempt,
        "delivery_status": result.delivery_status,
        "suppressed_by": result.suppressed_by,
        "failure": result.failure,
    }


def _evidence(this: Round, due: Sequence[Mapping[str, Any]]) -> Evidence:
    first = min(row["first_tick"] for row in due) - timedelta(days=ECHO_DAYS)
    ids = {row["notification_id"] for row in due}
    others = this.logs.read(NOTIFICATIONS, EVERY_RUN, visible=lambda key: key.run_id != this.run_id, history=True)
    elsewhere = {
        row["notification_id"]: row["run_id"]
        for row in others.to_pylist()
        if row["delivery_status"] == "sent" and row["notification_id"] in ids
    }
    return Evidence(
        attempts=this.logs.read(ATTEMPTS, this.run_id, first=first).to_pylist(),
        feedback=this.logs.read(FEEDBACK, EVERY_RUN).to_pylist(),
        sent_elsewhere=elsewhere,
        subscriptions={s["subscription_id"]: s for s in subscriptions_in_force(this.logs, this.run_id)},
    )


def _counted(results: Sequence[Result], plan: Plan) -> dict[str, int]:
    counts = {"messages": len(plan.messages)}
    for result in results:
        counts[result.delivery_status] = counts.get(result.delivery_status, 0) + 1
    return counts
