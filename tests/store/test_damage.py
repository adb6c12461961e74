"""An object whose bytes have changed since they were written is named, and never read as other values."""

from __future__ import annotations

from typing import Any

import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends
from mrs.contracts import dataset
from mrs.environment import Environment
from mrs.errors import DamagedObjectError
from mrs.identity import schedule_time
from mrs.store.log_store import Write
from mrs.store.objects import BODY_METADATA

from tests.builders import TICK, table

SALES = dataset("sales_timeseries_data")


def written(aws: Environment) -> Any:
    """Append one object, and return it as moto holds it."""
    rows = table(SALES.name, *({"store_id": f"s{n}", "sales": 1.0 * n, "date": TICK} for n in range(200)))
    (found,) = aws.logs().append([Write(SALES, "r", TICK, schedule_time(TICK), rows)])
    return s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets[aws.log_bucket].keys[found.key]


def _forget_hashes(stored: Any) -> None:
    stored.metadata.pop(f"x-amz-meta-{BODY_METADATA}")
    stored.checksum_algorithm = None


@pytest.mark.parametrize("place", [0.01, 0.3, 0.6, 0.99])
def test_one_flipped_bit_is_found_wherever_it_lies(aws: Environment, place: float) -> None:
    stored = written(aws)
    body = bytearray(stored.value)
    stored.checksum_algorithm = None  # as after a restart: the local account keeps S3's own checksum in memory only
    body[int(place * len(body))] ^= 4
    stored.value = bytes(body)
    with pytest.raises(DamagedObjectError, match=rf"s3://.*{SALES.name}.*is damaged.*mrs rebuild"):
        aws.logs().read(SALES, "r")


def test_a_truncated_object_of_a_release_without_hashes_is_named_too(aws: Environment) -> None:
    stored = written(aws)
    _forget_hashes(stored)
    stored.value = stored.value[:-9]
    with pytest.raises(DamagedObjectError, match=SALES.name):
        aws.logs().read(SALES, "r")


def test_an_object_of_a_release_without_hashes_is_read(aws: Environment) -> None:
    _forget_hashes(written(aws))
    assert aws.logs().read(SALES, "r").num_rows == 200
