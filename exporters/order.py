"""The order in which people want to see things: the worst first."""

from datetime import date

from slipwatch.aggregator.assessment import MilestoneView, ProgramView

_RANK = {"red": 0, "amber": 1, "grey": 2, "green": 3}


def milestones_by_urgency(milestones: tuple[MilestoneView, ...]) -> list[MilestoneView]:
    """Order by colour, what is open before what is done, then by the day it is due.

    What was done and never committed to is history, and left out.
    """
    return sorted((m for m in milestones if not _is_history(m)), key=_urgency)


def programs_by_urgency(programs: tuple[ProgramView, ...]) -> list[ProgramView]:
    """Order by colour; programs of one colour stay in the order of the file."""
    return sorted(programs, key=lambda program: _RANK[program.status])


def _is_history(milestone: MilestoneView) -> bool:
    return milestone.dates.actual is not None and milestone.dates.commitment is None


def _urgency(milestone: MilestoneView) -> tuple[int, bool, date, str]:
    dates = milestone.dates
    due = dates.commitment or dates.plan or milestone.forecast.p50 or date.max
    return _RANK[milestone.status], dates.actual is not None, due, milestone.id
