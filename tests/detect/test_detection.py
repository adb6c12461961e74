"""What detection promises, on a small world: events found as reports, quiet days left alone, faults told apart."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np
import pytest
from mrs.contracts import dataset
from mrs.detection.calibration.artifact import CALIBRATION
from mrs.detection.episodes import MRDL
from mrs.detection.expectation import SALES, STORES
from mrs.detection.params import SHORT_HISTORY_DAYS
from mrs.detection.predictions import BASELINE, CLASSIFIER
from mrs.identity import report_id
from mrs.settings import DetectSettings

from functions.detect.detect_anomalies import detect_anomalies
from tests.detect.runner import Logs, last_rows, run
from tests.detect.world import FIRST_TICK, LAST_TICK, World, tables_of


def reports_of(logs: Logs, store: str) -> list[dict[str, object]]:
    return [r for r in last_rows(logs) if r["store_id"] == store]


def test_quiet_days_raise_next_to_nothing(quiet_logs: Logs) -> None:
    called = np.array(quiet_logs[CLASSIFIER]["is_anomalous"].to_pylist())
    assert called.mean() < 0.01


def test_the_band_holds_nine_quiet_days_in_ten(quiet_logs: Logs) -> None:
    z = np.array([z for z in quiet_logs[BASELINE]["residual_z"].to_pylist() if z is not None])
    assert 0.86 < np.mean(np.abs(z) <= 1.645) < 0.95


def test_a_store_s_fall_is_one_report_that_keeps_its_identity(eventful_logs: Logs, eventful: World) -> None:
    (report,) = reports_of(eventful_logs, "s004")
    start = FIRST_TICK + timedelta(days=5)
    assert report["direction"] == "down"
    assert report["first_detected_at"].date() in (start, start + timedelta(days=2))
    assert report["report_id"] == report_id("s004", report["first_detected_at"].date())
    assert report["report_status"] == "closed"
    assert report["sales_delta"] == pytest.approx(report["observed_sales"] - report["expected_sales"])
    assert report["observed_sales"] / report["expected_sales"] == pytest.approx(0.5, abs=0.08)


def test_a_weak_rise_that_a_region_shares_is_found_in_most_of_its_stores(eventful_logs: Logs, eventful: World) -> None:
    members = {s for s, r in zip(eventful.store_ids, eventful.regions, strict=True) if r == "r2"}
    up = {r["store_id"] for r in last_rows(eventful_logs) if r["direction"] == "up"}
    assert len(up & members) >= 0.6 * len(members)
    assert len(up - members) <= 1


def test_days_called_anomalous_do_not_train(quiet: World) -> None:
    at = quiet.at(FIRST_TICK)
    halved = quiet.changed(lambda sales: sales[4, at + 2 : at + 8].__imul__(0.3))
    logs = run(tables_of(halved), FIRST_TICK, LAST_TICK)
    plain = run(tables_of(quiet), FIRST_TICK, LAST_TICK)

    def expected(found: Logs) -> float:
        return next(
            r["expected_sales"]
            for r in found[BASELINE].to_pylist()
            if r["store_id"] == "s004" and r["date"] == LAST_TICK
        )

    assert expected(logs) == pytest.approx(expected(plain), rel=0.03)


def test_closed_days_raise_nothing_and_expect_nothing(quiet_logs: Logs) -> None:
    sundays = [r for r in quiet_logs[BASELINE].to_pylist() if r["date"].weekday() == 6]
    assert sundays
    assert {r["expected_sales"] for r in sundays} == {0.0}
    assert {r["residual_z"] for r in sundays} == {None}


def test_a_missing_day_raises_no_anomaly(quiet: World) -> None:
    at = quiet.at(FIRST_TICK) + 9
    logs = run(tables_of(quiet.changed(lambda sales: sales[5, at : at + 1].fill(np.nan))), FIRST_TICK, LAST_TICK)
    day = FIRST_TICK + timedelta(days=9)
    (row,) = [r for r in logs[BASELINE].to_pylist() if r["store_id"] == "s005" and r["date"] == day]
    assert row["observed_sales"] is None
    assert row["residual_z"] is None
    assert reports_of(logs, "s005") == []


def test_a_store_that_stops_reporting_raises_a_data_quality_report(quiet: World) -> None:
    at = quiet.at(FIRST_TICK) + 7
    logs = run(tables_of(quiet.changed(lambda sales: sales[5, at:].fill(np.nan))), FIRST_TICK, LAST_TICK)
    (report,) = reports_of(logs, "s005")
    assert report["data_quality"] == "missing"
    assert report["first_detected_at"].date() == FIRST_TICK + timedelta(days=9)
    assert (report["observed_sales"], report["sales_delta"]) == (0.0, -report["expected_sales"])
    assert report["expected_sales"] > 0, "what did not come is worth what was expected"


@pytest.mark.parametrize(("stores", "reported"), [(5, True), (2, False)])
def test_stores_that_stop_together_are_reported_on_their_second_day(quiet: World, stores: int, reported: bool) -> None:
    at = quiet.at(FIRST_TICK) + 8
    logs = run(tables_of(quiet.changed(lambda s: s[5 : 5 + stores, at : at + 2].fill(np.nan))), FIRST_TICK, LAST_TICK)
    found = {r["store_id"]: r for r in last_rows(logs) if r["data_quality"] == "missing"}
    assert set(found) == (set(quiet.store_ids[5 : 5 + stores]) if reported else set())
    assert {r["first_detected_at"].date() for r in found.values()} <= {FIRST_TICK + timedelta(days=9)}


def test_where_stores_often_are_late_for_two_days_that_is_no_fault(quiet: World) -> None:
    def change(sales):
        begin = quiet.at(FIRST_TICK)
        for week in range(-8, 3):
            sales[5:10, begin + 7 * week + 1 : begin + 7 * week + 3] = np.nan

    logs = run(tables_of(quiet.changed(change)), FIRST_TICK, LAST_TICK)
    assert not [r for r in last_rows(logs) if r["data_quality"] == "missing"]


def test_zero_while_open_is_a_fault_of_the_data(quiet: World) -> None:
    at = quiet.at(FIRST_TICK) + 8
    logs = run(tables_of(quiet.changed(lambda sales: sales[6, at : at + 1].fill(0.0))), FIRST_TICK, LAST_TICK)
    (report,) = reports_of(logs, "s006")
    assert (report["data_quality"], report["direction"]) == ("zero_while_open", "down")


def test_an_event_of_the_whole_chain_is_not_taken_for_its_usual_day(quiet: World) -> None:
    at = quiet.at(FIRST_TICK) + 9
    rng = np.random.default_rng(3)
    factor = np.exp(-0.5 + 0.15 * rng.normal(size=(len(quiet.sales), 1)))
    logs = run(tables_of(quiet.changed(lambda sales: sales[:, at : at + 3].__imul__(factor))), FIRST_TICK, LAST_TICK)
    found = [r for r in last_rows(logs) if r["direction"] == "down"]
    assert len({r["store_id"] for r in found}) >= 0.9 * len(quiet.sales)
    assert {r["data_quality"] for r in found} == {None}


def test_a_feed_loaded_twice_is_told_apart_from_an_event(quiet: World) -> None:
    at = quiet.at(FIRST_TICK) + 9
    logs = run(tables_of(quiet.changed(lambda sales: sales[:, at].__imul__(2.0))), FIRST_TICK, LAST_TICK)
    doubled = datetime.combine(FIRST_TICK, time()) + timedelta(days=9)
    found = [r for r in last_rows(logs) if r["direction"] == "up" and r["first_detected_at"] == doubled]
    assert len(found) >= 0.9 * len(quiet.sales)
    assert {r["data_quality"] for r in found} == {"multiplied_feed"}


def test_a_feed_shifted_by_a_day_is_a_fault_of_the_data(quiet: World) -> None:
    at = quiet.at(FIRST_TICK) + 9

    def change(sales):
        sales[:, at] = sales[:, at - 1]

    logs = run(tables_of(quiet.changed(change)), FIRST_TICK, LAST_TICK)
    assert sum(r["data_quality"] == "repeated_feed" for r in last_rows(logs)) >= 0.9 * len(quiet.sales)


def test_a_new_store_may_raise_reports_only_after_its_cold_start(quiet: World) -> None:
    start = FIRST_TICK - timedelta(days=20)

    def change(sales):
        sales[7, : quiet.at(start)] = np.nan
        sales[7, quiet.at(FIRST_TICK) + 3 : quiet.at(FIRST_TICK) + 6] *= 0.2

    tables = tables_of(quiet.changed(change))
    settings = DetectSettings(cold_start_days=25, calibrate=False)
    over = datetime.combine(FIRST_TICK, time()) + timedelta(days=6)
    late = reports_of(run(tables, FIRST_TICK, LAST_TICK, settings), "s007")
    assert all(r["first_detected_at"] >= over for r in late)
    assert (
        reports_of(run(tables, FIRST_TICK, LAST_TICK, DetectSettings(cold_start_days=5, calibrate=False)), "s007") != []
    )


def test_a_store_with_a_short_history_is_expected_well_because_it_borrows(quiet: World) -> None:
    assert SHORT_HISTORY_DAYS > 40
    logs = run(
        tables_of(quiet.changed(lambda sales: sales[7, : quiet.at(FIRST_TICK) - 21].fill(np.nan))),
        FIRST_TICK,
        LAST_TICK,
    )
    off = [
        abs(np.log(r["observed_sales"] / r["expected_sales"]))
        for r in logs[BASELINE].to_pylist()
        if r["store_id"] == "s007" and r["date"] >= FIRST_TICK and r["residual_z"] is not None
    ]
    assert len(off) >= 15
    assert np.median(off) < 0.15


def test_neither_stores_nor_calendar_nor_promotions_are_needed(quiet: World) -> None:
    tables = tables_of(quiet)
    bare = {name: t if name == "sales_timeseries_data" else t.slice(0, 0) for name, t in tables.items()}
    logs = run(bare, FIRST_TICK, LAST_TICK)
    assert logs[CLASSIFIER].num_rows == len(quiet.sales) * ((LAST_TICK - FIRST_TICK).days + 1)


def test_the_first_days_of_a_chain_are_judged_by_nobody() -> None:
    tables = {name: dataset(name).empty() for name in (BASELINE, SALES, STORES, MRDL, CALIBRATION)}
    found = detect_anomalies(tables, [date(2024, 6, 10)], DetectSettings())
    assert {name: table.num_rows for name, table in found.items()} == {CLASSIFIER: 0, MRDL: 0}


@pytest.mark.parametrize(("usual", "says"), [(False, True), (True, False)])
def test_an_opening_on_a_day_of_habitual_closing_is_said_unless_the_chain_does_so_now_and_then(
    quiet: World, usual: bool, says: bool
) -> None:
    sunday = quiet.at(FIRST_TICK) + 13

    def change(sales):
        if usual:
            for store in range(len(sales)):
                before = sunday - 7 * (2 + store % 6)
                sales[store, before] = sales[store, before - 1]
        sales[3, sunday] = sales[3, sunday - 1]

    logs = run(tables_of(quiet.changed(change)), FIRST_TICK, LAST_TICK)
    assert [r["first_detected_at"].date() for r in reports_of(logs, "s003")] == (
        [FIRST_TICK + timedelta(days=13)] if says else []
    )
