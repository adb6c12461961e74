"""`landing.toml`: how the files of a feed that is not in the contract's form are to be read."""

from __future__ import annotations

import fnmatch
import tomllib
from collections.abc import Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from mrs.contracts import DATASETS, Kind
from mrs.errors import LandingError

FILE = "landing.toml"
LANDING_NAMES = tuple(d.name for d in DATASETS.values() if d.kind is Kind.LANDING)


class FeedMapping(BaseModel):
    """How the files of one landing dataset are read; every key that is left out means the contract's own form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[str, ...] = Field(default=(), description="Patterns of file names, such as `sales_*.csv`.")
    separator: str | None = Field(default=None, min_length=1, max_length=1, description="Between columns of a CSV.")
    encoding: str = Field(default="utf-8", description="Of a CSV, such as `cp1252`.")
    skip_rows: int = Field(default=0, ge=0, description="Rows above the header.")
    sheet: str | None = Field(default=None, description="Sheet of an Excel file; by default the first.")
    decimal: Literal[".", ","] = Field(default=".", description="The decimal sign.")
    thousands: Literal["", ".", ",", " ", "'"] = Field(default="", description="The sign between thousands.")
    date_format: str | None = Field(default=None, description="As in strptime, such as `%d.%m.%Y`.")
    timezone: str | None = Field(default=None, description="Where instants are a local date, such as `Europe/Lisbon`.")
    same_key: Literal["replace", "sum"] | None = Field(
        default=None, description="Several rows of one key: `replace`: the later file's count; `sum`: all add up."
    )
    wide: Literal["date", "store_id", "category"] | None = Field(
        default=None, description="What the headers of the columns that are not named below are, in a wide table."
    )
    not_stores: tuple[str, ...] = Field(default=(), description="Values of `store_id` that are totals, not stores.")
    not_categories: tuple[str, ...] = Field(
        default=(), description='Values of `category` that are totals; "" is a row without a category.'
    )
    keep_totals: bool = Field(default=False, description="Keep rows that look like totals of others.")
    currency: str | None = Field(default=None, description="For people; nothing is converted.")
    columns: Mapping[str, str] = Field(default_factory=dict, description="The contract's name = the file's header.")
    constants: Mapping[str, str | bool | int | float] = Field(
        default_factory=dict, description="Values of columns that no file has."
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        try:
            if zone is not None:
                ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"{zone!r} is no time zone such as Europe/Lisbon") from None
        return zone

    @property
    def names(self) -> dict[str, str]:
        """The contract's name of each header that has another one."""
        return {theirs: ours for ours, theirs in self.columns.items()}

    def has(self, file: str) -> bool:
        """Whether one of the patterns is the file's."""
        return any(fnmatch.fnmatchcase(file, pattern) for pattern in self.files)


PLAIN = FeedMapping()


def read_mapping(body: bytes | None) -> dict[str, FeedMapping]:
    """Return the mapping of each dataset that `landing.toml` names.

    Raises
    ------
    LandingError
        Naming every key that does not fit.
    """
    if body is None:
        return {}
    try:
        content: dict[str, Any] = tomllib.loads(body.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LandingError(f"{FILE}: is no TOML: {error}") from None
    found = {}
    for name, keys in content.items():
        if name not in LANDING_NAMES:
            raise LandingError(f"{FILE}: [{name}] is no landing dataset; known are {', '.join(LANDING_NAMES)}")
        try:
            feed = FeedMapping.model_validate(keys)
        except ValidationError as error:
            lines = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise LandingError(f"{FILE}: [{name}] {'; '.join(lines)}") from None
        known = {c.name for c in DATASETS[name].columns}
        for column in (*feed.columns, *feed.constants):
            if column not in known:
                raise LandingError(f"{FILE}: [{name}] has no column {column}; known are {', '.join(sorted(known))}")
        found[name] = feed
    return found
