"""What is drawn in a report: the trend of its milestones, and its commitments' outlook."""

import os
import subprocess
import sys
from collections.abc import Sequence

import msgspec

from slipwatch.aggregator.assessment import MilestoneView

from ..notifications.describing import clean
from ..order import milestones_by_urgency
from .benefits import benefit_sheet
from .drawing import Bar, Line, OutlookSheet, Sheet, TrendSheet
from .model import Material, Picture
from .money import money_sheet

MOST_LINES = 5
MOST_BARS = 8
LONGEST_NAME = 26
PATIENCE = 120.0
"""Seconds that drawing may take: the first time, the library looks through all fonts."""


class DrawingError(Exception):
    """Charts could not be drawn; the message says why."""


def pictures(material: Material) -> tuple[Picture, ...]:
    """Draw the charts of a report; raises ``DrawingError``."""
    sheets = sheets_of(material)
    if not sheets:
        return ()
    drawn = draw_apart(f"{__package__}.drawing", msgspec.json.encode(list(sheets)))
    return tuple(
        Picture(title=sheet.title, svg=svg) for sheet, svg in zip(sheets, drawn, strict=True)
    )


def sheets_of(material: Material) -> tuple[Sheet, ...]:
    """Say what is to be drawn; nothing where no date is forecast and no money is planned."""
    views = milestones_by_urgency(
        tuple(m for m in material.assessment.milestones if m.program == material.program)
    )
    still = [view for view in views if view.dates.actual is None]
    committed = [view for view in still if view.dates.commitment is not None]
    trend = _trend(material, committed or still)
    outlook = _outlook(material, committed)
    money = money_sheet(material.assessment, material.program)
    benefits = benefit_sheet(material)
    return tuple(sheet for sheet in (outlook, trend, money, benefits) if sheet is not None)


def _trend(material: Material, views: Sequence[MilestoneView]) -> TrendSheet | None:
    today = material.assessment.as_of
    lines = [
        Line(
            title=_name(view),
            commitment=view.dates.commitment,
            points=(
                *((one.day, one.p85[view.id]) for one in material.trend if view.id in one.p85),
                (today, view.forecast.p85),
            ),
        )
        for view in views
        if view.forecast.p85 is not None
    ][:MOST_LINES]
    if not any(len(line.points) > 1 for line in lines):
        return None
    told = (
        f"{line.title}: {line.points[0][1]} as of {line.points[0][0]}, "
        f"{line.points[-1][1]} as of {line.points[-1][0]}"
        for line in lines
    )
    return TrendSheet(
        title="Milestone trend",
        description=f"Forecast days (P85) over time. {'; '.join(told)}.",
        today=today,
        lines=tuple(lines),
    )


def _outlook(material: Material, views: Sequence[MilestoneView]) -> OutlookSheet | None:
    bars = [
        Bar(
            title=_name(view),
            status=view.status,
            commitment=view.dates.commitment,
            p50=view.forecast.p50,
            p85=view.forecast.p85,
            p95=view.forecast.p95,
        )
        for view in views
        if view.dates.commitment is not None
    ][:MOST_BARS]
    if not any(bar.p50 for bar in bars):
        return None
    told = (
        f"{bar.title}: committed for {bar.commitment}, P50 {bar.p50 or 'unknown'}, "
        f"P85 {bar.p85 or 'unknown'}, P95 {bar.p95 or 'unknown'}"
        for bar in bars
    )
    return OutlookSheet(
        title="Outlook",
        description=f"Commitments and their forecasts. {'; '.join(told)}.",
        today=material.assessment.as_of,
        bars=tuple(bars),
    )


def _name(view: MilestoneView) -> str:
    return clean(view.title or view.id, LONGEST_NAME)


def draw_apart(module: str, sheets: bytes) -> list[str]:
    """Draw in a process of its own, which needs none of our secrets; raises ``DrawingError``.

    ``module`` reads the sheets as JSON from its input and writes a list of pictures.
    """
    kept = ("PATH", "HOME", "PYTHONPATH", "MPLCONFIGDIR", "TMPDIR", "SYSTEMROOT")
    try:
        done = subprocess.run(  # noqa: S603  # this interpreter, a module of ours
            [sys.executable, "-m", module],
            input=sheets,
            capture_output=True,
            check=True,
            timeout=PATIENCE,
            env={name: os.environ[name] for name in kept if name in os.environ},
        )
    except subprocess.TimeoutExpired:
        raise DrawingError(f"charts were not drawn within {PATIENCE:g} seconds") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[
            -1
        ]
        raise DrawingError(f"charts could not be drawn: {last}") from None
    return msgspec.json.decode(done.stdout, type=list[str])
