"""The types that our tables have: Glue's names for them, Arrow's, and what a Parquet file may hold for each."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from local.athena.errors import AthenaError

_LIST = pa.list_(pa.field("element", pa.string()))
ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("ms"),
    "array<string>": _LIST,
}
"""Arrow type of a column by its Glue type."""

_READABLE: dict[str, tuple[str, ...]] = {
    "string": ("string", "large_string", "dictionary"),
    "bigint": ("int64", "int32", "int16", "int8"),
    "int": ("int32", "int16", "int8"),
    "double": ("double", "float"),
    "boolean": ("bool",),
    "date": ("date32",),
    "timestamp": ("timestamp",),
    "array<string>": ("list<",),
}

_TEXT = 2147483647
_COLUMN_INFO: tuple[tuple[Any, str, int], ...] = (
    (pa.types.is_string, "varchar", _TEXT),
    (pa.types.is_int64, "bigint", 19),
    (pa.types.is_int32, "integer", 10),
    (pa.types.is_float64, "double", 17),
    (pa.types.is_boolean, "boolean", 0),
    (pa.types.is_date32, "date", 0),
    (pa.types.is_timestamp, "timestamp", 3),
    (pa.types.is_list, "array", 0),
)


def arrow_type(glue_type: str) -> pa.DataType:
    """Return the Arrow type of a Glue type.

    Raises
    ------
    AthenaError
        If no table of ours has such a column.
    """
    found = ARROW.get(glue_type.replace(" ", "").lower())
    if found is None:
        raise AthenaError(f"NOT_SUPPORTED (local engine): column type {glue_type}")
    return found


def is_readable(glue_type: str, stored: pa.DataType) -> bool:
    """Whether Athena reads a Parquet column of type `stored` as `glue_type`; where not, it fails with HIVE_BAD_DATA."""
    return str(stored).startswith(_READABLE[glue_type.replace(" ", "").lower()])


def as_result(table: pa.Table) -> pa.Table:
    """Return a result of DuckDB with Trino's types: `sum(bigint)` is a bigint, timestamps have milliseconds.

    Raises
    ------
    AthenaError
        For a column whose type no query of ours has.
    """
    fields = []
    for field in table.schema:
        kind = field.type
        if pa.types.is_timestamp(kind):
            kind = pa.timestamp("ms")
        elif pa.types.is_decimal(kind) and kind.scale == 0:
            kind = pa.int64()
        elif pa.types.is_null(kind):
            raise AthenaError(f"SYNTAX_ERROR: line 1:8: Column type is unknown: {field.name}")
        elif pa.types.is_list(kind):
            kind = pa.list_(pa.field("element", kind.value_type))
        fields.append(pa.field(field.name, kind))
    return table.cast(pa.schema(fields))


def column_info(field: pa.Field) -> dict[str, Any]:
    """Return the `ColumnInfo` that Athena's API gives for a result column."""
    name, precision = next(((n, p) for is_kind, n, p in _COLUMN_INFO if is_kind(field.type)), ("varchar", _TEXT))
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": field.name,
        "Label": field.name,
        "Type": name,
        "Precision": precision,
        "Scale": 0,
        "Nullable": "UNKNOWN",
        "CaseSensitive": name == "varchar",
    }
