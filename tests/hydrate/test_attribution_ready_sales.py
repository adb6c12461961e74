"""attribution_ready_sales: a store-day with the non-campaign part taken out, its interval, and its fitness."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from mrs.hydration.attribution_ready_sales import CAMPAIGN_WEIGHT
from mrs.identity import schedule_time

from tests.builders import TICK, at
from tests.hydrate.conftest import World, days

DAY = {"observed_sales": 150.0, "expected_sales": 100.0, "expected_low": 90.0, "expected_high": 115.0}


def store_days(world: World, *dates: date, store_id: str = "1", **values: Any) -> None:
    """Append predictions of some dates, each in its own tick."""
    for day in dates:
        world.log("baseline_sales_model_prediction_log", DAY | {"store_id": store_id, "date": day} | values, tick=day)


def test_a_day_without_a_report_is_left_as_it_is(world: World) -> None:
    store_days(world, TICK)
    row = world.sales()["1", TICK]
    assert (row["observed_sales"], row["minority_sales"], row["adjusted_sales"]) == (150.0, 0.0, 150.0)
    assert (row["adjusted_low"], row["adjusted_high"], row["exclude_probability"]) == (150.0, 150.0, 0.0)
    assert (row["report_id"], row["cause"]) == (None, None)


def test_what_a_replay_no_longer_expects_is_not_expected(world: World) -> None:
    store_days(world, TICK)
    store_days(world, TICK, store_id="2")
    again = DAY | {"store_id": "2", "date": TICK, "expected_sales": 120.0}
    world.log("baseline_sales_model_prediction_log", again, written_at=schedule_time(TICK) + days(1))
    assert {key: row["expected_sales"] for key, row in world.sales().items()} == {("2", TICK): 120.0}


def test_only_the_non_campaign_part_is_taken_out(world: World) -> None:
    store_days(world, TICK)
    world.report("a", store_id="1")
    world.causes("a", viral=0.5, weather=0.25, paid_campaign=0.25)
    row = world.sales()["1", TICK]
    # what a campaign is due weighs more
    share = 0.75 / (0.75 + CAMPAIGN_WEIGHT * 0.25)
    adjusted = 150 - share * 50
    assert row["minority_sales"] == pytest.approx(share * 50, abs=1e-6)
    assert row["adjusted_sales"] == pytest.approx(adjusted, abs=1e-6)
    assert (row["report_id"], row["cause"]) == ("a", "viral")
    spread = 1.6448536 * (0.75 * (1 - share) ** 2 + 0.25 * share**2) ** 0.5 * 50
    assert row["adjusted_low"] == pytest.approx(adjusted - ((share * 10) ** 2 + spread**2) ** 0.5)
    assert row["adjusted_high"] == pytest.approx(adjusted + ((share * 15) ** 2 + spread**2) ** 0.5)


def test_a_sure_cause_leaves_only_the_doubt_about_the_expectation(world: World) -> None:
    store_days(world, TICK)
    world.report("a", store_id="1")
    world.causes("a", weather=1.0)
    row = world.sales()["1", TICK]
    assert (row["adjusted_sales"], row["adjusted_low"], row["adjusted_high"]) == (100.0, 90.0, 115.0)


EIGHT = (
    "unknown",
    "viral",
    "competitor_stockout",
    "weather",
    "local_event",
    "promotion",
    "price_change",
    "paid_campaign",
)


@pytest.mark.parametrize("causes", [("unknown", "paid_campaign"), EIGHT])
def test_the_interval_says_what_cannot_be_seen(world: World, causes: tuple[str, ...]) -> None:
    store_days(world, TICK)
    world.report("a", store_id="1")
    world.causes("a", **dict.fromkeys(causes, 1 / len(causes)))
    row = world.sales()["1", TICK]
    assert 100.0 < row["adjusted_sales"] < 150.0
    assert row["adjusted_low"] < 100.0 < 150.0 < row["adjusted_high"]  # all of it, or nothing


def test_a_campaigns_uplift_stays(world: World) -> None:
    store_days(world, TICK)
    world.report("a", store_id="1")
    world.causes("a", paid_campaign=1.0)
    row = world.sales()["1", TICK]
    assert (row["minority_sales"], row["adjusted_sales"]) == (0.0, 150.0)
    assert (row["adjusted_low"], row["adjusted_high"], row["cause"]) == (150.0, 150.0, "paid_campaign")


def test_a_report_without_a_cause_takes_nothing_out_and_says_how_unsure_that_is(world: World) -> None:
    store_days(world, TICK)
    world.report("a", store_id="1")
    row = world.sales()["1", TICK]
    assert (row["minority_sales"], row["adjusted_sales"], row["cause"]) == (0.0, 150.0, None)
    assert (row["adjusted_low"], row["adjusted_high"]) == (100.0, 200.0)


@pytest.mark.parametrize(("cause", "adjusted"), [("paid_campaign", 150.0), ("weather", 100.0)])
def test_an_analysts_cause_is_all_or_nothing(world: World, cause: str, adjusted: float) -> None:
    store_days(world, TICK)
    world.report("a", store_id="1")
    world.causes("a", viral=0.5, paid_campaign=0.5)
    world.log("MRFL", {"report_id": "a", "cause": cause, "cause_source": "report_edit", "final_status": "open"})
    row = world.sales()["1", TICK]
    assert (row["adjusted_sales"], row["cause"]) == (adjusted, cause)


def test_a_rejected_report_covers_nothing(world: World) -> None:
    store_days(world, TICK)
    world.report("a", store_id="1")
    world.causes("a", viral=1.0)
    world.log("MRFL", {"report_id": "a", "cause": "viral", "cause_source": "model", "final_status": "rejected"})
    assert world.sales()["1", TICK]["report_id"] is None


def test_a_report_covers_the_days_of_its_span_and_its_store_only(world: World) -> None:
    dates = [TICK - days(n) for n in range(4)]
    store_days(world, *dates)
    store_days(world, *dates, store_id="2")
    world.report("a", store_id="1", first_detected_at=at(TICK - days(2)), last_detected_at=at(TICK - days(1)))
    world.causes("a", viral=1.0)
    rows = world.sales()
    covered = {key for key, row in rows.items() if row["report_id"]}
    assert len(rows) == 8
    assert covered == {("1", TICK - days(2)), ("1", TICK - days(1))}


def test_a_report_covers_its_store_from_the_day_on_which_its_event_began(world: World) -> None:
    dates = [TICK - days(n) for n in range(4)]
    store_days(world, *dates)
    world.report("a", store_id="1")
    world.causes("a", began_at=TICK - days(2), viral=1.0)
    rows = world.sales()
    assert {day for (_, day), row in rows.items() if row["report_id"]} == {TICK - days(n) for n in range(3)}
    assert all(rows["1", TICK - days(n)]["adjusted_sales"] == pytest.approx(100.0) for n in range(3))
    assert world.reports()["a"]["began_at"] == TICK - days(2)


def test_a_report_whose_beginning_was_not_kept_begins_when_it_was_found(world: World) -> None:
    store_days(world, TICK, TICK - days(1))
    world.report("a", store_id="1")
    world.causes("a", viral=1.0)
    assert {day for (_, day), row in world.sales().items() if row["report_id"]} == {TICK}
    assert world.reports()["a"]["began_at"] == TICK


def test_overlapping_reports_do_not_multiply_a_day(world: World) -> None:
    store_days(world, TICK)
    for report, score in (("c", 0.7), ("b", 0.9), ("a", 0.9)):
        world.report(report, store_id="1", anomaly_score=score, written_at=schedule_time(TICK))
    assert world.sales()["1", TICK]["report_id"] == "a"


def test_days_unfit_to_learn_from_are_said_to_be(world: World) -> None:
    store_days(world, TICK)
    world.report("a", store_id="1", anomaly_score=0.8)
    world.causes("a", data_quality=0.5, store_disruption=0.25, viral=0.25)
    assert world.sales()["1", TICK]["exclude_probability"] == pytest.approx(0.6)


def test_unknown_sales_stay_unknown(world: World) -> None:
    store_days(world, TICK, observed_sales=None)
    world.report("a", store_id="1")
    world.causes("a", data_quality=1.0)
    row = world.sales()["1", TICK]
    assert (row["observed_sales"], row["adjusted_sales"], row["adjusted_low"], row["adjusted_high"]) == (None,) * 4
    assert (row["minority_sales"], row["exclude_probability"]) == (0.0, 1.0)


def test_the_window_begins_with_a_week_and_ends_at_the_tick(world: World) -> None:
    store_days(world, *[TICK - days(n) for n in range(-2, 12)])
    dates = sorted(day for _, day in world.sales(window_days=3))
    begin = TICK - days(2)
    begin -= days(begin.weekday())
    assert dates == [begin + days(n) for n in range((TICK - begin).days + 1)]


def test_the_newest_prediction_of_a_day_counts(world: World) -> None:
    store_days(world, TICK - days(1))
    row = DAY | {"store_id": "1", "date": TICK - days(1), "observed_sales": 160.0}
    world.log("baseline_sales_model_prediction_log", row, tick=TICK)
    assert world.sales()["1", TICK - days(1)]["observed_sales"] == 160.0


def test_degraded_inputs_of_day_and_report_are_joined(world: World) -> None:
    store_days(world, TICK, degraded_inputs=["promotions"], is_degraded=True)
    store_days(world, TICK, store_id="2")
    world.report("a", store_id="1")
    missing = {"is_degraded": True, "degraded_inputs": ["campaigns"]}
    world.log("MRPAL", {"report_id": "a", "cause": "unknown", "rank": 1} | missing)
    rows = world.sales()
    assert (rows["1", TICK]["is_degraded"], rows["1", TICK]["degraded_inputs"]) == (True, ["campaigns", "promotions"])
    assert (rows["2", TICK]["is_degraded"], rows["2", TICK]["degraded_inputs"]) == (False, [])
