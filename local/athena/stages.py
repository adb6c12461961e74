"""In how many stages Athena would run a query, at the most: estimated from the text, as a fork of Trino plans it.

Trino puts a CTE's plan into the place of each reference, and refuses a query of too many stages; DuckDB computes a CTE
once and refuses none. Run as a module, this prints the estimate of each `.sql` file of the functions, and fails where
one is above the bound.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import sqlglot
from mrs.store.sql_files import query_files, read_sql
from sqlglot import exp

MOST = 60
"""Of the estimate, which is 1.5 to 2.2 times the real number (`make test-trino` compares): some 40 stages.

Trino refuses 150; Athena's own bound is not documented."""
_SQL = Path(__file__).parents[2] / "functions"


def most_stages(sql: str) -> int:
    """Return how many stages a query takes at the most.

    Parameters
    ----------
    sql
        A query with parameters as `:name` or `?`.

    Returns
    -------
    int
        One for each scan of a table, and one for each exchange that Trino may put between two operators; it needs none
        where the rows already lie together.
    """
    return 1 + _stages(sqlglot.parse_one(sql, read="athena"), {})


def _stages(query: exp.Expr, known: Mapping[str, int]) -> int:
    """Return the stages below a query, given those of the CTEs around it."""
    own = dict(known)
    for cte in query.args["with_"].expressions if query.args.get("with_") else ():
        own[cte.alias] = _stages(cte.this, own)
    if isinstance(query, exp.Subquery):
        return _stages(query.this, own)
    if isinstance(query, exp.SetOperation):
        return _stages(query.left, own) + _stages(query.right, own) + 1 + bool(query.args.get("distinct"))
    parts = list(_of_this_select(query))
    scans = sum(own.get(part.name, 1) for part in parts if isinstance(part, exp.Table))
    inner = sum(_stages(part, own) for part in parts if isinstance(part, exp.Query))
    return scans + inner + _exchanges(query, parts)


def _exchanges(select: exp.Expr, parts: list[exp.Expr]) -> int:
    joins = [p for p in parts if isinstance(p, exp.Join) and not isinstance(p.this, exp.Unnest)]
    compared = [p for p in parts if isinstance(p, exp.Query) and not isinstance(p.parent, (exp.From, exp.Join))]
    windows = {tuple(e.sql() for e in p.args.get("partition_by") or ()) for p in parts if isinstance(p, exp.Window)}
    sums = [p for p in parts if isinstance(p, exp.AggFunc) and not isinstance(p.parent, exp.Window)]
    distinct = [p for p in parts if isinstance(p, exp.Distinct)]
    ordered = bool(select.args.get("order") or select.args.get("limit"))
    return len(joins) + len(compared) + len(windows) + bool(sums or select.args.get("group")) + len(distinct) + ordered


def _of_this_select(select: exp.Expr) -> Iterator[exp.Expr]:
    """Yield what a SELECT is made of: its queries as wholes, its CTEs not at all."""
    for part in select.walk(prune=lambda p: p is not select and isinstance(p, (exp.Query, exp.With))):
        if part is not select and not isinstance(part, exp.With):
            yield part


def main() -> int:
    """Print each file's estimate; return 1 if one is above the bound, else 0."""
    found = {path: most_stages(read_sql(path)) for path in query_files(_SQL)}
    for path, stages in found.items():
        print(f"  {path.stem}: at most {stages} stages of {MOST}")
    for path in (p for p, stages in found.items() if stages > MOST):
        print(f"{path}: Athena may refuse so many stages; it plans a CTE anew at each reference", file=sys.stderr)
    return int(any(stages > MOST for stages in found.values()))


if __name__ == "__main__":
    sys.exit(main())
