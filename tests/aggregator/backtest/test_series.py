"""A series of past days tells of each what would be told of it alone."""

from collections.abc import Callable
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from slipwatch.aggregator.backtest.needed import needed
from slipwatch.aggregator.outlook import forecast_portfolio
from slipwatch.aggregator.portfolio.build import build_portfolio, end_of_day
from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.portfolio.replay import as_of
from slipwatch.aggregator.portfolio.series import Series

from . import test_the_future as edits
from .conftest import noon
from .history import BEGAN, DAY, NOW, SHORT, SHORT_VERSION, SPARE, history, jira, settings

ZONE = ZoneInfo("Europe/Berlin")
DAYS = [*(BEGAN + timedelta(days=n) for n in range(200, 360, 7)), DAY, DAY]


@pytest.fixture
def eventful() -> Facts:
    """Let items and milestones change in every way, and some milestones be closed on no day."""
    made = history()
    for at, edit in enumerate((*edits.TELLING.values(), *edits.SILENT.values())):
        if edit not in (edits.syncs_failed, edits.milestone_deleted):
            edit(made, DAY - timedelta(days=5 * at - 60))
    for number in SPARE:
        made.set(jira(number), blocked_since=noon(DAY - timedelta(days=number % 9 * 7)))
    made.alter(SHORT, closed=True, closed_on=None)
    made.alter(SHORT_VERSION, closed=True, closed_on=date(2026, 3, 30))
    made.closed_at[SHORT_VERSION] = made.items["jira", "1200"].created_at
    return made.facts()


def back_and_forth(days: list[date]) -> list[date]:
    return [*days, *days[:3], days[-1]]


@pytest.mark.parametrize("order", [list[date], back_and_forth], ids=["ascending", "any order"])
def test_items_are_rewound_as_for_one_day(
    eventful: Facts, order: Callable[[list[date]], list[date]]
) -> None:
    series = Series(eventful)

    for day in order(DAYS):
        moment = end_of_day(day, ZONE)
        alone, rewound = as_of(eventful, moment), series.rewound(moment)
        assert list(as_of(eventful, moment, rewound).items.items()) == list(alone.items.items())
        assert {ref: tuple(told) for ref, told in rewound.changes.items()} == {
            ref: tuple(told) for ref, told in alone.changes.items()
        }


@pytest.mark.parametrize("by", ["items", "points"])
def test_forecasts_are_those_of_the_day_alone(eventful: Facts, by: str) -> None:
    given, series = settings(edits.PROMISE, by), Series(eventful)

    for day in DAYS:
        alone = build_portfolio(given, eventful, day, now=NOW)
        found = build_portfolio(given, eventful, day, now=NOW, series=series)

        assert found.members == alone.members
        assert found.portfolio.milestones == alone.portfolio.milestones
        assert found.portfolio.streams == alone.portfolio.streams
        assert found.portfolio.dependencies == alone.portfolio.dependencies
        first, second = (
            forecast_portfolio(each.portfolio, seed=0, trials=50).finishes
            for each in (alone, found)
        )
        assert {name: list(days) for name, days in first.items()} == {
            name: list(days) for name, days in second.items()
        }


def test_forecasts_are_the_same_without_what_they_do_not_rest_on() -> None:
    given, compared, left_out = settings(edits.PROMISE, "items"), 0, 0

    for day in (DAY - timedelta(days=30), DAY, DAY + timedelta(days=12)):
        whole = build_portfolio(given, history().facts(), day, now=NOW).portfolio
        every = forecast_portfolio(whole, seed=0, trials=50).finishes
        for wanted in edits.SUBJECTS:
            part = needed(whole, [wanted])
            found = forecast_portfolio(part, seed=0, trials=50).finishes
            assert (wanted in found) == (wanted in every)
            if wanted in every:
                assert list(found[wanted]) == list(every[wanted])
                compared += 1
                left_out += len(whole.milestones) - len(part.milestones)

    assert compared > 10
    assert left_out > 10


def test_an_item_to_which_nothing_happened_is_the_same_object(eventful: Facts) -> None:
    series = Series(eventful)

    before = series.rewound(end_of_day(DAY, ZONE)).items
    after = series.rewound(end_of_day(DAY + timedelta(days=1), ZONE)).items

    same = [ref for ref, item in after.items() if item is before.get(ref)]
    assert len(after) - 40 < len(same) < len(after)
