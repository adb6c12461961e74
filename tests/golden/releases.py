"""The recorded states of releases: `python -m tests.golden.releases` records that of the present version.

Release 0.1.0 was recorded later, with its own code and the same world.
"""

from __future__ import annotations

import sys
import tarfile
import tempfile
from pathlib import Path

from mrs import __version__

import tests.conftest  # noqa: F401 (credentials of no account)
from cli.console import say
from tests.golden.teller import Teller, day, teller

RELEASES = Path(__file__).parent / "releases"
STATE = "state.tar.xz"


def released(t: Teller) -> None:
    """Two days in two shards, one by itself, a cause set by hand and its refresh; the world's last day is left over."""
    t.run_id = "main"
    landing = t.land()
    t.ticks(landing, day(3), day(2), shards=2)
    t.ticks(landing, day(1))
    t.edit_report(t.rows("minority_reports")[0], "set_cause", cause="local_event")
    t.refresh(day(1))


def unpacked(version: str, folder: Path) -> Path:
    """Unpack a release's state below a folder; return the state folder."""
    with tarfile.open(RELEASES / version / STATE) as archive:
        archive.extractall(folder, filter="data")
    return folder / "state"


def main() -> None:
    """Record the present version's state."""
    target = RELEASES / __version__ / STATE
    if target.exists():
        sys.exit(f"{target} is recorded already; what a release wrote does not change")
    target.parent.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        with teller(Path(folder)) as t:
            released(t)
        (Path(folder) / "state" / ".lock").unlink(missing_ok=True)
        with tarfile.open(target, "w:xz") as archive:
            archive.add(Path(folder) / "state", "state")
    say(f"{target}: {target.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main()
