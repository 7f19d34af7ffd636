"""What finished milestones teach of open ones: their scope, their age, their share of a team."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.aging import LifeSpan
from slipwatch.aggregator.forecast.prior import shipped
from slipwatch.aggregator.forecast.quantiles import CENSORED, Days, quantiles
from slipwatch.aggregator.forecast.scope import ScopeProcess
from slipwatch.aggregator.forecast.share import Output, observed_share
from slipwatch.aggregator.forecast.stream import Experience, Queued, forecast_stream
from slipwatch.aggregator.forecast.weights import Weighing
from slipwatch.aggregator.portfolio.lives import STAGES, Life, Rest
from slipwatch.aggregator.portfolio.model import Stream

AS_OF = date(2026, 1, 5)
STANDARD = WorkCalendar({1, 2, 3, 4, 5})
UNIFORM = ((np.arange(2000) + 0.5) / 2000).astype(np.float32)
RANKS = (UNIFORM * 65_536).astype(np.uint16)
TAUGHT = Experience(ScopeProcess(), LifeSpan.learn(()), Weighing(shipped().inside))


def life(days: int = 100, *, kept: float = 0.8, added: float = 0.0) -> Life:
    return Life(days=days, items=30, rests=(Rest(kept, added, 0.0, 19.0),) * STAGES)


def median_work(process: ScopeProcess, items: int = 20, stage: int = 0) -> float:
    return float(np.median(process.work(stage, items, RANKS)))


def median_left(span: LifeSpan, age: int) -> float:
    return float(np.exp(np.median(span.log_remaining(age, UNIFORM))))


def per_week(items: int, weeks: int = 20) -> tuple[date, ...]:
    """Finish so many items on the Wednesday of each of the weeks before as_of."""
    first = AS_OF - timedelta(weeks=weeks, days=-2)
    return tuple(first + timedelta(weeks=week) for week in range(weeks) for _ in range(items))


def team(items: int = 5, weeks: int = 20) -> Stream:
    since = AS_OF - timedelta(weeks=weeks)
    return Stream(id="team", calendar="default", finished=per_week(items, weeks), since=since)


def days_of(
    *queue: Queued, stream: Stream | None = None, taught: Experience = TAUGHT, trials: int = 4000
) -> dict[str, Days]:
    result = forecast_stream(stream or team(), queue, STANDARD, AS_OF, trials, 0, experience=taught)
    found: dict[str, Days] = {}
    for name, durations in result.milestones.items():
        assert durations.days is not None
        found[name] = durations.days
    return found


def begun_one(name: str = "m", remaining: int = 20, weekly: int = 5, weeks: int = 8) -> Queued:
    done = per_week(weekly, weeks)
    return Queued(id=name, remaining=remaining, done=len(done), finished=done)


def test_a_team_that_cuts_most_of_its_scope_is_expected_to_do_so_again() -> None:
    cuts, keeps = ScopeProcess([life(kept=0.3)] * 12), ScopeProcess([life(kept=1.0)] * 12)
    assert median_work(cuts) < 8
    assert 17 < median_work(keeps) < 23
    assert median_work(cuts) < median_work(ScopeProcess()) < median_work(keeps) * 1.1


def test_what_usually_arrives_late_is_work_to_be_done() -> None:
    grows = ScopeProcess([life(kept=0.8, added=1.2)] * 12)
    assert median_work(grows) > 35


def test_few_milestones_of_its_own_teach_less_than_many() -> None:
    usual = ScopeProcess().work(0, 20, RANKS).mean()
    learned = [ScopeProcess([life(kept=0.1)] * n) for n in (0, 2, 6, 24)]
    shift = [abs(float(one.work(0, 20, RANKS).mean() - usual)) for one in learned]
    assert shift == sorted(shift)
    assert shift[0] == 0


def test_the_rest_of_the_program_teaches_less() -> None:
    def mean_work(process: ScopeProcess) -> float:
        return float(process.work(0, 20, RANKS).mean())

    lives = [life(kept=0.1)] * 4
    own, others = mean_work(ScopeProcess(lives)), mean_work(ScopeProcess((), lives))
    assert own < others < mean_work(ScopeProcess())


@pytest.mark.parametrize("stage", range(STAGES))
def test_more_open_items_are_never_less_work(stage: int) -> None:
    process = ScopeProcess([life()] * 3)
    amounts = [process.work(stage, items, RANKS) for items in (1, 2, 10, 11, 200)]
    for less, more in pairwise(amounts):
        assert (less <= more).all()
    assert (amounts[0] > 0).all()


def test_the_older_a_milestone_is_the_longer_it_goes_on() -> None:
    span = LifeSpan.learn(())
    left = [median_left(span, age) for age in (300, 600, 1200)]
    assert left == sorted(left)
    assert 0.3 < left[-1] / 1200 < 2


def test_a_team_of_short_milestones_is_expected_to_finish_the_next_one_soon() -> None:
    lives = [life(days) for days in (38, 41, 45, 40, 52, 39, 44, 42)]
    short = LifeSpan.learn(lives)
    assert short.median < 65
    assert short.spread < LifeSpan.learn(()).spread
    assert median_left(short, 30) < median_left(LifeSpan.learn(()), 30) / 2


def test_what_is_larger_than_usual_lives_longer() -> None:
    span, unknown = LifeSpan.learn([life(100)] * 8), LifeSpan.learn(())
    small, usual, large = (median_left(span.of_size(items), 20) for items in (10, 30, 90))
    assert small < 0.6 * usual < 0.6 * 0.6 * large
    assert usual == median_left(span, 20)
    assert median_left(unknown.of_size(90), 20) == median_left(unknown, 20)


def test_only_the_latest_lives_count() -> None:
    years_ago = [life(2000)] * 30
    assert LifeSpan.learn([*years_ago, *[life(40)] * 12]).median < 60


@pytest.mark.parametrize(
    ("own", "low", "high"), [(per_week(5), 0.95, 1.0), (per_week(1), 0.15, 0.3), ((), 0.0, 0.03)]
)
def test_a_share_is_what_a_milestone_got_of_its_team_lately(
    own: Sequence[date], low: float, high: float
) -> None:
    share = observed_share(Output(own), Output(per_week(5)), AS_OF - timedelta(weeks=12), AS_OF)
    assert low <= share.value <= high


def test_a_share_of_few_items_is_less_sure() -> None:
    began = AS_OF - timedelta(weeks=12)
    few, many = (
        observed_share(Output(per_week(n)), Output(per_week(9)), began, AS_OF) for n in (1, 8)
    )
    assert few.spread > 2 * many.spread


def test_the_share_follows_the_last_four_weeks() -> None:
    lately = tuple(day for day in per_week(4) if day >= AS_OF - timedelta(weeks=4))
    before = tuple(day for day in per_week(4) if day < AS_OF - timedelta(weeks=4))
    began = AS_OF - timedelta(weeks=20)
    busy, idle = (
        observed_share(Output(own), Output(per_week(4)), began, AS_OF) for own in (lately, before)
    )
    assert busy.value > 2 * idle.value


def test_what_has_begun_goes_on_beside_what_stands_before_it() -> None:
    alone = days_of(begun_one())["m"]
    behind = days_of(Queued(id="first", remaining=300), begun_one())["m"]
    assert np.array_equal(alone, behind)


def test_a_stated_rank_is_waited_for_even_by_what_has_begun() -> None:
    done = per_week(2, 8)
    ranked = Queued(id="m", remaining=20, done=len(done), finished=done, ranked=True)
    alone = days_of(ranked)["m"]
    behind = days_of(Queued(id="first", remaining=300, ranked=True), ranked)["m"]
    assert (alone < behind).mean() > 0.98


def test_a_milestone_that_gets_a_fifth_of_its_team_takes_longer() -> None:
    whole, part = begun_one(weekly=5), begun_one(weekly=1, weeks=40)
    long_since = team(5, 26)
    p50 = [quantiles(days_of(one, stream=long_since)["m"], (0.5,))[0] for one in (whole, part)]
    assert p50[0] is not None
    assert p50[1] is not None
    assert p50[1] > 1.5 * p50[0]


def test_a_tail_of_the_pace_does_not_hide_what_age_says() -> None:
    crawling = Queued(id="m", remaining=60, done=40, finished=per_week(2)[:2] * 20)
    assert (days_of(crawling)["m"] < CENSORED).mean() > 0.9


def test_1000_and_10000_trials_agree_within_their_error() -> None:
    few, many = (days_of(begun_one(), trials=trials)["m"] for trials in (1000, 10_000))
    for level in (0.5, 0.85):
        (stated,) = quantiles(few, (level,))
        assert stated is not None
        assert float((many <= stated).mean()) == pytest.approx(level, abs=4 * 0.016)


def test_a_milestone_elsewhere_moves_nothing() -> None:
    alone = days_of(begun_one())["m"]
    beside = days_of(begun_one("other", 5), begun_one(), begun_one("z", 400))["m"]
    assert np.array_equal(alone, beside)


def test_the_first_items_behind_a_gate_take_no_longer_than_all_of_them() -> None:
    result = forecast_stream(
        team(), [begun_one(remaining=40)], STANDARD, AS_OF, 500, 0, experience=TAUGHT
    )
    milestone = result.milestones["m"]
    part, whole = milestone.first(4), milestone.first(40)
    assert part is not None
    assert whole is not None
    assert milestone.days is not None
    assert np.array_equal(whole, milestone.days)
    assert (part <= whole).all()
    assert part.mean() < whole.mean()


def test_a_declared_throughput_takes_the_open_items_for_the_work() -> None:
    stream = Stream(id="team", calendar="default", samples=(1,))
    assert set(days_of(begun_one(remaining=23), stream=stream)["m"]) == {23}


some_rests = st.builds(Rest, kept=st.floats(0, 1), added=st.floats(0, 4), open=st.floats(1, 60))
some_lives = st.lists(
    st.builds(
        Life, days=st.integers(20, 400), items=st.just(30), rests=st.tuples(*[some_rests] * STAGES)
    ),
    max_size=4,
)


@settings(max_examples=25, deadline=None)
@given(lives=some_lives, done=st.integers(0, 60), less=st.integers(1, 100), more=st.integers(1, 50))
def test_more_open_items_of_an_earlier_stage_are_never_less_work(
    lives: list[Life], done: int, less: int, more: int
) -> None:
    both = [(done, items, items) for items in (less, less + more)]
    few, many = ScopeProcess(lives).work_of_each(both, np.array([RANKS, RANKS]))
    assert (few <= many).all()


@settings(max_examples=25, deadline=None)
@given(
    lives=some_lives,
    pace=st.sampled_from(shipped().inside.paces),
    spread=st.sampled_from([each for each in shipped().inside.spreads if each <= 1]),
    first=st.integers(1, 20),
    data=st.data(),
)
def test_more_open_items_never_finish_earlier_what_has_begun(
    lives: list[Life], pace: float, spread: float, first: int, data: st.DataObject
) -> None:
    done = (AS_OF - timedelta(weeks=8),) * first + per_week(1, 4)
    most = 20 * first - len(done)  # beyond, it would have begun later
    less = data.draw(st.integers(1, most - 1))
    more = data.draw(st.integers(less + 1, most))
    weights = msgspec.structs.replace(
        shipped().inside, paces=(pace,), levels=(0.0,), spreads=(spread,), losses=(((0.0,),),)
    )
    taught = Experience(ScopeProcess(lives), LifeSpan.learn(lives), Weighing(weights))
    few, many = (
        days_of(
            Queued(id="m", remaining=items, done=len(done), finished=done),
            taught=taught,
            trials=200,
        )["m"]
        for items in (less, more)
    )
    assert (few <= many).all()


@pytest.mark.parametrize(("weekly", "done"), [(5, 40), (60, 120)])
def test_a_wide_forecast_is_no_more_than_a_day_earlier_for_more_open_items(
    weekly: int, done: int
) -> None:
    finished = (AS_OF - timedelta(weeks=9),) * 9 + per_week(1, 8)[: done - 9]
    finished += (finished[-1],) * (done - len(finished))
    found = [
        days_of(
            Queued(id="m", remaining=items, done=done, finished=finished),
            stream=team(weekly),
            trials=1000,
        )["m"]
        for items in range(1, 61)
    ]
    for level in (0.5, 0.85):
        days = [quantiles(each, (level,))[0] or 0 for each in found]
        assert all(earlier <= later + 1 for earlier, later in pairwise(days))
        assert days[0] < days[-1]
