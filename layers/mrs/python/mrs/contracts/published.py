"""The datasets that consumers rely on, as versioned schemas: within a major version, only new nullable columns come."""

from __future__ import annotations

from typing import Any

from mrs.contracts.dataset import Dataset
from mrs.contracts.hydrated import HYDRATED

SCHEMA_VERSION = "3.1"
"""Of the consumer datasets together. A new nullable column raises the second number; anything else the first."""
PUBLISHED: tuple[Dataset, ...] = HYDRATED


def schema_of(ds: Dataset) -> dict[str, Any]:
    """Return a dataset's schema for consumers: key, columns, types, nulls and meaning, as JSON holds it."""
    return {
        "dataset": ds.name,
        "version": SCHEMA_VERSION,
        "description": ds.description,
        "key": list(ds.key),
        "columns": [
            {"name": c.name, "type": c.type_name, "nullable": c.nullable, "description": c.description}
            for c in ds.columns
        ],
    }


def breaks(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """Return what in a new schema of the same major version breaks those who read by the old one; empty: nothing."""
    if old["version"].partition(".")[0] != new["version"].partition(".")[0]:
        return []
    now = {c["name"]: c for c in new["columns"]}
    faults = [f"the key changed from {old['key']} to {new['key']}"] if old["key"] != new["key"] else []
    for column in old["columns"]:
        found = now.pop(column["name"], None)
        if found is None:
            faults.append(f"column {column['name']} is gone")
        elif found["type"] != column["type"]:
            faults.append(f"column {column['name']} was {column['type']} and is {found['type']}")
        elif found["nullable"] and not column["nullable"]:
            faults.append(f"column {column['name']} may be null now")
    return faults + [f"the new column {name} may not be null" for name, c in now.items() if not c["nullable"]]
