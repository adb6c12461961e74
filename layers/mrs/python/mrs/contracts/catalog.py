"""Every dataset by name, and what is generated from the declarations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mrs.contracts.dataset import PARTITION_KEYS, Dataset, Kind
from mrs.contracts.hydrated import HYDRATED
from mrs.contracts.landing import LANDING
from mrs.contracts.logs_ingest import INGEST_LOGS
from mrs.contracts.logs_models import MODEL_LOGS
from mrs.contracts.logs_people import PEOPLE_LOGS
from mrs.errors import BadInputError

LOGS: tuple[Dataset, ...] = (*INGEST_LOGS, *MODEL_LOGS, *PEOPLE_LOGS)
DATASETS: Mapping[str, Dataset] = MappingProxyType({d.name: d for d in (*LANDING, *LOGS, *HYDRATED)})
KEY_TYPE = "string"
STORED: tuple[Dataset, ...] = tuple(d for d in DATASETS.values() if d.kind is not Kind.LANDING)


def dataset(name: str) -> Dataset:
    """Return the dataset called `name`, by its full or its short name.

    Raises
    ------
    BadInputError
        If there is none.
    """
    found = DATASETS.get(name) or next((d for d in DATASETS.values() if d.short == name), None)
    if found is None:
        raise BadInputError(f"there is no dataset {name!r}; known are {', '.join(sorted(DATASETS))}")
    return found


def glue_table(ds: Dataset, location: str) -> dict[str, Any]:
    """Return the Glue `TableInput` of a stored dataset whose files lie under `location` (`s3://…/`).

    Partition keys are text, `tick` too (`2024-01-31`, which sorts as its date does): Athena leaves only text for Glue
    to compare, and lists every partition of a key of another type.
    """
    return {
        "Name": ds.name,
        "Description": ds.description[:2048],
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
        "PartitionKeys": [{"Name": k, "Type": KEY_TYPE} for k in PARTITION_KEYS],
        "StorageDescriptor": {
            "Location": location,
            "Columns": [
                {"Name": c.name, "Type": c.glue_type, "Comment": c.description[:255]}
                for c in ds.columns
                if c.name not in PARTITION_KEYS
            ],
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {
                "SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
                "Parameters": {"serialization.format": "1"},
            },
        },
    }


def data_dictionary() -> str:
    """Return docs/data-dictionary.md: every dataset with its columns, types, nulls and meaning."""
    lines = [
        "# Data dictionary",
        "",
        "Generated from the contracts by `mrs docs`; a test fails on drift.",
        "",
    ]
    titles = {Kind.LANDING: "Input: the landing datasets", Kind.LOG: "Logs", Kind.HYDRATED: "Hydrated datasets"}
    for kind, title in titles.items():
        lines += [f"## {title}", ""]
        for ds in (d for d in DATASETS.values() if d.kind is kind):
            lines += _dictionary_entry(ds)
    return "\n".join(lines).rstrip() + "\n"


def _dictionary_entry(ds: Dataset) -> list[str]:
    short = f" ({ds.short})" if ds.short else ""
    lines = [f"### `{ds.name}`{short}", "", ds.description, "", f"Key: {', '.join(f'`{k}`' for k in ds.key)}."]
    if ds.kind is not Kind.LANDING:
        lines[-1] += " " + (
            "The newest write of a tick replaces the older ones."
            if ds.is_snapshot
            else f"The newest `written_at` per {', '.join(f'`{k}`' for k in ds.newest_by)} is in force."
        )
    lines += ["", "| column | type | null | meaning |", "|---|---|---|---|"]
    lines += [
        f"| `{c.name}` | {c.type_name} | {'yes' if c.nullable else 'no'} | {'Observed: ' * c.observed}{c.description} |"
        for c in ds.columns
    ]
    return [*lines, ""]
