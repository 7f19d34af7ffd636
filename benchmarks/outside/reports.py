"""The weekly reports of 61 projects: does the forecast made from them beat the managers?

Every forecast is made without its own project, and the prior of it is learned in one of three ways:
from all others (leave one project out), from those alone that were over by the day of the forecast,
or, for the later ones, from those that were over before a day. What it was learned from is not in
the record of the organisation once more. While too few were over to learn from, the prior of
sprints stands in, and those few are the record.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.estimates import Floats
from slipwatch.aggregator.forecast.outside import OutsideView
from slipwatch.aggregator.forecast.prior import Prior, Slippage, shipped
from slipwatch.aggregator.portfolio.model import Milestone, Observation, Portfolio

from .learning import learn
from .sets import ReportedProject, weekly_reports

CHECKPOINTS: Final = (0.25, 0.5, 0.75)
LEARNED_UNTIL: Final = date(2001, 9, 1)
"""Choices were made on the projects that were over before this day."""
_ENOUGH: Final = 6
"""Projects to learn a prior from."""


@dataclass(frozen=True, slots=True)
class Score:
    """Errors of the remaining time at one checkpoint, as shares of it."""

    managers: list[float] = field(default_factory=list[float])
    median: list[float] = field(default_factory=list[float])
    """Of the forecast's P50."""
    day: list[float] = field(default_factory=list[float])
    """Of the day to name where this error is what counts, see ``_best_day``."""
    held: list[bool] = field(default_factory=list[bool])
    """Whether the P85 held."""

    def better(self, forecast: Sequence[float]) -> tuple[float, float]:
        """Return the middle 90 % of forecast less managers, medians, over resampled projects."""
        drawn = np.random.default_rng(0).integers(len(forecast), size=(2000, len(forecast)))
        ours, theirs = np.array(forecast)[drawn], np.array(self.managers)[drawn]
        difference = np.median(ours, axis=1) - np.median(theirs, axis=1)
        low, high = np.quantile(difference, (0.05, 0.95))
        return float(low), float(high)


Scores = Mapping[float, Score]


def proof(data: Path) -> Mapping[str, Scores]:
    """Score the forecast at each checkpoint, in each way of learning the prior."""
    projects = weekly_reports(data)
    over = [each for each in projects if each.released < LEARNED_UNTIL]
    later = [each for each in projects if each.released >= LEARNED_UNTIL]
    early = learn([each.outcome() for each in over])
    found = {
        name: {share: Score() for share in CHECKPOINTS}
        for name in ("all others", "those over by then", f"those over before {LEARNED_UNTIL}")
    }
    left_out, by_then, before = found.values()
    for project in projects:
        others = [other for other in projects if not other.is_twin(project)]
        slippage = learn([other.outcome() for other in others])
        for share in CHECKPOINTS:
            day = project.day_at(share)
            score_on(day, left_out[share], project, slippage)
            score_on(day, by_then[share], project, *_over(others, day))
    for project in later:
        for share in CHECKPOINTS:
            score_on(project.day_at(share), before[share], project, early)
    return found


def written(found: Mapping[str, Scores]) -> Iterator[str]:
    """Write the scores as rows of a table."""
    yield (
        "| Learned from | At | n | Managers off | P50 off | Less than theirs, 90 % interval"
        " | Best day off | Less than theirs, 90 % interval | P85 held |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
    for name, scores in found.items():
        for share, score in scores.items():
            cells = (
                name if share == CHECKPOINTS[0] else "",
                f"{share:.0%}".replace("%", " %"),
                f"{len(score.managers)}",
                f"{np.median(score.managers):.1%}",
                *_compared(score, score.median),
                *_compared(score, score.day),
                f"{np.mean(score.held):.0%}",
            )
            yield f"| {' | '.join(cells)} |"


def _compared(score: Score, forecast: Sequence[float]) -> tuple[str, str]:
    off = float(np.median(forecast))
    low, high = score.better(forecast)
    shown = f"{off:.1%}"
    better = off < float(np.median(score.managers))
    return f"**{shown}**" if better else shown, f"{-high:+.1%} to {-low:+.1%}"


def _over(
    others: Sequence[ReportedProject], day: date
) -> tuple[Slippage, Sequence[ReportedProject]]:
    """Return the prior that those over by a day teach, and those that are still to be heard."""
    past = [other for other in others if other.released < day]
    if len(past) < _ENOUGH:
        return shipped().sprint, past
    return learn([other.outcome() for other in past]), ()


def score_on(
    day: date,
    score: Score,
    project: ReportedProject,
    slippage: Slippage,
    past: Sequence[ReportedProject] = (),
) -> None:
    """Score the forecast made on a day from the reports so far, and what the managers had said."""
    prior: Prior = msgspec.structs.replace(shipped(), milestone=slippage)
    asked, *others = (_milestone(project, day), *(_milestone(other, date.max) for other in past))
    portfolio = Portfolio(
        as_of=day,
        timezone="UTC",
        milestones={each.id: each for each in (asked, *others)},
        calendars={"default": WorkCalendar(range(1, 8))},
    )
    remaining = OutsideView(portfolio, prior).remaining(asked)
    if remaining is None or asked.plan is None:
        return
    actual = (project.released - day).days
    days = np.maximum(remaining.days - 1, 1)
    p50, p85 = np.quantile(days, (0.5, 0.85))
    score.managers.append(abs(max((asked.plan - day).days, 1) - actual) / actual)
    score.median.append(abs(p50 - actual) / actual)
    score.day.append(abs(_best_day(days) - actual) / actual)
    score.held.append(bool(actual <= p85))


def _best_day(days: Floats) -> float:
    """Return the day whose error, as a share of the outcome, is the least to be expected.

    The median with weights of 1 / outcome (T. Gneiting, "Making and Evaluating Point Forecasts",
    JASA 106, 2011): an error counts for more where less is left, so it comes before the P50.
    """
    share = np.cumsum(1 / days)
    return float(days[np.searchsorted(share, share[-1] / 2)])


def _milestone(project: ReportedProject, day: date) -> Milestone:
    """Return a project as it looked at the end of a day."""
    reports = [each for each in project.reports if each[0] <= day]
    return Milestone(
        id=f"landmark/{project.name}/release",
        title=project.name,
        program="landmark",
        project=f"landmark/{project.name}",
        calendar="default",
        tracked=True,
        plan_start=project.start,
        plan=reports[-1][1] if reports else None,
        actual=project.released if project.released <= day else None,
        history=tuple(_observations(reports)),
    )


def _observations(reports: Iterable[tuple[date, date]]) -> Iterator[Observation]:
    for day, plan in reports:
        yield Observation(datetime.combine(day, time(), tzinfo=UTC), plan)
