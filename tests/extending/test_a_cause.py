"""Every step of "A cause" in docs/extending.md: a cause that lacks one is named here."""

from __future__ import annotations

import json
import re
from inspect import getsource
from pathlib import Path

import pytest
from mrs.attribution import evidence, features
from mrs.attribution.evidence_model import artifact
from mrs.attribution.signal_specs import CAUSES, FREE_CAUSES, SIGNAL_CAUSES
from mrs.contracts import Cause
from mrs.hydration import attribution_ready_sales

from cli.simulate.causes import CAUSES as SIMULATED

ROOT = Path(__file__).resolve().parents[2]
EITHER_WAY = {Cause.VIRAL, Cause.WEATHER, Cause.LOCAL_EVENT, Cause.PRICE_CHANGE}
"""Causes with a signal that can raise sales and lower them."""


@pytest.mark.parametrize("cause", Cause)
def test_it_has_a_signal_or_is_declared_to_need_none(cause: Cause) -> None:
    assert (cause in SIGNAL_CAUSES) != (cause in FREE_CAUSES)


@pytest.mark.parametrize("cause", SIGNAL_CAUSES)
def test_it_has_a_direction_or_is_declared_to_go_either_way(cause: Cause) -> None:
    assert (cause in features._SIGN) != (cause in EITHER_WAY)


@pytest.mark.parametrize("cause", sorted(set(FREE_CAUSES) - {Cause.UNKNOWN}))
def test_a_cause_without_a_signal_has_a_sentence_of_its_own(cause: Cause) -> None:
    assert f"Cause.{cause.name}" in getsource(evidence)


@pytest.mark.parametrize("cause", Cause)
def test_the_page_has_words_for_it(cause: Cause) -> None:
    words = (ROOT / "ui" / "src" / "lib" / "words.ts").read_text()
    assert re.search(rf'^\s*"?{cause}"?: "\w', words, re.MULTILINE)


@pytest.mark.parametrize("cause", Cause)
def test_the_simulator_can_plant_it(cause: Cause) -> None:
    assert cause in SIMULATED


def test_the_shipped_parameters_were_trained_for_these_causes() -> None:
    assert tuple(artifact("default")["causes"]) == CAUSES


def test_the_query_and_the_formula_agree_on_sales_that_teach_nothing() -> None:
    sql = (ROOT / "functions" / "hydrate" / "sql" / "attribution_ready_sales.sql").read_text()
    (listed,) = re.findall(r"cause IN \(([^)]*)\)", sql)
    named = set(re.findall(r"'(\w+)'", listed))
    assert named == set(attribution_ready_sales._UNFIT) <= set(Cause)


def test_the_api_document_lists_all_causes() -> None:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text())
    assert document["components"]["schemas"]["Cause"]["enum"] == list(Cause)
