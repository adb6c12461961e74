"""Identity: the formulas of the contract, stable and unambiguous."""

from __future__ import annotations

import hashlib
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st
from mrs.identity import (
    cluster_id,
    instant,
    report_group_id,
    report_id,
    row_id,
    schedule_time,
    shard_of,
    smallest_hashes,
)

STORES = st.text(min_size=1, max_size=12)
DAYS = st.dates(date(1000, 1, 1))


def test_report_id_is_the_contracts_formula() -> None:
    expected = hashlib.sha256(b"2622015-06-10T00:00:00Z").hexdigest()
    assert report_id("262", date(2015, 6, 10)) == expected


def test_report_group_id_is_made_of_the_founding_report() -> None:
    founder = report_id("262", date(2015, 6, 10))
    expected = hashlib.sha256((founder + "2015-06-10T00:00:00Z").encode()).hexdigest()
    assert report_group_id(founder, date(2015, 6, 10)) == expected


@given(STORES, DAYS, STORES, DAYS)
def test_two_reports_share_an_id_only_if_they_are_the_same(a: str, da: date, b: str, db: date) -> None:
    assert (report_id(a, da) == report_id(b, db)) == ((a, da) == (b, db))


@given(DAYS)
def test_an_instant_has_twenty_characters(day: date) -> None:
    assert len(instant(day)) == 20


@given(st.lists(STORES, min_size=1, unique=True), st.randoms(use_true_random=False))
def test_a_cluster_is_its_members_in_any_order(members: list[str], random: object) -> None:
    shuffled = random.sample(members, len(members))  # type: ignore[attr-defined]
    assert cluster_id("r", date(2024, 1, 1), members) == cluster_id("r", date(2024, 1, 1), shuffled)
    assert cluster_id("r", date(2024, 1, 1), members) != cluster_id("s", date(2024, 1, 1), members)


@given(STORES, st.integers(1, 50))
def test_every_store_has_one_shard(store: str, shards: int) -> None:
    assert 0 <= shard_of(store, shards) < shards
    assert shard_of(store, 1) == 0


def test_shards_are_stable_across_releases() -> None:
    assert [shard_of(s, 7) for s in ("1", "2", "store-3")] == [2, 5, 5]


def test_a_sample_of_a_chain_is_the_same_in_any_order() -> None:
    chain = [f"store-{n}" for n in range(9)]
    sample = smallest_hashes(chain, 3)
    assert sample == smallest_hashes(reversed(chain), 3) == smallest_hashes(sample, 3)
    others = set(chain) - set(sample)
    assert max(shard_of(s, 99) for s in sample) <= min(shard_of(s, 99) for s in others)


def test_row_ids_keep_their_parts_apart() -> None:
    assert row_id("ab", "c") != row_id("a", "bc")


def test_a_tick_is_written_at_six_on_the_next_morning() -> None:
    assert schedule_time(date(2024, 12, 31)) == datetime(2025, 1, 1, 6)
