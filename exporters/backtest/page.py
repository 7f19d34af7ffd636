"""A back-test as a page of HTML that needs nothing else."""

from collections.abc import Iterator, Sequence
from functools import cache

import msgspec
from jinja2 import Template
from markupsafe import Markup

from slipwatch.aggregator.backtest.cases import OURS
from slipwatch.aggregator.backtest.result import Backtest, Checkpoint, MilestoneResult, Scores

from ..legend import COLUMNS, STEADY, legend, nearer
from ..notifications.describing import clean
from ..reports.charts import draw_apart
from ..templates import load_page
from .drawing import CalibrationSheet, Curve, FanPoint, FanSheet, PitSheet, Sheet

MOST_FANS = 60
"""A page of more takes long to draw and to read; the JSON has them all."""
LONGEST_NAME = 60
_BINS = 10
_PROMISED = tuple(n / 20 for n in range(1, 20))


def to_html(result: Backtest, *, version: str) -> str:
    """Write the page; raises ``DrawingError`` where its pictures could not be drawn."""
    sheets: list[Sheet] = [_calibration(result), _pit(result), *_fans(result)]
    drawn = draw_apart(f"{__package__}.drawing", msgspec.json.encode(sheets))
    pictures = [
        (sheet.title, Markup(svg))  # noqa: S704  # drawn by us
        for sheet, svg in zip(sheets, drawn, strict=True)
    ]
    return _template().render(
        result=result,
        ours=OURS,
        rows=_table(result.checkpoints),
        groups=[(group.id, _table(group.checkpoints)) for group in result.groups]
        if len(result.groups) > 1
        else [],
        committed=any(_is_committed(found) for found in result.checkpoints),
        summary=pictures[:2],
        fans=pictures[2:],
        columns=COLUMNS,
        legend=list(legend(result)),
        nearer=list(nearer(result)),
        steady=STEADY,
        left_out=max(0, len(result.milestones) - MOST_FANS),
        version=version,
    )


Rows = list[tuple[Checkpoint, list[tuple[str, Checkpoint | Scores]]]]


def _table(checkpoints: Sequence[Checkpoint]) -> Rows:
    return [(found, list(_rows(found))) for found in checkpoints]


def _is_committed(found: Checkpoint) -> bool:
    """Say whether any milestone was committed to a day that tells something."""
    told = (found.brier, found.lead_time.amber, found.false_alarms)
    return any(each is not None for each in told)


def _rows(found: Checkpoint) -> Iterator[tuple[str, Checkpoint | Scores]]:
    yield OURS, found
    for name, scores in found.baselines.items():
        if scores.n:
            yield name, scores


def _calibration(result: Backtest) -> CalibrationSheet:
    """Count how often outcomes lay in the lower part of their forecasts, share by share."""
    curves = tuple(
        Curve(
            name=f"at {found.at} % of life",
            points=tuple((share, _held(found.pit, share)) for share in _PROMISED),
        )
        for found in result.checkpoints
        if found.pit
    )
    told = "; ".join(
        f"at {found.at} % P85 held in {found.coverage.p85:.0%}"
        for found in result.checkpoints
        if found.coverage.p85 is not None
    )
    return CalibrationSheet(
        title="Calibration",
        description=f"How often outcomes came by a quantile of the forecast: {told}.",
        curves=curves,
    )


def _held(pit: Sequence[float], share: float) -> float:
    return sum(one <= share for one in pit) / len(pit)


def _pit(result: Backtest) -> PitSheet:
    counts = [0] * _BINS
    for found in result.checkpoints:
        for one in found.pit:
            counts[min(int(one * _BINS), _BINS - 1)] += 1
    return PitSheet(
        title="Where outcomes lay",
        description="Forecasts by the tenth of their distribution that the outcome lay in: "
        + ", ".join(map(str, counts))
        + ".",
        counts=tuple(counts),
    )


def _fans(result: Backtest) -> Iterator[FanSheet]:
    for number, one in enumerate(result.milestones[:MOST_FANS]):
        yield FanSheet(
            number=number,
            title=f"{clean(one.title, LONGEST_NAME)} ({one.project})",
            description=_told(one),
            finish=one.finish,
            commitment=one.commitment,
            points=tuple(
                FanPoint(as_of=p.as_of, p10=p.p10, p50=p.p50, p85=p.p85, p95=p.p95)
                for p in one.forecasts
            ),
        )


def _told(one: MilestoneResult) -> str:
    said = "; ".join(
        f"as of {p.as_of}: P50 {p.p50 or 'unknown'}, P85 {p.p85 or 'unknown'}"
        for p in one.forecasts
    )
    return f"{f'Done {one.finish}' if one.finish else 'Still open'}. {said}."


@cache
def _template() -> Template:
    return load_page("backtest", "backtest.html", percent=_percent, days=_days, score=_score)


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.0f} %"


def _days(days: float | None) -> str:
    return "" if days is None else f"{days:.1f}"


def _score(score: float | None) -> str:
    return "" if score is None else f"{score:.3f}"
