"""A folder of landing files, as it will be landed; what is wrong with it is said before anything is started."""

from __future__ import annotations

from pathlib import Path

from mrs.errors import BadInputError, LandingError

from cli.console import say

READ_BEFORE = 64 * 2**20
"""Bytes: a larger folder is read whole by ingest alone, in shards."""
HEAD_BYTES, HEAD_ROWS = 2**16, 1000


def landing_files(folder: Path) -> dict[str, bytes]:
    """Return a folder's landing files: bytes by the name below it.

    Raises
    ------
    BadInputError
        If there is no such folder, or no landing file in it.
    """
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder; give the folder that holds unified_sales_data.parquet or .csv")
    files = sorted(p for p in folder.rglob("*") if p.is_file() and _is_landing(p.relative_to(folder).as_posix()))
    if not files:
        raise BadInputError(f"{folder} holds no .parquet, .csv or .xlsx file; unified_sales_data is required")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def _is_landing(name: str) -> bool:
    from mrs.landing.files import SUFFIXES, suffix_of
    from mrs.landing.mapping import FILE

    return name == FILE or suffix_of(name).lower() in SUFFIXES


def refuse_unusable(folder: Path) -> None:
    """Refuse in a second what ingest would refuse, by reading as it reads; nothing is kept.

    A folder of up to `READ_BEFORE` bytes is read whole; of a larger one the first rows, which decide nothing.

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
        for note in read_landing(files).notes:
            say(note)
        return
    try:
        read_landing({name: _head(name, body) for name, body in files.items()})
    except LandingError as error:
        say(f"the first rows look unusable; ingest reads all and decides: {error}")


def _head(name: str, body: bytes) -> bytes:
    """Return a file with the first rows of one, or the file itself where it has no more or cannot be read."""
    if name.endswith(".csv"):
        end = body.find(b"\n", HEAD_BYTES)
        return body if end < 0 else body[: end + 1]
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(body))
        if file.metadata.num_rows <= HEAD_ROWS:
            return body
        rows = pa.Table.from_batches([next(file.iter_batches(HEAD_ROWS, use_threads=False))])
    except (pa.ArrowException, OSError):
        return body
    head = pa.BufferOutputStream()
    pq.write_table(rows, head)
    return bytes(head.getvalue())
