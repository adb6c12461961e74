"""`landing.toml`: how files that are not in the contract's own form are to be read; without it, the contract's form."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mrs.contracts import DATASETS, Kind
from mrs.errors import LandingError

FILE = "landing.toml"
"""Its name; it lies beside the files that it describes."""


class DatasetMapping(BaseModel):
    """How the files of one landing dataset are read. Every field has the contract's own form as its default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: str | tuple[str, ...] | None = Field(
        default=None, description="Glob of the files, or several; default: the dataset's own name."
    )
    columns: Mapping[str, str] = Field(default={}, description="The contract's column → the file's column.")
    constants: Mapping[str, str] = Field(default={}, description="The contract's column → one value for every row.")
    sheet: str | None = Field(default=None, description="Of an Excel workbook; default: the first that holds a table.")
    separator: str = Field(default=",", min_length=1, max_length=1, description="Between the fields of a CSV file.")
    encoding: str = Field(default="utf-8", description="Of a CSV file, as Python names it.")
    skip_lines: int = Field(default=0, ge=0, description="Lines above the header of a CSV file: a title, or `sep=;`.")
    decimal: Literal[".", ","] = Field(default=".", description="Decimal sign of numbers in text.")
    thousands: Literal["", ",", ".", " ", "'"] | None = Field(
        default=None,
        description="Sign between groups of digits, a space of any width; empty: none, and 1.234 is a decimal number.",
    )
    date_format: str = Field(
        default="%Y-%m-%d", description="Of dates in text, as strptime takes it; `excel`: days as Excel counts them."
    )
    timezone: str = Field(default="UTC", description="Where the day of an instant is taken, e.g. Europe/Lisbon.")
    store_ids: Literal["text", "number"] | None = Field(
        default=None, description="Of numbers as store ids: kept as they are written, or without leading zeros."
    )
    returns: tuple[str, ...] = Field(
        default=(),
        description="The file's categories that are returned goods, whose sales are written without a minus.",
    )
    several_files: Literal["replace", "sum"] | None = Field(
        default=None,
        description="Rows of one key in several files: the later one counts, or all are added up.",
    )
    totals: Literal["set_aside", "keep"] = Field(default="set_aside", description="Rows that are sums of other rows.")
    categories: Mapping[str, str] = Field(default={}, description="The file's category → its name here.")
    wide: bool = Field(default=False, description="Dates are columns: one row a store, or a store and category.")

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"there is no time zone {name!r}") from None
        return name

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, name: str) -> str:
        try:
            "".encode(name)
        except LookupError:
            raise ValueError(f"there is no encoding {name!r}") from None
        return name

    @property
    def globs(self) -> tuple[str, ...]:
        """The globs of the files; none where they bear the dataset's own name."""
        return () if self.files is None else (self.files,) if isinstance(self.files, str) else self.files

    def contract_name(self, column: str) -> str:
        """Return the contract's name of a file's column; its own where it is not mapped."""
        return next((name for name, own in self.columns.items() if own == column), column)


PLAIN = DatasetMapping()
"""The contract's own form."""


class LandingMapping(BaseModel):
    """What a `landing.toml` says: a table for each dataset that it describes, and the currency of the sales."""

    model_config = ConfigDict(frozen=True)

    currency: str | None = None
    datasets: Mapping[str, DatasetMapping] = {}

    def of(self, dataset: str) -> DatasetMapping:
        """Return how a dataset's files are read; store ids are read as those of the sales, unless it says otherwise."""
        own, sales = (self.datasets.get(name, PLAIN) for name in (dataset, "unified_sales_data"))
        return own if own.store_ids or not sales.store_ids else own.model_copy(update={"store_ids": sales.store_ids})

    def dataset_of(self, file: str) -> str | None:
        """Return the dataset whose glob a file fits; None if none does."""
        return next((n for n, m in self.datasets.items() if any(fnmatch.fnmatch(file, g) for g in m.globs)), None)


NO_MAPPING = LandingMapping()
"""Every file is in the contract's own form."""


def mapping_of(files: Mapping[str, bytes]) -> LandingMapping:
    """Return the mapping that lies among landing files; the contract's own form where there is none.

    Raises
    ------
    LandingError
        Listing every key that is unknown or has a value that does not fit.
    """
    return parsed(files[FILE]) if FILE in files else NO_MAPPING


def parsed(body: bytes) -> LandingMapping:
    """Return the mapping that a `landing.toml` holds; see `mapping_of` for the errors."""
    try:
        content: dict[str, Any] = tomllib.loads(body.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LandingError(f"{FILE} is not TOML: {ascii(str(error))[1:-1]}") from None
    except RecursionError:
        raise LandingError(f"{FILE} is nested too deep; no mapping needs that") from None
    known = {d.name: {c.name for c in d.columns} for d in DATASETS.values() if d.kind is Kind.LANDING}
    faults, datasets = [], {}
    currency = content.pop("currency", None)
    for name, table in content.items():
        if name not in known or not isinstance(table, dict):
            faults.append(f"{name}: not a landing dataset; known are {', '.join(sorted(known))}")
            continue
        try:
            datasets[name] = DatasetMapping.model_validate(table)
        except ValidationError as error:
            faults += [f"{name}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
            continue
        faults += _unknown(name, (*datasets[name].columns, *datasets[name].constants), known[name])
    if faults:
        raise LandingError("\n- ".join([f"{FILE} has {len(faults)} faults; nothing was written", *faults]))
    return LandingMapping(currency=currency, datasets=datasets)


def _unknown(name: str, columns: Iterable[str], known: Iterable[str]) -> list[str]:
    there = sorted(known)
    return [f"{name}: {c!r} is not a column of it; known are {', '.join(there)}" for c in columns if c not in there]
