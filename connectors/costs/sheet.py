"""Reads sheets of money: postings, and plans by period or as a running sum."""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from slipwatch.aggregator.connector import Retry, Stop
from slipwatch.aggregator.money.model import Posting
from slipwatch.config.money import CsvCostSettings

MOST_BYTES = 20_000_000
_MOST_PROBLEMS = 3


class _SheetError(Exception):
    """A sheet that does not say what it should; told with its file's name."""


def read_actuals(settings: CsvCostSettings) -> tuple[Posting, ...]:
    """Read what was spent; raises ``Stop`` for a file to be mended, ``Retry`` for one in change."""
    try:
        sheet = _read(settings.path)
        wanted = [settings.date, settings.amount, *filter(None, [settings.project])]
        place = sheet.places(wanted)
        return tuple(sheet.postings(place, settings.date, settings.amount, settings.project))
    except _SheetError as problem:
        raise Stop(f"{settings.path.name}: {problem}") from None


def read_plan(path: Path) -> tuple[Posting, ...]:
    """Read what is to be spent, as an amount for each day that is named, in their order.

    Raises ``Stop`` and ``Retry`` as ``read_actuals`` does.
    """
    try:
        return _plan(_read(path))
    except _SheetError as problem:
        raise Stop(f"{path.name}: {problem}") from None


def _plan(sheet: "_Sheet") -> tuple[Posting, ...]:
    by = "cumulative" if "cumulative" in sheet.header else "amount"
    found = sheet.postings(sheet.places(["date", by]), "date", by, None)
    rows = sorted(found, key=lambda row: row.day)
    if len(rows) < 2:
        raise _SheetError("a plan has at least two days")
    if by == "cumulative":
        sums = (0.0, *(row.amount for row in rows))
        rows = [
            Posting(row.day, row.amount - before) for row, before in zip(rows, sums, strict=False)
        ]
    falling = next((row for row in rows if row.amount < 0), None)
    if falling is not None:
        raise _SheetError(f"what is planned by {falling.day} is less than before")
    return tuple(rows)


class _Sheet:
    """A header and numbered rows."""

    def __init__(self, header: Sequence[str], rows: Sequence[tuple[int, Sequence[str]]]) -> None:
        self.header = header
        self._rows = rows

    def places(self, wanted: Sequence[str]) -> Mapping[str, int]:
        """Find columns by their headers."""
        missing = [name for name in wanted if name not in self.header]
        if missing:
            there = ", ".join(self.header) or "nothing"
            raise _SheetError(f"there is no column {' or '.join(missing)}; its header is {there}")
        return {name: self.header.index(name) for name in wanted}

    def postings(
        self, places: Mapping[str, int], day: str, amount: str, project: str | None
    ) -> Iterator[Posting]:
        """Read all rows, or raise all that is wrong with them."""
        problems: list[str] = []
        read: list[Posting] = []
        for line, row in self._rows:
            if len(row) > len(self.header):
                problems.append(f"line {line}: more cells than its header has: is a comma in one?")
                continue
            cells = {
                name: row[place].strip() if place < len(row) else ""
                for name, place in places.items()
            }
            try:
                name = (cells[project] or None) if project is not None else None
                read.append(Posting(_day(cells[day]), _amount(cells[amount]), name))
            except ValueError as problem:
                problems.append(f"line {line}: {problem}")
        if problems:
            more = len(problems) - _MOST_PROBLEMS
            told = "; ".join(problems[:_MOST_PROBLEMS])
            raise _SheetError(f"{told}; and {more} more" if more > 0 else told)
        yield from read


def _read(path: Path) -> _Sheet:
    content = _bytes(path)
    if len(content) > MOST_BYTES:
        raise _SheetError(f"it is larger than {MOST_BYTES // 1_000_000} MB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _SheetError("it is not UTF-8: save it as CSV UTF-8") from None
    return _sheet(text)


def _bytes(path: Path) -> bytes:
    try:
        before = path.stat()
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        after = path.stat()
    except FileNotFoundError:
        raise _SheetError("there is no such file: check its path") from None
    except (PermissionError, IsADirectoryError) as error:
        raise _SheetError(f"it cannot be read: {error.strerror}") from None
    except OSError as error:
        raise Retry(f"{path.name}: it cannot be read: {error.strerror}") from None
    if (before.st_mtime_ns, before.st_size) != (after.st_mtime_ns, after.st_size):
        raise Retry(f"{path.name}: it was being written while it was read")
    return content


def _sheet(text: str) -> _Sheet:
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter=";" if ";" in first else ",", strict=True)
    try:
        rows = [(reader.line_num, row) for row in reader if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise _SheetError(f"line {reader.line_num}: {error}") from None
    if not rows:
        raise _SheetError("it is empty")
    return _Sheet([name.strip() for name in rows[0][1]], rows[1:])


def _day(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError:
        raise ValueError(f"{_shown(cell)} is no date: write it as 2026-01-31") from None


def _amount(cell: str) -> float:
    try:
        found = float(cell)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"{_shown(cell)} is no amount: write it as 1250.50")
    return found


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else f"{cell[:37]}…")
