"""Pages of GitLab's lists, and where a walk through issues or epics stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Generic, Protocol, TypeVar, cast

import msgspec

from slipwatch.aggregator.records import Cursor

from ..answers import Answer
from ..http import PageGuard
from .client import PAGE, GitLabClient, decode
from .payloads import Named, References, Time

SETTLED = timedelta(minutes=5)
"""Changes that are younger may still be committed, or not yet be on a replica."""

TOUCHED = timedelta(minutes=1)
"""GitLab moves an issue's time of change for a note, such as that of a link, once in this time."""

MAX_SEEN = 1000
_TICK = timedelta(milliseconds=1)


class Dated(Protocol):
    """An issue or epic."""

    @property
    def id(self) -> int:
        """Unique on the site."""
        ...

    @property
    def iid(self) -> int:
        """Its number within its project or group."""
        ...

    @property
    def has_left(self) -> bool:
        """It was moved away."""
        ...

    @property
    def references(self) -> References | None:
        """What it is called."""
        ...

    @property
    def created_at(self) -> datetime:
        """When it was opened."""
        ...

    @property
    def updated_at(self) -> datetime:
        """When anything about it last changed."""
        ...


_T = TypeVar("_T")
_D = TypeVar("_D", bound=Dated)


class Position(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a cursor says: where the next walk begins."""

    reads: str
    """Which settings it was read with; others need everything anew."""
    since: Time | None = None
    id: int | None = None
    """The project's or group's own, which outlives its path."""
    name: str | None = None
    """Its path today, if that is not the configured one."""
    seen: dict[str, str] = {}
    """Those changed from ``since`` on that are stored already: id to time of change."""

    @classmethod
    def of(cls, cursor: Cursor | None, *, reads: str) -> "Position":
        """Read a cursor; of one that is of other settings, only where the project is counts."""
        try:
            position = msgspec.convert(dict(cursor or {}), cls)
        except msgspec.ValidationError:
            return cls(reads=reads)
        return position if position.reads == reads else cls(reads=reads, id=position.id)

    def cursor(self) -> Cursor:
        """Write a cursor."""
        return cast("dict[str, object]", msgspec.to_builtins(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[_D]):
    """A page of a walk; those that an earlier page held unchanged are left out."""

    entries: list[_D]
    warnings: list[str]
    since: datetime | None
    """Where a later walk may begin once this page and those before it are stored."""
    last: bool
    read_at: datetime
    """By the server's clock."""

    def is_final(self, one: Dated) -> bool:
        """Tell whether what comes to belong to an entry from now on moves its time of change."""
        return self.read_at - one.updated_at > TOUCHED


def walk(
    client: GitLabClient,
    path: str,
    kind: type[_D],
    *,
    scope: str,
    since: datetime | None,
    now: datetime,
    by: str = "updated",
    query: Mapping[str, str] | None = None,
    mark: str = "#",
) -> Iterator[Page[_D]]:
    """Walk through a list in the order of change (or of creation: ``by`` says ``created``).

    Each page is asked for by the time that the last one ended with. Numbered pages would skip
    entries: one that changes moves to the end, and all behind it move up; and far ones are
    refused. A number is used only within one and the same millisecond. ``now`` stands in for a
    server that does not tell its time. ``mark`` stands between path and number in a key.
    """
    guard = PageGuard(f"{scope}: GET {path}")
    seen: dict[int, datetime] = {}
    began: datetime | None = None
    newest: datetime | None = since
    number, start = "1", since
    while True:
        parameters = {
            "order_by": f"{by}_at",
            "sort": "asc",
            "per_page": str(PAGE),
            "page": number,
            **(query or {}),
        }
        if start is not None:
            parameters[f"{by}_after"] = stamp(start)
        guard.check(f"{parameters.get(f'{by}_after')} {number}")
        answer = client.get(path, parameters, scope=scope)
        read_at = answer.server_time or now
        began = began or read_at
        found, warnings = decode_each(answer, kind, scope, mark)
        fresh = [one for one in found if seen.get(one.id) != one.updated_at]
        seen = {one.id: one.updated_at for one in found}
        times = [one.updated_at if by == "updated" else one.created_at for one in found]
        newest = max(times if newest is None else [*times, newest], default=None)
        following = next_page(answer)
        if following is None:
            after = next_since(newest, began) if times and newest is not None else start
            yield Page(entries=fresh, warnings=warnings, since=after, last=True, read_at=read_at)
            return
        yield Page(entries=fresh, warnings=warnings, since=newest, last=False, read_at=read_at)
        if newest is not None and (start is None or newest > start):
            start, number = newest, "1"
        else:
            number = following


def pages(
    client: GitLabClient,
    path: str,
    *,
    scope: str | None,
    query: Mapping[str, str] | None = None,
    absent: frozenset[int] = frozenset(),
) -> Iterator[Answer]:
    """Ask for the numbered pages of a list; one answered with a status in ``absent`` has none."""
    guard = PageGuard(f"{scope or 'the account'}: GET {path}")
    number: str | None = "1"
    while number is not None:
        parameters = {"per_page": str(PAGE), "page": guard.check(number), **(query or {})}
        answer = client.get(path, parameters, scope=scope, accept=absent)
        if answer.status in absent:
            return
        yield answer
        number = next_page(answer)


def listed(
    client: GitLabClient,
    path: str,
    kind: type[_T],
    *,
    scope: str,
    warnings: list[str],
    query: Mapping[str, str] | None = None,
    absent: frozenset[int] = frozenset(),
    most_pages: int | None = None,
) -> list[_T]:
    """Collect a whole list, or its first pages.

    What cannot be read of it is added to ``warnings``.
    """
    found: list[_T] = []
    asked = pages(client, path, scope=scope, query=query, absent=absent)
    for answer in islice(asked, most_pages):
        entries, unread = decode_each(answer, kind, f"{scope}: {path.rpartition('/')[2]}")
        found += entries
        warnings += unread
    return found


def decode_each(
    answer: Answer, kind: type[_T], scope: str, mark: str = "#"
) -> tuple[list[_T], list[str]]:
    """Read a list; entries that are not of their kind are left out, and told of as warnings.

    Raises ``Skip`` for what is no list.
    """
    found: list[_T] = []
    warnings: list[str] = []
    for raw in decode(answer, list[msgspec.Raw], scope):
        try:
            found.append(msgspec.json.decode(raw, type=kind))
        except msgspec.ValidationError as error:
            warnings.append(f"{_name(raw, scope, mark)} could not be read: {error}")
    return found, warnings


def next_page(answer: Answer) -> str | None:
    """Give the number of the page after this one, from the header that every list has."""
    number = answer.headers.get("x-next-page", "").strip()
    return number or None


def stamp(at: datetime) -> str:
    """Write a time as GitLab does; a ``+`` in an address would arrive as a blank."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def next_since(newest: datetime, server_time: datetime) -> datetime:
    """Say where the next walk has to begin, by the server's clock.

    Behind the newest change once that is settled; else early enough to see late ones.
    """
    if newest < server_time - SETTLED:
        return newest + _TICK
    return max(server_time, newest) - SETTLED


def _name(raw: msgspec.Raw, scope: str, mark: str) -> str:
    try:
        number = msgspec.json.decode(raw, type=Named).iid
    except msgspec.ValidationError:
        number = None
    return f"{scope}: an entry" if number is None else f"{scope}{mark}{number}"
