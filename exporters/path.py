"""The driving path: the chain of milestones that sets the date of one."""

from collections.abc import Mapping
from dataclasses import dataclass

from slipwatch.aggregator.assessment import Assessment, DependencyView, MilestoneView


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the driving path: ``waiting`` starts or ends when ``upstream`` lets it."""

    waiting: MilestoneView
    upstream: MilestoneView
    edge: DependencyView | None


def driving_path(
    assessment: Assessment, milestone: MilestoneView, by_id: Mapping[str, MilestoneView]
) -> list[Step]:
    """Walk back along drivers; where several drive, the first by id is followed."""
    edges = {(edge.upstream, edge.downstream): edge for edge in assessment.dependencies}
    path: list[Step] = []
    seen = {milestone.id}
    current = milestone
    while current.network.drivers:
        upstream = by_id[current.network.drivers[0]]
        if upstream.id in seen:
            break
        seen.add(upstream.id)
        path.append(Step(current, upstream, edges.get((upstream.id, current.id))))
        current = upstream
    return path
