"""What a deployed function says of itself: structured log lines, a trace, metrics of the daily ticks (EMF).

Powertools is imported where it is first needed; outside Lambda no metric is sent. How long a stage took is read
off Lambda's own count of the time that is left.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

Handler = Callable[[dict[str, Any], Any], dict[str, Any]]

# What of an event goes with every line: references, never rows.
_ABOUT = ("run_id", "first_tick", "last_tick", "shard", "shards", "mode")


def observed(name: str) -> Callable[[Handler], Handler]:
    """Return a decorator that lets a handler's every call be logged, traced and measured under this name."""

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def call(event: dict[str, Any], context: Any) -> dict[str, Any]:
            if "AWS_LAMBDA_FUNCTION_NAME" not in os.environ:
                return handler(event, context)
            return _observe(name, handler, event, context)

        return call

    return decorate


def _observe(name: str, handler: Handler, event: dict[str, Any], context: Any) -> dict[str, Any]:
    from aws_lambda_powertools import Logger, Tracer

    logger = Logger(service=name)
    about = {key: event[key] for key in _ABOUT if event.get(key) is not None}
    left = context.get_remaining_time_in_millis()
    request = {"function_request_id": context.aws_request_id}
    with Tracer(service=name, auto_patch=False).provider.in_subsegment(name) as segment:
        for key, value in about.items():
            segment.put_annotation(key, str(value))
        try:
            answer = handler(event, context)
        except Exception:
            logger.exception("failed", extra={**about, **request})
            raise
    took = left - context.get_remaining_time_in_millis()
    logger.info("done", extra={**about, **request, "took_ms": took, "answer": answer})
    if event.get("mode", "daily") == "daily":
        _measure(name, took, answer)
    return answer


def _measure(name: str, took: int, answer: Mapping[str, Any]) -> None:
    """Print the metrics of one call as one EMF line; what is not known is left out."""
    from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

    health: Mapping[str, Any] = answer.get("health") or {}
    delivered: Mapping[str, int] | None = answer.get("delivered")
    found: dict[str, tuple[MetricUnit, Any]] = {"StageDuration": (MetricUnit.Milliseconds, took)}
    if health:
        found |= {
            "RowsRead": (MetricUnit.Count, health["rows_read"]),
            "RowsWritten": (MetricUnit.Count, health["rows_written"]),
            "DegradedInputs": (MetricUnit.Count, len(health["degraded_inputs"])),
        }
    if health and name == "feeds":  # these are the tick's, the same in every stage: measured once
        found |= {
            "FreshnessDays": (MetricUnit.Count, health["freshness_days"]),
            "Coverage": (MetricUnit.NoUnit, health["coverage"]),
            "ErrorRate": (MetricUnit.NoUnit, health["error_rate"]),
        }
    if delivered is not None:
        found |= {
            "AlertsSent": (MetricUnit.Count, delivered.get("sent", 0)),
            "AlertFailures": (MetricUnit.Count, delivered.get("failed", 0)),
        }
    metrics = EphemeralMetrics(service=name)
    for metric, (unit, value) in found.items():
        if value is not None:
            metrics.add_metric(name=metric, unit=unit, value=value)
    metrics.flush_metrics()
