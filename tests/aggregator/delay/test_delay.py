"""The delay risk of single items: what is learned, from what, and what is told of it."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pytest

from slipwatch.aggregator.delay import features, learning
from slipwatch.aggregator.delay.estimate import Dated, estimate
from slipwatch.aggregator.delay.features import FEATURES, OF_PEOPLE, Case, collect
from slipwatch.aggregator.delay.learning import Learner
from slipwatch.aggregator.delay.stints import read_stints
from slipwatch.aggregator.delay.views import Delays
from slipwatch.aggregator.portfolio.build import end_of_day
from slipwatch.aggregator.records import Category, Change, ChangedField, MilestoneKind, Outcome

from ..portfolio.conftest import TODAY, Trackers

BERLIN = ZoneInfo("Europe/Berlin")
BORN = datetime(2025, 11, 3, 9, tzinfo=UTC)
DUE = date(2025, 12, 12)


@pytest.fixture
def trackers() -> Trackers:
    """Give two empty trackers."""
    return Trackers()


def cases_of(trackers: Trackers, day: date = TODAY) -> list[Case]:
    facts, moment = trackers.facts(), end_of_day(day, BERLIN)
    return list(collect(facts, read_stints(facts, BERLIN), moment, told_by=moment).past)


def told(trackers: Trackers, *, seed: int = 0, learner: Learner | None = None) -> Delays | None:
    members = {"p/web/ga": frozenset(trackers.items)}
    dated = Dated(day=TODAY, zone=BERLIN, moment=end_of_day(TODAY, BERLIN), members=members)
    return estimate(trackers.facts(), dated, learner or Learner(), seed=seed)


def value(case: Case, feature: str) -> float:
    return case.features[FEATURES.index(feature)]


@pytest.mark.parametrize(
    ("done_at", "late"),
    [
        (datetime(2025, 12, 12, 22, 59, tzinfo=UTC), False),
        (datetime(2025, 12, 12, 23, 0, tzinfo=UTC), True),
    ],
    ids=["last minute of the day in Berlin", "midnight after it"],
)
def test_an_item_is_late_when_the_day_is_over_in_the_programs_time_zone(
    trackers: Trackers, done_at: datetime, late: bool
) -> None:
    trackers.item(
        "WEB-1",
        category=Category.DONE,
        outcome=Outcome.COMPLETED,
        done_at=done_at,
        due_date=DUE,
        created_at=BORN,
    )

    assert {case.late for case in cases_of(trackers)} == {late}


def test_an_item_is_looked_at_when_its_day_was_set_midway_and_shortly_before(
    trackers: Trackers,
) -> None:
    trackers.item("WEB-1", due_date=DUE, created_at=BORN)

    cases = cases_of(trackers)

    assert [round(value(case, "age")) for case in cases] == [0, 20, 36]
    assert [round(value(case, "days_left")) for case in cases] == [40, 20, 4]
    assert {case.late for case in cases} == {True}, "it is open, and its day is over"


def test_dropped_items_and_items_without_a_day_teach_nothing(trackers: Trackers) -> None:
    trackers.done("WEB-1", day=DUE, outcome=Outcome.DROPPED, due_date=DUE, created_at=BORN)
    trackers.done("WEB-2", day=DUE, created_at=BORN)

    assert cases_of(trackers) == []


def test_a_moved_day_is_judged_apart_from_the_one_before(trackers: Trackers) -> None:
    later = date(2025, 12, 23)
    ref = trackers.done("WEB-1", day=date(2025, 12, 20), due_date=later, created_at=BORN)
    moved = datetime(2025, 12, 10, 12, tzinfo=UTC)
    trackers.changes[ref] = [
        Change(
            item=ref[1],
            id="1",
            at=moved,
            field=ChangedField.DUE,
            old=DUE.isoformat(),
            new=later.isoformat(),
        )
    ]

    cases = cases_of(trackers)

    assert [(case.due, case.late) for case in cases if case.at < moved] == [(DUE, True)] * 3
    assert {(case.due, case.late) for case in cases if case.at >= moved} == {(later, False)}
    assert {value(case, "due_moves") for case in cases} == {0, 1}


def test_the_end_of_the_sprint_counts_where_an_item_has_no_day_of_its_own(
    trackers: Trackers,
) -> None:
    trackers.milestone("S1", "WEB", "jira", MilestoneKind.SPRINT, due_date=DUE)
    trackers.done("WEB-1", "v-S1", day=date(2025, 12, 15), created_at=BORN)
    trackers.done(
        "WEB-2", "v-S1", day=date(2025, 12, 15), created_at=BORN, due_date=date(2025, 12, 19)
    )

    assert {(case.ref[1], case.due, case.late) for case in cases_of(trackers)} == {
        ("id-WEB-1", DUE, True),
        ("id-WEB-2", date(2025, 12, 19), False),
    }


def test_what_happens_later_changes_nothing_that_was_known_before(trackers: Trackers) -> None:
    company(trackers, Random(1), items=60)
    day = date(2025, 11, 20)
    moment = end_of_day(day, BERLIN)
    before = [case for case in cases_of(trackers) if case.at < moment]
    for ref, item in list(trackers.items.items()):
        if item.created_at > moment:
            del trackers.items[ref]
        trackers.changes[ref] = [c for c in trackers.changes.get(ref, ()) if c.at <= moment]

    kept = {(case.ref, case.at): case.features for case in cases_of(trackers) if case.at < moment}

    assert len(before) > 50
    assert kept == {
        (case.ref, case.at): case.features for case in before if case.ref in trackers.items
    }


def test_an_item_counts_for_whom_it_was_assigned_to_and_for_nobody_who_got_it_later(
    trackers: Trackers,
) -> None:
    trackers.item("WEB-1", due_date=DUE, created_at=BORN, assignee="ben")
    moved = trackers.item("WEB-2", created_at=BORN, assignee="ben")
    trackers.changes[moved] = [
        Change(
            item=moved[1],
            id="1",
            at=datetime(2025, 11, 20, tzinfo=UTC),
            field=ChangedField.ASSIGNEE,
            old="ana",
            new="ben",
        )
    ]

    assert [value(case, "assignee_open") for case in cases_of(trackers)] == [1, 2, 2]


def test_with_little_past_the_prior_tells_and_soon_is_riskier_than_later(
    trackers: Trackers,
) -> None:
    for key, days in (("WEB-1", 2), ("WEB-2", 60)):
        due = TODAY + timedelta(days=days)
        trackers.item(key, due_date=due, created_at=datetime.combine(TODAY, time(), tzinfo=UTC))

    delays = told(trackers)

    assert delays is not None
    assert (delays.method, delays.cases, delays.brier) == ("prior", 0, None)
    assert [delay.item for delay in delays.items] == ["jira:WEB-1", "jira:WEB-2"]
    assert 0 < delays.items[1].chance < delays.items[0].chance < 1
    project = delays.projects[0]
    assert (project.project, project.dated) == ("p/web", 2)
    assert project.expected == pytest.approx(sum(d.chance for d in delays.items), abs=0.01)


def test_an_item_whose_day_is_over_is_late_for_certain(trackers: Trackers) -> None:
    trackers.item("WEB-1", due_date=TODAY - timedelta(days=1), created_at=BORN)
    trackers.item("WEB-2", due_date=TODAY, created_at=BORN)

    delays = told(trackers)

    assert delays is not None
    assert [(d.item, d.chance == 1) for d in delays.items] == [
        ("jira:WEB-1", True),
        ("jira:WEB-2", False),
    ]


def test_a_past_with_a_pattern_is_learned_and_beats_the_prior(trackers: Trackers) -> None:
    company(trackers, Random(2), items=200)
    for key, kind in (("WEB-9001", "Bug"), ("WEB-9002", "Task")):
        due = TODAY + timedelta(days=9)
        trackers.item(key, type=kind, due_date=due, created_at=dawn(TODAY), assignee="ana")

    delays = told(trackers)

    assert delays is not None
    assert delays.method == "learned"
    assert delays.brier is not None
    assert delays.prior_brier is not None
    assert delays.brier < 0.7 * delays.prior_brier
    chance = {delay.item: delay.chance for delay in delays.items}
    assert chance["jira:WEB-9001"] > 0.8
    assert chance["jira:WEB-9002"] < 0.3
    reasons = [reason for delay in delays.items for reason in delay.reasons]
    assert "late_of_its_kind" in {reason.feature for reason in reasons}
    assert not OF_PEOPLE & {reason.feature for reason in reasons}


def test_the_same_past_gives_the_same_bytes_and_is_learned_once(
    trackers: Trackers, monkeypatch: pytest.MonkeyPatch
) -> None:
    company(trackers, Random(3), items=120)
    learner = Learner()
    first = told(trackers, learner=learner)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it learned twice")

    assert told(trackers) == first
    monkeypatch.setattr(learning, "learn", refuse)
    assert told(trackers, learner=learner) == first


def test_without_the_extra_the_prior_tells(
    trackers: Trackers, monkeypatch: pytest.MonkeyPatch
) -> None:
    company(trackers, Random(2), items=200)
    trackers.item("WEB-9001", due_date=TODAY + timedelta(days=9), created_at=dawn(TODAY))
    missing: Callable[[str], None] = lambda _: None  # noqa: E731
    monkeypatch.setattr(learning, "find_spec", missing)

    delays = told(trackers)

    assert delays is not None
    assert delays.method == "prior"
    assert delays.cases > 200


def company(trackers: Trackers, chance: Random, *, items: int) -> None:
    """Fill a tracker with items of which bugs are nearly always late, and tasks hardly ever."""
    for number in range(items):
        born = dawn(date(2025, 5, 1) + timedelta(days=chance.randrange(200)))
        due = born.date() + timedelta(days=chance.randrange(5, 30))
        bug = chance.random() < 0.5
        days = chance.randrange(1, 15) * (1 if bug == (chance.random() < 0.95) else -1)
        done = max(due + timedelta(days=days), born.date() + timedelta(days=1))
        ref = trackers.done(
            f"WEB-{number}",
            day=done,
            due_date=due,
            created_at=born,
            type="Bug" if bug else "Task",
            assignee=chance.choice(["ana", "ben"]),
        )
        item = trackers.items[ref]
        trackers.changes[ref] = [
            Change(
                item=item.id,
                id="1",
                at=born + timedelta(days=1),
                field=ChangedField.ASSIGNEE,
                old=None,
                new=item.assignee,
            )
        ]


def dawn(day: date) -> datetime:
    return datetime.combine(day, time(6), tzinfo=UTC)


def test_the_page_names_every_feature_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs/delay-risk.md").read_text(encoding="utf-8")
    table = page.partition("## What it looks at")[2].partition("## How good")[0]

    assert sorted(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == sorted(FEATURES)


def test_what_is_done_before_its_day_teaches_only_when_the_day_is_over(trackers: Trackers) -> None:
    """Of items with the same day those that will be late are not known yet."""
    for key, due in (("WEB-1", TODAY + timedelta(days=9)), ("WEB-2", TODAY - timedelta(days=1))):
        trackers.done(key, day=TODAY - timedelta(days=3), due_date=due, created_at=BORN)

    assert {case.ref[1] for case in cases_of(trackers)} == {"id-WEB-2"}


def test_of_a_long_past_the_newest_cases_are_kept(
    trackers: Trackers, monkeypatch: pytest.MonkeyPatch
) -> None:
    company(trackers, Random(4), items=40)
    every = cases_of(trackers)
    monkeypatch.setattr(features, "MOST_CASES", 15)

    assert cases_of(trackers) == every[-15:]


def test_a_learner_is_tried_on_days_of_which_it_has_seen_nothing(trackers: Trackers) -> None:
    """Twelve items share an estimate and a fate, which nobody knew before their day was over.

    Who had seen the fate of the days under way would err by little more than half as much.
    """
    chance = Random(5)
    for group in range(60):
        begin = TODAY - timedelta(days=410 - 5 * group)
        due = begin + timedelta(days=100)
        done = due + timedelta(days=chance.choice([-1, 1]))
        for each in range(12):
            trackers.done(
                f"WEB-{group}-{each}",
                day=done,
                due_date=due,
                created_at=dawn(begin),
                points=float(group),
                type=f"Kind {group}",
            )
    trackers.item("WEB-9001", due_date=TODAY + timedelta(days=9), created_at=dawn(TODAY))

    delays = told(trackers)

    assert delays is not None
    assert delays.brier is not None
    assert delays.brier > 0.5


def test_what_nobody_knows_of_an_item_is_no_reason(trackers: Trackers) -> None:
    """Items without an estimate are late here."""
    for number in range(240):
        due = date(2025, 5, 20) + timedelta(days=number % 200)
        late = number % 2 == 0
        trackers.done(
            f"WEB-{number}",
            day=due + timedelta(days=3 if late else -3),
            due_date=due,
            created_at=dawn(due - timedelta(days=14)),
            points=None if late else 3.0,
        )
    due = TODAY + timedelta(days=9)
    trackers.item("WEB-9001", due_date=due, created_at=dawn(due - timedelta(days=14)))

    delays = told(trackers)

    assert delays is not None
    assert delays.method == "learned"
    assert delays.items[0].chance > 0.8
    assert "points" not in {reason.feature for reason in delays.items[0].reasons}
