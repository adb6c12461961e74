"""How large a landing file may be: what a function of three gigabytes can hold, said before it is decoded."""

from __future__ import annotations

import io
import zipfile
from gzip import GzipFile

import pyarrow as pa
import pyarrow.parquet as pq

MOST_BYTES = 512 * 2**20
"""Of a file as it lies there, and of a compressed text file or a workbook unpacked."""
MOST_ROWS = 20_000_000
MOST_COLUMNS = 5_000
GZIP = b"\x1f\x8b"


class TooLargeError(Exception):
    """A file over a limit; says which, and what to do."""


def unpacked(body: bytes) -> bytes:
    """Return a text file's bytes, decompressed if they are compressed; no more than may be are ever unpacked.

    Raises
    ------
    TooLargeError
        If there is more.
    OSError, EOFError, zlib.error
        If they cannot be decompressed.
    """
    if not body.startswith(GZIP):
        return body
    with GzipFile(fileobj=io.BytesIO(body)) as packed:
        text = packed.read(MOST_BYTES + 1)
    _check_bytes(len(text), " unpacked")
    return text


def check_size(file: str, body: bytes) -> None:
    """Refuse a file that is too large.

    A workbook says how large it is unpacked, and Parquet its rows and columns, before anything is decoded.

    Raises
    ------
    TooLargeError
        Naming the limit.
    """
    _check_bytes(len(body))
    if file.lower().endswith(".xlsx") and zipfile.is_zipfile(io.BytesIO(body)):
        with zipfile.ZipFile(io.BytesIO(body)) as workbook:
            _check_bytes(sum(part.file_size for part in workbook.infolist()), " unpacked")
    if not file.lower().endswith(".parquet"):
        return
    told = pq.read_metadata(pa.BufferReader(body))
    if told.num_rows > MOST_ROWS:
        raise TooLargeError(f"has {told.num_rows:,} rows; a file may have {MOST_ROWS:,}: split it")
    check_columns(told.num_columns)


def check_columns(count: int) -> None:
    """Refuse more columns than a file may have.

    Raises
    ------
    TooLargeError
        Naming the limit.
    """
    if count > MOST_COLUMNS:
        raise TooLargeError(
            f"has {count:,} columns; a file may have {MOST_COLUMNS:,}: leave out those that nobody reads"
        )


def _check_bytes(size: int, how: str = "") -> None:
    if size > MOST_BYTES:
        most = f"{MOST_BYTES // 2**20} MB"
        raise TooLargeError(f"has more than {most}{how}; a file may have {most}: split it, by date or store")
