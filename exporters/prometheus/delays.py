"""How many items will miss their day, and which."""

from collections.abc import Callable, Iterator

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.delay.views import ProjectDelays

from .samples import Sample, Samples


def per_project(value: Callable[[ProjectDelays], float]) -> Samples:
    """Give a number of each project that has items with a day."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for found in assessment.delays.projects if assessment.delays is not None else ():
            program = found.project.partition("/")[0]
            yield (program, found.project), float(value(found))

    return samples


def per_item(assessment: Assessment) -> Iterator[Sample]:
    """Give the probability of each item that is told of."""
    for item in assessment.delays.items if assessment.delays is not None else ():
        yield (item.item,), item.chance
