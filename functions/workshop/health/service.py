"""The health of stages, feeds and ticks: sales that landed, freshness, coverage, errors, durations, dead letters."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any

from mrs.contracts import dataset
from mrs.hydration.landing_story import landing_story
from mrs.stage.graph import STAGES
from mrs.store.log_store import in_force, written_by

from functions.workshop.health.models import (
    AlertHealth,
    FeedHealth,
    Health,
    LandingHealth,
    RestatedDay,
    SalesDayHealth,
    SetAside,
    StageHealth,
    TickHealth,
)
from functions.workshop.state.columns import objects_in_force
from functions.workshop.state.view import View, aware

SHOWN = timedelta(days=60)
MOST_DAYS = 60
_MONEY = ("landed", "exported", "set_aside", "unexplained")


def of(view: View) -> Health:
    """Return the pipeline's health as of a state."""
    rows = _rows(view, "pipeline_health_log")
    return Health(
        state=view.described(),
        stages=_stages(rows),
        feeds=_feeds(view),
        landing=_landing(view),
        ticks=_ticks(rows),
        alerts=_alerts(view),
        dead_letters=_dead_letters(rows),
    )


def _rows(view: View, name: str) -> list[dict[str, Any]]:
    """Return the rows in force of the last ticks; of several writes of a key, the newest."""
    if view.snapshot is None:
        return []
    ds, tick = dataset(name), view.snapshot.tick
    found = objects_in_force(view, ds, tick - SHOWN, tick - timedelta(days=1))
    visible = written_by(view.until) if view.until else None
    found = found + in_force(ds, view.logs.find(ds, view.run_id, first=tick, visible=visible))
    unknown = dict.fromkeys(ds.schema.names)  # what an older version of the contract did not have
    newest: dict[tuple[Any, ...], dict[str, Any]] = {}
    for (key, _), table in zip(found, view.logs.objects.get_tables(s for _, s in found), strict=True):
        for row in table.to_pylist():
            own = {**unknown, **row, "tick": key.tick}
            about = tuple(own[k] for k in ds.key)
            if about not in newest or own["written_at"] >= newest[about]["written_at"]:
                newest[about] = own
    return list(newest.values())


def _stages(rows: list[dict[str, Any]]) -> list[StageHealth]:
    by_stage: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        by_stage.setdefault(row["stage"], []).append(row)
    order = {name: at for at, name in enumerate(STAGES)}
    names = sorted(by_stage, key=lambda s: (order.get(s, len(STAGES)), s))
    return [_stage(name, by_stage[name]) for name in names]


def _stage(name: str, rows: list[dict[str, Any]]) -> StageHealth:
    tick = max(r["tick"] for r in rows)
    shards = [r for r in rows if r["tick"] == tick]
    return StageHealth(
        stage=name,
        tick=tick,
        written_at=aware(_last(shards)),
        rows_read=sum(r["rows_read"] for r in shards),
        rows_written=sum(r["rows_written"] for r in shards),
        took_ms=max((r["took_ms"] for r in shards if r["took_ms"] is not None), default=None),
        **_state_of(shards),
    )


def _dead_letters(rows: list[dict[str, Any]]) -> int | None:
    """Return the newest non-null value; None if no row has one."""
    known = [r for r in rows if r["dead_letters"] is not None]
    return max(known, key=lambda r: (r["tick"], r["written_at"]))["dead_letters"] if known else None


def _state_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    fresh = [r["freshness_days"] for r in rows if r["freshness_days"] is not None]
    covered = [r["coverage"] for r in rows if r["coverage"] is not None]
    return {
        "freshness_days": max(fresh, default=None),
        "coverage": min(covered, default=None),
        "error_rate": max(r["error_rate"] for r in rows),
        "degraded_inputs": sorted({i for r in rows for i in r["degraded_inputs"]}),
    }


def _last(rows: list[dict[str, Any]]) -> datetime:
    last: datetime = max(r["written_at"] for r in rows)
    return last


def _ticks(rows: list[dict[str, Any]]) -> list[TickHealth]:
    """Return the health of each tick; rows of ingest cover a shard's stores only, so later stages' rows count first."""
    by_tick: dict[date, list[dict[str, Any]]] = {}
    for row in rows:
        by_tick.setdefault(row["tick"], []).append(row)
    whole = {tick: [r for r in found if r["stage"] != "ingest"] or found for tick, found in by_tick.items()}
    return [
        TickHealth(
            tick=tick,
            written_at=aware(_last(by_tick[tick])),
            stages=len({r["stage"] for r in by_tick[tick]}),
            **_state_of(whole[tick]),
        )
        for tick in sorted(by_tick, reverse=True)
    ]


def _feeds(view: View) -> list[FeedHealth]:
    rows = _rows(view, "landing_feeds_log")
    newest = max((r["tick"] for r in rows), default=None)
    feeds = sorted((r for r in rows if r["tick"] == newest), key=lambda r: r["feed"])
    return [FeedHealth(**{name: r[name] for name in FeedHealth.model_fields}) for r in feeds]


def _landing(view: View) -> LandingHealth | None:
    if view.snapshot is None:
        return None

    def read() -> LandingHealth:
        story = landing_story(*(view.hydrated_dataset(n) for n in ("sales_reconciliation", "attribution_ready_sales")))
        odd = [d for d in reversed(story.days) if d["rows_set_aside"] or d["unexplained_sales"]]
        return LandingHealth(
            landed=story.landed,
            exported=story.exported,
            set_aside=story.set_aside,
            unexplained=story.unexplained,
            set_aside_why=[SetAside(**asdict(reason)) for reason in story.set_aside_why],
            days=[SalesDayHealth(date=d["date"], **{n: d[f"{n}_sales"] for n in _MONEY}) for d in odd[:MOST_DAYS]],
            quality=story.quality,
            restated=[
                RestatedDay(**{**asdict(d), "restated_at": aware(d.restated_at)}) for d in story.restated[:MOST_DAYS]
            ],
            replay_due=story.replay_due,
        )

    found: LandingHealth = view.cache.hydrated.get((view.snapshot, "landing_story"), read)
    return found


def _alerts(view: View) -> AlertHealth:
    status = Counter(r["delivery_status"] for r in _rows(view, "ui_notifications_log"))
    return AlertHealth(**{name: status[name] for name in AlertHealth.model_fields})
