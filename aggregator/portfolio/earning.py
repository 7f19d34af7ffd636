"""The work that earns value: what the baselines of milestones hold, and what of it is done."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from ..money.model import Effort, Package
from ..records import Item, Outcome
from .facts import Facts, Ref
from .model import Milestone


def packages_of(
    milestones: Iterable[Milestone], facts: Facts, zone: ZoneInfo
) -> dict[str, tuple[Package, ...]]:
    """Give the work of each project's baselines, milestone by milestone.

    What came after the baseline earns nothing, so it is not in it; what was in it and was dropped
    is, and is never done.
    """
    found: dict[str, list[Package]] = {}
    for milestone in milestones:
        recorded = facts.baselines.get(milestone.id)
        items = sorted(recorded.items) if recorded is not None else ()
        found.setdefault(milestone.project, []).append(
            Package(
                milestone=milestone.id,
                start=milestone.baseline.start,
                finish=milestone.baseline.finish,
                weight=milestone.weight,
                done=milestone.actual,
                items=tuple(
                    (_done_on(item, zone), item.points)
                    for ref in items
                    if (item := facts.items.get(ref)) is not None
                ),
            )
        )
    return {project: tuple(packages) for project, packages in found.items()}


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
