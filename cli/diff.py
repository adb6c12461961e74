"""Where two tables of one dataset differ, in words that lead to the row and the column."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pyarrow as pa
from mrs.contracts import Dataset

SHOWN = 40


def differences(ds: Dataset, was: pa.Table, now: pa.Table) -> str:
    """Return in a line how many rows differ, and where the first of them does."""
    own = [c for c in ds.file_schema.names if c in was.column_names or c in now.column_names]
    left, right = _by_key(ds, was), _by_key(ds, now)
    gone, new = sorted(left.keys() - right.keys()), sorted(right.keys() - left.keys())
    columns: Counter[str] = Counter()
    first = ""
    changed = 0
    for key in sorted(left.keys() & right.keys()):
        found = [c for c in own if left[key].get(c) != right[key].get(c)]
        changed += bool(found)
        columns.update(found)
        if found and not first:
            c = found[0]
            first = f"{_named(ds, key)}: {c} was {_short(left[key].get(c))}, is {_short(right[key].get(c))}"
    parts = [f"{len(gone)} rows gone" if gone else "", f"{len(new)} rows new" if new else ""]
    parts.append(f"{changed} rows with other {', '.join(c for c, _ in columns.most_common(4))}" if changed else "")
    where = first or (_named(ds, (gone or new)[0]) if gone or new else "the order of rows, or the type of a column")
    return f"{'; '.join(p for p in parts if p) or 'same rows'} ({where})"


def _by_key(ds: Dataset, table: pa.Table) -> dict[tuple[str, ...], dict[str, Any]]:
    keys = [k for k in ds.key if k in table.column_names]
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for n, row in enumerate(table.to_pylist()):
        key = tuple(str(row[k]) for k in keys)
        found[key if key not in found else (*key, f"again, in row {n}")] = row
    return found


def _named(ds: Dataset, key: tuple[str, ...]) -> str:
    names = [k for k in ds.key if k not in ("run_id", "tick")]
    return ", ".join(f"{n} {_short(v)}" for n, v in zip(names, key, strict=False)) or "its only row"


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
