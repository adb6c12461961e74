"""`mrs check`: reads a landing folder and says what it holds, before anything is run."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.console import counted, out, print_json, say
from cli.options import AsJson, MappingFile

FIRST_RUN = timedelta(days=55)
READY, WARNINGS, UNREADABLE = 0, 1, 2


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs check landing/ --write-mapping")(check)


def check(
    folder: Annotated[Path, typer.Argument(help="Landing folder, or any folder of sales files.")],
    as_json: AsJson = False,
    mapping: MappingFile = None,
    write_mapping: Annotated[
        bool, typer.Option("--write-mapping", help="Propose landing.toml from the files, and write it beside them.")
    ] = False,
) -> None:
    """Say what a landing folder holds. Exit code 0: ready; 1: ready, with warnings; 2: not readable."""
    from mrs.errors import LandingError
    from mrs.landing.mapping import FILE as MAPPING

    from cli.check import check_landing
    from cli.landing import landing_files
    from cli.proposal import proposed

    files = landing_files(folder, mapping)
    if write_mapping:
        target = folder / MAPPING
        if target.exists():
            say(f"{target} is there already and stays as it is")
        else:
            proposal = proposed(files)
            target.write_text(proposal.toml())
            files = landing_files(folder)
            say(f"wrote {target}" + (f"; {len(proposal.questions)} questions are open" if proposal.questions else ""))
            for question in proposal.questions:
                say(f"question: {question}")
    try:
        found = check_landing(files)
    except LandingError as error:
        if as_json:
            print_json({"ready": False, "error": str(error)})
        else:
            _line(str(error))
            target = folder / MAPPING
            advice = (
                f"settle that in {target}" if target.exists() else f"mrs check {folder} --write-mapping proposes how"
            )
            say(f"not readable as it is: {advice}")
        raise typer.Exit(UNREADABLE) from None
    if as_json:
        print_json({"ready": True, **found.as_json()})
    else:
        _show(folder, found.facts, found.warnings)
    raise typer.Exit(WARNINGS if found.warnings else READY)


def _show(folder: Path, facts: dict[str, Any], warnings: list[str]) -> None:
    sales, money = facts["sales"], facts["money"]
    for file in facts["files"]:
        _line(f"{file['file']}: {counted(file['rows'], 'row')} of {file['dataset']}")
    for name, columns in facts["columns"].items():
        understood = (c if c == own else f"{c} (from {own!r})" for c, own in columns.items())
        _line(f"{name}: columns {', '.join(understood)}")
    for name, dialect in facts["dialect"].items():
        told = {k: v for k, v in dialect.items() if k not in ("files", "columns")}
        if told:
            _line(f"{name}: read with {', '.join(f'{k} {v!r}' for k, v in told.items())}")
    span = (
        f"{counted(sales['stores'], 'store')}, {sales['first_date']} to {sales['last_date']}, "
        f"{counted(sales['store_days'], 'store-day')}"
    )
    _line(f"{span}; {sales['measure']}, {sales['median_store_day']:,.2f} on a store's median day")
    parts = f"used {money['used']:,.2f} + set aside {money['set_aside']:,.2f}"
    _line(f"sales: landed {money['landed']:,.2f} = {parts} + replaced by later files {money['replaced']:,.2f}")
    if sales["returns"]:
        _line(f"returns of {sales['returns']:,.2f} are in it")
    for reason in facts["set_aside"]["reasons"]:
        _line(f"set aside: {counted(reason['rows'], 'row')} ({reason['money']:,.2f}): {reason['reason']}")
    for other in facts["set_aside"]["other_rows"]:
        column = f", column {other['column']}" if other["column"] else ""
        _line(f"{other['dataset']}: {counted(other['rows'], 'row')}{column}: {other['rule']}")
    landed = [name for name, what in facts["feeds"].items() if what == "landed"]
    _line(f"feeds beside the sales: {', '.join(landed) or 'none'}")
    for name, what in facts["feeds"].items():
        if what != "landed":
            _line(f"  without {name}: {what.removeprefix('absent: ')}")
    for day in facts["suspicious_days"]:
        _line(f"look at {day['date']}: {day['times_usual']} times its weekday's usual sales")
    if facts["reports_from"]:
        _line(
            f"reports are possible from {facts['reports_from']} on; the last eight weeks, with all before as history:"
        )
        first = max(facts["reports_from"], str(date.fromisoformat(sales["last_date"]) - FIRST_RUN))
        _line(f"  mrs run --input {folder} --state state --from {first} --to {sales['last_date']}")
    for warning in warnings:
        say(f"warning: {warning}")
    say("ready, with warnings" if warnings else "ready")


def _line(text: str) -> None:
    out.print(text, highlight=False, markup=False, soft_wrap=True)
