"""Reviews of pull requests in which gates are decided: all of each as its tracker has them now.

A review is never taken back in a tracker, only dismissed, and says when; so what is stored tells
how they stood on any day.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from ..records import PullRequest, Review
from . import tables
from .bulk import upsert_rows
from .database import Readable, stream

_PULL_REQUEST = tuple(PullRequest.__struct_fields__)
_REVIEW = tuple(Review.__struct_fields__)


class ReviewReads(Readable):
    """Pull requests whose reviews are read."""

    def pull_requests(self) -> Iterator[tuple[str, PullRequest]]:
        """Yield source and pull request, in order of source and key."""
        for row in self._ordered(tables.pull_requests, _PULL_REQUEST):
            yield row[0], PullRequest(**dict(zip(_PULL_REQUEST, row[1:], strict=True)))

    def reviews(self, source: str | None = None) -> Iterator[tuple[str, Review]]:
        """Yield source and review, in order of source, pull request and id."""
        for row in self._ordered(tables.reviews, _REVIEW):
            if source in (None, row[0]):
                yield row[0], Review(**dict(zip(_REVIEW, row[1:], strict=True)))

    def _ordered(self, table: Any, names: Sequence[str]) -> Iterator[Any]:
        columns = (table.c.source, *(table.c[name] for name in names))
        statement: Any = select(*columns).order_by(*table.primary_key)
        with self._reading() as connection, stream(connection, statement) as rows:
            yield from rows


def write(
    connection: Connection,
    source: str,
    pull_requests: Sequence[PullRequest],
    reviews: Sequence[Review],
) -> None:
    """Write pull requests, and their reviews in place of those that each had before.

    No review is stored of one that is not among them.
    """
    known = {one.key: one for one in pull_requests}
    table = tables.reviews.c
    for key in known:
        connection.execute(
            delete(tables.reviews).where(table.source == source, table.pull_request == key)
        )
    upsert_rows(
        connection,
        tables.pull_requests,
        ("source", *_PULL_REQUEST),
        [(source, *_values(one)) for one in known.values()],
    )
    ours = {(one.pull_request, one.id): one for one in reviews if one.pull_request in known}
    upsert_rows(
        connection,
        tables.reviews,
        ("source", *_REVIEW),
        [(source, *_values(one)) for one in ours.values()],
        new=True,
    )


def _values(record: PullRequest | Review) -> tuple[Any, ...]:
    return tuple(getattr(record, name) for name in record.__struct_fields__)
