"""What makes a milestone late: its root cause, and the driving path that sets its date."""

from collections.abc import Mapping
from dataclasses import dataclass

from slipwatch.aggregator.assessment import Assessment, Cause, DependencyView, MilestoneView


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the driving path: ``waiting`` starts or ends when ``upstream`` lets it."""

    waiting: MilestoneView
    upstream: MilestoneView
    edge: DependencyView | None


def root_cause(milestone: MilestoneView) -> Cause | None:
    """Find the cause that costs a milestone the most days; of equals, one for good."""
    return min(
        (cause for cause in milestone.caused_by if cause.but_for > 0),
        key=lambda cause: (-cause.but_for, -cause.shapley, cause.milestone),
        default=None,
    )


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
