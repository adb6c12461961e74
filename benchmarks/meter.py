"""Measures handlers: processor seconds, requests and peak memory of each stage, one at a time, from a cold start.

The processor time of the simulated AWS is not counted, nor the memory of its Athena, nor that of the
store's cache, which grows up to a limit whatever a stage holds.
"""

from __future__ import annotations

import ctypes
import gc
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock, RLock
from typing import Any

import pyarrow as pa
from botocore.client import BaseClient
from mrs.store import objects

from infra.stages import FUNCTIONS
from local.athena import files
from local.athena.engine import Engine
from local.functions import Handler, load

_BARE_MB = 250  # a function with its packages imported and nothing read yet; the rest of this process is moto
_COUNTED = ("GetObject", "PutObject", "HeadObject", "ListObjectsV2", "StartQueryExecution")


@dataclass
class Meter:
    """What each stage used since the last `clear`."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    requests: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    peak_mb: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    _now: str | None = None
    _zero_mb: float = 0.0  # what the process held when the stage began, and what the stand-in of Athena holds since
    _most_mb: float = 0.0
    _counting: Any = field(default_factory=Lock)
    _one_at_a_time: Any = field(default_factory=RLock)  # what a stage sends is heard within it: `feedback`

    def __post_init__(self) -> None:
        call, query = BaseClient._make_api_call, Engine.run

        def counted(client: Any, operation: str, arguments: Any) -> Any:
            if operation not in _COUNTED:  # an invocation of another function, say
                return call(client, operation, arguments)
            stage, began = self._now, time.thread_time()
            try:
                return call(client, operation, arguments)
            finally:
                asks = operation == "StartQueryExecution"  # the engine's part is taken off below
                self._count(stage, operation, 0.0 if asks else time.thread_time() - began)

        def answered(engine: Engine, sql: str, parameters: list[str] | None) -> Any:
            stage, began = self._now, time.process_time()
            self._most_mb, held = max(self._most_mb, _memory_mb("VmHWM") - self._zero_mb), _memory_mb("VmRSS")
            try:
                return query(engine, sql, parameters)
            finally:
                self._count(stage, "", time.process_time() - began)
                _begin_anew()
                self._zero_mb += _memory_mb("VmRSS") - held

        BaseClient._make_api_call = counted  # type: ignore[method-assign]
        Engine.run = answered  # type: ignore[method-assign]

    def _count(self, stage: str | None, operation: str, not_its_own: float) -> None:
        if stage:
            with self._counting:
                self.requests[stage][operation] += operation in _COUNTED  # the engine's work is no request
                self.seconds[stage] -= not_its_own

    def clear(self) -> None:
        """Forget what was used."""
        for used in (self.seconds, self.requests, self.peak_mb):
            used.clear()  # type: ignore[attr-defined]

    def told(self) -> dict[str, Any]:
        """Return what was used, by stage, as JSON takes it."""
        requests = {stage: dict(+self.requests[stage]) for stage in self.seconds}
        return {"seconds": dict(self.seconds), "requests": requests, "peak_mb": dict(self.peak_mb)}

    def handlers(self) -> dict[str, Handler]:
        """Return the functions' handlers, metered."""
        return {f.handler: self._metered(f.name, f.handler) for f in FUNCTIONS}

    def _metered(self, stage: str, handler: str) -> Handler:
        def run(event: Any, context: Any) -> Any:
            function = load(handler)
            with self._one_at_a_time:
                return self._run(stage, function, event, context)

        return run

    def _run(self, stage: str, function: Handler, event: Any, context: Any) -> Any:
        objects.TABLES = objects.TableCache()
        files.KEPT = files.Kept()
        outer = self._zero_mb, self._most_mb
        _begin_anew()
        self._zero_mb, self._most_mb = _memory_mb("VmHWM"), 0.0
        around, started = self._now, time.process_time()
        self._now = stage
        try:
            return function(event, context)
        finally:
            self.seconds[stage] += time.process_time() - started
            most = max(self._most_mb, _memory_mb("VmHWM") - self._zero_mb)
            cached = objects.TABLES.size / 2**20
            self.peak_mb[stage] = max(self.peak_mb[stage], max(0.0, most - cached) + _BARE_MB)
            self._now, (self._zero_mb, self._most_mb) = around, outer


def _begin_anew() -> None:
    """Let the peak be that of what comes now: what others left behind would hide what this one takes."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _memory_mb(name: str) -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    return 0.0
