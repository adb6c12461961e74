"""Reading: filters, order, pages, one object, its series, its lineage, its past."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mrs.contracts import dataset

from tests.api.conftest import FIRST, LAST, NEXT_DAY, RUN, STORES, Api, Workshop


@pytest.fixture(scope="module")
def reports(viewer: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = viewer.get("/api/reports", limit=500)["items"]
    assert len(items) > 5
    return items


@pytest.fixture(scope="module")
def events(viewer: Api) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = viewer.get("/api/events", limit=500)["items"]
    assert len(items) > 2
    return items


@pytest.mark.parametrize(
    ("asked", "column"),
    [("status", "report_status"), ("cause", "cause"), ("region", "region"), ("retailer", "retailer"),
     ("store", "store_id"), ("direction", "direction"), ("event", "report_group_id")],
)  # fmt: skip
def test_a_filter_keeps_what_it_says(viewer: Api, reports: list[dict[str, Any]], asked: str, column: str) -> None:
    value = reports[0][column]
    found = viewer.get("/api/reports", limit=500, **{asked: value})
    expected = {r["report_id"] for r in reports if r[column] == value}
    assert {r["report_id"] for r in found["items"]} == expected
    assert found["totals"]["rows"] == len(expected)


def test_several_values_of_a_filter_are_alternatives(viewer: Api, reports: list[dict[str, Any]]) -> None:
    stores = sorted({r["store_id"] for r in reports})[:2]
    found = viewer.get("/api/reports", store=stores, limit=500)["items"]
    assert {r["store_id"] for r in found} == set(stores)


def test_ranges_and_dates(viewer: Api, reports: list[dict[str, Any]]) -> None:
    middle = sorted(r["severity"] for r in reports)[len(reports) // 2]
    above = viewer.get("/api/reports", min_severity=middle, limit=500)["items"]
    assert {r["report_id"] for r in above} == {r["report_id"] for r in reports if r["severity"] >= middle}
    day = max(
        reports,
        key=lambda r: date.fromisoformat(r["last_detected_at"][:10]) - date.fromisoformat(r["first_detected_at"][:10]),
    )["last_detected_at"]
    on = viewer.get("/api/reports", **{"from": day, "to": day}, limit=500)["items"]
    assert {r["report_id"] for r in on} == {
        r["report_id"] for r in reports if r["first_detected_at"] <= day <= r["last_detected_at"]
    }


@pytest.mark.parametrize("sort", ["severity", "money", "worth", "first_detected_at", "store_id"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_the_order_is_the_one_asked_for(viewer: Api, sort: str, order: str) -> None:
    items = viewer.get("/api/reports", sort=sort, order=order, limit=500)["items"]
    values = [abs(r["sales_delta"]) if sort == "money" else r[sort] for r in items]
    assert values == sorted(values, reverse=order == "desc")


def test_a_comma_in_a_value_does_not_part_it_and_a_repeated_parameter_lists(
    viewer: Api, events: list[dict[str, Any]]
) -> None:
    one, other = sorted({region for e in events for region in e["regions"]})[:2]
    both = viewer.get("/api/events", region=[one, other], limit=500)["items"]
    assert {e["report_group_id"] for e in both} == {
        e["report_group_id"] for e in events if {one, other} & set(e["regions"])
    }
    assert not viewer.get("/api/events", region=f"{one},{other}", limit=500)["items"]


@pytest.mark.parametrize("words", ["{}", "store {}", "Store  {}"])
def test_a_store_is_found_as_one_says_it(viewer: Api, reports: list[dict[str, Any]], words: str) -> None:
    store = reports[0]["store_id"]
    own = {r["report_group_id"] for r in reports if r["store_id"] == store}
    found = {e["report_group_id"] for e in viewer.get("/api/events", q=words.format(store), limit=500)["items"]}
    assert own <= found
    listed = viewer.get("/api/reports", q=words.format(store), limit=500)["items"]
    assert store in {r["store_id"] for r in listed}


def test_an_id_is_found_by_its_beginning(viewer: Api, events: list[dict[str, Any]]) -> None:
    one = events[0]["report_group_id"]
    found = viewer.get("/api/events", q=one[:12], limit=500)["items"]
    assert [e["report_group_id"] for e in found] == [one]
    assert not viewer.get("/api/events", q=one[5:20], limit=500)["items"]


def test_events_filter_by_region_and_store(
    viewer: Api, events: list[dict[str, Any]], reports: list[dict[str, Any]]
) -> None:
    region = events[0]["regions"][0]
    found = viewer.get("/api/events", region=region, limit=500)["items"]
    assert {e["report_group_id"] for e in found} == {e["report_group_id"] for e in events if region in e["regions"]}
    store = reports[0]["store_id"]
    found = viewer.get("/api/events", store=store, limit=500)["items"]
    assert {e["report_group_id"] for e in found} == {r["report_group_id"] for r in reports if r["store_id"] == store}


def test_reports_and_events_filter_by_cluster(
    viewer: Api, events: list[dict[str, Any]], reports: list[dict[str, Any]]
) -> None:
    choice = viewer.get("/api/filters")["cluster"][0]
    mine = [r for r in reports if r["cluster_id"] == choice["value"]]
    assert len(mine) == choice["reports"] >= 2
    found = viewer.get("/api/reports", cluster_id=choice["value"], limit=500)["items"]
    assert {r["report_id"] for r in found} == {r["report_id"] for r in mine}
    groups = {r["report_group_id"] for r in mine}
    found = viewer.get("/api/events", cluster_id=choice["value"], limit=500)["items"]
    assert {e["report_group_id"] for e in found} == groups & {e["report_group_id"] for e in events}
    assert len(groups) == choice["events"]
    other = next(r["cluster_id"] for r in reports if r["cluster_id"] != choice["value"])
    both = viewer.get("/api/reports", cluster_id=[choice["value"], other], limit=500)["items"]
    assert {r["cluster_id"] for r in both} == {choice["value"], other}
    assert viewer.get("/api/reports", cluster_id="0" * 64)["items"] == []
    assert viewer.send("GET", "/api/reports", params={"cluster_id": "x"}).status_code == 422


def test_members_are_the_events_reports(viewer: Api, events: list[dict[str, Any]]) -> None:
    event = next(e for e in events if e["event_status"] != "merged")  # whose reports count for another
    members = viewer.get(f"/api/events/{event['report_group_id']}/members", limit=500)
    assert members["totals"]["rows"] == event["n_reports"]
    assert members["totals"]["sales_delta"] == pytest.approx(event["sales_delta"])


def test_one_object_is_whole(viewer: Api, reports: list[dict[str, Any]]) -> None:
    one = viewer.get(f"/api/reports/{reports[0]['report_id']}")
    assert one["evidence"] is not None
    assert {k: v for k, v in one.items() if k not in ("evidence", "alternatives", "edits")} == {
        k: v for k, v in reports[0].items() if k not in ("evidence", "alternatives")
    }


def test_what_is_not_there_is_a_404(viewer: Api) -> None:
    answer = viewer.send("GET", f"/api/reports/{'0' * 64}")
    assert (answer.status_code, answer.json()["title"]) == (404, "Not Found")
    assert viewer.send("GET", f"/api/reports/{'0' * 64}", params={"as_of": "2001-01-01"}).status_code == 404
    assert viewer.get("/api/reports", run_id="nobody-ran-this")["items"] == []


@pytest.mark.parametrize("query", ["limit=0", "cause=luck", "as_of=soon", "min_severity=2", "run_id=../x", "sort=rank"])
def test_a_bad_question_names_the_parameter(viewer: Api, query: str) -> None:
    answer = viewer.send("GET", f"/api/reports?{query}")
    assert answer.status_code == 422
    assert query.partition("=")[0] in answer.json()["errors"][0]["where"]


DOCUMENT = json.loads((Path(__file__).parents[2] / "docs/openapi.json").read_text())
READS = {path: methods["get"] for path, methods in DOCUMENT["paths"].items() if "get" in methods}
AS_OF = sorted(path for path, get in READS.items() if "as_of" in {p["name"] for p in get.get("parameters", ())})


@pytest.mark.parametrize("path", AS_OF)
@pytest.mark.parametrize("as_of", ["0001-01-01", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00", "3000-01-01"])
def test_a_moment_beyond_the_calendar_of_any_run_is_refused(viewer: Api, path: str, as_of: str) -> None:
    answer = viewer.send("GET", re.sub(r"{\w+}", "0" * 64, path), params={"as_of": as_of})
    assert answer.status_code == 422, answer.text
    assert "as_of" in answer.json()["detail"]


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", "0001-01-05"), ("9999-12-01", "9999-12-31")])
def test_a_series_of_days_beyond_the_calendar_is_refused(
    viewer: Api, reports: list[dict[str, Any]], first: str, last: str
) -> None:
    path = f"/api/reports/{reports[0]['report_id']}/series"
    assert viewer.send("GET", path, params={"from": first, "to": last}).status_code == 422


def test_a_tampered_cursor_is_refused(viewer: Api) -> None:
    cursor = viewer.get("/api/reports", limit=2)["next_cursor"]
    assert viewer.send("GET", "/api/reports", params={"cursor": cursor, "limit": 2}).status_code == 200
    for wrong in (cursor[:-3], "e30", "%00", cursor + "A"):
        assert viewer.send("GET", "/api/reports", params={"cursor": wrong, "limit": 2}).status_code == 400
    other = viewer.send("GET", "/api/reports", params={"cursor": cursor, "limit": 2, "direction": "up"})
    assert other.status_code == 400


def test_a_reports_series_holds_its_episode(viewer: Api, reports: list[dict[str, Any]]) -> None:
    report = max(reports, key=lambda r: r["last_detected_at"])
    series = viewer.get(f"/api/reports/{report['report_id']}/series")
    line = series["line"]
    assert len({len(values) for values in line.values()}) == 1
    span = [i for i, d in enumerate(line["dates"]) if report["first_detected_at"] <= d <= report["last_detected_at"]]
    delta = sum(
        (line["observed"][i] or 0) - (line["expected"][i] or 0) for i in span if line["observed"][i] is not None
    )
    assert delta == pytest.approx(report["sales_delta"], rel=1e-3)
    before = [i for i, d in enumerate(line["dates"]) if d < FIRST.isoformat()]
    assert any(line["observed"][i] is not None for i in before), "history from before the first tick"
    assert {"campaigns", "weather"} <= {s["feed"] for s in series["signals"]}


def test_a_series_of_before_the_first_tick_is_what_landed_in_it(
    workshop: Workshop, viewer: Api, reports: list[dict[str, Any]]
) -> None:
    report = reports[0]
    asked = {"from": FIRST - timedelta(days=300), "to": FIRST - timedelta(days=200)}
    line = viewer.get(f"/api/reports/{report['report_id']}/series", **asked)["line"]
    sales = workshop.state.logs.read(dataset("sales_timeseries_data"), RUN).to_pylist()
    landed = {r["date"].isoformat(): r["sales"] for r in sales if r["store_id"] == report["store_id"]}
    assert len(line["dates"]) == 101
    assert line["observed"] == [pytest.approx(landed[day], rel=1e-5) for day in line["dates"]]


def test_a_series_holds_the_price_that_the_sales_carry(
    workshop: Workshop, viewer: Api, reports: list[dict[str, Any]]
) -> None:
    report = reports[0]
    series = viewer.get(f"/api/reports/{report['report_id']}/series")
    (price,) = [s for s in series["signals"] if s["signal"] == "price"]
    sales = workshop.state.logs.read(dataset("sales_timeseries_data"), "main").to_pylist()
    paid = {r["date"].isoformat(): r["price"] for r in sales if r["store_id"] == report["store_id"] and r["price"]}
    assert (price["feed"], price["scope"]) == ("unified_sales_data", "store")
    assert dict(zip(price["dates"], price["values"], strict=True)) == {
        d: pytest.approx(paid[d], rel=1e-5) for d in series["line"]["dates"] if d in paid
    }


def test_an_events_series_is_the_sum_of_its_stores(viewer: Api, events: list[dict[str, Any]]) -> None:
    event = max(events, key=lambda e: e["n_stores"])
    series = viewer.get(f"/api/events/{event['report_group_id']}/series", stores=60)
    assert series["n_stores"] == len(series["stores"]) == event["n_stores"]
    for at, total in enumerate(series["total"]["observed"]):
        known = [
            s["line"]["observed"][at]
            for s in series["stores"]
            if s["line"]["observed"][at] is not None
            and (s["line"]["expected"][at] is not None or series["total"]["expected"][at] is None)
        ]
        assert (total is None) == (not known)
        assert total is None or total == pytest.approx(sum(known))


def test_a_lineage_holds_every_row_in_order(workshop: Workshop, viewer: Api, reports: list[dict[str, Any]]) -> None:
    report = reports[0]["report_id"]
    items = viewer.get(f"/api/reports/{report}/history")["items"]
    written = [datetime.fromisoformat(i["written_at"]) for i in items]
    assert written == sorted(written)
    logs = workshop.state.logs
    for short in ("MRDL", "MRCL", "MRPAL", "MRCH", "MRFL"):
        table = logs.read(dataset(short), "main", history=True).to_pylist()
        assert len([i for i in items if i["short"] == short]) == len([r for r in table if r["report_id"] == report])
    assert {"MRDL", "MRPAL", "MRCH", "MRFL", "MELOG"} <= {i["short"] for i in items}


def test_a_past_moment_is_what_that_tick_left(viewer: Api) -> None:
    ticks = viewer.get("/api/runs/main/ticks")["items"]
    assert [t["tick"] for t in ticks] == [(FIRST + timedelta(days=i)).isoformat() for i in range(8)]
    past = viewer.get("/api/reports", as_of=ticks[3]["written_at"], limit=500)
    assert past["state"]["tick"] == ticks[3]["tick"]
    assert all(r["first_detected_at"] <= ticks[3]["tick"] for r in past["items"])
    assert past == viewer.get("/api/reports", as_of=ticks[3]["written_at"], limit=500)
    assert viewer.get("/api/reports", as_of="2001-01-01")["items"] == []


def test_health_stores_and_filters(viewer: Api, reports: list[dict[str, Any]]) -> None:
    health = viewer.get("/api/health")
    stages = [s["stage"] for s in health["stages"]]
    assert stages[:3] == ["ingest", "feeds", "predict"]
    assert {s["tick"] for s in health["stages"]} == {LAST.isoformat()}
    assert len(viewer.get("/api/stores")["items"]) == STORES
    choices = viewer.get("/api/filters")
    assert sum(c["reports"] for c in choices["cause"]) == len(reports)


def test_a_long_lineage_comes_in_pages(viewer: Api, events: list[dict[str, Any]]) -> None:
    path = f"/api/events/{max(events, key=lambda e: e['n_reports'])['report_group_id']}/history"
    whole = viewer.get(path)
    page = viewer.get(path, limit=7)
    items = page["items"]
    while page["next_cursor"]:
        page = viewer.get(path, limit=7, cursor=page["next_cursor"])
        items = items + page["items"]
    assert items == whole["items"]
    assert len(items) == whole["n_rows"]


def test_pages_stay_as_they_are_while_ticks_go_on(
    workshop: Workshop, viewer: Api, world: Path, reports: list[dict[str, Any]]
) -> None:
    first = viewer.get("/api/reports", limit=3, sort="first_detected_at")
    recorded = viewer.get("/api/events", limit=500)
    workshop.tick(NEXT_DAY, world / "input")
    assert viewer.get("/api/reports", limit=1)["state"]["tick"] == NEXT_DAY.isoformat()
    page, seen = first, [r["report_id"] for r in first["items"]]
    while page["next_cursor"]:
        page = viewer.get("/api/reports", limit=3, sort="first_detected_at", cursor=page["next_cursor"])
        assert page["state"]["tick"] == LAST.isoformat()
        seen += [r["report_id"] for r in page["items"]]
    assert len(seen) == len(set(seen)) == len(reports)
    served_then = viewer.get("/api/events", limit=500, as_of=recorded["state"]["written_at"])
    assert served_then["items"] == recorded["items"]
    assert date.fromisoformat(viewer.get("/api/runs")["items"][0]["last_tick"]) == NEXT_DAY
