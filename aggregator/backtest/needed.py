"""Leaves out of a portfolio what the forecasts of some of its milestones do not rest on."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from ..portfolio.model import Portfolio


def needed(portfolio: Portfolio, wanted: Iterable[str]) -> Portfolio:
    """Keep some milestones, all they wait for, all that shares a team with those, and the past.

    Forecasts of those that are ``wanted`` are the same to the bit; those of others may not be.
    """
    upstream: dict[str, list[str]] = defaultdict(list)
    for dependency in portfolio.dependencies:
        upstream[dependency.downstream].append(dependency.upstream)
    waited_for: set[str] = set()
    queue = list(wanted)
    while queue:
        name = queue.pop()
        if name not in waited_for:
            waited_for.add(name)
            queue += upstream.get(name, ())
    milestones = portfolio.milestones
    teams = {milestones[name].stream for name in waited_for if name in milestones}
    kept = {
        name: milestone
        for name, milestone in milestones.items()
        if milestone.actual is not None or name in waited_for or milestone.stream in teams
    }
    return replace(
        portfolio,
        milestones=kept,
        dependencies=tuple(d for d in portfolio.dependencies if d.downstream in kept),
    )
