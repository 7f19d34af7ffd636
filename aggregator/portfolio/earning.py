"""The work that earns value: what the baselines of milestones hold, and what of it is done."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from ..indexes.tasks import Tasks, milestone_task, planned_tasks
from ..money.model import Effort, Package
from ..records import Item, Outcome
from .facts import Facts, RecordedBaseline, Ref
from .model import Milestone


def package_of(
    milestone: Milestone,
    recorded: RecordedBaseline | None,
    items: Mapping[Ref, Item],
    zone: ZoneInfo,
) -> Package:
    """Give the work of a milestone's baseline.

    What came after the baseline earns nothing, so it is not in it; what was in it and was dropped
    is, and is never done.
    """
    planned = sorted(recorded.items) if recorded is not None else ()
    return Package(
        milestone=milestone.id,
        start=milestone.baseline.start,
        finish=milestone.baseline.finish,
        weight=milestone.weight,
        done=milestone.actual,
        items=tuple(
            (_done_on(item, zone), item.points)
            for ref in planned
            if (item := items.get(ref)) is not None
        ),
    )


def tasks_of(
    milestone: Milestone,
    recorded: RecordedBaseline | None,
    items: Mapping[Ref, Item],
    zone: ZoneInfo,
) -> Tasks | None:
    """Tell what became of a milestone's baseline; None where it has none."""
    finish = milestone.baseline.finish
    if finish is None or (recorded is None and milestone.tracked):
        return None
    if recorded is None:
        return milestone_task(milestone.id, finish, milestone.actual)
    known = ((ref[0], items.get(ref)) for ref in sorted(recorded.items))
    planned = [(source, item) for source, item in known if item is not None]
    return planned_tasks(planned, finish, recorded.recorded_on, zone)


def packages_of(packages: Iterable[tuple[str, Package]]) -> dict[str, tuple[Package, ...]]:
    """Give the work of each project's baselines, milestone by milestone."""
    found: dict[str, list[Package]] = defaultdict(list)
    for project, package in packages:
        found[project].append(package)
    return {project: tuple(held) for project, held in found.items()}


def hours_of(
    items: Mapping[str, Collection[Ref]], facts: Facts, zone: ZoneInfo
) -> dict[str, list[Effort]]:
    """Give the hours logged on each project's items, by day and role.

    Sources that read none tell nothing.

    An item of two projects counts for the first one, so that no hour is paid twice.
    """
    if not facts.logging:
        return {}
    taken: set[Ref] = set()
    found: dict[str, list[Effort]] = {}
    for project, refs in items.items():
        if not any(ref[0] in facts.logging for ref in refs):
            continue
        hours: dict[tuple[date, str], float] = {}
        for ref in refs:
            for logged in facts.worklogs.get(ref, ()) if ref not in taken else ():
                key = logged.started_at.astimezone(zone).date(), logged.role or ""
                hours[key] = hours.get(key, 0.0) + logged.seconds / 3600
        taken.update(refs)
        found[project] = [
            Effort(day, spent, role or None) for (day, role), spent in sorted(hours.items())
        ]
    return found


def _done_on(item: Item, zone: ZoneInfo) -> date | None:
    if item.outcome is not Outcome.COMPLETED or item.done_at is None:
        return None
    return item.done_at.astimezone(zone).date()
