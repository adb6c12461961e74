"""Compares log objects of two states, or of a state and its replay: object by object, then row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mrs.contracts import dataset
from mrs.errors import BadInputError
from mrs.store.canonical import content

from cli.console import progress
from cli.diff import differences
from cli.rebuild import Verdict
from cli.statefiles import LOG_FOLDER, LogFile, log_files
from local.folders import INDEX, UNFLUSHED


def compare_states(before: Path, after: Path, run_id: str | None, datasets: Sequence[str]) -> Verdict:
    """Compare the logs of two state folders.

    Parameters
    ----------
    before, after
        The folders.
    run_id, datasets
        Only this run, only these datasets (by name or short name); None and none for all.

    Raises
    ------
    BadInputError
        If one is no state folder, or there is no such dataset.
    """
    for folder in (before, after):
        if not any((folder / LOG_FOLDER / index).exists() for index in (INDEX, UNFLUSHED)):
            raise BadInputError(f"{folder} is no state folder of this machine, or nothing was written to it yet")
    wanted = {dataset(name).name for name in datasets}
    was, now = (
        log_files(f, lambda key: (run_id in (None, key.run_id)) and (not wanted or key.dataset in wanted))
        for f in (before, after)
    )
    return Verdict(*compare_files(was, now, "is gone", "is new"))


def compare_files(
    was: Sequence[LogFile],
    now: Sequence[LogFile],
    gone: str,
    new: str,
    may_be_new: Callable[[LogFile], bool] = lambda _: False,
) -> tuple[str, list[str]]:
    """Compare object by object; where the content differs, row by row.

    Parameters
    ----------
    was, now
        The objects.
    gone, new
        How to say that an object of the one is not among the other's.
    may_be_new
        Which objects of `now` are no fault if `was` lacks them.

    Returns
    -------
    tuple[str, list[str]]
        How much was compared, and where it differs.
    """
    again = {f.name: f for f in now}
    faults, rows = [], 0
    with progress() as bar:
        for file in bar.track(sorted(was, key=lambda f: f.name), description="comparing"):
            other = again.pop(file.name, None)
            if other is None:
                faults.append(f"{file.name} {gone}")
                continue
            old, other_rows = (content(file.dataset, f.read()) for f in (file, other))
            rows += old.num_rows
            if not old.equals(other_rows):
                faults.append(f"{file.name}: {differences(file.dataset, old, other_rows)}")
    faults += [f"{name} {new}" for name, file in sorted(again.items()) if not may_be_new(file)]
    datasets = len({f.key.dataset for f in was})
    return f"{len(was)} objects, {rows} rows in {datasets} datasets", faults
