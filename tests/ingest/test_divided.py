"""What is divided by shard gives the same logs as the landing files themselves, and a shard fetches its own part."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import boto3
import pyarrow as pa
import pytest
from botocore.client import BaseClient
from mrs.environment import Environment
from mrs.errors import BadInputError, LandingError
from mrs.landing import divided
from mrs.landing.landed_files import landed_objects
from mrs.stage import TickEvent, run_stage
from mrs.store.objects import ObjectStore

from functions.ingest import handler
from functions.ingest.divide_landing import divide_landing
from functions.ingest.feeds import STAGE as FEEDS
from functions.ingest.ingest_landing import STAGE
from tests.cases.excel import workbook
from tests.ingest.landings import STORES, as_csv, day, files, folder, parquet, sales
from tests.ingest.test_ingest_stage import land, untidy

TICKS = ((f"{day(5)}", f"{day(7)}"), (f"{day(8)}", f"{day(8)}"))


def wide() -> dict[str, bytes]:
    rows = [{"shop": s} | {f"{day(d)}": "" if (s, d) == ("b", 3) else f"{100 + d}" for d in range(10)} for s in STORES]
    toml = b'[unified_sales_data]\nwide = true\ncolumns = {store_id = "shop"}\n'
    return {"unified_sales_data.csv": as_csv(rows), "landing.toml": toml}


def mapped() -> dict[str, bytes]:
    lines = ["Bericht", "Filiale;Datum;Umsatz"]
    lines += [f"{r['store_id']};{r['date']:%d.%m.%Y};{r['sales']:.0f},5" for r in sales()]
    lines += ["a;01.03.2024;viel", "b;zu;viele;Felder", "wenige", ";02.03.2024;3"]
    toml = (
        b'[unified_sales_data]\nseparator = ";"\ndecimal = ","\nskip_lines = 1\ndate_format = "%d.%m.%Y"\n'
        b'files = "verkauf/*.csv"\ncolumns = {store_id = "Filiale", date = "Datum", sales = "Umsatz"}\n'
    )
    return {"verkauf/tag 1.csv": "\n".join(lines).encode(), "landing.toml": toml, "liesmich.md": b"nothing"}


def excel() -> dict[str, bytes]:
    rows = sales()
    return {"unified_sales_data.xlsx": workbook([list(rows[0]), *(list(r.values()) for r in rows)])}


def by_day() -> dict[str, bytes]:
    whole = folder()
    of_days = {
        d: [{k: v for k, v in r.items() if k != "date"} for r in sales() if r["date"] == day(d)] for d in range(10)
    }
    of_days[4].append({"store_id": None, "sales": 1.0, "price": None, "is_open": True})
    del whole["unified_sales_data"]
    found = {f"unified_sales_data/date={day(d)}/part.parquet": parquet(rows) for d, rows in of_days.items()}
    strange = pa.table({"store_id": pa.array([1.0, 2.5]), "date": [f"{day(1)}"] * 2, "availability": ["0.5", "x"]})
    return files(whole) | found | {"inventory.parquet": parquet(strange)}


LANDINGS = {
    "parquet": lambda: untidy("parquet"),
    "csv": lambda: untidy("csv"),
    "wide": wide,
    "mapped": mapped,
    "excel": excel,
    "by day": by_day,
}


@pytest.fixture(autouse=True)
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(divided, "BYTES_A_GROUP", 3000)
    monkeypatch.setattr(divided, "ROWS_AT_ONCE", 7)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[str, int]]]:
    """What is fetched of which object, in bytes."""
    found: list[tuple[str, int]] = []
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def counted(client: Any, operation: str, asked: Any) -> Any:
        answer = call(client, operation, asked)
        if operation == "GetObject":
            found.append((f"{asked['Bucket']}/{asked['Key']}", answer["ContentLength"]))
        return answer

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    yield found


def objects(prefix: str) -> dict[str, str]:
    """Return the run's log objects, and the hashes of their contents."""
    s3 = boto3.client("s3")
    listed = s3.list_objects_v2(Bucket="mrs-logs", Prefix="logs/").get("Contents", [])
    keys = [item["Key"] for item in listed if f"run_id={prefix}/" in item["Key"]]
    return {key.replace(prefix, "r"): item for key in keys for item in [_plain(s3, key)]}


def _plain(s3: Any, key: str) -> str:
    import pyarrow.parquet as pq

    table = pq.read_table(io.BytesIO(s3.get_object(Bucket="mrs-logs", Key=key)["Body"].read()))
    return str(table.drop_columns([c for c in ("run_id", "took_ms") if c in table.column_names]).to_pydict())


def divided_all(aws: Environment, event: Mapping[str, Any]) -> list[str | None]:
    groups = divided.groups_of(landed_objects(aws.landing(), "drop/"))
    return [divide_landing(aws, TickEvent.parse({**event, "group": n})) for n in range(len(groups))]


@pytest.mark.parametrize("shards", [1, 2, 4])
@pytest.mark.parametrize("form", LANDINGS)
def test_the_logs_are_the_same_with_and_without(
    aws: Environment, fetched: list[tuple[str, int]], form: str, shards: int
) -> None:
    landing = LANDINGS[form]()
    land(landing)
    for run in ("plain", "divided"):
        for first, last in TICKS:
            event = {"run_id": run, "first_tick": first, "last_tick": last, "landing": "drop/", "shards": shards}
            if run == "divided":
                made = divided_all(aws, event)
                assert len(made) == len(set(made)) > 0
            for shard in range(shards):
                fetched.clear()
                run_stage(STAGE, event | {"shard": shard}, aws)
                of_landing = {key for key, _ in fetched if key.startswith("mrs-landing/")}
                whole = run == "plain" or shards == 1
                named = {f"mrs-landing/drop/{name}" for name in landing if name != "liesmich.md"}
                assert of_landing == (named if whole else named & {"mrs-landing/drop/landing.toml"})
            run_stage(FEEDS, event, aws)
    plain, cut = objects("plain"), objects("divided")
    assert len(plain) > 5
    assert {k: v for k, v in plain.items() if cut.get(k) != v} == {}
    assert plain.keys() == cut.keys()


def test_a_shard_fetches_little_more_than_its_own_rows(aws: Environment, fetched: list[tuple[str, int]]) -> None:
    stores = [f"S{n}" for n in range(400)]
    land({"unified_sales_data.parquet": parquet(sales(days=20, stores=stores))})
    event = {"run_id": "r", "first_tick": f"{day(19)}", "last_tick": f"{day(19)}", "landing": "drop/", "shards": 8}
    (key,) = divided_all(aws, event)
    size = boto3.client("s3").head_object(Bucket="mrs-results", Key=key)["ContentLength"]
    for shard in range(8):
        fetched.clear()
        run_stage(STAGE, event | {"shard": shard}, aws)
        got = [(name, count) for name, count in fetched if not name.startswith("mrs-logs/")]
        assert Counter(name for name, _ in got) == {f"mrs-results/{key}": 2}
        assert sum(count for _, count in got) < 1.5 * size / 8


def test_dividing_again_makes_nothing(aws: Environment, fetched: list[tuple[str, int]]) -> None:
    land(untidy("csv"))
    event = {"run_id": "r", "first_tick": f"{day(5)}", "last_tick": f"{day(7)}", "landing": "drop/", "shards": 4}
    made = divided_all(aws, event)
    fetched.clear()
    assert divided_all(aws, event | {"run_id": "another"}) == made
    assert not fetched
    assert not set(divided_all(aws, event | {"shards": 2})) & set(made)


@pytest.mark.parametrize("spoil", ["deleted", "damaged", "cut short"])
def test_what_is_not_there_or_not_whole_is_read_from_the_landing(aws: Environment, spoil: str) -> None:
    land(untidy("csv"))
    event = {"first_tick": f"{day(5)}", "last_tick": f"{day(7)}", "landing": "drop/", "shards": 2}
    s3 = boto3.client("s3")
    for run in ("plain", "divided"):
        for key in divided_all(aws, event | {"run_id": run}) if run == "divided" else ():
            body = bytearray(s3.get_object(Bucket="mrs-results", Key=key)["Body"].read())
            body[-20:] = bytes(20)
            body[20] ^= 1
            s3.delete_object(Bucket="mrs-results", Key=key)
            if spoil != "deleted":
                s3.put_object(Bucket="mrs-results", Key=key, Body=bytes(body[: 30 if spoil == "cut short" else None]))
        for shard in range(2):
            run_stage(STAGE, event | {"run_id": run, "shard": shard}, aws)
    assert objects("plain") == objects("divided") != {}


@pytest.mark.parametrize(
    ("bad", "body"),
    [
        ("weather.parquet", b"PAR1 and no more"),
        ("weather.csv", b"date,region\n\xff"),
        ("inventory.csv", b"store,date,availability\na,2024-03-01,1\n"),
        ("unified_sales_data.csv", b""),
    ],
)
def test_a_file_that_cannot_be_read_gives_the_same_error(aws: Environment, bad: str, body: bytes) -> None:
    landing = {name: content for name, content in untidy("csv").items() if name != bad}
    land(landing | {bad: body})
    event = {"run_id": "r", "first_tick": f"{day(5)}", "last_tick": f"{day(7)}", "landing": "drop/", "shards": 2}
    errors = []
    for _ in range(2):
        with pytest.raises(LandingError) as error:
            run_stage(STAGE, event | {"shard": 1}, aws)
        errors.append(str(error.value))
        divided_all(aws, event)
    assert bad in errors[0]
    assert errors[0] == errors[1]


def test_plan_counts_the_groups_of_several_shards_only(aws: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("LOG_BUCKET", aws.log_bucket),
        ("LANDING_BUCKET", aws.landing_bucket),
        ("GLUE_DATABASE", "mrs"),
    ):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RESULTS_BUCKET", aws.results_bucket)
    land(files())
    event = {"run_id": "r", "first_tick": f"{day(5)}", "landing": "drop/"}
    assert handler.plan(event | {"shards": 1}, None)["group_list"] == []
    planned = handler.plan(event | {"shards": 2}, None)
    assert len(planned["group_list"]) > 1
    told = [handler.divide(planned | {"group": group}, None) for group in planned["group_list"]]
    assert [t["divided"] for t in told] == divided_all(aws, planned)
    assert handler.divide(planned | {"group": len(told)}, None)["divided"] is None
    with pytest.raises(BadInputError, match="group"):
        handler.divide(planned | {"group": "x"}, None)


def test_groups_are_cut_by_size_and_hold_every_file_once(aws: Environment) -> None:
    land({f"unified_sales_data/{d}.parquet": bytes(size) for d, size in enumerate((1000, 1500, 1000, 9000, 10, 3000))})
    groups = divided.groups_of(landed_objects(aws.landing(), "drop/"))
    assert [[name[-9:-8] for name in group] for group in groups] == [["0", "1"], ["2"], ["3"], ["4"], ["5"]]


def test_what_s3_refuses_to_a_reader_of_some_prefixes_is_not_there(aws: Environment) -> None:
    s3 = boto3.client("s3")

    def refuse(**_: Any) -> None:
        raise s3.exceptions.ClientError({"Error": {"Code": "AccessDenied"}}, "GetObject")

    refusing = SimpleNamespace(get_object=refuse, exceptions=s3.exceptions)
    assert ObjectStore(aws.results_bucket, cast("Any", refusing)).get_range("divided/x.arrow", 0, 48) is None
