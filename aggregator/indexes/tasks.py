"""What a baseline planned and what became of it: the tasks that execution is measured by."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ..records import Item, Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """The work that a milestone's baseline holds, each piece of it planned for its finish.

    A milestone that no tracker holds is one task itself.
    """

    finish: date
    """The day on which all of it was planned to be done."""
    planned: int
    done: int = 0
    late: tuple[str, ...] = ()
    """Those done after ``finish``, ``source:KEY`` or the milestone's id."""
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Task:
    name: str
    done: date | None


def milestone_task(milestone: str, finish: date, done: date | None) -> Tasks:
    """Take a milestone that holds no items for one task."""
    return _counted(finish, [_Task(milestone, done)])


def planned_tasks(
    items: Iterable[tuple[str, Item]], finish: date, recorded_on: date, zone: ZoneInfo
) -> Tasks:
    """Count the items of a baseline, each with its source, taken on the day ``recorded_on``.

    What was done by then was planned no more, and what was dropped since is no work any more.
    """
    return _counted(finish, _planned(items, recorded_on, zone))


def _planned(
    items: Iterable[tuple[str, Item]], recorded_on: date, zone: ZoneInfo
) -> Iterator[_Task]:
    for source, item in items:
        done = _day(item.done_at, zone) if item.outcome is Outcome.COMPLETED else None
        before = done is not None and done <= recorded_on
        if not before and item.outcome is not Outcome.DROPPED:
            yield _Task(f"{source}:{item.key}", done)


def _counted(finish: date, tasks: Iterable[_Task]) -> Tasks:
    known = sorted(tasks, key=lambda task: task.name)
    done = [(task.name, task.done) for task in known if task.done is not None]
    late = tuple(name for name, day in done if day > finish)
    return Tasks(
        finish=finish,
        planned=len(known),
        done=len(done),
        late=late,
        open=tuple(task.name for task in known if task.done is None),
    )


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return None if at is None else at.astimezone(zone).date()
