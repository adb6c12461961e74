"""Writes the detection benchmark's page and plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import matplotlib
import numpy as np

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

COLUMNS = (
    ("recall", "episodes found"),
    ("recall 10–25 %", "10–25 %"),
    ("recall 25–60 %", "25–60 %"),
    ("recall over 60 %", "> 60 %"),
    ("events", "events, half their stores"),
    ("events of 1 store", "events of one store"),
    ("delay", "delay, days"),
    ("precision", "precision"),
    ("natural share", "natural share"),
    ("RMSPE", "RMSPE"),
)


@dataclass(frozen=True)
class Row:
    """One detector on one scenario."""

    name: str
    stores: int
    speed: float
    figures: Mapping[str, float]
    calibration: Sequence[tuple[float, float, int]] = ()


def write_report(
    out: Path, results: Mapping[str, Sequence[Row]], spans: Mapping[str, tuple[date, date, int]], version: str
) -> None:
    """Write detection.md and detection.png into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    text = [
        "# Detection: quality and speed",
        "",
        "Made by `python -m benchmarks.detection`; not edited by hand. Events were planted into sales as they were; a",
        "report on the sales without events is a *natural* alert, set aside for precision. *At 1.0 %*, *at 0.5 %*:",
        "with the threshold that keeps natural alerts within that share of open store-days; *as set*: the one shipped.",
        "Peers are refitted every 56 days on the past alone; the slow ones run on fewer stores, drawn at random, which",
        "the column says. Speed is store-days scored per processor second, with fits, without learning on the chain.",
        f"RMSPE is the error of the expectation on quiet days. Trained combiner: version {version}.",
        "",
        "![episodes found by size of effect, and the score as a probability](detection.png)",
    ]
    for name, rows in results.items():
        text += _scenario(name, rows, *spans[name])
    (out / "detection.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    _plot(out / "detection.png", results)


def _scenario(name: str, rows: Sequence[Row], first: date, last: date, count: int) -> list[str]:
    text = ["", f"## {name.capitalize()}", "", f"Test days {first} to {last}; {count:,} rows of sales.", ""]
    text += ["| detector | stores | " + " | ".join(t for _, t in COLUMNS) + " | store-days/s |"]
    text += ["|---|---|" + "---|" * (len(COLUMNS) + 1)]
    for r in rows:
        cells = [_cell(r.figures.get(key), key) for key, _ in COLUMNS]
        text.append(f"| {r.name} | {r.stores} | " + " | ".join(cells) + f" | {r.speed:,.0f} |")
    ours = rows[0].figures
    causes = {k.removeprefix("cause "): v for k, v in ours.items() if k.startswith("cause ")}
    text += ["", "Episodes found by cause (as set):", "", *_line(causes, 2)]
    held = {k.removeprefix("coverage "): v for k, v in ours.items() if k.startswith("coverage ")}
    text += [
        "",
        f"The band of 90 % holds {ours['coverage']:.3f} of quiet store-days; by weekday and by size of store (fifths,",
    ]
    text += ["1 the smallest):", "", *_line(held, 3)]
    base = sum(n * share for _, share, n in rows[0].calibration) / max(1, sum(n for *_, n in rows[0].calibration))
    text += [
        "",
        "The score as a probability, by tenths: the mean score, the share of those store-days with a planted event of",
    ]
    text += [f"10 % or more to that side ({base:.1%} of all judged; what stirred naturally counts as none), how many:"]
    return [*text, "", *_reliability(rows[0].calibration)]


def _line(values: Mapping[str, float], digits: int) -> list[str]:
    cells = " | ".join(f"{v:.{digits}f}" for v in values.values())
    return ["| " + " | ".join(values) + " |", "|" + "---|" * len(values), f"| {cells} |"]


def _reliability(calibration: Sequence[tuple[float, float, int]]) -> list[str]:
    columns = [("score", "share", "store-days"), *((f"{m:.2f}", f"{s:.2f}", f"{n:,}") for m, s, n in calibration)]
    first, *rest = ["| " + " | ".join(cells) + " |" for cells in zip(*columns, strict=True)]
    return [first, "|" + "---|" * len(columns), *rest]


def _cell(value: float | None, key: str) -> str:
    if value is None or np.isnan(value):
        return "–"
    return f"{value:.3f}" if key in ("RMSPE", "natural share", "precision") else f"{value:.2f}"


BANDS = ("recall 10–25 %", "recall 25–60 %", "recall over 60 %")
OURS, THEIRS = ("#0b3c5d", "#2f7fb5", "#8cc1e0"), ("#444444", "#b5651d", "#d9a441", "#7a8b3c", "#9a7aa0")
SHOWN_BUDGET = "at 1.0%"


def _plot(path: Path, results: Mapping[str, Sequence[Row]]) -> None:
    figure, axes = plt.subplots(
        2, len(results), figsize=(6.5 * len(results), 8), squeeze=False, height_ratios=(3, 2), sharey="row"
    )
    for column, (name, rows) in enumerate(results.items()):
        _recall_bars(axes[0][column], rows)
        axes[0][column].set_title(name)
        _reliability_line(axes[1][column], rows[0].calibration)
    axes[0][0].set_ylabel("episodes found")
    axes[1][0].set_ylabel("share with a planted event")
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower center", ncols=4, fontsize=9, frameon=False)
    figure.tight_layout(rect=(0, 0.07, 1, 1))
    figure.savefig(path, dpi=110, metadata={"Software": ""})
    plt.close(figure)


def _recall_bars(axis: Axes, rows: Sequence[Row]) -> None:
    shown = [r for r in rows if r.name.startswith("ours") or r.name.endswith(SHOWN_BUDGET)]
    colours = [*OURS[: sum(r.name.startswith("ours") for r in shown)], *THEIRS]
    width = 0.84 / len(shown)
    for k, row in enumerate(shown):
        heights = [row.figures.get(b, 0.0) for b in BANDS]
        axis.bar(np.arange(len(BANDS)) + k * width, heights, width * 0.92, label=row.name, color=colours[k])
    axis.set_xticks(np.arange(len(BANDS)) + 0.42 - width / 2, [b.removeprefix("recall ") for b in BANDS])
    axis.set_xlabel("size of the effect")
    axis.set_ylim(0, 1.02)
    axis.grid(axis="y", alpha=0.3)
    axis.set_axisbelow(True)


def _reliability_line(axis: Axes, calibration: Sequence[tuple[float, float, int]]) -> None:
    axis.plot([0, 1], [0, 1], color="#999999", linewidth=1, linestyle="--")
    axis.plot([m for m, *_ in calibration], [s for _, s, _ in calibration], marker="o", color=OURS[0])
    axis.set_xlabel("anomaly_score, mean by tenths")
    axis.set_xlim(-0.02, 1.02)
    axis.set_ylim(-0.02, 1.02)
    axis.grid(alpha=0.3)
