"""Features of promotions: where they run, begin and end, of which mechanic they are, and how deep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mrs.arrays import BoolArray
from mrs.detection.baseline.params import DEPTH_CLIP, DEPTH_UNIT, MECHANIC_LEAST_PROMOTIONS, MOST_MECHANICS
from mrs.detection.baseline.scopes import Entry, Layout

Mechanic = tuple[str, str]
Mark = tuple[str, Mechanic, Entry, int, int]


def promotion_features(
    layout: Layout, promotions: Sequence[Entry], weekday: npt.NDArray[np.int64], anchor: int
) -> tuple[dict[str, npt.NDArray[Any]], BoolArray]:
    """Return features of the regular mechanics by their days, of all others together, and where a regular one is."""
    names = ("active", "first", "last", "before", "after", "after_3", "other", "other_first")
    regular = regular_mechanics(promotions, anchor)
    count = layout.counted(_promotion_marks(layout.near(promotions), regular), names)
    on = count["active"]
    active = on > 0
    week_ago = np.zeros_like(active)
    week_ago[:, 7:] = active[:, :-7]
    found: dict[str, npt.NDArray[Any]] = {f"promotion_weekday_{k}": on * (weekday == k)[None, :] for k in range(5)}
    found["promotion_weekend"] = on * (weekday >= 5)[None, :]
    found |= {f"promotion_{name}": count[name] for name in names[1:]}
    found["promotion_more"] = np.maximum(on - 1, 0)
    found["promotion_again"] = active & week_ago
    found["promotion_neither"] = ~active & ~week_ago
    return found | _mechanic_features(layout, promotions, regular, anchor), active


def _promotion_marks(promotions: Sequence[Entry], regular: Sequence[Mechanic]) -> Iterator[Mark]:
    for e in promotions:
        mechanic = _mechanic(e)
        if mechanic not in regular:
            yield "other", mechanic, e, e.start, e.end
            yield "other_first", mechanic, e, e.start, e.start
            continue
        yield "active", mechanic, e, e.start, e.end
        yield "first", mechanic, e, e.start, e.start
        yield "last", mechanic, e, e.end, e.end
        yield "before", mechanic, e, e.start - 2, e.start - 1
        yield "after", mechanic, e, e.end + 1, e.end + 1
        yield "after_3", mechanic, e, e.end + 2, e.end + 3


def _mechanic(entry: Entry) -> Mechanic:
    return entry.label, entry.kind


def regular_mechanics(promotions: Sequence[Entry], anchor: int) -> list[Mechanic]:
    """Return the mechanics that came often enough before the anchor, the commonest first and in any case."""
    seen = Counter(_mechanic(e) for e in promotions if e.start < anchor)
    common = sorted(seen, key=lambda m: (-seen[m], m))[:MOST_MECHANICS]
    return [m for i, m in enumerate(common) if i == 0 or seen[m] >= MECHANIC_LEAST_PROMOTIONS]


def _mechanic_features(
    layout: Layout, promotions: Sequence[Entry], regular: Sequence[Mechanic], anchor: int
) -> dict[str, npt.NDArray[Any]]:
    """Return what tells the regular mechanics apart: which it is, and how deep against its usual depth."""
    found: dict[str, npt.NDArray[Any]] = {}
    for k, mechanic in enumerate(regular):
        entries = [e for e in promotions if _mechanic(e) == mechanic]
        depths = [e.depth for e in entries if e.start < anchor and not np.isnan(e.depth)]
        if len(regular) > 1:
            name = f"promotion_kind_{k}"
            found |= layout.counted(((name, mechanic, e, e.start, e.end) for e in entries), [name])
        if depths:
            depth = layout.deepest(layout.near(entries))
            usual = sum(depths) / len(depths)
            found[f"promotion_depth_{k}"] = np.clip(
                np.nan_to_num((depth - usual) / DEPTH_UNIT), -DEPTH_CLIP, DEPTH_CLIP
            )
    return found
