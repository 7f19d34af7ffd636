"""The times that an item had to be done by a day: its own due date, or the end of its sprint."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo
from itertools import zip_longest

from ..portfolio.facts import Facts, Ref
from ..portfolio.replay import known_by, rewind_item
from ..records import Change, ChangedField, Item, MilestoneKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stint:
    """From ``begin`` on, an item was to be done by the end of ``due``."""

    begin: datetime
    due: date
    end: datetime | None = None
    """When another day took its place; None while it holds."""


@dataclass(frozen=True, slots=True)
class Stints:
    """Reads the stints of items out of facts; days are those of ``zone``."""

    facts: Facts
    zone: tzinfo
    sprints: Mapping[Ref, date]
    """The last day of each sprint that states one."""

    def of(self, source: str, item: Item) -> list[Stint]:
        """Return an item's stints, oldest first, without those whose day was past already.

        An item's own due date goes before its sprint: sprints count where it never had one.
        """
        changes = self.facts.changes.get((source, item.id), ())
        days: list[tuple[datetime, date | None]] = []
        if item.due_date is not None or any(c.field is ChangedField.DUE for c in changes):
            days = list(_due_dates(item, changes))
        if self.sprints and all(due is None for _, due in days):
            days = list(self._sprint_ends(source, item, changes))
        following = [begin for begin, _ in days[1:]]
        return [
            Stint(begin=begin, due=due, end=end)
            for (begin, due), end in zip_longest(days, following)
            if due is not None and begin.astimezone(self.zone).date() <= due
        ]

    def _sprint_ends(
        self, source: str, item: Item, changes: Sequence[Change]
    ) -> Iterator[tuple[datetime, date | None]]:
        """Tell when it got into a sprint, and that sprint's last day as it was known then."""
        moves = [change for change in changes if change.field is ChangedField.MILESTONE]
        joined = [(item.created_at, milestone) for milestone in at_birth(item, moves)]
        joined += [(move.at, move.new) for move in moves if move.new is not None]
        for at, milestone in joined:
            ref = source, milestone
            if ref in self.sprints:
                seen = known_by(self.facts.milestone_dates.get(ref, ()), at)
                yield at, (seen[-1].value if seen else None) or self.sprints[ref]


def read_stints(facts: Facts, zone: tzinfo) -> Stints:
    """Make ready to read the stints of the items of ``facts``."""
    return Stints(
        facts,
        zone,
        {
            ref: milestone.due_date
            for ref, milestone in facts.tracker_milestones.items()
            if milestone.kind is MilestoneKind.SPRINT and milestone.due_date is not None
        },
    )


def at_birth(item: Item, moves: Sequence[Change]) -> Sequence[str]:
    """Return the milestones an item was created in; ``moves`` are those into and out of one."""
    return rewind_item(item, moves, item.created_at).milestones if moves else item.milestones


def midnight(day: date, zone: tzinfo | None) -> datetime:
    """Return the moment at which a day begins."""
    return datetime.combine(day, time(), tzinfo=zone)


def _due_dates(item: Item, changes: Sequence[Change]) -> Iterator[tuple[datetime, date | None]]:
    moves = [change for change in changes if change.field is ChangedField.DUE]
    born = rewind_item(item, moves, item.created_at) if moves else item
    yield item.created_at, born.due_date
    for move in moves:
        yield move.at, date.fromisoformat(move.new[:10]) if move.new else None
