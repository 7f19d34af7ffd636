"""What stands behind milestones in the trackers, and which of it nobody listed."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from slipwatch.config.programs import ProjectSettings

from ..records import Item, Outcome
from .facts import Ref
from .select import Index, is_work, milestone_fits


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What stands behind a milestone in the trackers."""

    items: tuple[Ref, ...] = ()
    tracker_milestones: tuple[Ref, ...] = ()
    epics: tuple[Ref, ...] = ()
    loose: tuple[Ref, ...] = ()
    """Those of the items that were asked for by themselves: nothing closes for them."""
    missing: tuple[str, ...] = ()
    """What was asked for by name and is not there."""
    asked: tuple[tuple[str, str], ...] = ()
    """Source and scope of everything that was asked for; the scope may be empty."""


def members_of(origin: Origin, items: Mapping[Ref, Item]) -> Iterator[Ref]:
    """List the work items behind a milestone, without dropped ones."""
    for ref in origin.items:
        item = items[ref]
        if is_work(item) and item.outcome is not Outcome.DROPPED:
            yield ref


def discoverable(
    index: Index, project: ProjectSettings, taken: Iterable[Ref]
) -> dict[Ref, list[Ref]]:
    """Find the tracker milestones of a project's scope that nobody listed, with their items.

    Within a scope narrowed by labels, components or types only milestones that hold such an
    item belong to the project.
    """
    used = set(taken)
    found: dict[Ref, list[Ref]] = {}
    for selector in project.scope:
        narrowed = bool(selector.labels or selector.components or selector.types)
        in_scope = set(index.items(selector)) if narrowed else None
        for ref in index.tracker_milestones_of(selector):
            milestone = index.facts.tracker_milestones[ref]
            if ref in used or not milestone_fits(milestone, project.discover):
                continue
            items = [i for i in index.items_in(ref) if in_scope is None or i in in_scope]
            if in_scope is None or items:
                found[ref] = items
    return dict(sorted(found.items(), key=lambda entry: entry[0]))


def slug(name: str) -> str:
    """Make the last part of a milestone id out of a name: ``API 2.0 (GA)`` to ``api-2.0-ga``."""
    folded = re.sub(r"[^a-z0-9.]+", "-", name.casefold()).strip("-.")
    return folded[:60].rstrip("-.") or "milestone"
