"""What the metrics of colours, people and reported statuses read off an assessment.

Nobody is named: who works where is counted, and a finding about a person is only a number.
"""

from collections.abc import Iterator

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.communication.views import ReportedView
from slipwatch.aggregator.health.views import KNOWN, Health

from .samples import STATUSES, Sample


def program_health(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        yield from _overall((program.id,), program.health)


def project_health(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        yield from _overall((project.program, project.id), project.health)


def program_dimensions(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        yield from _dimensions((program.id,), program.health)


def project_dimensions(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        yield from _dimensions((project.program, project.id), project.health)


def program_weights(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        if program.health is not None:
            for status in STATUSES:
                yield (program.id, status), program.health.distribution.get(status, 0.0)


def program_reported(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        yield from _reported((program.id,), program.reported)


def project_reported(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        yield from _reported((project.program, project.id), project.reported)


def program_gap(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        if program.reported is not None and program.reported.gap is not None:
            yield (program.id,), float(program.reported.gap)


def project_gap(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        if project.reported is not None and project.reported.gap is not None:
            yield (project.program, project.id), float(project.reported.gap)


def allocated(assessment: Assessment) -> Iterator[Sample]:
    """Give, of each project, whose time is planned for it today, in full-time people."""
    people, day = assessment.people, assessment.as_of
    found: dict[str, float] = {}
    for person in people.persons if people is not None else ():
        for one in person.allocations:
            holds = (one.start or day) <= day <= (one.end or day)
            found[one.project] = found.get(one.project, 0.0) + (one.share if holds else 0.0)
    for project, share in sorted(found.items()):
        yield (project.partition("/")[0], project), round(share, 4)


def overallocated(assessment: Assessment) -> Iterator[Sample]:
    """Give, of each project, how many of those with more planned today than they work are in it."""
    people = assessment.people
    found: dict[str, int] = {}
    for person in people.persons if people is not None else ():
        for project in {one.project for one in person.allocations}:
            found[project] = found.get(project, 0) + (person.load > 1.0)
    for project, number in sorted(found.items()):
        yield (project.partition("/")[0], project), float(number)


def stream_needed(assessment: Assessment) -> Iterator[Sample]:
    for stream in assessment.people.streams if assessment.people is not None else ():
        yield (stream.id,), stream.needed


def stream_pace(assessment: Assessment) -> Iterator[Sample]:
    for stream in assessment.people.streams if assessment.people is not None else ():
        if stream.pace is not None:
            yield (stream.id,), stream.pace


def _overall(labels: tuple[str, ...], health: Health | None) -> Iterator[Sample]:
    if health is not None:
        for status in STATUSES:
            yield (*labels, status), float(status == health.status)


def _dimensions(labels: tuple[str, ...], health: Health | None) -> Iterator[Sample]:
    for each in health.dimensions if health is not None else ():
        for status in STATUSES:
            yield (*labels, each.dimension, status), float(status == each.status)


def _reported(labels: tuple[str, ...], reported: ReportedView | None) -> Iterator[Sample]:
    if reported is not None:
        for status in KNOWN:
            yield (*labels, status), float(status == reported.status)
