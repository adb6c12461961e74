"""The harness: one shape for every stage; it reads what is declared, stamps, appends, and records health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import BadInputError, ConflictingContentError, ContractError
from mrs.identity import schedule_time, shard_of
from mrs.settings import ClusterSettings, IngestSettings
from mrs.stage import Read, Span, StageContext, TickEvent, run_stage
from mrs.stage.reading import read
from mrs.store.keys import COMMON, shard_part
from mrs.store.log_store import Write
from mrs.store.parts import SPANS, first_of_span

from tests.builders import TICK, at, table
from tests.stage.stages import (
    BASELINE,
    EDITS,
    GOVERNED,
    LATER,
    MRCL,
    MRDL,
    NEXT,
    Seen,
    copy_reports,
    event,
    land_feeds,
    land_reports,
    stage,
)


def test_what_a_stage_writes_is_stamped(aws: Environment) -> None:
    land_reports(aws, TICK)
    result = run_stage(stage(), event(), aws)
    (row,) = aws.logs().read(MRCL, "r").to_pylist()
    assert (row["run_id"], row["tick"], row["written_at"]) == ("r", TICK, schedule_time(TICK))
    assert row["config_hash"] == ClusterSettings().config_hash()
    assert result.summary("cluster")["rows"] == {MRCL.name: 1}


def test_a_replay_writes_nothing(aws: Environment) -> None:
    land_reports(aws, TICK, NEXT)
    first = run_stage(stage(), event(TICK, NEXT), aws)
    again = run_stage(stage(), event(TICK, NEXT), aws)
    assert all(w.created for w in first.written)
    assert not any(w.created for w in again.written)


def test_a_chunk_writes_what_its_ticks_write_one_by_one(aws: Environment) -> None:
    land_reports(aws, TICK, NEXT)
    for tick in (TICK, NEXT):
        run_stage(stage(), event(tick), aws)
    assert not any(w.created for w in run_stage(stage(), event(TICK, NEXT), aws).written)


def test_a_rerun_reads_what_the_first_run_read(aws: Environment) -> None:
    land_reports(aws, TICK)
    run_stage(stage(), event(), aws)
    land_reports(aws, TICK, hours=5, name="b")
    assert not any(w.created for w in run_stage(stage(), event(), aws).written)


def test_a_later_rerun_reads_what_is_there_by_then(aws: Environment) -> None:
    land_reports(aws, TICK)
    run_stage(stage(), event(), aws)
    land_reports(aws, TICK, hours=5, name="b")
    later = schedule_time(TICK) + timedelta(hours=6)
    run_stage(stage(), event(written_at=later.isoformat()), aws)
    newest = aws.logs().read(MRCL, "r", history=True).to_pylist()
    assert {(r["report_id"], r["written_at"]) for r in newest} == {("a", schedule_time(TICK)), ("b", later)}


def test_an_empty_answer_replaces_the_one_before(aws: Environment) -> None:
    def answer(*rows: dict[str, Any]) -> Any:
        return lambda *_: {MRDL.name: table("MRDL", *rows).drop_columns(GOVERNED)}

    later = (schedule_time(TICK) + timedelta(hours=6)).isoformat()
    run_stage(stage((), writes=(MRDL.name,), run=answer({"report_id": "a"})), event(), aws)
    run_stage(stage((), writes=(MRDL.name,), run=answer()), event(written_at=later), aws)
    assert aws.logs().read(MRDL, "r").num_rows == 0


def test_other_content_at_the_same_time_is_a_conflict(aws: Environment) -> None:
    land_reports(aws, TICK)
    run_stage(stage(), event(), aws)

    def other(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> Seen:
        (out,) = copy_reports(tables, ticks, settings).values()
        other_id = pa.array(["d"] * out.num_rows)
        return {MRCL.name: out.set_column(out.schema.get_field_index("cluster_id"), "cluster_id", other_id)}

    with pytest.raises(ConflictingContentError):
        run_stage(stage(run=other), event(), aws)


@pytest.mark.parametrize(
    ("span", "days", "expected"),
    [
        (Span.TICKS, None, [0]),
        (Span.BEFORE, None, [-3, -2, -1]),
        (Span.UNTIL, None, [-3, -2, -1, 0]),
        (Span.UNTIL, 2, [-2, -1, 0]),
        (Span.BEFORE, 1, [-1]),
    ],
)
def test_spans(aws: Environment, span: Span, days: int | None, expected: list[int]) -> None:
    land_reports(aws, *(TICK + timedelta(days=i) for i in range(-3, 3)))
    seen: Seen = {}

    def look(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> Seen:
        seen.update(tables)
        return copy_reports(tables, ticks, settings)

    run_stage(stage((Read("MRDL", span, days),), run=look), event(), aws)
    assert [(t - TICK).days for t in seen[MRDL.name]["tick"].to_pylist()] == expected


def test_an_edit_after_a_ticks_write_takes_effect_in_the_next_tick(aws: Environment) -> None:
    early, late = (schedule_time(TICK) + timedelta(hours=h) for h in (-1, 30))
    for name, when in (("early", early), ("late", late)):
        edit = table(EDITS.name, {"edit_id": name, "edited_at": when, "written_at": when})
        aws.logs().append([Write(EDITS, "r", TICK, when, edit, name)])
    seen: list[list[tuple[str, date]]] = []

    def look(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> Seen:
        edits = tables[EDITS.name]
        seen.append(sorted(zip(edits["edit_id"].to_pylist(), edits["tick"].to_pylist(), strict=True)))
        return {MRCL.name: table("MRCL").drop_columns(GOVERNED)}

    declared = stage((Read(EDITS.name, Span.UNTIL),), run=look)
    run_stage(declared, event(TICK), aws)
    run_stage(declared, event(TICK, NEXT), aws)
    run_stage(declared, event(TICK, written_at=late.isoformat()), aws)
    assert seen == [[("early", TICK)], [("early", TICK), ("late", NEXT)], [("early", TICK), ("late", TICK)]]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({}, {"early": TICK, "late": TICK, "begun": NEXT}),
        ({TICK: 0}, {"early": TICK, "late": LATER, "begun": LATER}),
        ({TICK: 9}, {"early": TICK, "late": TICK, "begun": LATER}),
        ({TICK: 0, NEXT: 0}, {"early": TICK, "late": TICK, "begun": LATER}),
        ({TICK: 0, NEXT: 99}, {"early": TICK, "late": TICK, "begun": NEXT}),
    ],
)
def test_what_no_earlier_write_took_over_takes_effect_now(
    aws: Environment, written: dict[date, int], expected: dict[str, date]
) -> None:
    """Edits of earlier ticks, where MRDL stands for what is written when they are taken over."""
    for name, tick, hours in (("early", TICK, -1), ("late", TICK, 3), ("begun", NEXT, 3)):
        when = schedule_time(tick) + timedelta(hours=hours)
        edit = table(EDITS.name, {"edit_id": name, "edited_at": when, "written_at": when})
        aws.logs().append([Write(EDITS, "r", tick, when, edit, name)])
    for tick, hours in written.items():
        land_reports(aws, tick, hours=hours)
    seen: dict[str, date] = {}

    def look(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> Seen:
        edits = tables[EDITS.name]
        seen.update(zip(edits["edit_id"].to_pylist(), edits["tick"].to_pylist(), strict=True))
        return {MRCL.name: table("MRCL").drop_columns(GOVERNED)}

    run_stage(stage((Read(EDITS.name, Span.UNTIL, settled_by="MRDL"),), run=look), event(LATER), aws)
    assert seen == expected


def test_absent_and_stale_feeds_degrade_and_are_named(aws: Environment) -> None:
    land_reports(aws, TICK)
    old = TICK - timedelta(days=30)
    land_feeds(aws, TICK, weather=None, social=old, campaigns=TICK, stores=at(TICK).date(), calendar=None)
    run_stage(stage(feeds=("weather", "social", "campaigns", "stores", "calendar", "inventory")), event(), aws)
    (row,) = aws.logs().read(MRCL, "r").to_pylist()
    assert row["is_degraded"] is True
    assert row["degraded_inputs"] == ["calendar", "inventory", "social", "weather"]


def test_one_absent_feed_degrades_and_a_feed_at_its_limit_does_not(aws: Environment) -> None:
    land_reports(aws, TICK)
    limit = IngestSettings().stale_after_days
    land_feeds(aws, TICK, weather=TICK - timedelta(days=limit), social=TICK - timedelta(days=limit + 1))
    run_stage(stage(feeds=("weather", "social")), event(), aws)
    (row,) = aws.logs().read(MRCL, "r").to_pylist()
    assert (row["is_degraded"], row["degraded_inputs"]) == (True, ["social"])


def test_health_says_how_the_stage_fared(aws: Environment) -> None:
    land_reports(aws, TICK)
    land_feeds(aws, TICK, unified_sales_data=TICK - timedelta(days=2))
    run_stage(stage(), event(), aws)
    (row,) = aws.logs().read(dataset("pipeline_health_log"), "r").to_pylist()
    assert (row["stage"], row["rows_read"], row["rows_written"]) == ("cluster", 1, 1)
    assert (row["freshness_days"], row["coverage"], row["error_rate"]) == (2.0, 0.5, 0.1)


def land_predictions(aws: Environment, *ticks: date) -> None:
    rows = [{"store_id": s} for s in ("a", "b", "c")]
    aws.logs().append([Write(BASELINE, "r", t, schedule_time(t), table(BASELINE.name, *rows, tick=t)) for t in ticks])


def test_a_loader_may_read_some_stores_only_and_health_counts_what_went_by(aws: Environment) -> None:
    land_reports(aws, TICK, NEXT)
    land_predictions(aws, TICK, NEXT)
    seen: Seen = {}

    def look(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> Seen:
        seen.update(tables)
        return copy_reports(tables, ticks, settings)

    of_log = Read(BASELINE.name, Span.UNTIL, by_loader=True)

    def load(context: StageContext) -> Seen:
        return {BASELINE.name: read(context, of_log, stores=pa.array(["b"]))}

    run_stage(stage((Read("MRDL"), of_log), run=look, load=load), event(TICK, NEXT), aws)
    assert seen[BASELINE.name]["store_id"].to_pylist() == ["b", "b"]
    health = aws.logs().read(dataset("pipeline_health_log"), "r").to_pylist()
    assert [(r["tick"], r["rows_read"]) for r in health] == [(TICK, 4), (NEXT, 4)]


def test_what_is_of_no_store_is_read_whatever_stores_are_asked_for(aws: Environment) -> None:
    ds = dataset("context_signals_data")
    rows = [{"store_id": s, "region": r} for s, r in (("a", None), ("b", None), (None, "north"), (None, None))]
    aws.logs().append([Write(ds, "r", TICK, schedule_time(TICK), table(ds.name, *rows))])
    seen: Seen = {}
    declared = Read(ds.name, by_loader=True)

    def load(context: StageContext) -> Seen:
        seen.update(got=read(context, declared, stores=pa.array(["b"])))
        return {}

    run_stage(stage((Read("MRDL"), declared), load=load), event(), aws)
    assert [(r["store_id"], r["region"]) for r in seen["got"].to_pylist()] == [
        (None, None),
        (None, "north"),
        ("b", None),
    ]


def test_stores_that_are_asked_for_are_found_however_a_log_was_cut(aws: Environment) -> None:
    ds, stores = dataset("context_signals_data"), [f"S{n}" for n in range(60)]
    cuts = {TICK: 4, NEXT: 1, LATER: 7}
    for tick, shards in cuts.items():
        for shard in range(shards):
            rows = [{"store_id": s, "date": tick} for s in stores if shard_of(s, shards) == shard]
            content = table(ds.name, *rows, tick=tick)
            aws.logs().append([Write(ds, "r", tick, schedule_time(tick), content, shard_part(shard, shards))])
        rest = table(ds.name, {"store_id": None, "date": tick}, tick=tick)
        aws.logs().append([Write(ds, "r", tick, schedule_time(tick), rest, COMMON)])
    seen: Seen = {}
    declared, asked = Read(ds.name, Span.UNTIL, by_loader=True), ["none", *stores[::7]]

    def load(context: StageContext) -> Seen:
        seen.update(got=read(context, declared, stores=pa.array(asked)))
        return {}

    run_stage(stage((Read("MRDL"), declared), load=load), event(TICK, LATER), aws)
    got = [(r["tick"], r["store_id"]) for r in seen["got"].to_pylist()]
    assert sorted(got, key=str) == sorted(((t, s) for t in cuts for s in (None, *asked[1:])), key=str)


def test_of_what_had_come_by_the_first_tick_a_read_may_leave_out_the_dates_before(aws: Environment) -> None:
    ds, old = dataset("sales_timeseries_data"), TICK - timedelta(days=50)
    for tick in (TICK, NEXT, LATER):
        rows = [{"store_id": f"{tick}", "date": d} for d in (old, tick)]
        aws.logs().append([Write(ds, "r", tick, schedule_time(tick), table(ds.name, *rows, tick=tick))])
    seen: Seen = {}
    declared = Read(ds.name, Span.UNTIL, by_loader=True)

    def load(context: StageContext) -> Seen:
        return {ds.name: read(context, declared, since=TICK - timedelta(days=9))}

    def look(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> Seen:
        seen.update(tables)
        return {MRCL.name: table("MRCL").drop_columns(GOVERNED)}

    run_stage(stage((declared,), run=look, load=load), event(NEXT, LATER), aws)
    found = [(r["tick"], r["date"]) for r in seen[ds.name].to_pylist()]
    assert sorted(found) == [(TICK, TICK), (NEXT, NEXT), (LATER, old), (LATER, LATER)]
    health = aws.logs().read(dataset("pipeline_health_log"), "r").to_pylist()
    assert [(r["tick"], r["rows_read"]) for r in health] == [(NEXT, 2), (LATER, 2)]


def test_of_columns_that_are_not_named_only_the_key_and_what_is_in_force_are_read(aws: Environment) -> None:
    ds = dataset("sales_timeseries_data")
    later = schedule_time(TICK) + timedelta(hours=1)
    for at_time, price in ((schedule_time(TICK), 1.0), (later, 2.0)):
        row = table(ds.name, {"store_id": "a", "date": TICK, "price": price, "written_at": at_time})
        aws.logs().append([Write(ds, "r", TICK, at_time, row)])
    seen: Seen = {}

    def look(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> Seen:
        seen.update(tables)
        return {MRCL.name: table("MRCL").drop_columns(GOVERNED)}

    run_stage(stage((Read(ds.name, only=("price",)),), run=look), event(written_at=later.isoformat()), aws)
    assert seen[ds.name].column_names == ["store_id", "date", "category", "price", "tick", "written_at"]
    assert seen[ds.name]["price"].to_pylist() == [2.0]


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"run_id": "a/b"}, "run_id"),
        ({"first_tick": "2024-13-01"}, "first_tick"),
        ({"last_tick": "2024-03-01"}, "is before first_tick"),
        ({"shard": 3, "shards": 2}, "no shard 3 of 2"),
        ({"config": {"cluster": {"radius": 1}}}, "cluster.radius"),
    ],
)
def test_a_bad_event_is_one_clear_error(aws: Environment, bad: dict[str, Any], message: str) -> None:
    with pytest.raises(BadInputError, match=message):
        run_stage(stage(), event() | bad, aws)


def test_a_stage_must_return_what_it_declares(aws: Environment) -> None:
    with pytest.raises(ContractError, match="declares .* and returned"):
        run_stage(stage(run=lambda *_: {}), event(), aws)


def test_a_stage_must_declare_what_it_returns(aws: Environment) -> None:
    more = {name: table(name).drop_columns(GOVERNED) for name in (MRCL.name, MRDL.name)}
    with pytest.raises(ContractError, match="declares .* and returned"):
        run_stage(stage(run=lambda *_: more), event(), aws)
    assert aws.logs().find(MRDL, "r") == []


def test_a_span_that_ends_is_compacted_by_the_stage_that_wrote_it_or_looks_after_it(aws: Environment) -> None:
    ends = first_of_span(TICK) + timedelta(days=SPANS[0])
    before = [ends - timedelta(days=n) for n in (3, 2, 1)]
    land_reports(aws, *before)
    for tick in before:
        edit = table(EDITS.name, {"edit_id": f"{tick}", "tick": tick})
        aws.logs().append([Write(EDITS, "r", tick, schedule_time(tick), edit, "edit")])
    run_stage(stage(compacts=(EDITS.name,)), event(before[0], ends), aws)
    parts = {found.key.split("/")[1] for found in aws.logs().objects.find("compact/")}
    assert parts == {MRCL.name, EDITS.name}


def test_a_time_of_writing_is_read_in_its_own_zone() -> None:
    told = event(written_at="2024-03-06T08:00:00+02:00")
    assert TickEvent.parse(told).write_time(TICK) == datetime(2024, 3, 6, 6)


@pytest.mark.parametrize("days", [-1, 1])
def test_a_row_outside_the_ticks_is_refused_and_nothing_is_written(aws: Environment, days: int) -> None:
    other = TICK + timedelta(days=days)
    stray = table("MRCL", {"tick": other}).drop_columns(GOVERNED)
    with pytest.raises(ContractError, match=f"rows for tick {other}"):
        run_stage(stage(run=lambda *_: {MRCL.name: stray}), event(), aws)
    assert aws.logs().find(MRCL, "r") == []
