"""A small chart of observed against expected sales as PNG, drawn with NumPy, packed with zlib: no plotting library."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mrs.alerts.mail_content import Series

WIDTH, HEIGHT = 560, 150  # as shown; the picture has twice as many pixels, for sharp screens
_SCALE = 2
_MARGIN = 8
# Multiples of 17: the palette of 16 levels a channel holds them exactly.
_PAPER, _SPAN, _BAND = (255, 255, 255), (255, 238, 204), (221, 221, 238)
_EXPECTED, _UP, _DOWN = (119, 136, 153), (17, 102, 187), (187, 34, 34)

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]


def chart_png(series: Series, first: int, last: int, *, is_up: bool) -> bytes:
    """Return a PNG: the expected band and line in grey, sales in colour, the event's days shaded.

    Parameters
    ----------
    series
        Sales a day; gaps are left where nothing is known.
    first, last
        Positions of the event's first and last day in the series; they may lie outside of it.
    is_up
        Whether the event is above expectation: blue, else red.
    """
    width, height = WIDTH * _SCALE, HEIGHT * _SCALE
    picture: Picture = np.full((height, width, 3), _PAPER, dtype=np.uint8)
    low, high = series.expected - series.half_width, series.expected + series.half_width
    place = _Axes.around(np.concatenate([series.observed, low, high]), len(series.dates), width, height)
    columns = np.arange(width)
    shaded = (columns >= place.x(np.float64(first - 0.5))) & (columns <= place.x(np.float64(last + 0.5)))
    picture[:, shaded] = _SPAN
    days = np.arange(len(series.dates), dtype=np.float64)
    _band(picture, place.x(days), place.y(high), place.y(low), _BAND)
    _line(picture, place.x(days), place.y(series.expected), 1.0 * _SCALE, _EXPECTED)
    _line(picture, place.x(days), place.y(series.observed), 1.7 * _SCALE, _UP if is_up else _DOWN)
    return _png(picture)


@dataclass(frozen=True)
class _Axes:
    """Where a day and a value lie in the picture, in pixels."""

    days: int
    low: float
    high: float
    width: int
    height: int

    @classmethod
    def around(cls, values: Floats, days: int, width: int, height: int) -> _Axes:
        known = values[np.isfinite(values)]
        low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
        return cls(max(days - 1, 1), low, high if high > low else low + 1.0, width, height)

    def x(self, day: Any) -> Any:
        margin = _MARGIN * _SCALE
        return margin + day / self.days * (self.width - 2 * margin)

    def y(self, value: Floats) -> Floats:
        margin = _MARGIN * _SCALE
        return margin + (self.high - value) / (self.high - self.low) * (self.height - 2 * margin)


def _band(picture: Picture, x: Floats, top: Floats, bottom: Floats, colour: tuple[int, int, int]) -> None:
    """Fill between two lines; a day where either is NaN leaves a gap on both of its sides."""
    columns = np.arange(picture.shape[1])
    rows = np.arange(picture.shape[0])[:, None]
    inside = (columns >= x[0]) & (columns <= x[-1])
    above, below = (np.where(inside, np.interp(columns, x, line), np.nan) for line in (top, bottom))
    with np.errstate(invalid="ignore"):
        picture[(rows >= above[None, :]) & (rows <= below[None, :])] = colour


def _line(picture: Picture, x: Floats, y: Floats, thickness: float, colour: tuple[int, int, int]) -> None:
    """Draw the segments between neighbouring known days, ends round, edges softened."""
    height, width, _ = picture.shape
    cover = np.zeros((height, width))
    reach = thickness / 2 + 1
    for i in np.flatnonzero(np.isfinite(y[:-1]) & np.isfinite(y[1:])):
        left, right = max(int(x[i] - reach), 0), min(int(x[i + 1] + reach) + 1, width)
        top, bottom = max(int(min(y[i : i + 2]) - reach), 0), min(int(max(y[i : i + 2]) + reach) + 1, height)
        across, down = np.meshgrid(np.arange(left, right), np.arange(top, bottom))
        dx, dy = x[i + 1] - x[i], y[i + 1] - y[i]
        part = np.clip(((across - x[i]) * dx + (down - y[i]) * dy) / (dx * dx + dy * dy), 0.0, 1.0)
        away = np.hypot(across - x[i] - part * dx, down - y[i] - part * dy)
        patch = cover[top:bottom, left:right]
        np.maximum(patch, np.clip(thickness / 2 + 0.5 - away, 0.0, 1.0), out=patch)
    mixed = picture * (1 - cover[:, :, None]) + np.asarray(colour, dtype=np.float64) * cover[:, :, None]
    picture[:] = np.round(mixed).astype(np.uint8)


def _png(picture: Picture) -> bytes:
    """Return the picture with at most 256 colours, as PNG with a palette: a third of the size of full colour."""
    height, width, _ = picture.shape
    for step in (17, 51):  # 51 leaves 6 levels a channel, 216 colours
        levels = np.round(picture / step).astype(np.int64)
        codes = (levels[..., 0] * 16 + levels[..., 1]) * 16 + levels[..., 2]
        used = np.flatnonzero(np.bincount(codes.ravel(), minlength=16**3))
        if len(used) <= 256:
            break
    index = np.zeros(16**3, dtype=np.uint8)
    index[used] = np.arange(len(used))
    palette = (np.stack([used // 256, used // 16 % 16, used % 16], axis=1) * step).astype(np.uint8)
    rows = np.zeros((height, 1 + width), dtype=np.uint8)  # each row led by its filter, 0: none
    rows[:, 1:] = index[codes]
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        (b"PLTE", palette.tobytes()),
        (b"IDAT", zlib.compress(rows.tobytes(), 9)),
        (b"IEND", b""),
    ]
    chunks = (struct.pack(">I", len(b)) + k + b + struct.pack(">I", zlib.crc32(k + b)) for k, b in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
