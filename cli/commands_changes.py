"""`mrs status`, `mrs changes`, `mrs replay`: what landed, what was restated since, and what is to be judged again."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import typer

from cli.console import amount, counted, money_column, print_json, say, show_table
from cli.options import AsJson, Limit, RunId, StackName, StateDir, day

NUMBERS = ("observed", "adjusted")
REASONS_SHOWN = 5
QUALITIES = {
    "ok": "ok",
    "partial": "partial: rows of them were set aside",
    "no_expectation": "without an expectation: too little was known of the store then",
    "missing": "missing: nothing usable came",
    "closed": "closed",
    "not said": "of an older version",
}


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: mrs status --state state")(status)
    app.command(epilog="Example: mrs changes --state state --since 2024-12-01")(changes)
    app.command(
        epilog="Examples: mrs replay --state state --due; mrs replay --state state --due --dry-run; "
        "mrs replay --state state --from 2024-12-01"
    )(replay)


def status(
    state: StateDir = None,
    stack: StackName = None,
    run_id: RunId = None,
    as_json: AsJson = False,
) -> None:
    """Say what landed, was exported and set aside, which days were restated, and which ticks are due for replay."""
    from cli.state import opened
    from cli.status import status_of

    with opened(state, stack, must_exist=True, read_only=True) as s:
        found = status_of(s, s.run_or_active(run_id))
    if as_json:
        print_json(found)
        return
    say(f"run {found['run_id']}, newest tick {found['tick']}")
    tell_landing(found)
    for word, count in found["quality"].items():
        say(f"{counted(count, 'store-day')} {'is' if count == 1 else 'are'} {QUALITIES[word]}")


def changes(
    *,
    state: StateDir = None,
    stack: StackName = None,
    since: Annotated[date, typer.Option(parser=day, metavar="DATE", help="The tick to compare the newest state with.")],
    run_id: RunId = None,
    limit: Limit = 40,
    as_json: AsJson = False,
) -> None:
    """List the store-days whose numbers changed since a tick: as they were published then, and as they are now."""
    from cli.state import opened
    from cli.status import changed_since

    with opened(state, stack, must_exist=True, read_only=True) as s:
        found = changed_since(s, s.run_or_active(run_id), since)
    if as_json:
        print_json(found)
        return
    rows = found["changes"]
    heads = [("store", "left"), ("date", "left")]
    heads += [money_column(found["currency"], f"{name} {when}") for name in NUMBERS for when in ("then", "now")]
    cells = [
        (r["store_id"], r["date"], *(_money(r[f"{n}_{w}"]) for n in NUMBERS for w in ("before", "now")), r["why"])
        for r in rows[:limit]
    ]
    show_table(f"Since the state of {found['since']}", [*heads, ("why", "left")], cells)
    if len(rows) > limit:
        say(f"{len(rows) - limit:,} more: --limit {len(rows)}, or --json")
    say(f"{counted(len(rows), 'store-day')} changed between the states of {found['since']} and {found['now']}")
    _tell_due([date.fromisoformat(d) for d in found["replay_due"]])


def replay(
    *,
    state: StateDir = None,
    stack: StackName = None,
    is_due: Annotated[bool, typer.Option("--due", help="From the first tick that is due for replay on.")] = False,
    first: Annotated[
        date | None, typer.Option("--from", parser=day, metavar="DATE", help="From this tick on, due or not.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be replayed.")] = False,
    run_id: RunId = None,
) -> None:
    """Judge past ticks again by what is known now, up to the newest tick; nothing that was written is changed."""
    from mrs.errors import BadInputError

    from cli.replay import due
    from cli.replay import replay as judge_again
    from cli.state import opened

    if is_due == (first is not None):
        raise BadInputError("say which ticks: --due for those that are due, or --from DATE")
    with opened(state, stack, must_exist=True, read_only=dry_run) as s:
        run = s.run_or_active(run_id)
        found = due(s, run)
        begins = first or min(found.ticks, default=None)
        if begins is None:
            say("no tick is due for replay: every store-day was judged by the sales that are known now")
            return
        if begins > found.newest:
            raise BadInputError(f"--from {begins} is after the newest tick, {found.newest}")
        _tell_due(list(found.ticks))
        ticks = (found.newest - begins).days + 1
        doing = "would replay" if dry_run else "replaying"
        say(f"{doing} {counted(ticks, 'tick')} of run {run}: {begins} to {found.newest}")
        if dry_run:
            return
        judge_again(s, run, begins, found.newest)
        left = due(s, run)
        say(
            "done; no tick is due any more"
            if not left.ticks
            else f"done; still due: {counted(len(left.ticks), 'tick')}"
        )


def tell_landing(found: dict[str, Any]) -> None:
    """Say what became of the sales that landed, what was restated and what is due for replay."""
    if found["first_date"] is None:
        say("an older version wrote this state and did not say what landed; the next tick does")
        return
    unit = found["currency"]
    landed, exported, aside, lost = (
        amount(found[name], unit) for name in ("landed", "exported", "set_aside", "unexplained")
    )
    say(
        f"{found['first_date']} to {found['last_date']}: landed {landed} = exported {exported} + set aside {aside}"
        + (f"; NOT EXPLAINED: {lost}" if found["unexplained"] else "")
    )
    for why in found["set_aside_why"][:REASONS_SHOWN]:
        say(f"set aside: {counted(why['rows'], 'row')} ({amount(why['sales'], unit)}): {why['reason']}")
    if found["restated"]:
        days = counted(found["restated"], "store-day")
        say(f"restated: {days}, last at {found['restated_at']} (mrs changes --since DATE)")
    _tell_due([date.fromisoformat(d) for d in found["replay_due"]])


def _tell_due(ticks: list[date]) -> None:
    if ticks:
        named = ", ".join(map(str, ticks[:10])) + (f" and {len(ticks) - 10} more" if len(ticks) > 10 else "")
        say(f"due for replay, since they were judged by other sales than are known now: {named} (mrs replay --due)")


def _money(value: Any) -> str:
    return "–" if value is None else f"{value:,.2f}"
