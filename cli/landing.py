"""A folder of landing files, as it will be landed; what is wrong with it is said before anything is started."""

from __future__ import annotations

from pathlib import Path

from mrs.errors import BadInputError

LANDING_SUFFIXES = (".parquet", ".csv")
READ_BEFORE = 64 * 2**20
"""Bytes: a larger folder is read by ingest alone, in shards."""


def landing_files(folder: Path) -> dict[str, bytes]:
    """Return a folder's landing files: bytes by the name below it.

    Raises
    ------
    BadInputError
        If there is no such folder, or no landing file in it.
    """
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder; give the folder that holds unified_sales_data.parquet or .csv")
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.suffix.lower() in LANDING_SUFFIXES)
    if not files:
        raise BadInputError(f"{folder} holds no .parquet or .csv file; unified_sales_data is required")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def refuse_unusable(folder: Path) -> None:
    """Read the folder as ingest reads it, and keep nothing: what ingest would refuse is refused here, in a second.

    Raises
    ------
    BadInputError
        If there is no such folder, or no landing file in it.
    LandingError
        If its files cannot be used at all.
    """
    from mrs.landing.reader import read_landing

    files = landing_files(folder)
    if sum(map(len, files.values())) <= READ_BEFORE:
        read_landing(files)
