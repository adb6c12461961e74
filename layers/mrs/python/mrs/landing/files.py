"""Which file belongs to which landing dataset: `<name>.parquet`, `<name>.csv`, or such files in a folder `<name>/`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import PurePosixPath

from mrs.contracts import DATASETS, Kind
from mrs.errors import LandingError

SALES = "unified_sales_data"
NAMES = tuple(d.name for d in DATASETS.values() if d.kind is Kind.LANDING)
SUFFIXES = (".parquet", ".csv")


def by_dataset(files: Iterable[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the files of each dataset, in the order of their names, and a note for each file that is none's.

    Names that start with a dot or an underscore (`_SUCCESS`, `.crc`) are the marks of other tools, and passed over.

    Raises
    ------
    LandingError
        If no file holds `unified_sales_data`, the one required dataset.
    """
    found: dict[str, list[str]] = {}
    notes = []
    names = sorted(f for f in files if not any(part.startswith((".", "_")) for part in PurePosixPath(f).parts))
    for file in names:
        path = PurePosixPath(file)
        dataset = path.parts[0] if len(path.parts) > 1 else path.stem
        if dataset in NAMES and path.suffix in SUFFIXES:
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
        return f" (the ending '{suffix}' is not read: use .parquet or .csv)"
    return f" (did you mean '{close}{suffix if suffix in SUFFIXES else '.parquet'}'?)"
