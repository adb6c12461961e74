"""The seam: moto's Athena API answers from the engine instead of from a queue of made-up results."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
from moto.athena import models, responses
from moto.moto_api._internal import mock_random
from moto.s3.models import s3_backends

from local.athena.catalog import split_url
from local.athena.engine import Engine, Outcome
from local.athena.errors import AthenaError, InvalidRequestError
from local.athena.results import csv_bytes, page, text_rows
from local.athena.types import column_info

_MAX_PAGE = 1000
_ONE_AT_A_TIME = threading.Lock()  # queries side by side in one process only stand in each other's way


def install() -> None:
    """Give moto's Athena an engine. Idempotent; needed once in the process that holds moto's state."""
    backend: Any = models.AthenaBackend
    backend.start_query_execution = _start
    api: Any = responses.AthenaResponse
    api.get_query_execution = _get_query_execution
    api.batch_get_query_execution = _batch_get_query_execution
    api.get_query_results = _get_query_results


@dataclass(frozen=True)
class Execution:
    """A query that has run: it is over when `StartQueryExecution` returns."""

    id: str
    query: str
    context: dict[str, Any]
    workgroup: str
    parameters: list[str] | None
    outcome: Outcome
    reason: str | None
    started: float
    ended: float
    place: str

    @property
    def state(self) -> str:
        """`SUCCEEDED` or `FAILED`."""
        return "FAILED" if self.reason else "SUCCEEDED"

    @cached_property
    def text(self) -> list[list[str | None]]:
        """The header and the rows, as Athena prints them."""
        return text_rows(self.outcome.rows)


def _start(
    self: Any,
    query: str,
    context: dict[str, Any] | None,
    config: dict[str, Any] | None,
    workgroup: str | None,
    execution_parameters: list[str] | None,
) -> str:
    group = self.work_groups[workgroup or "primary"]
    place, query_id = _output_location(group, config or {}), str(mock_random.uuid4())
    database = (context or {}).get("Database", "default").lower()
    started = time.time()
    outcome, reason = Outcome(pa.table({})), None
    try:
        with _ONE_AT_A_TIME:
            outcome = Engine(self.account_id, self.region_name, database, query_id).run(query, execution_parameters)
    except AthenaError as error:
        reason = str(error)
    execution = Execution(
        query_id, query, context or {}, group.name, execution_parameters, outcome, reason, started, time.time(), place
    )
    _keep(self.account_id, execution)
    self.executions[query_id] = execution
    return query_id


def _output_location(group: Any, config: dict[str, Any]) -> str:
    settings = group.configuration or {}
    default = (settings.get("ResultConfiguration") or {}).get("OutputLocation")
    asked = config.get("OutputLocation")
    place = default if default and (settings.get("EnforceWorkGroupConfiguration") or not asked) else asked
    if not place:
        raise InvalidRequestError("No output location provided, neither by the workgroup nor by the call.")
    return str(place).rstrip("/")


def _keep(account: str, execution: Execution) -> None:
    """Write what Athena leaves in the output location: the CSV of a SELECT, or an UNLOAD's manifest."""
    if execution.reason:
        return
    s3, base = s3_backends[account]["aws"], f"{execution.place}/{execution.id}"
    if execution.outcome.files is None:
        s3.put_object(*split_url(f"{base}.csv"), csv_bytes(execution.text))
    else:
        s3.put_object(*split_url(f"{base}-manifest.csv"), "\n".join(execution.outcome.files).encode())


def _describe(execution: Execution) -> dict[str, Any]:
    took = int((execution.ended - execution.started) * 1000)
    base, is_unload = f"{execution.place}/{execution.id}", execution.outcome.files is not None
    status: dict[str, Any] = {
        "State": execution.state,
        "SubmissionDateTime": execution.started,
        "CompletionDateTime": execution.ended,
    }
    if execution.reason:
        error = {"ErrorCategory": 2, "ErrorType": 1, "Retryable": False, "ErrorMessage": execution.reason}
        status |= {"StateChangeReason": execution.reason, "AthenaError": error}
    described = {
        "QueryExecutionId": execution.id,
        "Query": execution.query,
        "StatementType": "DML",
        "ResultConfiguration": {"OutputLocation": base if is_unload else f"{base}.csv"},
        "QueryExecutionContext": execution.context,
        "Status": status,
        "Statistics": {
            "EngineExecutionTimeInMillis": took,
            "TotalExecutionTimeInMillis": took,
            "DataScannedInBytes": execution.outcome.scanned,
            "ResultReuseInformation": {"ReusedPreviousResult": False},
            **({"DataManifestLocation": f"{base}-manifest.csv"} if is_unload else {}),
        },
        "WorkGroup": execution.workgroup,
        "EngineVersion": {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"},
    }
    if execution.parameters:
        described["ExecutionParameters"] = execution.parameters
    return described


def _execution(self: Any) -> Execution:
    wanted = self._get_param("QueryExecutionId")
    found: Execution | None = self.athena_backend.executions.get(wanted)
    if found is None:
        raise InvalidRequestError(f"QueryExecution {wanted} was not found")
    return found


def _get_query_execution(self: Any) -> str:
    return json.dumps({"QueryExecution": _describe(_execution(self))})


def _batch_get_query_execution(self: Any) -> str:
    wanted, known = self._get_param("QueryExecutionIds"), self.athena_backend.executions
    return json.dumps(
        {
            "QueryExecutions": [_describe(known[i]) for i in wanted if i in known],
            "UnprocessedQueryExecutionIds": [{"QueryExecutionId": i} for i in wanted if i not in known],
        }
    )


def _get_query_results(self: Any) -> str:
    execution = _execution(self)
    if execution.reason:
        raise InvalidRequestError(f"Query did not finish successfully. Final query state: {execution.state}")
    limit = int(self._get_param("MaxResults") or _MAX_PAGE)
    if not 1 <= limit <= _MAX_PAGE:
        raise InvalidRequestError(f"MaxResults must be 1 to {_MAX_PAGE}")
    rows, following = page(execution.text, int(self._get_param("NextToken") or 0), limit)
    columns = [column_info(f) for f in execution.outcome.rows.schema]
    answer: dict[str, Any] = {"ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": columns}}}
    if execution.outcome.count is not None:
        answer["UpdateCount"] = execution.outcome.count
    if following is not None:
        answer["NextToken"] = str(following)
    return json.dumps(answer)
