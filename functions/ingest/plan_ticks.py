"""Planning: which run and which ticks an execution is about, and in which chunks and shards the stages take them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from mrs.errors import BadInputError
from mrs.settings import Settings
from mrs.stage import TickEvent

EPOCH = date(1970, 1, 1)


def plan_ticks(event: Mapping[str, Any], run_id: str) -> dict[str, Any]:
    """Return the event that the stages are given.

    Parameters
    ----------
    event
        `first_tick` and `last_tick` (either one alone means both), or the schedule's `scheduled_time`, of which the
        business date before it is the tick; optionally `landing`, `shards`, `mode`, `config`, `written_at`.
    run_id
        The run.

    Raises
    ------
    BadInputError
        Naming every field that does not fit.
    """
    first = event.get("first_tick") or event.get("last_tick") or _day_before(event.get("scheduled_time"))
    last = event.get("last_tick") or first
    given = {k: v for k, v in event.items() if v is not None}
    planned = TickEvent.parse(given | {"run_id": run_id, "first_tick": first, "last_tick": last})
    refit_days = Settings.from_config(planned.config).detect.refit_days
    spans = [
        {"first_tick": a.isoformat(), "last_tick": b.isoformat()}
        for a, b in chunks(planned.first_tick, planned.last_tick, refit_days)
    ]
    return {
        "run_id": run_id,
        "first_tick": planned.first_tick.isoformat(),
        "last_tick": planned.last_tick.isoformat(),
        "landing": planned.landing,
        "shards": planned.shards,
        "mode": planned.mode,
        "config": planned.config,
        "written_at": None if planned.written_at is None else planned.written_at.isoformat() + "Z",
        "chunks": spans,
        "shard_list": list(range(planned.shards)),
    }


def chunks(first: date, last: date, refit_days: int) -> list[tuple[date, date]]:
    """Return the ticks as spans that no anchor cuts; anchors are the multiples of `refit_days` since 1970-01-01.

    A model is fitted at an anchor from what lies before it, so the ticks of one span share one fit.
    """
    spans = []
    while first <= last:
        anchor = EPOCH + timedelta(days=((first - EPOCH).days // refit_days + 1) * refit_days)
        spans.append((first, min(last, anchor - timedelta(days=1))))
        first = anchor
    return spans


def _day_before(scheduled: str | None) -> date:
    if scheduled is None:
        raise BadInputError("the event names no tick: give first_tick and last_tick, or scheduled_time")
    try:
        moment = datetime.fromisoformat(scheduled)
    except (TypeError, ValueError):
        raise BadInputError(f"scheduled_time {scheduled!r} is no ISO time such as 2025-02-01T06:00:00Z") from None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return moment.date() - timedelta(days=1)
