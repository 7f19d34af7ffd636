"""What causes a milestone to be late, and along which milestones the slip travels."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

from slipwatch.aggregator.assessment import Assessment, Cause, DependencyView, MilestoneView

from ..path import root_cause
from .samples import Sample


def root_causes(assessment: Assessment) -> Iterator[Sample]:
    """Name for each milestone the one whose slip costs it the most days; of equals, one for good.

    PromQL cannot choose one of two series with the same value.
    """
    for milestone in assessment.milestones:
        worst = root_cause(milestone)
        if worst is not None:
            project = f"{milestone.program}/{milestone.project}"
            yield (milestone.program, project, milestone.id, worst.milestone), 1.0


def slip_paths(assessment: Assessment) -> Iterator[Sample]:
    """Write the way from each cause to each commitment that it costs days, as ids."""
    driving = _upstream(edge for edge in assessment.dependencies if edge.driving)
    every = _upstream(assessment.dependencies)
    for milestone in assessment.milestones:
        wanted = {cause.milestone for cause in _costly(milestone)} - {milestone.id}
        if milestone.dates.commitment is None or not wanted:
            continue
        driven = _onward(driving, milestone.id)
        onward = driven if wanted <= driven.keys() else {**_onward(every, milestone.id), **driven}
        for cause in sorted(wanted & onward.keys()):
            yield (cause, milestone.id, " → ".join(_way(onward, cause))), 1.0


def _costly(milestone: MilestoneView) -> list[Cause]:
    return [cause for cause in milestone.caused_by if cause.but_for > 0]


def _upstream(edges: Iterable[DependencyView]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for edge in edges:
        found.setdefault(edge.downstream, []).append(edge.upstream)
    return found


def _onward(upstream: Mapping[str, list[str]], target: str) -> dict[str, str]:
    """Give for each milestone that leads to the target the next one on a shortest way there."""
    onward = {target: ""}
    waiting = deque([target])
    while waiting:
        current = waiting.popleft()
        for before in sorted(upstream.get(current, ())):
            if before not in onward:
                onward[before] = current
                waiting.append(before)
    return onward


def _way(onward: Mapping[str, str], start: str) -> Iterator[str]:
    current = start
    while current:
        yield current
        current = onward[current]
