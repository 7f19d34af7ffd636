"""The weekly reports of 61 projects: does the forecast made from them beat the managers?

Every forecast is made without its own project. Either the prior is learned from all others
(leave one project out), or only from those that were over by the day of the report.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.estimates import Floats
from slipwatch.aggregator.forecast.outside import OutsideView
from slipwatch.aggregator.forecast.prior import Prior, shipped
from slipwatch.aggregator.portfolio.model import Milestone, Observation, Portfolio

from .learning import learn
from .sets import ReportedProject, weekly_reports

CHECKPOINTS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)


class Score:
    """Errors of the remaining time at one checkpoint, of the managers and of the forecast."""

    def __init__(self) -> None:
        self.managers: list[float] = []
        self.forecast: list[float] = []
        self.held: list[bool] = []
        """Whether the P85 held."""

    def line(self) -> str:
        """Say it in one line of a table."""
        managers, forecast = np.array(self.managers), np.array(self.forecast)
        low, high = _interval(managers, forecast)
        return (
            f"{len(managers):>3}  {np.median(managers):>8.1%}  {np.median(forecast):>8.1%}  "
            f"{low:>+6.1%} .. {high:>+6.1%}  {np.mean(self.held):>5.2f}"
        )


def proof(data: Path) -> str:
    """Score the forecast at each checkpoint; return two tables."""
    projects = weekly_reports(data)
    base = shipped()
    everything = [
        (project, [learn([other.outcome() for other in projects if other is not project])])
        for project in projects
    ]
    lines = ["Median error of the remaining time; median difference with its 90 % interval; P85"]
    for title, honest in (("leave one project out", False), ("only what was over", True)):
        scores = {share: Score() for share in CHECKPOINTS}
        for project, (slippage,) in everything:
            prior = msgspec.structs.replace(base, milestone=slippage)
            for share, score in scores.items():
                _score(project, projects, prior, share, score, honest=honest)
        lines.append(f"\n{title}\n  at   n  managers  forecast  difference       P85")
        lines += [f"{share:>4.0%}  {score.line()}" for share, score in scores.items()]
    return "\n".join(lines)


def _score(
    project: ReportedProject,
    projects: Sequence[ReportedProject],
    prior: Prior,
    share: float,
    score: Score,
    *,
    honest: bool,
) -> None:
    at = project.report_at(share)
    if at is None:
        return
    day, said = project.reports[at]
    past = [other for other in projects if other is not project and other.released < day]
    if honest:
        known = [other.outcome() for other in past]
        prior = msgspec.structs.replace(
            prior, milestone=learn(known) if len(known) > 5 else prior.sprint
        )
    milestones = [_milestone(project, at), *(_milestone(other, None) for other in past)]
    portfolio = Portfolio(
        as_of=day,
        timezone="UTC",
        milestones={each.id: each for each in milestones},
        calendars={"default": WorkCalendar(range(1, 8))},
    )
    remaining = OutsideView(portfolio, prior).remaining(milestones[0])
    if remaining is None:
        return
    actual = (project.released - day).days
    p50, p85 = np.quantile(remaining.days - 1, (0.5, 0.85))
    score.managers.append(abs(max((said - day).days, 1) - actual) / actual)
    score.forecast.append(abs(p50 - actual) / actual)
    score.held.append(bool(actual <= p85))


def _milestone(project: ReportedProject, until: int | None) -> Milestone:
    """Return a project as it looked after a report, or with its release when None is given."""
    reports = project.reports if until is None else project.reports[: until + 1]
    return Milestone(
        id=f"landmark/{project.name}/release",
        title=project.name,
        program="landmark",
        project=f"landmark/{project.name}",
        calendar="default",
        tracked=True,
        plan_start=project.start,
        plan=reports[-1][1],
        actual=project.released if until is None else None,
        history=tuple(_observations(reports)),
    )


def _observations(reports: Iterable[tuple[date, date]]) -> Iterator[Observation]:
    for day, plan in reports:
        yield Observation(datetime.combine(day, time(), tzinfo=UTC), plan)


def _interval(managers: Floats, forecast: Floats) -> tuple[float, float]:
    """Return the middle 90 % of the difference of the medians over resampled projects."""
    drawn = np.random.default_rng(0).integers(managers.size, size=(2000, managers.size))
    difference = np.median(forecast[drawn], axis=1) - np.median(managers[drawn], axis=1)
    low, high = np.quantile(difference, (0.05, 0.95))
    return float(low), float(high)
