"""What people and teams are asked for, against what they have."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from statistics import median

import msgspec

from ..assessment import Assessment, MilestoneView
from ..forecast.capacity import present
from ..forecast.history import weekly_history
from ..people.model import Person, load_on, overloads
from ..people.views import AllocationView, PeopleView, PersonView, StreamView
from ..portfolio.model import Portfolio, Stream

WEEKS = 13
FEWEST_WEEKS = 4
"""With fewer weeks behind it nobody knows a team's pace (DOMAIN.md 2.2)."""
_SHORTEST = 1.0
"""Weeks until a commitment, at the least: what is overdue is needed within this one."""


def assess_people(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add people and streams; nothing where the file names nobody and nothing is committed."""
    persons = tuple(
        _person(person, portfolio.as_of)
        for person in portfolio.people
        if person.allocations or len(person.doing) > 1
    )
    streams = tuple(_streams(portfolio, assessment))
    if not persons and not streams:
        return assessment
    return msgspec.structs.replace(assessment, people=PeopleView(persons=persons, streams=streams))


def _person(person: Person, as_of: date) -> PersonView:
    peaks = (one.peak for one in overloads(person, as_of, 0.0))
    return PersonView(
        id=person.id,
        capacity=person.capacity,
        load=load_on(person, as_of),
        peak=max(peaks, default=0.0),
        allocations=tuple(
            AllocationView(project=one.project, share=one.share, start=one.start, end=one.end)
            for one in person.allocations
        ),
        doing=dict(sorted(person.doing.items())),
    )


def _streams(portfolio: Portfolio, assessment: Assessment) -> Iterable[StreamView]:
    by_stream: dict[str, list[tuple[float, MilestoneView]]] = defaultdict(list)
    for view in assessment.milestones:
        stream = portfolio.milestones[view.id].stream
        commitment = view.dates.commitment
        if stream is None or commitment is None or view.dates.actual is not None:
            continue
        if view.scope.remaining:
            weeks = max(_weeks(portfolio, portfolio.streams[stream], commitment), _SHORTEST)
            by_stream[stream].append((view.scope.remaining / weeks, view))
    for stream, needs in sorted(by_stream.items()):
        pace, weeks_known = _pace(portfolio, portfolio.streams[stream])
        ordered = sorted(needs, key=lambda need: (-need[0], need[1].id))
        yield StreamView(
            id=stream,
            projects=tuple(sorted({f"{view.program}/{view.project}" for _, view in needs})),
            needed=round(sum(rate for rate, _ in needs), 2),
            pace=pace,
            weeks=weeks_known,
            commitments=tuple(view.id for _, view in ordered),
        )


def _weeks(portfolio: Portfolio, stream: Stream, commitment: date) -> float:
    """Count the weeks until a commitment; those in which a part of the team is away count less."""
    weeks = ((commitment - portfolio.as_of).days + 1) / 7
    if not stream.away:
        return weeks
    calendar, today = portfolio.calendars[stream.calendar], portfolio.as_of.toordinal()
    there = present(calendar, stream.away, today, commitment.toordinal() + 1)
    return weeks * float(there.mean()) if there.size else weeks


def _pace(portfolio: Portfolio, stream: Stream) -> tuple[float | None, int]:
    """Give a team's usual week, and from how many weeks that is told."""
    calendar = portfolio.calendars[stream.calendar]
    if stream.samples:
        per_week = 1 if stream.samples_per_week else calendar.normal_week
        return round(median(stream.samples) * per_week * stream.pace, 2), len(stream.samples)
    history = weekly_history(
        stream.finished, stream.since, calendar, portfolio.as_of, stream.away
    ).last(WEEKS)
    if history.weeks < FEWEST_WEEKS:
        return None, history.weeks
    return round(float(median(history.rates.tolist())) * stream.pace, 2), history.weeks
