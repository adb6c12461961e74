"""What attribution promises: the cause that fits, readable evidence, nothing invented, nothing from later days."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from mrs.attribution.evidence import SignalFacts, candidates, ranks, usual_range
from mrs.attribution.signal_specs import CAUSES, CONTEXT_FEEDS
from mrs.attribution.signals import Signal
from mrs.contracts import Cause, dataset
from mrs.hydration.attribution_ready_sales import share_taken_out
from mrs.settings import AttributeSettings

from functions.attribute.handler import handler
from functions.attribute.propose_cause_for_minority import MRPAL, propose_cause_for_minority
from tests.attribute.worlds import MRDL, NORTH, SIGNALS, STORES, TICK, CauseWorld

SETTINGS = AttributeSettings()


def proposals(tables: dict[str, pa.Table], settings: AttributeSettings = SETTINGS) -> list[dict[str, Any]]:
    return propose_cause_for_minority(tables, [TICK], settings)[MRPAL].to_pylist()


def proposed(tables: dict[str, pa.Table]) -> set[str]:
    return {r["cause"] for r in proposals(tables) if r["rank"] == 1}


def confidence(tables: dict[str, pa.Table], cause: str) -> float:
    rows = proposals(tables)
    reports = {r["report_id"] for r in rows}
    return sum(r["confidence"] for r in rows if r["cause"] == cause) / len(reports)


def competitor_gap(spend_up: bool = False) -> CauseWorld:
    world = CauseWorld()
    world.competitor[:9, world.days(5, 0)] = 0.31
    if spend_up:
        world.spend[0, world.days(5, 0)] *= 4
    return world.deviate(NORTH[:9], 5, 0, 0.35)


def region_wide(effect: float = 0.35) -> CauseWorld:
    return CauseWorld().deviate(NORTH, 6, 1, effect)


def of_cause(cause: str) -> CauseWorld:
    """Return a world in which one cause, and no other, left its signal."""
    if cause == Cause.COMPETITOR_STOCKOUT:
        return competitor_gap()
    if cause == Cause.OWN_STOCKOUT:
        world = CauseWorld()
        world.own[:6, world.days(5, 0)] = 0.4
        return world.deviate(NORTH[:6], 5, 0, -0.5)
    world = region_wide(-0.3 if cause == Cause.PRICE_CHANGE else 0.4)
    days = world.days(6, 1)
    if cause == Cause.PAID_CAMPAIGN:
        world.spend[0, days] *= 6
    elif cause == Cause.VIRAL:
        world.mentions[0, days] *= 8
    elif cause == Cause.WEATHER:
        world.rain[0, days] += 35
    elif cause == Cause.PRICE_CHANGE:
        world.price[:12, days] *= 1.2
    elif cause == Cause.PROMOTION:
        span = {"start_date": world.day(6), "end_date": world.day(1)}
        world.promotions.append({"promotion_id": "special", "region": "north", "depth": 0.3, **span})
    elif cause == Cause.LOCAL_EVENT:
        span = {"start_date": world.day(6), "end_date": world.day(1)}
        world.calendar += [{"name": "Fair", "kind": "local_event", "store_id": s, **span} for s in NORTH]
    return world


@pytest.mark.parametrize(
    "cause",
    [
        "competitor_stockout",
        "own_stockout",
        "paid_campaign",
        "viral",
        "weather",
        "price_change",
        "promotion",
        "local_event",
    ],
)
def test_cause_with_its_signal_is_named(cause: str) -> None:
    assert proposed(of_cause(cause).tables()) == {cause}


def test_confidences_of_a_report_sum_to_one_and_are_ranked() -> None:
    rows = proposals(competitor_gap().tables())
    for report in {r["report_id"] for r in rows}:
        mine = sorted((r for r in rows if r["report_id"] == report), key=lambda r: r["rank"])
        assert sum(r["confidence"] for r in mine) == pytest.approx(1.0)
        assert [r["rank"] for r in mine] == list(range(1, len(mine) + 1))
        assert [r["confidence"] for r in mine] == sorted((r["confidence"] for r in mine), reverse=True)


def test_sentence_says_what_an_analyst_would() -> None:
    [best] = {r["evidence"] for r in proposals(competitor_gap().tables()) if r["rank"] == 1}
    sentence = json.loads(best)["sentence"]
    assert sentence.startswith("Competitor shelf availability in 9 of 9 stores fell to 0.31 (usual 0.9")
    assert sentence.endswith("on the day sales rose; spend was usual.")


def test_evidence_holds_value_usual_range_timing_reach_and_share() -> None:
    [best] = {r["evidence"] for r in proposals(competitor_gap().tables()) if r["rank"] == 1}
    signal = json.loads(best)["signals"][0]
    assert signal["signal"] == "competitor_availability/nearest"
    assert signal["value"] == pytest.approx(0.31)
    assert 0.9 < signal["usual_low"] < signal["usual_high"] <= 1.0
    assert (signal["days_from_onset"], signal["stores"], signal["of_stores"]) == (0, 9, 9)
    assert 0 < signal["weight_share"] <= 1


def test_the_value_is_that_of_the_stores_that_saw_the_signal_move() -> None:
    world = region_wide()
    world.competitor[:6, world.days(6, 1)] = 0.31
    [best] = {r["evidence"] for r in proposals(world.tables()) if r["cause"] == "competitor_stockout"}
    signal = json.loads(best)["signals"][0]
    assert (signal["stores"], signal["of_stores"]) == (6, len(NORTH))
    assert signal["value"] == pytest.approx(0.31)


@pytest.mark.parametrize(
    ("value", "digits"), [(0.31, 2), (0.928, 3), (0.9297, 4), (0.95, 2), (1.0, 2), (1.004, 3), (float("nan"), 2)]
)
def test_a_value_outside_its_usual_range_looks_it(value: float, digits: int) -> None:
    facts = SignalFacts(*(np.array([x]) for x in (value, 0.93, 1.0, 0.0)))
    shown = SimpleNamespace(spec=SimpleNamespace(digits=2))
    assert facts.digits(0, cast(Signal, shown)) == digits


def test_a_usual_range_below_zero_is_written_with_to() -> None:
    assert usual_range(-2.0, 13.6, 1) == "\N{MINUS SIGN}2.0 to 13.6"
    assert usual_range(-5.04, -2.0, 1) == "\N{MINUS SIGN}5.0 to \N{MINUS SIGN}2.0"
    assert usual_range(0.9, 1.0, 2) == "0.90–1.00"
    assert usual_range(-0.04, 8.0, 1) == "0.0–8.0"


def test_idle_campaign_is_not_blamed() -> None:
    tables = competitor_gap(spend_up=True).tables()
    assert proposed(tables) == {"competitor_stockout"}
    assert confidence(tables, "paid_campaign") < 0.05


def test_campaign_that_other_stores_ignored_is_not_blamed() -> None:
    world = CauseWorld()
    world.spend[0, world.days(5, 0)] *= 4
    tables = world.deviate(NORTH[:3], 5, 0, 0.35).tables()
    assert proposed(tables) == {"unknown"}


def test_without_any_signal_it_is_unknown() -> None:
    assert proposed(region_wide().tables()) == {"unknown"}


def test_without_context_nothing_is_invented_and_nothing_is_sure() -> None:
    for cause in ("competitor_stockout", "price_change", "promotion", "paid_campaign"):
        rows = proposals(of_cause(cause).tables(without=CONTEXT_FEEDS))
        first = [r for r in rows if r["rank"] == 1]
        assert {r["cause"] for r in first} <= {"unknown", "data_quality", "store_disruption"}
        assert all(r["confidence"] < 0.8 for r in first)


def test_a_cause_whose_feed_is_missing_is_likely_and_not_named() -> None:
    world = competitor_gap()
    whole, blind = world.tables(), world.tables(without=("competitors",))
    assert confidence(whole, "competitor_stockout") > 0.8
    assert confidence(blind, "competitor_stockout") > 0.25
    assert proposed(blind) == {"unknown"}
    hidden = {(r["cause"], r["is_unseen"]) for r in proposals(blind)}
    assert {cause for cause, is_unseen in hidden if is_unseen} == {"competitor_stockout"}
    assert not any(r["is_unseen"] for r in proposals(whole))


def test_unknown_says_which_likelier_cause_cannot_be_seen_and_why() -> None:
    shares = AttributeSettings(unseen_shares={Cause.PAID_CAMPAIGN: 0.8})
    for without, says in ((["campaigns"], True), ([], False)):
        rows = proposals(region_wide().tables(without=without), shares)
        [first] = {r["evidence"] for r in rows if r["rank"] == 1}
        sentence = json.loads(first)["sentence"]
        told = "The likeliest cause is one that cannot be seen, a paid campaign: the campaigns feed is missing."
        assert sentence.endswith(told) is says
    assert {r["cause"] for r in rows if r["rank"] == 1} == {"unknown"}


def test_unknown_is_kept_beside_what_cannot_be_seen_however_little_it_has() -> None:
    unknown, unseen = CAUSES.index(Cause.UNKNOWN), np.array([c == Cause.WEATHER for c in CAUSES])[None, :]
    sure = np.where(unseen, 0.995, 0.0)
    sure[0, unknown] = 0.005
    kept = candidates(sure, 0.01, unseen)
    assert kept[0, unknown] == pytest.approx(0.005)
    assert ranks(kept, unseen)[0, [unknown, CAUSES.index(Cause.WEATHER)]].tolist() == [1, 2]
    assert candidates(sure, 0.01, np.zeros_like(unseen))[0, unknown] == 0


@pytest.mark.parametrize("without", [("campaigns",), CONTEXT_FEEDS])
def test_of_a_campaign_that_cannot_be_seen_most_of_the_uplift_stays(without: Sequence[str]) -> None:
    world = of_cause("paid_campaign")
    blind = world.tables(without=without)
    first = confidence(blind, "unknown")
    assert confidence(blind, "paid_campaign") > 0.85 * first
    assert first < (0.65 if len(without) == 1 else 0.3)
    if len(without) == 1:
        assert share_taken_out(np.array([1 - confidence(blind, "paid_campaign")]))[0] < 0.25


def mean_confidences(without: Sequence[str], shares: dict[Cause, float]) -> dict[str, float]:
    """Return what each cause of a rise that nothing explains has, on average over its reports."""
    tables = CauseWorld().deviate(NORTH, 4, 0, 0.4).tables(without=without)
    rows = proposals(tables, AttributeSettings(unseen_shares=shares))
    reports = {r["report_id"] for r in rows}
    found = dict.fromkeys((str(c) for c in Cause), 0.0)
    for r in rows:
        found[r["cause"]] += r["confidence"] / len(reports)
    return found


def test_a_share_that_is_set_is_that_of_the_unseen_cause_and_no_seen_cause_has_another() -> None:
    as_learned, as_set = (mean_confidences(["campaigns"], s) for s in ({}, {Cause.PAID_CAMPAIGN: 0.3}))
    pool = as_learned["unknown"] + as_learned["paid_campaign"]
    assert as_set["paid_campaign"] == pytest.approx(0.3 * pool, abs=1e-3)
    assert as_set["unknown"] == pytest.approx(0.7 * pool, abs=1e-3)
    others = set(as_set) - {"unknown", "paid_campaign"}
    assert {c: as_set[c] for c in others} == pytest.approx({c: as_learned[c] for c in others}, abs=1e-3)


def test_a_share_that_is_set_says_nothing_of_a_cause_that_is_seen() -> None:
    assert mean_confidences([], {Cause.PAID_CAMPAIGN: 0.9}) == mean_confidences([], {})


def test_shares_that_are_set_too_large_shrink_alike_and_leave_unknown_named() -> None:
    shares = {Cause.PAID_CAMPAIGN: 0.9, Cause.WEATHER: 0.6, Cause.VIRAL: 0.0}
    told = mean_confidences(CONTEXT_FEEDS, shares)
    assert 0 < told["unknown"] < told["weather"]
    tables = CauseWorld().deviate(NORTH, 4, 0, 0.4).tables(without=CONTEXT_FEEDS)
    assert {r["cause"] for r in proposals(tables, AttributeSettings(unseen_shares=shares)) if r["rank"] == 1} == {
        "unknown"
    }
    assert told["paid_campaign"] == pytest.approx(1.5 * told["weather"], rel=0.01)
    assert told["viral"] == 0
    assert sum(told.values()) == pytest.approx(1.0)


def test_a_cause_without_a_feed_has_no_share_to_set() -> None:
    with pytest.raises(ValueError, match="store_disruption is told by sales alone"):
        AttributeSettings(unseen_shares={Cause.STORE_DISRUPTION: 0.2})


def test_missing_feed_gives_its_share_to_no_quiet_signal() -> None:
    assert confidence(competitor_gap().tables(without=("competitors",)), "paid_campaign") < 0.1


def test_broken_feed_is_named() -> None:
    world = CauseWorld().deviate(["south-03"], 0, 0, -50.0)
    assert proposed(world.tables()) == {"data_quality"}


def test_lone_long_fall_is_a_disruption() -> None:
    world = CauseWorld().deviate(["south-03"], 8, 0, -1.6)
    assert proposed(world.tables()) == {"store_disruption"}


def test_later_days_change_nothing() -> None:
    world = of_cause("competitor_stockout")
    tables = world.tables()
    future = tables[SIGNALS].filter(pc.equal(tables[SIGNALS]["date"], pa.scalar(TICK)))
    for column in ("date", "tick"):
        k = future.column_names.index(column)
        future = future.set_column(
            k, column, pa.repeat(pa.scalar(TICK + timedelta(days=1), pa.date32()), future.num_rows)
        )
    changed = tables | {SIGNALS: pa.concat_tables([tables[SIGNALS], future])}
    assert proposals(tables) == proposals(changed)


def test_row_that_arrives_late_is_not_known_before() -> None:
    tables = of_cause("competitor_stockout").tables()
    k = tables[SIGNALS].column_names.index("tick")
    gap = pc.and_(pc.equal(tables[SIGNALS]["feed"], "competitors"), pc.less(tables[SIGNALS]["value"], 0.5))
    late = pc.if_else(gap, pa.scalar(TICK + timedelta(days=1), pa.date32()), tables[SIGNALS]["tick"])
    tables[SIGNALS] = tables[SIGNALS].set_column(k, "tick", late)
    tomorrow = TICK + timedelta(days=1)
    both = pa.concat_tables([tables[MRDL], _at(tables[MRDL], tomorrow)])
    clustered = "minority_reports_clustered_log"
    tables |= {MRDL: both, clustered: pa.concat_tables([tables[clustered], _at(tables[clustered], tomorrow)])}
    rows = propose_cause_for_minority(tables, [TICK, tomorrow], SETTINGS)[MRPAL].to_pylist()
    best = {(r["tick"], r["cause"]) for r in rows if r["rank"] == 1}
    assert best == {(TICK, "unknown"), (tomorrow, "competitor_stockout")}


def _at(table: pa.Table, day: object) -> pa.Table:
    k = table.column_names.index("tick")
    return table.set_column(k, "tick", pa.repeat(pa.scalar(day, pa.date32()), table.num_rows))


def test_order_of_rows_does_not_matter() -> None:
    tables = of_cause("viral").tables()
    shuffled = {n: t.take(np.random.default_rng(5).permutation(t.num_rows)) for n, t in tables.items()}
    assert proposals(tables) == proposals(shuffled)


def test_output_fits_the_contract() -> None:
    out = propose_cause_for_minority(competitor_gap().tables(), [TICK], SETTINGS)[MRPAL]
    declared = {f.name: f.type for f in dataset(MRPAL).schema}
    assert all(declared[f.name] == f.type for f in out.schema)
    assert callable(handler)


def test_tick_without_reports_gives_no_rows() -> None:
    assert propose_cause_for_minority(CauseWorld().tables(), [TICK], SETTINGS)[MRPAL].num_rows == 0


def test_every_report_is_answered() -> None:
    world = CauseWorld().deviate(STORES[:3], 4, 0, 0.4, "c0").deviate(STORES[20:], 3, 0, -0.4, "c1")
    rows = proposals(world.tables())
    assert len({r["report_id"] for r in rows if r["rank"] == 1}) == 3 + len(STORES[20:])
