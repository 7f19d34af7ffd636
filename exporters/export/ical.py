"""Commitments and forecasts as an iCalendar feed: all-day events that move when the dates do."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from slipwatch.aggregator.assessment import Assessment, MilestoneView
from slipwatch.aggregator.percent import percent

from ..notifications.describing import clean, safe_link

EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
REFRESH = timedelta(hours=1)


def to_ics(assessment: Assessment, program: str | None = None) -> bytes:
    """Write the calendar of one program, or of all.

    An event keeps its id for ever, and its sequence grows with the newest fact, in minutes: a
    calendar that has an event replaces it. Raises ``KeyError`` for a program that there is not.
    """
    from icalendar import Calendar  # most commands and services never need it

    titles = {view.id: clean(view.title or view.id, 80) for view in assessment.programs}
    name = "slipwatch" if program is None else f"slipwatch: {titles[program]}"
    calendar = Calendar()
    calendar.add("prodid", "-//slipwatch//slipwatch//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, {"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for view in assessment.milestones:
        if program is None or view.program == program:
            for event in _events(assessment, view, titles.get(view.program, view.program)):
                calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _events(assessment: Assessment, view: MilestoneView, program: str) -> Iterator[Any]:
    title = clean(view.title or view.id, 80)
    commitment, forecast = view.dates.commitment, view.forecast
    if commitment is not None:
        chance = "" if forecast.p_on_time is None else f", {percent(forecast.p_on_time)} on time"
        state = view.status + chance
        if view.dates.actual is not None:
            state = f"done {view.dates.actual}"
        summary = f"{title}: commitment ({state})"
        yield _event(assessment, view, program, "commitment", commitment, summary)
    if view.dates.actual is not None:
        return
    for kind, day in (("P50", forecast.p50), ("P85", forecast.p85)):
        if day is not None:
            summary = f"{title}: {kind} ({view.status})"
            yield _event(assessment, view, program, kind.lower(), day, summary)


def _event(
    assessment: Assessment, view: MilestoneView, program: str, kind: str, day: date, summary: str
) -> Any:
    from icalendar import Event

    newest = max(assessment.generated_at, datetime.combine(assessment.as_of, time(), tzinfo=UTC))
    owner = f"Owner: {clean(view.owner, 80)}" if view.owner else ""
    told = (f"{program} / {view.project}", *map(clean, view.reasons), owner)
    event = Event()
    event.add("uid", f"{view.id}/{kind}@slipwatch")
    event.add("dtstamp", newest)
    event.add("last-modified", newest)
    event.add("sequence", max(0, int((newest - EPOCH) / timedelta(minutes=1))))
    event.add("dtstart", day)
    event.add("dtend", day + timedelta(days=1))
    event.add("summary", summary)
    event.add("description", "\n".join(filter(None, told)))
    event.add("categories", [kind if kind == "commitment" else "forecast", view.status])
    event.add("status", "CONFIRMED" if kind == "commitment" else "TENTATIVE")
    event.add("transp", "TRANSPARENT")
    link = safe_link(view.url)
    if link:
        event.add("url", link)
    return event
