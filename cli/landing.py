"""A folder of landing files, as it will be landed; what is wrong with it is said before anything is started."""

from __future__ import annotations

from pathlib import Path

from mrs.errors import BadInputError, LandingError

READ_BEFORE = 64 * 2**20
"""Bytes: a larger folder is read whole by ingest alone, in shards."""
HEAD_BYTES, HEAD_ROWS = 2**16, 1000


def landing_files(folder: Path, mapping: Path | None = None) -> dict[str, bytes]:
    """Return a folder's landing files: bytes by the name below it; `mapping` counts in place of its `landing.toml`.

    Raises
    ------
    BadInputError
        If there is no such folder, or no landing file in it, or no such mapping.
    """
    if not folder.is_dir():
        raise BadInputError(f"{folder} is not a folder; give the folder that holds unified_sales_data.parquet or .csv")
    from mrs.landing.files import SUFFIXES
    from mrs.landing.mapping import FILE as MAPPING

    wanted = (p for p in folder.rglob("*") if p.is_file())
    files = sorted(p for p in wanted if p.name == MAPPING or p.name.lower().endswith(SUFFIXES))
    if not files:
        raise BadInputError(f"{folder} holds no .parquet, .csv or .xlsx file; unified_sales_data is required")
    bodies = {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}
    if mapping is not None:
        try:
            bodies[MAPPING] = mapping.read_bytes()
        except OSError as error:
            raise BadInputError(f"--mapping {mapping}: {error.strerror}") from None
    return bodies


def refuse_unusable(folder: Path, mapping: Path | None = None) -> None:
    """Refuse in a second what ingest would refuse, by reading as it reads; nothing is kept.

    Files whose first rows can be used are left to ingest. What looks unusable is read whole, and that decides.

    Raises
    ------
    BadInputError
        If there is no such folder, or no landing file in it.
    LandingError
        If its files cannot be used at all.
    """
    from mrs.landing.reader import read_landing

    files = landing_files(folder, mapping)
    heads = {name: _head(name, body) for name, body in files.items()}
    try:
        read_landing(heads)
    except LandingError:
        if heads == files:
            raise
        if sum(map(len, files.values())) <= READ_BEFORE:
            read_landing(files)


def _head(name: str, body: bytes) -> bytes:
    """Return a file with the first rows of one, or the file itself where it has no more or cannot be read."""
    if name.endswith(".toml"):
        return body
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
