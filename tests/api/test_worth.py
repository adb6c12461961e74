"""What a decision is worth: money at stake times doubt, and nothing once it is decided."""

from __future__ import annotations

import pyarrow as pa
import pytest

from functions.workshop.objects.worth import worth
from functions.workshop.state.kinds import EVENTS, REPORTS
from tests.api.conftest import Api


def test_doubt_about_much_money_comes_before_certainty_about_more() -> None:
    rows = [(-2900.0, 0.52, "open"), (4000.0, 0.99, "closed"), (9000.0, 0.2, "approved"), (100.0, 0.0, "ongoing")]
    for kind in (REPORTS, EVENTS):
        found = worth(
            kind,
            pa.table(
                {
                    "sales_delta": [money for money, _, _ in rows],
                    "cause_confidence": [sure for _, sure, _ in rows],
                    kind.status_column: [status for _, _, status in rows],
                }
            ),
        )
        assert found.tolist() == pytest.approx([1392.0, 40.0, 0.0, 100.0])


def test_the_list_says_what_each_decision_is_worth_and_can_be_ordered_by_it(analyst: Api) -> None:
    items = analyst.get("/api/events", sort="worth", limit=500)["items"]
    assert [e["worth"] for e in items] == sorted((e["worth"] for e in items), reverse=True)
    first = items[0]
    assert first["worth"] == pytest.approx(abs(first["sales_delta"]) * (1 - first["cause_confidence"]))
    decided = analyst.edit("events", first, action="reject").json()["events"][0]
    assert decided["worth"] == 0.0
    assert analyst.get(f"/api/events/{first['report_group_id']}")["worth"] == 0.0
