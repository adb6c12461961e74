"""Which file belongs to which landing dataset: `<name>.parquet`, `<name>.csv`, or such files in a folder `<name>/`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from mrs.contracts import DATASETS, Kind
from mrs.errors import LandingError
from mrs.landing.later import natural_order
from mrs.landing.mapping import FILE as MAPPING_FILE
from mrs.landing.mapping import FeedMapping

SALES = "unified_sales_data"
NAMES = tuple(d.name for d in DATASETS.values() if d.kind is Kind.LANDING)
SUFFIXES = (".parquet", ".csv", ".csv.gz", ".tsv", ".txt", ".txt.gz", ".xlsx")
NO_MAPPING: Mapping[str, FeedMapping] = {}


def by_dataset(
    files: Iterable[str], mapping: Mapping[str, FeedMapping] = NO_MAPPING
) -> tuple[dict[str, list[str]], list[str]]:
    """Return the files of each dataset, the later ones last, and a note for each file that is none's.

    Names that start with a dot or an underscore (`_SUCCESS`, `.crc`) are the marks of other tools, and passed over.

    Raises
    ------
    LandingError
        If no file holds `unified_sales_data`, the one required dataset.
    """
    found: dict[str, list[str]] = {}
    notes = []
    seen = (f for f in files if not any(part.startswith((".", "_")) for part in PurePosixPath(f).parts))
    names = sorted(seen, key=lambda f: (natural_order(f), f))
    for file in names:
        if file == MAPPING_FILE:
            continue
        path = PurePosixPath(file)
        suffix = suffix_of(file)
        dataset = path.parts[0] if len(path.parts) > 1 else path.name.removesuffix(suffix)
        mapped = [name for name, how in mapping.items() if how.has(file)]
        if len(mapped) > 1:
            raise LandingError(f"{MAPPING_FILE}: {file} is claimed by {' and '.join(mapped)}: let one have it")
        if suffix in SUFFIXES and (mapped or dataset in NAMES):
            found.setdefault(mapped[0] if mapped else dataset, []).append(file)
        else:
            notes.append(f"{file}: not a landing file, ignored{_suggest(dataset, suffix)}")
    if SALES not in found:
        hint = next((note for note in notes if f"'{SALES}" in note), None)
        where = f"; {hint}" if hint else f"; found: {', '.join(names[:10])}" if names else "; the folder is empty"
        raise LandingError(f"{SALES} is missing: land {SALES}.parquet, {SALES}.csv or a folder {SALES}/{where}")
    return found, notes


def suffix_of(file: str) -> str:
    """Return the end of a file's name that says its format, such as `.csv.gz`."""
    path = PurePosixPath(file)
    return "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix


def _suggest(name: str, suffix: str) -> str:
    close = (
        name.lower() if name.lower() in NAMES else next(iter(difflib.get_close_matches(name.lower(), NAMES, 1)), None)
    )
    if close is None:
        return f"; known are {', '.join(NAMES)}"
    if close == name and suffix not in SUFFIXES:
        return f" (the ending '{suffix}' is not read: use .parquet or .csv)"
    return f" (did you mean '{close}{suffix if suffix in SUFFIXES else '.parquet'}'?)"
