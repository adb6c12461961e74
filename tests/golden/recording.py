"""What is recorded of a golden history: four hashes a dataset, run and tick, of which one is the same on every machine.

Processors differ in the last bits of a sum. Numbers are cut to fewer digits, and again after parts of a step were
added: a number that one cut turns over lies within the other steps. What agrees in one hash is the same.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any

from mrs.store.canonical import content

from cli.statefiles import LogFile, log_files

EXPECTED = Path(__file__).parent / "expected"
DIGITS, DECIMALS = 5, 4
"""Logs hold six decimals, of which the last may depend on the processor; a hash is made of fewer."""
SHIFTS = (0.0, 0.25, 0.5, 0.75)
Record = dict[str, dict[str, str]]


def record(state_dir: Path) -> Record:
    """Return the hashes of what a state holds, by dataset, then by run and tick."""
    found: dict[str, dict[str, list[LogFile]]] = {}
    for file in log_files(state_dir):
        name = file.key.dataset
        if name != "demo_run_config":
            found.setdefault(name, {}).setdefault(f"{file.key.run_id} {file.key.tick}", []).append(file)
    return {
        name: {at: " ".join(_hash(files, shift) for shift in SHIFTS) for at, files in sorted(ticks.items())}
        for name, ticks in sorted(found.items())
    }


def _hash(files: Iterable[LogFile], shift: float) -> str:
    return hashlib.sha256("\n".join(_line(file, shift) for file in files).encode()).hexdigest()[:16]


def _line(file: LogFile, shift: float) -> str:
    rows = [
        {name: plain(value, shift) for name, value in row.items()}
        for row in content(file.dataset, file.read()).to_pylist()
    ]
    return f"{file.key.written_at.isoformat()} {file.key.part} {json.dumps(rows, ensure_ascii=False)}"


def plain(value: Any, shift: float = 0.0) -> Any:
    """Return a value of a log with its numbers cut to fewer digits, `shift` steps on; those inside JSON as well."""
    if isinstance(value, float):
        if not math.isfinite(value) or value == 0:
            return str(value)
        digits = min(DECIMALS, DIGITS - 1 - math.floor(math.log10(abs(value))))
        return round(value + shift * 10.0**-digits, digits) + 0.0
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return plain(json.loads(value), shift)
        except ValueError:
            return value
    if isinstance(value, list):
        return [plain(v, shift) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v, shift) for k, v in value.items()}
    return value.isoformat() if isinstance(value, date | datetime) else value


def expected(history: str) -> Record | None:
    """Return what was recorded of a history; None if nothing was."""
    path = EXPECTED / f"{history}.json"
    return json.loads(path.read_text()) if path.exists() else None


def accept(history: str, found: Record) -> None:
    """Record a history as it is now."""
    EXPECTED.mkdir(exist_ok=True)
    (EXPECTED / f"{history}.json").write_text(json.dumps(found, indent=1) + "\n")


def first_change(was: Record, now: Record) -> str | None:
    """Return in words where two records differ first: the earliest tick, there the first dataset; None if nowhere."""
    places = [
        (at.split(" ")[1], at.split(" ")[0], name)
        for name in {*was, *now}
        for at in {*was.get(name, {}), *now.get(name, {})}
        if not _agree(was.get(name, {}).get(at, ""), now.get(name, {}).get(at, ""))
    ]
    if not places:
        return None
    tick, run, name = min(places)
    at = f"{run} {tick}"
    how = "is gone" if at not in now.get(name, {}) else "is new" if at not in was.get(name, {}) else "has other content"
    more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
    return f"{name} of tick {tick}, run {run}, {how}{more}"


def _agree(was: str, now: str) -> bool:
    return any(a == b for a, b in zip(was.split(), now.split(), strict=False))
