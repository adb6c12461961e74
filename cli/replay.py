"""Ticks that were judged by other sales than are known now, and the replay that judges them again."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

from mrs.contracts import dataset
from mrs.errors import BadInputError
from mrs.hydration.landing_story import ticks_due
from mrs.landing.files import SALES
from mrs.landing.mapping import FILE as MAPPING
from mrs.store.executions import config_at

from cli.pipeline import execute
from cli.state import State
from cli.status import newest_state

EXECUTIONS = dataset("executions_log")
WRITTEN_AFTER = timedelta(seconds=1)


@dataclass(frozen=True)
class Due:
    """What is to be replayed.

    Parameters
    ----------
    ticks
        The ticks that were judged by other sales than are known now.
    newest
        The run's newest tick: what follows a due tick is judged again too, since its open reports go on from there.
    """

    ticks: tuple[date, ...]
    newest: date


def due(state: State, run_id: str) -> Due:
    """Return what is due for replay, as the newest hydrated state says.

    Raises
    ------
    BadInputError
        If the run has no hydrated state.
    """
    snapshot = newest_state(state, run_id)
    sales = snapshot.read(state.logs, "attribution_ready_sales")
    return Due(tuple(ticks_due(sales)), snapshot.tick)


def replay(state: State, run_id: str, first: date, newest: date) -> None:
    """Judge the ticks from `first` to the newest again, with all that has landed in the run so far.

    Its logical time is a second after the newest write of the run, so that it is in force and depends on no clock.
    """
    executions = sorted(_executions(state, run_id), key=lambda row: (row["written_at"], row["last_tick"]))
    written = [
        key.written_at for name in ("MRFL", "executions_log") for key, _ in state.logs.find(dataset(name), run_id)
    ]
    at = max(written) + WRITTEN_AFTER
    event = {
        "run_id": run_id,
        "first_tick": first.isoformat(),
        "last_tick": newest.isoformat(),
        "landing": whole_landing(state, [row["landing"] for row in executions]),
        "shards": executions[-1]["shards"],
        "mode": "backfill",
        "written_at": f"{at.isoformat()}Z",
        "config": config_at(state.logs, run_id, newest, at),
    }
    execute(state.stack, "backfill", event, (newest - first).days + 1)


def _executions(state: State, run_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = state.logs.read(EXECUTIONS, run_id).to_pylist()
    if not rows:
        raise BadInputError(f"executions_log knows no execution of run {run_id}; it cannot be replayed")
    return rows


def whole_landing(state: State, prefixes: list[str]) -> str:
    """Return a landing that holds every file of several, a later file of the same name in place of the earlier one.

    Where each landing is a whole folder, that is the last one itself. Otherwise the files are landed once more, each
    in a folder that says which landing it came with, so that what landed later counts.
    """
    bucket = state.environment.landing()
    landings = [{f.key.removeprefix(p): f.key for f in bucket.find(p)} for p in dict.fromkeys(prefixes)]
    landings = [names for names in landings if not all(NUMBERED.match(name) or name == MAPPING for name in names)]
    newest = {name: (number, key) for number, names in enumerate(landings) for name, key in names.items()}
    last = landings[-1]
    if newest.keys() == last.keys():
        name, key = next(iter(last.items()))
        return key.removesuffix(name)
    bodies = {_renamed(name, number): bucket.get(key) for name, (number, key) in newest.items()}
    bodies[MAPPING] = _later_counts(bodies.get(MAPPING, b""))
    digests = {name: hashlib.sha256(body).hexdigest() for name, body in bodies.items()}
    whole = hashlib.sha256("".join(f"{n}={digests[n]};" for n in sorted(digests)).encode()).hexdigest()
    prefix = f"landing/{whole[:16]}/"
    there = {found.key for found in bucket.find(prefix)}
    for name, body in bodies.items():
        if prefix + name not in there:
            bucket.create(prefix + name, body, digests[name])
    return prefix


NUMBERED = re.compile(r"[^/]+/landing-\d{5}/")
"""Names in a landing that was put together from others."""


def _renamed(name: str, number: int) -> str:
    """Return a file's name in a folder of its landing's number, below that of its dataset."""
    if name == MAPPING:
        return name
    path = PurePosixPath(name)
    own, rest = (path.parts[0], path.parts[1:]) if len(path.parts) > 1 else (path.name.partition(".")[0], path.parts)
    return str(PurePosixPath(own, f"landing-{number:05d}", *rest))


def _later_counts(mapping: bytes) -> bytes:
    """Return a mapping in which the later of several files counts, unless it says otherwise."""
    content: Mapping[str, Any] = tomllib.loads(mapping.decode())
    table = content.get(SALES)
    line = 'several_files = "replace"\n'
    if table is None:
        return mapping + f"\n[{SALES}]\n{line}".encode()
    if "several_files" in table:
        return mapping
    return mapping.replace(f"[{SALES}]\n".encode(), f"[{SALES}]\n{line}".encode(), 1)
