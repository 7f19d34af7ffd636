from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.network import (
    Activity,
    Attribution,
    BaselineState,
    Edge,
    Hit,
    Network,
    attribute,
    attribute_all,
    hits,
)

STANDARD = WorkCalendar(range(1, 6))
AS_OF = date(2026, 1, 19).toordinal()


def day(month: int, number: int) -> int:
    return date(2026, month, number).toordinal()


def work(
    name: str,
    duration: int | None = None,
    *,
    earliest_start: int | None = None,
    started: int | None = None,
    finished: tuple[int, int] | None = None,
    released: int | None = None,
) -> Activity:
    return Activity(
        id=name,
        calendar=STANDARD,
        duration=duration,
        earliest_start=earliest_start,
        started=started,
        finished=finished,
        released=released,
    )


def explain(
    activities: list[Activity], edges: list[Edge], baselines: dict[str, BaselineState], target: str
) -> Attribution:
    found = attribute(Network(activities, edges), baselines, AS_OF, target)
    assert found is not None
    return found


def shares(found: Attribution) -> dict[str, tuple[int, float, int]]:
    return {c.id: (c.but_for, c.shapley, c.own_slip) for c in found.causes}


def test_what_is_on_its_baseline_has_no_causes() -> None:
    found = explain(
        [work("a", 3), work("b", 2)],
        [Edge("a", "b")],
        {"a": BaselineState(duration=3), "b": BaselineState(duration=2)},
        "b",
    )
    assert (found.total, found.causes, found.concurrent) == (0, (), 0)


def test_work_that_should_have_begun_last_week_is_late_by_a_week() -> None:
    found = explain(
        [work("a", 3), work("b", 2)],
        [Edge("a", "b")],
        {"a": BaselineState(start=day(1, 12), duration=3), "b": BaselineState(duration=2)},
        "b",
    )
    # Had a been done last week, b could begin today: a costs it three of its five days.
    assert found.total == 3
    assert shares(found) == {"a": (3, 3.0, 5)}


def test_begun_work_counts_by_the_shift_of_its_own_finish() -> None:
    found = explain(
        [work("a", 3, started=day(1, 5))],
        [],
        {"a": BaselineState(start=day(1, 5), duration=10)},
        "a",
    )
    # Planned for Fri 16 Jan, now Wed 21 Jan; that three days remain says nothing of ten planned.
    assert shares(found) == {"a": (3, 3.0, 3)}


def test_finished_work_that_was_late_still_explains_what_follows() -> None:
    found = explain(
        [work("a", finished=(day(1, 5), day(1, 17))), work("b", 2)],
        [Edge("a", "b")],
        {
            "a": BaselineState(start=day(1, 5), finish=day(1, 10)),
            "b": BaselineState(start=day(1, 12), duration=2),
        },
        "b",
    )
    # b lost the same week twice: it had to wait for a, and it has not begun since.
    assert (found.total, found.concurrent) == (5, 5)
    assert shares(found) == {"a": (0, 2.5, 5), "b": (0, 2.5, 5)}


def test_a_moved_promise_is_a_cause() -> None:
    found = explain(
        [work("vendor", released=day(2, 7)), work("b", 2)],
        [Edge("vendor", "b")],
        {"vendor": BaselineState(finish=day(1, 31)), "b": BaselineState(duration=2)},
        "b",
    )
    assert shares(found) == {"vendor": (5, 5.0, 5)}


def test_an_early_branch_is_worth_less_than_nothing() -> None:
    found = explain(
        [work("a", 2), work("b", 4)],
        [Edge("a", "b")],
        {"a": BaselineState(duration=6), "b": BaselineState(duration=3)},
        "b",
    )
    assert found.total == -3
    assert shares(found) == {"b": (1, 1.0, 1), "a": (-4, -4.0, -4)}


def test_a_gate_may_absorb_a_slip_and_the_slip_is_still_shown() -> None:
    found = explain(
        [work("gate", 10), work("b", 6)],
        [Edge("gate", "b", type="ff")],
        {"gate": BaselineState(duration=8), "b": BaselineState(duration=2)},
        "b",
    )
    assert shares(found) == {"gate": (2, 2.0, 2)}
    later = explain(
        [work("gate", 10), work("b", 12)],
        [Edge("gate", "b", type="ff")],
        {"gate": BaselineState(duration=8), "b": BaselineState(duration=2)},
        "b",
    )
    assert shares(later) == {"b": (2, 3.0, 10), "gate": (0, 1.0, 2)}


def test_without_a_usable_baseline_nothing_is_blamed() -> None:
    found = explain(
        [work("a", 9), work("b", 2), work("c", 1)],
        [Edge("a", "b"), Edge("b", "c")],
        {"a": BaselineState(finish=day(1, 20)), "b": BaselineState(start=day(1, 20))},
        "c",
    )
    assert (found.total, found.causes) == (0, ())


def test_a_baseline_start_follows_from_finish_and_duration() -> None:
    found = explain([work("a", 3)], [], {"a": BaselineState(finish=day(1, 17), duration=3)}, "a")
    assert shares(found) == {"a": (3, 3.0, 3)}


def test_an_earliest_start_is_no_slip_of_its_own() -> None:
    found = explain(
        [work("a", 3, earliest_start=day(2, 2))], [], {"a": BaselineState(duration=3)}, "a"
    )
    assert found.causes == ()


def test_what_has_no_forecast_has_no_causes() -> None:
    network = Network([work("a"), work("b", 2), work("c", 2)], [Edge("a", "b"), Edge("c", "c")])
    baselines = {node: BaselineState(duration=1) for node in "abc"}
    assert attribute_all(network, baselines, AS_OF) == {}
    assert attribute(network, baselines, AS_OF, "b") is None
    assert hits(network, baselines, AS_OF) == {}


def test_hits_name_everybody_downstream_the_hardest_first() -> None:
    network = Network(
        [work("a", 9), work("b", 2), work("c", 1), work("d", 7)],
        [Edge("a", "b"), Edge("b", "c"), Edge("d", "c")],
    )
    found = hits(network, {"a": BaselineState(duration=2)}, AS_OF)
    assert found == {"a": (Hit(target="b", days=7), Hit(target="c", days=4))}


def test_several_trials_are_refused() -> None:
    trials = Activity(id="a", calendar=STANDARD, duration=np.array([1, 2], dtype=np.int32))
    with pytest.raises(ValueError, match="one trial is needed here, not 2"):
        attribute(Network([trials], []), {}, AS_OF, "a")


def layered(slips: list[int], wide: int) -> tuple[Network, dict[str, BaselineState]]:
    """Build layers in which everything waits for the whole layer before."""
    names = [f"w{n:02}" for n in range(len(slips))]
    activities = [work(name, 5 + slip) for name, slip in zip(names, slips, strict=True)]
    edges = [
        Edge(names[u], names[d])
        for d in range(len(names))
        for u in range(d)
        if u // wide == d // wide - 1
    ]
    edges += [Edge(name, "end") for name in names]
    baselines = {name: BaselineState(duration=5) for name in names}
    return Network([*activities, work("end", 1)], edges), baselines


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(-3, 6), min_size=13, max_size=20), st.integers(1, 4))
def test_sampled_shares_add_up_to_the_total_and_ignore_the_order_of_input(
    slips: list[int], wide: int
) -> None:
    network, baselines = layered(slips, wide)
    found = attribute_all(network, baselines, AS_OF)
    assert sum(c.shapley for c in found["end"].causes) == pytest.approx(found["end"].total)
    assert attribute(network, baselines, AS_OF, "end") == found["end"]
    reverse = Network(reversed(network.activities.values()), reversed(network.edges))
    assert attribute_all(reverse, baselines, AS_OF) == found


def test_pairs_that_hide_each_other_are_shared_evenly_even_when_sampled() -> None:
    # Every sampled order is also taken backwards, so each of a pair comes first equally often.
    network, baselines = layered([4] * 14, 2)
    found = attribute_all(network, baselines, AS_OF)["end"]
    assert found.total == 28
    assert found.concurrent == 28
    assert [c.but_for for c in found.causes] == [0] * 14
    assert [c.shapley for c in found.causes] == [2.0] * 14


def test_serial_slips_are_shared_exactly_even_when_sampled() -> None:
    network, baselines = layered(list(range(1, 15)), 1)
    found = attribute_all(network, baselines, AS_OF)["end"]
    assert shares(found) == {f"w{n:02}": (n + 1, n + 1.0, n + 1) for n in range(14)}


def test_a_hard_date_that_needs_not_wait_any_more_is_a_cause_beside_what_became_shorter() -> None:
    fixed = Activity(id="b", calendar=STANDARD, duration=2, must_start=AS_OF)
    found = explain(
        [work("a", 0), fixed],
        [Edge("a", "b")],
        {"a": BaselineState(duration=3), "b": BaselineState(duration=2)},
        "b",
    )
    # Either alone would do: a that takes no time, or b that begins whatever a does.
    assert (found.total, found.concurrent) == (-3, -3)
    assert {name: share[:2] for name, share in shares(found).items()} == {
        "a": (0, -1.5),
        "b": (0, -1.5),
    }


def test_of_many_targets_each_is_explained_as_if_it_were_asked_about_alone() -> None:
    network, baselines = layered([n % 7 - 2 for n in range(40)], 2)
    found = attribute_all(network, baselines, AS_OF)
    assert len(found["end"].causes) > 20
    for target in found:
        assert attribute(network, baselines, AS_OF, target) == found[target]
