"""minority_events_log: one row per event, the sums of its reports, its name, cause and status."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from mrs.identity import schedule_time

from tests.builders import TICK, at
from tests.hydrate.conftest import World, days


def edit(world: World, group: str, action: str, n: int = 1, **value: Any) -> None:
    """Append an analyst's edit of an event; later `n`, later edit."""
    when = schedule_time(TICK) + timedelta(minutes=n)
    row = {"edit_id": f"{action}{n}", "report_group_id": group, "action": action, "edited_at": when}
    world.log("user_minority_events_edits_log", row | {"value": json.dumps(value) if value else None}, written_at=when)


@pytest.fixture
def two_stores(world: World) -> World:
    """An event of two stores in two regions."""
    world.report("a", store_id="1", sales_delta=50.0)
    world.report("b", store_id="2", tick=TICK + days(1), sales_delta=100.0, last_detected_at=at(TICK + days(1)))
    world.log("stores_data", {"store_id": "1", "region": "BY", "retailer": "R"}, {"store_id": "2", "region": "BW"})
    world.event("g", "a")
    world.log("MRCH", {"report_id": "b", "report_group_id": "g"}, tick=TICK + days(1))
    return world


LATER = TICK + days(1)


def test_sums_over_its_reports(two_stores: World) -> None:
    row = two_stores.events(LATER)["g"]
    assert (row["n_reports"], row["n_stores"], row["sales_delta"], row["expected_sales"]) == (2, 2, 150.0, 200.0)
    assert (row["regions"], row["retailers"]) == (["BW", "BY"], ["R"])
    assert (row["first_detected_at"], row["last_detected_at"]) == (at(TICK), at(LATER))
    assert row["event_status"] == "open"


def test_the_cause_that_moved_most_money_with_most_certainty_wins(two_stores: World) -> None:
    two_stores.causes("a", viral=0.9, weather=0.1)
    two_stores.causes("b", weather=0.6, viral=0.4)
    row = two_stores.events(LATER)["g"]
    assert row["proposed_cause"] == "viral"  # 50 × 0.9 + 100 × 0.4 = 85 of 150
    sure = 85 ** (4 / 3) / (85 ** (4 / 3) + 65 ** (4 / 3))  # two reports are worth 4/3 independent ones
    assert row["proposed_confidence"] == pytest.approx(sure)
    assert (row["cause"], row["cause_source"]) == ("viral", "model")
    assert row["cause_confidence"] == pytest.approx(sure)
    assert json.loads(row["evidence"]) == {"for": "a/viral"}  # 45 speaks louder than 40


def test_evidence_that_speaks_of_more_stores_speaks_for_the_event(two_stores: World) -> None:
    """Of a report that outlasted the others the newest evidence speaks of its store alone."""
    for report, stores in (("a", 2), ("b", 1)):
        evidence = json.dumps({"for": report, "deviation": {"stores": stores}})
        row = {"report_id": report, "cause": "viral", "rank": 1, "confidence": 1.0, "evidence": evidence}
        two_stores.log("MRPAL", row, tick=LATER)
    assert json.loads(two_stores.events(LATER)["g"]["evidence"])["for"] == "a"


@pytest.mark.parametrize("reports", [1, 2, 20])
def test_reports_that_agree_are_surer_together_and_none_is_surer_than_two_independent_ones(
    world: World, reports: int
) -> None:
    names = [f"r{n:02d}" for n in range(reports)]
    for name in names:
        world.report(name)
        world.causes(name, viral=0.4, weather=0.3, unknown=0.3)
    world.event("g", *names)
    sure = world.events()["g"]["cause_confidence"]
    alone, twice = 0.4, 0.16 / (0.16 + 2 * 0.09)
    assert sure == pytest.approx(alone) if reports == 1 else alone < sure < twice


@pytest.mark.parametrize("silent", ["unknown", "store_disruption"])
@pytest.mark.parametrize("reports", [2, 7])
def test_reports_that_find_nothing_are_no_surer_together(world: World, reports: int, silent: str) -> None:
    """What a feed does not show to one report, it does not show to any."""
    names = [f"r{n}" for n in range(reports)]
    for name in names:
        world.report(name)
        world.causes(name, **{silent: 0.8, "weather": 0.2})
    world.event("g", *names)
    row = world.events()["g"]
    assert (row["cause"], row["cause_confidence"]) == (silent, pytest.approx(0.8))
    assert row["proposed_confidence"] == pytest.approx(0.8)


def test_silence_is_one_witness_against_a_cause_that_reports_do_not_name(world: World) -> None:
    """Of two reports, worth 4/3: what speaks for a cause adds up, what is missing from it does not."""
    for name in ("a", "b"):
        world.report(name)
        world.causes(name, viral=0.5, unknown=0.3, weather=0.2)
    world.event("g", "a", "b")
    odds = (0.5 / 0.3) ** (4 / 3)
    assert world.events()["g"]["cause_confidence"] == pytest.approx(odds / (odds + 1 + 0.2 / 0.3))


def test_an_event_is_not_named_by_what_no_feed_could_show(two_stores: World) -> None:
    for report in ("a", "b"):
        two_stores.causes(report, unseen=("paid_campaign",), unknown=0.2, paid_campaign=0.6, viral=0.2)
    row = two_stores.events(LATER)["g"]
    assert (row["cause"], row["proposed_cause"]) == ("unknown", "unknown")
    assert row["cause_confidence"] == row["proposed_confidence"] == pytest.approx(0.2)  # silence is one witness
    assert json.loads(row["alternatives"]) == [
        {"cause": "paid_campaign", "confidence": pytest.approx(0.6), "unseen": True},
        {"cause": "viral", "confidence": pytest.approx(0.2)},
    ]
    assert json.loads(row["evidence"])["for"].endswith("/unknown")
    of_report = two_stores.reports(LATER)["a"]
    assert json.loads(of_report["alternatives"])[0] == {"cause": "paid_campaign", "confidence": 0.6, "unseen": True}


def test_a_cause_that_one_of_its_reports_could_see_may_name_an_event(two_stores: World) -> None:
    two_stores.causes("a", unseen=("paid_campaign",), unknown=0.2, paid_campaign=0.8)
    two_stores.causes("b", unknown=0.2, paid_campaign=0.8)
    assert two_stores.events(LATER)["g"]["cause"] == "paid_campaign"


def test_equal_causes_are_told_apart_by_name(two_stores: World) -> None:
    two_stores.causes("a", weather=0.5, viral=0.5)
    two_stores.causes("b", weather=0.5, viral=0.5)
    assert two_stores.events(LATER)["g"]["proposed_cause"] == "viral"


def test_a_reports_edit_votes_with_all_its_money(two_stores: World) -> None:
    two_stores.causes("a", viral=1.0)
    two_stores.causes("b", viral=1.0)
    two_stores.log("MRFL", {"report_id": "b", "cause": "weather", "cause_source": "report_edit"}, tick=LATER)
    row = two_stores.events(LATER)["g"]
    assert row["proposed_cause"] == "viral"
    assert (row["cause"], row["cause_source"], row["cause_confidence"]) == ("weather", "report_edit", 1.0)


def test_an_event_edit_overrules_all_reports(two_stores: World) -> None:
    two_stores.causes("a", viral=1.0)
    edit(two_stores, "g", "set_cause", 1, cause="weather")
    edit(two_stores, "g", "set_cause", 2, cause="local_event")
    row = two_stores.events(LATER)["g"]
    assert (row["cause"], row["cause_source"], row["cause_confidence"]) == ("local_event", "event_edit", 1.0)
    assert (row["proposed_cause"], row["n_edits"]) == ("viral", 2)


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        (["approve"], "approved"),
        (["reject"], "rejected"),
        (["approve", "reject"], "rejected"),
        (["reject", "approve"], "approved"),
    ],
)
def test_the_newest_decision_is_the_status(two_stores: World, actions: list[str], status: str) -> None:
    for n, action in enumerate(actions):
        edit(two_stores, "g", action, n)
    assert two_stores.events(LATER)["g"]["event_status"] == status


def test_a_reopened_event_is_as_if_nothing_had_been_decided_before(two_stores: World) -> None:
    two_stores.causes("a", viral=0.9)
    edit(two_stores, "g", "approve", 1, cause="weather")
    edit(two_stores, "g", "reopen", 2)
    row = two_stores.events(LATER)["g"]
    assert (row["event_status"], row["cause"], row["cause_source"]) == ("open", "viral", "model")
    edit(two_stores, "g", "reopen", 3, cause="promotion")
    row = two_stores.events(LATER)["g"]
    assert (row["event_status"], row["cause"], row["cause_source"]) == ("open", "promotion", "event_edit")
    edit(two_stores, "g", "reject", 4)
    assert two_stores.events(LATER)["g"]["event_status"] == "rejected"


def test_an_event_is_named_by_cause_place_and_day(two_stores: World) -> None:
    two_stores.causes("a", competitor_stockout=1.0)
    assert two_stores.events(LATER)["g"]["name"] == "Competitor stockout · BW, BY · 2024-03-05"


def test_an_event_of_one_store_is_named_after_it(world: World) -> None:
    world.report("a", store_id="17")
    world.event("g", "a")
    assert world.events()["g"]["name"] == "Unknown · store 17 · 2024-03-05"


def test_an_event_in_many_regions_names_three(world: World) -> None:
    for n in range(5):
        world.report(f"r{n}", store_id=str(n), written_at=schedule_time(TICK))
    world.log("stores_data", *[{"store_id": str(n), "region": f"R{n}"} for n in range(5)])
    world.event("g", *[f"r{n}" for n in range(5)])
    assert world.events()["g"]["name"] == "Unknown · R0, R1, R2 +2 · 2024-03-05"


def test_a_given_name_wins(two_stores: World) -> None:
    edit(two_stores, "g", "rename", 1, name="Old")
    edit(two_stores, "g", "rename", 2, name='"Fair" in it\'s town')
    assert two_stores.events(LATER)["g"]["name"] == '"Fair" in it\'s town'


def test_an_absorbed_event_shows_where_it_went_and_what_it_held(world: World) -> None:
    world.report("a", sales_delta=50.0)
    world.report("b", sales_delta=70.0)
    world.event("g1", "a")
    world.event("g2", "b")
    world.event("g2", "b", tick=LATER, merged_into="g1")
    rows = world.events(LATER)
    assert (rows["g1"]["n_reports"], rows["g1"]["sales_delta"], rows["g1"]["merged_into"]) == (2, 120.0, None)
    assert (rows["g2"]["n_reports"], rows["g2"]["sales_delta"], rows["g2"]["merged_into"]) == (1, 70.0, "g1")
    assert (rows["g1"]["event_status"], rows["g2"]["event_status"]) == ("open", "merged")


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["open", "open"], "open"),
        (["open", "ongoing"], "ongoing"),
        (["closed", "open"], "ongoing"),
        (["closed", "closed"], "closed"),
    ],
)
def test_an_event_lives_as_long_as_a_report_of_it(world: World, statuses: list[str], expected: str) -> None:
    for name, status in zip("ab", statuses, strict=True):
        world.report(name, report_status=status)
    world.event("g", "a", "b")
    assert world.events()["g"]["event_status"] == expected


def test_a_report_without_money_does_not_break_its_event(world: World) -> None:
    world.report("a", sales_delta=0.0, expected_sales=0.0, observed_sales=0.0)
    world.causes("a", data_quality=1.0)
    world.event("g", "a")
    row = world.events()["g"]
    assert (row["severity"], row["cause"], row["proposed_confidence"]) == (0.0, "data_quality", None)


def test_degraded_inputs_are_the_union_over_its_reports(two_stores: World) -> None:
    two_stores.log("MRFL", {"report_id": "a", "is_degraded": True, "degraded_inputs": ["social"]})
    two_stores.log("MRFL", {"report_id": "b", "is_degraded": True, "degraded_inputs": ["campaigns", "social"]})
    row = two_stores.events(LATER)["g"]
    assert (row["is_degraded"], row["degraded_inputs"]) == (True, ["campaigns", "social"])


MAY, JUNE = date(2026, 5, 12), date(2026, 6, 1)


@pytest.mark.parametrize(
    ("since_a", "since_b", "of_the_event"),
    [(None, None, None), (MAY, None, None), (None, MAY, MAY), (MAY, MAY, MAY), (JUNE, MAY, MAY), (MAY, JUNE, JUNE)],
)
def test_an_event_is_lasting_if_most_of_its_money_is(
    world: World, since_a: date | None, since_b: date | None, of_the_event: date | None
) -> None:
    world.report("a", sales_delta=50.0, lasting_since=since_a)
    world.report("b", sales_delta=-100.0, lasting_since=since_b)
    world.event("g", "a", "b")
    assert world.events()["g"]["lasting_since"] == of_the_event
    assert [world.reports()[r]["lasting_since"] for r in "ab"] == [since_a, since_b]
