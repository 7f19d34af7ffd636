"""From an old portfolio to a new one in stages, one kind of change at a time.

The order is that of ``STAGES``: what is known better of the days before, the time that went by and
what was done in it, the scope, the dates that people set, the calendars, how the programs say that
forecasts are made, and what waits for what.
Every stage is a whole portfolio that can be forecast; the last one is the new portfolio itself.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import fsum
from typing import Final, Literal

from ..calendar import WorkCalendar
from ..portfolio.counting import ScopePoints
from ..portfolio.model import Milestone, OpenItem, Portfolio, Scope, Stream

Part = Literal["data", "pace", "scope", "dates", "calendar", "model", "upstream"]


@dataclass(frozen=True, slots=True)
class Stage:
    """A portfolio that differs from the one before it by one kind of change."""

    part: Part
    portfolio: Portfolio


def start(then: Portfolio, now: Portfolio) -> Portfolio:
    """Take the old portfolio as it is, with the new calendars wherever they work the same days.

    Streams and calendars that are new are there already; nothing uses them yet.
    """
    same = {
        name: now.calendars[name]
        for name, calendar in then.calendars.items()
        if name in now.calendars and _works_like(calendar, now.calendars[name])
    }
    return replace(
        then,
        calendars={**now.calendars, **then.calendars, **same},
        streams={**now.streams, **then.streams},
    )


def stages(then: Portfolio, now: Portfolio) -> Iterator[Stage]:
    """Walk from ``start`` to the new portfolio; stages that change nothing are left out."""
    at = start(then, now)
    for part, step in STAGES:
        reached = step(at, then, now)
        if part == "upstream" or reached != at:
            yield Stage(part, reached)
        at = reached


def _data(at: Portfolio, then: Portfolio, now: Portfolio) -> Portfolio:
    """Learn what was finished in the days before, as it is known now."""
    return replace(
        at,
        streams={
            name: _history(stream, now.streams[name], then.as_of) if name in now.streams else stream
            for name, stream in at.streams.items()
        },
        milestones={
            name: _corrected(known, then, now) if name in now.milestones else known
            for name, known in at.milestones.items()
        },
    )


def _pace(at: Portfolio, then: Portfolio, now: Portfolio) -> Portfolio:
    """Let time go by, with what was finished in it and the pace that it shows."""
    return replace(
        at,
        as_of=now.as_of,
        streams={
            name: replace(now.streams[name], calendar=stream.calendar, away=stream.away)
            if name in now.streams
            else stream
            for name, stream in at.streams.items()
        },
        milestones={
            name: _progressed(known, now.milestones[name], then)
            if name in now.milestones
            else known
            for name, known in at.milestones.items()
        },
    )


def _scope(at: Portfolio, then: Portfolio, now: Portfolio) -> Portfolio:
    """Add the items and the milestones that came; what is gone has no work left."""
    there: dict[str, Milestone] = {}
    for name in sorted({*at.milestones, *now.milestones}):
        known, new = at.milestones.get(name), now.milestones.get(name)
        if known is None:
            assert new is not None
            there[name] = new
        elif new is None:
            there[name] = known if known.actual is not None else _emptied(known)
        else:
            there[name] = replace(
                known,
                scope=new.scope,
                open_items=new.open_items,
                heads=new.heads,
            )
    return replace(at, milestones=there)


def _dates(at: Portfolio, then: Portfolio, now: Portfolio) -> Portfolio:
    """Set everything that people set: dates, durations, places in a queue."""
    return replace(
        at,
        milestones={
            name: replace(now.milestones[name], calendar=known.calendar)
            if name in now.milestones
            else known
            for name, known in at.milestones.items()
        },
    )


def _calendar(at: Portfolio, then: Portfolio, now: Portfolio) -> Portfolio:
    """Follow the new calendars, and the leave of people."""
    return replace(
        at,
        calendars={**at.calendars, **now.calendars},
        milestones={**at.milestones, **now.milestones},
        streams={**at.streams, **now.streams},
    )


def _model(at: Portfolio, then: Portfolio, now: Portfolio) -> Portfolio:
    """Read forecasts as the programs' own past and settings say now."""
    return replace(at, programs=now.programs)


def _upstream(at: Portfolio, then: Portfolio, now: Portfolio) -> Portfolio:
    """Tie what waits for what as it is tied now, and forget what is gone."""
    return now


_Step = Callable[[Portfolio, Portfolio, Portfolio], Portfolio]
STAGES: Final[tuple[tuple[Part, _Step], ...]] = (
    ("data", _data),
    ("pace", _pace),
    ("scope", _scope),
    ("dates", _dates),
    ("calendar", _calendar),
    ("model", _model),
    ("upstream", _upstream),
)


def _history(known: Stream, new: Stream, day: date) -> Stream:
    """Take the days before ``day`` from the new record, and that day itself from the old one."""
    until, since = _before(new.finished, day), _before(known.finished, day)
    return replace(
        known,
        finished=(*new.finished[:until], *known.finished[since:]),
        points=(*new.points[:until], *known.points[since:]) if new.points and known.points else (),
        since=new.since,
    )


def _corrected(known: Milestone, then: Portfolio, now: Portfolio) -> Milestone:
    """Count the items as done that are known only now to have been done by then.

    At most as many as the whole team's record grew by: a done item may also have been moved in.
    """
    new = now.milestones[known.id]
    late = _before(new.finished, then.as_of) - _before(known.finished, then.as_of)
    old, current = then.streams.get(known.stream or ""), now.streams.get(known.stream or "")
    if not late or old is None or current is None:
        return known
    of_all = _before(current.finished, then.as_of) - _before(old.finished, then.as_of)
    if late * of_all <= 0:
        return known
    until, since = _before(new.finished, then.as_of), _before(known.finished, then.as_of)
    counted = late if abs(late) < abs(of_all) else of_all
    points = fsum(new.points[:until]) - fsum(known.points[:since])
    return replace(
        known,
        scope=_advanced(known.scope, counted, points * counted / late),
        finished=(*new.finished[:until], *known.finished[since:]),
        points=(*new.points[:until], *known.points[since:]),
    )


def _progressed(known: Milestone, new: Milestone, then: Portfolio) -> Milestone:
    """Count what was done since then; what is over is taken as it is now, with what it teaches."""
    if new.actual is not None:
        return replace(new, calendar=known.calendar)
    done_then = len(known.finished) - _before(known.finished, then.as_of)
    done_now = len(new.finished) - _before(new.finished, then.as_of)
    done = done_now - done_then
    points = fsum(new.points[_before(new.finished, then.as_of) :])
    points -= fsum(known.points[_before(known.finished, then.as_of) :])
    return replace(
        known,
        scope=_advanced(known.scope, done, points),
        finished=new.finished,
        points=new.points,
        open_items=_still_open(known, new, done),
        stream=new.stream,
        started=new.started,
        actual=new.actual,
        stated=new.stated,
        closed=new.closed,
    )


def _still_open(known: Milestone, new: Milestone, done: int) -> tuple[OpenItem, ...]:
    """Leave out as many items as were done, of those that are open no more."""
    current = {(item.source, item.key): item for item in new.open_items}
    names = [(item.source, item.key) for item in known.open_items]
    gone = [item for item, name in zip(known.open_items, names, strict=True) if name not in current]
    return (*(current[name] for name in names if name in current), *gone[max(done, 0) :])


def _advanced(scope: Scope, items: int, points: float) -> Scope:
    """Count so many items as done, and their points as they are now.

    What they were estimated at before is not asked for: the rest is scope that changed.
    """
    known, remaining = scope.points, max(scope.remaining - items, 0)
    return replace(
        scope,
        done=max(scope.done + items, 0),
        remaining=remaining,
        points=None
        if known is None
        else ScopePoints(
            done=max(known.done + points, 0.0),
            remaining=max(known.remaining - points, 0.0) if remaining else 0.0,
        ),
    )


def _emptied(milestone: Milestone) -> Milestone:
    """Leave a milestone nothing to do."""
    return replace(
        milestone,
        closed=True,
        external=False,
        duration=None,
        spread=None,
        scope=Scope(),
        open_items=(),
    )


def _before(finished: tuple[date, ...], day: date) -> int:
    return bisect_left(finished, day)


def _works_like(one: WorkCalendar, other: WorkCalendar) -> bool:
    return one is other or one.days_off() == other.days_off()


def waiting(portfolio: Portfolio) -> Mapping[str, frozenset[str]]:
    """Name the milestones that each one waits for, directly."""
    found: dict[str, set[str]] = {}
    for dependency in portfolio.dependencies:
        found.setdefault(dependency.downstream, set()).add(dependency.upstream)
    return {name: frozenset(upstream) for name, upstream in found.items()}
