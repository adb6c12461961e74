"""Into how many shards an execution cuts the stores, from how much sales data there is."""

from __future__ import annotations

from collections.abc import Iterable

BYTES_A_SHARD = 8 * 2**20
MOST_SHARDS = 512
CSV_TO_PARQUET = 8  # a CSV file is about so many times as large as the Parquet file that it becomes


def sales_bytes(files: Iterable[tuple[str, int]]) -> int:
    """Return the size of sales files, as (name, bytes), as if all were Parquet."""
    return sum(size // CSV_TO_PARQUET if name.endswith(".csv") else size for name, size in files)


def shards_for(sales_bytes: int) -> int:
    """Return the number of shards, a power of two.

    So it changes only when the data has doubled, and each old shard's files are read by few of the new shards.
    """
    shards = 1
    while shards < MOST_SHARDS and sales_bytes > shards * BYTES_A_SHARD:
        shards *= 2
    return shards
