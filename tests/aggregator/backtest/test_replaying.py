"""The past as it was: nothing that was learned later may reach a forecast of then."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from msgspec import structs

from slipwatch.aggregator.backtest.cases import OURS, Case
from slipwatch.aggregator.backtest.hindsight import hindsight
from slipwatch.aggregator.backtest.replaying import Replay, find_subjects, replay
from slipwatch.aggregator.backtest.scores import quantile
from slipwatch.aggregator.backtest.scoring import checkpoints
from slipwatch.aggregator.backtest.subjects import Choice, Finish, Subject
from slipwatch.aggregator.forecast.recalibration import ENOUGH
from slipwatch.aggregator.portfolio.calibration import Calibration
from slipwatch.aggregator.records import Category, Outcome
from slipwatch.config.settings import SlipwatchSettings

from .conftest import NOW, TODAY, Past, working_days

START, FINISH = date(2026, 1, 6), date(2026, 2, 27)
HALFWAY = date(2026, 2, 1)
QUICK = Replay(checkpoints=(50,), trials=200)


def subjects(
    settings: SlipwatchSettings, past: Past, finish: Finish = Finish.DELIVERED
) -> Mapping[str, Subject]:
    choice = Choice(fewest_items=5, finish=finish)
    found = find_subjects(settings, past.facts, TODAY, now=NOW, choice=choice)
    return {subject.id: subject for subject in found}


def halfway(settings: SlipwatchSettings, past: Past, subject: Subject) -> Case:
    [(_, case)] = replay(settings, past.facts, [subject], now=NOW, how=QUICK)
    return case


@pytest.fixture
def subject(settings: SlipwatchSettings, past: Past) -> Subject:
    return subjects(settings, past)["p/pay/v1"]


def test_a_released_version_lived_from_its_first_work_to_its_release(subject: Subject) -> None:
    assert (subject.start, subject.finish) == (date(2026, 1, 7), FINISH)
    assert [subject.day(at) for at in (0, 50, 100)] == [date(2026, 1, 7), HALFWAY, FINISH]


def test_half_of_its_items_still_open_the_forecast_names_the_rest(
    settings: SlipwatchSettings, past: Past, subject: Subject
) -> None:
    case = halfway(settings, past, subject)

    # From Sunday, 1 February to Friday, 27 February: 20 working days, and 20 items at one a day.
    assert (case.as_of, case.outcome) == (HALFWAY, 20)
    samples = case.forecasts["plain_bootstrap"]
    assert samples is not None
    assert quantile(samples, 0.5) == 20
    assert case.forecasts["plan"] is None


def test_what_happened_later_moves_no_forecast(
    settings: SlipwatchSettings, past: Past, subject: Subject
) -> None:
    then = halfway(settings, past, subject)
    otherwise = past.version(date(2026, 2, 27), archived=True, start_date=date(2025, 1, 1))
    otherwise = otherwise.seen((date(2026, 3, 2), date(2026, 3, 31)))
    otherwise = otherwise.version(date(2026, 5, 1), id_="2")
    for number in range(500, 540):  # thrown in later, in both senses
        otherwise = otherwise.item(number, HALFWAY + timedelta(days=1), None, "1")
    items = {
        ref: structs.replace(item, category=Category.TODO, outcome=None, done_at=None)
        if item.done_at is not None and item.done_at.date() > HALFWAY
        else item
        for ref, item in otherwise.facts.items.items()
    }
    facts = replace(
        otherwise.facts,
        items=items,
        calibrations={
            "p": Calibration(
                as_of=TODAY, n=99, coverage_p50=0.1, coverage_p85=0.2, coverage_p95=0.3
            )
        },
    )

    assert told(halfway(settings, Past(facts), subject)) == told(then)


def told(case: Case) -> dict[str, list[float] | None]:
    return {
        name: None if samples is None else list(samples) for name, samples in case.forecasts.items()
    }


def test_by_points_estimates_count_as_they_were_known(
    settings: SlipwatchSettings, past: Past, subject: Subject
) -> None:
    [program] = settings.programs
    project = program.projects[0].model_copy(update={"forecast_by": "points"})
    program = program.model_copy(update={"projects": (project,)})
    by_points = settings.model_copy(update={"programs": (program,)})
    belonging = [ref[1] for ref, item in past.facts.items.items() if item.milestones]
    known = past
    for _, number in past.facts.items:
        known = known.estimated(int(number), 3 if number in belonging else 1)
    later = known
    for number in belonging:
        later = later.estimated(int(number), 3, (HALFWAY + timedelta(days=2), 13))

    by_items, then, same = (
        halfway(given, each, subject).forecasts[OURS]
        for given, each in ((settings, known), (by_points, known), (by_points, later))
    )

    assert by_items is not None
    assert then is not None
    assert list(then) == list(same if same is not None else [])
    assert list(then) != list(by_items)


def test_estimates_without_a_history_are_named_as_hindsight(past: Past) -> None:
    left = past.moved(0, HALFWAY, None, "1").estimated(0, 3)
    told = left.estimated(1, 3, (HALFWAY, 5))

    said = "jira: no changes of estimates are known; they are those of today"
    assert said in hindsight(left.facts)
    assert said not in hindsight(told.facts)
    assert said not in hindsight(past.moved(0, HALFWAY, None, "1").facts)


def test_a_date_that_was_seen_by_then_is_the_plan_of_then(
    settings: SlipwatchSettings, past: Past, subject: Subject
) -> None:
    known = past.seen((date(2025, 12, 1), date(2026, 2, 13)), (date(2026, 2, 9), FINISH))

    case = halfway(settings, known, subject)

    assert case.committed == date(2026, 2, 13)
    assert case.forecasts["plan"] == np.array([10.0])


def test_an_item_that_left_later_was_still_to_be_done(
    settings: SlipwatchSettings, past: Past, subject: Subject
) -> None:
    left = past
    for number in range(600, 610):
        left = left.item(number, date(2025, 12, 1), None).moved(
            number, date(2026, 2, 20), "1", None
        )

    before, after = (
        halfway(settings, each, subject).forecasts["mean_throughput"] for each in (past, left)
    )

    assert before is not None
    assert after is not None
    assert after[0] == pytest.approx(before[0] * 30 / 20)


def test_stragglers_do_not_delay_a_release(settings: SlipwatchSettings, past: Past) -> None:
    late = past
    for number in range(700, 710):
        late = late.item(number, date(2025, 12, 1), date(2026, 4, 20), "1")

    found = {rule: subjects(settings, late, rule)["p/pay/v1"].finish for rule in Finish}

    assert found == {
        Finish.DELIVERED: FINISH,
        Finish.NEARLY_ALL: date(2026, 4, 20),
        Finish.LAST_ITEM: date(2026, 4, 20),
    }


def test_a_release_day_that_was_typed_long_before_the_work_is_not_believed(
    settings: SlipwatchSettings, past: Past
) -> None:
    hasty = past.version(date(2026, 1, 16))

    assert subjects(settings, hasty)["p/pay/v1"].finish == date(2026, 2, 25)


def test_it_is_open_until_its_work_was_done_whatever_day_was_typed(
    settings: SlipwatchSettings, past: Past
) -> None:
    hasty = past.version(date(2026, 1, 16))
    subject = subjects(settings, hasty)["p/pay/v1"]

    case = halfway(settings, hasty, subject)

    assert case.as_of > date(2026, 1, 16)
    assert case.forecasts[OURS] is not None


def test_an_archived_version_lived_once(settings: SlipwatchSettings, past: Past) -> None:
    assert "p/pay/v1" in subjects(settings, past.version(FINISH, archived=True))


def test_dropped_scope_is_no_work(settings: SlipwatchSettings, past: Past) -> None:
    items = {
        ref: structs.replace(item, outcome=Outcome.DROPPED) if item.milestones else item
        for ref, item in past.facts.items.items()
    }

    assert not subjects(settings, Past(replace(past.facts, items=items)))


def test_last_weeks_forecast_is_the_one_that_was_made_a_week_before(
    settings: SlipwatchSettings, past: Past, subject: Subject
) -> None:
    how = replace(QUICK, checkpoints=(50, 64), last_week=True)

    (_, earlier), (_, later) = replay(settings, past.facts, [subject], now=NOW, how=how)

    assert (earlier.as_of, later.as_of) == (HALFWAY, HALFWAY + timedelta(weeks=1))
    then, now = earlier.forecasts[OURS], later.forecasts["last_week"]
    assert then is not None
    assert now is not None
    assert list(now) == [max(days - 5, 0) for days in then]


def test_what_is_open_although_its_day_has_passed_counts_where_it_tells(
    settings: SlipwatchSettings, past: Past
) -> None:
    plan = date(2026, 3, 13)
    late = past.version(plan, closed=False, closed_on=None).seen((date(2025, 12, 1), plan))
    late = late.item(800, date(2025, 12, 1), None, "1")
    choice = Choice(fewest_items=5)

    finished = find_subjects(settings, late.facts, TODAY, now=NOW, choice=choice)
    [subject] = find_subjects(
        settings, late.facts, TODAY, now=NOW, choice=replace(choice, unfinished=True)
    )
    case = halfway(settings, late, subject)
    [found] = checkpoints([case, replace(case, milestone="done", outcome=30, unfinished=False)])

    assert finished == []
    assert (subject.due, subject.finish, subject.day(50)) == (plan, TODAY, date(2026, 2, 8))
    assert (case.unfinished, case.committed) == (True, plan)
    assert found.n == 1
    [alone] = checkpoints([case])
    assert (alone.n, alone.without, alone.coverage.p85, alone.crps) == (0, 0, None, None)
    assert alone.brier == found.brier
    assert alone.brier is not None
    assert found.false_alarms is None


def test_a_forecast_is_corrected_by_those_that_were_over_by_its_day(
    settings: SlipwatchSettings,
) -> None:
    past = Past()
    worked = working_days(date(2025, 1, 6), date(2026, 5, 29))
    sprints = [worked[at : at + 10] for at in range(0, 10 * (ENOUGH + 4), 10)]
    for at, own in enumerate(sprints):
        past = past.version(own[-1], id_=f"{at}")
        for number, day in enumerate(own):
            past = past.item(100 * at + number, own[0] - timedelta(days=5), day, f"{at}")
    choice = Choice(fewest_items=5)
    found = find_subjects(settings, past.facts, TODAY, now=NOW, choice=choice)
    found = sorted(found, key=lambda subject: subject.finish)
    assert len(found) == ENOUGH + 4

    def cases(subjects: Sequence[Subject]) -> Mapping[str, Case]:
        how = replace(QUICK, trials=100)
        pairs = replay(settings, past.facts, subjects, now=NOW, how=how)
        return {subject.id: case for subject, case in pairs}

    every = cases(found)
    told_of = [subject for subject in found if every[subject.id].forecasts[OURS] is not None]
    late = [subject.id for subject in told_of[ENOUGH:]]
    assert len(late) >= 2
    assert {name for name, case in every.items() if case.uncorrected is not None} == set(late)
    first = cases(told_of[: ENOUGH + 1])[late[0]]
    assert told(first) == told(every[late[0]])
    ours, uncorrected = first.forecasts[OURS], first.uncorrected
    assert ours is not None
    assert uncorrected is not None
    assert not np.array_equal(ours, uncorrected)
