"""What a team has promised against what it finishes in a usual week."""

from datetime import date, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.assess import assess
from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.people.views import StreamView
from slipwatch.aggregator.portfolio.model import (
    Away,
    Milestone,
    Portfolio,
    Program,
    Project,
    Scope,
    Stream,
)

TODAY = date(2026, 1, 5)


def promised(name: str, remaining: int, due: date, **given: Any) -> Milestone:
    return Milestone(
        id=f"p/x/{name}",
        title=name,
        program="p",
        project="p/x",
        calendar="default",
        stream="p/x",
        tracked=True,
        commitment=due,
        scope=Scope(remaining=remaining),
        **given,
    )


def assessed(stream: Stream, *milestones: Milestone) -> Assessment:
    portfolio = Portfolio(
        as_of=TODAY,
        timezone="UTC",
        programs=(Program(id="p", title="P"),),
        projects=(Project(id="p/x", title="x", program="p"),),
        milestones={one.id: one for one in milestones},
        streams={"p/x": stream},
        calendars={"default": WorkCalendar([1, 2, 3, 4, 5])},
    )
    return assess(portfolio, TODAY)


def stream(*milestones: Milestone, weeks: int = 13, per_week: int = 5, **given: Any) -> StreamView:
    finished = [
        TODAY - timedelta(days=7 * week + 3)
        for week in range(1, weeks + 1)
        for _ in range(per_week)
    ]
    own = Stream(id="p/x", calendar="default", finished=tuple(sorted(finished)), **given)
    people = assessed(own, *milestones).people
    assert people is not None
    (found,) = people.streams
    return found


IN_TWO_WEEKS = TODAY + timedelta(days=13)


def test_what_commitments_need_a_week_is_added_up() -> None:
    near, far = promised("a", 8, IN_TWO_WEEKS), promised("b", 12, TODAY + timedelta(days=27))

    found = stream(near, far, since=TODAY - timedelta(weeks=30))

    assert (found.needed, found.pace, found.weeks) == (4.0 + 3.0, 5.0, 13)
    assert found.commitments == ("p/x/a", "p/x/b")


@pytest.mark.parametrize(
    ("given", "pace"),
    [
        ({"samples": (3, 9, 4), "samples_per_week": True}, 4.0),
        ({"samples": (1, 2, 0)}, 5.0),
        ({"samples": (3, 9, 4), "samples_per_week": True, "pace": 0.5}, 2.0),
    ],
)
def test_a_declared_pace_is_taken_as_it_is(given: dict[str, Any], pace: float) -> None:
    assert stream(promised("a", 8, IN_TWO_WEEKS), **given).pace == pace


@pytest.mark.parametrize(
    ("due", "needed"),
    [
        pytest.param(IN_TWO_WEEKS, 8 / 1.5, id="half of it for the second week"),
        pytest.param(TODAY + timedelta(days=6), 8.0, id="after its day"),
        pytest.param(TODAY - timedelta(days=30), 8.0, id="overdue"),
    ],
)
def test_weeks_in_which_a_part_of_the_team_is_away_count_less(due: date, needed: float) -> None:
    week = Away(start=TODAY + timedelta(days=7), end=IN_TWO_WEEKS, share=0.5)

    found = stream(promised("a", 8, due), since=TODAY - timedelta(weeks=30), away=(week,))

    assert found.needed == round(needed, 2)


def test_nobody_knows_the_pace_of_a_team_of_three_weeks() -> None:
    found = stream(promised("a", 8, IN_TWO_WEEKS), weeks=3, since=TODAY - timedelta(weeks=3))

    assert (found.pace, found.weeks) == (None, 3)


def test_what_is_overdue_is_needed_within_a_week() -> None:
    found = stream(promised("a", 8, TODAY - timedelta(days=30)), since=TODAY - timedelta(weeks=30))

    assert found.needed == 8.0


def test_what_is_done_needs_nothing() -> None:
    done = promised("a", 0, IN_TWO_WEEKS, actual=TODAY - timedelta(days=3), closed=True)

    assert assessed(Stream(id="p/x", calendar="default"), done).people is None
