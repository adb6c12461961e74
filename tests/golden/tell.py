"""Tell one golden history in a folder that stays: `python -m tests.golden.tell HISTORY FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

import tests.conftest  # noqa: F401 (credentials of no account)
from tests.golden.histories import HISTORIES
from tests.golden.teller import teller


def main() -> None:
    """Tell it."""
    name, folder = sys.argv[1], Path(sys.argv[2])
    if name not in HISTORIES:
        sys.exit(f"there is no golden history {name!r}; there are {', '.join(HISTORIES)}")
    folder.mkdir(parents=True)
    with teller(folder) as t:
        HISTORIES[name](t)


if __name__ == "__main__":
    main()
