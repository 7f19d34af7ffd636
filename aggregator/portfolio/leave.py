"""What part of a team is away on which days, from the leave in the file (DOMAIN.md 2.2)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from slipwatch.config.settings import SlipwatchSettings

from ..people.names import Names
from ..records import Item, Outcome
from .facts import Ref
from .model import Away

_LATELY = timedelta(weeks=13)
"""In which it shows who does a team's work, where nobody planned that."""
_DAY = timedelta(days=1)
_DIGITS = 6
_NOBODY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Absence:
    start: date
    end: date
    share: float
    person: str | None = None
    """None for a part of the team that has no name."""


def away(
    settings: SlipwatchSettings,
    projects: Collection[str],
    items: Mapping[Ref, Item],
    names: Names,
    as_of: date,
) -> tuple[Away, ...]:
    """Say what part of the team of some projects is away, oldest first; days without are left out.

    Of somebody on leave that is the part that is planned for these projects on the day, or where
    nobody planned any, the part that she finished lately of ``items``, which the trackers call her.
    """
    absences = [
        _Absence(person=person.id, start=one.from_, end=one.to, share=one.share)
        for person in settings.people
        for one in person.leave
    ]
    absences += _of_teams(settings, projects)
    if not absences:
        return ()
    planned = [one for one in settings.allocations if one.project in projects]
    did = _did(items.items(), names, as_of)
    edges = {one.start for one in absences} | {one.end + _DAY for one in absences}
    edges |= {one.from_ for one in planned if one.from_ is not None}
    edges |= {one.to + _DAY for one in planned if one.to is not None}
    days = sorted(edges)
    found: list[Away] = []
    for start, following in pairwise(days):
        parts: dict[str, float] = defaultdict(float)
        for one in planned:
            if (one.from_ or start) <= start <= (one.to or start):
                parts[one.person] += one.share
        parts = parts or did
        whole = sum(parts.values())
        missing = 0.0
        for each in absences:
            if each.start <= start <= each.end:
                part = 1.0 if each.person is None else parts.get(each.person, 0) / (whole or 1)
                missing += each.share * part
        if missing:
            share = round(min(missing, 1.0), _DIGITS)
            found.append(Away(start=start, end=following - _DAY, share=share))
    return tuple(found)


def _of_teams(settings: SlipwatchSettings, projects: Collection[str]) -> Iterator[_Absence]:
    for program in settings.programs:
        for project in program.projects:
            for one in project.leave:
                if f"{program.id}/{project.id}" in projects:
                    yield _Absence(start=one.from_, end=one.to, share=one.share)


def _did(items: Iterable[tuple[Ref, Item]], names: Names, as_of: date) -> dict[str, float]:
    """Count who finished what lately; items of nobody are the work of others."""
    found: dict[str, float] = defaultdict(float)
    for (source, _), item in items:
        done = item.done_at if item.outcome is Outcome.COMPLETED else None
        if done is not None and as_of - _LATELY <= done.date() <= as_of:
            who = item.assignee and names.identify(source, item.assignee)
            found[who or _NOBODY] += 1
    return found
