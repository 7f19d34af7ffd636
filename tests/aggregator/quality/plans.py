"""Plans that quality is told of: sound ones, and what is changed in them."""

from datetime import date
from typing import Any

from slipwatch.aggregator.assess import assess
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.model import (
    Baseline,
    Dependency,
    Milestone,
    Portfolio,
    Program,
    Project,
)
from slipwatch.aggregator.portfolio.sources import SourceState
from slipwatch.aggregator.portfolio.upkeep import Begun, Upkeep
from slipwatch.aggregator.quality.views import PointView, QualityView

MONDAY = date(2026, 1, 5)
FRIDAY = date(2026, 2, 27)


def milestone(name: str, **given: Any) -> Milestone:
    """Make a declared milestone that takes five days and has all that a plan should have."""
    values: dict[str, Any] = {
        "id": f"p/web/{name}",
        "title": name,
        "program": "p",
        "project": "p/web",
        "calendar": "default",
        "duration": 5,
        "baseline": Baseline(finish=FRIDAY),
    }
    return Milestone(**(values | given))


def waits(downstream: str, upstream: str, **given: Any) -> Dependency:
    return Dependency(upstream=f"p/web/{upstream}", downstream=f"p/web/{downstream}", **given)


SOUND = (milestone("a"), milestone("b"), milestone("c", commitment=FRIDAY))
CHAIN = (waits("b", "a"), waits("c", "b"))


def begun(name: str, assignee: str | None = "ana", *homes: str) -> Begun:
    return Begun(
        item=f"jira:{name}",
        key=name,
        title="",
        url="",
        assignee=assignee,
        since=None,
        updated=MONDAY,
        milestones=homes or ("p/web/a",),
    )


def quality(
    *milestones: Milestone,
    ties: tuple[Dependency, ...] = CHAIN,
    upkeep: Upkeep | None = None,
    sources: tuple[SourceState, ...] = (),
    projects: tuple[Project, ...] = (),
    **given: Any,
) -> QualityView:
    """Assess a program, and give how good its schedule is; ``given`` more of the portfolio."""
    found = {each.id: each for each in SOUND} | {each.id: each for each in milestones}
    portfolio = Portfolio(
        as_of=MONDAY,
        timezone="UTC",
        programs=(Program(id="p", title="P"),),
        projects=projects
        or (Project(id="p/web", title="Web", program="p", upkeep=upkeep or Upkeep()),),
        milestones=dict(sorted(found.items())),
        dependencies=ties,
        calendars={"default": WorkCalendar({1, 2, 3, 4, 5})},
        sources=sources,
        **given,
    )
    (program,) = assess(portfolio, MONDAY).programs
    assert program.quality is not None
    return program.quality


def point(found: QualityView, name: str) -> PointView:
    standard, number = name.split()
    return next(p for p in found.points if p.standard == standard and p.number == int(number))


def failing(found: PointView) -> dict[str, str]:
    return {one.subject.removeprefix("p/web/"): one.why for one in found.failing}
