"""The part of a report about colours, people and who was told."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView
from slipwatch.aggregator.health.views import Status
from slipwatch.aggregator.judging.health import DIMENSIONS
from slipwatch.aggregator.percent import percent

from ..health import overall
from ..notifications.describing import clean

MOST_REASONS = 1
MOST_PEOPLE = 6
_NAME, _SENTENCE = 80, 160
_UNITS = {"D": "day", "W": "week", "M": "month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class DimensionLine:
    """One dimension of the program: its colour, and the first things it stands on."""

    dimension: str
    status: Status
    since: date | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourRow:
    """A project by dimension; an empty cell is one of which nothing is kept."""

    title: str
    overall: Status
    cells: tuple[str, ...]
    """In the order of the dimensions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSection:
    """What a report says of colours, people and communication."""

    overall: Status
    colours: tuple[tuple[str, Status], ...]
    """Of the program: every dimension of which something is kept."""
    names: tuple[str, ...]
    """Of the dimensions, as the columns are headed."""
    dimensions: tuple[DimensionLine, ...]
    """Those that are not green."""
    projects: tuple[ColourRow, ...]
    reported: tuple[str, ...]
    people: tuple[str, ...]
    more_people: int
    told: tuple[str, ...]


def health_section(assessment: Assessment, program: ProgramView) -> HealthSection | None:
    """Make the section; None for an assessment that knows of no colours."""
    if program.health is None:
        return None
    own = [view for view in assessment.projects if view.program == program.id]
    people = tuple(_people(assessment, program.id))
    views: list[ProgramView | ProjectView] = [program, *own]
    return HealthSection(
        overall=program.health.status,
        colours=tuple((e.dimension.capitalize(), e.status) for e in program.health.dimensions),
        names=tuple(map(str.capitalize, DIMENSIONS)),
        dimensions=tuple(
            DimensionLine(
                dimension=each.dimension.capitalize(),
                status=each.status,
                since=each.since,
                reasons=tuple(
                    clean(reason.text, _SENTENCE) for reason in each.reasons[:MOST_REASONS]
                ),
            )
            for each in program.health.dimensions
            if each.status != "green"
        ),
        projects=tuple(_row(view) for view in own),
        reported=tuple(sentence for view in views for sentence in [_reported(view)] if sentence),
        people=people[:MOST_PEOPLE],
        more_people=max(0, len(people) - MOST_PEOPLE),
        told=tuple(_told(program)),
    )


def _row(view: ProjectView) -> ColourRow:
    found = {each.dimension: each.status for each in view.health.dimensions} if view.health else {}
    return ColourRow(
        title=clean(view.title or view.id, _NAME),
        overall=overall(view),
        cells=tuple(found.get(name, "") for name in DIMENSIONS),
    )


def _reported(view: ProgramView | ProjectView) -> str:
    reported = view.reported
    if reported is None:
        return ""
    by = f" by {clean(reported.by, 40)}" if reported.by else ""
    text = f": {clean(reported.text, _SENTENCE)}" if reported.text else ""
    measured = f"what is measured is {reported.computed}"
    if reported.gap is not None and reported.gap > 0:
        measured = f"{measured}, {'one level' if reported.gap == 1 else 'two levels'} worse"
    title = clean(view.title or view.id, _NAME)
    return f"{title} is reported {reported.status} on {reported.on}{by}{text}; {measured}."


def _people(assessment: Assessment, program: str) -> Iterator[str]:
    """Say whose time is planned twice and which team promised too much; nobody is ranked."""
    people = assessment.people
    if people is None:
        return
    for stream in people.streams:
        mine = [one for one in stream.projects if one.startswith(f"{program}/")]
        if mine and stream.pace is not None and stream.needed > stream.pace:
            yield (
                f"The team of {', '.join(mine)} needs {stream.needed:g} items a week for what it "
                f"promised, and finishes {stream.pace:g} in a usual one."
            )
    for person in people.persons:
        projects = sorted({one.project for one in person.allocations})
        if person.peak > 1.0 and any(one.startswith(f"{program}/") for one in projects):
            yield (
                f"Up to {percent(person.peak)} of {clean(person.id, 40)}'s time is planned, for "
                f"{', '.join(projects)}."
            )


def _told(program: ProgramView) -> Iterator[str]:
    for report in program.reports:
        audience = clean(report.audience, _NAME)
        if report.overdue:
            last = f"the last one was of {report.last}" if report.last else "none went out yet"
            yield f"The report to {audience} ({_often(report.cadence)}) is late: {last}."
        elif report.last is not None:
            yield (
                f"{audience} last had a report on {report.last} ({_often(report.cadence)}); since "
                f"then {report.moved_since} dates moved and {report.turned_since} colours changed."
            )


def _often(cadence: str) -> str:
    """Say a cadence such as P2W in words."""
    number, unit = int(cadence[1:-1]), _UNITS[cadence[-1]]
    return f"every {unit}" if number == 1 else f"every {number} {unit}s"
