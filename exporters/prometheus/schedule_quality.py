"""What the metrics read off how good each program's schedule is."""

from collections import Counter
from collections.abc import Callable, Iterator
from typing import get_args

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.quality.views import PointView, Result

from .samples import Sample, Samples

STANDARDS = ("dcma", "gao")


def ratio(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        if program.quality is not None and program.quality.share is not None:
            yield (program.id,), program.quality.share


def checks(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        if program.quality is None:
            continue
        found = [(point.standard, point.result) for point in program.quality.points]
        counts: Counter[tuple[str, str]] = Counter(found)
        for standard in STANDARDS:
            for result in get_args(Result):
                yield (program.id, standard, result), float(counts[standard, result])


def per_check(value: Callable[[PointView], float | None]) -> Samples:
    """Give a number of each check that has it."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for program in assessment.programs:
            for point in program.quality.points if program.quality is not None else ():
                found = value(point)
                if found is not None:
                    labels = (program.id, point.standard, f"{point.number:02}", point.title)
                    yield labels, float(found)

    return samples


def passed(point: PointView) -> float | None:
    return float(point.result == "passed") if point.result in ("passed", "failed") else None


def failing(point: PointView) -> float | None:
    told = point.result in ("passed", "failed", "measured")
    return len(point.failing) + point.more if told else None
