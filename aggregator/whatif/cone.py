"""The part of a portfolio that the forecasts of some milestones depend on."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from ..portfolio.model import Portfolio


def cone(portfolio: Portfolio, targets: Iterable[str]) -> Portfolio:
    """Leave out what cannot move any of ``targets``; their forecasts stay as they are.

    It keeps what they wait for, directly or not, the milestones that share a team with any of
    those, and what is done: earlier slips are evidence.
    """
    upstream: dict[str, set[str]] = defaultdict(set)
    for dependency in portfolio.dependencies:
        upstream[dependency.downstream].add(dependency.upstream)
    mates: dict[str | None, set[str]] = defaultdict(set)
    for milestone in portfolio.milestones.values():
        mates[milestone.stream].add(milestone.id)
    found: set[str] = set()
    waiting = set(targets)
    while waiting:
        name = waiting.pop()
        if name in found or name not in portfolio.milestones:
            continue
        found.add(name)
        waiting |= upstream[name]
        if portfolio.milestones[name].stream is not None:
            waiting |= mates[portfolio.milestones[name].stream]
    return replace(
        portfolio,
        milestones={
            name: milestone
            for name, milestone in portfolio.milestones.items()
            if name in found or milestone.actual is not None
        },
        dependencies=tuple(d for d in portfolio.dependencies if d.downstream in found),
    )
