"""Where a pull of a repository stands: what a cursor says."""

from datetime import date
from typing import cast

import msgspec

from slipwatch.aggregator.records import Cursor

from .payloads import Time


class Known(msgspec.Struct, frozen=True, omit_defaults=True):
    """A milestone as far as events need to know it."""

    id: str
    created_at: Time | None = None


class Planned(msgspec.Struct, frozen=True, omit_defaults=True):
    """What projects say of an issue; kept, so that a change of it is noticed."""

    number: int
    start: date | None = None
    end: date | None = None
    points: float | None = None
    iteration: str | None = None
    """Id of the tracker milestone that it is."""
    reported: str | None = None
    told: tuple[str, ...] = ()


class Reviewed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A pull request in which a gate is decided, as far as it is read."""

    author: str | None = None
    merged_by: str | None = None
    etag: str | None = None
    """Of the list of its reviews."""
    absent: bool = False
    """There is no pull request of that number that the account may see."""


class EventsPlace(msgspec.Struct, frozen=True, omit_defaults=True):
    """How far back a walk through events has come that is not at its end."""

    top: Time
    """The newest event of its first page."""
    page: str | None = None
    """The page that was stored last; it is read again, since pages move when issues go."""


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a cursor says: where the next walk begins."""

    since: Time | None = None
    reads: str = ""
    """Which settings it was read with; others need everything anew."""
    base: str | None = None
    """Where the repository answers, if it was renamed or transferred: ``/repositories/7``."""
    name: str | None = None
    """Its name there, if it is not the configured one."""
    seen: dict[str, str] = {}
    """Issues from ``since`` on that are stored already, by id: see ``mark``."""
    etag: str | None = None
    """Of the first page of issues since ``since``, when it held nothing new."""
    milestones: str | None = None
    """ETag of the list of milestones."""
    titles: dict[str, Known] = {}
    """Milestones by title, as that list had them."""
    former: dict[str, str] = {}
    """Ids of milestones by titles that they had once."""
    owed: bool = False
    """Issues are stored whose history is not."""
    told: Time | None = None
    """Events up to then are stored."""
    events: EventsPlace | None = None
    planned: dict[str, Planned] = {}
    """What projects said of stored issues, by id."""
    reviewed: dict[str, Reviewed] = {}
    """Pull requests in which gates are decided, by number."""

    @classmethod
    def of(cls, cursor: Cursor | None) -> "Position":
        """Read a cursor; one that cannot be read means a walk from the start."""
        try:
            return msgspec.convert(dict(cursor or {}), cls)
        except msgspec.ValidationError:
            return cls()

    def anew(self, reads: str) -> "Position":
        """Begin from the start, without forgetting what nobody tells twice: former names."""
        return Position(
            reads=reads,
            base=self.base,
            name=self.name,
            titles=self.titles,
            former=self.former,
        )

    def cursor(self) -> Cursor:
        """Write a cursor."""
        return cast("dict[str, object]", msgspec.to_builtins(self))
