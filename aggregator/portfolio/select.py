"""Selectors: which items and tracker milestones the operator means."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

from slipwatch.config.programs import MilestoneSelector
from slipwatch.config.selectors import Selector

from ..records import ChangedField, Item, Level, LinkKind, MilestoneKind, TrackerMilestone
from .facts import Facts, Ref
from .replay import has_left

_HOMES: Final = frozenset({ChangedField.MILESTONE, ChangedField.PARENT})


class Index:
    """Facts by what selectors ask for."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._items_by_scope: dict[tuple[str, str], list[Ref]] = defaultdict(list)
        self._items_by_source: dict[str, list[Ref]] = defaultdict(list)
        self._items_by_milestone: dict[Ref, list[Ref]] = defaultdict(list)
        self._children: dict[tuple[str, str], list[Ref]] = defaultdict(list)
        self._by_key: dict[str, list[Ref]] = defaultdict(list)
        self._by_former_key: dict[str, list[Ref]] = defaultdict(list)
        self._milestones_by_scope: dict[tuple[str, str], list[Ref]] = defaultdict(list)
        for ref, item in facts.items.items():
            source = ref[0]
            self._items_by_scope[source, item.scope.casefold()].append(ref)
            self._items_by_source[source].append(ref)
            self._by_key[item.key.casefold()].append(ref)
            for key in item.former_keys:
                self._by_former_key[key.casefold()].append(ref)
            for milestone_id in item.milestones:
                self._items_by_milestone[source, milestone_id].append(ref)
            if item.parent is not None:
                self._children[source, item.parent.casefold()].append(ref)
        self._add_moved()
        self._add_sub_issues()
        for ref, milestone in facts.tracker_milestones.items():
            scopes = {milestone.scope.casefold()}
            if milestone.kind is MilestoneKind.SPRINT:
                members = self._items_by_milestone.get(ref, ())
                scopes |= {facts.items[member].scope.casefold() for member in members}
            for scope in scopes:
                self._milestones_by_scope[ref[0], scope].append(ref)

    def _add_moved(self) -> None:
        """Let the key of an item that moved lead to where it is now, if that is read too."""
        for ref, absence in self.facts.absences.items():
            if absence.moved_to is None or ref not in self.facts.items:
                continue
            there = [r for r in self._by_key.get(absence.moved_to.casefold(), ()) if r != ref]
            former = self._by_former_key[self.facts.items[ref].key.casefold()]
            former.extend(r for r in there if r not in former)

    def _add_sub_issues(self) -> None:
        for seen in self.facts.links:
            if seen.link.kind is not LinkKind.PARENT or self.came_back(
                (seen.source, seen.link.owner)
            ):
                continue
            child = self.find(seen.link.upstream, near=seen.source)
            children = self._children[seen.source, seen.link.downstream.casefold()]
            if child is not None and child not in children:
                children.append(child)

    def find(self, key: str, *, near: str) -> Ref | None:
        """Find an item by key, in the source that named it first, else where it is unique.

        A key of an item that left is the former key of the one that came in its place.
        """
        named = self._by_key.get(key.casefold(), [])
        here = [ref for ref in named if not self.has_left(ref)]
        refs = here or self._by_former_key.get(key.casefold()) or named
        own = [ref for ref in refs if ref[0] == near]
        found = own or refs
        return found[0] if len(found) == 1 else None

    def is_ambiguous(self, key: str) -> bool:
        """Say whether several items go by a key, so that nobody knows which one is meant."""
        return len(self._by_key.get(key.casefold(), ())) > 1

    def has_left(self, ref: Ref) -> bool:
        """Say whether an item is gone, or was moved out of everything that is read."""
        return has_left(self.facts.absences.get(ref))

    def came_back(self, ref: Ref) -> bool:
        """Say whether an item was moved to where it is read anew, as another one.

        What that one says of itself holds from then on, not what the first once said.
        """
        absence = self.facts.absences.get(ref)
        if absence is None or absence.moved_to is None or not has_left(absence):
            return False
        return self.find(absence.moved_to, near=ref[0]) not in (None, ref)

    def items(self, selector: Selector) -> list[Ref]:
        """List the items that a selector of a project's scope means."""
        found = self._candidates(selector)
        if not (selector.labels or selector.components or selector.types):
            return list(found)
        return [ref for ref in found if _fits(self.facts.items[ref], selector)]

    def milestone_items(self, selector: MilestoneSelector) -> list[Ref]:
        """List the items that a milestone's selector means."""
        if selector.epic is not None:
            found: Iterable[Ref] = self._descendants(selector.source, selector.epic)
        elif _named(selector) is not None:
            found = [
                item
                for milestone in self.tracker_milestones(selector)
                for item in self._items_by_milestone[milestone]
            ]
        else:
            found = self._candidates(selector)
        return [ref for ref in found if _fits(self.facts.items[ref], selector)]

    def epic(self, selector: MilestoneSelector) -> Ref | None:
        """Find the epic or parent issue that a selector names."""
        if selector.epic is None:
            return None
        found = self.find(selector.epic, near=selector.source)
        return None if found is not None and self.has_left(found) else found

    def tracker_milestones(self, selector: MilestoneSelector) -> list[Ref]:
        """List the tracker milestones that a selector names; usually one.

        Those that are gone stand back for one of the same name, and those that were called so
        once for one that is called so today.
        """
        name = _named(selector)
        if name is None:
            return []
        known = self.facts.tracker_milestones
        sprints = selector.sprint is not None
        meant = [
            ref
            for ref in self.tracker_milestones_of(selector)
            if (known[ref].kind is MilestoneKind.SPRINT) is sprints
        ]
        wanted = name.casefold()
        named = [ref for ref in meant if known[ref].name.casefold() == wanted]
        there = [ref for ref in named if known[ref].gone_at is None]
        if there:
            return there
        renamed = [ref for ref in meant if wanted in map(str.casefold, known[ref].former_names)]
        return [ref for ref in renamed if known[ref].gone_at is None] or named

    def tracker_milestones_of(self, selector: Selector) -> list[Ref]:
        """List every tracker milestone within a selector's project or repository.

        A sprint is within every project that has an item in it, wherever its board is. Those of a
        group belong to all that lies in it: ``acme`` to ``acme/api``.
        """
        scope = scope_of(selector)
        if scope is not None:
            parts = scope.split("/")
            within = ["/".join(parts[:end]) for end in range(len(parts), 0, -1)]
            found = (self._milestones_by_scope.get((selector.source, each), ()) for each in within)
            return list(dict.fromkeys(ref for refs in found for ref in refs))
        return [ref for ref in self.facts.tracker_milestones if ref[0] == selector.source]

    def moved(self, source: str, field: ChangedField, home: str) -> list[Ref]:
        """List the items that were ever moved into or out of a milestone or an epic."""
        return self._moved.get((source, field, home), [])

    @cached_property
    def _moved(self) -> Mapping[tuple[str, ChangedField, str], list[Ref]]:
        moved: dict[tuple[str, ChangedField, str], dict[Ref, None]] = defaultdict(dict)
        for ref, changes in self.facts.changes.items():
            moves = [c for c in changes if c.field in _HOMES]
            for move in moves if moves and ref in self.facts.items else ():
                for home in (move.old, move.new):
                    if home is not None:
                        moved[ref[0], move.field, home][ref] = None
        return {key: list(refs) for key, refs in moved.items()}

    def items_in(self, milestone: Ref) -> list[Ref]:
        """List the items of a tracker milestone."""
        return list(self._items_by_milestone.get(milestone, ()))

    def _candidates(self, selector: Selector) -> list[Ref]:
        scope = scope_of(selector)
        if scope is not None:
            return self._items_by_scope.get((selector.source, scope), [])
        return self._items_by_source.get(selector.source, [])

    def _descendants(self, source: str, key: str) -> Iterator[Ref]:
        seen: set[Ref] = set()
        queue = list(self._children.get((source, key.casefold()), ()))
        while queue:
            ref = queue.pop(0)
            if ref in seen:
                continue
            seen.add(ref)
            yield ref
            queue.extend(self._children.get((ref[0], self.facts.items[ref].key.casefold()), ()))


def is_work(item: Item) -> bool:
    """Say whether an item counts as scope and throughput."""
    return item.level is Level.WORK


def scope_of(selector: Selector) -> str | None:
    """Name the project or repository of a selector, folded for comparison."""
    named = selector.project or selector.repository
    return named.casefold() if named is not None else None


def milestone_fits(milestone: TrackerMilestone, kinds: Iterable[str]) -> bool:
    """Say whether a tracker milestone is of one of the kinds to be discovered."""
    there = not milestone.archived and milestone.gone_at is None
    return there and f"{milestone.kind.value}s" in kinds


def selector_name(selector: MilestoneSelector) -> str | None:
    """Name what a selector wants to exist, such as ``version 2.0``; None for items alone."""
    for kind in ("version", "milestone", "sprint", "epic"):
        name = getattr(selector, kind)
        if name is not None:
            return f"{kind} {name}"
    return None


def _named(selector: MilestoneSelector) -> str | None:
    named = (selector.version, selector.milestone, selector.sprint)
    return next((name for name in named if name is not None), None)


def _fits(item: Item, selector: Selector) -> bool:
    return (
        (scope_of(selector) in (None, item.scope.casefold()))
        and (not selector.labels or _is_labelled(item, selector.labels))
        and (not selector.components or any(c in item.components for c in selector.components))
        and (not selector.types or item.type in selector.types)
    )


def _is_labelled(item: Item, wanted: Iterable[str]) -> bool:
    labels = {label.casefold() for label in item.labels}
    return all(label.casefold() in labels for label in wanted)
