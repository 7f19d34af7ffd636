"""Reads what tells whether facts are as they were, so that only those that are not are made again.

Items have a mark each, the changes of an item are one text: the same mark or text says the same.
Databases give them many times faster than Python makes records of them.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final, cast

import msgspec

from ..records import Change, ChangedField, Item
from . import tables
from .bulk import find_rows
from .database import Readable

_ITEM: Final = tuple(Item.__struct_fields__)
_MARKS: Final = "SELECT source, id, hash, blocked_since FROM items ORDER BY source, id"
"""The hash is of all that a tracker said; since when it is blocked may be known from before."""
_HISTORIES: Final = {
    "sqlite": (
        "SELECT source, item, "
        "json_group_array(json_array(id, at || 'Z', field, old, new, actor)) "
        "FROM changes GROUP BY source, item ORDER BY source, item"
    ),
    "postgresql": (
        "SELECT source, item, json_agg(json_build_array("
        "id, (at AT TIME ZONE 'UTC')::text || 'Z', field, old, new, actor) ORDER BY id)::text "
        "FROM changes GROUP BY source, item ORDER BY source, item"
    ),
}


class _Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A change, as it stands in the text of its item."""

    id: str
    at: datetime
    field: ChangedField
    old: str | None
    new: str | None
    actor: str | None


_decode: Final = msgspec.json.Decoder(list[_Told]).decode


class Marks(Readable):
    """Marks of items and texts of their changes."""

    def item_marks(self) -> Sequence[tuple[str, str, int, object]]:
        """Give source, id and the two parts of the mark of each item, in order of the former."""
        with self._reading() as connection:
            rows = connection.exec_driver_sql(_MARKS).all()
        return cast("Sequence[tuple[str, str, int, object]]", rows)

    def items_named(self, source: str, ids: Collection[str]) -> Iterator[Item]:
        """Yield the items of a source that have one of some ids, in no order."""
        with self._reading() as connection:
            for row in find_rows(connection, tables.items, source, _ITEM, ids):
                yield Item(**dict(zip(_ITEM, row, strict=True)))

    def histories(self) -> Sequence[tuple[str, str, str]]:
        """Give source, item and the text of its changes, of all that have some, in order."""
        with self._reading() as connection:
            rows = connection.exec_driver_sql(_HISTORIES[connection.dialect.name]).all()
        return cast("Sequence[tuple[str, str, str]]", rows)


def read_history(item: str, text: str) -> tuple[Change, ...]:
    """Read the text of an item's changes, oldest first."""
    changes = (
        Change(
            item=item,
            id=told.id,
            at=told.at.astimezone(UTC),
            field=told.field,
            old=told.old,
            new=told.new,
            actor=told.actor,
        )
        for told in _decode(text)
    )
    return tuple(sorted(changes, key=lambda change: (change.at, change.id)))
