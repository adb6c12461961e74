"""Measures quality on every labelled folder at hand, most of them of chains not used in training, and on hard variants.

    .venv/bin/python -m benchmarks.generalisation --data ../shared/data --out docs/quality/generalisation.md

runs the stages over `input` and `clean` of each folder (predict, detect; with `--causes` also cluster, attribute,
cohort) in two processes, and prints one line for each case. `--cases m5 recruit` runs only some of them.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from mrs.identity import smallest_hashes
from threadpoolctl import threadpool_limits

from benchmarks.attribution_scoring import (
    Planted,
    calibration_error,
    cause_figures,
    labelled,
    last_word,
    money_figures,
    quiet_of,
)
from benchmarks.detection_peers import PEERS, WEEKS, PeerInput
from benchmarks.detection_scoring import LEAST_EFFECT, Truth, figures, natural_share, reports_of_scores
from benchmarks.generalisation_made import counts, planted
from cli.train.rehearsal import CHAIN, MemoryLogs, landing_from, rehearse
from functions.detect.detect_anomalies import DETECT, PREDICT

Array = npt.NDArray[np.float64]
Tables = dict[str, pa.Table]
BASELINE, CLASSIFIER = "baseline_sales_model_prediction_log", "anomaly_classifier_model_prediction_log"
SALES = "unified_sales_data"
MARGIN = timedelta(days=3)
BUDGET = 0.005
GROUPS = ((1, 12), (5, 4), (20, 2))
YOUNG_DAYS = {"rossmann": (30, 60, 90), "m5": (60,), "recruit": (90,)}
COUNTS = (2, 5)
OF_CAUSES = ("campaigns", "competitors", "inventory", "social", "weather")
"""Feeds that detection does not read."""
GAP_DAYS = 5
"""Days without a row, or without sales, on which a store was expected to sell, from which its feed has a gap."""
SHOWN = (
    "natural share",
    "without gaps",
    "recall",
    "recall 10–25 %",
    "precision",
    "delay",
    "score ECE",
    "band",
    "band beside events",
    "cause accuracy",
    "cause macro-F1",
    "expected calibration error",
    "misattributable money left",
    "campaign uplift wrongly removed",
    "error left on all days",
)

COMPARED = ("rolling same-weekday z", "LightGBM residual", "MSTL (statsforecast)")
"""The peers that `--peers` prints: the benchmark of detection has more of them."""


@dataclass(frozen=True)
class Case:
    """A labelled folder, or a variant of it.

    Parameters
    ----------
    name, folder
        Its name in the table, and its folder.
    groups
        How many stores are judged together, and how many such groups; None if all stores are judged at once.
    history
        Days kept before the first tick; None if all are.
    absent
        Landing datasets to leave out.
    make
        Writes the folder, where it is not at hand.
    """

    name: str
    folder: Path
    groups: tuple[int, int] | None = None
    history: int | None = None
    absent: tuple[str, ...] = ()
    make: Callable[[Path], None] | None = None


def cases(data: Path) -> list[Case]:
    """Return a case for every labelled folder and for each hard variant, also those whose folder is to be made."""
    folders = sorted(p.parent for p in data.glob("*/truth"))
    found = [Case(p.name, p) for p in folders]
    for p in folders:
        if p.name == "rossmann":
            found += [Case(f"{p.name}, {k} at a time", p, groups=(k, n)) for k, n in GROUPS]
        found += [Case(f"{p.name}, {days} days old", p, history=days) for days in YOUNG_DAYS.get(p.name, ())]
        found.append(Case(f"{p.name}, no campaigns' feed", p, absent=("campaigns",)))
    bare = sorted(p.parent for p in data.glob("*/input") if p.parent not in folders)
    found += [Case(f"{p.name}, planted into", p, make=partial(planted, source=p / "input")) for p in bare]
    found += [Case(f"simulated, {k} units a day", data, make=partial(counts, units=k)) for k in COUNTS]
    return found


@contextmanager
def at_hand(case: Case) -> Iterator[Case]:
    """Give a case whose folder is there, made for the time being if need be."""
    with TemporaryDirectory() as folder:
        if case.make is not None:
            case.make(Path(folder))
            case = replace(case, folder=Path(folder))
        yield case


def tables_of(case: Case, side: str, first: date, last: date, stores: Sequence[str] | None) -> Tables:
    """Return the landing tables of one side (`input` or `clean`) of a case, for some stores if they are given."""
    files = sorted((case.folder / side).glob("*.parquet"))
    tables = {p.stem: pq.read_table(p) for p in files if p.stem not in case.absent}
    sales = tables[SALES]
    day = sales["date"].cast(pa.date32())
    keep = pc.less_equal(day, pa.scalar(last, pa.date32()))
    if case.history is not None:
        begin = pa.scalar(first - timedelta(days=case.history), pa.date32())
        keep = pc.and_(keep, pc.greater_equal(day, begin))
    tables[SALES] = sales.filter(keep)
    if stores is not None:
        for name, table in tables.items():
            if "store_id" in table.column_names:
                said = table["store_id"].cast(pa.string())
                own = pc.is_in(said, value_set=pa.array(stores, pa.string()))
                tables[name] = table.filter(pc.or_(own, pc.is_null(said)))
    return landing_from(tables)


def store_groups(case: Case) -> list[list[str] | None]:
    """Return the groups of stores to judge together, chosen by the smallest hashes; [None] for all stores."""
    if case.groups is None:
        return [None]
    size, count = case.groups
    ids = pd.read_parquet(case.folder / "input/stores.parquet").store_id.astype(str).tolist()
    chosen = smallest_hashes(ids, size * count)
    return [list(chosen[i : i + size]) for i in range(0, size * count, size)]


def measure(case: Case, causes: bool) -> dict[str, float]:
    """Return the figures of a case."""
    events = pd.read_parquet(case.folder / "truth/events.parquet")
    truth = pd.read_parquet(case.folder / "truth/store_days.parquet")
    truth["date"], truth["store_id"] = pd.to_datetime(truth.date), truth.store_id.astype(str)
    quiet = pd.read_parquet(case.folder / "clean/unified_sales_data.parquet")
    quiet["store_id"] = quiet.store_id.astype(str)
    first, last = judged_days(events, quiet)
    chain = CHAIN if causes else (PREDICT, DETECT)
    if not causes:
        case = replace(case, absent=(*case.absent, *OF_CAUSES))
    runs: dict[str, list[MemoryLogs]] = {"input": [], "clean": []}
    asked: list[str] | None = [] if case.groups else None
    for stores in store_groups(case):
        if asked is not None and stores is not None:
            asked += stores
        for side, logs in runs.items():
            part = CHAIN if side == "input" and causes else (PREDICT, DETECT)
            logs.append(rehearse(tables_of(case, side, first, last, stores), first, last, chain=part))
    if asked is not None:
        truth, quiet = truth[truth.store_id.isin(asked)], quiet[quiet.store_id.isin(asked)]
    whole = {side: joined(logs, chain) for side, logs in runs.items()}
    return scored(whole, truth, events, quiet, first, last, causes)


def judged_days(events: pd.DataFrame, quiet: pd.DataFrame) -> tuple[date, date]:
    """Return the first and the last day to judge: those around the events for which there are sales."""
    last = min(events.end.max() + MARGIN, pd.to_datetime(quiet.date).max())
    return (events.start.min() - MARGIN).date(), last.date()


def joined(parts: Sequence[MemoryLogs], chain: Sequence[object]) -> MemoryLogs:
    """Return the logs of separate runs as one run's."""
    if len(parts) == 1:
        return parts[0]
    out = MemoryLogs()
    names = {name for stage in CHAIN for name in stage.writes}
    for name in sorted(names):
        out.append(name, pa.concat_tables([p.all(name) for p in parts]))
    return out


def scored(
    whole: Mapping[str, MemoryLogs],
    truth: pd.DataFrame,
    events: pd.DataFrame,
    quiet: pd.DataFrame,
    first: date,
    last: date,
    causes: bool,
) -> dict[str, float]:
    """Return every figure of a run on `input` and a run on `clean`."""
    day = pd.to_datetime(quiet.date)
    inside = (day >= pd.Timestamp(first)) & (day <= pd.Timestamp(last)) & (quiet.sales > 0)
    open_days = quiet[inside].drop_duplicates(["store_id", "date"])
    reports = {side: last_word(logs) for side, logs in whole.items()}
    asked = Truth(truth, len(open_days))
    found = figures(reports["input"], reports["clean"], asked)
    found["natural share"] = natural_share(reports["clean"], asked)
    whole_stores = without_gaps(whole["clean"])
    kept = reports["clean"][reports["clean"].store_id.isin(whole_stores)]
    found["without gaps"] = natural_share(kept, Truth(truth, int(open_days.store_id.isin(whole_stores).sum())))
    found["score ECE"] = score_error(whole["input"], truth)
    found |= band(whole["clean"])
    found["band beside events"] = band(whole["input"], truth)["band"]
    if causes:
        planted = Planted(events, truth, quiet_of(quiet))
        matched = labelled(reports["input"], planted)
        if len(matched):
            found |= cause_figures(matched, planted) | money_figures(whole["input"], reports["input"], planted)
            for name, rows in matched.groupby("true_cause"):
                found[f"cause right: {name}"] = float((rows.cause == name).mean())
    return found


def without_gaps(logs: MemoryLogs) -> set[str]:
    """Return the stores that sent a row with sales on all but a few of the days on which they were expected to sell.

    A gap of a feed is an event that no label knows, so that every report of it would count as false.
    """
    rows = logs.all(BASELINE).select(["store_id", "date", "tick", "observed_sales", "expected_sales"])
    rows = rows.filter(pc.equal(rows["tick"], rows["date"])).to_pandas()
    missing = ~(rows.observed_sales > 0) & (rows.expected_sales > 0)
    count = missing.groupby(rows.store_id).sum()
    return set(count[count < GAP_DAYS].index)


def score_error(logs: MemoryLogs, truth: pd.DataFrame) -> float:
    """Return the calibration error of the daily score over the store-days that score at least 0.1."""
    days = logs.all(CLASSIFIER).select(["store_id", "date", "anomaly_score", "direction"]).to_pandas()
    days["date"] = pd.to_datetime(days.date)
    asked = truth[truth.log_effect.abs() >= LEAST_EFFECT].groupby(["store_id", "date"]).log_effect.sum().reset_index()
    both = days.merge(asked, how="left", on=["store_id", "date"])
    right = (np.sign(both.log_effect) == np.where(both.direction == "up", 1, -1)).to_numpy()
    score = both.anomaly_score.to_numpy()
    shown = score >= 0.1
    return calibration_error(score[shown], right[shown]) if shown.any() else float("nan")


def band(logs: MemoryLogs, planted: pd.DataFrame | None = None) -> dict[str, float]:
    """Return the coverage of the 90 % band on quiet trading days, that of its worst weekday, and the log RMSE.

    Of a run on sales with events, `planted` says which store-days are left out.
    """
    rows = logs.all(BASELINE)
    rows = rows.filter(pc.and_(pc.equal(rows["tick"], rows["date"]), pc.is_valid(rows["residual_z"]))).to_pandas()
    rows = rows[rows.observed_sales > 0]
    if planted is not None:
        touched = planted[planted.log_effect != 0].set_index(["store_id", "date"]).index
        rows = rows[~pd.MultiIndex.from_arrays([rows.store_id, pd.to_datetime(rows.date)]).isin(touched)]
    held = rows.observed_sales.between(rows.expected_low, rows.expected_high)
    weekday = held.groupby(pd.to_datetime(rows.date).dt.day_of_week).agg(["mean", "size"])
    often = weekday[weekday["size"] >= 0.02 * len(rows)]["mean"]
    error = np.log(rows.observed_sales / rows.expected_sales).clip(-1.5, 1.5)
    return {
        "band": float(held.mean()),
        "band, worst weekday": float(often.iloc[(often - 0.9).abs().argmax()]) if len(often) else float("nan"),
        "log RMSE": float(np.sqrt((error**2).mean())),
    }


def peer_recall(case: Case, name: str) -> float:
    """Return a peer's recall at the alert budget, on the same days and stores; a slow one's on some of the stores."""
    events = pd.read_parquet(case.folder / "truth/events.parquet")
    quiet = pd.read_parquet(case.folder / "clean/unified_sales_data.parquet")
    first, last = map(pd.Timestamp, judged_days(events, quiet))
    truth = pd.read_parquet(case.folder / "truth/store_days.parquet")
    truth["date"], truth["store_id"] = pd.to_datetime(truth.date), truth.store_id.astype(str)
    groups = store_groups(case if case.groups else replace(case, groups=(PEERS[name][1], 1)))
    scores: dict[str, Array] = {}
    ids: list[str] = []
    open_days = 0
    for side in ("clean", "input"):
        frame = pd.read_parquet(case.folder / side / f"{SALES}.parquet")
        wide = frame.assign(date=pd.to_datetime(frame.date), store_id=frame.store_id.astype(str))
        wide = wide.groupby(["store_id", "date"]).sales.sum(min_count=1).unstack("date").sort_index()
        begin = wide.columns[0] if case.history is None else first - pd.Timedelta(days=case.history)
        before = min(begin, first - pd.Timedelta(weeks=WEEKS))
        wide = wide.reindex(columns=pd.date_range(before, last))
        wide.loc[:, wide.columns < begin] = np.nan
        parts = [wide if stores is None else wide.reindex([s for s in stores if s in wide.index]) for stores in groups]
        ids = [str(s) for part in parts for s in part.index]
        scores[side] = np.concatenate([_peer_scores(part, first, name) for part in parts])
        sold = np.nan_to_num(pd.concat(parts).to_numpy(float)[:, int((first - before).days) :]) > 0
        open_days = int(sold.sum()) if side == "clean" else open_days
    truth = truth[truth.store_id.isin(ids)]
    asked = Truth(truth, open_days)
    low, high = 1.0, 60.0
    for _ in range(14):
        middle = (low + high) / 2
        share = natural_share(reports_of_scores(scores["clean"], ids, first, middle), asked)
        low, high = (middle, high) if share > BUDGET else (low, middle)
    clean, found = (reports_of_scores(scores[s], ids, first, high) for s in ("clean", "input"))
    return figures(found, clean, asked)["recall"]


def _peer_scores(wide: pd.DataFrame, first: pd.Timestamp, name: str) -> Array:
    dates, sales = pd.DatetimeIndex(wide.columns), wide.to_numpy(float)
    none = np.zeros(sales.shape, dtype=bool)
    return PEERS[name][0](PeerInput(sales, int((first - dates[0]).days), dates, none, none)).score


def _work(item: tuple[Case, bool]) -> dict[str, float]:
    with threadpool_limits(limits=1), at_hand(item[0]) as case:
        return measure(case, item[1])


def _in_processes(
    work: Callable[[tuple[Case, bool]], dict[str, float]], items: Sequence[tuple[Case, bool]], at_once: int
) -> Iterator[dict[str, float]]:
    with ProcessPoolExecutor(at_once) as processes:
        yield from processes.map(work, items)


def line(case: Case, found: Mapping[str, float]) -> str:
    """Return a case's row of the table."""
    shares = {"natural share", "without gaps"}
    cells = [f"{found[name]:.4f}" if name in shares else _cell(found.get(name)) for name in SHOWN]
    return f"| {case.name} | " + " | ".join(cells) + " |"


def _cell(value: float | None) -> str:
    return "" if value is None or np.isnan(value) else f"{value:.3f}"


def main() -> None:
    """Measure, print, and write the table if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--cases", nargs="*", help="only those whose name contains one of these")
    parser.add_argument("--exact", action="store_true", help="only those whose name is one of these")
    parser.add_argument("--causes", action="store_true", help="also cluster and attribute")
    parser.add_argument("--peers", action="store_true", help="print the peers' recall at the same budget, and stop")
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--stores", type=int, help="judge only this many stores of each chain, for quick comparisons")
    asked = parser.parse_args()
    chosen = [c for c in cases(asked.data) if _is_asked(c.name, asked.cases, asked.exact)]
    if asked.stores:
        chosen = [replace(c, groups=c.groups or (asked.stores, 1)) for c in chosen]
    if asked.peers:
        for asked_for in (c for c in chosen if not c.absent):
            with at_hand(asked_for) as case:
                for name in COMPARED:
                    print(f"{case.name}: {name} {peer_recall(case, name):.3f}", flush=True)
        return
    lines = ["| case | " + " | ".join(SHOWN) + " |", "|---" * (len(SHOWN) + 1) + "|"]
    print("\n".join(lines), flush=True)
    kept = {}
    work = [(c, asked.causes) for c in chosen]
    for case, found in zip(chosen, _in_processes(_work, work, asked.at_once), strict=True):
        kept[case.name] = found
        lines.append(line(case, found))
        print(lines[-1], flush=True)
    if asked.json:
        asked.json.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    if asked.out:
        asked.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _is_asked(name: str, wanted: Sequence[str] | None, exact: bool) -> bool:
    if not wanted:
        return True
    return name in wanted if exact else any(part in name for part in wanted)


if __name__ == "__main__":
    main()
