"""What a team finished, without what somebody only cleaned up (DOMAIN.md 2.7)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ..records import ALWAYS, Category, Change, ChangedField, Item, Outcome, standing_of
from .facts import Ref
from .flow import CYCLES
from .model import Spell, Stream

BULK: Final = 10
TOGETHER: Final = timedelta(minutes=10)
"""So many items that one person closes within so long were done before, or never."""

_SAME: Final = timedelta(minutes=1)
"""Trackers stamp a resolution and the move that made it one after the other."""


def with_record(
    stream: Stream,
    items: Mapping[Ref, Item],
    changes: Mapping[Ref, Sequence[Change]],
    zone: ZoneInfo,
) -> Stream:
    """Add to a stream what it finished of its items, how long that took, and since when."""
    finished = finished_days(items, changes, zone)
    created = [item.created_at for item in items.values() if item.created_at > ALWAYS]
    evidence = [*finished, *(at.astimezone(zone).date() for at in created)]
    return replace(
        stream,
        finished=finished,
        since=min(evidence, default=None),
        spells=work_spells(items, changes, zone),
    )


def finished_days(
    items: Mapping[Ref, Item], changes: Mapping[Ref, Sequence[Change]], zone: ZoneInfo
) -> tuple[date, ...]:
    """List the day of each completed item, oldest first; bulk closes are left out.

    Who closed an item is known from its changelog alone: without one, nothing is left out.
    """
    return tuple(at.astimezone(zone).date() for at, _ in finished_items(items, changes))


def work_spells(
    items: Mapping[Ref, Item], changes: Mapping[Ref, Sequence[Change]], zone: ZoneInfo
) -> tuple[Spell, ...]:
    """Tell how long the items completed last were in work, and since when what is in work now.

    Those that nobody began, as far as their tracker tells, are left out, and bulk closes too.
    """

    def day(at: datetime) -> date:
        return at.astimezone(zone).date()

    timed = [
        (at, started)
        for at, ref in finished_items(items, changes)
        if (started := items[ref].started_at) is not None and started <= at
    ]
    spells = [Spell(day(started), day(at)) for at, started in timed[-CYCLES:]]
    spells += [
        Spell(day(item.started_at))
        for item in items.values()
        if item.category is Category.DOING and item.started_at is not None
    ]
    return tuple(sorted(spells, key=lambda spell: (spell.begun, spell.done or date.max)))


def finished_items(
    items: Mapping[Ref, Item], changes: Mapping[Ref, Sequence[Change]]
) -> Iterator[tuple[datetime, Ref]]:
    """List the completed items and when that was, oldest first; bulk closes are left out."""
    done = _completed(items)
    cleaned = set(_cleaned_up(done, changes))
    return ((at, ref) for at, ref in done if ref not in cleaned)


def bulk_closed(
    items: Mapping[Ref, Item], changes: Mapping[Ref, Sequence[Change]]
) -> frozenset[Ref]:
    """Find the items that one person closed together, as when a backlog is cleaned up."""
    return frozenset(_cleaned_up(_completed(items), changes))


def crowded(items: Mapping[Ref, Item]) -> frozenset[Ref]:
    """Find the items whose closing has to be looked at to tell whether it was in bulk.

    Within a project or repository, whoever closed them.
    """
    by_scope: dict[tuple[str, str], dict[Ref, Item]] = defaultdict(dict)
    for ref, item in items.items():
        if item.done_at is not None:
            by_scope[ref[0], item.scope][ref] = item
    return frozenset(ref for found in by_scope.values() for _, ref in _crowded(_completed(found)))


def is_closing(change: Change) -> bool:
    """Say whether a change made an item done."""
    return (
        change.field is ChangedField.STATUS
        and standing_of(change.new)[0] is Category.DONE
        and standing_of(change.old)[0] is not Category.DONE
    )


def _completed(items: Mapping[Ref, Item]) -> list[tuple[datetime, Ref]]:
    return sorted(
        (item.done_at, ref)
        for ref, item in items.items()
        if item.outcome is Outcome.COMPLETED and item.done_at is not None
    )


def _cleaned_up(
    done: Sequence[tuple[datetime, Ref]], changes: Mapping[Ref, Sequence[Change]]
) -> Iterator[Ref]:
    by_actor: dict[str, list[tuple[datetime, Ref]]] = defaultdict(list)
    for at, ref in _crowded(done):
        actor = _closed_by(changes.get(ref, ()), at)
        if actor is not None:
            by_actor[actor].append((at, ref))
    for closed in by_actor.values():
        yield from (ref for _, ref in _crowded(closed))


def _crowded(done: Sequence[tuple[datetime, Ref]]) -> Iterator[tuple[datetime, Ref]]:
    """Give those that are among so many within so long, in their order."""
    told = 0
    first = 0
    for last, (at, _) in enumerate(done):
        while at - done[first][0] > TOGETHER:
            first += 1
        if last - first + 1 >= BULK:
            yield from done[max(first, told) : last + 1]
            told = last + 1


def _closed_by(changes: Iterable[Change], at: datetime) -> str | None:
    moves = (change for change in changes if change.field is ChangedField.STATUS)
    closings = [move.actor for move in moves if abs(move.at - at) <= _SAME]
    return closings[-1] if closings else None
