"""The `mrs` command: every subcommand, and one clear line in place of a traceback."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated

import typer

from cli import (
    commands_alerts,
    commands_changes,
    commands_check,
    commands_diff,
    commands_docs,
    commands_export,
    commands_quality,
    commands_run,
    commands_serve,
    commands_show,
    commands_simulate,
    commands_train,
    commands_verify,
    commands_why,
)
from cli.console import BAD_INPUT, FAILED, complain

GARBAGE_AFTER = 1_000_000
"""New objects between two looks for cycles: Python's 700 are for small programs, and imports alone make a million."""

app = typer.Typer(
    name="mrs",
    help="The Minority Report System: finds the store-days whose sales no campaign paid for, and says why.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    epilog="Begin with [bold]mrs demo[/], or [bold]mrs simulate world && mrs run --input world/input --state state "
    "--from 2024-11-01 --to 2024-12-31[/].",
)


def _version(wanted: bool) -> None:
    if wanted:
        from mrs import __version__

        typer.echo(f"mrs {__version__}")
        raise typer.Exit


@app.callback()
def _common(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Hold the options that belong to no subcommand."""


for module in (
    commands_check,
    commands_simulate,
    commands_run,
    commands_export,
    commands_show,
    commands_changes,
    commands_why,
    commands_quality,
    commands_alerts,
    commands_verify,
    commands_diff,
    commands_train,
    commands_serve,
    commands_docs,
):
    module.register(app)

LOOKING = ("check", "show", "why", "status", "runs", "changes", "quality", "diff")
"""Commands that only look need not wait for pandas. Stages must know it: else NaN in a model's series is no null."""


def main() -> None:
    """Run the command line; exit 2 on bad input, 1 on a failure, each with one line that says what to do."""
    from mrs.errors import BadInputError, LandingError, MrsError

    from cli.failures import ExecutionFailedError

    gc.set_threshold(GARBAGE_AFTER)
    if sys.argv[1:2] and sys.argv[1] in LOOKING:
        from local.light import without_pandas

        without_pandas()
    try:
        app()
    except ExecutionFailedError as error:
        complain(str(error))
        if not error.is_bad_input:
            complain(f"({error.failure.error}; MRS_TRACE=1 shows where)")
            if os.environ.get("MRS_TRACE"):
                sys.stderr.writelines(error.failure.trace)
        sys.exit(BAD_INPUT if error.is_bad_input else FAILED)
    except (BadInputError, LandingError) as error:
        complain(str(error))
        sys.exit(BAD_INPUT)
    except MrsError as error:
        complain(str(error))
        sys.exit(FAILED)
    except KeyboardInterrupt:
        complain("stopped; what was written stays, and the same command goes on from there")
        sys.exit(130)
    except Exception as error:
        if not type(error).__module__.startswith("botocore"):  # asked this way, --help need not import it
            raise
        complain(f"{error}. What was written stays; run the same command again once AWS answers")
        sys.exit(FAILED)
