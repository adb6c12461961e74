"""Which landing rows are a shard's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.identity import shards_of
from mrs.landing.coerce import UnknownTypeError, coerce
from mrs.store.log_store import Shard

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class OwnRows:
    """The rows of a shard's stores; those of no store, or of none that can be read, are the first shard's."""

    shard: Shard

    @property
    def are_all(self) -> bool:
        """Whether there is one shard only."""
        return self.shard.count == 1

    @property
    def are_first(self) -> bool:
        """Whether the shard is the first one: what every shard would say alike, it says."""
        return self.shard.index == 0

    def of(self, table: pa.Table) -> tuple[pa.Table, Rows]:
        """Return the shard's rows of a file's raw columns, and their positions; texts are plain, not coded."""
        positions = np.flatnonzero(shards_of_rows(table, self.shard.count) == self.shard.index)
        return plain_texts(table.take(pa.array(positions))), positions


def shards_of_rows(table: pa.Table, shards: int) -> Rows:
    """Return the shard of each row of a file's raw columns: the first of a row without a store that can be read."""
    nobodys = np.zeros(table.num_rows, np.int64)
    if "store_id" not in table.column_names:
        return nobodys
    try:
        stores = coerce(table["store_id"], "string").values
    except (UnknownTypeError, pa.ArrowException):
        return nobodys
    named = pc.unique(stores).drop_null()
    at = pc.fill_null(pc.index_in(stores, value_set=named), len(named))
    numbers: Rows = np.append(shards_of(named.to_pylist(), shards), 0)[np.asarray(at)]
    return numbers


def plain_texts(table: pa.Table) -> pa.Table:
    """Return a table with plain texts in place of coded ones, and nothing said of its columns but name and type."""
    plain = [c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in table.columns]
    return pa.table(plain, names=table.column_names)
