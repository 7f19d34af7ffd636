"""Writes tables as CSV and JSON."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime

import msgspec

from ..terminal.text import plain
from .tables import Row, Value

_FORMULA = re.compile("(^|;)(\\s*)(?=[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def to_csv(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Write UTF-8 with a header, as RFC 4180 has it.

    A text that a spreadsheet would take for a formula gets an apostrophe before it, also behind a
    semicolon, where some would split it: ``'=1+1``. Numbers stay numbers, negative ones too.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return out.getvalue().encode()


def to_json(columns: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Write a list of objects, as texts were read; a final newline."""
    records = [dict(zip(columns, map(_sound, row), strict=True)) for row in rows]
    return msgspec.json.format(msgspec.json.encode(records), indent=2) + b"\n"


def _cell(value: Value) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return value
    return _FORMULA.sub(r"\1\2'", plain(_text(value)))


def _text(value: str | date | tuple[str, ...]) -> str:
    if isinstance(value, tuple):
        return "; ".join(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _sound(value: Value) -> Value:
    """Replace halves of characters, which cannot be encoded."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, tuple):
        return tuple(one.encode(errors="replace").decode() for one in value)
    return value
