"""What Athena refuses and DuckDB lets pass: unknown or ambiguous columns, reused aliases, types that do not compare.

Used by tests on the `.sql` files; the engine itself applies only the allow-list.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify

from local.athena.dialect import scans
from local.athena.grammar import violations

Schema = Mapping[str, Mapping[str, str]]

_KINDS = {
    "text": {"VARCHAR", "TEXT", "CHAR"},
    "number": {"INT", "BIGINT", "DOUBLE"},
    "date": {"DATE"},
    "time": {"TIMESTAMP", "TIMESTAMPNTZ", "DATETIME"},
    "bool": {"BOOLEAN"},
}
_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


def faults(sql: str, schema: Schema, across_runs: Collection[str] = ()) -> list[str]:
    """Return what is wrong with a query, one line a fault.

    Parameters
    ----------
    sql
        A query with parameters as `:name` or `?`.
    schema
        Glue type by column, by table.
    across_runs
        The tables that may be read without naming a run.
    """
    tree = sqlglot.parse_one(sql, read="athena")
    if found := violations(tree):
        return found
    assert isinstance(tree, exp.Query)  # noqa: S101 (nothing else is on the allow-list)
    found = list(_scan_faults(tree, across_runs))
    try:
        typed = annotate_types(
            qualify(tree, schema=_trino(schema), dialect="athena", expand_alias_refs=False),
            schema=_trino(schema),
            dialect="athena",
        )
    except sqlglot.errors.SqlglotError as error:
        return [*found, str(error).splitlines()[0]]
    return [*found, *_type_faults(typed)]


def _trino(schema: Schema) -> dict[str, object]:
    named = {"string": "varchar", "array<string>": "array(varchar)"}
    return {table: {c: named.get(t, t) for c, t in columns.items()} for table, columns in schema.items()}


def _scan_faults(tree: exp.Query, across_runs: Collection[str]) -> Iterator[str]:
    for table, select in scans(tree):
        if table.name in across_runs:
            continue
        where = select.args.get("where")
        equals = [] if where is None else list(where.find_all(exp.EQ))
        named = any(e.this.name == "run_id" and isinstance(e.expression, exp.Placeholder) for e in equals)
        if not named or select.args.get("joins"):
            yield f"{table.name} is not read alone, by a SELECT of its own with run_id = :run_id"


def _type_faults(tree: exp.Expr) -> Iterator[str]:
    for node in tree.find_all(*_COMPARED, exp.In, exp.Coalesce, exp.Case, exp.Div):
        kinds = {k for k in map(_kind, _operands(node)) if k}
        if len(kinds) > 1:
            yield f"types {' and '.join(sorted(kinds))} do not mix: {node.sql('athena')[:100]}"
        if isinstance(node, exp.Div) and not _is_double(node.this):
            yield f"whole numbers divide differently; make the dividend a double: {node.sql('athena')[:100]}"


def _operands(node: exp.Expr) -> list[exp.Expr]:
    if isinstance(node, exp.Case):
        results = [i.args["true"] for i in node.args["ifs"]]
        return [*results, *([node.args["default"]] if node.args.get("default") else [])]
    if isinstance(node, exp.Binary):
        return [node.this, node.expression]
    return [node.this, *node.expressions]


def _kind(node: exp.Expr) -> str | None:
    name = node.type.this.name if node.type is not None else ""
    return next((kind for kind, names in _KINDS.items() if name in names), None)


def _is_double(node: exp.Expr) -> bool:
    return node.type is not None and node.type.this is exp.DType.DOUBLE
