"""Time boxes: they end as the team's last ones did, whatever is left in them."""

from datetime import date, timedelta

import msgspec
import numpy as np
import pytest

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.boxes import BoxEnds, Ended
from slipwatch.aggregator.forecast.prior import shipped

WEEKDAYS = WorkCalendar([1, 2, 3, 4, 5])
FRIDAY = date(2026, 1, 16)
TUESDAY = date(2026, 1, 6)
ON_THE_DAY = msgspec.structs.replace(shipped(), box_slips=((0, 10),), strength=1.0)


def ended(slip: int, weeks_ago: int, project: str = "p/x", program: str = "p") -> Ended:
    closed = (TUESDAY - timedelta(weeks=weeks_ago)).toordinal()
    return Ended(program=program, project=project, closed=closed, slip=slip)


def shares(*past: Ended, today: date = TUESDAY) -> dict[date, float]:
    """Give the share of all cases that are over on each day."""
    found = BoxEnds(past, ON_THE_DAY).remaining(
        "p", "p/x", FRIDAY.toordinal(), today.toordinal(), WEEKDAYS
    )
    assert found is not None
    days, counts = np.unique(found, return_counts=True)
    last = [today + timedelta(days=int(day) - 1) for day in days]
    return dict(zip(last, (counts / found.size).tolist(), strict=True))


def test_the_last_sprints_tell_most_of_when_one_ends() -> None:
    monday = date(2026, 1, 19)
    found = shares(ended(1, 1), ended(-1, 3))  # 1 for the prior, 1 for the last, 0.85 before it
    assert found == pytest.approx(
        {date(2026, 1, 15): 0.85 / 2.85, FRIDAY: 1 / 2.85, monday: 1 / 2.85}, abs=0.001
    )


def test_other_teams_tell_less() -> None:
    monday = date(2026, 1, 19)
    near, far = ended(1, 1, "p/y"), ended(1, 1, "q/z", "q")
    assert shares(near)[monday] == pytest.approx(0.5 / 1.5, abs=0.001)
    assert shares(far)[monday] == pytest.approx(0.2 / 1.2, abs=0.001)


def test_a_sprint_that_is_open_after_its_day_was_not_over_on_it() -> None:
    late = [ended(1, 1), ended(2, 2)]
    monday, tuesday = date(2026, 1, 19), date(2026, 1, 20)
    assert shares(*late, today=monday) == pytest.approx(
        {monday: 1 / 1.85, tuesday: 0.85 / 1.85}, abs=0.001
    )


def test_one_that_is_later_than_most_were_is_told_by_its_age() -> None:
    boxes = BoxEnds([ended(0, 1), ended(2, 2)], ON_THE_DAY)
    monday = date(2026, 1, 19)
    assert boxes.remaining("p", "p/x", FRIDAY.toordinal(), monday.toordinal(), WEEKDAYS) is None
