"""`mrs train`: new versions of models, each kept for ever under its name; no run uses one until it is told to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.console import progress, say
from cli.options import RunId, StackName, StateDir

FIRST_SEED = 7000


def register(app: typer.Typer) -> None:
    """Add the commands."""
    train = typer.Typer(help="Train models.", no_args_is_help=True)
    train.command(epilog="Example: mrs train causes --state state --version june --worlds 12")(causes)
    train.callback()(_train)
    app.add_typer(train, name="train")


def _train() -> None:
    """Train new versions of models."""


def causes(
    version: Annotated[str, typer.Option(help="Name of the new version; versions are never changed.")],
    state: StateDir = None,
    stack: StackName = None,
    run_id: RunId = None,
    worlds: Annotated[int, typer.Option(min=1, help="Simulated worlds to train on.")] = 24,
    seed: Annotated[int, typer.Option(help="Seed of the first world.")] = FIRST_SEED,
    decision_weight: Annotated[
        float, typer.Option(min=0, help="How many simulated reports one that people decided outweighs.")
    ] = 5.0,
    out: Annotated[Path | None, typer.Option(help="A file to write it to as well.")] = None,
) -> None:
    """Train the cause model on simulated worlds and on what people decided in a run."""
    from mrs.attribution.versions import is_in_layer
    from mrs.errors import BadInputError
    from mrs.store.artifacts import artifact_key, keep_artifact

    from cli.state import now, opened
    from cli.train.causes import train_causes
    from cli.train.decisions import decided_frame

    key = artifact_key("cause", version)
    if is_in_layer(version):
        raise BadInputError(f"cause model version {version!r} came with the release; give the new one another name")
    with opened(state, stack, must_exist=True) as opened_state:
        run = opened_state.run_or_active(run_id)
        decided = decided_frame(opened_state.environment, run, now())
        say(f"{worlds} simulated worlds, {0 if decided is None else len(decided)} reports that people decided in {run}")
        with progress() as bar:
            task = bar.add_task("simulating", total=worlds)
            text = train_causes(
                version,
                range(seed, seed + worlds),
                decided,
                decision_weight,
                lambda line: bar.update(task, advance=1, description=line),
            )
        is_new = keep_artifact(opened_state.logs.objects, "cause", version, text)
    if out is not None:
        out.write_text(text, encoding="utf-8")
    say(f"{key} {'is kept' if is_new else 'was there already, the same'}; nothing uses it yet")
    say(f'what it would change: a rereview with {{"models": {{"cause_model_version": "{version}"}}}}')
    say(f'to use it: mrs run --config with {{"attribute": {{"cause_model_version": "{version}"}}}}')
