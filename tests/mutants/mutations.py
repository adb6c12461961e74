"""The mutations of tests/mutants/list: each a fault that somebody could make, and the tests that should notice it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).parent / "list"


@dataclass(frozen=True)
class Mutation:
    """One fault.

    Parameters
    ----------
    file, before, after
        Where it is made: a text that stands once in the file, and what stands there instead.
    why
        What would go wrong.
    tests
        The tests that should notice, as pytest takes them.
    survives
        Why no test notices; None if one should.
    longest
        Processor seconds after which the tests count as failed, where the fault may keep them from ending; None for the
        usual.
    """

    file: str
    before: str
    after: str
    why: str
    tests: tuple[str, ...]
    survives: str | None = None
    longest: int | None = None

    def __str__(self) -> str:
        return f"{self.file.removeprefix('layers/mrs/python/')}: {self.why}"

    def mentions(self, word: str) -> bool:
        """Whether a word stands in it."""
        return any(word in text for text in (self.file, self.before, self.after, self.why))

    def applied(self, text: str) -> str:
        """Return the file's text with the fault.

        Raises
        ------
        ValueError
            If what it changes does not stand there just once.
        """
        if text.count(self.before) != 1:
            raise ValueError(f"{self.file} holds {text.count(self.before)} times, not once: {self.before!r}")
        return text.replace(self.before, self.after)


def mutations() -> list[Mutation]:
    """Return every mutation of the list, file by file; a file's `tests` are those of its mutations that name none."""
    found = []
    for path in sorted(LIST.glob("*.toml")):
        told = tomllib.loads(path.read_text())
        for one in told["mutation"]:
            tests = tuple(one.pop("tests", told.get("tests", ())))
            file = one.pop("file", told.get("file", ""))
            found.append(Mutation(file=file, tests=tests, **one))
    return found
