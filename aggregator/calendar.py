"""Working time as integers: the time axis of DOMAIN.md 1.1.

An instant is a day ordinal (``date.toordinal()``) and means the start of that day. Work occupies
half-open stretches ``[start, finish)``, so a finish is the day after the last day worked. Every
operation takes integers and integer arrays alike.
"""

import warnings
from collections.abc import Collection, Iterable
from datetime import date
from typing import Any, Final, Self, overload

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int32]
Integers = NDArray[np.signedinteger[Any]]
"""What is taken: any integers. What is given back is int32."""

FIRST: Final = date(2000, 1, 1)
LAST: Final = date(2099, 12, 31)


class WorkCalendar:
    """Which days are worked, and arithmetic on them.

    Frozen, and compared by identity. Outside ``first`` to ``last`` every day counts as worked:
    arithmetic never fails and stays strictly monotonic, whatever year a tracker says, and a
    duration that stands for "never" leads to an instant far beyond any date.
    """

    __slots__ = ("_before", "_days", "_end", "_ends", "_first", "normal_week")

    def __init__(
        self,
        workdays: Collection[int],
        holidays: Collection[date] = (),
        first: date = FIRST,
        last: date = LAST,
    ) -> None:
        """Tabulate the days from ``first`` to ``last``; ``workdays`` are ISO weekdays, 1 to 7.

        Raises ValueError when no weekday is worked, a weekday is not 1 to 7, or the range is
        empty.
        """
        if not workdays or not set(workdays) <= set(range(1, 8)):
            raise ValueError(f"workdays {sorted(workdays)}: expected some of 1 (Monday) to 7")
        if last < first:
            raise ValueError(f"calendar from {first} to {last}: the range is empty")
        self._first: Final = first.toordinal()
        self._end: Final = last.toordinal() + 1
        days = np.arange(self._first, self._end, dtype=np.int32)
        # Ordinal 1 is a Monday.
        worked = np.isin((days - 1) % 7 + 1, list(workdays))
        off = [day.toordinal() - self._first for day in holidays if first <= day <= last]
        worked[off] = False
        self._before: Final = _table([0], np.cumsum(worked, dtype=np.int32))
        self._days: Final = _table([self._first - 1], days[worked], [self._end])
        self._ends: Final = _table(self._days + 1)
        self.normal_week: Final = _most_common(worked[-(self._first - 1) % 7 :])
        """The working days of a week without holidays; days opened or closed leave it as it is."""

    @classmethod
    def from_rules(
        cls,
        *,
        workdays: Collection[int],
        country: str | None = None,
        subdivision: str | None = None,
        holidays: Collection[date] = (),
        closed: Collection[date] = (),
        years: Iterable[int],
    ) -> Self:
        """Leave out a country's public holidays of ``years``, and further days off.

        Raises ValueError for a country or subdivision that the holidays library does not know.
        """
        public = _public_holidays(country, subdivision, years) if country else ()
        return cls(workdays, {*public, *holidays, *closed})

    def days_off(self) -> tuple[date, ...]:
        """List the days from ``first`` to ``last`` that are not worked, weekends among them."""
        off = np.flatnonzero(np.diff(self._before) == 0) + self._first
        return tuple(date.fromordinal(day) for day in off.tolist())

    def but(
        self, *, closed: Collection[date] = (), opened: Collection[date] = ()
    ) -> "WorkCalendar":
        """Make a calendar like this one with further days off, and days worked that were off."""
        return WorkCalendar(
            range(1, 8),
            {*self.days_off(), *closed}.difference(opened),
            date.fromordinal(self._first),
            date.fromordinal(self._end - 1),
        )

    def to_bits(self) -> tuple[int, int, bytes]:
        """Write it down: its first day, how many days it has, and a bit for each that is worked."""
        worked = np.diff(self._before).astype(np.bool_)
        return self._first, worked.size, np.packbits(worked).tobytes()

    @classmethod
    def from_bits(cls, first: int, length: int, bits: bytes) -> Self:
        """Make the calendar that ``to_bits`` wrote down."""
        worked = np.unpackbits(np.frombuffer(bits, np.uint8), count=length)
        off = [date.fromordinal(first + day) for day in np.flatnonzero(worked == 0).tolist()]
        last = date.fromordinal(first + length - 1)
        return cls(range(1, 8), off, date.fromordinal(first), last)

    def __repr__(self) -> str:
        return (
            f"<WorkCalendar {date.fromordinal(self._first)} to {date.fromordinal(self._end - 1)}, "
            f"{self._days.size - 2} working days>"
        )

    @overload
    def count(self, t: int) -> int: ...
    @overload
    def count(self, t: Integers) -> IntArray: ...
    def count(self, t: int | Integers) -> int | IntArray:
        """Return how many working days of the calendar lie before instant ``t``."""
        if isinstance(t, int):
            return self._count_one(t)
        return _int32(self._count(t))

    def counts(self, first: int, days: int) -> IntArray:
        """Return ``count`` for so many instants in a row, the first of them given."""
        since = first - self._first
        last = self._before.size - 1
        found = np.arange(since, since + days, dtype=np.int32)
        begin, end = (min(max(at - since, 0), days) for at in (0, last))
        found[begin:end] = self._before[begin + since : end + since]
        found[end:] += self._before[last] - last
        return found

    @overload
    def ord(self, day: int) -> int: ...
    @overload
    def ord(self, day: Integers) -> IntArray: ...
    def ord(self, day: int | Integers) -> int | IntArray:
        """Return the number of working days up to and including ``day``."""
        return self.count(day + 1)

    @overload
    def up(self, t: int) -> int: ...
    @overload
    def up(self, t: Integers) -> IntArray: ...
    def up(self, t: int | Integers) -> int | IntArray:
        """Return the start of the first working day at or after ``t``."""
        if isinstance(t, int):
            return self._day_one(self._count_one(t))
        return _int32(self._day(self._count(t)))

    @overload
    def down(self, t: int) -> int: ...
    @overload
    def down(self, t: Integers) -> IntArray: ...
    def down(self, t: int | Integers) -> int | IntArray:
        """Return the end of the last working day at or before ``t``."""
        if isinstance(t, int):
            return self._day_one(self._count_one(t) - 1) + 1
        return _int32(self._end_of(self._count(t)))

    def reopened(self, t: Integers) -> IntArray:
        """Return ``t``, or the end of the first day worked again where ``t`` is among days off.

        A weekend, and what is no longer than one, is not meant: who names such a day may mean the
        one before.
        """
        begin, end = self._end_of(self._count(t)), self._day(self._count(t))
        off = (begin < t) & (end - begin > 7 - self.normal_week)
        return _int32(np.where(off, end + 1, t))

    @overload
    def add(self, t: int, n: int) -> int: ...
    @overload
    def add(self, t: Integers, n: int | Integers) -> IntArray: ...
    @overload
    def add(self, t: int | Integers, n: Integers) -> IntArray: ...
    def add(self, t: int | Integers, n: int | Integers) -> int | IntArray:
        """Consume ``n`` working days from ``t`` on, forwards or, negative, backwards.

        Forwards the result is the end of the last day consumed, backwards the start; 0 is ``t``.
        """
        if isinstance(t, int) and isinstance(n, int):
            if not n:
                return t
            index = self._count_one(t) + n
            return self._day_one(index - 1) + 1 if n > 0 else self._day_one(index)
        counted: Integers = np.add(self._counted(t), n)
        if isinstance(n, int) and n:
            return _int32(self._end_of(counted) if n > 0 else self._day(counted))
        least, most = _range(n)
        if least > 0:
            return _int32(self._end_of(counted))
        if most < 0:
            return _int32(self._day(counted))
        forwards = self._end_of(counted)
        moved = (
            forwards if least == 0 else np.where(np.asarray(n) > 0, forwards, self._day(counted))
        )
        return _int32(np.where(np.asarray(n) == 0, t, moved))

    @overload
    def latest(self, bound: int, n: int) -> int: ...
    @overload
    def latest(self, bound: Integers, n: int | Integers) -> IntArray: ...
    @overload
    def latest(self, bound: int | Integers, n: Integers) -> IntArray: ...
    def latest(self, bound: int | Integers, n: int | Integers) -> int | IntArray:
        """Return the greatest ``t`` with ``add(t, n) <= bound``: the exact inverse of ``add``.

        A Friday's end and the Monday after it are the same working time; subtracting calendar
        instants instead is off by one there.
        """
        if isinstance(bound, int) and isinstance(n, int):
            if not n:
                return bound
            return self._day_one(
                (self._count_one(bound) if n > 0 else self._count_one(bound + 1) - 1) - n
            )
        if isinstance(n, int) and n > 0:
            return _int32(self._day(np.subtract(self._counted(bound), n)))
        least, most = _range(n)
        if least > 0:
            return _int32(self._day(np.subtract(self._counted(bound), n)))
        backwards = self._day(np.subtract(self._counted(bound + 1) - 1, n))
        if most < 0:
            return _int32(backwards)
        by = np.asarray(n)
        moved = np.where(by > 0, self._day(np.subtract(self._counted(bound), n)), backwards)
        return _int32(np.where(by == 0, bound, moved))

    @overload
    def workdays(self, start: int, finish: int) -> int: ...
    @overload
    def workdays(self, start: Integers, finish: int | Integers) -> IntArray: ...
    @overload
    def workdays(self, start: int | Integers, finish: Integers) -> IntArray: ...
    def workdays(self, start: int | Integers, finish: int | Integers) -> int | IntArray:
        """Return the signed number of working days in ``[start, finish)``."""
        if isinstance(start, int) and isinstance(finish, int):
            return self._count_one(finish) - self._count_one(start)
        days = self._counted(finish) - self._counted(start)
        return days if isinstance(days, int) else _int32(days)

    def between(self, a: date, b: date) -> int:
        """Return the variance from date ``a`` to date ``b`` in working days; later is positive."""
        return self.workdays(a.toordinal() + 1, b.toordinal() + 1)

    @overload
    def start_for(self, finish: int, duration: int) -> int: ...
    @overload
    def start_for(self, finish: Integers, duration: int | Integers) -> IntArray: ...
    @overload
    def start_for(self, finish: int | Integers, duration: Integers) -> IntArray: ...
    def start_for(self, finish: int | Integers, duration: int | Integers) -> int | IntArray:
        """Return the first working start whose ``duration`` ends at or after ``finish``.

        Work of no duration stands at ``finish`` itself, working day or not.
        """
        if isinstance(finish, int) and isinstance(duration, int):
            return (
                self._day_one(self._count_one(finish - 1) - duration + 1)
                if duration > 0
                else finish
            )
        start = self._day(self._counted(finish - 1) - np.asarray(duration) + 1)
        return _int32(np.where(np.asarray(duration) > 0, start, finish))

    def fit(
        self, earliest: Integers, duration: Integers, not_before: Integers | None = None
    ) -> tuple[IntArray, IntArray]:
        """Return start and finish of unbroken work that obeys a start and a finish bound.

        The work starts on the first working day at or after ``earliest``, later if its finish
        would come before ``not_before``. Work of no duration is an event: it stands at the later
        of the bounds and is not pushed to the next working day.
        """
        first = self._count(earliest)
        if not_before is not None:
            # What is before all that it could begin at bounds nothing, and may be before all days.
            bound = np.maximum(not_before, np.minimum.reduce(earliest, axis=None))
            first = np.maximum(first, self._count(bound - 1) - (duration - 1))
        start, finish = self._day(first), self._end_of(first + duration)
        if np.minimum.reduce(duration, axis=None) <= 0:
            event = earliest if not_before is None else np.maximum(earliest, not_before)
            start = np.where(duration > 0, start, event)
            finish = np.where(duration > 0, finish, event)
        return start.astype(np.int32, copy=False), finish.astype(np.int32, copy=False)

    @overload
    def _counted(self, t: int) -> int: ...
    @overload
    def _counted(self, t: Integers) -> Integers: ...
    @overload
    def _counted(self, t: int | Integers) -> int | Integers: ...
    def _counted(self, t: int | Integers) -> int | Integers:
        return self._count_one(t) if isinstance(t, int) else self._count(t)

    def _count(self, t: Integers) -> Integers:
        return self._look_up(self._before, t - self._first)

    def _day(self, index: Integers) -> Integers:
        """Return the start of a working day by its count; the inverse of ``_count``."""
        return self._look_up(self._days, index + 1)

    def _end_of(self, count: Integers) -> Integers:
        """Return the end of the last one of so many working days."""
        return self._look_up(self._ends, count)

    @staticmethod
    def _look_up(table: IntArray, index: Integers) -> Integers:
        """Look up numbers in a table that goes on by one for one beyond its ends."""
        index = index.astype(np.int32, copy=False)
        # Negative ones, read without their sign, lie beyond its end as well.
        unsigned = index.view(np.uint32)
        try:
            return table.take(unsigned)
        except IndexError:
            inside = np.maximum(index, 0)
            np.minimum(inside, table.size - 1, out=inside)
        found = table.take(inside)
        found += np.subtract(index, inside, out=inside)
        return found

    def _count_one(self, t: int) -> int:
        index = t - self._first
        if 0 <= index < self._before.size:
            return self._before.item(index)
        return self._look_up_one(self._before, index)

    def _day_one(self, index: int) -> int:
        return self._look_up_one(self._days, index + 1)

    @staticmethod
    def _look_up_one(table: IntArray, index: int) -> int:
        last = table.size - 1
        if 0 <= index <= last:
            return table.item(index)
        inside = 0 if index < 0 else last
        return table.item(inside) + index - inside


def display_finish(finish: int, calendar: WorkCalendar) -> date:
    """Return the last day worked before the instant ``finish``."""
    return date.fromordinal(calendar.down(finish) - 1)


def display_start(start: int, finish: int, calendar: WorkCalendar) -> date:
    """Return the first day worked; an event shows the same day as start and as finish."""
    return display_finish(finish, calendar) if start == finish else date.fromordinal(start)


def _public_holidays(
    country: str, subdivision: str | None, years: Iterable[int]
) -> Collection[date]:
    # Importing it costs a tenth of a second, and most calendars need no country.
    from holidays import country_holidays

    try:
        with warnings.catch_warnings():
            # Some countries announce their holidays year by year, and the library warns for the
            # others; a day that nobody knows yet is no reason to warn at every assessment.
            warnings.simplefilter("ignore", UserWarning)
            return set(country_holidays(country, subdiv=subdivision, years=years))
    except NotImplementedError as error:
        where = f"{country}-{subdivision}" if subdivision else country
        raise ValueError(f"no public holidays are known for {where}: {error}") from error


def _table(*parts: list[int] | Integers) -> IntArray:
    table = np.concatenate(parts).astype(np.int32)
    table.setflags(write=False)
    return table


def _most_common(worked: NDArray[np.bool_]) -> int:
    """Return how many days most weeks have that have any; the first day is a Monday."""
    weeks = worked[: worked.size // 7 * 7].reshape(-1, 7).sum(axis=1)
    found = np.bincount(weeks, minlength=8)[1:]
    return 7 - int(np.argmax(found[::-1]))


def _int32(result: Integers) -> IntArray:
    return result.astype(np.int32, copy=False)


def _range(n: int | Integers) -> tuple[int, int]:
    if isinstance(n, int):
        return n, n
    return int(np.minimum.reduce(n, axis=None, initial=1)), int(
        np.maximum.reduce(n, axis=None, initial=-1)
    )
