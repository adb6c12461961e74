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
QUIET = (
    "coverage",
    "coverage by weekday, least",
    "coverage by weekday, most",
    "coverage by size, least",
    "coverage by size, most",
)


@dataclass(frozen=True)
class Row:
    """One detector on one scenario."""

    name: str
    stores: int
    speed: float
    figures: Mapping[str, float]


def write_report(
    out: Path, results: Mapping[str, Sequence[Row]], spans: Mapping[str, tuple[date, date, int]], version: str
) -> None:
    """Write detection.md and detection.png into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    text = [
        "# Detection: quality and speed",
        "",
        "Made by `python -m benchmarks.detection`; not edited by hand. Events were planted into sales as they were; a",
        "report on the sales without events is a *natural* alert, set aside for precision. Peers are held to a natural",
        "share of 1 % of open store-days and refitted every 56 days on the past alone; slow ones run on fewer stores.",
        f"Speed is store-days scored per processor second, fits included. Trained combiner: version {version}.",
        "",
        "![recall by size of effect](detection.png)",
    ]
    for name, rows in results.items():
        first, last, count = spans[name]
        text += ["", f"## {name.capitalize()}", "", f"Test days {first} to {last}; {count:,} rows of sales.", ""]
        text += ["| detector | stores | " + " | ".join(t for _, t in COLUMNS) + " | store-days/s |"]
        text += ["|---|---|" + "---|" * (len(COLUMNS) + 1)]
        for r in rows:
            cells = [_cell(r.figures.get(key), key) for key, _ in COLUMNS]
            text.append(f"| {r.name} | {r.stores} | " + " | ".join(cells) + f" | {r.speed:,.0f} |")
        text += ["", "Band of 90 % on quiet days: " + _quiet(rows[0]) + "."]
        causes = {k[6:]: v for k, v in rows[0].figures.items() if k.startswith("cause ")}
        text += ["", "Episodes found by cause (as set): " + ", ".join(f"{k} {v:.2f}" for k, v in causes.items()) + "."]
    (out / "detection.md").write_text("\n".join(text) + "\n", encoding="utf-8")
    _plot(out / "detection.png", results)


def _cell(value: float | None, key: str) -> str:
    if value is None or np.isnan(value):
        return "–"
    return f"{value:.3f}" if key in ("RMSPE", "natural share", "precision") else f"{value:.2f}"


def _quiet(row: Row) -> str:
    f = row.figures
    return (
        f"{f['coverage']:.3f} of them inside; by weekday {f['coverage by weekday, least']:.3f} to "
        f"{f['coverage by weekday, most']:.3f}, by size of store {f['coverage by size, least']:.3f} to "
        f"{f['coverage by size, most']:.3f}"
    )


def _plot(path: Path, results: Mapping[str, Sequence[Row]]) -> None:
    bands = ("recall 10–25 %", "recall 25–60 %", "recall over 60 %")
    figure, axes = plt.subplots(1, len(results), figsize=(6.2 * len(results), 4), sharey=True, squeeze=False)
    for axis, (name, rows) in zip(axes[0], results.items(), strict=True):
        width = 0.8 / len(rows)
        for k, row in enumerate(rows):
            heights = [row.figures.get(b, 0.0) for b in bands]
            axis.bar(np.arange(len(bands)) + k * width, heights, width, label=row.name)
        axis.set_xticks(np.arange(len(bands)) + 0.4, [b.removeprefix("recall ") for b in bands])
        axis.set_title(name)
        axis.set_xlabel("size of the effect")
    axes[0][0].set_ylabel("episodes found")
    axes[0][0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": ""})
    plt.close(figure)
