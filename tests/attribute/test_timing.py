"""When an event began, which signals its stores saw, and what is left where nothing can be seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from mrs.attribution.divided import divided
from mrs.attribution.episodes import Episodes, Grouping
from mrs.attribution.features import PER_CAUSE, chance_fits, feature_names, heat, possible_causes, rivals, tempered
from mrs.attribution.params import BEGAN_DAYS, USUAL_DAYS, WINDOW_DAYS
from mrs.attribution.probabilities import NOTHING_SHARED, between_rivals, with_unseen, within_sight
from mrs.attribution.signal_specs import CAUSES, SIGNAL_CAUSES, SPEC_BY_NAME
from mrs.attribution.signals import Signal, flagged, judged
from mrs.contracts import Cause
from mrs.identity import report_id

from tests.attribute.test_propose_cause_for_minority import confidence, proposals, proposed
from tests.attribute.worlds import MRDL, NORTH, STORES, TICK, CauseWorld

FITS = np.zeros((1, len(SIGNAL_CAUSES)))
"""All signals fit well."""


def found_late(sales_fell_with_the_price: bool, rise: float = 1.15) -> CauseWorld:
    """Return a world whose prices rose nine days ago, and in which a fall of sales was found five days later."""
    world = CauseWorld()
    rows = [STORES.index(s) for s in NORTH]
    world.price[rows, world.days(9, 0)] *= rise
    if sales_fell_with_the_price:
        world.effect[rows, world.days(9, 5)] -= 0.3
    return world.deviate(NORTH, 4, 0, -0.3)


def test_a_signal_is_in_time_if_sales_moved_with_it_before_it_was_found() -> None:
    tables = found_late(sales_fell_with_the_price=True).tables()
    assert proposed(tables) == {"price_change"}
    assert confidence(tables, "price_change") > 0.9


def test_a_signal_says_less_if_sales_did_not_move_with_it() -> None:
    moved, unmoved = (confidence(found_late(m, rise=1.025).tables(), "price_change") for m in (True, False))
    assert unmoved < moved - 0.1


def began(world: CauseWorld) -> set[int]:
    """Return how many days before the tick the events of a world's reports began."""
    return {(TICK - row["began_at"]).days for row in proposals(world.tables())}


def test_an_event_began_at_most_three_days_before_it_was_found_where_sales_moved_then() -> None:
    assert began(found_late(sales_fell_with_the_price=True)) == {4 + BEGAN_DAYS}
    assert began(found_late(sales_fell_with_the_price=False)) == {4}


def test_chance_before_an_event_is_no_part_of_it_nor_is_what_went_the_other_way() -> None:
    for before in (-0.04, 0.3):
        world = found_late(sales_fell_with_the_price=False)
        world.effect[[STORES.index(s) for s in NORTH], world.days(6, 5)] += before
        assert began(world) == {4}


def test_what_was_more_than_three_days_before_says_nothing_of_the_days_between() -> None:
    world = found_late(sales_fell_with_the_price=False)
    rows = [STORES.index(s) for s in NORTH]
    world.effect[rows, world.days(9, 8)] -= 0.3
    world.effect[rows, world.days(7, 5)] -= 0.14
    assert began(world) == {4}


def test_a_store_that_was_found_later_than_its_event_is_taken_back_no_further_than_any_other() -> None:
    world = found_late(sales_fell_with_the_price=False)
    late = NORTH[0]
    tables = world.tables()
    detected = tables[MRDL].to_pylist()
    for row in detected:
        if row["store_id"] == late:
            row["first_detected_at"] += timedelta(days=4)
    tables[MRDL] = pa.Table.from_pylist(detected, schema=tables[MRDL].schema)
    by_report = {row["report_id"]: (TICK - row["began_at"]).days for row in proposals(tables)}
    ids = {row["report_id"]: row["store_id"] for row in detected}
    assert {days for name, days in by_report.items() if ids[name] == late} == {BEGAN_DAYS}
    assert {days for name, days in by_report.items() if ids[name] != late} == {4}


def one_event(course: list[float], first: int) -> Episodes:
    """Return one event that was found on the day with number `first` of the course's days, and lasts to the end."""
    values = np.full((1, WINDOW_DAYS), 0.0)
    values[0, -len(course) :] = course
    days = np.arange(WINDOW_DAYS)
    at = np.array([WINDOW_DAYS - len(course) + first])
    half = np.array([0.5])
    grouping = Grouping.of(np.zeros(1, dtype=np.int64))
    return Episodes(grouping, np.array([1]), at, days[-1:], half, half, values, np.zeros_like(values), at, days)


def test_closed_days_are_no_distance_between_a_signal_and_its_effect() -> None:
    event = one_event([0.0, np.nan, np.nan, 0.5, 0.5], first=3)
    assert event.trading_days_from_onset[0, -5:].tolist() == [-1, 0, 0, 0, 1]
    assert event.timeliness[0, -4] == pytest.approx(1.0)


def test_a_signal_is_nearly_in_time_a_day_before_any_day_on_which_the_event_may_have_begun() -> None:
    event = one_event([0.0, 0.0, 0.1, 0.1, 0.5, 0.5], first=4)
    assert event.timeliness[0, -5] == pytest.approx(np.exp(-3 / 2))
    begun = np.zeros_like(event.course)
    begun[0, -4] = 0.8
    event = replace(event, may_have_begun=begun)
    assert event.timeliness[0, -6:].tolist() == pytest.approx(
        [0.8 / np.e, 0.8 / np.e**0.5, 0.8, np.e**-0.5, 1.0, np.e**-0.5]
    )


def signal(name: str) -> Signal:
    return flagged(SPEC_BY_NAME[name], np.arange(1), np.zeros((1, 1)))


def spend_of(last_days: list[float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return how far spend counts as up on some days after seven weeks in which it scattered by a half."""
    before = 300.0 * np.exp(np.resize([-0.7, 0.0, 0.7, -0.3, 0.3], USUAL_DAYS))
    value = np.concatenate([before, last_days])[None, :]
    return judged(SPEC_BY_NAME["spend"], "", np.zeros(1, dtype=np.int64), value).active[:, USUAL_DAYS:]


def test_days_together_tell_what_no_day_of_a_scattering_signal_does() -> None:
    day = spend_of([650.0, 650.0, 650.0, 300.0])[0]
    assert day[0] < 0.3
    assert day[2] > 0.6
    assert day[3] < 0.1  # a usual day is not part of the run before it


def test_one_high_day_is_no_run() -> None:
    alone, run = spend_of([300.0, 300.0, 650.0]), spend_of([650.0, 650.0, 650.0])
    assert alone[0, 2] == pytest.approx(spend_of([650.0])[0, 0])
    assert alone[0, 2] < run[0, 2]


def temperature_of(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Signal:
    """Return temperatures of seven weeks and some days more, judged."""
    return judged(SPEC_BY_NAME["temperature_c"], "", np.zeros(1, dtype=np.int64), values[None, :])


def test_what_is_usual_for_the_temperature_follows_the_season() -> None:
    days = np.arange(USUAL_DAYS + 4)
    noise = np.resize([1.5, -0.5, 0.0, -1.5, 0.5], len(days))
    spring, steady = temperature_of(2.0 + 0.3 * days + noise), temperature_of(8.0 + noise)
    assert spring.active[0, USUAL_DAYS:].max() == steady.active[0, USUAL_DAYS:].max() == 0.0
    cold = 2.0 + 0.3 * days + noise
    cold[USUAL_DAYS:] -= 9.0
    assert abs(cold[USUAL_DAYS] - np.median(cold[:USUAL_DAYS])) < 2.5  # against seven weeks it is an ordinary day
    assert temperature_of(cold).active[0, USUAL_DAYS] > 0.3
    cold[5:20] = np.nan
    assert temperature_of(cold).active[0, USUAL_DAYS] > 0.3


def test_other_signals_are_judged_against_their_median() -> None:
    rising = 8.0 + 0.25 * np.arange(USUAL_DAYS + 1)
    wind = judged(SPEC_BY_NAME["wind_kph"], "", np.zeros(1, dtype=np.int64), rising[None, :])
    assert wind.usual[0, -1] == np.median(rising[:-1])


def test_an_event_is_divided_where_its_stores_saw_one_or_the_other_of_two_signals() -> None:
    signals = [signal("promotion"), signal("temperature_c")]
    own = np.array([[1.0, 0.0]] * 8 + [[0.0, 1.0]] * 8)
    parts = divided(np.zeros(16, dtype=np.int64), own, signals)
    assert len(set(parts[:8])) == len(set(parts[8:])) == 1
    assert parts[0] != parts[8]


@pytest.mark.parametrize(
    "own",
    [
        np.array([[1.0, 1.0]] * 8 + [[0.0, 1.0]] * 8),
        np.array([[1.0, 0.0]] * 8 + [[0.0, 0.0]] * 8),
        np.array([[1.0, 0.0]] * 15 + [[0.0, 1.0]]),
    ],
    ids=["one_signal_in_all", "nothing_in_the_others", "a_single_store"],
)
def test_an_event_stays_whole(own: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> None:
    signals = [signal("promotion"), signal("temperature_c")]
    assert set(divided(np.zeros(16, dtype=np.int64), own, signals)) == {0}


def one_post_and_what_came_after(long_ones: int) -> set[str]:
    """Return what some stores' week is said to be, that a post began, in one cluster with the last day of five others.

    A campaign ran all the time, and still did when nobody talked about the post any more.
    """
    world = CauseWorld()
    world.spend[0, world.days(12, 4)] *= 5
    world.mentions[0, world.days(12, 7)] *= 8
    world.effect[[STORES.index(s) for s in NORTH[:long_ones]], world.days(12, 6)] += 0.6
    world.deviate(NORTH[:long_ones], 12, 4, 0.15).deviate(NORTH[long_ones : long_ones + 5], 4, 4, 0.2)
    tables = world.tables()
    mine = {report_id(s, world.day(12)) for s in NORTH[:long_ones]}
    return {r["cause"] for r in proposals(tables) if r["rank"] == 1 and r["report_id"] in mine}


def test_reports_that_moved_on_other_days_than_their_cluster_are_judged_by_their_own() -> None:
    assert one_post_and_what_came_after(long_ones=4) == {Cause.VIRAL}


def test_too_few_reports_of_other_days_stay_with_their_cluster() -> None:
    assert Cause.VIRAL not in one_post_and_what_came_after(long_ones=2)


def test_a_faint_signal_explains_less_beside_a_strong_one() -> None:
    values = np.zeros((1, len(feature_names())))
    block = values[:, : len(SIGNAL_CAUSES) * len(PER_CAUSE)].reshape(len(SIGNAL_CAUSES), len(PER_CAUSE))
    price, fair = SIGNAL_CAUSES.index(Cause.PRICE_CHANGE), SIGNAL_CAUSES.index(Cause.LOCAL_EVENT)
    for k, strength in ((price, 0.8), (fair, 0.2)):
        block[k, [PER_CAUSE.index(n) for n in ("strength", "cover", "onset")]] = strength, 1.0, 1.0
    cover = [f"{c}.cover" for c in (Cause.PRICE_CHANGE, Cause.LOCAL_EVENT)]
    weighed = tempered(values)[0, [feature_names().index(n) for n in cover]]
    assert weighed == pytest.approx([1.0, 0.25])


def features_of(**by_cause: dict[str, float]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the features of one report; what is not given is 0."""
    values = np.zeros((1, len(feature_names())))
    for cause, of_cause in by_cause.items():
        for name, value in of_cause.items():
            values[0, feature_names().index(f"{cause}.{name}")] = value
    return values


@pytest.mark.parametrize(
    ("reach", "own", "absent", "quiet"),
    [(0.0, 0.0, 0.0, 1.0), (1.0, 0.0, 0.0, 0.2), (0.0, 1.0, 0.0, 0.2), (0.25, 0.0, 0.0, 0.6), (0.0, 0.0, 1.0, 0.2)],
    ids=["seen_by_none", "seen_by_all", "seen_by_itself", "seen_by_a_quarter", "absent"],
)
def test_a_signal_that_few_stores_of_the_event_saw_is_as_good_as_quiet(
    reach: float, own: float, absent: float, quiet: float
) -> None:
    values = features_of(local_event={"quiet": 0.2, "reach": reach, "own": own, "absent": absent})
    assert tempered(values)[0, feature_names().index("local_event.quiet")] == pytest.approx(quiet)


def after_both(course_of_post: float, course_of_campaign: float, cover: float = 1.0) -> dict[Cause, float]:
    """Return the causes of a rise that was viral at 0.72, a campaign at 0.18, where both of their signals were up.

    The log odds of each signal's course are given.
    """
    told = np.zeros((1, len(CAUSES)))
    told[0, [CAUSES.index(c) for c in (Cause.VIRAL, Cause.PAID_CAMPAIGN, Cause.UNKNOWN)]] = 0.72, 0.18, 0.1
    values = features_of(viral={"cover": cover, "reach": 1.0}, paid_campaign={"cover": 1.0, "reach": 1.0})
    said = {Cause.VIRAL: course_of_post, Cause.PAID_CAMPAIGN: course_of_campaign}
    course = np.array([[said.get(c, 0.0) for c in SIGNAL_CAUSES]])
    out = between_rivals(told, *rivals(values, course))[0]
    assert out.sum() == pytest.approx(1.0)
    by_cause = dict(zip(CAUSES, out, strict=True))
    assert by_cause[Cause.VIRAL] + by_cause[Cause.PAID_CAMPAIGN] == pytest.approx(0.9)
    assert by_cause[Cause.UNKNOWN] == pytest.approx(0.1)
    return by_cause


def test_between_a_post_and_a_campaign_that_were_up_together_the_course_decides() -> None:
    alike = after_both(0.8, 0.8)[Cause.VIRAL]
    assert 0.45 < alike < 0.72  # what is up for two reasons tells less of one
    assert after_both(0.5, 0.0)[Cause.VIRAL] > alike > after_both(0.0, 0.5)[Cause.VIRAL]
    assert after_both(-1.0, 1.0)[Cause.PAID_CAMPAIGN] > 0.45


UNEVEN = np.array([1.0, 0.4, 0.9, 0.3, 1.0, 0.5, 0.9, 0.4])


def talked_about(spend: np.ndarray[tuple[int], np.dtype[np.float64]], days_late: int = 0) -> dict[str, float]:
    """Return the causes of eight uneven days, where mentions rose evenly and spend rose with `spend` (log)."""
    world = CauseWorld().deviate(NORTH, 7, 0, 0.0)
    world.effect[[STORES.index(s) for s in NORTH], world.days(7, 0)] += 0.35 * UNEVEN
    world.mentions[0, world.days(7 - days_late, 0)] *= 6
    world.spend[0, world.days(7, 0)] *= np.exp(spend)
    return {cause: confidence(world.tables(), cause) for cause in ("viral", "paid_campaign")}


def test_between_two_signals_that_were_up_the_dose_that_moved_with_the_sales_says_more() -> None:
    with_sales, against_them = talked_about(2.0 * UNEVEN + 0.4), talked_about(2.0 * UNEVEN[::-1] + 0.4)
    assert with_sales["paid_campaign"] > against_them["paid_campaign"] + 0.2


def test_between_two_signals_that_were_up_the_one_that_rose_after_the_sales_says_less() -> None:
    in_time, late = (talked_about(np.full(8, 1.4), days_late=k) for k in (0, 2))
    assert late["paid_campaign"] > in_time["paid_campaign"] + 0.1


def test_a_campaign_beside_no_talk_changes_nothing() -> None:
    assert after_both(0.0, 0.9, cover=0.0)[Cause.VIRAL] == pytest.approx(0.72)


def test_of_causes_of_which_nothing_is_usual_unknown_and_all_that_are_possible_share_alike() -> None:
    allowed = np.array([[c in (Cause.UNKNOWN, Cause.DATA_QUALITY, Cause.STORE_DISRUPTION) for c in CAUSES]])
    sure = np.where(np.array(CAUSES) == Cause.UNKNOWN, 0.9, 0.01)[None, :]
    told = within_sight(sure, allowed, possible_causes(np.zeros(1)))[0]
    by_cause = dict(zip(CAUSES, told, strict=True))
    assert by_cause[Cause.PAID_CAMPAIGN] == by_cause[Cause.PROMOTION] == by_cause[Cause.COMPETITOR_STOCKOUT] == 0
    assert by_cause[Cause.WEATHER] == pytest.approx(by_cause[Cause.UNKNOWN])
    assert told.sum() == pytest.approx(1.0)
    assert by_cause[Cause.DATA_QUALITY] == pytest.approx(sure[0, 1] / sure.sum(), rel=0.02)


def test_causes_that_cannot_be_seen_have_as_much_as_is_usual_of_what_nothing_seen_explains() -> None:
    told = np.where(np.array([CAUSES] * 2) == Cause.UNKNOWN, 0.5, 0.05)
    allowed = np.array([[c not in (Cause.WEATHER, Cause.PAID_CAMPAIGN) for c in CAUSES]] * 2)
    usual = np.where(np.array(CAUSES) == Cause.WEATHER, 3.0, np.where(np.array(CAUSES) == Cause.VIRAL, 99.0, 1.0))
    out = within_sight(told, allowed, possible_causes(np.array([1.0, 0.0])), np.vstack((usual, usual)))
    rise, fall = (dict(zip(CAUSES, row, strict=True)) for row in out)
    assert rise[Cause.WEATHER] == pytest.approx(3 * rise[Cause.UNKNOWN])
    assert rise[Cause.PAID_CAMPAIGN] == pytest.approx(rise[Cause.UNKNOWN])
    assert (fall[Cause.PAID_CAMPAIGN], fall[Cause.WEATHER]) == (0, pytest.approx(3 * fall[Cause.UNKNOWN]))
    assert rise[Cause.VIRAL] == fall[Cause.VIRAL] == pytest.approx(0.05)  # what is seen gains nothing
    assert out.sum(axis=1) == pytest.approx([1.0, 1.0])


def after_talk(unknown: float, *, is_seen: bool) -> dict[Cause, float]:
    """Return the causes of a rise of which all but `unknown` was viral, with the campaigns' feed or without."""
    told = np.zeros((1, len(CAUSES)))
    told[0, CAUSES.index(Cause.VIRAL)], told[0, CAUSES.index(Cause.UNKNOWN)] = 1 - unknown, unknown
    allowed = np.array([[is_seen or c != Cause.PAID_CAMPAIGN for c in CAUSES]])
    out = with_unseen(told, allowed, possible_causes(np.ones(1)), {**NOTHING_SHARED, Cause.VIRAL: 0.4}, FITS)[0]
    assert out.sum() == pytest.approx(1.0)
    return dict(zip(CAUSES, out, strict=True))


@pytest.mark.parametrize("unknown", [0.05, 0.5, 0.9])
def test_a_campaign_that_cannot_be_seen_has_its_share_of_a_viral_rise(unknown: float) -> None:
    told = after_talk(unknown, is_seen=False)
    assert told[Cause.PAID_CAMPAIGN] == pytest.approx((1 - unknown) * 0.4)


def test_a_campaign_that_can_be_seen_has_none() -> None:
    assert after_talk(0.1, is_seen=True)[Cause.PAID_CAMPAIGN] == 0


def test_the_less_else_is_up_the_more_a_signal_says() -> None:
    """The covers of two signals, of ten feeds, then of five."""
    covers = np.array([[1.0, 0.0], [1.0, 0.8], [0.5, 0.4], [0.0, 0.0]])
    values = np.zeros((2, len(covers), len(feature_names())))
    for k, cause in enumerate(("weather", "viral")):
        values[:, :, feature_names().index(f"{cause}.cover")] = covers[:, k]
    for cause in SIGNAL_CAUSES[2:7]:
        if cause not in ("weather", "viral"):
            values[1, :, feature_names().index(f"{cause}.absent")] = 1.0
    alone, crowded, half, silent = heat(values[0])
    assert alone < silent < 1.0
    assert alone < half < crowded
    assert np.all(heat(values[1])[1:3] > heat(values[0])[1:3])  # of fewer feeds, the same number is more


def test_heat_is_bounded_and_kept_by_rows_without_feeds() -> None:
    values = np.zeros((1, len(feature_names())))
    for cause in SIGNAL_CAUSES:
        values[:, feature_names().index(f"{cause}.absent")] = 1.0
    assert 0.5 < heat(values)[0] < 1.0


@pytest.mark.parametrize("is_seen", [True, False])
def test_a_post_that_cannot_be_seen_has_its_share_of_what_fits_a_campaign(is_seen: bool) -> None:
    told = np.where(np.array(CAUSES) == Cause.PAID_CAMPAIGN, 0.9, 0.01)[None, :]
    told /= told.sum()
    allowed = np.array([[is_seen or c != Cause.VIRAL for c in CAUSES]])
    out = with_unseen(told, allowed, possible_causes(np.ones(1)), {Cause.PAID_CAMPAIGN: 0.2}, FITS)[0]
    gained = out - told[0]
    assert gained[CAUSES.index(Cause.VIRAL)] == pytest.approx(0.0 if is_seen else 0.2 * 0.9 / 1.0, abs=0.02)
    assert gained.sum() == pytest.approx(0.0)


@pytest.mark.parametrize("up", [1.0, 0.0])
@pytest.mark.parametrize("is_seen", [True, False])
@pytest.mark.parametrize(("strength", "weak"), [(0.2, 1.0), (0.5, 0.5), (0.9, 0.0)])
def test_a_campaign_that_cannot_be_seen_has_its_share_of_a_rise_that_hardly_fits_the_weather(
    up: float, is_seen: bool, strength: float, weak: float
) -> None:
    told = np.where(np.array(CAUSES) == Cause.WEATHER, 0.89, 0.01)[None, :]
    allowed = np.array([[is_seen or c != Cause.PAID_CAMPAIGN for c in CAUSES]])
    values = np.where(np.array(feature_names()) == "weather.strength", strength, 0.0)[None, :]
    out = with_unseen(told, allowed, possible_causes(np.full(1, up)), {Cause.WEATHER: 0.2}, chance_fits(values))
    gained = (out - told)[0]
    expected = 0.2 * 0.89 * weak if up and not is_seen else 0.0  # no campaign lowers sales
    assert gained[CAUSES.index(Cause.PAID_CAMPAIGN)] == pytest.approx(expected)
    assert gained[CAUSES.index(Cause.WEATHER)] == pytest.approx(-expected)
