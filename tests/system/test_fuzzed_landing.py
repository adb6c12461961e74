"""Whatever lands under a dataset's name: it is read, set aside with a reason, or refused in one clear line."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from mrs.errors import BadInputError, LandingError

from tests.ingest.landings import MemoryRun, day, files, folder, parquet

DATASETS = sorted(folder())
LONGEST_LINE = 700

BOUNDED = settings(
    max_examples=6, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
TICK = day(9)

text = st.text(max_size=12) | st.sampled_from(
    ["", " ", "\x00", "\ufeff", "=1+1", "1,5", "1.234,5", "٣", "NaN", "inf", "-0", "1e999", "9" * 400, "2024-02-30",
     "0001-01-01", "99999-01-01", "true", "NULL", "\r\n", '"', "a\u202eb", "\ud7ff"]
)  # fmt: skip
number = st.sampled_from([float("nan"), float("inf"), float("-inf"), -0.0, 1e308, -1e308, 5e-324, 0.1]) | st.floats()
columns: list[st.SearchStrategy[Any]] = [
    st.lists(text, min_size=1, max_size=4).map(lambda v: pa.array(v, pa.string())),
    st.lists(number, min_size=1, max_size=4).map(lambda v: pa.array(v, pa.float64())),
    st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4).map(lambda v: pa.array(v, pa.int64())),
    st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4).map(lambda v: pa.array(v, pa.uint64())),
    st.lists(st.booleans(), min_size=1, max_size=4).map(pa.array),
    st.lists(st.binary(max_size=5), min_size=1, max_size=4).map(lambda v: pa.array(v, pa.binary())),
    st.lists(st.dates(), min_size=1, max_size=4).map(lambda v: pa.array(v, pa.date32())),
    st.lists(st.datetimes(), min_size=1, max_size=4).map(lambda v: pa.array(v, pa.timestamp("us"))),
    st.lists(st.decimals(allow_nan=False, places=3, min_value=-(10**30), max_value=10**30), min_size=1, max_size=4).map(
        lambda v: pa.array(v, pa.decimal128(38, 3))
    ),
    st.lists(st.lists(text, max_size=2), min_size=1, max_size=4).map(lambda v: pa.array(v, pa.list_(pa.string()))),
    st.lists(st.fixed_dictionaries({"a": text}), min_size=1, max_size=4).map(
        lambda v: pa.array(v, pa.struct([("a", pa.string())]))
    ),
    st.integers(1, 4).map(pa.nulls),
]


def lands(name: str, **named: bytes) -> None:
    """Let files land in place of a dataset's own; what is wrong with them must be said in one line."""
    landing = {path: body for path, body in files().items() if not path.startswith(name)} | named
    try:
        out = MemoryRun().ingest(landing, TICK)
    except (LandingError, BadInputError) as error:
        said = str(error)
        assert said.strip() and "Traceback" not in said
        assert all(line.isprintable() and len(line) < LONGEST_LINE for line in said.split("\n")), said
        return
    assert "unified_sales_data" in {r["feed"] for r in out["landing_feeds_log"].to_pylist()}


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx", "csv.gz"])
@BOUNDED
@given(body=st.binary(max_size=300))
@example(body=b"")
@example(body=b"\xef\xbb\xbf")
@example(body=b"PAR1PAR1")
@example(body=b"PK\x03\x04")
@example(body=b"\x1f\x8b\x08\x00")
@example(body=b"\n\n\n")
@example(body=b"date,date\n")
@example(body=b"store_id,date,sales\n")
@example(body=b"store_id,date,sales\n\x00,\x00,\x00\n")
@example(body=b'store_id,date,sales\n"a')
@example(body="store_id,date,sales\nа,2024-03-01,1".encode("utf-16"))
def test_any_bytes(name: str, ending: str, body: bytes) -> None:
    lands(name, **{f"{name}.{ending}": body})


@pytest.mark.parametrize("name", DATASETS)
@BOUNDED
@given(data=st.data())
def test_any_types(name: str, data: st.DataObject) -> None:
    """One or two columns of a good table hold something else."""
    good = pa.Table.from_pylist(folder()[name])
    wrong = data.draw(st.lists(st.sampled_from(good.column_names), min_size=1, max_size=2, unique=True))
    for column in wrong:
        values = data.draw(st.one_of(columns))
        repeated = values.take(pa.array([i % len(values) for i in range(good.num_rows)]))
        good = good.set_column(good.schema.get_field_index(column), column, repeated)
    lands(name, **{f"{name}.parquet": parquet(good)})


@pytest.mark.parametrize("name", DATASETS)
@BOUNDED
@given(data=st.data())
def test_any_cells(name: str, data: st.DataObject) -> None:
    """Some cells of a good CSV file hold any text, its header may repeat or name anything."""
    rows = folder()[name]
    header = list(rows[0])
    cells = [[("" if row[c] is None else str(row[c])) for c in header] for row in rows]
    for _ in range(data.draw(st.integers(1, 3))):
        cells[data.draw(st.integers(0, len(cells) - 1))][data.draw(st.integers(0, len(header) - 1))] = data.draw(text)
    if data.draw(st.booleans()):
        header[data.draw(st.integers(0, len(header) - 1))] = data.draw(st.sampled_from(header) | text)
    out = io.StringIO()
    csv.writer(out).writerows([header, *cells])
    lands(name, **{f"{name}.csv": out.getvalue().encode(errors="surrogatepass")})


@pytest.mark.parametrize("name", DATASETS)
def test_awkward_folders(name: str) -> None:
    body = files()[f"{name}.parquet"]
    lands(name, **{"/".join([name, *("d" * 20,) * 40, "f.parquet"]): body})
    lands(name, **{f"{name}/a.parquet": body, f"{name}/b.csv": b"", f"{name}/.hidden": b"x", f"{name}/_SUCCESS": b""})
    rows = pa.Table.from_pylist(folder()[name])
    lands(name, **{f"{name}.parquet": parquet(rows.slice(0, 0))})
    lands(name, **{f"{name}.parquet": parquet(pa.table({}))})
    lands(
        name,
        **{
            f"{name}.parquet": parquet(
                pa.table([*rows.columns, rows.column(0)], [*rows.column_names, rows.column_names[0]])
            )
        },
    )
    lands(name, **{f"{name}.csv": (",".join(rows.column_names) + "\n").encode()})
    lands(name, **{f"{name}.csv": b"x" * 200_000})
    lands(name, **{f"{name}.csv": b"x," * 20_000 + b"\n" + b"1," * 20_000 + b"\n"})


@BOUNDED
@given(body=st.binary(max_size=80) | st.text(max_size=80).map(str.encode))
@example(body=b"[unified_sales_data]\nseparator = 5\n")
@example(body=b"[nothing]\n")
@example(body=b"a = " + b"[" * 3000)
@example(body=b'[unified_sales_data]\nthousands = "' + b"9" * 5000 + b'"')
def test_any_mapping(body: bytes) -> None:
    lands("landing", **{"landing.toml": body})


def test_dates_at_the_ends_of_time_are_set_aside() -> None:
    rows = [
        {**folder()["unified_sales_data"][0], "date": d} for d in (date.min, date.max, date(1, 1, 2), date(9999, 1, 1))
    ]
    for kind in (
        date,
        lambda d: datetime(d.year, d.month, d.day),
        lambda d: datetime(d.year, d.month, d.day, tzinfo=UTC),
    ):
        made = [r if kind is date else {**r, "date": kind(r["date"])} for r in rows]
        good = [r if kind is date else {**r, "date": kind(r["date"])} for r in folder()["unified_sales_data"]]
        try:
            body = parquet(pa.Table.from_pylist([*good, *made]))
        except (pa.ArrowException, OverflowError):
            continue
        lands("unified_sales_data", **{"unified_sales_data.parquet": body})
