"""Telling deadlocks from milestones whose items merely take turns (DOMAIN.md 3.4)."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from .network.graph import cycles
from .portfolio.model import Portfolio


def is_deadlock(portfolio: Portfolio, members: Sequence[str]) -> bool:
    """Say whether a cycle of milestones is one of their items, too.

    A milestone has begun before any of its items and is over after all of them; a declared
    dependency makes the beginning of one wait for the end of another. Only lifted dependencies
    can take turns.
    """
    pairs = list(_pairs(portfolio, members))
    nodes = sorted({node for pair in pairs for node in pair})
    return bool(cycles(nodes, pairs))


_ENDS = {
    "fs": ("end", "begin"),
    "ss": ("begin", "begin"),
    "ff": ("end", "end"),
    "sf": ("begin", "end"),
    "partial": ("end", "end"),
}


def _pairs(portfolio: Portfolio, members: Sequence[str]) -> Iterator[tuple[str, str]]:
    upstream_of: dict[str, list[str]] = defaultdict(list)
    downstream_of: dict[str, list[str]] = defaultdict(list)
    for member in members:
        milestone = portfolio.milestones[member]
        yield f"begin {member}", f"end {member}"
        for head in milestone.heads:
            upstream_of[head].append(f"end {member}")
            downstream_of[head].append(f"begin {member}")
        for item in milestone.open_items:
            name = f"{item.source}:{item.key}"
            upstream_of[name] = downstream_of[name] = [name]
            yield f"begin {member}", name
            yield name, f"end {member}"
    for edge in portfolio.item_edges:
        for up in upstream_of.get(edge.upstream, (edge.upstream,)):
            for down in downstream_of.get(edge.downstream, (edge.downstream,)):
                yield up, down
    for dependency in portfolio.dependencies:
        inside = dependency.upstream in members and dependency.downstream in members
        if inside and dependency.declared:
            up_end, down_end = _ENDS[dependency.type]
            yield f"{up_end} {dependency.upstream}", f"{down_end} {dependency.downstream}"
