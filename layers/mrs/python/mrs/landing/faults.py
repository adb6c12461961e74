"""Faults that stop a run before anything is written: collected, so that a person sees all of them at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from mrs.errors import LandingError

LISTED = 20
LONGEST = 600
"""Characters of one fault; names and cells of a broken file may be of any length."""


def listed(names: Sequence[str]) -> str:
    """Return names as a message lists them: the first twenty."""
    more = f", and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more or "none"


def printable(text: str) -> str:
    """Return a message as one line that any terminal shows."""
    line = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


@dataclass
class Faults:
    """The faults found so far, each one clear line that names the file, and the column where there is one."""

    lines: list[str] = field(default_factory=list)

    def add(self, file: str, what: str) -> None:
        """Note a fault of a file; what cannot be printed is written as Python writes it."""
        self.lines.append(printable(f"{file}: {what}"))

    def stop(self) -> None:
        """Raise if there is any fault.

        Raises
        ------
        LandingError
            Listing the faults, at most twenty in full.
        """
        if not self.lines:
            return
        if len(self.lines) == 1:
            raise LandingError(self.lines[0])
        more = len(self.lines) - LISTED
        shown = [f"- {line}" for line in self.lines[:LISTED]] + ([f"- and {more} more"] if more > 0 else [])
        raise LandingError("\n".join([f"the landing files have {len(self.lines)} faults; nothing was written", *shown]))
