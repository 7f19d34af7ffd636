"""What programs and projects cost, and how fast they earn it."""

from collections.abc import Callable, Iterator

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView
from slipwatch.aggregator.money.views import CostView, EarnedView

from .samples import Sample, Samples

View = ProgramView | ProjectView


def of_programs(value: Callable[[CostView], float | None]) -> Samples:
    """Give an amount of each program that has it, with its currency."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for program in assessment.programs:
            yield from _amount((program.id,), program.cost, value)

    return samples


def of_projects(value: Callable[[CostView], float | None]) -> Samples:
    """Give an amount of each project that has it, with its currency."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for project in assessment.projects:
            yield from _amount((project.program, project.id), project.cost, value)

    return samples


def earned(value: Callable[[EarnedView], float | None]) -> Samples:
    """Give a number of the work of each project's baseline."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for project in assessment.projects:
            found = None if project.earned is None else value(project.earned)
            if found is not None:
                yield (project.program, project.id), found

    return samples


def _amount(
    key: tuple[str, ...], cost: CostView | None, value: Callable[[CostView], float | None]
) -> Iterator[Sample]:
    found = None if cost is None else value(cost)
    if cost is not None and found is not None:
        yield (*key, cost.currency), found
