"""The part of SQL that means the same in Trino and in DuckDB: an allow-list, checked on sqlglot's tree.

What is not listed is refused, because what is silently different cannot be told from what is the same by looking at it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from sqlglot import exp

_CLAUSES = (
    exp.Select, exp.With, exp.CTE, exp.From, exp.Where, exp.Join, exp.Group, exp.Having, exp.Order, exp.Ordered,
    exp.Limit, exp.Union, exp.Subquery, exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Values,
    exp.Tuple, exp.Unnest,
)  # fmt: skip
_EXPRESSIONS = (
    exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg, exp.DPipe, exp.Case, exp.If, exp.Literal, exp.Boolean, exp.Null,
    exp.Placeholder, exp.Cast, exp.DataType, exp.Star, exp.Distinct, exp.Array, exp.Var,
)  # fmt: skip
_FUNCTIONS = (
    exp.Abs, exp.Coalesce, exp.Exp, exp.Greatest, exp.Least, exp.Nullif, exp.DateDiff, exp.TimestampTrunc,
    exp.Count, exp.Sum, exp.Min, exp.Max, exp.LogicalOr, exp.ArrayAgg,
    exp.Window, exp.RowNumber, exp.Rank,
)  # fmt: skip
ALLOWED: frozenset[type[exp.Expr]] = frozenset((*_CLAUSES, *_EXPRESSIONS, *_FUNCTIONS))
"""Every kind of node that a query may contain."""

_CAST_FROM_VALUE = {exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.DOUBLE}
_CAST_FROM_NULL = {exp.DType.VARCHAR, exp.DType.BIGINT, exp.DType.BOOLEAN, exp.DType.ARRAY}
_JOINS = {("", ""), ("LEFT", ""), ("", "CROSS"), ("", "INNER")}


def violations(tree: exp.Expr) -> list[str]:
    """Return why a query may not be run here, one line a fault; empty if it may.

    Parameters
    ----------
    tree
        A query as sqlglot parses it in the `athena` dialect, with its `?` unbound.
    """
    found = [f"{type(n).__name__} is not on the allow-list: {_text(n)}" for n in tree.walk() if type(n) not in ALLOWED]
    return found or list(_misuses(tree))


def _misuses(tree: exp.Expr) -> Iterator[str]:
    for node in tree.walk():
        rule = _RULES.get(type(node))
        if rule is not None:
            yield from rule(node)


def _literal(node: exp.Literal) -> Iterator[str]:
    if not node.is_string and not node.is_int and "e" not in node.name.lower():
        yield f"a literal with a point is a decimal; write {node.name}e0: {_around(node)}"


def _star(node: exp.Star) -> Iterator[str]:
    if not isinstance(node.parent, exp.Count):
        yield f"* only inside count(*): name the columns: {_around(node)}"


def _array_agg(node: exp.ArrayAgg) -> Iterator[str]:
    if not isinstance(node.this, exp.Order):
        yield f"array_agg needs an ORDER BY: {_text(node)}"


def _placeholder(node: exp.Placeholder) -> Iterator[str]:
    if node.find_ancestor(exp.Where) is None:
        yield f"Athena takes a parameter only in a WHERE: {_around(node)}"


def _select(node: exp.Select) -> Iterator[str]:
    if any(isinstance(e.unalias(), exp.Null) for e in node.expressions):
        yield f"a column that is only NULL has no type; cast it: {_text(node)}"


def _with(node: exp.With) -> Iterator[str]:
    if node.args.get("recursive"):
        yield f"no recursion: {_text(node)}"


def _distinct(node: exp.Distinct) -> Iterator[str]:
    if node.args.get("on"):
        yield f"no DISTINCT ON: {_text(node)}"


def _division(node: exp.Div) -> Iterator[str]:
    divisor = node.expression.unnest()
    if not (isinstance(divisor, exp.Nullif) and _is_float(divisor.expression)) and not _is_float(divisor):
        yield f"a divisor must be a double literal or NULLIF(…, 0e0): {_text(node)}"


def _is_float(node: exp.Expr | None) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and "e" in node.name.lower()


def _cast(node: exp.Cast) -> Iterator[str]:
    kind, source = node.to.this, node.this
    if kind in _CAST_FROM_VALUE and not node.to.expressions:
        return
    if kind in _CAST_FROM_NULL and isinstance(source, exp.Null):
        return
    yield f"a cast only to date, timestamp or double, or of NULL: {_text(node)}"


def _date_diff(node: exp.DateDiff) -> Iterator[str]:
    unit = node.args.get("unit")
    dates = [isinstance(x, exp.Cast) and x.to.this is exp.DType.DATE for x in (node.this, node.expression)]
    if unit is None or unit.name.upper() != "DAY" or not all(dates):
        yield f"date_diff only of 'day' between two CAST(… AS DATE): {_text(node)}"


def _date_trunc(node: exp.TimestampTrunc) -> Iterator[str]:
    unit, parent = node.args.get("unit"), node.parent
    is_date = isinstance(parent, exp.Cast) and parent.to.this is exp.DType.DATE
    if unit is None or unit.name.upper() != "WEEK" or not is_date:
        yield f"date_trunc only of 'week', in a CAST(… AS DATE): {_around(node)}"


def _window(node: exp.Window) -> Iterator[str]:
    if node.args.get("spec") is not None:
        yield f"a window has no frame: {_text(node)}"
    if isinstance(node.this, (exp.RowNumber, exp.Rank)):
        if not node.args.get("partition_by") or not node.args.get("order"):
            yield f"row_number and rank need PARTITION BY and ORDER BY: {_text(node)}"
    elif node.args.get("order") is not None:
        yield f"an aggregate over a window has no ORDER BY: {_text(node)}"


def _join(node: exp.Join) -> Iterator[str]:
    if (node.side, node.kind) not in _JOINS or node.args.get("method") or node.args.get("using"):
        yield f"only [INNER] JOIN, LEFT JOIN … ON and CROSS JOIN: {_text(node)}"


def _group(node: exp.Group) -> Iterator[str]:
    others = [k for k, v in node.args.items() if v and k != "expressions"]
    if others or not all(isinstance(e, exp.Column) for e in node.expressions):
        yield f"GROUP BY plain columns only: {_text(node)}"


def _text(node: exp.Expr) -> str:
    return node.sql(dialect="athena")[:100]


def _around(node: exp.Expr) -> str:
    return _text(node.parent) if node.parent is not None else _text(node)


_RULES: Mapping[type[exp.Expr], Callable[[Any], Iterator[str]]] = {
    exp.ArrayAgg: _array_agg,
    exp.Cast: _cast,
    exp.DateDiff: _date_diff,
    exp.Distinct: _distinct,
    exp.Div: _division,
    exp.Group: _group,
    exp.Join: _join,
    exp.Literal: _literal,
    exp.Placeholder: _placeholder,
    exp.Select: _select,
    exp.Star: _star,
    exp.TimestampTrunc: _date_trunc,
    exp.Window: _window,
    exp.With: _with,
}
