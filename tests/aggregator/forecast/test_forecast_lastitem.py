"""The item that is stuck: how long what is in work goes on, by how long it has lasted."""

from datetime import date, timedelta

import numpy as np
import pytest

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.lastitem import CycleTimes, last_item
from slipwatch.aggregator.portfolio.model import OpenItem, Spell

AS_OF = date(2026, 1, 5)
STANDARD = WorkCalendar({1, 2, 3, 4, 5})
THOUSAND = (np.arange(1000) + 0.5) / 1000


def spell(took: int, ago: int = 100) -> Spell:
    """Describe an item that was in work for so many days, from so many days ago on."""
    begun = AS_OF - timedelta(days=ago)
    return Spell(begun, begun + timedelta(days=took))


def in_work(age: int) -> Spell:
    return Spell(AS_OF - timedelta(days=age))


def learned(*spells: Spell) -> CycleTimes:
    found = CycleTimes.learn(spells, AS_OF)
    assert found is not None
    return found


def item(age: int | None, key: str = "A-1") -> OpenItem:
    begun = None if age is None else AS_OF - timedelta(days=age)
    return OpenItem(source="jira", key=key, title="", url="", assignee=None, begun=begun)


def test_what_is_left_of_an_item_is_what_took_as_long_took_longer() -> None:
    # Three of each length; of those that took more than 5 days a third each took 6, 8 and 10.
    cycles = learned(*(spell(took) for took in (2, 4, 6, 8, 10) for _ in range(3)))
    days, counts = np.unique(cycles.left(5, THOUSAND), return_counts=True)
    assert list(days) == [1, 3, 5]
    assert counts == pytest.approx(1000 / 3, abs=2)


def test_what_is_still_in_work_tells_that_such_items_take_longer() -> None:
    # By hand: 30 at risk at 5 days, 10 done; 10 leave unfinished at 7; 10 left at 9, all done.
    done = [*(spell(5) for _ in range(10)), *(spell(9) for _ in range(10))]
    cycles = learned(*done, *(in_work(7) for _ in range(10)))
    assert cycles.ends == pytest.approx([5, 9])
    assert cycles.stay == pytest.approx([2 / 3, 0])
    assert np.mean(learned(*done).left(0, THOUSAND)) == pytest.approx(7)
    assert np.mean(cycles.left(0, THOUSAND)) == pytest.approx(5 / 3 + 18 / 3, rel=1e-3)


def test_an_old_item_counts_only_from_the_age_it_had_when_all_were_looked_at() -> None:
    # Finished ones are those of the last 20 days: what was 80 days old by then says nothing of
    # the first 20 days of an item.
    done = [spell(took, ago=30 - day) for day in range(20) for took in (5, 10)]
    cycles = learned(*done)
    assert learned(*done, in_work(200)).stay == pytest.approx(cycles.stay)
    assert learned(*done, in_work(12)).stay[1] > cycles.stay[1] == 0


def test_what_has_lasted_longer_than_anything_finished_goes_on_for_long() -> None:
    cycles = learned(*(spell(10) for _ in range(20)))
    assert np.median(cycles.left(40, THOUSAND)) == pytest.approx(40 * (2**0.5 - 1), rel=0.01)
    assert np.mean(cycles.left(40, THOUSAND) > 40) == pytest.approx(0.25, abs=0.01)


def test_few_finished_items_say_nothing() -> None:
    assert CycleTimes.learn([spell(3)] * 14, AS_OF) is None


def test_a_milestone_waits_for_the_last_of_its_items_in_work() -> None:
    cycles = learned(*(spell(took) for took in (9, 16) for _ in range(10)))
    found = last_item(
        [item(2, "A-1"), item(9, "A-2"), item(None, "A-3")], cycles, STANDARD, AS_OF, 1000, 0
    )
    assert found is not None
    last, days = found
    assert (last.item.key, last.left) == ("A-1", 5)  # done on Friday after 7 days, or after 14
    assert set(days.tolist()) == {5, 10}
    assert np.mean(days == 10) == pytest.approx(0.5, abs=0.002)
    assert last_item([item(None)], cycles, STANDARD, AS_OF, 1000, 0) is None
