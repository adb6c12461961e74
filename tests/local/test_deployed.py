"""The `mrs` commands on a deployed stack: what they reach is an endpoint, here a moto server on a port."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from moto.server import ThreadedMotoServer
from mrs.environment import client

from cli.simulate import SimulationOptions, simulate_world, write_world
from local.runtime import LocalAws

WORLD = SimulationOptions(stores=20, days=430, seed=3)
LAST = WORLD.start + timedelta(days=WORLD.days - 1)
Command = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def mrs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """The command in a process of its own, which knows the stack's account by the usual settings alone."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0)
    with LocalAws(tmp_path_factory.mktemp("account")):
        client.cache_clear()
        server.start()
        host, port = server.get_host_and_port()
        settings = {
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "eu-west-1",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_CONFIG_FILE": os.devnull,
        }

        def command(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
            own = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
            return subprocess.run(
                [sys.executable, "-c", "from cli.main import main; main()", *arguments],
                env={**own, **settings, **more, "COLUMNS": "200"},
                capture_output=True,
                text=True,
                check=False,
            )

        yield command
        server.stop()
    client.cache_clear()


@pytest.fixture(scope="module")
def ran(mrs: Command, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The output of `mrs run` for the world's last day."""
    world = tmp_path_factory.mktemp("world")
    write_world(simulate_world(WORLD.stores, WORLD.days, WORLD.seed), world)
    where = ("--input", str(world / "input"), "--stack", "mrs-dev")
    done = mrs("run", *where, "--from", f"{LAST}", "--to", f"{LAST}", "--run-id", "first")
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def test_run_lands_and_processes(ran: str) -> None:
    assert f"run first: {LAST} to {LAST}, 1 tick" in ran
    assert " in " in ran and "landing rows rejected" in ran


def test_runs_are_listed(mrs: Command, ran: str) -> None:
    listed = mrs("runs", "--stack", "mrs-dev").stdout
    assert "first" in listed
    assert f"{LAST}" in listed


def test_reports_are_shown(mrs: Command, ran: str) -> None:
    done = mrs("show", "reports", "--stack", "mrs-dev", "--run-id", "first")
    assert done.returncode == 0, done.stderr


def test_datasets_are_exported(mrs: Command, ran: str, tmp_path: Path) -> None:
    done = mrs("export", "--stack", "mrs-dev", "--out", str(tmp_path), "--run-id", "first", "attribution_ready_sales")
    assert done.returncode == 0, done.stderr
    assert pq.read_table(tmp_path / "attribution_ready_sales.parquet").num_rows >= WORLD.stores


def test_a_reset_starts_a_run_beside_the_others(mrs: Command, ran: str) -> None:
    assert mrs("reset", "--stack", "mrs-dev", "--run-id", "second", "--label", "another try").returncode == 0
    listed = mrs("runs", "--stack", "mrs-dev").stdout
    assert "first" in listed
    assert "another try" in listed


def test_a_stack_that_is_not_there_is_said_in_one_line(mrs: Command) -> None:
    done = mrs("runs", "--stack", "mrs-prod")
    assert done.returncode == 2
    assert "--stack mrs-prod" in done.stderr
    assert "Traceback" not in done.stderr


def test_state_and_stack_exclude_each_other(mrs: Command, tmp_path: Path) -> None:
    for where in ((), ("--stack", "mrs-dev", "--state", str(tmp_path))):
        done = mrs("runs", *where)
        assert done.returncode == 2
        assert "--state DIR" in done.stderr
        assert "--stack NAME" in done.stderr


def test_without_credentials_it_says_what_to_set(mrs: Command) -> None:
    done = mrs(
        "runs", "--stack", "mrs-dev", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_EC2_METADATA_DISABLED="true"
    )
    assert done.returncode == 2
    assert "AWS_PROFILE" in done.stderr
    assert "Traceback" not in done.stderr
