"""`mrs serve`: the Workshop on a local port."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import out, say, show_table
from cli.options import StateDir

PAGE = Path(__file__).resolve().parents[1] / "ui" / "dist"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: mrs serve --state state")(serve)


def serve(
    state: StateDir = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0: a free one.")] = 8000,
    password: Annotated[
        str | None, typer.Option(help="Password of the three example users; by default a new one each.")
    ] = None,
) -> None:
    """Serve the Workshop: the page at /, its API at /api, the API's documentation at /docs. Ctrl-C ends it."""
    from cli.state import opened

    with opened(state, must_exist=True) as opened_state:
        serve_site(opened_state, port, password)


def serve_site(state: object, port: int, password: str | None) -> None:
    """Serve an opened state until Ctrl-C."""
    from cli.state import State
    from functions.workshop.api import swagger_page
    from local.site import Site, server
    from local.users import add_examples

    assert isinstance(state, State)  # noqa: S101 (for the type checker; the import is lazy)
    people = add_examples(state.stack.client("cognito-idp"), state.stack.outputs["UserPoolId"], password)
    site = Site(state.stack, PAGE, swagger_page)
    serving = server(site, port)
    rows = [(p.name, p.password, "/".join(p.groups)) for p in people]
    show_table("Example users", [("user", "left"), ("password", "left"), ("role", "left")], rows)
    where = f"http://127.0.0.1:{serving.server_port}"
    say(f"serving {where} (API {where}/api, its documentation {where}/docs); Ctrl-C ends it")
    try:
        serving.serve_forever()
    except KeyboardInterrupt:
        out.print("stopped")
    finally:
        serving.server_close()
