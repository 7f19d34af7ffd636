"""Draws a back-test as SVG, in a process of its own: what a plotting library takes ends with it.

``python -m slipwatch.exporters.backtest.drawing`` reads sheets as JSON from its input and writes
the pictures to its output. The same sheet gives the same bytes.
"""

import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from ..reports.drawing import INK, LINE, MARKS, SERIES, SOFT, drawn

_BANDS = ((0.25, "p10", "p95"), (0.5, "p50", "p85"))
"""How strong, and between which quantiles."""


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """How often outcomes were within each share of their forecasts, at one checkpoint."""

    name: str
    points: tuple[tuple[float, float], ...]
    """The share promised and the share that held, both from 0 to 1."""


class CalibrationSheet(msgspec.Struct, frozen=True, kw_only=True, tag="calibration"):
    """Promised against held; an honest forecast runs along the diagonal."""

    title: str
    description: str
    curves: tuple[Curve, ...]


class PitSheet(msgspec.Struct, frozen=True, kw_only=True, tag="pit"):
    """Where in their forecasts the outcomes lay; honest forecasts give bars of equal height."""

    title: str
    description: str
    counts: tuple[int, ...]


class FanPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What was forecast on one day."""

    as_of: date
    p10: date | None
    p50: date | None
    p85: date | None
    p95: date | None


class FanSheet(msgspec.Struct, frozen=True, kw_only=True, tag="fan"):
    """The forecasts of one milestone over its life, against the day it was done."""

    number: int
    title: str
    description: str
    finish: date | None
    commitment: date | None
    points: tuple[FanPoint, ...]


Sheet = CalibrationSheet | PitSheet | FanSheet


def draw(sheet: Sheet) -> str:
    """Draw one sheet."""
    if isinstance(sheet, FanSheet):
        return _drawn(sheet, lambda axes: _fan(axes, sheet), f"fan{sheet.number}", 1.7)
    if isinstance(sheet, PitSheet):
        return _drawn(sheet, lambda axes: _pit(axes, sheet), "pit", 2.0)
    return _drawn(sheet, lambda axes: _calibration(axes, sheet), "calibration", 3.4)


def _drawn(sheet: Sheet, paint: Callable[[Any], None], name: str, height: float) -> str:
    return drawn(paint, name=name, title=sheet.title, description=sheet.description, height=height)


def _calibration(axes: Any, sheet: CalibrationSheet) -> None:
    axes.plot([0, 1], [0, 1], color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)))
    for number, curve in enumerate(sheet.curves):
        promised, held = zip(*curve.points, strict=True)
        axes.plot(
            promised,
            held,
            color=SERIES[number % len(SERIES)],
            marker=MARKS[number % len(MARKS)],
            markersize=3.5,
            label=curve.name,
        )
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1.02)
    axes.set_xlabel("promised")
    axes.set_ylabel("held")
    axes.set_aspect("equal")
    axes.grid(color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.02, 0.5))


def _pit(axes: Any, sheet: PitSheet) -> None:
    bins = len(sheet.counts)
    middles = [(n + 0.5) / bins for n in range(bins)]
    axes.bar(middles, sheet.counts, width=0.9 / bins, color=SERIES[0])
    axes.axhline(sum(sheet.counts) / bins, color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.set_xlim(0, 1)
    axes.set_xlabel("done earlier than forecast  ·  later")
    axes.set_ylabel("forecasts")
    axes.grid(axis="y", color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)


def _fan(axes: Any, sheet: FanSheet) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    days = [point.as_of for point in sheet.points]
    for strength, low, high in _BANDS:
        known = [p for p in sheet.points if getattr(p, low) and getattr(p, high)]
        axes.fill_between(
            [p.as_of for p in known],
            [getattr(p, low) for p in known],
            [getattr(p, high) for p in known],
            color=SERIES[0],
            alpha=strength,
            linewidth=0,
        )
    middle = [(p.as_of, p.p50) for p in sheet.points if p.p50 is not None]
    if middle:
        axes.plot(*zip(*middle, strict=True), color=SERIES[0], marker="o", markersize=3)
    end = sheet.finish or days[-1]
    if sheet.finish is not None:
        axes.axhline(sheet.finish, color=INK, linewidth=1.2)
    if sheet.commitment is not None:
        axes.axhline(sheet.commitment, color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)))
    axes.plot([days[0], end], [days[0], end], color=LINE, linewidth=0.8)
    axes.set_xlim(days[0], end if end > days[0] else None)
    axes.grid(axis="y", color=LINE, linewidth=0.5)
    axes.set_axisbelow(True)
    for axis, most in ((axes.xaxis, 6), (axes.yaxis, 4)):
        locator = AutoDateLocator(minticks=2, maxticks=most)
        locator.intervald[4] = [24]  # hours would mean nothing here
        axis.set_major_locator(locator)
        formatter = ConciseDateFormatter(locator)
        # A single tick tells nothing of what ticks differ in, and would be given as an hour.
        formatter.formats[3:] = formatter.zero_formats[3:] = ["%d %b"] * 3
        formatter.offset_formats[3:] = ["%Y"] * 3
        axis.set_major_formatter(formatter)


def main() -> None:
    """Draw what stands at the input."""
    sheets = msgspec.json.decode(sys.stdin.buffer.read(), type=list[Sheet])
    sys.stdout.buffer.write(msgspec.json.encode([draw(sheet) for sheet in sheets]))


if __name__ == "__main__":
    main()
