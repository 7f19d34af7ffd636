"""Dependencies lifted from items to milestones (DOMAIN.md 3.1, 3.4).

Links between items say what waits for what; a milestone depends on another when one of its
items waits for one of the other's, directly or through items of no milestone. Such a
dependency is a partial gate: only the blocked items wait.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ..records import Category, Link, LinkKind, LinkOrigin, Outcome
from .facts import Facts, Ref, SeenLink
from .model import Dependency, DependencyType, ItemEdge
from .select import Index, is_work

Membership = Mapping[Ref, Sequence[str]]
"""The ids of the milestones that each item belongs to."""


class ItemGraph:
    """Who waits for whom among items, by every link that says so."""

    def __init__(self, facts: Facts, index: Index) -> None:
        self.facts = facts
        self.downstream: dict[Ref, list[Ref]] = defaultdict(list)
        self.upstream: dict[Ref, list[Ref]] = defaultdict(list)
        self.seen: dict[tuple[Ref, Ref], SeenLink] = {}
        self._open = {
            ref for ref, item in facts.items.items() if item.category is not Category.DONE
        }
        for seen in (*facts.links, *_parts(facts, index)):
            if index.came_back((seen.source, seen.link.owner)):
                continue  # it is read where it is now, and says there what it waits for
            pair = _ends(seen, index)
            if pair is None or pair in self.seen or pair[0] == pair[1]:
                continue
            if index.has_left(pair[1]):
                continue  # it waits for nothing any more
            self.seen[pair] = seen
            self.downstream[pair[0]].append(pair[1])
            self.upstream[pair[1]].append(pair[0])

    def is_open(self, ref: Ref) -> bool:
        """Say whether an item still has to be done."""
        return ref in self._open

    def is_open_work(self, ref: Ref) -> bool:
        """Say whether an item counts as remaining scope."""
        return self.is_open(ref) and is_work(self.facts.items[ref])

    def blockers(self, ref: Ref) -> list[Ref]:
        """List the open items that an item waits for; its parts are none of them."""
        return [
            up
            for up in self.upstream.get(ref, ())
            if self.is_open(up) and self.seen[up, ref].link.kind is not LinkKind.PARENT
        ]

    def waiting_for(self, starts: Iterable[Ref]) -> set[Ref]:
        """Collect the open items that wait for one of ``starts``, directly or not."""
        waiting: set[Ref] = set()
        queue = list(starts)
        while queue:
            for ref in self.downstream.get(queue.pop(), ()):
                if ref not in waiting and self.is_open(ref):
                    waiting.add(ref)
                    queue.append(ref)
        return waiting

    def name(self, ref: Ref) -> str:
        """Write an item as evidence does: ``source:KEY``."""
        return f"{ref[0]}:{self.facts.items[ref].key}"

    def open_edges(self) -> tuple[ItemEdge, ...]:
        """List the waits between open items."""
        return tuple(
            sorted(
                (
                    ItemEdge(upstream=self.name(up), downstream=self.name(down))
                    for up, down in self.seen
                    if self.is_open(up) and self.is_open(down)
                ),
                key=lambda edge: (edge.upstream, edge.downstream),
            )
        )


def lift(
    graph: ItemGraph, membership: Membership, heads: Mapping[str, Collection[Ref]]
) -> list[Dependency]:
    """Turn item links into partial gates between milestones, the item pairs as evidence.

    ``heads`` names the epics that milestones are made of: where such an epic waits, all of its
    milestone's open items do.
    """
    evidence: dict[tuple[str, str], set[tuple[Ref, Ref]]] = defaultdict(set)
    for ref in list(graph.downstream):
        if not membership.get(ref):
            continue
        for other in _reached(graph, membership, ref):
            for up in membership[ref]:
                for down in membership[other]:
                    if up not in membership[other] and down not in membership[ref]:
                        evidence[up, down].add((ref, other))
    members: dict[str, list[Ref]] = defaultdict(list)
    for ref, milestones in membership.items():
        for milestone in milestones:
            members[milestone].append(ref)
    waits: dict[str, set[Ref]] = {}
    to_do: dict[str, list[Ref]] = {}
    dependencies: list[Dependency] = []
    for (up, down), pairs in sorted(evidence.items()):
        if up not in waits:
            linked = (ref for ref in members[up] if ref in graph.downstream)
            waits[up] = graph.waiting_for(ref for ref in linked if graph.is_open(ref))
        if down not in to_do:
            to_do[down] = [ref for ref in members[down] if graph.is_open_work(ref)]
        whole = any(ref in waits[up] for ref in heads.get(down, ()))
        blocked = sum(1 for ref in to_do[down] if whole or ref in waits[up])
        dependencies.append(
            Dependency(
                upstream=up,
                downstream=down,
                type=DependencyType.PARTIAL,
                declared=False,
                evidence=tuple(sorted((graph.name(a), graph.name(b)) for a, b in pairs)),
                blocked_items=blocked,
                broken=all(_dropped(graph, a) and graph.is_open(b) for a, b in pairs),
            )
        )
    return dependencies


def merge(declared: Sequence[Dependency], lifted: Sequence[Dependency]) -> tuple[Dependency, ...]:
    """Keep one dependency per pair: a declared one wins, and takes the evidence along."""
    found = {(d.upstream, d.downstream): d for d in lifted}
    result: list[Dependency] = []
    for dependency in declared:
        twin = found.pop((dependency.upstream, dependency.downstream), None)
        result.append(_with_evidence(dependency, twin) if twin is not None else dependency)
    result.extend(found.values())
    return tuple(sorted(result, key=lambda d: (d.downstream, d.upstream, d.type)))


def _with_evidence(declared: Dependency, lifted: Dependency) -> Dependency:
    return Dependency(
        upstream=declared.upstream,
        downstream=declared.downstream,
        type=declared.type,
        lag=declared.lag,
        declared=True,
        evidence=lifted.evidence,
        blocked_items=lifted.blocked_items,
        broken=declared.broken,
        need_by=declared.need_by,
    )


def _reached(graph: ItemGraph, membership: Membership, start: Ref) -> Iterator[Ref]:
    """Walk downstream to items of milestones, through items of none."""
    visited = {start}
    queue = list(graph.downstream.get(start, ()))
    while queue:
        ref = queue.pop()
        if ref in visited:
            continue
        visited.add(ref)
        if membership.get(ref):
            yield ref
        else:
            queue.extend(graph.downstream.get(ref, ()))


def _parts(facts: Facts, index: Index) -> Iterator[SeenLink]:
    """Let items wait for their sub-tasks and sub-issues; an epic is no more than their sum."""
    for ref, item in facts.items.items():
        if item.parent is None or index.has_left(ref):
            continue
        source = ref[0]
        parent = index.find(item.parent, near=source)
        if parent is not None and is_work(facts.items[parent]):
            link = Link(
                owner=item.id,
                kind=LinkKind.PARENT,
                upstream=item.key,
                downstream=facts.items[parent].key,
            )
            yield SeenLink(source=source, link=link, seen_at=item.updated_at)


def _ends(seen: SeenLink, index: Index) -> tuple[Ref, Ref] | None:
    """Resolve both ends of a link that says what waits for what."""
    link = seen.link
    upstream = index.find(link.upstream, near=seen.source)
    downstream = index.find(link.downstream, near=seen.source)
    if upstream is None or downstream is None:
        return None
    if link.kind is LinkKind.RELATES:
        return None
    if link.kind is LinkKind.PARENT and link.origin is not LinkOrigin.TRACKER:
        return None
    return upstream, downstream


def _dropped(graph: ItemGraph, ref: Ref) -> bool:
    return graph.facts.items[ref].outcome is Outcome.DROPPED
