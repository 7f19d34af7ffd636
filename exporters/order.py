"""The order in which people want to see things: the worst first."""

from datetime import date

from slipwatch.aggregator.assessment import MilestoneView, ProgramView

from .health import overall

_RANK = {"red": 0, "amber": 1, "grey": 2, "green": 3}


def milestones_by_urgency(milestones: tuple[MilestoneView, ...]) -> list[MilestoneView]:
    """Order by colour, what is open before what is done, then by what its delay defers.

    Where that is nothing, or in several currencies, the day it is due decides. What was done and
    never committed to is history, and left out.
    """
    shown = [milestone for milestone in milestones if not _is_history(milestone)]
    currencies = {one.currency for milestone in shown for one in milestone.enables if one.currency}
    comparable = len(currencies) == 1

    def urgency(milestone: MilestoneView) -> tuple[int, bool, float, date, str]:
        dates = milestone.dates
        due = dates.commitment or dates.plan or milestone.forecast.p50 or date.max
        deferred = _deferred(milestone) if comparable else 0.0
        done = dates.actual is not None
        return _RANK[milestone.status], done, -deferred, due, milestone.id

    return sorted(shown, key=urgency)


def programs_by_urgency(programs: tuple[ProgramView, ...]) -> list[ProgramView]:
    """Order by colour; programs of one colour stay in the order of the file."""
    return sorted(programs, key=lambda program: _RANK[overall(program)])


def _is_history(milestone: MilestoneView) -> bool:
    return milestone.dates.actual is not None and milestone.dates.commitment is None


def _deferred(milestone: MilestoneView) -> float:
    """Sum the value that the delay of an open milestone defers."""
    if milestone.dates.actual is not None:
        return 0.0
    return sum(one.deferred_value or 0.0 for one in milestone.enables)
