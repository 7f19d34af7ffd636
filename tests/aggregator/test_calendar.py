import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar, display_finish, display_start

WEEKDAYS = range(1, 6)
MONDAY = date(2026, 1, 5)
STANDARD = WorkCalendar(WEEKDAYS)

FIRST, LAST = date(2026, 1, 1), date(2026, 3, 31)


class DayByDay:
    """The same arithmetic by walking from one day to the next."""

    def __init__(self, workdays: set[int], holidays: set[date]) -> None:
        self.workdays, self.holidays = workdays, holidays

    def works(self, instant: int) -> bool:
        day = date.fromordinal(instant)
        if not FIRST <= day <= LAST:
            return True
        return day.isoweekday() in self.workdays and day not in self.holidays

    def up(self, t: int) -> int:
        while not self.works(t):
            t += 1
        return t

    def down(self, t: int) -> int:
        while not self.works(t - 1):
            t -= 1
        return t

    def add(self, t: int, n: int) -> int:
        for _ in range(n):
            t = self.up(t) + 1
        for _ in range(-n):
            t = self.down(t) - 1
        return t

    def workdays_in(self, start: int, finish: int) -> int:
        if finish < start:
            return -self.workdays_in(finish, start)
        return sum(self.works(t) for t in range(start, finish))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[WorkCalendar, DayByDay]:
    workdays = draw(st.sets(st.integers(1, 7), min_size=1))
    holidays = draw(st.sets(st.dates(FIRST, LAST), max_size=20))
    return WorkCalendar(workdays, holidays, FIRST, LAST), DayByDay(workdays, holidays)


# A little more than the range on both sides, so that its edges are crossed.
instants = st.integers(FIRST.toordinal() - 20, LAST.toordinal() + 20)
counts = st.integers(-40, 40)


@given(calendars(), instants)
def test_up_and_down_find_the_nearest_working_time(
    pair: tuple[WorkCalendar, DayByDay], t: int
) -> None:
    calendar, naive = pair
    assert calendar.up(t) == naive.up(t)
    assert calendar.down(t) == naive.down(t)


@given(calendars(), instants, counts)
def test_add_consumes_one_working_day_after_another(
    pair: tuple[WorkCalendar, DayByDay], t: int, n: int
) -> None:
    calendar, naive = pair
    assert calendar.add(t, n) == naive.add(t, n)


@given(calendars(), instants, counts)
def test_latest_is_the_last_instant_from_which_add_keeps_the_bound(
    pair: tuple[WorkCalendar, DayByDay], bound: int, n: int
) -> None:
    calendar, naive = pair
    t = calendar.latest(bound, n)
    assert naive.add(t, n) <= bound < naive.add(t + 1, n)


@given(calendars(), instants, instants)
def test_working_days_between_two_instants_are_counted_with_their_sign(
    pair: tuple[WorkCalendar, DayByDay], a: int, b: int
) -> None:
    calendar, naive = pair
    assert calendar.workdays(a, b) == naive.workdays_in(a, b)
    assert calendar.ord(b) - calendar.ord(a) == naive.workdays_in(a + 1, b + 1)
    assert calendar.between(date.fromordinal(a), date.fromordinal(b)) == -calendar.between(
        date.fromordinal(b), date.fromordinal(a)
    )


@given(calendars(), instants, st.integers(1, 40))
def test_start_for_is_the_first_working_start_that_finishes_late_enough(
    pair: tuple[WorkCalendar, DayByDay], finish: int, duration: int
) -> None:
    calendar, naive = pair
    start = calendar.start_for(finish, duration)
    assert naive.works(start)
    assert naive.add(start, duration) >= finish > naive.add(naive.down(start) - 1, duration)


@given(calendars(), instants, instants, st.integers(0, 40))
def test_fit_searches_the_first_day_that_obeys_both_bounds(
    pair: tuple[WorkCalendar, DayByDay], earliest: int, not_before: int, duration: int
) -> None:
    calendar, naive = pair
    start = earliest
    while duration and not (naive.works(start) and naive.add(start, duration) >= not_before):
        start += 1
    if not duration:
        start = max(earliest, not_before)
    fitted = calendar.fit(np.array([earliest]), np.array([duration]), np.array([not_before]))
    assert [int(x[0]) for x in fitted] == [start, naive.add(start, duration)]


@given(calendars(), st.lists(st.tuples(instants, counts), min_size=1))
def test_arrays_give_the_same_as_one_number_after_another(
    pair: tuple[WorkCalendar, DayByDay], moves: list[tuple[int, int]]
) -> None:
    calendar, _ = pair
    t, n = np.array(moves, dtype=np.int32).T
    assert calendar.add(t, n).tolist() == [calendar.add(a, b) for a, b in moves]
    assert calendar.add(t, n).dtype == np.int32
    assert calendar.up(t).tolist() == [calendar.up(a) for a, _ in moves]
    assert calendar.down(t).tolist() == [calendar.down(a) for a, _ in moves]
    assert calendar.ord(t).tolist() == [calendar.ord(a) for a, _ in moves]
    assert calendar.latest(t, 3).tolist() == [calendar.latest(a, 3) for a, _ in moves]
    assert calendar.workdays(t, t + n).tolist() == [calendar.workdays(a, a + b) for a, b in moves]
    assert calendar.start_for(t, abs(n)).tolist() == [
        calendar.start_for(a, abs(b)) for a, b in moves
    ]


def test_no_moves_give_no_instants() -> None:
    assert STANDARD.add(np.array([], dtype=np.int32), np.array([], dtype=np.int32)).tolist() == []


def test_the_slip_of_slips_is_counted_in_working_days() -> None:
    scenarios = json.loads((Path(__file__).parents[1] / "scenarios.json").read_text())["scenarios"]
    slips = next(s for s in scenarios if s["id"] == "S12")
    seen, dates = zip(*((map(date.fromisoformat, row)) for row in slips["history"]), strict=True)
    actual = date.fromisoformat(slips["actual"])
    moves = [STANDARD.between(old, new) for old, new in pairwise(dates)]
    expected = slips["expected"]
    assert sum(m for m in moves if m > 0) == expected["gross_slip_wd"]
    assert sum(moves) == expected["net_slip_wd"]
    assert STANDARD.between(dates[0], actual) == expected["final_variance_wd"] == 24
    notice = [STANDARD.between(at, old) for at, old in zip(seen[1:], dates[:-1], strict=True)]
    assert notice == expected["notice_wd"]


def test_a_finish_on_saturday_is_no_later_than_one_on_friday() -> None:
    friday = date(2026, 1, 9)
    assert STANDARD.between(friday, friday + timedelta(1)) == 0
    assert STANDARD.between(friday, friday + timedelta(3)) == 1


def test_outside_the_range_every_day_is_worked() -> None:
    calendar = WorkCalendar(WEEKDAYS, (), FIRST, LAST)
    end = LAST.toordinal() + 1
    assert calendar.add(end, 14) == end + 14
    assert calendar.add(end, 1_000_000) == end + 1_000_000
    assert calendar.workdays(FIRST.toordinal() - 7, FIRST.toordinal()) == 7


def test_public_holidays_and_closed_days_are_not_worked() -> None:
    calendar = WorkCalendar.from_rules(
        workdays=WEEKDAYS,
        country="DE",
        subdivision="BY",
        holidays=[date(2026, 1, 8)],
        closed=[date(2026, 1, 9)],
        years=range(2026, 2027),
    )
    # 6 January is Epiphany, a holiday in Bavaria but not in Berlin.
    assert calendar.add(MONDAY.toordinal(), 3) == date(2026, 1, 13).toordinal()


@pytest.mark.parametrize(("country", "subdivision"), [("XX", None), ("DE", "ZZ")])
def test_an_unknown_country_is_named_in_the_error(country: str, subdivision: str | None) -> None:
    with pytest.raises(ValueError, match=r"no public holidays are known for (XX|DE-ZZ)"):
        WorkCalendar.from_rules(
            workdays=WEEKDAYS, country=country, subdivision=subdivision, years=[2026]
        )


@pytest.mark.parametrize("workdays", [[], [0], [8]])
def test_weekdays_that_do_not_exist_are_refused(workdays: list[int]) -> None:
    with pytest.raises(ValueError, match="expected some of 1"):
        WorkCalendar(workdays)


def test_an_empty_range_is_refused() -> None:
    with pytest.raises(ValueError, match="the range is empty"):
        WorkCalendar(WEEKDAYS, (), LAST, FIRST)


def test_an_event_after_a_friday_shows_as_that_friday() -> None:
    friday = date(2026, 1, 9)
    saturday = friday.toordinal() + 1
    assert display_finish(saturday, STANDARD) == friday
    assert display_finish(saturday + 2, STANDARD) == friday
    assert display_start(saturday, saturday, STANDARD) == friday
    assert display_start(MONDAY.toordinal(), saturday, STANDARD) == MONDAY


def test_a_calendar_says_what_it_covers() -> None:
    assert repr(WorkCalendar(WEEKDAYS, (), FIRST, LAST)) == (
        "<WorkCalendar 2026-01-01 to 2026-03-31, 64 working days>"
    )


def test_many_instants_are_counted_like_one_by_one_within_the_table_and_beyond() -> None:
    around = [FIRST.toordinal(), LAST.toordinal()]
    instants = [day + off for day in around for off in range(-400, 400)] + [0, 1, 2**30, 1_739_000]
    table = WorkCalendar(WEEKDAYS, [MONDAY], FIRST, LAST)
    many = np.array(instants, np.int32)
    assert table.count(many).tolist() == [table.count(t) for t in instants]
    assert table.up(many).tolist() == [table.up(t) for t in instants]
    for days in (3, 0, -3):
        assert table.add(many, days).tolist() == [table.add(t, days) for t in instants]


@given(calendars(), instants, st.integers(0, 150))
def test_instants_in_a_row_are_counted_like_one_by_one(
    pair: tuple[WorkCalendar, DayByDay], first: int, days: int
) -> None:
    calendar, _ = pair
    assert calendar.counts(first, days).tolist() == [calendar.count(first + n) for n in range(days)]
