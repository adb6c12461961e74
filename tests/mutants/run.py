"""Makes one fault after another in a copy of the project and asks the tests that should notice: `make mutants`.

    .venv/bin/python -m tests.mutants.run                 # every mutation of tests/mutants/list; an hour on two cores
    .venv/bin/python -m tests.mutants.run store retry     # those with one of these words in their file, text or reason
    .venv/bin/python -m tests.mutants.run --jobs 2

The project itself is never changed: each worker has its own copy in a temporary folder, so a run that is killed leaves
nothing behind. The tests must pass without a mutation before any counts as caught.
"""

from __future__ import annotations

import argparse
import importlib
import multiprocessing
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from tests.mutants.mutations import ROOT, Mutation, mutations

LONGEST, WAIT = 450, 3600
"""Processor seconds, and seconds, after which tests that a mutation keeps from ending count as failed."""
_PASSED, _FAILED, _BROKEN = 0, 1, 2
"""What pytest's exit code says: a test failed, or could not even be imported."""
_RUNNING: set[int] = set()
"""The processes in which tests run at the moment, each with a group of its own."""
_OURS = {"cli", "functions", "infra", "local", "mrs", "tests"}
_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(
    [
        "awswrangler",
        "aws_lambda_powertools",
        "boto3",
        "hypothesis",
        "moto",
        "pyarrow.compute",
        "pyarrow.parquet",
        "pytest",
    ]
)
"""What takes long to import is imported once, and each run of tests is forked from there."""


@dataclass(frozen=True)
class Outcome:
    """What became of a mutation: the test that failed first, or None where it survived."""

    mutation: Mutation
    caught_by: str | None

    @property
    def is_surprise(self) -> bool:
        """Whether it survived without a reason, or did not though the list says that it does."""
        return (self.caught_by is None) != (self.mutation.survives is not None)


def main() -> int:
    """Run the mutations; return 1 if one survives that should not."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("words", nargs="*", help="only mutations with one of these words")
    ask.add_argument("--jobs", type=int, default=1, help="copies that are tested at once")
    ask.add_argument("--trust", action="store_true", help="do not first run the tests without a mutation")
    args = ask.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    chosen = [m for m in mutations() if not args.words or any(m.mentions(word) for word in args.words)]
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(args.jobs):
            copies.put(copied(Path(folder) / str(number)))
        with ThreadPoolExecutor(args.jobs) as threads:
            sound = [] if args.trust else sorted({test for m in chosen for test in m.tests})
            for test, failed in zip(sound, threads.map(lambda test: _unchanged(test, copies), sound), strict=True):
                if failed is not None:
                    sys.exit(f"{failed} fails without any mutation: what it catches would say nothing")
                print(f"passes    {test}", flush=True)
            outcomes = []
            for outcome in threads.map(lambda m: _one(m, copies), chosen):
                outcomes.append(outcome)
                print(_line(outcome), flush=True)
    return _report(outcomes)


def _stop(*_: object) -> None:
    """Stop the tests that are running, then this process."""
    for pid in list(_RUNNING):
        os.killpg(pid, signal.SIGKILL)
    sys.exit(128 + signal.SIGTERM)


def copied(folder: Path) -> Path:
    """Return a copy of the project's files as they are, committed or not."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def first_failure(copy: Path, tests: Sequence[str], longest: int = LONGEST) -> str | None:
    """Return the first test that fails in a copy, or does not end in `longest` processor seconds; None if all pass."""
    said = copy / "pytest.log"
    said.write_text("")
    run = _FORKING.Process(target=_run_pytest, args=(copy, tests, said, longest))
    run.start()
    assert run.pid is not None
    _RUNNING.add(run.pid)
    run.join(WAIT)
    if run.is_alive():
        os.killpg(run.pid, signal.SIGKILL)
        run.join()
    _RUNNING.discard(run.pid)
    if run.exitcode in (-signal.SIGKILL, -signal.SIGXCPU):
        return f"{tests[0]} and others, which did not end"
    if run.exitcode == _PASSED:
        return None
    text = said.read_text(errors="replace")
    failed = [line.split()[1] for line in text.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if run.exitcode == _BROKEN and text:
        return next(iter(failed), "a test that cannot be imported")
    if run.exitcode != _FAILED or not failed:
        raise RuntimeError(f"pytest cannot run {' '.join(tests)}:\n{text[-4000:]}")
    return failed[0]


def _run_pytest(copy: Path, tests: Sequence[str], said: Path, longest: int) -> None:
    """Run tests of a copy, as the process of their own that this is: what the runner has imported is forgotten."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_CPU, (longest, longest + 5))
    with said.open("w") as out:
        for stream in (1, 2):
            os.dup2(out.fileno(), stream)
    own = (str(copy), str(copy / "layers/mrs/python"))
    os.chdir(copy)
    os.environ.update(PYTHONPATH=os.pathsep.join(own), PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = True
    sys.path[:0] = own
    for name in [n for n in sys.modules if n.partition(".")[0] in _OURS]:
        del sys.modules[name]
    importlib.invalidate_caches()
    import pytest

    os._exit(pytest.main(["-x", "-p", "no:cacheprovider", "--tb=no", "-rfE", "--color=no", *tests]))


def _unchanged(test: str, copies: SimpleQueue[Path]) -> str | None:
    copy = copies.get()
    try:
        return first_failure(copy, [test])
    finally:
        copies.put(copy)


def _one(mutation: Mutation, copies: SimpleQueue[Path]) -> Outcome:
    copy = copies.get()
    file = copy / mutation.file
    text = file.read_text()
    try:
        file.write_text(mutation.applied(text))
        return Outcome(mutation, first_failure(copy, mutation.tests, mutation.longest or LONGEST))
    finally:
        file.write_text(text)
        copies.put(copy)


def _line(outcome: Outcome) -> str:
    mutation = outcome.mutation
    said = f"caught    {mutation}\n            by {outcome.caught_by}" if outcome.caught_by else f"SURVIVED  {mutation}"
    return f"{said}\n            (the list says that it survives: {mutation.survives})" if mutation.survives else said


def _report(outcomes: Sequence[Outcome]) -> int:
    caught = sum(o.caught_by is not None for o in outcomes)
    print(f"\n{caught} of {len(outcomes)} mutations were caught")
    for outcome in (o for o in outcomes if o.caught_by is None):
        print(f"  survived: {outcome.mutation}\n            {outcome.mutation.survives or 'no reason is known'}")
    return int(any(o.is_surprise for o in outcomes))


if __name__ == "__main__":
    sys.exit(main())
