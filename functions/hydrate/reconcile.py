"""Reconciles what was written with what landed: landed = exported + set aside, by day, in money."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date
from typing import Any

import pyarrow as pa
from aws_lambda_powertools import Logger
from mrs.contracts import dataset
from mrs.environment import client
from mrs.stage.harness import StageResult
from mrs.store.athena import Athena, Value
from mrs.store.log_store import Write, Written

from functions.hydrate.queries import RECONCILED, RECONCILIATION, SQL, first_date

DAYS = dataset(RECONCILIATION)
PART = "000of001"
logger = Logger()


def reconcile(result: StageResult) -> list[Written]:
    """Append `sales_reconciliation` for the state that was just written; the same state again is the same object."""
    event, env = result.context.event, result.context.environment
    tick, as_of = event.last_tick, event.write_time(event.last_tick)
    athena = Athena(env.glue_database, env.athena_workgroup, client("athena"), client("s3"))
    params: dict[str, Value] = {"run_id": event.run_id, "tick": tick, "as_of": as_of}
    params["first_date"] = first_date(tick, result.context.settings.hydrate)
    days = reconciled(athena.query(SQL / f"{RECONCILIATION}.sql", params, RECONCILED).to_pylist())
    for day in days:
        if day["unexplained_sales"]:
            logger.error("sales are not reconciled", extra={k: str(v) for k, v in day.items()})
    governed = {"run_id": event.run_id, "tick": tick, "written_at": as_of, "is_degraded": False, "degraded_inputs": []}
    table = pa.Table.from_pylist([day | governed for day in days], schema=DAYS.schema)
    return result.context.logs.append(
        [Write(DAYS, event.run_id, tick, as_of, table.select(DAYS.file_schema.names), PART)]
    )


def reconciled(accounts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one row a date from the query's rows of date, account, rule, sales and number of rows."""
    by_day: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in accounts:
        by_day[row["date"]].append(row)
    return [_day(day, by_day[day]) for day in sorted(by_day)]


def _day(day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    aside = sorted((r for r in rows if r["account"] == "set_aside"), key=lambda r: r["rule"] or "")
    used, exported = ([r for r in rows if r["account"] == account] for account in ("used", "exported"))
    why = {r["rule"] or "not said": {"rows": r["n_rows"], "sales": round(r["sales"] or 0.0, 2)} for r in aside}
    money = {"used": _sum(used), "set_aside": _sum(aside), "exported": _sum(exported)}
    return {
        "date": day,
        "landed_sales": round(money["used"] + money["set_aside"], 6),
        "exported_sales": money["exported"],
        "set_aside_sales": money["set_aside"],
        "unexplained_sales": round(money["used"] - money["exported"], 2) + 0.0,
        "store_days": sum(r["n_rows"] for r in exported),
        "rows_set_aside": sum(r["n_rows"] for r in aside),
        "set_aside_why": json.dumps(why) if why else None,
    }


def _sum(rows: list[dict[str, Any]]) -> float:
    return round(sum(r["sales"] or 0.0 for r in rows), 6)
