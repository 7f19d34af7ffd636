"""Reads what tells whether facts are as they were, so that only those that are not are made again.

Items have a mark each, those of a scope are one text, and so are the changes of an item: the same
mark or text says the same.
Databases give them many times faster than Python makes records of them.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, cast

import msgspec
from sqlalchemy import select

from ..records import Change, ChangedField, Item
from . import tables
from .bulk import find_rows
from .database import Readable

Scope = tuple[str, str]
"""A source, and the name of one of its projects or repositories."""
Ref = tuple[str, str]
"""A source, and the tracker's own id of an item."""
Mark = tuple[int, datetime | None]

_ITEM: Final = tuple(Item.__struct_fields__)
_SCOPES: Final = {
    "sqlite": (
        "SELECT source, scope, group_concat(hash || ' ' || coalesce(blocked_since, '')) "
        "FROM items GROUP BY source, scope"
    ),
    "postgresql": (
        "SELECT source, scope, string_agg("
        "hash || ' ' || coalesce(blocked_since::text, ''), ',' ORDER BY id) "
        "FROM items GROUP BY source, scope"
    ),
}
"""The hash is of all that a tracker said; since when it is blocked may be known from before."""
_MOST = 20
"""Scopes that are asked for one by one; of more it is faster to ask for all there are."""
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

    def scope_marks(self) -> Mapping[Scope, str]:
        """Give the text of the marks of all items by source and scope."""
        with self._reading() as connection:
            rows = connection.exec_driver_sql(_SCOPES[connection.dialect.name]).all()
        return {(source, scope): text for source, scope, text in rows}

    def item_marks(self, scopes: Collection[Scope]) -> Mapping[Scope, Mapping[Ref, Mark]]:
        """Give the mark of each item of some scopes, by source and id."""
        items = tables.items.c
        marks = select(items.source, items.scope, items.id, items.hash, items.blocked_since)
        asked = [marks]
        if len(scopes) <= _MOST:
            asked = [marks.where(items.source == s, items.scope == name) for s, name in scopes]
        found: dict[Scope, dict[Ref, Mark]] = {scope: {} for scope in scopes}
        with self._reading() as connection:
            for statement in asked:
                for source, scope, name, said, since in connection.execute(statement):
                    if (source, scope) in found:
                        found[source, scope][source, name] = said, since
        return found

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
