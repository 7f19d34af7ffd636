"""Which milestones hang in the air: nothing before or after them, or no commitment at the end."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, Literal

from ..portfolio.model import Milestone, Portfolio
from ..records import MilestoneKind

Loose = Literal["no logic", "no commitment"]

FEWEST: Final = 2
"""Open milestones of a program; a single one has nothing to be linked with."""


def in_plan(milestone: Milestone) -> bool:
    """Say whether a milestone is open work of a plan; a sprint is a time box, and no step of it."""
    over = milestone.closed or milestone.actual is not None
    return not over and milestone.kind is not MilestoneKind.SPRINT


def loose_ends(portfolio: Portfolio) -> Mapping[str, Loose]:
    """Name the open milestones without logic in or out, and those that reach no commitment.

    Standalone ones are left out, and so are programs of a single open milestone. Where a program
    has no open commitment nobody can reach one, and that is not held against its milestones.
    """
    known = portfolio.milestones
    ties = [
        (d.upstream, d.downstream)
        for d in portfolio.dependencies
        if d.upstream in known and d.downstream in known and (d.declared or not d.broken)
    ]
    linked = {end for tie in ties for end in tie}
    before: dict[str, list[str]] = {}
    for upstream, downstream in ties:
        before.setdefault(downstream, []).append(upstream)
    planned = [milestone for milestone in known.values() if in_plan(milestone)]
    committed = {m.id for m in planned if m.commitment is not None}
    reaching = _reached(committed, before)
    committing = {known[name].program for name in committed}
    counts = Counter(milestone.program for milestone in planned)
    found: dict[str, Loose] = {}
    for milestone in planned:
        if counts[milestone.program] < FEWEST or milestone.standalone:
            continue
        if milestone.id not in linked:
            found[milestone.id] = "no logic"
        elif milestone.program in committing and milestone.id not in reaching:
            found[milestone.id] = "no commitment"
    return found


def _reached(starts: set[str], before: Mapping[str, list[str]]) -> set[str]:
    seen, stack = set(starts), list(starts)
    while stack:
        fresh = [name for name in before.get(stack.pop(), ()) if name not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return seen
