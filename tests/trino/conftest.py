"""One Trino for all of these tests.

Plain `make test` leaves them out: they fetch half a gigabyte, once, and start a Java server.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.trino.server import AbsentError, Trino, running
from tests.trino.world import laid

collect_ignore_glob = [] if os.environ.get("MRS_TRINO") else ["test_*.py"]

Lay = Callable[[str, str], Trino]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Trino, Path]]:
    """A running Trino and the folder that it sees."""
    folder = tmp_path_factory.mktemp("trino")
    with ExitStack() as stack:
        try:
            found = stack.enter_context(running(folder))
        except AbsentError as absent:
            pytest.skip(f"no Trino here: {absent}")
        yield found, folder


@pytest.fixture(scope="session")
def lay(server: tuple[Trino, Path]) -> Lay:
    """What lays the objects of a bucket, by its name, before Trino in a schema, and returns Trino over these."""
    return lambda schema, bucket: laid(*server, schema, bucket)
