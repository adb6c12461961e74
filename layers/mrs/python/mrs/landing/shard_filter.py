"""Which landing rows are a shard's own: every shard reads every file, and keeps little of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from mrs.identity import stores_of_shard
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
        positions = np.flatnonzero(self._mask(table))
        own = table.take(pa.array(positions))
        plain = [c.cast(c.type.value_type) if pa.types.is_dictionary(c.type) else c for c in own.columns]
        return pa.table(plain, names=own.column_names), positions

    def _mask(self, table: pa.Table) -> npt.NDArray[np.bool_]:
        nobodys = np.full(table.num_rows, self.are_first)
        if "store_id" not in table.column_names:
            return nobodys
        try:
            stores = coerce(table["store_id"], "string").values
        except (UnknownTypeError, pa.ArrowException):
            return nobodys
        named = pc.unique(stores).drop_null()
        mine = pa.array(stores_of_shard(named.to_pylist(), self.shard.index, self.shard.count), pa.string())
        own = np.asarray(pc.is_in(stores, value_set=mine))
        return np.where(np.asarray(pc.is_null(stores)), nobodys, own)
