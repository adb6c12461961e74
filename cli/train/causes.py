"""Trains the cause model on simulated worlds and on people's decisions.

    .venv/bin/python -m cli.train.causes --out layers/mrs/python/mrs/attribution/artifacts/default.json

writes the shipped version, with the same bytes each time. `mrs train causes` trains further versions.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mrs.attribution.evidence_model import canonical_json
from mrs.attribution.features import feature_names
from mrs.attribution.signal_specs import MISTAKEN_FOR, SIGNAL_CAUSES, UP_BY_CHANCE
from mrs.attribution.training import LabelledReports, train_cause_model
from mrs.attribution.training_unseen import learned_shares, learned_usual, without_feeds
from mrs.contracts import Cause
from threadpoolctl import threadpool_limits

from cli.simulate.world import World, simulate_world
from cli.train.labelling import cause_codes, rehearse_world

FIRST_SEED = 7_000
SHIPPED_WORLDS = 40
FALSE_REPORT_WEIGHT = 0.1
OTHER_TICK_WEIGHT = 0.35
FIRST_VARIED_SEED = 7_100
VARIED_WORLDS = 24
FIRST_USUAL_SEED = FIRST_VARIED_SEED + VARIED_WORLDS
USUAL_WORLDS = 24
LOOKED_AT = (10, 4)
"""Varied and usual worlds from which is learned what is usual of causes that cannot be seen."""
OF_PROMOTIONS = tuple(effect for effect, cause in MISTAKEN_FOR.items() if cause == Cause.PROMOTION)
UNITS_SHARE = 0.4
LOCATED_SHARE = 0.7
BLIND_SHARE = 0.3
BLIND_WEIGHT = 0.6
DECISION_WEIGHT = 5.0


def training_world(seed: int) -> World:
    """Return a world for training; its size, noise and number of idle signals depend on the seed.

    Idle signals are about as frequent as in a real year; with more of them, the model would learn to trust no signal.
    A cause's own signal moves visibly, few promotions are missing from the calendar, and in some worlds shelf
    availability fluctuates as it does in real data.
    """
    rng = np.random.default_rng([seed, 0])
    eventful, quiet = 150, int(rng.choice([200, 300, 450]))
    return simulate_world(
        stores=int(np.exp(rng.uniform(np.log(90), np.log(420)))),
        days=quiet + eventful,
        seed=seed,
        regions=int(rng.integers(5, 16)),
        retailers=int(rng.integers(1, 6)),
        categories=0,
        events=int(eventful * rng.uniform(0.25, 0.45)),
        quiet_days=quiet,
        noise=float(rng.uniform(0.4, 1.1)),
        decoys_per_event=float(rng.uniform(0.3, 1.5)),
        idle_campaign_share=float(rng.uniform(0.1, 0.35)),
        unlogged_promotion_share=float(rng.uniform(0.0, 0.1)),
        clear_signals=True,
        rough_shelves=float(rng.choice([0.0, 0.3, 1.0])),
    )


def varied_world(seed: int) -> World:
    """Return a world from which shares are learned: more noise, units or money, few regions, with or without places.

    People talk about some of its campaigns, and unknown events are also bulk orders, rushes and disasters.
    """
    rng = np.random.default_rng([seed, 0])
    eventful, quiet = 150, int(rng.choice([120, 200, 300, 450]))
    is_counted = rng.random() < UNITS_SHARE
    return simulate_world(
        stores=int(np.exp(rng.uniform(np.log(50), np.log(260)))),
        days=quiet + eventful,
        seed=seed,
        regions=int(rng.choice([2, 3, 4, 6, 9, 12, 16])),
        retailers=int(rng.integers(1, 6)),
        categories=0,
        events=int(eventful * rng.uniform(0.45, 0.85)),
        quiet_days=quiet,
        noise=float(np.exp(rng.uniform(np.log(0.4), np.log(2.5)))),
        decoys_per_event=float(rng.uniform(0.3, 1.5)),
        idle_campaign_share=float(rng.uniform(0.1, 0.35)),
        unlogged_promotion_share=float(rng.uniform(0.0, 0.1)),
        clear_signals=True,
        rough_shelves=float(rng.choice([0.0, 0.3, 1.0])),
        units=float(np.exp(rng.uniform(np.log(15), np.log(400)))) if is_counted else None,
        located=bool(rng.random() < LOCATED_SHARE),
        talked_about=float(rng.choice([0.0, 0.5, 0.9])),
        surprises=True,
    )


def labelled_reports(frame: pd.DataFrame) -> LabelledReports:
    """Return the training rows of the frames of several worlds.

    A large event counts less than its number of stores, because its reports carry the same information. False reports
    are labelled `unknown`. Some rows are repeated with feeds removed, so that the model learns to miss them.
    """
    values = frame[list(feature_names())].to_numpy(dtype=np.float64)
    cause, world = cause_codes(frame.cause), frame.world.to_numpy(dtype=np.int64)
    event = frame.world.astype(str) + "/" + frame.event.fillna("")
    size = event.map(event[frame.is_last].value_counts()).fillna(1.0).to_numpy(dtype=np.float64)
    weight = np.where(frame.event.isna(), FALSE_REPORT_WEIGHT, 1 / np.sqrt(np.maximum(size, 1.0)))
    weight = weight * np.where(frame.is_last, 1.0, OTHER_TICK_WEIGHT)
    rng = np.random.default_rng(len(frame))
    number = pd.factorize(frame.world.astype(str) + "/" + frame.cluster)[0].astype(np.int64)
    final = frame.is_last.to_numpy(dtype=bool)
    pieces = [(values, cause, weight, world, number, final)]
    for absent in rng.random((6, len(SIGNAL_CAUSES))) < 0.35:
        chosen = rng.random(len(values)) < BLIND_SHARE / 6
        blind = without_feeds(values[chosen], absent)
        dim = weight[chosen] * BLIND_WEIGHT
        pieces.append((blind, cause[chosen], dim, world[chosen], number[chosen], np.zeros(len(blind), dtype=bool)))
    return LabelledReports(*(np.concatenate(column) for column in zip(*pieces, strict=True)))


def simulated_frame(
    seeds: Sequence[int],
    progress: Callable[[str], None] = lambda _: None,
    world: Callable[[int], World] | None = None,
    *,
    is_planned: bool = True,
) -> pd.DataFrame:
    """Return the labelled reports of one world for each seed; of `training_world` if no other is given.

    Where they are not planned, detection knows no calendar of promotions.
    """
    frames = []
    for seed in seeds:
        frames.append(rehearse_world((world or training_world)(seed), seed, is_planned=is_planned).frame)
        progress(f"world {seed}: {len(frames[-1])} rows")
    return pd.concat(frames, ignore_index=True)


def train_causes(
    version: str,
    seeds: Sequence[int],
    decided: pd.DataFrame | None = None,
    decision_weight: float = DECISION_WEIGHT,
    progress: Callable[[str], None] = lambda _: None,
) -> str:
    """Train a version and return its artifact as canonical text, which includes the hash of its training data.

    Parameters
    ----------
    version
        Its name.
    seeds
        The simulated worlds to train on.
    decided
        Reports that people have decided (`cli.train.decisions`), and how many simulated ones each of them outweighs.
    """
    said = described(seeds)
    with threadpool_limits(limits=1):  # sums in one order, so that the same training is the same artifact
        data = labelled_reports(simulated_frame(seeds, progress))
        if decided is not None:
            data = with_decisions(data, labelled_reports(decided), decision_weight)
            said |= {"decisions": len(decided), "decision_weight": decision_weight}
        trained = train_cause_model(data, version, said)
        trained |= {"usual": learned_usual(data, data, trained)}
        return canonical_json({**trained, "shares": learned_shares(data, trained)})


def world_of_shares(seed: int) -> World:
    """Return a world from which shares are learned: a varied one, or from `FIRST_USUAL_SEED` on a usual one."""
    return (varied_world if seed < FIRST_USUAL_SEED else training_world)(seed)


def with_shares(trained: dict[str, Any], seeds: Sequence[int], frame: pd.DataFrame) -> str:
    """Return the artifact with the shares that reports of other worlds teach and its own weights, as canonical text.

    What chance brings is learned on worlds of both kinds; the rest on varied ones, for people talk about no campaign of
    the others. The share of promotions stays: `with_usual` learns it.

    Parameters
    ----------
    trained
        The artifact.
    seeds, frame
        The worlds (`world_of_shares`), and their labelled reports (`simulated_frame`).
    """
    with threadpool_limits(limits=1):
        data = labelled_reports(frame)
        by_chance = learned_shares(data, trained)
        shares = learned_shares(labelled_reports(frame[frame.world < FIRST_USUAL_SEED]), trained)
    shares |= {effect: by_chance[effect] for effect in UP_BY_CHANCE}
    shares |= {e: trained["shares"][e] for e in OF_PROMOTIONS if e in trained.get("shares", {})}
    described = {"source": "worlds of both kinds, through detection and clustering", "seeds": list(seeds)}
    return canonical_json({**trained, "shares": shares, "shares_from": {**described, "sha256": data.digest()}})


def with_usual(trained: dict[str, Any], frame: pd.DataFrame, unplanned_frame: pd.DataFrame) -> str:
    """Return the artifact with what is usual of causes that cannot be seen, as canonical text; its weights stay.

    What promotions have without their feed is learned where detection did not know them either.

    Parameters
    ----------
    trained
        The artifact.
    frame, unplanned_frame
        Labelled reports (`simulated_frame`) of worlds (`world_of_shares`), and of worlds without a calendar of
        promotions.
    """
    with threadpool_limits(limits=1):
        data, unplanned = labelled_reports(frame), labelled_reports(unplanned_frame)
        learned, of_promotions = learned_usual(data, unplanned, trained), learned_shares(unplanned, trained)
    described = {
        "source": "worlds of both kinds, and varied ones without a calendar of promotions",
        "seeds": [int(seed) for seed in sorted(frame.world.unique())],
        "seeds_without_calendar": [int(seed) for seed in sorted(unplanned_frame.world.unique())],
        "sha256": data.digest(),
        "sha256_without_calendar": unplanned.digest(),
    }
    shares = trained.get("shares", {}) | {effect: of_promotions[effect] for effect in OF_PROMOTIONS}
    return canonical_json({**trained, "shares": shares, "usual": learned, "usual_from": described})


def with_decisions(simulated: LabelledReports, decided: LabelledReports, weight: float) -> LabelledReports:
    """Return both sets of rows together; each decision counts `weight` times, and events keep separate numbers."""
    columns = (
        (simulated.values, decided.values),
        (simulated.cause, decided.cause),
        (simulated.weight, decided.weight * weight),
        (simulated.world, decided.world),
        (simulated.event, decided.event + simulated.event.max(initial=-1) + 1),
        (simulated.is_final, decided.is_final),
    )
    return LabelledReports(*(np.concatenate(pair) for pair in columns))


def described(seeds: Sequence[int]) -> dict[str, Any]:
    """Return a description of the training data."""
    return {"source": "simulated worlds, through detection and clustering", "worlds": len(seeds), "seeds": list(seeds)}


def main() -> None:
    """Train the shipped version."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--worlds", type=int, default=SHIPPED_WORLDS)
    ask.add_argument("--seed", type=int, default=FIRST_SEED)
    ask.add_argument("--version", default="default")
    ask.add_argument("--out", type=Path, required=True)
    ask.add_argument("--shares-of", type=Path, help="learn only the shares of this artifact, and keep its weights")
    ask.add_argument("--usual-of", type=Path, help="learn only what is usual of its unseen causes, and keep the rest")
    args = ask.parse_args()
    if args.shares_of:
        seeds = range(FIRST_VARIED_SEED, FIRST_USUAL_SEED + USUAL_WORLDS)
        trained = json.loads(args.shares_of.read_text("utf-8"))
        with threadpool_limits(limits=1):
            frame = simulated_frame(seeds, print, world_of_shares)
        args.out.write_text(with_shares(trained, seeds, frame), "utf-8")
        return
    if args.usual_of:
        trained = json.loads(args.usual_of.read_text("utf-8"))
        varied = range(FIRST_VARIED_SEED, FIRST_VARIED_SEED + LOOKED_AT[0])
        usual = range(FIRST_USUAL_SEED, FIRST_USUAL_SEED + LOOKED_AT[1])
        with threadpool_limits(limits=1):
            frame = simulated_frame([*varied, *usual], print, world_of_shares)
            unplanned = simulated_frame(varied, print, world_of_shares, is_planned=False)
        args.out.write_text(with_usual(trained, frame, unplanned), "utf-8")
        return
    seeds = range(args.seed, args.seed + args.worlds)
    args.out.write_text(train_causes(args.version, seeds, progress=lambda line: print(line, flush=True)), "utf-8")


if __name__ == "__main__":
    main()
