"""The hash of a table's content: what changes it, and what does not."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mrs.contracts import dataset
from mrs.store.canonical import conform, content_hash
from mrs.store.objects import parquet_bytes

from tests.builders import TICK, table

SALES = dataset("sales_timeseries_data")
HEALTH = dataset("pipeline_health_log")


def sales(*rows: dict[str, Any]) -> pa.Table:
    return table(SALES.name, *rows, sales=10.0, store_id="s1", date=TICK)


class TestContentHash:
    rows = st.lists(
        st.fixed_dictionaries(
            {
                "store_id": st.sampled_from(["a", "b", "ä"]),
                "category": st.none() | st.sampled_from(["", "x"]),
                "sales": st.none() | st.floats(-1e6, 1e6),
                "is_open": st.none() | st.booleans(),
                "degraded_inputs": st.lists(st.sampled_from(["weather", "social"]), max_size=2),
            }
        ),
        min_size=1,
        max_size=8,
        unique_by=lambda r: (r["store_id"], r["category"]),
    )

    @given(rows, st.randoms(use_true_random=False))
    @settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
    def test_row_order_and_chunks_do_not_matter(self, rows: list[dict[str, Any]], random: Any) -> None:
        whole = conform(SALES, sales(*rows), SALES.schema)
        shuffled = random.sample(rows, len(rows))
        pieces = conform(SALES, pa.concat_tables([sales(r) for r in shuffled]), SALES.schema)
        assert content_hash(SALES, whole) == content_hash(SALES, pieces)

    @given(rows, st.data())
    @settings(max_examples=60, deadline=None)
    def test_any_changed_value_changes_it(self, rows: list[dict[str, Any]], data: Any) -> None:
        i = data.draw(st.integers(0, len(rows) - 1))
        changed = [dict(r) for r in rows]
        column = data.draw(st.sampled_from(["sales", "is_open", "degraded_inputs"]))
        other = {"sales": (rows[i]["sales"] or 0.0) + 1, "is_open": None if rows[i]["is_open"] else True}
        changed[i][column] = other.get(column, [*rows[i]["degraded_inputs"], "price"])
        before, after = (content_hash(SALES, conform(SALES, sales(*r), SALES.schema)) for r in (rows, changed))
        assert before != after

    def test_what_was_observed_is_no_part_of_it(self) -> None:
        def digest(**values: Any) -> str:
            return content_hash(HEALTH, conform(HEALTH, table(HEALTH.name, values), HEALTH.schema))

        assert {"took_ms", "dead_letters"} == HEALTH.observed
        assert digest() == digest(took_ms=7) == digest(took_ms=8, dead_letters=9)
        others = [c for c in HEALTH.columns if c.type_name in ("int64", "double") and not c.observed]
        assert len({digest(), *(digest(**{c.name: 5}) for c in others)}) == 1 + len(others) == 6

    def test_zero_has_no_sign(self) -> None:
        plus, minus = (conform(SALES, sales({"sales": zero}), SALES.schema) for zero in (0.0, -0.0))
        assert content_hash(SALES, plus) == content_hash(SALES, minus)

    def test_what_differs_in_the_seventh_decimal_is_the_same(self) -> None:
        some, more = (conform(SALES, sales({"sales": v}), SALES.schema) for v in (1.0000001, 1.0000004))
        assert content_hash(SALES, some) == content_hash(SALES, more)
        assert some["sales"].to_pylist() == [1.0]

    def test_null_is_not_zero_and_not_empty_text(self) -> None:
        def digest(**values: Any) -> str:
            return content_hash(SALES, conform(SALES, sales(values), SALES.schema))

        assert len({digest(sales=None), digest(sales=0.0), digest(category=""), digest(category=None)}) == 4


def test_the_hash_of_what_is_read_is_the_hash_of_what_was_written() -> None:
    ds = dataset("MRDL")
    rows = [{"report_id": r, "affected_categories": c} for r, c in (("a", None), ("b", ["x"]), ("c", []))]
    written = table("MRDL", *rows)
    at = written.schema.get_field_index("affected_categories")
    as_items = pa.array([r["affected_categories"] for r in rows], pa.list_(pa.string()))
    written = conform(ds, written.set_column(at, "affected_categories", as_items), ds.file_schema)
    read = pq.read_table(pa.BufferReader(parquet_bytes(written)))
    assert content_hash(ds, read) == content_hash(ds, written)
