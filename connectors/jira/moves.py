"""How an issue's fields moved, as its changelog tells: statuses and outcomes, dates, versions.

The same map of categories as in ``history`` is used. How a done issue had ended follows from its
resolution and its status of that time, by the names that they had.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import groupby
from operator import attrgetter

import msgspec

from slipwatch.aggregator.records import Category, Change, ChangedField, Outcome, status_value

from .history import Entry, Log, Statuses
from .links import plain
from .payloads import HistoryItem, day, number, text
from .types import Types, sides

Held = Sequence[tuple[str, date | None]]
"""Fields that may hold a day, and the one each holds now; the first that holds one counts."""

Sides = tuple[str | None, str | None]
"""What a field was, and what it is since."""


class Ending(msgspec.Struct, frozen=True, gc=False):
    """What says how a done issue ended: its status, by id and name, and its resolution."""

    status: str | None
    name: str | None
    resolution: str | None
    dropped: frozenset[str]
    """Resolutions and statuses that mean an issue was dropped."""


@lru_cache(maxsize=4096)
def outcome_of(resolution: str | None, status: str | None, dropped: frozenset[str]) -> Outcome:
    """Say how an issue ended that is in a done status with this name."""
    names = (resolution, status)
    is_dropped = any(plain(name) in dropped for name in names if name)
    return Outcome.DROPPED if is_dropped else Outcome.COMPLETED


def in_force(held: Held) -> date | None:
    """Give the day that counts of the fields that may hold it: that of the first that does."""
    return next((value for _, value in held if value is not None), None)


def changes(
    issue: str,
    log: Log,
    statuses: Statuses,
    types: Types,
    *,
    ends: Held,
    starts: Held,
    ending: Ending,
) -> Iterator[Change]:
    """Give the history of the fields that are kept, of the issue with this id.

    ``ends`` and ``starts`` are the fields that may hold these dates, with what they hold now;
    ``ending`` is what the issue shows now.
    """
    dates: list[Entry] = []
    resolutions = [entry for entry in log if entry.role == "resolution"]
    for entry in log:
        role = entry.role
        if role == "sprint":
            yield from _sprints(issue, entry)
            continue
        if role in _DATES:
            dates.append(entry)
            continue
        field = _FIELDS.get(role)
        if field is None:
            continue
        if role == "status":
            before, after = _resolutions(entry, resolutions, ending.resolution)
            item, dropped = entry.item, ending.dropped
            old = _status(statuses, item.old, item.old_text, before, dropped)
            new = _status(statuses, item.new, item.new_text, after, dropped)
        elif role == "type":
            old, new = sides(entry.item, types)
        else:
            old, new = _SIDES.get(role, _texts)(entry.item)
        if old != new:
            yield _change(issue, entry, field, old, new)
    if resolutions:
        yield from _ended_otherwise(issue, log, resolutions, statuses, ending)
    if dates:
        yield from _dates(issue, dates, ChangedField.DUE, ends)
        yield from _dates(issue, dates, ChangedField.START, starts)


def _change(
    issue: str, entry: Entry, field: ChangedField, old: str | None, new: str | None
) -> Change:
    return Change(
        item=issue, id=entry.id, at=entry.at, field=field, old=old, new=new, actor=entry.actor
    )


_moment = attrgetter("at", "number")
"""Of the edit that an entry is a part of: one edit may change several fields."""


def _resolutions(entry: Entry, resolutions: Sequence[Entry], now: str | None) -> Sides:
    """Give the resolution before and after the edit that an entry is a part of."""
    if not resolutions:
        return now, now
    moment = _moment(entry)
    before = after = text(resolutions[0].item.old_text)
    for each in resolutions:
        if _moment(each) < moment:
            before = text(each.item.new_text)
        if _moment(each) <= moment:
            after = text(each.item.new_text)
    return before, after


def _ended_otherwise(
    issue: str, log: Log, resolutions: Sequence[Entry], statuses: Statuses, ending: Ending
) -> Iterator[Change]:
    """Give the changes of outcome of an issue that was done before and after."""
    moves = [entry for entry in log if entry.role == "status"]
    moments = set(map(_moment, moves))
    for entry in resolutions:
        if _moment(entry) in moments:
            continue
        status, name = _status_at(entry, moves, ending)
        old, new = (
            _status(statuses, status, name, text(shown), ending.dropped)
            for shown in (entry.item.old_text, entry.item.new_text)
        )
        if old != new:
            yield _change(issue, entry, ChangedField.STATUS, old, new)


def _status_at(entry: Entry, moves: Sequence[Entry], ending: Ending) -> Sides:
    """Give the id and the name of the status that an issue was in at an edit."""
    status, name = ending.status, ending.name
    for move in reversed(moves):
        if _moment(move) < _moment(entry):
            return text(move.item.new), text(move.item.new_text)
        status, name = text(move.item.old), text(move.item.old_text)
    return status, name


def _dates(issue: str, dates: Sequence[Entry], field: ChangedField, held: Held) -> Iterator[Change]:
    """Give the moves of the day that counted at each time, whichever field it stood in."""
    names = [name for name, _ in held]
    entries = [entry for entry in dates if entry.field in names]
    last = {entry.field: _days(entry.item)[1] for entry in entries}
    nothing = in_force(held) is None
    days = {
        name: None if value is None else value.isoformat()
        for name, value in held
        # One that shows no day though nobody took it away is hidden beside one that shows its own.
        if nothing or value is not None or last.get(name) is None
    }
    entries = [entry for entry in entries if entry.field in days]
    for entry in reversed(entries):
        days[entry.field] = _days(entry.item)[0]
    for _, together in groupby(entries, key=_moment):
        moved = list(together)
        days.update({entry.field: _days(entry.item)[0] for entry in reversed(moved)})
        old = _first(days)
        days.update({entry.field: _days(entry.item)[1] for entry in moved})
        new = _first(days)
        if old != new:
            yield _change(issue, moved[-1], field, old, new)


def _first(days: Mapping[str, str | None]) -> str | None:
    return next((value for value in days.values() if value is not None), None)


_DATES = frozenset(("due", "end", "start"))
_FIELDS = {
    "status": ChangedField.STATUS,
    "version": ChangedField.MILESTONE,
    "points": ChangedField.POINTS,
    "parent": ChangedField.PARENT,
    "epic": ChangedField.PARENT,
    "assignee": ChangedField.ASSIGNEE,
    "type": ChangedField.TYPE,
    "key": ChangedField.KEY,
}


def _days(item: HistoryItem) -> Sides:
    return _day(item.old, item.old_text), _day(item.new, item.new_text)


def _versions(item: HistoryItem) -> Sides:
    return text(item.old), text(item.new)


def _estimates(item: HistoryItem) -> Sides:
    return _points(item.old_text, item.old), _points(item.new_text, item.new)


def _keys(item: HistoryItem) -> Sides:
    return _key(item.old_text), _key(item.new_text)


def _texts(item: HistoryItem) -> Sides:
    return text(item.old_text), text(item.new_text)


_SIDES: Mapping[str, Callable[[HistoryItem], Sides]] = {
    "version": _versions,
    "points": _estimates,
    "parent": _keys,
    "epic": _keys,
}
"""How to read the changes of a role; those of the others are texts."""


def _sprints(issue: str, entry: Entry) -> Iterator[Change]:
    """Give one change per sprint that was left or joined; a changelog has lists of ids."""
    old, new = _ids(entry.item.old), _ids(entry.item.new)
    left = [(each, None) for each in old if each not in new]
    joined = [(None, each) for each in new if each not in old]
    for place, (before, after) in enumerate((*left, *joined)):
        yield Change(
            item=issue,
            id=entry.id if place == 0 else f"{entry.id}/{place}",
            at=entry.at,
            field=ChangedField.MILESTONE,
            old=before,
            new=after,
            actor=entry.actor,
        )


def sprint_id(number: object) -> str:
    """Give the id of a sprint; without the prefix it might be a version's."""
    return f"sprint:{number}"


def _ids(listed: object) -> list[str]:
    return [sprint_id(part.strip()) for part in (text(listed) or "").split(",") if part.strip()]


def _status(
    statuses: Statuses,
    status: object,
    name: object,
    resolution: str | None,
    dropped: frozenset[str],
) -> str | None:
    known = text(status) or ""
    category = statuses.get(known)
    if category is None:
        return None
    name = text(name) or known
    done = category is Category.DONE
    return status_value(category, name, outcome_of(resolution, name, dropped) if done else None)


def _day(value: object, shown: object) -> str | None:
    """Old Data Centers leave the value out and write ``2009-04-28 00:00:00.0`` as its text."""
    return _day_in(value) or _day_in(shown)


def _day_in(value: object) -> str | None:
    return _written(value[:10]) if isinstance(value, str) else None


@lru_cache(maxsize=4096)
def _written(value: str) -> str | None:
    """Write a day as every record has it; the changelogs of a project share few days."""
    read = day(value)
    return None if read is None else read.isoformat()


def _points(*values: object) -> str | None:
    """Numbers are in the text alone."""
    read = next((points for each in values if (points := number(each)) is not None), None)
    return None if read is None else f"{read:g}"


def _key(shown: object) -> str | None:
    """Read a key, also with a title behind it."""
    word = (text(shown) or "").partition(" ")[0].rstrip(":,")
    return word if word.rpartition("-")[2].isdecimal() and "-" in word else None
