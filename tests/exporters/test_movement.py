"""What moved a forecast, in sentences whose numbers add up."""

import re
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.assessment import ChanceMoved, Movement
from slipwatch.exporters.movement import say_movement

CHANCES = st.floats(0, 1)


@given(before=CHANCES, after=CHANCES, parts=st.lists(st.floats(-0.5, 0.5), min_size=6, max_size=6))
def test_told_parts_of_a_chance_sum_to_what_is_told_of_it(
    before: float, after: float, parts: list[float]
) -> None:
    names = ("pace", "scope", "dates", "calendar", "model", "data")
    moved = ChanceMoved(
        before=before,
        after=after,
        total=after - before,
        upstream=after - before - sum(parts),
        **dict(zip(names, parts, strict=True)),
    )

    (said,) = say_movement(Movement(since=date(2026, 11, 16), p_on_time=moved))

    how, _, listed = said.partition(": ")
    ends = [0 if less else int(whole) for less, whole in re.findall(r"(less than )?(\d+) %", how)]
    assert sum(map(int, re.findall(r"[+-]\d+", listed))) == ends[-1] - ends[0]
    assert "+0" not in listed


def test_a_part_is_told_as_what_it_is_worth_to_the_nearest_point() -> None:
    moved = ChanceMoved(
        before=0.7695,
        after=0.1605,
        total=-0.609,
        pace=-0.004,
        scope=-0.205,
        upstream=-0.4,
        dates=0.0,
        calendar=0.0,
        model=0.0,
        data=0.0,
    )

    (said,) = say_movement(Movement(since=date(2026, 11, 16), p_on_time=moved))

    assert said == (
        "Since 2026-11-16 the chance to keep its commitment went from 76 % to 16 %: "
        "what it waits for -40, its scope -20."
    )
