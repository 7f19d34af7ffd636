"""What is remembered of an assessment changes nothing about the next one, but the time it takes."""

import gc
import random
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.assessment import to_json
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.memory import Memory
from slipwatch.aggregator.outlook import WINDOW, forecast_portfolio
from slipwatch.aggregator.portfolio.calibration import PIT_LEVELS, Resolved
from slipwatch.aggregator.portfolio.model import (
    Baseline,
    Dependency,
    DependencyType,
    Lag,
    Milestone,
    Portfolio,
    Program,
    Project,
    Scope,
    Stream,
)
from slipwatch.aggregator.portfolio.sources import SourceState, SourceStatus
from slipwatch.aggregator.work import WorkSampler

TODAY = date(2026, 1, 5)
STALE_SINCE = datetime(2026, 1, 2, 9, tzinfo=UTC)
TRIALS = 30
QUEUE = 5
STREAMS = ("p/x", "p/y")

Change = Callable[[Portfolio, random.Random], Portfolio]


def start(seed: int) -> Portfolio:
    """Two teams with queues, a declared milestone, a supplier and one that is done."""
    rng = random.Random(seed)
    found = [
        Milestone(
            id=f"{stream}/{place}",
            title=f"{place}",
            program="p",
            project=stream,
            calendar="plant" if stream == "p/y" else "default",
            stream=stream,
            rank=place,
            tracked=True,
            scope=Scope(done=2, remaining=rng.randint(2, 9)),
            plan=TODAY + timedelta(weeks=place + 1),
            commitment=TODAY + timedelta(weeks=place + 2) if place % 2 else None,
            baseline=Baseline(finish=TODAY + timedelta(weeks=place + 1), duration=5),
        )
        for stream in STREAMS
        for place in range(QUEUE)
    ]
    declared = replace(found[0], id="p/x/a", stream=None, tracked=False, duration=8, rank=None)
    supplied = replace(
        declared, id="p/x/b", duration=None, external=True, promise=TODAY + timedelta(9), owner="b"
    )
    done = replace(found[0], id="p/x/c", actual=TODAY - timedelta(3), scope=Scope(done=9))
    names = [milestone.id for milestone in found]
    pairs = {
        (rng.choice([*names[:place], "p/x/a", "p/x/b"]), names[place])
        for place in range(1, len(names))
        for _ in range(2)
    }
    return Portfolio(
        as_of=TODAY,
        timezone="UTC",
        programs=(Program(id="p", title="P"),),
        projects=tuple(Project(id=stream, title=stream, program="p") for stream in STREAMS),
        milestones={
            m.id: m for m in sorted([*found, declared, supplied, done], key=lambda m: m.id)
        },
        dependencies=tuple(depends(*pair, rng) for pair in sorted(pairs)),
        streams={stream: team(stream, rng) for stream in STREAMS},
        calendars=calendars(),
    )


def depends(upstream: str, downstream: str, rng: random.Random) -> Dependency:
    kind = rng.choice(list(DependencyType))
    return Dependency(
        upstream=upstream,
        downstream=downstream,
        type=kind,
        lag=Lag(rng.choice((0, 0, 2, -1)), elapsed=rng.random() < 0.3),
        blocked_items=2 if kind is DependencyType.PARTIAL else 0,
    )


def team(name: str, rng: random.Random) -> Stream:
    days = sorted(TODAY - timedelta(rng.randint(1, 130)) for _ in range(90))
    return Stream(id=name, calendar="default", finished=tuple(days), since=TODAY - timedelta(140))


def calendars(*closed: date) -> dict[str, WorkCalendar]:
    return {"default": WorkCalendar(range(1, 6), closed), "plant": WorkCalendar([7, 1, 2, 3, 4])}


def one(portfolio: Portfolio, rng: random.Random) -> Milestone:
    return rng.choice([m for m in portfolio.milestones.values() if m.actual is None])


def but(portfolio: Portfolio, milestone: Milestone) -> Portfolio:
    found = {**portfolio.milestones, milestone.id: milestone}
    return replace(portfolio, milestones=dict(sorted(found.items())))


def item_done(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    milestone = one(portfolio, rng)
    scope = Scope(done=milestone.scope.done + 1, remaining=max(milestone.scope.remaining - 1, 0))
    portfolio = but(portfolio, replace(milestone, scope=scope))
    if milestone.stream is None:
        return portfolio
    stream = portfolio.streams[milestone.stream]
    grown = replace(stream, finished=(*stream.finished, portfolio.as_of))
    return replace(portfolio, streams={**portfolio.streams, stream.id: grown})


def milestone_done(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    return but(portfolio, replace(one(portfolio, rng), actual=portfolio.as_of))


def milestone_new(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    return but(portfolio, replace(one(portfolio, rng), id=f"p/x/new{rng.random()}", rank=9))


def milestone_gone(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    gone = one(portfolio, rng).id
    return replace(
        portfolio,
        milestones={name: m for name, m in portfolio.milestones.items() if name != gone},
        dependencies=tuple(d for d in portfolio.dependencies if d.downstream != gone),
    )


def dates_set(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    day = portfolio.as_of + timedelta(rng.randint(1, 60))
    field = rng.choice(["commitment", "plan", "start_no_earlier", "must_start_on", "promise"])
    given: dict[str, Any] = {field: day}
    return but(portfolio, replace(one(portfolio, rng), **given))


def baseline_set(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    approved = Baseline(duration=rng.randint(1, 9), finish=portfolio.as_of + timedelta(20))
    return but(portfolio, replace(one(portfolio, rng), baseline=approved))


def work_set(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    field, value = rng.choice([("duration", 4), ("duration", None), ("delay", 2), ("rank", 3)])
    given: dict[str, Any] = {field: value}
    return but(portfolio, replace(one(portfolio, rng), **given))


def begun(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    return but(portfolio, replace(one(portfolio, rng), started=portfolio.as_of - timedelta(2)))


def overridden(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    """Let work that has begun wait no longer for what should have been done before it."""
    return replace(portfolio, programs=(Program(id="p", title="P", logic_override=True),))


def lag_elsewhere(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    edges = list(portfolio.dependencies)
    at = rng.randrange(len(edges))
    edges[at] = replace(edges[at], lag=Lag(3, calendar="plant"))
    return replace(portfolio, dependencies=tuple(edges))


def renamed(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    return but(portfolio, replace(one(portfolio, rng), title="another"))


def edge_changed(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    edges = list(portfolio.dependencies)
    at = rng.randrange(len(edges))
    edges[at] = rng.choice(
        [
            depends(edges[at].upstream, edges[at].downstream, rng),
            replace(edges[at], upstream="p/x/a"),
            replace(edges[at], evidence=(("jira:A-1", "jira:A-2"),)),
        ]
    )
    return replace(portfolio, dependencies=tuple(edges))


def edge_gone(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    edges = list(portfolio.dependencies)
    del edges[rng.randrange(len(edges))]
    return replace(portfolio, dependencies=tuple(edges))


def items_added(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    milestone = one(portfolio, rng)
    scope = replace(milestone.scope, remaining=milestone.scope.remaining + rng.randint(1, 3))
    return but(portfolio, replace(milestone, scope=scope))


def source_failed(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    status = rng.choice(list(SourceStatus))
    failed = SourceState(name="jira", status=status, last_success=STALE_SINCE)
    portfolio = replace(portfolio, sources=(failed,), data_time=failed.last_success)
    return but(portfolio, replace(one(portfolio, rng), sources=("jira",)))


def held(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    """Let a back-test find that forecasts were too early, or not."""
    found = Resolved(
        as_of=TODAY,
        n=60,
        coverage_p50=0.3,
        coverage_p85=rng.choice((0.4, 0.8)),
        coverage_p95=0.9,
        pit=tuple(min(1.0, share * rng.choice((1.0, 1.2))) for share in PIT_LEVELS),
    )
    return replace(portfolio, programs=(Program(id="p", title="P", calibration=found),))


def slower(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    stream = portfolio.streams[rng.choice(STREAMS)]
    return replace(portfolio, streams={**portfolio.streams, stream.id: replace(stream, pace=0.5)})


def closed(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    return replace(portfolio, calendars=calendars(portfolio.as_of + timedelta(rng.randint(1, 20))))


def next_day(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    return replace(portfolio, as_of=portfolio.as_of + timedelta(1))


def nothing(portfolio: Portfolio, rng: random.Random) -> Portfolio:
    return replace(portfolio, calendars=calendars())


CHANGES: tuple[Change, ...] = (
    item_done,
    milestone_done,
    milestone_new,
    milestone_gone,
    dates_set,
    baseline_set,
    work_set,
    begun,
    overridden,
    lag_elsewhere,
    renamed,
    edge_changed,
    edge_gone,
    items_added,
    source_failed,
    held,
    slower,
    closed,
    next_day,
    nothing,
)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.lists(st.sampled_from(CHANGES), min_size=1, max_size=3))
def test_an_assessment_with_a_memory_says_the_same_as_one_without(
    seed: int, changes: list[Change]
) -> None:
    portfolio, memory, rng = start(seed), Memory(), random.Random(seed)
    assess_portfolio(portfolio, seed=0, trials=TRIALS, memory=memory)
    for change in changes:
        portfolio = change(portfolio, rng)
        again = assess_portfolio(portfolio, seed=0, trials=TRIALS, memory=memory)
        fresh = assess_portfolio(portfolio, seed=0, trials=TRIALS)
        assert to_json(again.assessment) == to_json(fresh.assessment)
        assert again == fresh


def test_with_another_number_of_trials_a_memory_changes_nothing() -> None:
    portfolio, memory = start(1), Memory()
    for trials in (TRIALS, 3 * TRIALS, 8, TRIALS):
        again = assess_portfolio(portfolio, seed=0, trials=trials, memory=memory)
        assert again == assess_portfolio(portfolio, seed=0, trials=trials)


def test_a_network_of_which_only_numbers_have_changed_is_not_analysed_again() -> None:
    portfolio, memory = start(1), Memory()
    before = forecast_portfolio(portfolio, seed=0, trials=TRIALS, memory=memory).network
    done = memory.settled(item_done(portfolio, random.Random(1)))
    assert forecast_portfolio(done, seed=0, trials=TRIALS, memory=memory).network.order is (
        before.order
    )
    begins = memory.settled(begun(portfolio, random.Random(1)))
    assert forecast_portfolio(begins, seed=0, trials=TRIALS, memory=memory).network.order is not (
        before.order
    )


def test_only_the_team_that_changed_is_sampled_again() -> None:
    portfolio, memory = start(1), Memory()
    assess_portfolio(portfolio, seed=0, trials=TRIALS, memory=memory)
    changed = but(portfolio, replace(portfolio.milestones["p/x/3"], scope=Scope(remaining=1)))
    sampler = WorkSampler(changed, seed=0, trials=TRIALS, window=WINDOW)
    _, known = memory.before(sampler.origins())
    assert known == {"p/x/a", "p/x/b", *(f"p/y/{place}" for place in range(QUEUE))}


def test_where_nothing_has_changed_the_plan_is_the_one_before() -> None:
    portfolio, memory = start(1), Memory()
    plan = forecast_portfolio(portfolio, seed=0, trials=TRIALS, memory=memory)
    again = memory.settled(source_failed(start(1), random.Random(1)))
    again = replace(again, milestones=portfolio.milestones)
    assert forecast_portfolio(again, seed=0, trials=TRIALS, memory=memory) is plan
    assert forecast_portfolio(again, seed=1, trials=TRIALS, memory=memory) is not plan


def test_a_plan_is_let_go_of_with_the_next_one() -> None:
    portfolio, memory = start(1), Memory()
    gc.disable()
    try:
        assess_portfolio(portfolio, seed=0, trials=TRIALS, memory=memory)
        plan = weakref.ref(forecast_portfolio(portfolio, seed=0, trials=TRIALS, memory=memory))
        assert plan() is not None
        changed = item_done(portfolio, random.Random(1))
        assess_portfolio(changed, seed=0, trials=TRIALS, memory=memory)
        assert plan() is None
    finally:
        gc.enable()


def test_of_more_milestones_than_it_holds_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    portfolio, memory = start(1), Memory()
    monkeypatch.setattr("slipwatch.aggregator.outlook.MOST", 3)
    assess_portfolio(portfolio, seed=0, trials=TRIALS, memory=memory)
    assert memory.before({}) == (None, frozenset())
