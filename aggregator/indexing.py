"""Indexes of schedules for the assessment: BEI, missed tasks, CPLI and the trend of dates.

They say of execution what the Defense Contract Management Agency asks of it in points 11, 13 and
14 (DOMAIN.md 1.5), and of each date whether it recedes (DOMAIN.md 1.2).
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from .assessment import Assessment, MilestoneView
from .indexes.tasks import Tasks
from .indexes.trend import meets, slope, weekly
from .indexes.views import Execution, MilestoneIndexes, Trend
from .portfolio.model import Milestone, Portfolio

MOST_NAMED = 50
_DIGITS = 4


def index(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add its indexes to every milestone, project and program."""
    zone = ZoneInfo(portfolio.timezone)
    by_place: dict[str, list[Tasks]] = defaultdict(list)
    for milestone in portfolio.milestones.values():
        if milestone.tasks is not None:
            by_place[milestone.project].append(milestone.tasks)
            by_place[milestone.program].append(milestone.tasks)
    executions = {place: execution(tasks, portfolio.as_of) for place, tasks in by_place.items()}
    return replace(
        assessment,
        milestones=tuple(
            replace(view, indexes=found) if found != view.indexes else view
            for view in assessment.milestones
            for found in [_indexes(portfolio, portfolio.milestones[view.id], view, zone)]
        ),
        projects=tuple(
            replace(view, execution=executions.get(view.id, Execution()))
            for view in assessment.projects
        ),
        programs=tuple(
            replace(view, execution=executions.get(view.id, Execution()))
            for view in assessment.programs
        ),
    )


def execution(plans: Iterable[Tasks], as_of: date) -> Execution:
    """Measure execution by what baselines planned; a day is over when the next one begins."""
    known = list(plans)
    due = [tasks for tasks in known if tasks.finish < as_of]
    count = sum(tasks.planned for tasks in due)
    completed = sum(tasks.done for tasks in known)
    completed_due = sum(tasks.done for tasks in due)
    late = sorted(name for tasks in due for name in tasks.late)
    open_ = sorted(name for tasks in due for name in tasks.open)
    missed = len(late) + len(open_)
    return Execution(
        tasks=sum(tasks.planned for tasks in known),
        due=count,
        completed=completed,
        completed_due=completed_due,
        missed=missed,
        bei=_share(completed, count),
        hit_share=_share(completed_due, count),
        missed_share=_share(missed, count),
        missed_tasks=(*open_, *late)[:MOST_NAMED],
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, _DIGITS) if whole else None


def _indexes(
    portfolio: Portfolio, milestone: Milestone, view: MilestoneView, zone: ZoneInfo
) -> MilestoneIndexes:
    if milestone.closed or milestone.actual is not None:
        return MilestoneIndexes()
    found = MilestoneIndexes(trend=_trend(milestone, portfolio.as_of, zone))
    finish, commitment = view.network.early_finish, milestone.commitment
    if finish is None or commitment is None:
        return found
    calendar = portfolio.calendars[milestone.calendar]
    length = calendar.workdays(portfolio.as_of.toordinal(), finish.toordinal() + 1)
    if length <= 0:
        return found
    spare = calendar.between(finish, commitment)
    return replace(
        found,
        cpli=round((length + spare) / length, _DIGITS),
        path_length=length,
        path_float=spare,
    )


def _trend(milestone: Milestone, as_of: date, zone: ZoneInfo) -> Trend | None:
    seen = [(one.at.astimezone(zone).date(), one.value) for one in milestone.history]
    reports = weekly(seen, as_of)
    rate = slope(reports)
    if rate is None:
        return None
    return Trend(
        slope=round(rate, _DIGITS),
        dates=tuple(value for _, value in reports),
        meets=meets(reports),
    )
