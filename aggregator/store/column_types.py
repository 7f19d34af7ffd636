"""What the columns of the tables hold, the same on every database."""

import json
import zlib
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import DateTime, Dialect, LargeBinary
from sqlalchemy import Text as PlainText
from sqlalchemy.types import TypeDecorator

from .text import storable, storable_json

TEXT = PlainText().with_variant(PlainText(collation="C"), "postgresql")


class Text(TypeDecorator[str]):
    """Text without the characters that a database refuses."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else storable(value)


class Choice(TypeDecorator[StrEnum]):
    """A member of an enumeration, stored as its value.

    psycopg would store the name of a member that it is given as it is.
    """

    impl = TEXT
    cache_ok = True

    def __init__(self, choices: type[StrEnum]) -> None:
        super().__init__()
        self.choices = choices

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.choices(value)


class Moment(TypeDecorator[datetime]):
    """An aware time in UTC; SQLite would lose the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a time without a zone cannot be stored: {value.isoformat()}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Json(TypeDecorator[Any]):
    """A JSON value as text with sorted keys: equal values are equal text on every database."""

    impl = TEXT
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return json.dumps(
            storable_json(value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
        )

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(value)


class Texts(Json):
    """A tuple of strings, as a JSON list."""

    cache_ok = True

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        if value is None or value == "[]":
            return ()
        return tuple(json.loads(value))


class Refs(Json):
    """A set of pairs of source and tracker id, as a sorted JSON list."""

    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        pairs = cast("frozenset[tuple[str, str]] | None", value)
        return super().process_bind_param(None if pairs is None else sorted(pairs), dialect)

    def process_result_value(
        self, value: str | None, dialect: Dialect
    ) -> frozenset[tuple[str, str]] | None:
        if value is None:
            return None
        return frozenset((source, item) for source, item in json.loads(value))


class Packed(TypeDecorator[bytes]):
    """Bytes of JSON, compressed: a year of daily assessments is mostly repetition."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.compress(value)

    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else zlib.decompress(value)
