"""Levers and promises: the smallest changes that are enough, and days one can commit to."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.assessment import Forecast
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.model import (
    Dependency,
    DependencyType,
    Milestone,
    Portfolio,
    Program,
    Project,
    Scope,
    Spread,
    Stream,
)
from slipwatch.aggregator.whatif.answer import what_if
from slipwatch.aggregator.whatif.changes import Items, Pace
from slipwatch.aggregator.whatif.cone import cone
from slipwatch.aggregator.whatif.levers import Lever, Levers, levers
from slipwatch.aggregator.whatif.promise import promise

TODAY = date(2026, 1, 5)
TRIALS = 100


def milestone(name: str, project: str = "x", **given_: Any) -> Milestone:
    return Milestone(
        id=f"p/{project}/{name}",
        title=name,
        program="p",
        project=f"p/{project}",
        calendar="default",
        stream=f"p/{project}",
        **given_,
    )


def items(name: str, remaining: int, project: str = "x", **given_: Any) -> Milestone:
    scope = Scope(done=20, remaining=remaining)
    return milestone(name, project, tracked=True, scope=scope, **given_)


def portfolio(milestones: Sequence[Milestone], *dependencies: Dependency) -> Portfolio:
    projects = sorted({m.project for m in milestones})
    return Portfolio(
        as_of=TODAY,
        timezone="UTC",
        programs=(Program(id="p", title="P"),),
        projects=tuple(Project(id=name, title=name, program="p") for name in projects),
        milestones={m.id: m for m in sorted(milestones, key=lambda m: m.id)},
        dependencies=dependencies,
        streams={name: Stream(id=name, calendar="default", samples=(1,)) for name in projects},
        calendars={"default": WorkCalendar([1, 2, 3, 4, 5])},
    )


def waits(upstream: str, downstream: str) -> Dependency:
    return Dependency(upstream=f"p/{upstream}", downstream=f"p/{downstream}")


def look(built: Portfolio, name: str) -> Levers:
    return levers(built, f"p/{name}", seed=0, trials=TRIALS)


def to_green(found: Levers) -> dict[tuple[str, str], Lever]:
    (turn,) = (turn for turn in found.turns if turn.to == "green")
    return {(one.change.kind, one.change.subject): one for one in turn.levers}


def test_each_lever_is_pulled_as_far_as_is_needed_and_no_further() -> None:
    # One item a day: 20 items take until 30 January, five working days too long.
    built = portfolio([items("a", 20, commitment=date(2026, 1, 23))])

    found = to_green(look(built, "x/a"))

    assert set(found) == {("scope", "p/x/a"), ("pace", "p/x"), ("commit", "p/x/a")}
    assert found["scope", "p/x/a"].change.value == "-5"
    assert found["scope", "p/x/a"].cost == 5
    assert found["pace", "p/x"].change.value == "1.35"
    assert found["commit", "p/x/a"].change.value == "2026-01-30"
    assert found["commit", "p/x/a"].cost == 10

    def status_with(*changes: Any) -> str:
        (moved,) = what_if(built, changes, seed=0, trials=TRIALS).milestones
        return moved.after.status

    assert status_with(Items("p/x/a", -5)) == status_with(Pace("p/x", 1.35)) == "green"
    assert status_with(Items("p/x/a", -4)) == status_with(Pace("p/x", 1.3)) == "red"


def test_what_is_upstream_and_before_it_in_the_queue_is_looked_at_and_nothing_else() -> None:
    built = portfolio(
        [
            items("first", 10, "y", rank=1),
            items("up", 10, "y", rank=2),
            milestone("a", duration=5, commitment=date(2026, 2, 3)),
            milestone("elsewhere", "z", duration=30, commitment=date(2026, 1, 6)),
        ],
        waits("y/up", "x/a"),
        waits("x/a", "z/elsewhere"),
    )

    found = to_green(look(built, "x/a"))

    assert set(found) == {
        ("scope", "p/y/first"),
        ("scope", "p/y/up"),
        ("pace", "p/y"),
        ("slip", "p/y/up"),
        ("slip", "p/x/a"),
        ("drop", "p/y/up -> p/x/a"),
        ("type", "p/y/up -> p/x/a"),
        ("commit", "p/x/a"),
    }
    assert found["slip", "p/y/up"].change.value == "-3wd"


def test_what_has_not_begun_keeps_one_item_to_be_forecast_from() -> None:
    new = replace(items("a", 10, commitment=date(2026, 1, 5)), scope=Scope(remaining=10))

    found = to_green(look(portfolio([new]), "x/a"))

    assert found["scope", "p/x/a"].change.value == "-9"


def test_what_no_single_lever_mends_is_said() -> None:
    built = portfolio(
        [
            milestone("u1", "y", duration=40),
            milestone("u2", "z", duration=40),
            milestone("a", duration=40, commitment=TODAY - timedelta(days=20)),
        ],
        waits("y/u1", "x/a"),
        waits("z/u2", "x/a"),
    )

    found = look(built, "x/a")

    assert [turn.to for turn in found.turns] == ["amber", "green"]
    assert {one.change.kind for turn in found.turns for one in turn.levers} == {"commit"}


def test_an_amber_commitment_is_only_turned_green() -> None:
    wide = milestone("a", spread=Spread(p50=10, p85=20), commitment=date(2026, 1, 23))

    found = look(portfolio([wide]), "x/a")

    assert found.before.status == "amber"
    assert [turn.to for turn in found.turns] == ["green"]


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ({"duration": 5}, "it is committed to no day"),
        ({"duration": 5, "commitment": date(2026, 3, 1)}, "it is green already"),
        ({"actual": date(2026, 1, 1)}, "it is done since 2026-01-01"),
        ({"commitment": date(2026, 3, 1)}, "nobody can tell how it stands: no forecast"),
    ],
    ids=["uncommitted", "green", "done", "grey"],
)
def test_where_there_is_nothing_to_mend_that_is_said(
    given_: Mapping[str, Any], reason: str
) -> None:
    found = look(portfolio([milestone("a", **given_)]), "x/a")

    assert found.turns == ()
    assert (found.reason or "").startswith(reason)


def test_a_promise_is_the_quantile_of_the_forecast() -> None:
    wide = milestone("a", spread=Spread(p50=10, p85=20), commitment=date(2026, 1, 23))
    built = portfolio([wide])
    forecast = assess_portfolio(built, seed=0, trials=TRIALS).assessment.milestones[0].forecast

    found = [promise(built, "p/x/a", level, seed=0, trials=TRIALS) for level in (0.5, 0.85, 0.95)]

    assert [one.day for one in found] == [forecast.p50, forecast.p85, forecast.p95]
    assert found[0].p_on_time == forecast.p_on_time
    assert found[0].reasons == ()


def test_a_day_that_nobody_can_name_has_a_reason_and_a_lower_bound() -> None:
    built = portfolio(
        [milestone("vague", "y"), milestone("a", duration=10)], waits("y/vague", "x/a")
    )
    both = portfolio(
        [milestone("dim", "y"), milestone("vague", "y"), milestone("a", duration=10)],
        waits("y/dim", "x/a"),
        waits("y/vague", "x/a"),
    )

    found = promise(built, "p/x/a", 0.85, seed=0, trials=TRIALS)

    assert found.day is None
    assert found.lower_bound == date(2026, 1, 16)
    assert found.reasons == ("no forecast: nobody knows how long p/y/vague takes",)
    assert promise(both, "p/x/a", 0.85, seed=0, trials=TRIALS).reasons == (
        "no forecast: nobody knows how long p/y/dim, p/y/vague take",
    )


def test_what_does_not_end_in_sight_is_said_to_do_so() -> None:
    built = portfolio([items("a", 10**6, commitment=date(2026, 1, 23))])

    found = promise(built, "p/x/a", 0.85, seed=0, trials=TRIALS)

    assert (found.day, found.status) == (None, "red")
    assert found.reasons[0] == "less than 85 % of the trials end within eight years"


def test_what_is_done_is_promised_for_its_day() -> None:
    built = portfolio([milestone("a", actual=date(2026, 1, 2))])

    found = promise(built, "p/x/a", 0.99, seed=0, trials=TRIALS)

    assert found.day == date(2026, 1, 2)
    assert found.reasons == ("it is done since 2026-01-02",)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 85, float("nan")])
def test_a_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValueError, match="makes no sense"):
        promise(portfolio([milestone("a")]), "p/x/a", confidence, seed=0)


def test_a_confidence_that_so_many_trials_cannot_tell_is_refused() -> None:
    built = portfolio([milestone("a", duration=10)])

    assert promise(built, "p/x/a", 0.99, seed=0, trials=100).day is not None
    with pytest.raises(ValueError, match=r"100 trials cannot tell more than 0\.99"):
        promise(built, "p/x/a", 0.991, seed=0, trials=100)


@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_what_cannot_move_a_milestone_can_be_left_out(data: st.DataObject) -> None:
    draw = data.draw
    names = [f"{project}/{name}" for project in "xyz" for name in "abc"]
    made: list[Milestone] = []
    for full in names:
        project, _, name = full.partition("/")
        rank = draw(st.none() | st.integers(1, 3))
        if draw(st.booleans()):
            made.append(milestone(name, project, duration=draw(st.none() | st.integers(0, 9))))
        else:
            made.append(items(name, draw(st.integers(0, 9)), project, rank=rank))
    pairs = [(up, down) for up in names for down in names if up < down]
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=6, unique=True))
    kinds = st.sampled_from(DependencyType)
    built = portfolio(made, *(replace(waits(up, down), type=draw(kinds)) for up, down in chosen))
    target = f"p/{draw(st.sampled_from(names))}"

    def forecast(world: Portfolio) -> Forecast:
        view = assess_portfolio(world, seed=0, trials=50, causes=False).assessment.milestone(target)
        assert view is not None
        return view.forecast

    assert forecast(cone(built, [target])) == forecast(built)
