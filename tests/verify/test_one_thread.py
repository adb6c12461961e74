"""The command sums by one thread, as the deployed functions do: on more cores it must find the same decimals."""

from __future__ import annotations

import json
import os
import subprocess
import sys

SCRIPT = """
import cli, json, numpy, threadpoolctl
print(json.dumps([pool["num_threads"] for pool in threadpoolctl.threadpool_info() if pool["user_api"] == "blas"]))
"""


def test_the_command_sums_by_one_thread_whatever_it_is_told() -> None:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == {1}
