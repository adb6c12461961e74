"""What is observed while a stage runs, how long it takes and what lies in the queues, is told and is no content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import boto3
import pyarrow as pa
import pytest
from mrs.environment import Environment
from mrs.stage import Read, Span, harness, run_stage

from tests.builders import TICK
from tests.stage.stages import (
    HEALTH,
    MRCL,
    NEXT,
    Seen,
    copy_reports,
    event,
    land_reports,
    stage,
)


def test_health_says_how_long_the_call_took_for_all_its_ticks(aws: Environment) -> None:
    land_reports(aws, TICK, NEXT)
    run_stage(stage(), event(TICK, NEXT), aws, iter([100.0, 102.5]).__next__)
    assert aws.logs().read(HEALTH, "r")["took_ms"].to_pylist() == [2500, 2500]


def test_a_rerun_that_took_longer_writes_nothing(aws: Environment) -> None:
    land_reports(aws, TICK)
    run_stage(stage(), event(), aws, iter([0.0, 1.0]).__next__)
    assert not any(w.created for w in run_stage(stage(), event(), aws, iter([0.0, 9.0]).__next__).written)
    assert aws.logs().read(HEALTH, "r")["took_ms"].to_pylist() == [1000]


@pytest.mark.parametrize(("bare", "only"), [(False, ()), (True, ()), (False, ("took_ms", "shard"))])
def test_no_stage_sees_what_was_observed(aws: Environment, bare: bool, only: tuple[str, ...]) -> None:
    land_reports(aws, TICK, NEXT)
    run_stage(stage(), event(), aws)
    seen: Seen = {}

    def look(tables: Mapping[str, pa.Table], ticks: Sequence[date], settings: Any) -> Seen:
        seen.update(tables)
        return copy_reports(tables, ticks, settings)

    reads = (Read("MRDL"), Read(HEALTH.name, Span.BEFORE, bare=bare, only=only))
    run_stage(stage(reads, run=look), event(NEXT), aws)
    assert seen[HEALTH.name].num_rows == 1
    assert not {"took_ms", "dead_letters"} & set(seen[HEALTH.name].column_names)


def test_a_crash_before_health_is_written_is_made_good_by_running_again(
    aws: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    land_reports(aws, TICK)

    def crash(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as crashing:
        crashing.setattr(harness, "with_observed", crash)
        with pytest.raises(KeyboardInterrupt):
            run_stage(stage(), event(), aws)
    assert aws.logs().read(MRCL, "r").num_rows == 1
    again = run_stage(stage(), event(), aws)
    assert [(w.key.split("/")[1], w.created) for w in again.written] == [(MRCL.name, False), (HEALTH.name, True)]
    assert aws.logs().read(HEALTH, "r").num_rows == 1


class TestDeadLetters:
    @pytest.fixture
    def queues(self, aws: Environment) -> list[str]:
        return [boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"] for name in ("one", "two")]

    def found(self, aws: Environment, urls: Sequence[str], **more: Any) -> tuple[int | None, list[str]]:
        land_reports(aws, TICK)
        told = aws.model_copy(update={"dead_letter_queue_urls": ",".join(urls)})
        notes = run_stage(stage(**{"watches_queues": True} | more), event(), told).summary("cluster")["notes"]
        (depth,) = aws.logs().read(HEALTH, "r")["dead_letters"].to_pylist()
        return depth, notes

    def test_those_of_all_queues_are_counted(self, aws: Environment, queues: list[str]) -> None:
        for url in (queues[0], queues[1], queues[1]):
            boto3.client("sqs").send_message(QueueUrl=url, MessageBody="lost")
        assert self.found(aws, queues) == (3, [])

    def test_empty_queues_are_not_unknown_ones(self, aws: Environment, queues: list[str]) -> None:
        assert self.found(aws, queues) == (0, [])

    def test_without_queues_it_is_not_known(self, aws: Environment) -> None:
        assert self.found(aws, []) == (None, [])

    def test_a_stage_that_does_not_watch_says_nothing(self, aws: Environment, queues: list[str]) -> None:
        assert self.found(aws, queues, watches_queues=False) == (None, [])

    def test_a_queue_that_cannot_be_asked_stops_nothing_and_is_told(self, aws: Environment, queues: list[str]) -> None:
        depth, (note,) = self.found(aws, [*queues, queues[0] + "-that-is-gone"])
        assert depth is None
        assert note.startswith("the dead-letter queues could not be asked: ")
