"""`mrs changes`: the store-days whose numbers differ between two snapshots, and the ticks that are due for replay."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import pyarrow as pa
import typer

from cli.console import say, show_table
from cli.options import RunId, StackName, StateDir, day

SHOWN = 50
NUMBERS = ("observed_sales", "adjusted_sales")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs changes --state state --since 2024-12-01")(changes)


def changes(
    *,
    state: StateDir = None,
    stack: StackName = None,
    since: Annotated[date, typer.Option(parser=day, metavar="DATE", help="The tick to compare the newest with.")],
    run_id: RunId = None,
) -> None:
    """List the store-days whose sales changed since the snapshot of a tick, or of the last one hydrated before it."""
    from mrs.errors import BadInputError
    from mrs.store.snapshots import snapshots

    from cli.state import opened

    with opened(state, stack, must_exist=True, read_only=True) as s:
        run = s.run_or_active(run_id)
        known = snapshots(s.logs, run)
        older = [k for k in known if k.tick <= since]
        if not older:
            first = known[0].tick if known else "none"
            raise BadInputError(f"--since {since}: no snapshot is so old; the first is {first}")
        before, now = (k.read(s.logs, "attribution_ready_sales") for k in (older[-1], known[-1]))
        due = sorted(set(known[-1].read(s.logs, "restatements")["date"].to_pylist()))
    rows = changed(before, now)
    heads = [("store", "left"), ("date", "left"), *((f"{n} {w}", "right") for n in NUMBERS for w in ("then", "now"))]
    shown = [[r["store_id"], str(r["date"]), *(_text(r[c]) for c in r if c.endswith((" then", " now")))] for r in rows]
    show_table(f"Changed since {older[-1].tick}", [*heads, ("why", "left")],
               [(*line, r["why"] or "") for line, r in zip(shown[:SHOWN], rows, strict=False)])  # fmt: skip
    say(f"{len(rows)} store-days changed between the snapshots of {older[-1].tick} and {known[-1].tick}")
    if due:
        say(f"judged by other sales than are known now, and due for replay: {', '.join(map(str, due))}")


def changed(before: pa.Table, now: pa.Table) -> list[dict[str, object]]:
    """Return the store-days of both tables whose numbers differ, with the old and the new ones and why."""
    keys, kept = ["store_id", "date"], ["store_id", "date", *NUMBERS]
    both = now.select([*kept, "restated_why"]).join(before.select(kept), keys, right_suffix=" then", join_type="inner")
    rows = []
    for row in both.sort_by([(k, "ascending") for k in keys]).to_pylist():
        if any(_differ(row[n], row[f"{n} then"]) for n in NUMBERS):
            pairs = {f"{n} {w}": row[f"{n} then" if w == "then" else n] for n in NUMBERS for w in ("then", "now")}
            rows.append({k: row[k] for k in keys} | pairs | {"why": row["restated_why"] or "judged or decided anew"})
    return rows


def _differ(a: float | None, b: float | None) -> bool:
    return (a is None) != (b is None) or (a is not None and b is not None and abs(a - b) > 0.005)


def _text(value: object) -> str:
    return "–" if value is None else f"{value:,.2f}"
