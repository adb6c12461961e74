"""Which file belongs to which landing dataset: by its name, the name of its folder, or the glob of a mapping."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from mrs.contracts import DATASETS, Kind
from mrs.errors import LandingError
from mrs.landing.mapping import FILE as MAPPING
from mrs.landing.mapping import NO_MAPPING, LandingMapping

SALES = "unified_sales_data"
NAMES = tuple(d.name for d in DATASETS.values() if d.kind is Kind.LANDING)
SUFFIXES = (".parquet", ".csv", ".csv.gz", ".txt", ".xlsx")
READ_AS_TEXT = (".csv", ".csv.gz", ".txt")


DAY_IN_NAME = re.compile(r"(?<!\d)(\d{1,2})([._-])(\d{1,2})\2(\d{4})(?!\d)")


def natural_order(file: str, *, month_first: bool = False) -> tuple[list[tuple[int, int, str]], str]:
    """Return a file's place among others: numbers in names count as numbers, so that `v10` comes after `v9`.

    A date such as 30.06.2024 (with `month_first`, 06-30-2024) counts by its year, month and day.
    """
    stem = DAY_IN_NAME.sub(r"\4-\1-\3" if month_first else r"\4-\3-\1", stem_of(file))
    return [(1, int(p), "") if p.isdigit() else (0, 0, p) for p in re.split(r"(\d+)", stem) if p], file


def stem_of(file: str) -> str:
    """Return a file's name without the ending that says its format."""
    suffix = next((s for s in sorted(SUFFIXES, key=len, reverse=True) if file.lower().endswith(s)), "")
    return file[: len(file) - len(suffix)]


def by_dataset(files: Iterable[str], mapping: LandingMapping = NO_MAPPING) -> tuple[dict[str, list[str]], list[str]]:
    """Return the files of each dataset, the earlier first, and a note for each file that is none's.

    Names that start with a dot or an underscore (`_SUCCESS`, `.crc`) are the marks of other tools, and passed over.

    Raises
    ------
    LandingError
        If no file holds `unified_sales_data`, the one required dataset.
    """
    found: dict[str, list[str]] = {}
    notes = []
    shown = [f for f in files if f != MAPPING and not any(p.startswith((".", "_")) for p in PurePosixPath(f).parts)]
    month_first = any(int(day[3]) > 12 for file in shown for day in DAY_IN_NAME.finditer(file))
    names = sorted(shown, key=lambda file: natural_order(file, month_first=month_first))
    for file in names:
        path = PurePosixPath(file)
        own = path.parts[0] if len(path.parts) > 1 else PurePosixPath(stem_of(file)).name
        dataset = mapping.dataset_of(file) or own
        if dataset in NAMES and stem_of(file) != file:
            found.setdefault(dataset, []).append(file)
        else:
            notes.append(f"{file}: not a landing file, ignored{_suggest(dataset, path.suffix)}")
    if SALES not in found:
        hint = next((note for note in notes if f"'{SALES}" in note), None)
        where = f"; {hint}" if hint else f"; found: {', '.join(names[:10])}" if names else "; the folder is empty"
        raise LandingError(f"{SALES} is missing: land {SALES}.parquet, {SALES}.csv or a folder {SALES}/{where}")
    return found, notes


def _suggest(name: str, suffix: str) -> str:
    close = (
        name.lower() if name.lower() in NAMES else next(iter(difflib.get_close_matches(name.lower(), NAMES, 1)), None)
    )
    if close is None:
        return f"; known are {', '.join(NAMES)}"
    if close == name and suffix not in SUFFIXES:
        return f" (the ending '{suffix}' is not read: use .parquet, .csv or .xlsx)"
    return f" (did you mean '{close}{suffix if suffix in SUFFIXES else '.parquet'}'?)"
