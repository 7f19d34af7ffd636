from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from slipwatch.aggregator.network import (
    Schedule,
    attribute,
    display_finish,
    display_start,
    floats,
    hits,
    trace,
)

Scenarios = Callable[..., Any]


def dates(schedule: Schedule) -> dict[str, list[str]]:
    """Write early dates the way the scenarios do."""
    shown: dict[str, list[str]] = {}
    for node, activity in schedule.network.activities.items():
        if node in schedule.placements:
            start, finish = int(schedule.start[node][0]), int(schedule.finish[node][0])
            shown[node] = [
                display_start(start, finish, activity.calendar).isoformat(),
                display_finish(finish, activity.calendar).isoformat(),
            ]
    return shown


@pytest.mark.parametrize("name", ["S01", "S02", "S03", "S04", "S05", "S06", "S09", "S10"])
def test_the_early_dates_are_those_of_the_hand_calculation(scenario: Scenarios, name: str) -> None:
    world = scenario(name)
    shown = dates(world.network.schedule(world.as_of))
    expected = world.expected["dates"]
    assert {node: shown[node] for node in expected} == expected


@pytest.mark.parametrize("name", ["S01", "S02", "S03", "S06"])
def test_total_float_is_that_of_the_hand_calculation(scenario: Scenarios, name: str) -> None:
    world = scenario(name)
    found = floats(world.network.schedule(world.as_of))
    assert dict(found.total) == world.expected["total_float"]


@pytest.mark.parametrize("name", ["S01", "S02"])
def test_free_float_is_that_of_the_hand_calculation(scenario: Scenarios, name: str) -> None:
    world = scenario(name)
    found = floats(world.network.schedule(world.as_of))
    assert dict(found.free) == world.expected["free_float"]


@pytest.mark.parametrize(("name", "target"), [("S01", "C"), ("S02", "D")])
def test_the_driving_path_is_the_critical_path(scenario: Scenarios, name: str, target: str) -> None:
    world = scenario(name)
    path = trace(world.network.schedule(world.as_of)).driving_path(target)
    assert list(path) == world.expected["critical_path"]


def test_float_to_a_commitment_that_will_be_missed_is_negative(scenario: Scenarios) -> None:
    world = scenario("S01")
    schedule = world.network.schedule(world.as_of)
    found = floats(schedule, commitments=world.commitments)
    assert dict(found.commitment) == world.expected["commit_float"]
    finish = date.fromordinal(int(schedule.finish["C"][0]) - 1)
    committed, baseline = date(2026, 1, 16), date(2026, 1, 14)
    assert world.calendar.between(committed, finish) == 2
    assert world.calendar.between(baseline, finish) == 4


def test_without_a_commitment_there_is_no_commitment_float(scenario: Scenarios) -> None:
    world = scenario("S02")
    assert floats(world.network.schedule(world.as_of)).commitment == {}


def test_a_slip_beyond_float_switches_the_driver(scenario: Scenarios) -> None:
    now, planned = scenario("S03"), scenario("S03", slipped=())
    schedules = [world.network.schedule(world.as_of) for world in (now, planned)]
    drivers = [{"D": list(trace(schedule).drivers("D"))} for schedule in schedules]
    assert drivers == [now.expected["driver_of"], now.expected["baseline_driver_of"]]
    assert floats(schedules[1]).total["C"] == 6
    shown = display_finish(int(schedules[1].finish["D"][0]), planned.calendar)
    assert shown.isoformat() == now.expected["target_baseline_finish"]


@pytest.mark.parametrize("name", ["S03", "S04", "S05"])
def test_causes_are_worth_the_days_of_the_hand_calculation(scenario: Scenarios, name: str) -> None:
    world = scenario(name)
    found = attribute(world.network, world.baselines, world.as_of, "D")
    assert found is not None
    expected = world.expected
    assert found.total == expected["target_slip_wd"]
    assert {c.id: c.but_for for c in found.causes} == expected["butfor"]
    assert {c.id: c.shapley for c in found.causes} == expected["shapley"]
    assert found.concurrent == expected.get(
        "concurrent_wd", found.total - sum(expected["butfor"].values())
    )
    if "own_slip_wd" in expected:
        assert {c.id: c.own_slip for c in found.causes} == expected["own_slip_wd"]


@pytest.mark.parametrize("name", ["S03", "S04", "S05"])
def test_one_cause_alone_adds_the_days_of_the_hand_calculation(
    scenario: Scenarios, name: str
) -> None:
    for cause, days in scenario(name).expected["additive"].items():
        world = scenario(name, slipped={cause})
        found = attribute(world.network, world.baselines, world.as_of, "D")
        assert found is not None
        assert found.total == days


def test_hits_are_the_but_for_of_the_causes(scenario: Scenarios) -> None:
    world = scenario("S05")
    found = hits(world.network, world.baselines, world.as_of)
    assert {cause: {hit.target: hit.days for hit in hit_by} for cause, hit_by in found.items()} == {
        "A": {"B": 5, "D": 4},
        "B": {"D": 2},
    }


def test_retained_logic_waits_and_progress_override_does_not(scenario: Scenarios) -> None:
    retained, override = scenario("S09"), scenario("S09", override=True)
    assert dates(override.network.schedule(override.as_of)) == retained.expected["override_dates"]
    for world in (retained, override):
        broken = world.network.schedule(world.as_of).violations()
        assert [[e.upstream, e.downstream] for e in broken] == retained.expected["violations"]


def test_a_cycle_takes_the_dates_from_its_members_and_what_follows(scenario: Scenarios) -> None:
    world = scenario("S10")
    network = world.network
    assert [list(members) for members in network.cycles] == world.expected["sccs"]
    assert sorted(network.deadlocked) == world.expected["no_forecast"]
    assert sorted(network.schedule(world.as_of).placements) == ["A", "E"]


def test_lower_bounds_leave_out_the_edges_within_a_cycle(scenario: Scenarios) -> None:
    world = scenario("S10")
    shown = dates(world.network.lower_bound(world.as_of))
    assert {n: shown[n][1] for n in "BCD"} == world.expected["lower_bound"]
