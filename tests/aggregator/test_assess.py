"""The assessment of a portfolio: what is forecast, and what colour it gets."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.assess import assess, assess_portfolio
from slipwatch.aggregator.assessment import Assessment, MilestoneView, from_json, to_json
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.views import LastItemView, SprintsView
from slipwatch.aggregator.portfolio.calibration import Calibration, Resolved
from slipwatch.aggregator.portfolio.model import (
    Away,
    Baseline,
    Dependency,
    DependencyType,
    ItemEdge,
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
from slipwatch.aggregator.portfolio.sources import SourceState, SourceStatus

TODAY = date(2026, 1, 5)
WEEKDAYS = WorkCalendar([1, 2, 3, 4, 5])


def milestone(name: str, project: str = "x", **given: Any) -> Milestone:
    return Milestone(
        id=f"p/{project}/{name}",
        title=name,
        program="p",
        project=f"p/{project}",
        calendar="default",
        stream=f"p/{project}",
        **given,
    )


def depends(upstream: str, downstream: str, **given: Any) -> Dependency:
    return Dependency(upstream=f"p/x/{upstream}", downstream=f"p/x/{downstream}", **given)


def portfolio(
    milestones: Sequence[Milestone],
    dependencies: Sequence[Dependency] = (),
    *,
    streams: Sequence[Stream] = (),
    calibration: Calibration | None = None,
    **given: Any,
) -> Portfolio:
    projects = sorted({m.project for m in milestones})
    idle = {name: Stream(id=name, calendar="default") for name in projects}
    return Portfolio(
        as_of=TODAY,
        timezone="UTC",
        programs=(Program(id="p", title="P", calibration=calibration),),
        projects=tuple(Project(id=name, title=name, program="p") for name in projects),
        milestones={m.id: m for m in sorted(milestones, key=lambda m: m.id)},
        dependencies=tuple(dependencies),
        streams=idle | {stream.id: stream for stream in streams},
        calendars={"default": WEEKDAYS},
        **given,
    )


def steady(per_week: int = 5, weeks: int = 20) -> Stream:
    """Give a team that finishes so many items a week, not quite evenly."""
    rng = random.Random(1)
    days = [
        TODAY - timedelta(weeks=week + 1) + timedelta(days=rng.randrange(5))
        for week in range(weeks)
        for _ in range(max(0, per_week + rng.choice((-1, 0, 0, 1))))
    ]
    return Stream(
        id="p/x",
        calendar="default",
        finished=tuple(sorted(days)),
        since=TODAY - timedelta(weeks=weeks),
    )


def work(name: str, remaining: int, done: int = 20, **given: Any) -> Milestone:
    return milestone(
        name, tracked=True, scope=Scope(done=done, remaining=remaining), sources=("jira",), **given
    )


def look(found: Assessment, name: str, project: str = "x") -> MilestoneView:
    view = found.milestone(f"p/{project}/{name}")
    assert view is not None
    return view


def run(built: Portfolio, trials: int = 2000) -> Assessment:
    return assess_portfolio(built, seed=0, trials=trials).assessment


def test_an_assessment_survives_its_json() -> None:
    found = run(portfolio([work("a", 10)], streams=[steady()]))

    assert from_json(to_json(found)) == found


def test_what_causes_take_from_a_commitment_survives_its_json() -> None:
    then = Baseline(start=TODAY, finish=TODAY + timedelta(days=4), duration=5)
    later = Baseline(start=TODAY, finish=TODAY + timedelta(days=11), duration=5)
    late = milestone("a", duration=9, baseline=then)
    held = milestone("b", duration=5, baseline=later, commitment=TODAY + timedelta(days=11))

    found = run(portfolio([late, held], [depends("a", "b")]))

    assert [cause.probability for cause in look(found, "b").caused_by] == [1.0]
    assert from_json(to_json(found)) == found


def test_the_same_seed_gives_the_same_bytes_and_another_one_does_not() -> None:
    built = portfolio([work("a", 40, commitment=date(2026, 3, 2))], streams=[steady()])

    assert to_json(assess(built, TODAY, 1)) == to_json(assess(built, TODAY, 1))
    assert to_json(assess(built, TODAY, 1)) != to_json(assess(built, TODAY, 2))


def test_a_portfolio_is_assessed_on_its_own_day_only() -> None:
    with pytest.raises(ValueError, match="2026-01-05"):
        assess(portfolio([]), date(2026, 1, 6))


def test_a_team_with_history_gets_a_throughput_forecast() -> None:
    forecast = look(run(portfolio([work("a", 25)], streams=[steady()])), "a").forecast

    assert forecast.method == "throughput"
    assert forecast.confidence == "full"
    assert forecast.p50 is not None
    assert forecast.p95 is not None
    assert date(2026, 1, 26) <= forecast.p50 <= date(2026, 2, 25)
    assert forecast.p50 < forecast.p95


@pytest.mark.parametrize(
    ("weeks", "status"), [(16, "green"), (5.9, "amber"), (3, "red")], ids=["green", "amber", "red"]
)
def test_the_colour_is_the_chance_to_keep_the_commitment(weeks: float, status: str) -> None:
    commitment = TODAY + timedelta(weeks=weeks)

    view = look(run(portfolio([work("a", 25, commitment=commitment)], streams=[steady()])), "a")

    assert view.status == status, view.forecast.p_on_time


def test_without_a_commitment_the_plan_date_is_judged_and_that_is_said() -> None:
    view = look(run(portfolio([work("a", 25, plan=date(2026, 1, 9))], streams=[steady()])), "a")

    assert view.status == "red"
    assert "no commitment: judged by its plan date" in view.reasons
    assert view.forecast.p_on_time is None


def test_a_second_milestone_of_a_team_waits_for_the_first() -> None:
    found = run(portfolio([work("a", 25, rank=1), work("b", 25, rank=2)], streams=[steady()]))

    first, second = look(found, "a"), look(found, "b")
    assert first.forecast.p50 is not None
    assert second.forecast.p50 is not None
    assert WEEKDAYS.between(first.forecast.p50, second.forecast.p50) > 15
    assert second.network.early_start is not None
    assert second.network.early_start > first.forecast.p50 - timedelta(days=14)


def test_behind_a_gate_the_queue_is_waited_for_only_once() -> None:
    """The team works off the queue while the milestone waits for others."""
    vendor = milestone("vendor", "y", external=True, promise=date(2026, 6, 1))
    queue = [work("first", 25, rank=1), work("second", 25, rank=2)]
    gate = Dependency(upstream="p/y/vendor", downstream="p/x/second")

    found = run(portfolio([vendor, *queue], [gate], streams=[steady()]))

    p50 = look(found, "second").forecast.p50
    assert p50 is not None
    assert WEEKDAYS.between(date(2026, 6, 1), p50) < 40


def test_a_partial_gate_delays_only_the_blocked_part() -> None:
    def p50(blocked: int) -> date:
        vendor = milestone("vendor", "y", external=True, promise=date(2026, 3, 2))
        gate = Dependency(
            upstream="p/y/vendor",
            downstream="p/x/a",
            type=DependencyType.PARTIAL,
            declared=False,
            blocked_items=blocked,
        )
        found = look(run(portfolio([vendor, work("a", 30)], [gate], streams=[steady()])), "a")
        assert found.forecast.p50 is not None
        return found.forecast.p50

    assert p50(0) < p50(1) < p50(15) < p50(30)


def test_a_promise_is_kept_on_the_day_in_half_of_all_cases() -> None:
    vendor = milestone("vendor", external=True, promise=date(2026, 2, 2))

    forecast = look(run(portfolio([vendor])), "vendor").forecast

    assert forecast.method == "promise"
    assert (forecast.p50, forecast.p85, forecast.p95) == (
        date(2026, 2, 2),
        date(2026, 2, 9),
        date(2026, 2, 23),
    )


def test_a_promise_not_heard_of_for_long_is_believed_less() -> None:
    vendor = milestone(
        "vendor",
        external=True,
        promise=date(2026, 2, 2),
        history=(Observation(datetime(2025, 11, 3, tzinfo=UTC), date(2026, 2, 2)),),
    )

    assert look(run(portfolio([vendor])), "vendor").forecast.p50 == date(2026, 2, 9)


def test_a_promise_that_has_passed_is_overdue_and_not_in_the_past() -> None:
    vendor = milestone("vendor", external=True, promise=date(2025, 12, 1))

    view = look(run(portfolio([vendor])), "vendor")

    assert view.status == "red"
    assert view.forecast.p50 is not None
    assert view.forecast.p50 >= TODAY


def test_a_stalled_team_has_no_date_and_no_chance() -> None:
    stalled = Stream(id="p/x", calendar="default", since=date(2025, 6, 2))

    view = look(run(portfolio([work("a", 5, commitment=date(2026, 6, 1))], streams=[stalled])), "a")

    assert view.forecast.p50 is None
    assert view.forecast.p_on_time == 0
    assert view.status == "red"
    assert "stalled" in view.reasons[0]


def test_of_a_day_that_has_passed_it_is_said_too_that_the_team_is_stalled() -> None:
    stalled = Stream(id="p/x", calendar="default", since=date(2025, 6, 2))

    view = look(run(portfolio([work("a", 5, commitment=date(2025, 6, 9))], streams=[stalled])), "a")

    assert view.status == "red"
    assert view.reasons == (
        "open although its commitment 2025-06-09 has passed",
        "stalled: its team finishes nothing",
    )


def test_what_nobody_knows_leaves_everything_behind_it_without_a_date() -> None:
    unknown, known = milestone("unknown"), milestone("known", duration=10)
    late = milestone("late", duration=2, commitment=date(2026, 2, 2))

    view = look(
        run(
            portfolio(
                [unknown, known, late], [depends("unknown", "late"), depends("known", "late")]
            )
        ),
        "late",
    )

    assert view.forecast.p50 is None
    assert view.forecast.missing_inputs == ("p/x/unknown",)
    assert view.forecast.lower_bound == date(2026, 1, 20)
    assert view.status == "grey"


def test_what_cannot_be_kept_whatever_the_unknown_is_is_red() -> None:
    unknown = milestone("unknown")
    late = milestone("late", duration=20, commitment=date(2026, 1, 9))

    view = look(run(portfolio([unknown, late], [depends("unknown", "late")])), "late")

    assert view.status == "red"


def test_a_finished_milestone_is_green_or_missed_its_commitment() -> None:
    kept = milestone("kept", actual=date(2025, 12, 1), commitment=date(2025, 12, 1))
    missed = milestone("missed", actual=date(2025, 12, 2), commitment=date(2025, 12, 1))

    found = run(portfolio([kept, missed]))

    assert (look(found, "kept").status, look(found, "missed").status) == ("green", "red")
    assert look(found, "missed").forecast.method == "actual"
    assert look(found, "missed").slip.forecast_vs_commitment == 1
    assert found.programs[0].status == "green"


@pytest.mark.parametrize("status", [SourceStatus.STALE, SourceStatus.FAILED])
def test_doubtful_data_is_grey_whatever_the_forecast(status: SourceStatus) -> None:
    source = SourceState(name="jira", status=status)
    sure = work("a", 1, commitment=date(2027, 1, 4))

    view = look(run(portfolio([sure], streams=[steady()], sources=(source,))), "a")

    assert view.status == "grey"
    assert view.reasons == (f"source jira is {status.value}",)


def test_a_scope_that_may_not_be_read_any_more_greys_its_milestones_only() -> None:
    source = SourceState(name="jira", status=SourceStatus.OK, skipped=("PAY",))
    hidden = work("a", 1, commitment=date(2027, 1, 4), scopes=(("jira", "PAY"),))
    other = work("b", 1, commitment=date(2027, 1, 4), scopes=(("jira", "WEB"),))

    found = run(portfolio([hidden, other], streams=[steady()], sources=(source,)))

    assert (look(found, "a").status, look(found, "b").status) == ("grey", "green")


def waiting(*keys: str) -> tuple[OpenItem, ...]:
    return tuple(OpenItem(source="jira", key=key, title=key, url="", assignee=None) for key in keys)


@pytest.mark.parametrize(
    ("edges", "kind"),
    [
        ((("jira:A-1", "jira:B-1"), ("jira:B-2", "jira:A-2")), "interleaved"),
        ((("jira:A-1", "jira:B-1"), ("jira:B-1", "jira:A-1")), "deadlock"),
    ],
)
def test_milestones_that_take_turns_are_told_from_deadlocks(
    edges: tuple[tuple[str, str], ...], kind: str
) -> None:
    a, b = (
        work("a", 2, open_items=waiting("A-1", "A-2")),
        work("b", 2, open_items=waiting("B-1", "B-2")),
    )
    gates = [
        depends(up, down, type=DependencyType.PARTIAL, declared=False, blocked_items=1)
        for up, down in (("a", "b"), ("b", "a"))
    ]

    found = run(
        portfolio(
            [a, b],
            gates,
            streams=[steady()],
            item_edges=tuple(ItemEdge(upstream=up, downstream=down) for up, down in edges),
        )
    )

    assert [(cycle.members, cycle.kind) for cycle in found.cycles] == [(("p/x/a", "p/x/b"), kind)]
    assert look(found, "a").forecast.p50 is None


def test_a_slip_across_projects_is_attributed_to_its_cause() -> None:
    login = milestone("login", "y", duration=12, baseline=Baseline(start=TODAY, duration=4))
    launch = milestone(
        "launch", duration=3, baseline=Baseline(duration=3), commitment=date(2026, 1, 16)
    )
    gate = Dependency(upstream="p/y/login", downstream="p/x/launch")

    found = run(portfolio([login, launch], [gate]))

    (cause,) = look(found, "launch").caused_by
    assert (cause.milestone, cause.but_for, cause.shapley, cause.own_slip) == (
        "p/y/login",
        8,
        8.0,
        8,
    )
    assert [(hit.milestone, hit.days) for hit in look(found, "login", "y").hits] == [
        ("p/x/launch", 8)
    ]
    (edge,) = found.dependencies
    assert edge.cross_project
    assert edge.driving


def test_merging_branches_multiply_their_chances() -> None:
    """Two suppliers on time with 85 % each leave their customer about 72 %."""
    vendors = [milestone(n, external=True, promise=date(2026, 2, 2), owner=n) for n in ("u", "v")]
    launch = milestone("launch", duration=0, commitment=date(2026, 2, 9))

    found = run(
        portfolio([*vendors, launch], [depends("u", "launch"), depends("v", "launch")]), 10_000
    )

    assert look(found, "launch").forecast.p_on_time == pytest.approx(0.85**2, abs=0.02)


def test_a_program_is_judged_by_its_commitments() -> None:
    bad = milestone("bad", duration=50, plan=date(2026, 1, 9))
    good = milestone("good", duration=1, commitment=date(2026, 1, 9))

    found = run(portfolio([bad, good]))

    assert look(found, "bad").status == "red"
    assert found.programs[0].status == "green"
    assert found.projects[0].status == "red"


@pytest.mark.parametrize("started", [None, date(2025, 12, 1)], ids=["not begun", "begun"])
def test_a_turn_in_the_queue_is_part_of_the_baseline(started: date | None) -> None:
    def queue(*baselines: Baseline) -> Portfolio:
        found = [
            work(name, 10, rank=rank, started=started, baseline=baseline)
            for rank, (name, baseline) in enumerate(zip("ab", baselines, strict=True))
        ]
        return portfolio(found, streams=[steady()])

    first = assess_portfolio(queue(Baseline(), Baseline()), seed=0, trials=2000)
    recorded = [
        Baseline(start=first.starts[f"p/x/{name}"], duration=first.durations[f"p/x/{name}"])
        for name in "ab"
    ]

    found = assess_portfolio(queue(*recorded), seed=0, trials=2000)

    a, b = (look(found.assessment, name) for name in "ab")
    assert a.network.early_finish is not None
    assert b.network.early_finish is not None
    assert b.network.early_finish > a.network.early_finish + timedelta(days=7)
    assert a.caused_by == b.caused_by == ()


def test_work_under_way_in_a_queue_waits_for_its_gate_and_its_turn_at_once() -> None:
    """The turn comes while the gate is still closed, so only the gate delays it."""
    vendor = milestone("vendor", "y", external=True, promise=date(2026, 6, 1))
    queue = [
        work("first", 25, rank=1, started=date(2025, 12, 1)),
        work("second", 25, rank=2, started=date(2025, 12, 1)),
    ]
    gate = Dependency(upstream="p/y/vendor", downstream="p/x/second")

    found = run(portfolio([vendor, *queue], [gate], streams=[steady()]))

    first, second = (look(found, name).forecast.p50 for name in ("first", "second"))
    assert first is not None
    assert second is not None
    assert first < date(2026, 3, 2)
    assert WEEKDAYS.between(date(2026, 6, 1), second) < 40


@pytest.mark.parametrize(
    ("held", "confidence"), [(0.85, "full"), (0.70, "full"), (0.65, "low"), (0.0, "low")]
)
def test_forecasts_of_a_program_whose_p85_did_not_hold_are_of_low_confidence(
    held: float, confidence: str
) -> None:
    calibration = Calibration(
        as_of=TODAY, n=20, coverage_p50=0.5, coverage_p85=held, coverage_p95=0.95
    )

    found = run(
        portfolio(
            [work("a", 10), milestone("stated", duration=5)],
            streams=[steady()],
            calibration=calibration,
        )
    )

    assert found.programs[0].calibration == calibration
    assert look(found, "a").forecast.confidence == confidence
    assert look(found, "stated").forecast.confidence == "full"


def test_forecasts_are_read_by_how_earlier_ones_of_the_program_held() -> None:
    late = Resolved(
        as_of=TODAY,
        n=90,
        coverage_p50=0.2,
        coverage_p85=0.8,
        coverage_p95=0.95,
        pit=tuple(step / 20 for step in range(1, 20)),
    )
    milestones = [work("a", 10), milestone("stated", spread=Spread(p50=5, p85=9))]

    def look_at(calibration: Calibration | None) -> list[tuple[date, date, date]]:
        found = run(portfolio(milestones, streams=[steady()], calibration=calibration))
        forecasts = [look(found, name).forecast for name in ("a", "stated")]
        return [(f.p50, f.p85, f.p95) for f in forecasts if f.p50 and f.p85 and f.p95]

    plain, stated = look_at(None)
    assert look_at(late) == [plain, stated]
    # Half of the outcomes came after the P80 that was stated.
    late = replace(late, pit=tuple(min(0.99, 0.6 + 0.4 * step / 20) for step in range(1, 20)))
    corrected = look_at(late)
    assert corrected[0][0] > plain[0]
    assert corrected[0][1] > plain[1]
    assert corrected[1] == stated


def test_a_few_milestones_are_no_proof_that_forecasts_do_not_hold() -> None:
    few = Calibration(as_of=TODAY, n=4, coverage_p50=0.5, coverage_p85=0.5, coverage_p95=0.5)

    assert not few.lost


def test_a_milestone_is_not_done_before_its_last_item_that_is_stuck() -> None:
    begun = TODAY - timedelta(days=60)
    stuck = OpenItem(
        source="jira", key="A-7", title="", url="", assignee=None, doing=True, begun=begun
    )
    long = TODAY - timedelta(weeks=30)
    spells = tuple(Spell(long, long + timedelta(days=took)) for took in (5, 81) for _ in range(10))
    team = replace(steady(), spells=spells)

    few = look(run(portfolio([work("a", 1, open_items=(stuck,))], streams=[team])), "a")
    many = look(run(portfolio([work("a", 4, open_items=(stuck,))], streams=[team])), "a")

    assert few.forecast.p50 == TODAY + timedelta(days=18)  # Friday, of 21 days more
    assert few.forecast.last_item == LastItemView(item="jira:A-7", since=begun, left=15)
    assert many.forecast.last_item is None
    assert many.forecast.p50 is not None
    assert many.forecast.p50 < TODAY + timedelta(days=18)


def test_leave_makes_a_milestone_later_and_is_told() -> None:
    away = Away(start=TODAY, end=TODAY + timedelta(weeks=4), share=0.4)
    usual = look(run(portfolio([work("a", 20)], streams=[steady()])), "a").forecast
    short = look(run(portfolio([work("a", 20)], streams=[replace(steady(), away=(away,))])), "a")

    assert usual.leave == 0
    assert usual.p50 is not None
    assert short.forecast.p50 is not None
    assert short.forecast.p50 > usual.p50
    assert short.forecast.leave == 8.4  # 0.4 of 21 working days


def test_a_team_that_closes_its_work_at_the_end_of_sprints_is_told_with_the_next_end() -> None:
    fridays = [TODAY - timedelta(days=10) - timedelta(weeks=2 * n) for n in range(13)]
    team = replace(steady(), finished=tuple(sorted(day for day in fridays for _ in range(10))))

    bound, free = (
        look(run(portfolio([work("a", 12)], streams=[one])), "a").forecast.sprints
        for one in (team, steady())
    )

    assert bound == SprintsView(weeks=2, end=date(2026, 1, 9), closed_then=1.0)
    assert free is None
