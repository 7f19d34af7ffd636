"""Why a forecast moved: seven parts that sum to the whole, each by the cause that it has."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.assess import assess_portfolio
from slipwatch.aggregator.assessment import MilestoneView, Movement
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.portfolio.calibration import Resolved
from slipwatch.aggregator.portfolio.counting import Counting, ScopePoints
from slipwatch.aggregator.portfolio.model import (
    Away,
    Baseline,
    Dependency,
    DependencyType,
    Lag,
    Milestone,
    Observation,
    OpenItem,
    Portfolio,
    Program,
    Project,
    Scope,
    Spell,
    Spread,
    Stream,
)
from slipwatch.aggregator.whatif.kept import decode, encode
from slipwatch.aggregator.whatif.movement import PARTS, Said, movements
from slipwatch.aggregator.whatif.stages import stages

THEN = date(2026, 1, 5)
NOW = date(2026, 1, 12)
TRIALS = 200
OBSERVED = Observation(datetime(2025, 12, 1, 9, tzinfo=UTC), date(2026, 1, 20))
WEEKDAYS = WorkCalendar([1, 2, 3, 4, 5])


def daily(until: date, per_day: int = 1, weeks: int = 16, extra: Iterable[date] = ()) -> Stream:
    """Give a team that has finished so many items every working day before ``until``."""
    days = [THEN - timedelta(weeks=weeks) + timedelta(days=n) for n in range(7 * (weeks + 2))]
    worked = [day for day in days if day.isoweekday() < 6 and day < until]
    finished = sorted([*worked * per_day, *extra])
    return Stream(id="p/x", calendar="default", finished=tuple(finished), since=days[0])


def milestone(name: str, **given_: Any) -> Milestone:
    return Milestone(
        id=f"p/x/{name}",
        title=name,
        program="p",
        project="p/x",
        calendar="default",
        stream="p/x",
        **given_,
    )


def work(name: str, remaining: int, done: int = 10, since: int = 0, **given_: Any) -> Milestone:
    """Give a milestone with items; ``since`` of the done ones were done from THEN on."""
    finished = [THEN - timedelta(days=7)] * (done - since)
    finished += [THEN + timedelta(days=n % 5) for n in range(since)]
    return milestone(
        name,
        tracked=True,
        scope=Scope(done=done, remaining=remaining),
        finished=tuple(sorted(finished)),
        **given_,
    )


def portfolio(as_of: date, *milestones: Milestone, **given_: Any) -> Portfolio:
    usual: dict[str, Any] = {
        "streams": {"p/x": daily(as_of)},
        "calendars": {"default": WEEKDAYS},
    }
    return Portfolio(
        as_of=as_of,
        timezone="UTC",
        programs=(Program(id="p", title="P"),),
        projects=(Project(id="p/x", title="x", program="p"),),
        milestones={m.id: m for m in sorted(milestones, key=lambda m: m.id)},
        **(usual | given_),
    )


def waits(upstream: str, downstream: str, **given_: Any) -> Dependency:
    return Dependency(upstream=f"p/x/{upstream}", downstream=f"p/x/{downstream}", **given_)


def views(built: Portfolio) -> tuple[MilestoneView, ...]:
    return assess_portfolio(built, seed=0, trials=TRIALS, causes=False).assessment.milestones


def explain(
    then: Portfolio, now: Portfolio, said: Mapping[str, Said] | None = None
) -> dict[str, Movement]:
    return movements(then, said, now, views(now), seed=0, trials=TRIALS)


def days(found: Mapping[str, Movement], name: str) -> dict[str, int]:
    """Give the parts that are not 0."""
    moved = found[f"p/x/{name}"].p50
    assert moved is not None
    assert sum(getattr(moved, part) for part in PARTS) == moved.total
    return {part: getattr(moved, part) for part in PARTS if getattr(moved, part)}


def test_work_that_goes_as_forecast_moves_nothing() -> None:
    then = portfolio(THEN, milestone("a", duration=10))
    now = portfolio(NOW, milestone("a", duration=5))

    assert explain(then, now) == {}


def test_a_week_in_which_nothing_is_finished_is_the_paces() -> None:
    idle = replace(daily(THEN), finished=daily(THEN).finished)
    then = portfolio(THEN, work("a", 20))
    now = portfolio(NOW, work("a", 20), streams={"p/x": idle})

    found = explain(then, now)

    assert set(days(found, "a")) == {"pace"}
    assert days(found, "a")["pace"] >= 3  # its age says nothing of that week


def test_items_that_came_are_the_scopes_also_where_the_team_does_them_first() -> None:
    then = portfolio(THEN, work("a", 20, rank=1), work("b", 5, rank=2))
    now = portfolio(NOW, work("a", 25, done=15, since=5, rank=1), work("b", 5, rank=2))

    found = explain(then, now)

    assert days(found, "a")["scope"] >= 4
    assert days(found, "b")["scope"] >= 3
    assert abs(days(found, "a").get("pace", 0)) <= 4  # what was done also says what may come


def by_points(stream: Stream) -> Stream:
    return replace(
        stream,
        counting=Counting(estimated=80, finished=100, usual=2.0),
        points=(2.0,) * len(stream.finished),
    )


def pointed(known: Milestone, remaining: float, each: float = 2.0) -> Milestone:
    """Give each done item so many points, and all the open ones together."""
    points = (each,) * len(known.finished)
    told = ScopePoints(done=sum(points), remaining=remaining)
    return replace(known, points=points, scope=replace(known.scope, points=told))


def test_what_is_estimated_anew_is_the_scopes() -> None:
    then = portfolio(THEN, pointed(work("a", 20), 40.0), streams={"p/x": by_points(daily(THEN))})
    now = replace(then, milestones={"p/x/a": pointed(work("a", 20), 80.0)})

    assert set(days(explain(then, now), "a")) == {"scope"}
    assert days(explain(then, now), "a")["scope"] >= 5


def test_what_was_done_counts_by_its_points_and_only_the_rest_is_scope() -> None:
    then = portfolio(THEN, pointed(work("a", 20), 40.0), streams={"p/x": by_points(daily(THEN))})

    def moved(left: float) -> dict[str, int]:
        milestone_ = pointed(work("a", 15, done=15, since=5), left)
        streams = {"p/x": by_points(daily(NOW))}
        return days(explain(then, portfolio(NOW, milestone_, streams=streams)), "a")

    assert "scope" not in moved(30.0)
    assert moved(50.0)["scope"] >= 5
    assert moved(50.0).get("pace", 0) == moved(30.0).get("pace", 0)


def test_a_milestone_that_came_into_the_queue_is_scope() -> None:
    then = portfolio(THEN, work("b", 5, rank=2))
    now = portfolio(THEN, work("b", 5, rank=2), work("new", 10, rank=1))

    found = explain(then, now)

    assert set(days(found, "b")) == {"scope"}
    assert "p/x/new" not in found


def test_a_milestone_that_went_leaves_the_queue_and_what_waited_for_it() -> None:
    old = [milestone("gone", duration=20), work("b", 5), milestone("c", duration=2)]
    then = portfolio(THEN, *old, dependencies=(waits("gone", "c"),))
    now = portfolio(THEN, *old[1:])

    assert days(explain(then, now), "c") == {"upstream": -20}


def test_what_is_waited_for_is_upstreams_whatever_moved_it() -> None:
    then = portfolio(
        THEN,
        milestone("a", duration=10),
        milestone("b", duration=5, commitment=date(2026, 1, 26)),
        dependencies=(waits("a", "b"),),
    )
    now = replace(
        then,
        milestones={
            **then.milestones,
            "p/x/a": milestone("a", duration=14),
        },
    )

    found = explain(then, now)

    assert days(found, "a") == {"dates": 4}
    assert days(found, "b") == {"upstream": 4}
    chance = found["p/x/b"].p_on_time
    assert chance is not None
    assert (chance.before, chance.after, chance.total, chance.upstream) == (1.0, 0.0, -1.0, -1.0)


def test_a_milestone_held_by_another_does_not_slip_because_time_goes_by() -> None:
    then = portfolio(
        THEN,
        milestone("a", duration=20),
        milestone("b", duration=5),
        dependencies=(waits("a", "b"),),
    )
    now = replace(
        then,
        as_of=NOW,
        milestones={**then.milestones, "p/x/a": milestone("a", duration=18)},
    )

    found = explain(then, now)

    assert days(found, "a") == {"pace": 5, "dates": -2}
    assert days(found, "b") == {"upstream": 3}


def test_a_dependency_that_came_is_upstreams() -> None:
    then = portfolio(THEN, milestone("a", duration=10), milestone("b", duration=5))
    now = replace(then, dependencies=(waits("a", "b", type=DependencyType.FS),))

    assert days(explain(then, now), "b") == {"upstream": 10}


def test_days_off_are_the_calendars() -> None:
    then = portfolio(THEN, milestone("a", duration=10), milestone("b", duration=1))
    closed = WEEKDAYS.but(closed=[date(2026, 1, 7), date(2026, 1, 8)])
    now = replace(then, calendars={"default": closed})

    # Two closed days fall out of the count of working days, too: two working days later by date.
    found = explain(then, now)

    assert set(days(found, "a")) == {"calendar"}
    assert found["p/x/a"].p50 is not None
    assert found["p/x/a"].p50.after == date(2026, 1, 20)
    assert "p/x/b" not in found


def test_calendars_that_work_the_same_days_move_nothing() -> None:
    then = portfolio(THEN, work("a", 10))
    now = replace(then, calendars={"default": WorkCalendar([1, 2, 3, 4, 5])})

    assert explain(then, now) == {}


def test_a_commitment_that_moved_is_the_dates_in_the_chance_alone() -> None:
    then = portfolio(THEN, milestone("a", duration=10, commitment=date(2026, 1, 30)))
    now = portfolio(THEN, milestone("a", duration=10, commitment=date(2026, 1, 9)))

    found = explain(then, now)["p/x/a"]

    assert found.p50 is not None
    assert found.p50.total == 0
    assert found.p_on_time is not None
    assert (found.p_on_time.total, found.p_on_time.dates) == (-1.0, -1.0)


def test_what_was_done_before_and_is_known_only_now_is_the_datas() -> None:
    last_week = [THEN - timedelta(days=n) for n in (3, 3, 4, 4, 5, 5, 6, 6)]
    then = portfolio(THEN, work("a", 20))
    late = work("a", 12, done=18)
    late = replace(late, finished=tuple(sorted([*work("a", 20).finished, *last_week])))
    now = portfolio(THEN, late, streams={"p/x": daily(THEN, extra=last_week)})

    found = explain(then, now)

    assert set(days(found, "a")) == {"data"}
    assert days(found, "a")["data"] < -5


def test_what_was_said_then_and_would_be_said_otherwise_now_is_the_models() -> None:
    then = portfolio(THEN, milestone("a", duration=10, commitment=date(2026, 1, 30)))
    said = {"p/x/a": Said(date(2026, 1, 14), 0.75)}

    found = explain(then, then, said)["p/x/a"]

    assert found.since == THEN
    assert found.p50 is not None
    assert (found.p50.before, found.p50.total, found.p50.model) == (date(2026, 1, 14), 2, 2)
    assert found.p_on_time is not None
    assert (found.p_on_time.total, found.p_on_time.model) == (0.25, 0.25)


def test_a_milestone_that_was_finished_meanwhile_has_moved_by_what_was_done() -> None:
    then = portfolio(THEN, work("a", 10))
    done = replace(
        work("a", 0, done=20, since=10), actual=date(2026, 1, 9), closed=True, started=THEN
    )
    twice = [THEN + timedelta(days=n) for n in range(5)]
    now = portfolio(NOW, done, streams={"p/x": daily(NOW, extra=twice)})

    found = explain(then, now)

    assert set(days(found, "a")) == {"pace"}
    assert days(found, "a")["pace"] < 0


def test_what_a_finished_milestone_teaches_about_others_comes_with_its_finish() -> None:
    def record(name: str, weeks: int, **given_: Any) -> Milestone:
        baseline = Baseline(finish=date(2025, 12, 1) - timedelta(weeks=weeks))
        return milestone(name, tracked=True, baseline=baseline, **given_)

    past = [record(f"d{n}", 10 * (n % 2), actual=date(2025, 12, 1)) for n in range(10)]
    fresh = milestone("new", tracked=True, plan=date(2026, 2, 2))
    idle = {"p/x": Stream(id="p/x", calendar="default")}
    then = portfolio(THEN, *past, record("last", 10), fresh, streams=idle)
    now = portfolio(THEN, *past, record("last", 10, actual=date(2025, 12, 1)), fresh, streams=idle)

    found = explain(then, now)

    assert set(days(found, "new")) == {"pace"}
    assert days(found, "new")["pace"] == 50


def test_an_item_that_is_stuck_for_another_week_is_the_paces() -> None:
    stuck = OpenItem(
        source="j", key="A-1", title="", url="", assignee=None, begun=THEN - timedelta(days=40)
    )
    long = THEN - timedelta(weeks=30)
    usual = Spell(long, long + timedelta(days=10))
    team = replace(daily(THEN), spells=(usual,) * 20)
    then = portfolio(THEN, work("a", 1, open_items=(stuck,)), streams={"p/x": team})
    now = portfolio(NOW, work("a", 1, open_items=(stuck,)), streams={"p/x": team})

    found = explain(then, now)

    assert set(days(found, "a")) == {"pace"}
    assert days(found, "a")["pace"] >= 5


def test_leave_that_is_planned_now_is_the_calendars() -> None:
    away = Away(start=NOW, end=NOW + timedelta(weeks=8), share=0.5)
    then = portfolio(THEN, work("a", 20))
    now = portfolio(THEN, work("a", 20), streams={"p/x": replace(daily(THEN), away=(away,))})

    found = explain(then, now)

    assert set(days(found, "a")) == {"calendar"}
    assert days(found, "a")["calendar"] >= 5


@pytest.mark.parametrize("known_first", [True, False])
def test_what_is_unknown_on_one_of_the_two_days_has_no_parts(known_first: bool) -> None:
    known = portfolio(THEN, milestone("a", duration=10))
    vague = portfolio(THEN, milestone("a"))
    then, now = (known, vague) if known_first else (vague, known)

    assert explain(then, now) == {}


def test_items_that_stay_open_are_those_of_now_and_those_done_go() -> None:
    def items(*keys: int) -> tuple[OpenItem, ...]:
        return tuple(
            OpenItem(source="jira", key=f"A-{n}", title="", url="", assignee=None) for n in keys
        )

    then = portfolio(THEN, replace(work("a", 4), open_items=items(1, 2, 3, 4)))
    now = portfolio(NOW, replace(work("a", 2, done=11, since=1), open_items=items(3, 5)))

    at = {stage.part: stage.portfolio.milestones["p/x/a"] for stage in stages(then, now)}

    assert [item.key for item in at["pace"].open_items] == ["A-3", "A-2", "A-4"]
    assert (at["pace"].scope.done, at["pace"].scope.remaining) == (11, 3)
    assert [item.key for item in at["scope"].open_items] == ["A-3", "A-5"]
    assert at["upstream"] == now.milestones["p/x/a"]


def test_in_a_large_portfolio_fewer_trials_are_made_and_the_parts_still_sum() -> None:
    then = portfolio(
        THEN,
        work("a", 20, commitment=date(2026, 2, 2)),
        milestone("b", duration=5),
        dependencies=(waits("a", "b"),),
    )
    more = {"p/x/a": work("a", 30, commitment=date(2026, 2, 2))}
    now = replace(then, milestones={**then.milestones, **more})
    seen = assess_portfolio(now, seed=0, trials=2000, causes=False).assessment.milestones
    before = assess_portfolio(then, seed=0, trials=2000, causes=False).assessment.milestones
    said = {view.id: Said.by(view.forecast) for view in before}

    found = movements(then, said, now, seen, seed=0, trials=2000, samples=1)

    assert days(found, "a")["scope"] >= 4
    assert days(found, "b")["upstream"] >= 4
    for name in "ab":
        assert abs(days(found, name).get("model", 0)) <= 2
    chance = found["p/x/a"].p_on_time
    assert chance is not None
    assert chance.total == pytest.approx(sum(getattr(chance, part) for part in PARTS))


@st.composite
def companies(draw: st.DrawFn, as_of: date) -> Portfolio:
    names = draw(st.lists(st.sampled_from("abcde"), min_size=1, unique=True))
    made: list[Milestone] = []
    for name in names:
        given_: dict[str, Any] = {
            "commitment": draw(st.none() | st.dates(date(2026, 1, 1), date(2026, 3, 1))),
            "rank": draw(st.none() | st.integers(1, 3)),
        }
        if draw(st.booleans()):
            made.append(milestone(name, duration=draw(st.none() | st.integers(0, 20)), **given_))
        else:
            done = draw(st.integers(0, 8))
            since = draw(st.integers(0, done)) if as_of > THEN else 0
            made.append(work(name, draw(st.integers(0, 20)), done, since, **given_))
    pairs = [(up, down) for up in sorted(names) for down in sorted(names) if up < down]
    kinds = st.sampled_from(DependencyType)
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    closed = draw(st.sets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=5))
    return portfolio(
        as_of,
        *made,
        dependencies=tuple(waits(up, down, type=draw(kinds)) for up, down in chosen),
        streams={"p/x": daily(as_of, per_day=draw(st.integers(1, 2)))},
        calendars={"default": WEEKDAYS.but(closed=closed)},
    )


@given(then=companies(THEN), now=companies(NOW), shift=st.integers(0, 5))
@settings(max_examples=25, deadline=None)
def test_the_parts_sum_to_the_whole(then: Portfolio, now: Portfolio, shift: int) -> None:
    said = {view.id: Said.by(view.forecast) for view in views(then)}
    said = {
        name: replace(one, p50=one.p50 and one.p50 + timedelta(days=shift))
        for name, one in said.items()
    }
    calendar = now.calendars["default"]

    found = explain(then, now, said)

    for view in views(now):
        movement = found.get(view.id)
        before = said.get(view.id)
        if movement is None or before is None:
            same = before is None or before == Said.by(view.forecast)
            lost = before is not None and (before.p50 is None or view.forecast.p50 is None)
            assert same or lost
            continue
        if movement.p50 is not None:
            assert (movement.p50.before, movement.p50.after) == (before.p50, view.forecast.p50)
            assert movement.p50.total == calendar.between(movement.p50.before, movement.p50.after)
            assert movement.p50.total == sum(getattr(movement.p50, part) for part in PARTS)
        if movement.p_on_time is not None:
            chance = movement.p_on_time
            assert (chance.before, chance.after) == (before.p_on_time, view.forecast.p_on_time)
            assert chance.total == pytest.approx(chance.after - chance.before)
            assert chance.total == pytest.approx(sum(getattr(chance, part) for part in PARTS))


def test_a_portfolio_that_was_kept_gives_the_same_forecasts() -> None:
    built = portfolio(
        THEN,
        work("a", 20, commitment=date(2026, 2, 2)),
        milestone("b", external=True, promise=date(2026, 2, 1), history=(OBSERVED,)),
        milestone("c", spread=Spread(p50=3, p85=8)),
        dependencies=(waits("a", "c", lag=Lag(2, calendar="default")), waits("b", "c")),
        calendars={"default": WEEKDAYS.but(closed=[date(2026, 1, 6)], opened=[date(2026, 1, 10)])},
    )

    kept = encode(built)
    again = decode(kept)

    assert again is not None
    assert encode(again) == kept
    assert [v.forecast for v in views(again)] == [v.forecast for v in views(built)]


def test_a_portfolio_that_was_kept_is_corrected_as_it_was() -> None:
    held = Resolved(
        as_of=THEN,
        n=60,
        coverage_p50=0.3,
        coverage_p85=0.6,
        coverage_p95=0.7,
        pit=tuple(min(1.0, 0.4 + step / 20) for step in range(1, 20)),
    )
    plain = portfolio(THEN, work("a", 20, started=THEN))
    corrected = replace(plain, programs=(Program(id="p", title="P", calibration=held),))

    again = decode(encode(corrected))

    assert again is not None
    assert [v.forecast for v in views(again)] == [v.forecast for v in views(corrected)]
    assert set(days(explain(plain, corrected), "a")) == {"model"}


def test_a_portfolio_that_was_kept_names_nobody_and_nothing() -> None:
    secret = OpenItem(source="jira", key="A-1", title="secret", url="http://secret", assignee="zoe")
    built = portfolio(
        THEN,
        replace(
            work("a", 1, history=(replace(OBSERVED, actor="zoe"),)),
            title="secret",
            url="http://secret",
            open_items=(secret,),
        ),
        dependencies=(waits("a", "a", evidence=(("secret", "secret"),)),),
    )

    assert b"secret" not in encode(built)
    assert b"zoe" not in encode(built)
