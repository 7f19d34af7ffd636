from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.network import (
    Activity,
    Edge,
    Network,
    display_finish,
    floats,
    trace,
)

STANDARD = WorkCalendar(range(1, 6))
PLANT = WorkCalendar([7, 1, 2, 3, 4])
AS_OF = date(2026, 1, 5).toordinal()


def work(name: str, duration: int | None, calendar: WorkCalendar = STANDARD) -> Activity:
    return Activity(id=name, calendar=calendar, duration=duration)


def last_days(network: Network) -> dict[str, str]:
    schedule = network.schedule(AS_OF)
    return {
        node: display_finish(int(finish[0]), network.activities[node].calendar).isoformat()
        for node, finish in schedule.finish.items()
    }


@given(st.integers(1, 30), st.integers(1, 30), st.integers(-3, 3))
def test_a_partial_gate_with_everything_blocked_finishes_like_finish_to_start(
    before: int, after: int, lag: int
) -> None:
    finishes = [
        Network(
            [work("u", before), work("m", after, PLANT)],
            [Edge("u", "m", type=kind, lag=lag, blocked=blocked)],
        )
        .schedule(AS_OF)
        .finish["m"][0]
        for kind, blocked in (("fs", None), ("partial", after))
    ]
    assert finishes[0] == finishes[1]


def test_a_partial_gate_delays_the_finish_and_not_the_start() -> None:
    network = Network([work("u", 10), work("m", 4)], [Edge("u", "m", type="partial", blocked=2)])
    schedule = network.schedule(AS_OF)
    assert int(schedule.start["m"][0]) == AS_OF
    assert last_days(network)["m"] == "2026-01-20"
    found = floats(schedule)
    assert (found.total["u"], found.total["m"]) == (0, 0)


def test_only_the_gate_drives_a_gated_finish() -> None:
    network = Network(
        [work("first", 2), work("u", 10), work("m", 4)],
        [Edge("first", "m"), Edge("u", "m", type="partial", blocked=2)],
    )
    found = trace(network.schedule(AS_OF))
    assert found.drivers("m") == ("u",)
    assert [found.slack[edge] for edge in network.edges] == [0, 0]
    assert [found.driving(edge) for edge in network.edges] == [False, True]
    assert found.driving_path("m") == ("u", "m")


def test_the_driving_path_leaves_by_the_end_that_an_edge_hangs_on() -> None:
    # m's start hangs on u's start, so what gates u's finish is not on the way.
    network = Network(
        [work("first", 3), work("gate", 20), work("u", 4), work("m", 4)],
        [
            Edge("first", "u"),
            Edge("gate", "u", type="partial"),
            Edge("u", "m", type="ss", lag=2),
        ],
    )
    found = trace(network.schedule(AS_OF))
    assert found.driving_path("m") == ("first", "u", "m")
    assert found.driving_path("u") == ("gate", "u")


def test_as_of_and_an_earliest_start_leave_no_driver() -> None:
    late = Activity(
        id="m", calendar=STANDARD, duration=2, earliest_start=date(2026, 2, 2).toordinal()
    )
    done = Activity(id="done", calendar=STANDARD, finished=(AS_OF - 7, AS_OF - 2))
    network = Network([done, work("a", 3), late], [Edge("done", "a"), Edge("a", "m")])
    found = trace(network.schedule(AS_OF))
    assert found.drivers("a") == ()
    assert found.drivers("m") == ()
    assert found.slack[network.edges[1]] == 17


def test_lags_follow_the_successor_unless_told_otherwise() -> None:
    activities = [work("u", 4), work("own", 1, PLANT), work("std", 1, PLANT), work("ed", 1, PLANT)]
    network = Network(
        activities,
        [
            Edge("u", "own", lag=2),
            Edge("u", "std", lag=2, lag_calendar=STANDARD),
            Edge("u", "ed", lag=2, elapsed=True),
        ],
    )
    # u ends on Thursday the 8th; the plant works Sunday to Thursday.
    assert last_days(network) == {
        "u": "2026-01-08",
        "own": "2026-01-13",
        "std": "2026-01-13",
        "ed": "2026-01-11",
    }


def test_an_event_after_a_friday_shows_that_friday() -> None:
    network = Network(
        [work("u", 5), work("event", 0), work("next", 1)],
        [
            Edge("u", "event"),
            Edge("event", "next"),
        ],
    )
    assert last_days(network) == {
        "u": "2026-01-09",
        "event": "2026-01-09",
        "next": "2026-01-12",
    }


@pytest.mark.parametrize(
    ("promise", "shown"),
    [
        (date(2026, 1, 16), "2026-01-16"),
        (date(2026, 1, 5), "2026-01-05"),
        # It has passed and nothing came: not before the end of the next working day.
        (date(2026, 1, 2), "2026-01-05"),
    ],
)
def test_a_promise_holds_until_it_has_passed(promise: date, shown: str) -> None:
    vendor = Activity(id="v", calendar=STANDARD, released=promise.toordinal() + 1)
    assert last_days(Network([vendor], [])) == {"v": shown}


def test_a_promise_waits_for_what_it_depends_on() -> None:
    vendor = Activity(id="v", calendar=STANDARD, released=AS_OF + 2)
    network = Network([work("u", 10), vendor], [Edge("u", "v")])
    assert last_days(network)["v"] == "2026-01-16"


def test_an_unknown_duration_takes_the_dates_from_everything_after_it() -> None:
    network = Network(
        [work("x", None), work("y", None), work("a", 3), work("b", 2), work("free", 1)],
        [Edge("x", "b"), Edge("y", "b"), Edge("a", "b")],
    )
    assert sorted(network.schedule(AS_OF).placements) == ["a", "free"]
    assert network.missing["b"] == ("x", "y")
    assert network.missing["free"] == ()
    bound = network.lower_bound(AS_OF)
    assert display_finish(int(bound.finish["b"][0]), STANDARD) == date(2026, 1, 9)


@given(st.integers(0, 30))
def test_no_duration_of_the_unknown_beats_the_lower_bound(duration: int) -> None:
    # A long x starts before the gate on its finish, and b with it.
    edges = [Edge("a", "x", type="ff"), Edge("x", "b", type="ss")]
    bound = Network([work("a", 10), work("x", None), work("b", 2)], edges).lower_bound(AS_OF)
    known = Network([work("a", 10), work("x", duration), work("b", 2)], edges).schedule(AS_OF)
    for node in "axb":
        assert bound.finish[node][0] <= known.finish[node][0]


def test_what_has_finished_needs_no_unknown_and_closes_no_cycle() -> None:
    done = Activity(id="done", calendar=STANDARD, finished=(AS_OF - 7, AS_OF - 2))
    network = Network(
        [work("x", None), done, work("a", 2)],
        [Edge("x", "done"), Edge("done", "a"), Edge("a", "done"), Edge("done", "done")],
    )
    assert network.cycles == ()
    assert network.complete == {"done", "a"}
    broken = [(e.upstream, e.downstream) for e in network.schedule(AS_OF).violations()]
    # Work began before x was done, before a was done, and before itself was done.
    assert broken == [("x", "done"), ("a", "done"), ("done", "done")]


def test_a_self_loop_is_a_cycle() -> None:
    network = Network([work("a", 2), work("b", 1)], [Edge("a", "a"), Edge("a", "b")])
    assert network.cycles == (("a",),)
    assert network.deadlocked == {"a", "b"}


def test_a_finish_before_the_bound_is_a_violation_and_a_partial_gate_is_none() -> None:
    done = Activity(id="m", calendar=STANDARD, finished=(AS_OF - 14, AS_OF - 2))
    begun = Activity(id="n", calendar=STANDARD, duration=2, started=AS_OF - 4)
    late = Activity(id="u", calendar=STANDARD, duration=3, started=AS_OF - 3)
    edges = [
        Edge("u", "m", type="ff"),
        Edge("u", "m", type="ss"),
        Edge("u", "m", type="partial"),
        Edge("u", "n", type="ss"),
        Edge("u", "n", type="ff"),
        Edge("u", "n", lag=-20),
    ]
    network = Network([done, begun, late], edges)
    assert network.schedule(AS_OF).violations() == (edges[0], edges[1], edges[3])


def test_floats_belong_to_the_end_of_their_group() -> None:
    network = Network([work("a", 2), work("b", 4), work("c", 10)], [])
    schedule = network.schedule(AS_OF)
    assert floats(schedule).total == {"a": 8, "b": 6, "c": 0}
    grouped = floats(schedule, groups={"a": "x", "b": "x", "c": "y"})
    assert grouped.total == {"a": 2, "b": 0, "c": 0}


def test_a_commitment_behind_something_unknown_still_limits_what_is_known() -> None:
    network = Network(
        [work("a", 2), work("x", None), work("m", 3)],
        [
            Edge("a", "m"),
            Edge("x", "m"),
        ],
    )
    found = floats(network.schedule(AS_OF), commitments={"m": AS_OF + 5})
    assert found.commitment == {"a": 0}
    assert found.total == {"a": 0}


def test_a_dangling_start_to_start_predecessor_has_no_false_float() -> None:
    network = Network([work("a", 8), work("b", 3)], [Edge("a", "b", type="ss")])
    assert floats(network.schedule(AS_OF)).total == {"a": 0, "b": 5}


def test_trials_of_different_lengths_share_one_axis() -> None:
    durations = np.array([1, 5, 10], dtype=np.int32)
    trials = Activity(id="a", calendar=STANDARD, duration=durations)
    schedule = Network([trials, work("b", 3)], [Edge("a", "b", type="ff")]).schedule(AS_OF)
    assert schedule.trials == 3
    assert (schedule.finish["a"] - AS_OF).tolist() == [1, 5, 12]
    assert (schedule.start["b"] - AS_OF).tolist() == [0, 2, 9]
    with pytest.raises(ValueError, match="one trial is needed here, not 3"):
        floats(schedule)


@pytest.mark.parametrize(
    ("edges", "message"),
    [
        ([("a", "b", "fs")], "edge a -> b: there is no activity b"),
        ([("a", "a", "xx")], "type 'xx' is none of ff, fs, partial, sf, ss"),
    ],
)
def test_edges_that_make_no_sense_are_refused(
    edges: list[tuple[str, str, str]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Network([work("a", 1)], [Edge(u, d, type=kind) for u, d, kind in edges])


def test_an_id_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="activity a is given twice"):
        Network([work("a", 1), work("a", 2)], [])
