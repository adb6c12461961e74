"""SQL files, and the fragments that several of them share.

`{{ name }}` in a file stands for the text of `shared/name.sql` beside it. Fragments may use others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

_FRAGMENT = re.compile(r"\{\{ (\w+) \}\}")
SHARED = "shared"


def read_sql(path: Path) -> str:
    """Return the text of a `.sql` file with every fragment in its place."""
    folder = path.parent if path.parent.name == SHARED else path.parent / SHARED

    def fragment(found: re.Match[str]) -> str:
        return read_sql(folder / f"{found[1]}.sql").rstrip("\n")

    # A comment of the file itself may name a fragment to explain it.
    return "".join(
        line if line.startswith("--") else _FRAGMENT.sub(fragment, line)
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
    )


def query_files(folder: Path) -> Iterator[Path]:
    """Yield the `.sql` files below a folder that hold whole queries, in the order of their paths."""
    yield from (path for path in sorted(folder.rglob("*.sql")) if path.parent.name != SHARED)
