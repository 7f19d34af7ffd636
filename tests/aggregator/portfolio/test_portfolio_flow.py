"""How the work of a project moves, as of a day."""

from datetime import UTC, date, datetime, timedelta

from slipwatch.aggregator.portfolio.build import Built
from slipwatch.aggregator.portfolio.flow import Flow
from slipwatch.aggregator.records import Category, Level, LinkKind, Outcome

from .conftest import TODAY, Trackers

PROJECT = {"id": "pay", "scope": [{"source": "jira", "project": "PAY"}]}


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def flow(built: Built) -> Flow:
    (project,) = built.portfolio.projects
    return project.flow


def test_items_are_counted_by_what_happens_to_them(trackers: Trackers) -> None:
    trackers.item("PAY-1")
    trackers.item("PAY-2", category=Category.DOING, started_at=at(ago(3)))
    trackers.done("PAY-3", day=ago(40))
    trackers.done("PAY-4", day=ago(40), outcome=Outcome.DROPPED)
    trackers.item("WEB-1")

    found = flow(trackers.build(PROJECT))

    assert (found.todo, found.doing, found.done) == (1, 1, 1)


def test_an_item_of_two_milestones_counts_once(trackers: Trackers) -> None:
    trackers.version("1.0")
    trackers.version("2.0")
    trackers.item("PAY-1", "v-1.0", "v-2.0")
    milestones = [
        {"id": name, "from": [{"source": "jira", "project": "PAY", "version": version}]}
        for name, version in (("one", "1.0"), ("two", "2.0"))
    ]

    found = flow(trackers.build({**PROJECT, "milestones": milestones}))

    assert found.todo == 1


def test_throughput_is_what_seven_days_brought(trackers: Trackers) -> None:
    for number, days in enumerate((0, 6, 7)):
        trackers.done(f"PAY-{number}", day=ago(days))

    assert flow(trackers.build(PROJECT)).finished_lately == 2


def test_blocked_is_flagged_or_waiting_for_something_open(trackers: Trackers) -> None:
    trackers.item("PAY-1", blocked=True)
    trackers.item("PAY-2")
    trackers.item("PAY-3")
    trackers.item("PAY-4")
    trackers.item("PAY-5")
    trackers.done("PAY-6", day=ago(1), blocked=True)
    trackers.blocks("PAY-3", "PAY-2")
    trackers.blocks("PAY-6", "PAY-4")
    trackers.blocks("PAY-3", "PAY-5", kind=LinkKind.PARENT)

    assert flow(trackers.build(PROJECT)).blocked == 2


def test_work_ages_when_it_takes_longer_than_nearly_all_before_it(trackers: Trackers) -> None:
    for number in range(1, 21):
        trackers.done(f"PAY-{number}", day=ago(30), started_at=at(ago(30 + number)))
    trackers.item("PAY-30", category=Category.DOING, started_at=at(ago(17)))
    trackers.item("PAY-31", category=Category.DOING, started_at=at(ago(18)))

    found = flow(trackers.build(PROJECT))

    assert (found.cycle_p50, found.cycle_p85) == (10, 17)
    assert found.aging == 1


def test_people_are_counted_by_whose_the_open_items_are(trackers: Trackers) -> None:
    for number, whose in enumerate(("ana", "ana", "ana", "ben", None)):
        trackers.item(f"PAY-{number}", category=Category.DOING, assignee=whose)
    trackers.item("PAY-10", assignee="cleo")
    trackers.item("PAY-11", assignee="cleo", category=Category.DOING, level=Level.SUBTASK)
    trackers.done("PAY-12", day=ago(1), assignee="dan")

    found = flow(trackers.build(PROJECT))

    assert (found.people, found.doing_per_person) == (3, 2.0)


def test_a_key_person_shows_in_twenty_closures_of_eight_weeks(trackers: Trackers) -> None:
    for number in range(20):
        whose = "ana" if number < 11 else "ben" if number < 15 else None
        trackers.done(f"PAY-{number}", day=ago(number), assignee=whose)
    trackers.done("PAY-30", day=ago(56), assignee="cleo")
    trackers.done("PAY-31", day=ago(1), assignee="cleo", outcome=Outcome.DROPPED)

    found = flow(trackers.build(PROJECT))

    assert (found.finished_in_eight_weeks, found.key_person_share) == (20, 0.55)


def test_with_few_closures_nobody_is_a_key_person(trackers: Trackers) -> None:
    for number in range(19):
        trackers.done(f"PAY-{number}", day=ago(number), assignee="ana")

    found = flow(trackers.build(PROJECT))

    assert (found.finished_in_eight_weeks, found.key_person_share) == (19, None)


def test_where_no_item_says_whose_it_is_nobody_knows_about_people(trackers: Trackers) -> None:
    trackers.item("PAY-100", category=Category.DOING)
    for number in range(20):
        trackers.done(f"PAY-{number}", day=ago(number))

    found = flow(trackers.build(PROJECT))

    assert (found.people, found.doing_per_person, found.key_person_share) == (None, None, None)


def test_with_few_finished_items_nobody_says_what_is_old(trackers: Trackers) -> None:
    for number in range(14):
        trackers.done(f"PAY-{number}", day=ago(30), started_at=at(ago(31)))
    trackers.item("PAY-30", category=Category.DOING, started_at=at(ago(300)))

    found = flow(trackers.build(PROJECT))

    assert (found.cycle_p50, found.cycle_p85, found.aging) == (None, None, None)


def test_weeks_tell_what_came_and_went_back_to_the_first_fact(trackers: Trackers) -> None:
    trackers.done("PAY-1", day=ago(6), created_at=at(ago(20)))
    trackers.done("PAY-2", day=ago(7), created_at=at(ago(13)))
    trackers.done("PAY-3", day=ago(7), created_at=at(ago(7)), outcome=Outcome.DROPPED)
    trackers.item("PAY-4", created_at=at(ago(0)))

    found = flow(trackers.build(PROJECT))

    assert found.weeks == 3
    assert (found.arrived[-3:], found.finished[-3:]) == ((1, 1, 1), (0, 1, 1))
    assert (len(found.arrived), sum(found.arrived)) == (16, 3)


def test_weeks_older_than_sixteen_are_only_history(trackers: Trackers) -> None:
    trackers.done("PAY-1", day=ago(112), created_at=at(ago(300)))

    found = flow(trackers.build(PROJECT))

    assert (found.weeks, sum(found.arrived), sum(found.finished)) == (16, 0, 0)
