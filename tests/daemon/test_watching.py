"""What is told of long work while it goes on."""

import itertools

from slipwatch.daemon.commands.watching import told


def test_a_line_every_ten_seconds_says_how_far_it_is_and_what_is_left() -> None:
    said: list[str] = []
    clock = itertools.count(0.0, 40.0).__next__

    passed = list(told("abcdef", "Forecasting", 6, say=said.append, clock=clock))

    assert passed == list("abcdef")
    assert said == [
        "Forecasting: 1 of 6, 3 min left",
        "Forecasting: 2 of 6, 3 min left",
        "Forecasting: 3 of 6, 2 min left",
        "Forecasting: 4 of 6, 80 s left",
        "Forecasting: 5 of 6, 40 s left",
    ]


def test_steps_that_take_less_are_told_of_together_and_short_work_is_not() -> None:
    said: list[str] = []
    clock = itertools.count(0.0, 4.0).__next__

    list(told(range(7), "Trying", 7, say=said.append, clock=clock))

    assert said == ["Trying: 3 of 7, 16 s left", "Trying: 6 of 7, 4 s left"]
