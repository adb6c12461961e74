"""The truth as tables: planted events, their effect by store-day, and decoy signals without effect."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa

from cli.simulate.canvas import Canvas
from cli.simulate.places import Flags
from cli.simulate.sales import Sales

STORE_DAYS = pa.schema(
    [
        ("event", pa.string()),
        ("cause", pa.string()),
        ("store_id", pa.string()),
        ("date", pa.timestamp("ns")),
        ("log_effect", pa.float64()),
    ]
)
EVENTS = pa.schema(
    [
        ("event", pa.string()),
        ("cause", pa.string()),
        ("start", pa.timestamp("ns")),
        ("end", pa.timestamp("ns")),
        ("sign", pa.int64()),
        ("size", pa.float64()),
        ("n_stores", pa.int64()),
        ("regions", pa.string()),
        ("with_idle_campaign", pa.bool_()),
    ]
)
DECOYS = pa.schema(
    [
        ("kind", pa.string()),
        ("start", pa.timestamp("ns")),
        ("end", pa.timestamp("ns")),
        ("n_stores", pa.int64()),
        ("regions", pa.string()),
    ]
)


def label_tables(canvas: Canvas, sales: Sales, rows: Flags) -> tuple[pa.Table, pa.Table]:
    """Return `(events, store_days)`: the days on which an open store's sales were changed, and the events in order.

    A row that never landed has a null effect.
    An event that happened to fall on closed days only changed nothing and is left out.
    """
    effect = sales.log_effect
    open_before = sales.clean.sum(axis=2) > 0
    changed = np.isnan(effect) | (effect != 0)
    store, day = np.nonzero(rows & open_before & (sales.of_event >= 0) & changed)
    frame = pd.DataFrame(
        {
            "number": sales.of_event[store, day],
            "store": store,
            "day": day,
            "log_effect": effect[store, day],
            "region": canvas.places.region[store],
        }
    )
    groups = frame.groupby("number")
    events = groups.agg(first=("day", "min"), last=("day", "max"), n_stores=("store", "nunique")).reset_index()
    means = frame.groupby(["number", "day"]).log_effect.mean().fillna(-99.0)
    events["peak"] = events.number.map(means.groupby(level=0).apply(lambda s: s.iloc[int(s.abs().to_numpy().argmax())]))
    events["cause"] = [canvas.planted[n].cause for n in events.number]
    events["regions"] = events.number.map(groups.region.agg(lambda r: ",".join(_regions(canvas, r.unique()))))
    events = events.sort_values(["first", "last", "number"], kind="stable").reset_index(drop=True)
    events["event"] = [f"E{i:03d}" for i in events.index]
    return _events(canvas, events), _store_days(canvas, frame, events)


def _regions(canvas: Canvas, codes: np.ndarray) -> list[str]:
    return sorted(canvas.region_name(int(code)) for code in codes)


def _events(canvas: Canvas, events: pd.DataFrame) -> pa.Table:
    out = pd.DataFrame(
        {
            "event": events.event,
            "cause": events.cause,
            "start": _stamp(canvas, events["first"]),
            "end": _stamp(canvas, events["last"]),
            "sign": np.where(events.peak > 0, 1, -1),
            "size": events.peak.abs(),
            "n_stores": events.n_stores,
            "regions": events.regions,
            "with_idle_campaign": events.number.isin(canvas.idle_beside),
        }
    )
    return pa.Table.from_pandas(out, schema=EVENTS, preserve_index=False)


def _store_days(canvas: Canvas, frame: pd.DataFrame, events: pd.DataFrame) -> pa.Table:
    joined = frame.merge(events[["number", "event", "cause"]], on="number").sort_values(["event", "store", "day"])
    ids = np.array(canvas.places.store_ids, dtype=object)[joined.store]
    out = pd.DataFrame(
        {
            "event": joined.event,
            "cause": joined.cause,
            "store_id": ids,
            "date": _stamp(canvas, joined.day),
            "log_effect": joined.log_effect,
        }
    )
    return pa.Table.from_pandas(out, schema=STORE_DAYS, preserve_index=False)


def _stamp(canvas: Canvas, day: pd.Series[int]) -> pd.Series[pd.Timestamp]:
    return pd.Timestamp(canvas.options.start) + pd.to_timedelta(day, unit="D")


def decoy_table(canvas: Canvas) -> pa.Table:
    """Return the signals without effect, in order of start."""
    rows = [
        {
            "kind": d.kind,
            "start": pd.Timestamp(canvas.day(d.start)),
            "end": pd.Timestamp(canvas.day(min(canvas.days, d.start + d.days) - 1)),
            "n_stores": len(d.stores),
            "regions": ",".join(_regions(canvas, canvas.regions_of(d.stores))),
        }
        for d in sorted(canvas.decoys, key=lambda d: (d.start, d.kind))
    ]
    return pa.Table.from_pylist(rows, schema=DECOYS)
