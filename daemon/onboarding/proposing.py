"""From what was found to programs, projects and milestones: pure."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from slipwatch.aggregator.portfolio.origins import slug
from slipwatch.aggregator.records import Level, LinkKind

from .findings import (
    Place,
    PlannedMilestone,
    PlannedProgram,
    PlannedProject,
    Source,
    Wait,
)

Pairs = Mapping[tuple[Place, Place], tuple[tuple[str, str], ...]]
"""For a milestone and one that waits for it, the keys of the items that say so."""

Scope = tuple[str, str]
"""Source and scope."""

_LONGEST_TITLE = 60


def waiting_pairs(sources: Sequence[Source]) -> Pairs:
    """Find which milestones wait for which, by the links between sampled items.

    A key means the item of its own source, else the only one of that name anywhere.
    """
    known: dict[str, list[tuple[str, list[Place]]]] = defaultdict(list)
    for source in sources:
        for scope, batch in source.samples.items():
            for item in batch.items:
                if item.level is not Level.PULL_REQUEST:
                    places = [Place(source.name, scope, one) for one in item.milestones]
                    known[item.key.casefold()].append((source.name, places))
    found: dict[tuple[Place, Place], dict[tuple[str, str], None]] = defaultdict(dict)
    for source in sources:
        for batch in source.samples.values():
            for link in batch.links:
                if link.kind is LinkKind.RELATES:
                    continue
                for up in _places(known, link.upstream, source.name):
                    for down in _places(known, link.downstream, source.name):
                        if up != down:
                            found[up, down][link.upstream, link.downstream] = None
    return {ends: tuple(pairs) for ends, pairs in sorted(found.items())}


def listed_by_default(source: Source, today: date, pairs: Pairs) -> Iterator[Place]:
    """Name the milestones that are worth a line: with a date to come, or waiting for others."""
    waiting = {down for _, down in pairs}
    for scope in source.scopes:
        for milestone in scope.milestones:
            place = Place(source.name, scope.scope, milestone.id)
            due = milestone.due_date
            if (due is not None and due >= today) or place in waiting:
                yield place


def clusters(sources: Sequence[Source], pairs: Pairs) -> list[list[Scope]]:
    """Group scopes by the waits between them; what waits for nothing else is the last group."""
    scopes = [(source.name, scope.scope) for source in sources for scope in source.scopes]
    parent = {scope: scope for scope in scopes}

    def root(scope: Scope) -> Scope:
        while parent[scope] != scope:
            scope = parent[scope]
        return scope

    for up, down in pairs:
        parent[root((up.source, up.scope))] = root((down.source, down.scope))
    groups: dict[Scope, list[Scope]] = defaultdict(list)
    for scope in scopes:
        groups[root(scope)].append(scope)
    linked = [group for group in groups.values() if len(group) > 1]
    alone = [group[0] for group in groups.values() if len(group) == 1]
    return [*linked, alone] if alone else linked


def title_of(sources: Sequence[Source], scopes: Sequence[Scope]) -> str:
    """Suggest what a program of these scopes could be called."""
    titles = {(s.name, scope.scope): scope.title for s in sources for scope in s.scopes}
    names = [titles[scope] for scope in scopes]
    title = f"{names[0]} and {len(names) - 1} more" if len(names) > 2 else " and ".join(names)
    return title if len(title) <= _LONGEST_TITLE else title[: _LONGEST_TITLE - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A program as it was agreed on: what it is called and which scopes it is made of."""

    title: str
    scopes: tuple[Scope, ...]


def plan_programs(
    sources: Sequence[Source],
    choices: Sequence[Choice],
    listed: Collection[Place],
    pairs: Pairs,
    today: date,
) -> tuple[PlannedProgram, ...]:
    """Give everything its id, and each wait the name of what is waited for."""
    names = _Names(sources, choices, set(listed))
    return tuple(
        PlannedProgram(
            id=names.programs[number],
            title=choice.title,
            projects=tuple(
                _project(names, scope, pairs, set(listed), today) for scope in choice.scopes
            ),
        )
        for number, choice in enumerate(choices)
    )


def _project(
    names: "_Names", scope: Scope, pairs: Pairs, listed: Collection[Place], today: date
) -> PlannedProject:
    source, found = names.found[scope]
    milestones: list[PlannedMilestone] = []
    for milestone in found.milestones:
        place = Place(*scope, milestone.id)
        if place not in names.milestones or place not in listed:
            continue
        due = milestone.due_date
        milestones.append(
            PlannedMilestone(
                id=names.milestones[place],
                found=milestone,
                commitment=due if due is not None and due >= today else None,
                waits=tuple(
                    Wait(upstream=names.reference(up, seen_from=scope), evidence=evidence)
                    for (up, down), evidence in pairs.items()
                    if down == place and up in names.milestones
                ),
            )
        )
    return PlannedProject(
        id=names.projects[scope], source=source, scope=found, milestones=tuple(milestones)
    )


class _Names:
    """The ids of everything, as they are going to be written or discovered."""

    def __init__(
        self, sources: Sequence[Source], choices: Sequence[Choice], listed: Collection[Place]
    ) -> None:
        self.found = {
            (source.name, scope.scope): (source, scope)
            for source in sources
            for scope in source.scopes
        }
        self.programs: list[str] = []
        self.projects: dict[Scope, str] = {}
        self.milestones: dict[Place, str] = {}
        self._program_of: dict[Scope, str] = {}
        for choice in choices:
            self.programs.append(_unique(slug(choice.title), self.programs))
            projects: list[str] = []
            for scope in choice.scopes:
                projects.append(_unique(slug(self.found[scope][1].title), projects))
                self.projects[scope] = projects[-1]
                self._program_of[scope] = self.programs[-1]
                self._name_milestones(scope, listed)

    def _name_milestones(self, scope: Scope, listed: Collection[Place]) -> None:
        """Name the listed ones first, as the assessment does; of two alike one is enough."""
        used: list[str] = []
        seen: set[str] = set()
        places = [(Place(*scope, one.id), one) for one in self.found[scope][1].milestones]
        for place, milestone in sorted(places, key=lambda one: one[0] not in listed):
            name = milestone.name.casefold()
            if name in seen or not name:
                continue
            seen.add(name)
            used.append(_unique(slug(milestone.name), used))
            self.milestones[place] = used[-1]

    def reference(self, place: Place, *, seen_from: Scope) -> str:
        """Name a milestone as short as it may be where it is written."""
        scope = (place.source, place.scope)
        if scope == seen_from:
            return self.milestones[place]
        reference = f"{self.projects[scope]}/{self.milestones[place]}"
        program = self._program_of[scope]
        return reference if program == self._program_of[seen_from] else f"{program}/{reference}"


def _places(known: Mapping[str, list[tuple[str, list[Place]]]], key: str, near: str) -> list[Place]:
    entries = known.get(key.casefold(), [])
    own = [places for source, places in entries if source == near]
    found = own or [places for _, places in entries]
    return found[0] if len(found) == 1 else []


def _unique(wanted: str, used: Collection[str]) -> str:
    name, number = wanted, 2
    while name in used:
        name, number = f"{wanted}-{number}", number + 1
    return name
