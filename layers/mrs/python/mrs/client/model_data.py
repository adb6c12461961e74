"""What one model's library reads: a frame, the arguments that name its columns, and files of both."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Names:
    """The columns of a frame by what they are."""

    channels: tuple[str, ...]
    impressions: tuple[str, ...]
    controls: tuple[str, ...]
    events: tuple[str, ...]

    @property
    def spends(self) -> list[str]:
        """The spend columns, one a channel."""
        return [f"{c}_spend" for c in self.channels]

    @property
    def exposures(self) -> list[str]:
        """One column a channel: its impressions, or its spend where none were landed."""
        return [f"{c}_impressions" if f"{c}_impressions" in self.impressions else f"{c}_spend" for c in self.channels]


@dataclass(frozen=True)
class ModelData:
    """The input of a model.

    Parameters
    ----------
    tool
        `pymc-marketing`, `meridian`, `robyn` or `bandit`.
    frame
        One row a geo and period; for the bandit one row a decision.
    arguments
        What the library is to be told of the columns, by the names of its own parameters.
    holidays
        Columns `ds`, `holiday`, `country`, `year`, as Prophet and Robyn read them.
    target, raw
        The columns of the adjusted and of the raw target.
    notes
        What a person should know of the data, e.g. which weeks were cut off.
    """

    tool: str
    frame: pd.DataFrame
    arguments: dict[str, Any]
    holidays: pd.DataFrame
    target: str
    raw: str
    notes: tuple[str, ...] = field(default=())

    @property
    def X(self) -> pd.DataFrame:  # noqa: N802 (what scikit-learn and its kind call it)
        """The frame without its targets, which is what `fit` takes first."""
        return self.frame.drop(columns=[self.target, self.raw])

    @property
    def y(self) -> pd.Series[float]:
        """The target: adjusted sales."""
        return self.frame[self.target]

    @property
    def y_raw(self) -> pd.Series[float]:
        """Raw sales under the target's name, for a comparison; null where nothing was observed."""
        return self.frame[self.raw].rename(self.target)

    def write(self, folder: Path) -> list[Path]:
        """Write `<tool>.csv`, `<tool>-arguments.json`, `holidays.csv` and `notes.txt`, and return their paths."""
        folder.mkdir(parents=True, exist_ok=True)
        names = (f"{self.tool}.csv", f"{self.tool}-arguments.json", "holidays.csv", "notes.txt")
        paths = [folder / name for name in names]
        self.frame.to_csv(paths[0], index=False)
        paths[1].write_text(json.dumps(self.arguments, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        self.holidays.to_csv(paths[2], index=False)
        paths[3].write_text("".join(f"{note}\n" for note in self.notes), encoding="utf-8")
        return paths
