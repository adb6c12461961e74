"""The contracts: every dataset and column, declared once."""

from mrs.contracts.catalog import DATASETS, LOGS, STORED, dataset
from mrs.contracts.causes import Cause, Direction, EventAction, ReportAction, Status
from mrs.contracts.columns import Column
from mrs.contracts.dataset import PARTITION_KEYS, Dataset, Kind

__all__ = [
    "DATASETS",
    "LOGS",
    "PARTITION_KEYS",
    "STORED",
    "Cause",
    "Column",
    "Dataset",
    "Direction",
    "EventAction",
    "Kind",
    "ReportAction",
    "Status",
    "dataset",
]
