"""The partitions that Athena sees: registered in Glue as they are written, idempotently."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mrs.contracts.catalog import glue_table
from mrs.contracts.dataset import Dataset
from mrs.errors import StoreError
from mrs.store.keys import partition_prefix

BATCH = 100


@dataclass
class Catalog:
    """The Glue database of one log bucket.

    Parameters
    ----------
    database, bucket
        Their names.
    glue
        A boto3 Glue client.
    """

    database: str
    bucket: str
    glue: Any
    _known: set[tuple[str, str, date]] = field(default_factory=set)

    def register(self, ds: Dataset, run_id: str, ticks: Iterable[date]) -> None:
        """Register the partitions of a run's ticks; those that are there already are left alone.

        Raises
        ------
        StoreError
            If Glue refuses one for any other reason.
        """
        new = sorted({t for t in ticks if (ds.name, run_id, t) not in self._known})
        for start in range(0, len(new), BATCH):
            batch = new[start : start + BATCH]
            answer = self.glue.batch_create_partition(
                DatabaseName=self.database,
                TableName=ds.name,
                PartitionInputList=[self._partition(ds, run_id, t) for t in batch],
            )
            for error in answer.get("Errors", ()):
                if error["ErrorDetail"]["ErrorCode"] != "AlreadyExistsException":
                    raise StoreError(
                        f"{self.database}.{ds.name}: partition {error['PartitionValues']}: {error['ErrorDetail']}"
                    )
            self._known.update((ds.name, run_id, t) for t in batch)

    def _partition(self, ds: Dataset, run_id: str, tick: date) -> dict[str, Any]:
        location = f"s3://{self.bucket}/{partition_prefix(ds.name, run_id, tick)}"
        return {
            "Values": [run_id, tick.isoformat()],
            "StorageDescriptor": glue_table(ds, location)["StorageDescriptor"],
        }
