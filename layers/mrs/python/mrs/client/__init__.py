"""The client for people who feed models: sales, events and their changes as Arrow tables. It needs pyarrow only."""

from mrs.client.client import Client
from mrs.client.model_data import ModelData

__all__ = ["Client", "ModelData"]
