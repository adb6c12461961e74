"""The contracts: declared once, complete, and everything generated from them is up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from mrs.contracts import DATASETS, STORED, Dataset, dataset
from mrs.contracts.catalog import data_dictionary, glue_table
from mrs.errors import BadInputError

GOVERNANCE = {"run_id", "tick", "written_at", "is_degraded", "degraded_inputs"}
DOCS = Path(__file__).parents[2] / "docs"
SHORT = {"MRDL", "MRCL", "MRPAL", "MRCH", "MELOG", "MRFL"}


@pytest.mark.parametrize("ds", STORED, ids=lambda d: d.name)
def test_every_stored_dataset_carries_governance(ds: Dataset) -> None:
    assert set(ds.schema.names) >= GOVERNANCE


@pytest.mark.parametrize("ds", DATASETS.values(), ids=lambda d: d.name)
def test_keys_are_columns_and_everything_is_described(ds: Dataset) -> None:
    assert set(ds.key) | set(ds.newest_by) <= set(ds.schema.names) | {"tick"}
    assert ds.description.endswith(".")
    assert all(c.description.endswith((".", "`.")) for c in ds.columns)


@pytest.mark.parametrize("ds", STORED, ids=lambda d: d.name)
def test_glue_and_arrow_agree_on_the_columns(ds: Dataset) -> None:
    table = glue_table(ds, "s3://x/")
    assert [c["Name"] for c in table["StorageDescriptor"]["Columns"]] == ds.file_schema.names
    assert [c["Name"] for c in table["PartitionKeys"]] == ["run_id", "tick"]


def test_the_overviews_short_names_are_known() -> None:
    assert {d.short for d in STORED if d.short} == SHORT
    assert dataset("MRDL").name == "minority_reports_detected_log"


def test_an_unknown_name_says_which_are_known() -> None:
    with pytest.raises(BadInputError, match="no dataset 'sale'.*attribution_ready_sales"):
        dataset("sale")


@pytest.mark.parametrize("ds", [ds for ds in DATASETS.values() if ds.observed], ids=lambda d: d.name)
def test_what_is_observed_may_be_unknown_and_no_query_uses_it(ds: Dataset) -> None:
    assert all(c.nullable for c in ds.columns if c.observed)
    assert not ds.observed & {*ds.key, *ds.newest_by}
    for path in (DOCS.parent / "functions").rglob("*.sql"):
        assert not ds.observed & set(re.findall(r"\w+", path.read_text())), path


def test_the_data_dictionary_is_up_to_date() -> None:
    assert (DOCS / "data-dictionary.md").read_text() == data_dictionary(), "run `mrs docs`"
