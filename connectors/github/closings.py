"""Which closings of an issue changed no more than the reason: those of what was closed already."""

from collections.abc import Iterable

from msgspec.structs import replace

from .history import Happening


class Closings:
    """Marks closings of what was closed already, which events do not tell.

    It follows from the events before. Feed it with events newest first, of one issue or of many.
    """

    def __init__(self) -> None:
        self._earliest: dict[str, Happening] = {}
        """The earliest event so far that tells a state, by item."""
        self._latest: dict[str, str] = {}
        """Ids of the latest such events, by item."""

    def mark(self, happenings: Iterable[Happening]) -> list[Happening]:
        """Give events on, with those of earlier calls that turn out to be such closings."""
        found: dict[tuple[str, str], Happening] = {}
        for happening in happenings:
            found[happening.item, happening.id] = happening
            if happening.kind not in {"closed", "reopened"}:
                continue
            later = self._earliest.get(happening.item)
            if happening.kind == "closed" and later is not None and later.kind == "closed":
                found[later.item, later.id] = replace(later, again=True)
            self._earliest[happening.item] = happening
            self._latest.setdefault(happening.item, happening.id)
        return list(found.values())

    def is_earliest(self, closing: Happening) -> bool:
        """Say whether no earlier event that tells a state of its item is known yet."""
        earliest = self._earliest.get(closing.item)
        return earliest is not None and earliest.id == closing.id

    def is_latest(self, closing: Happening) -> bool:
        """Say whether no later one is."""
        return self._latest.get(closing.item) == closing.id


def whole(happenings: Iterable[Happening]) -> list[Happening]:
    """Turn an issue's whole list round, which begins with the oldest, and mark its closings."""
    latest_first = list(happenings)[::-1]
    return Closings().mark(sorted(latest_first, key=lambda one: one.at, reverse=True))
