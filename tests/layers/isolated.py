"""Runs a handler as Lambda would: in a process of its own that sees its asset, its layers and the stdlib, no more."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moto.server import ThreadedMotoServer
from mrs.environment import client

from infra.compute import function_asset, shared_asset
from infra.stages import FUNCTIONS
from layers import build
from local.functions import Handler
from local.runtime import LocalAws

_RUN = """
import importlib, json, sys
allowed = sys.path[:]
sys.path[:0] = sys.argv[2:]
module, _, name = sys.argv[1].rpartition(".")
handler = getattr(importlib.import_module(module), name)
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "isolated", "2048", "request"
    function_version, log_group_name, log_stream_name = "$LATEST", "group", "stream"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:isolated"
    def get_remaining_time_in_millis(self):
        return 900_000
try:
    event = json.load(sys.stdin)
    answer = None if event is None else handler(event, Context())
    answer = {"answer": answer}
except Exception as error:
    import traceback
    traceback.print_exc()
    answer = {"error": type(error).__name__, "message": str(error)}
files = [m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None)]
places = (*sys.argv[2:], *allowed)
answer["strangers"] = sorted(f for f in files if not f.startswith(places))
print("\\n" + json.dumps(answer))
"""


class IsolatedError(Exception):
    """A handler failed in its own process; carries the error's name and what the process printed."""


@dataclass(frozen=True)
class Sandbox:
    """Unpacked layers and assets, below one folder, as `/opt` and `/var/task` are on Lambda."""

    folder: Path
    calls: list[str] = field(default_factory=list)

    @classmethod
    def unpacked(cls, layers: Path, folder: Path) -> Sandbox:
        """Unpack each built layer set beside the shared layer, and lay out every function's asset."""
        for name in build.SETS:
            for part in {build.BASE, name}:
                with zipfile.ZipFile(layers / f"{part}.zip") as archive:
                    archive.extractall(folder / "opt" / name)
            shutil.copytree(
                shared_asset(folder / "assets") / "python", folder / "opt" / name / "python", dirs_exist_ok=True
            )
        for function in FUNCTIONS:
            function_asset(function.folder, folder / "assets")
        return cls(folder)

    def invoke(self, handler: str, layer: str, event: Any, variables: dict[str, str] | None = None) -> Any:
        """Import a handler and, where there is an event, run it; return its answer."""
        paths = [str(self.folder / "assets" / handler.split(".")[1]), str(self.folder / "opt" / layer / "python")]
        compiled = f"pycache_prefix={self.folder / 'compiled'}"
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-X", compiled, "-c", _RUN, handler, *paths],
            input=json.dumps(event),
            env={"PATH": os.environ["PATH"], "TZ": "UTC", **(variables or {})},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        self.calls.append(handler)
        if done.returncode:
            raise IsolatedError(f"{handler}: {done.stderr[-3000:]}")
        answer = json.loads(done.stdout.splitlines()[-1])
        if answer["strangers"]:
            raise IsolatedError(f"{handler} used files from elsewhere: {answer['strangers']}")
        if "error" in answer:
            raise IsolatedError(f"{handler}: {answer['error']}: {answer['message']}\n{done.stderr[-3000:]}")
        return answer["answer"]

    def handlers(self, endpoint: str) -> dict[str, Handler]:
        """Return a stand-in for each function that runs the real one in isolation against an AWS endpoint."""
        return {f.handler: self._handler(f.handler, f.layer, endpoint) for f in FUNCTIONS}

    def _handler(self, handler: str, layer: str, endpoint: str) -> Handler:
        def run(event: Any, context: Any) -> Any:
            return self.invoke(handler, layer, event, {**os.environ, "AWS_ENDPOINT_URL": endpoint})

        return run


@contextmanager
def served(state: Path, sandbox: Sandbox) -> Iterator[LocalAws]:
    """The deployed stack with every function in isolation; they reach AWS through a port of 127.0.0.1."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    try:
        with LocalAws(state, handlers=sandbox.handlers(f"http://{host}:{port}")) as aws:
            client.cache_clear()
            yield aws
    finally:
        server.stop()
        client.cache_clear()
