"""What is put to the test: milestones that are over, with the day they really were."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ..portfolio.lives import delivered, nearly_all
from ..portfolio.model import Milestone, Portfolio

CHECKPOINTS = (10, 25, 50, 75, 90)


class Finish(StrEnum):
    """Which day a version is taken to have been finished on; all else has a closing of its own."""

    DELIVERED = "delivered"
    """The day typed for its release, if at least half of what was ever done in it was done by
    then; its last item, if that was earlier; else as ``NEARLY_ALL``. Stragglers that were closed
    years later delay nothing: who waited for the release had it."""
    NEARLY_ALL = "nearly_all"
    """The day by which 95 % of what was ever done in it was done."""
    LAST_ITEM = "last_item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which milestones are put to the test."""

    fewest_items: int = 0
    """That were done in it."""
    shortest: timedelta = timedelta(days=5)
    """From its start to its finish: less leaves nothing to forecast."""
    finish: Finish = Finish.DELIVERED
    unfinished: bool = False
    """Whether those count too that are open although their day has passed: left out, they would
    make any forecast look better than it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A milestone that is over, or should be."""

    id: str
    title: str
    program: str
    project: str
    stream: str
    calendar: str
    start: date
    """When 5 % of what was ever done in it was done, or it began by its own dates."""
    finish: date
    """Of one that is still open, the day until which that is known."""
    items: int
    due: date | None = None
    """Set for one that is still open: the day that it was to be done."""

    def day(self, at: int) -> date:
        """Give the day on which so many per cent of its life, or of its plan, had passed."""
        return self.start + ((self.due or self.finish) - self.start) * at // 100


def subjects_of(portfolio: Portfolio, choice: Choice) -> Iterator[Subject]:
    """Find the milestones of a portfolio that are over or should be, in the order of their ids."""
    for milestone in portfolio.milestones.values():
        start, due, finish = _start(milestone), None, portfolio.as_of
        if milestone.actual is not None:
            finish = _finish(milestone, milestone.actual, choice.finish)
        else:
            due = milestone.commitment or milestone.baseline.finish
            if not choice.unfinished or due is None or due >= finish:
                continue
        if start is None or (due or finish) - start < choice.shortest:
            continue
        if len(milestone.finished) < choice.fewest_items:
            continue
        yield Subject(
            id=milestone.id,
            title=milestone.title,
            program=milestone.program,
            project=milestone.project,
            stream=milestone.stream or milestone.project,
            calendar=milestone.calendar,
            start=start,
            finish=finish,
            items=len(milestone.finished),
            due=due,
        )


def finishes_of(portfolio: Portfolio) -> Mapping[str, date]:
    """Say of every milestone of a portfolio that is over when it really was."""
    return {
        milestone.id: _finish(milestone, milestone.actual, Finish.DELIVERED)
        for milestone in portfolio.milestones.values()
        if milestone.actual is not None
    }


def _start(milestone: Milestone) -> date | None:
    """Find when one began: with its first work, or before that where its own dates say so.

    A version's are typed like its release, and no dates of its own.
    """
    done = milestone.finished
    early = [done[len(done) // 20] if done else milestone.started]
    if milestone.stated is None:
        early.append(milestone.plan_start)
    return min((day for day in early if day is not None), default=milestone.baseline.start)


def _finish(milestone: Milestone, actual: date, rule: Finish) -> date:
    done, typed = milestone.finished, milestone.stated
    if typed is None or not done:
        return actual
    if rule is Finish.LAST_ITEM:
        return done[-1]
    if rule is Finish.NEARLY_ALL:
        return nearly_all(done)
    return delivered(done, typed, actual)
