"""Every step of "A landing feed" in docs/extending.md: a feed that lacks one is named here."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mrs.attribution.signal_specs import CONTEXT_FEEDS, SPECS
from mrs.contracts.landing import LANDING
from mrs.landing.context_signals import SIGNALS
from mrs.landing.rules import BOUNDS
from mrs.stage.feed_state import DAILY_FEEDS

from cli.simulate import simulate_world
from functions.attribute.propose_cause_for_minority import STAGE as ATTRIBUTE

FEEDS = {ds.name: ds for ds in LANDING}
WITH_LOGS_OF_THEIR_OWN = {"unified_sales_data", "stores", "promotions", "calendar"}
WORDS = Path(__file__).resolve().parents[2] / "ui" / "src" / "lib" / "words.ts"


@pytest.mark.parametrize("feed", FEEDS)
def test_it_has_a_key_and_a_rule_for_its_values(feed: str) -> None:
    assert FEEDS[feed].key
    assert feed in BOUNDS
    assert set(BOUNDS[feed]) <= {c.name for c in FEEDS[feed].columns}


@pytest.mark.parametrize("feed", FEEDS)
def test_its_values_reach_a_log(feed: str) -> None:
    assert (feed in SIGNALS) != (feed in WITH_LOGS_OF_THEIR_OWN)
    assert set(SIGNALS.get(feed, ())) <= {c.name for c in FEEDS[feed].columns}


@pytest.mark.parametrize("feed", SIGNALS)
def test_old_data_counts_as_absent(feed: str) -> None:
    assert feed in DAILY_FEEDS


@pytest.mark.parametrize("feed", sorted(set(FEEDS) - {"unified_sales_data"}))
def test_its_absence_degrades_what_attribution_writes(feed: str) -> None:
    assert feed in ATTRIBUTE.feeds
    assert feed in CONTEXT_FEEDS or feed == "stores"


def test_every_signal_that_explains_something_is_ingested() -> None:
    ingested = {(feed, signal) for feed, signals in SIGNALS.items() for signal in signals.values()}
    assert {(s.feed, s.name) for s in SPECS if s.feed in SIGNALS} <= ingested
    assert {s.feed for s in SPECS} >= set(SIGNALS)


@pytest.mark.parametrize("signal", sorted({n for signals in SIGNALS.values() for n in signals.values()}))
def test_the_page_has_words_for_its_signals(signal: str) -> None:
    assert re.search(rf'^\s*"?{signal}"?: "\w', WORDS.read_text(), re.MULTILINE)


def test_simulated_worlds_have_it() -> None:
    assert set(simulate_world(4, 60, 1, events=0).landing) == set(FEEDS)
