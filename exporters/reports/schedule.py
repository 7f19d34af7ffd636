"""The section of a report on how good the schedule is: what fails, and what makes it fail."""

from collections.abc import Iterator

from slipwatch.aggregator.assessment import Assessment, ProgramView
from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.quality.views import Failing, PointView

from ..notifications.describing import Describer, clean
from .model import Schedule, ScheduleCheck

MOST_CHECKS = 5
MOST_FAILING = 2
LONGEST = 120


def schedule(assessment: Assessment, program: ProgramView) -> Schedule | None:
    """Say which checks a program's schedule fails; None where none applies."""
    quality = program.quality
    if quality is None or quality.share is None:
        return None
    failed = [point for point in quality.points if point.result == "failed"]
    unknown = sum(point.result == "unknown" for point in quality.points)
    describer = Describer(assessment, {})
    return Schedule(
        summary=f"{quality.passed} of {quality.applicable} checks that apply are passed, "
        f"{percent(quality.share)}" + (f"; {unknown} cannot be told" if unknown else ""),
        failed=tuple(_check(describer, point) for point in failed[:MOST_CHECKS]),
        more=max(0, len(failed) - MOST_CHECKS),
    )


def _check(describer: Describer, point: PointView) -> ScheduleCheck:
    return ScheduleCheck(
        name=f"{point.standard.upper()} {point.number}: {point.title}",
        says=clean(point.says, LONGEST),
        # One without a number rests on others, and what makes it fail is listed there.
        failing=() if point.value is None else tuple(_lines(describer, point)),
    )


def _lines(describer: Describer, point: PointView) -> Iterator[str]:
    for failing in point.failing[:MOST_FAILING]:
        yield clean(_line(describer, failing), LONGEST)
    left = len(point.failing) + point.more - MOST_FAILING
    if left > 0:
        yield f"and {left} more"


def _line(describer: Describer, failing: Failing) -> str:
    ends = [describer.name(end) for end in failing.subject.split(" -> ")]
    return f"{' for '.join(reversed(ends))}: {failing.why}" if failing.why else ends[0]
