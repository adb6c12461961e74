"""Replays a run from its inputs in a scratch state, and compares every log row for row.

The scratch state gets the landing files, what people wrote and the trained models; all else must come out the same. The
run keeps its id there, so that ids which contain it can be compared as they are.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path

from mrs.contracts import dataset
from mrs.contracts.hydrated import HYDRATED
from mrs.errors import BadInputError
from mrs.store.artifacts import PREFIX as MODELS
from mrs.store.keys import LogKey

from cli.compare import compare_files
from cli.console import say
from cli.failures import ExecutionFailedError
from cli.history import EXECUTIONS, Step, steps
from cli.pipeline import execute
from cli.rebuild import Hydrated, Verdict, hydrate_again
from cli.state import State, opened
from cli.statefiles import LANDING_FOLDER, LOG_FOLDER, LogFile, log_files
from local.folders import INDEX, BucketFolder
from local.quarantine import write_index
from local.stack import Stack

# What is no result of a run, and what depends on how the outside world answered, which no replay can ask again.
GIVEN = ("demo_run_config", "alert_feedback_log")
FROM_OUTSIDE = ("alert_attempts_log", "ui_notifications_log")
# What a whole execution writes at its end only; the tick of a longer one has no part in it.
AT_THE_END = (*(ds.name for ds in HYDRATED), EXECUTIONS)


def is_given(key: LogKey) -> bool:
    """Whether an object is an input of a run rather than a result."""
    return dataset(key.dataset).by_people or key.dataset in GIVEN


def _is_compared(file: LogFile) -> bool:
    return not is_given(file.key) and file.key.dataset not in FROM_OUTSIDE


def verify(state_dir: Path, run_id: str, sample: int | None) -> Verdict:
    """Replay a run, or a sample of its ticks each from the logs before it, and compare.

    Raises
    ------
    BadInputError
        If nothing is known of the run's executions.
    """
    files = log_files(state_dir, lambda key: key.run_id == run_id)
    happened = steps(files)
    if not any(s.machine in ("daily", "backfill") for s in happened):
        raise BadInputError(f"executions_log knows no execution of run {run_id}; it can be verified once it has one")
    faults = [f"{f.name} is not what was written under that name" for f in files if f.actual_hash() != f.written_hash]
    results = [f for f in files if _is_compared(f)]
    if sample is None:
        say(f"replaying run {run_id}: {len(happened)} executions, in a scratch state")
        compared, more = _replayed(state_dir, files, results, happened, lambda f: is_given(f.key))
        return Verdict(compared, [*faults, *more])
    total = 0
    for tick in _sample(happened, sample):
        say(f"replaying tick {tick} of run {run_id} from the logs before it")
        of_tick = [_cut(s, tick) for s in happened if s.machine != "rereview" and s.first <= tick <= s.last]
        expected = [f for f in results if f.key.tick == tick and _is_of_tick(f, of_tick)]
        _, more = _replayed(state_dir, files, expected, of_tick, _known_before(tick))
        faults += more
        total += len(expected)
    return Verdict(f"{total} objects of {min(sample, len(_sample(happened, sample)))} ticks", faults)


def _sample(happened: Sequence[Step], count: int) -> list[date]:
    """Return so many of the run's ticks, spread evenly, the last among them."""
    ticks = sorted({t for s in happened if s.machine in ("daily", "backfill") for t in s.ticks})
    count = min(count, len(ticks))
    return [ticks[round((n + 1) * len(ticks) / count) - 1] for n in range(count)]


def _cut(step: Step, tick: date) -> Step:
    """Return the part of an execution that is about one tick."""
    day = tick.isoformat()
    return replace(step, event={**step.event, "first_tick": day, "last_tick": day}, first=tick, last=tick)


def _is_of_tick(file: LogFile, of_tick: Sequence[Step]) -> bool:
    """Whether the steps of one tick can have written an object of that tick."""
    own = {s.written_at(s.last) for s in of_tick}
    return file.key.written_at in own and file.key.dataset != EXECUTIONS


def _known_before(tick: date) -> Callable[[LogFile], bool]:
    return lambda f: is_given(f.key) or f.key.tick < tick


def _replayed(
    state_dir: Path,
    files: Sequence[LogFile],
    expected: Sequence[LogFile],
    happened: Sequence[Step],
    given: Callable[[LogFile], bool],
) -> tuple[str, list[str]]:
    """Replay the steps in a scratch state that holds what is given; return what was compared, and the faults."""
    with tempfile.TemporaryDirectory(prefix="mrs-verify-") as folder:
        scratch = Path(folder)
        _prepare(state_dir, scratch, [f for f in files if given(f)])
        with opened(scratch) as state:
            for step in happened:
                _again(state, step)
        run_id = expected[0].key.run_id if expected else ""
        made = log_files(scratch, lambda key: key.run_id == run_id)
        names = {f.name for f in files if given(f)}
        only_of = {f.key.tick for f in expected}
        is_whole = any(f.key.dataset == EXECUTIONS for f in expected)
        new = [f for f in made if f.name not in names and _is_compared(f) and f.key.tick in only_of]
        return compare_files(
            expected,
            new,
            "did not come out of the replay",
            "came out of the replay only",
            lambda file: not is_whole and _ends_an_execution(file),
        )


def _prepare(state_dir: Path, scratch: Path, files: Iterable[LogFile]) -> None:
    """Lay out a scratch state: landing as it is, of the logs what is given and the trained models."""
    landing = state_dir.resolve() / LANDING_FOLDER
    if landing.is_dir():
        (scratch / LANDING_FOLDER).mkdir()
        write_index(scratch / LANDING_FOLDER / INDEX, BucketFolder(landing).entries())
        (scratch / LANDING_FOLDER / "objects").symlink_to(landing / "objects")
    names = {f.name for f in files}
    old, new = BucketFolder(state_dir / LOG_FOLDER), BucketFolder(scratch / LOG_FOLDER)
    kept = [e for e in old.entries() if e["key"] in names or e["key"].startswith(MODELS)]
    for entry in kept:
        _link(old.path(entry["key"]), new.path(entry["key"]))
    write_index(scratch / LOG_FOLDER / INDEX, kept)


def _link(old: Path, new: Path) -> None:
    new.parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # another file system
        os.link(old, new)
        return
    shutil.copyfile(old, new)


def _again(state: State, step: Step) -> None:
    """Do one step again; one that fails, as it may have done the first time, shows by what it did not write."""
    error = _error(state.stack, step)
    if error is not None:
        say(f"{step.words} ended in failure: {error}")


def _error(stack: Stack, step: Step) -> str | None:
    if step.machine is None:
        return hydrate_again(stack, Hydrated(step.event["run_id"], step.last, step.written_at(step.last)), {})
    if step.machine in ("daily", "backfill"):
        try:
            execute(stack, step.machine, step.event, len(step.ticks))
        except ExecutionFailedError as error:
            return str(error)
        return None
    say(step.words)
    failure = stack.executions.wait(stack.start(step.machine, step.event)).failure
    return None if failure is None else failure.message


def _ends_an_execution(file: LogFile) -> bool:
    """Whether an object is one that only the last tick of an execution has: snapshots, and how making them fared."""
    of_health = file.key.dataset == "pipeline_health_log" and file.key.part.startswith(("hydrate", "notify"))
    return of_health or file.key.dataset in AT_THE_END
