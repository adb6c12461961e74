"""How a typed row model becomes columns: one mapping for Arrow, Glue and the data dictionary."""

from __future__ import annotations

import types
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mrs.contracts.governance import OBSERVED, Governed

_TYPES: dict[Any, tuple[str, pa.DataType, str]] = {
    str: ("string", pa.string(), "string"),
    float: ("double", pa.float64(), "double"),
    int: ("int64", pa.int64(), "bigint"),
    bool: ("bool", pa.bool_(), "boolean"),
    date: ("date", pa.date32(), "date"),
    datetime: ("timestamp", pa.timestamp("ms"), "timestamp"),
    list[str]: ("list<string>", pa.list_(pa.field("element", pa.string())), "array<string>"),
}


@dataclass(frozen=True)
class Column:
    """One column of a dataset.

    Parameters
    ----------
    name, description
        As in the contract.
    type_name, arrow_type, glue_type
        The same type in the contract's words, in Arrow and in Glue.
    nullable
        Whether null ("not known") is allowed.
    observed
        Whether it says what was observed while the row was made, so that making the row again gives another value.
    """

    name: str
    description: str
    type_name: str
    arrow_type: pa.DataType
    glue_type: str
    nullable: bool
    observed: bool = False


def columns_of(row: type[BaseModel]) -> tuple[Column, ...]:
    """Return the columns that a row model declares: those of the governance models last."""
    governed = [name for name in Governed.model_fields if name in row.model_fields]
    names = [name for name in row.model_fields if name not in governed] + governed
    return tuple(_column(name, row.model_fields[name]) for name in names)


def _column(name: str, field: FieldInfo) -> Column:
    nullable, annotation = False, field.annotation
    if get_origin(annotation) in (Union, types.UnionType):
        alternatives = [a for a in get_args(annotation) if a is not type(None)]
        nullable, annotation = True, alternatives[0]
    if not field.description:
        raise TypeError(f"column {name} has no description")
    type_name, arrow_type, glue_type = _TYPES[annotation]
    return Column(name, field.description, type_name, arrow_type, glue_type, nullable, OBSERVED in field.metadata)
