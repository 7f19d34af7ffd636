"""Portfolios of one past day after the other: what does not change between them is made once."""

from collections.abc import Iterator
from datetime import datetime

from ..records import Item
from .arrivals import arrived_at, changes_by
from .facts import Facts, Ref
from .kept import Kept
from .replay import Rewound, rewind_item


class Series:
    """Serves the portfolios of some days made of the same items, for their forecasts alone.

    An item is rewound again only after something that happened to it, and parts of a portfolio
    that are made of the same as on the day before are those of the day before.
    """

    def __init__(self, facts: Facts) -> None:
        self.kept = Kept()
        self._facts = facts
        self._arrived = arrived_at(facts)
        self._last: tuple[datetime, Rewound] | None = None
        self._coming: list[tuple[datetime, Ref]] = []
        """All that happens after the last moment, the next thing last."""

    def rewound(self, moment: datetime) -> Rewound:
        """Rewind items and changes to a moment; it is fast for one that is after the last."""
        if self._last is None or moment < self._last[0]:
            self._coming = sorted(self._events(), reverse=True)
            before = Rewound({}, dict.fromkeys(self._facts.changes, ()))
        else:
            before = self._last[1]
        different: set[Ref] = set()
        while self._coming and self._coming[-1][0] <= moment:
            different.add(self._coming.pop()[1])
        found = self._after(before, different, moment)
        self._last = moment, found
        return found

    def _after(self, before: Rewound, different: set[Ref], moment: datetime) -> Rewound:
        items, changes = dict(before.items), dict(before.changes)
        for ref in different:
            told = self._facts.changes.get(ref, ())
            if told:
                changes[ref] = changes_by(told, moment)
            item = self._facts.items.get(ref)
            if item is not None and self._is_there(ref, item, moment):
                items[ref] = rewind_item(item, told, moment)
        if len(items) > len(before.items):
            items = {ref: items[ref] for ref in self._facts.items if ref in items}
        return Rewound(items, changes)

    def _is_there(self, ref: Ref, item: Item, moment: datetime) -> bool:
        return max(item.created_at, self._arrived.get(ref, item.created_at)) <= moment

    def _events(self) -> Iterator[tuple[datetime, Ref]]:
        """List the times from which on a rewound item is another one."""
        for ref, item in self._facts.items.items():
            times = (item.created_at, item.started_at, item.done_at, item.updated_at)
            for at in (*times, item.blocked_since, self._arrived.get(ref)):
                if at is not None:
                    yield at, ref
        for ref, changes in self._facts.changes.items():
            for change in changes:
                yield change.at, ref
