"""Values out of cells: what a person may write for a day, a time, a number, a yes."""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import TypeVar

from .sheet import Row

_T = TypeVar("_T")

NOON = time(12, tzinfo=UTC)
"""A day without a time is stored as its noon in UTC: the same day in nearly every time zone."""

_YES = frozenset({"yes", "y", "true", "1", "x"})
_NO = frozenset({"no", "n", "false", "0", "-"})


class Cells:
    """The typed cells of one row; what cannot be read becomes a problem and None."""

    def __init__(self, row: Row, problems: list[str]) -> None:
        self.row = row
        self._problems = problems

    def complain(self, name: str, message: str) -> None:
        """Note what is wrong with a cell."""
        self._problems.append(f"{self.row.at(name)}: {message}")

    def text(self, name: str) -> str | None:
        """Read words."""
        return self._read(name, words)

    def texts(self, name: str) -> tuple[str, ...]:
        """Read a list, or words separated by semicolons."""
        return self._read(name, several) or ()

    def day(self, name: str) -> date | None:
        """Read a date; of a time its own date counts."""
        return self._read(name, day)

    def moment(self, name: str) -> datetime | None:
        """Read a time, or a date, which stands for its noon."""
        return self._read(name, moment)

    def number(self, name: str) -> float | None:
        """Read a number."""
        return self._read(name, number)

    def flag(self, name: str) -> bool:
        """Read yes or no."""
        return self._read(name, flag) or False

    def link(self, name: str) -> str:
        """Read a web address."""
        return self._read(name, address) or ""

    def choice(self, name: str, choices: Callable[[str], _T], expected: str) -> _T | None:
        """Read one of a few words; ``choices`` raises ``ValueError`` for any other."""

        def one_of(value: object) -> _T:
            word = words(value).lower()
            try:
                return choices(word)
            except ValueError:
                raise ValueError(f"{_shown(value)} is none of {expected}") from None

        return self._read(name, one_of)

    def _read(self, name: str, parse: Callable[[object], _T]) -> _T | None:
        value = self.row.values.get(name)
        if value is None or value == "":
            return None
        try:
            return parse(value)
        except ValueError as error:
            self.complain(name, str(error))
            return None


def words(value: object) -> str:
    """Take anything that is written in one cell as words."""
    if isinstance(value, (dict, list)):
        raise ValueError("expected one value")  # noqa: TRY004  # a wrong cell, not a wrong call
    return str(value).strip()


def several(value: object) -> tuple[str, ...]:
    """Take a list, or one cell with semicolons."""
    parts = value if isinstance(value, list) else words(value).split(";")
    return tuple(part for part in (words(part) for part in parts) if part)


def day(value: object) -> date:
    """Take ``2026-01-05`` or a time of that day."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(words(value)).date()
    except ValueError:
        raise ValueError(f"{_shown(value)} is no date: write it as 2026-01-05") from None


def moment(value: object) -> datetime:
    """Take ``2026-01-05T10:15:00Z``; without an offset it is in UTC."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime.combine(value, NOON)
    text = words(value)
    try:
        if len(text) <= len("2026-01-05"):
            return datetime.combine(date.fromisoformat(text), NOON)
        at = value if isinstance(value, datetime) else datetime.fromisoformat(text)
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{_shown(value)} is no time: write it as 2026-01-05 or 2026-01-05T10:15:00Z"
        ) from None


def number(value: object) -> float:
    """Take ``3`` or ``0.5``."""
    try:
        found = float(words(value))
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"{_shown(value)} is no number: write it as 3 or 0.5")
    return found


def flag(value: object) -> bool:
    """Take yes or no in their usual spellings."""
    word = words(value).lower()
    if word not in _YES | _NO:
        raise ValueError(f"{_shown(value)} is neither yes nor no")
    return word in _YES


def address(value: object) -> str:
    """Take an http or https address: it ends up in links that people click."""
    text = words(value)
    if not text.startswith(("https://", "http://")):
        raise ValueError(f"{_shown(value)} is no web address: begin it with https://")
    return text


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 40 else f"{text[:37]}…")
