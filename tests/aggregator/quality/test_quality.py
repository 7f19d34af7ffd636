"""How good a schedule is, point by point: what passes, what fails, what nobody can tell."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest

from slipwatch.aggregator.indexes.tasks import Tasks
from slipwatch.aggregator.portfolio.model import (
    Baseline,
    Dependency,
    DependencyType,
    Lag,
    Milestone,
    OpenItem,
)
from slipwatch.aggregator.portfolio.sources import SourceState, SourceStatus
from slipwatch.aggregator.portfolio.upkeep import BrokenLink, Impossible, Upkeep
from slipwatch.aggregator.quality.views import PointView
from slipwatch.aggregator.records import MilestoneKind

from .plans import CHAIN, FRIDAY, MONDAY, SOUND, begun, failing, milestone, point, quality, waits

DUE = date(2025, 12, 19)


def done(name: str, day: date, tasks: Tasks) -> Milestone:
    return milestone(name, duration=None, actual=day, closed=True, tasks=tasks)


def planned(count: int, *late: str, open_: tuple[str, ...] = ()) -> Tasks:
    """Make the tasks of a baseline that was to be finished three weeks ago."""
    return Tasks(
        finish=DUE,
        planned=count,
        done=count - len(open_),
        late=late,
        open=open_,
    )


def test_a_sound_plan_passes_all_that_applies() -> None:
    kept = done("d", DUE, planned(1))

    found = quality(kept, upkeep=Upkeep(begun=(begun("WEB-1"),), remaining=1))

    results = {f"{p.standard} {p.number}": p.result for p in found.points}
    assert set(results.values()) == {"passed", "measured"}
    assert [name for name, result in results.items() if result == "measured"] == ["dcma 10"]
    assert found.passed == found.applicable == len(found.points) - 1
    assert found.share == 1


def test_the_score_counts_what_passed_or_failed_and_nothing_else() -> None:
    found = quality(milestone("c", commitment=None), ties=())

    results = [p.result for p in found.points]
    assert found.applicable == results.count("passed") + results.count("failed")
    assert found.share == found.passed / found.applicable
    assert point(found, "dcma 12").result == "not_applicable"
    assert point(found, "gao 6").result == "not_applicable"


def test_nothing_to_judge_gives_no_score() -> None:
    over = tuple(replace(each, actual=MONDAY, closed=True, duration=None) for each in SOUND)

    found = quality(*over, ties=())

    judged = {p.result for p in found.points if p.number not in {9, 11, 14}}
    assert judged == {"not_applicable"}
    assert msgspec.structs.replace(found, passed=0, applicable=0).share is None


def many(count: int, **given: Any) -> tuple[Milestone, ...]:
    """Make milestones that the last one of the chain waits for."""
    return tuple(milestone(f"m{number:02}", **given) for number in range(count))


def tied(milestones: tuple[Milestone, ...], **given: Any) -> tuple[Dependency, ...]:
    return tuple(waits("c", each.id.rpartition("/")[2], **given) for each in milestones)


MANY = many(17)
"""With the chain, twenty milestones: one of them is the twentieth that is allowed."""


@pytest.mark.parametrize(
    ("name", "one", "why"),
    [
        pytest.param(
            "dcma 5",
            {"must_start_on": date(2026, 1, 12)},
            "must start on 2026-01-12",
            id="a hard constraint",
        ),
        pytest.param("dcma 8", {"duration": 45, "c": 45}, "45 working days", id="a long one"),
        pytest.param(
            "dcma 1",
            {"tie": False},
            "it waits for nothing and nothing waits for it",
            id="one in the air",
        ),
    ],
)
def test_a_twentieth_may_be_otherwise_and_no_more(
    name: str, one: Mapping[str, Any], why: str
) -> None:
    """The commitment is far away, so that nothing is too late for it."""
    far = milestone("c", commitment=date(2027, 6, 25))
    given = {key: value for key, value in one.items() if key not in ("tie", "c")}

    def judged(count: int) -> PointView:
        changed = tuple(replace(each, **given) for each in MANY[:count])
        held = MANY[count:] if one.get("tie") is False else MANY
        return point(quality(*MANY[count:], *changed, far, ties=(*CHAIN, *tied(held))), name)

    assert (judged(1).result, judged(1).value) == ("passed", 0.05)
    two = judged(2)
    assert (two.result, two.value, two.threshold, two.counted) == ("failed", 0.1, 0.05, 20)
    assert failing(two) == {"m00": why, "m01": why}


def test_what_is_standalone_needs_no_logic() -> None:
    alone = milestone("alone", standalone=True)

    assert point(quality(alone), "dcma 1").result == "passed"
    assert failing(point(quality(replace(alone, standalone=False)), "dcma 1")) == {
        "alone": "it waits for nothing and nothing waits for it"
    }


def test_what_leads_to_no_commitment_hangs_in_the_air() -> None:
    found = quality(milestone("x"), milestone("y"), ties=(*CHAIN, waits("y", "x")))

    why = "no commitment waits for it"
    assert failing(point(found, "dcma 1")) == {"x": why, "y": why}


def test_sprints_are_no_steps_of_a_plan() -> None:
    found = quality(milestone("s1", kind=MilestoneKind.SPRINT, baseline=Baseline()))

    assert point(found, "dcma 1").counted == 3
    assert point(found, "gao 10").result == "passed"


def test_leads_lags_and_types_are_those_of_declared_dependencies() -> None:
    lifted = waits("c", "b", declared=False, type=DependencyType.PARTIAL, blocked_items=1)

    found = quality(ties=(lifted,))
    assert {point(found, f"dcma {n}").result for n in (2, 3, 4)} == {"not_applicable"}

    found = quality(
        ties=(
            waits("b", "a", lag=Lag(-2)),
            waits("c", "b", lag=Lag(3, elapsed=True), type=DependencyType.FF),
            lifted,
        )
    )
    assert failing(point(found, "dcma 2")) == {"a -> p/web/b": "-2wd"}
    assert failing(point(found, "dcma 3")) == {"b -> p/web/c": "3ed"}
    assert failing(point(found, "dcma 4")) == {"b -> p/web/c": "ff"}
    assert point(found, "dcma 4").threshold == 0.1
    assert failing(point(found, "gao 2")) == {"a -> p/web/b": "-2wd", "b -> p/web/c": "ff"}


def test_float_is_neither_high_nor_negative_in_a_plan_that_fits() -> None:
    def floats(commitment: date) -> tuple[PointView, PointView]:
        found = quality(milestone("c", commitment=commitment))
        return point(found, "dcma 6"), point(found, "dcma 7")

    # Fifteen working days from Monday end on 23 January.
    assert [p.result for p in floats(date(2026, 1, 23))] == ["passed", "passed"]
    high, negative = floats(date(2026, 1, 22))
    assert (high.result, negative.result) == ("passed", "failed")
    assert failing(negative) == dict.fromkeys("abc", "-1 working days")
    assert floats(date(2026, 1, 23) + timedelta(weeks=9))[0].value == 1
    assert floats(date(2026, 1, 23) + timedelta(days=60))[0].value == 0


def test_dates_that_cannot_be_are_invalid() -> None:
    item = OpenItem(source="jira", key="WEB-9", title="", url="", assignee=None)
    found = quality(
        milestone("a", plan=MONDAY - timedelta(days=1)),
        milestone("b", plan_start=FRIDAY, plan=MONDAY),
        milestone("d", actual=MONDAY, closed=True, tracked=True, open_items=(item,)),
        upkeep=Upkeep(
            remaining=1,
            impossible=(
                Impossible(
                    item="jira:WEB-1", what="starts after it is due", earlier=MONDAY, later=FRIDAY
                ),
            ),
        ),
    )

    assert failing(point(found, "dcma 9")) == {
        "a": "is open, and was planned for 2026-01-04",
        "b": "starts after it is due",
        "d": "is closed with open items",
        "jira:WEB-1": "starts after it is due",
    }
    assert failing(point(found, "gao 9")) == {"a": "is open, and was planned for 2026-01-04"}


def test_work_of_nobody_and_outside_the_plan_is_named() -> None:
    upkeep = Upkeep(begun=(begun("WEB-1"), replace(begun("WEB-2", None), milestones=())))

    found = quality(upkeep=upkeep)

    assert (point(found, "dcma 10").result, point(found, "dcma 10").value) == ("measured", 0.5)
    assert failing(point(found, "gao 3")) == {"jira:WEB-2": ""}
    assert failing(point(found, "gao 1")) == {"jira:WEB-2": ""}


def test_a_commitment_that_a_constraint_holds_fails_the_critical_path_test() -> None:
    held = milestone("c", commitment=FRIDAY, must_finish_on=FRIDAY)

    assert point(quality(), "dcma 12").result == "passed"
    found = quality(held)
    assert failing(point(found, "dcma 12")) == {
        "c": "a slip of 600 working days does not arrive in full"
    }
    assert point(found, "gao 6").result == "failed"


def test_without_dates_nobody_can_tell() -> None:
    unknown = tuple(replace(each, duration=None) for each in SOUND)

    found = quality(*unknown)

    for name in ("dcma 6", "dcma 7", "dcma 8", "dcma 12", "dcma 13", "gao 6", "gao 7"):
        assert point(found, name).result == "unknown", name
    assert failing(point(found, "gao 4")) == dict.fromkeys("abc", "nobody knows how long it takes")
    assert failing(point(found, "gao 8")) == {"c": "there is no probability that it is kept"}


@pytest.mark.parametrize(
    ("tasks", "missed", "bei"),
    [
        pytest.param(planned(20, "jira:WEB-1"), "passed", "passed", id="one of twenty late"),
        pytest.param(planned(19, "jira:WEB-1"), "failed", "passed", id="one of nineteen late"),
        pytest.param(planned(20, open_=("jira:WEB-1",)), "passed", "passed", id="one open"),
        pytest.param(
            planned(20, open_=("jira:WEB-1", "jira:WEB-2")), "failed", "failed", id="two open"
        ),
    ],
)
def test_execution_is_measured_by_the_tasks_of_baselines(
    tasks: Tasks, missed: str, bei: str
) -> None:
    found = quality(done("d", DUE, tasks))

    assert (point(found, "dcma 11").result, point(found, "dcma 14").result) == (missed, bei)
    assert set(failing(point(found, "dcma 11"))) == {*tasks.late, *tasks.open}
    assert bool(point(found, "dcma 14").failing) == (bei == "failed")


def test_without_a_baseline_or_with_nothing_due_execution_is_not_judged() -> None:
    waiting = Tasks(finish=FRIDAY, planned=2, open=("jira:WEB-1", "jira:WEB-2"))

    for found, result in (
        (quality(), "unknown"),
        (quality(milestone("b", tasks=waiting)), "not_applicable"),
    ):
        assert (point(found, "dcma 11").result, point(found, "dcma 14").result) == (result, result)


def test_of_many_missed_tasks_all_are_counted() -> None:
    late = tuple(f"jira:WEB-{number:03}" for number in range(60))

    found = point(quality(done("d", DUE, planned(100, *late))), "dcma 11")

    assert (found.value, len(found.failing), found.more) == (0.6, 50, 10)


def test_the_path_to_a_commitment_may_be_a_twentieth_too_long() -> None:
    # Fifteen working days of work: a day too few is a fifteenth of them.
    assert point(quality(milestone("c", commitment=date(2026, 1, 23))), "dcma 13").value == 1
    found = point(quality(milestone("c", commitment=date(2026, 1, 22))), "dcma 13")
    assert (found.result, failing(found)) == ("failed", {"c": "0.933"})
    longer = milestone("c", duration=10, commitment=date(2026, 1, 29))
    assert point(quality(longer), "dcma 13").value == 0.95


def test_ends_that_lead_nowhere_cannot_be_traced() -> None:
    link = BrokenLink(item="jira:WEB-1", url="", upstream="OPS-9", why="unknown")

    found = quality(ties=(*CHAIN, waits("c", "gone", broken=True)), upkeep=Upkeep(broken=(link,)))

    assert failing(point(found, "gao 5")) == {
        "gone -> p/web/c": "it leads nowhere",
        "jira:WEB-1": "waits for OPS-9, unknown",
    }


def test_a_plan_that_nobody_keeps_up_to_date_says_where() -> None:
    begun_early = milestone("b", started=MONDAY - timedelta(days=7), sources=("jira",))
    stale = SourceState(name="jira", status=SourceStatus.STALE)
    other = SourceState(name="github", status=SourceStatus.FAILED)

    found = quality(begun_early, sources=(stale, other))

    assert failing(point(found, "gao 9")) == {
        "a -> p/web/b": "was begun out of sequence",
        "source:jira": "is stale",
    }


def test_milestones_without_a_baseline_are_named() -> None:
    assert failing(point(quality(milestone("a", baseline=Baseline())), "gao 10")) == {
        "a": "it has no baseline"
    }


def test_of_many_failing_things_the_first_fifty_are_listed_and_the_others_counted() -> None:
    named = tuple(begun(f"WEB-{number:03}", None) for number in range(53))

    found = point(quality(upkeep=Upkeep(begun=named)), "gao 3")

    assert (len(found.failing), found.more, found.counted) == (50, 3, 53)
