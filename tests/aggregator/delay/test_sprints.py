"""How much of a sprint under way will be left undone."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from slipwatch.aggregator.delay.estimate import Dated, estimate
from slipwatch.aggregator.delay.learning import Learner
from slipwatch.aggregator.delay.sprints import LOOKS, read_sprint_prior
from slipwatch.aggregator.delay.views import SprintShortfall
from slipwatch.aggregator.portfolio.build import end_of_day
from slipwatch.aggregator.portfolio.facts import Ref
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.records import Change, ChangedField, Level, MilestoneKind, Outcome

from ..portfolio.conftest import TODAY, Trackers

BERLIN = ZoneInfo("Europe/Berlin")
TEN_DAYS = timedelta(days=10)
BORN = datetime(2025, 3, 3, 9, tzinfo=UTC)


@pytest.fixture
def trackers() -> Trackers:
    """Give two empty trackers."""
    return Trackers()


def test_without_a_past_what_is_usual_elsewhere_is_left(trackers: Trackers) -> None:
    sprint(trackers, "now", TODAY)
    for number in range(4):
        trackers.item(f"WEB-{number}", "v-now", points=5, created_at=BORN)

    (told,) = tell(trackers)

    usual = first_day()
    assert (told.past, told.open, told.points) == (0, 4, 20)
    assert told.expected == pytest.approx(4 * usual, abs=0.01)
    assert told.expected_points == pytest.approx(20 * usual, abs=0.01)


def test_a_team_that_leaves_nothing_undone_is_believed_after_some_sprints(
    trackers: Trackers,
) -> None:
    past(trackers, "WEB", sprints=12, done=4, left=0)
    past(trackers, "PAY", sprints=12, done=1, left=3)
    for team in ("WEB", "PAY"):
        sprint(trackers, f"{team}-now", TODAY, team)
        trackers.item(f"{team}-1", f"v-{team}-now", created_at=BORN)

    told = {each.sprint: each for each in tell(trackers)}

    assert [each.past for each in told.values()] == [12, 12]
    assert told["jira:v-WEB-now"].expected < 0.05
    assert 0.7 < told["jira:v-PAY-now"].expected < 0.8


def test_what_is_open_later_in_a_sprint_is_likelier_to_be_left(trackers: Trackers) -> None:
    shares = []
    for day in range(10):
        trackers = Trackers()
        sprint(trackers, "now", TODAY - timedelta(days=day))
        trackers.item("WEB-1", "v-now", created_at=BORN)
        shares += [each.expected for each in tell(trackers)]

    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(first_day(), abs=0.01)
    assert read_sprint_prior().left[-1] < shares[-1] < 1


@pytest.mark.parametrize(
    "given",
    [
        {"start_date": TODAY + timedelta(days=1)},
        {"due_date": TODAY - timedelta(days=1)},
        {"start_date": None},
        {"closed": True},
        {"archived": True},
        {"gone_at": BORN},
    ],
    ids=["not begun", "over", "of no known beginning", "closed", "archived", "gone"],
)
def test_only_sprints_under_way_are_told_of(
    trackers: Trackers, given: dict[str, date | bool | datetime | None]
) -> None:
    known = {"start_date": TODAY - TEN_DAYS, "due_date": TODAY + TEN_DAYS} | given
    trackers.milestone("now", "WEB", "jira", MilestoneKind.SPRINT, **known)
    trackers.item("WEB-1", "v-now", created_at=BORN, due_date=TODAY)

    assert tell(trackers) == ()


def test_open_work_counts_and_neither_what_is_done_nor_parts_of_it(trackers: Trackers) -> None:
    sprint(trackers, "now", TODAY)
    trackers.item("WEB-1", "v-now", created_at=BORN)
    trackers.item("WEB-2", "v-now", created_at=BORN, level=Level.SUBTASK)
    trackers.done("WEB-3", "v-now", day=TODAY, created_at=BORN)

    assert [(each.open, each.points, each.expected_points) for each in tell(trackers)] == [
        (1, None, None)
    ]


def test_a_sprint_of_another_company_is_not_told_of(trackers: Trackers) -> None:
    sprint(trackers, "now", TODAY)
    trackers.item("WEB-1", "v-now", created_at=BORN)
    other = trackers.item("OPS-1", created_at=BORN, due_date=TODAY)

    assert tell(trackers, members=frozenset({other})) == ()


def test_points_weigh_more_than_items_where_a_team_estimates(trackers: Trackers) -> None:
    past(trackers, "WEB", sprints=12, done=1, left=1, points=(9, 1))
    sprint(trackers, "now", TODAY)
    trackers.item("WEB-1", "v-now", created_at=BORN, points=10)

    (told,) = tell(trackers)

    assert told.expected_points == pytest.approx(1, abs=0.1)


def test_what_was_taken_out_before_a_look_is_no_part_of_it_and_after_it_was_left(
    trackers: Trackers,
) -> None:
    """Two teams plan two items; one takes one out on the second day, the other on the ninth."""
    for team, day in (("WEB", 1), ("PAY", 8)):
        past(trackers, team, sprints=12, done=1, left=0)
        for number, (name, begin) in enumerate(begun(trackers, team)):
            ref = trackers.item(f"{team}-9{number}", created_at=BORN)
            trackers.changes[ref] = [
                moved(ref, begin - timedelta(days=1), None, name),
                moved(ref, begin + timedelta(days=day, hours=12), name, None),
            ]
        sprint(trackers, f"{team}-now", TODAY - timedelta(days=5), team)
        trackers.item(f"{team}-1", f"v-{team}-now", created_at=BORN)

    told = {each.sprint: each.expected for each in tell(trackers)}

    assert told["jira:v-WEB-now"] < 0.1
    assert 0.45 < told["jira:v-PAY-now"] < 0.6


def test_dropped_items_were_neither_done_nor_left(trackers: Trackers) -> None:
    past(trackers, "WEB", sprints=12, done=1, left=0)
    for number, (name, begin) in enumerate(begun(trackers, "WEB")):
        trackers.done(
            f"WEB-9{number}",
            name,
            day=(begin + timedelta(days=9)).date(),
            outcome=Outcome.DROPPED,
            created_at=BORN,
        )
    sprint(trackers, "now", TODAY)
    trackers.item("WEB-1", "v-now", created_at=BORN)

    assert [each.expected < 0.1 for each in tell(trackers)] == [True]


def test_a_tracker_that_forgets_the_sprints_an_item_was_in_teaches_nothing(
    trackers: Trackers,
) -> None:
    """What was left is in the newest sprint only, so the finished ones look complete."""
    past(trackers, "WEB", sprints=12, done=4, left=0, traced=False)
    sprint(trackers, "now", TODAY)
    trackers.item("WEB-1", "v-now", created_at=BORN)

    (told,) = tell(trackers)

    assert told.past == 0
    assert told.expected == pytest.approx(first_day(), abs=0.01)


def test_a_last_day_that_was_moved_while_a_sprint_ran_counts_as_it_was(
    trackers: Trackers,
) -> None:
    """All is done, but after the day that was said first."""
    past(trackers, "WEB", sprints=12, done=0, left=1)
    for name, begin in begun(trackers, "WEB"):
        found = trackers.milestones["jira", name]
        assert found.due_date is not None
        trackers.milestones["jira", name] = type(found)(
            id=found.id,
            scope=found.scope,
            kind=found.kind,
            name=found.name,
            start_date=found.start_date,
            due_date=found.due_date + timedelta(days=3),
        )
        trackers.milestone_dates["jira", name] = [
            Observation(begin - timedelta(days=2), found.due_date),
            Observation(begin + timedelta(days=8), found.due_date + timedelta(days=3)),
        ]
    sprint(trackers, "now", TODAY)
    trackers.item("WEB-1", "v-now", created_at=BORN)

    assert [each.expected > 0.9 for each in tell(trackers)] == [True]


def test_what_happens_later_changes_nothing_that_was_told(trackers: Trackers) -> None:
    past(trackers, "WEB", sprints=12, done=2, left=1)
    sprint(trackers, "now", TODAY)
    trackers.item("WEB-1", "v-now", created_at=BORN)
    before = tell(trackers)

    trackers.data_time = datetime.combine(TODAY + timedelta(days=30), time(), tzinfo=UTC)
    trackers.done("WEB-1", "v-now", day=TODAY + timedelta(days=3), created_at=BORN)
    past(trackers, "WEB", sprints=1, done=0, left=9, until=TODAY + timedelta(days=20), name="new")

    assert tell(trackers) == before


def test_the_shipped_shares_say_where_they_are_from() -> None:
    prior = read_sprint_prior()

    assert "Choetkiertikul" in prior.provenance
    assert len(prior.left) == len(LOOKS)
    assert 0 < prior.left[0] < prior.left[-1] < 1


def tell(
    trackers: Trackers, *, members: frozenset[Ref] | None = None
) -> tuple[SprintShortfall, ...]:
    """Tell of the sprints that hold items of the one milestone there is."""
    refs = frozenset(trackers.items) if members is None else members
    dated = Dated(
        day=TODAY, zone=BERLIN, moment=end_of_day(TODAY, BERLIN), members={"p/web/ga": refs}
    )
    delays = estimate(trackers.facts(), dated, Learner(), seed=0)
    return () if delays is None else delays.sprints


def first_day() -> float:
    """Return the share that is usual elsewhere in the middle of the first of ten days."""
    begin, third, *_ = read_sprint_prior().left
    return begin + (third - begin) * 0.05 / 0.3


def sprint(trackers: Trackers, name: str, begin: date, team: str = "WEB") -> Ref:
    """Add a sprint of ten days."""
    last = begin + TEN_DAYS - timedelta(days=1)
    return trackers.milestone(
        name, team, "jira", MilestoneKind.SPRINT, start_date=begin, due_date=last
    )


def past(
    trackers: Trackers,
    team: str,
    *,
    sprints: int,
    done: int,
    left: int,
    points: tuple[float | None, float | None] = (None, None),
    traced: bool = True,
    until: date = TODAY - timedelta(days=1),
    name: str = "old",
) -> None:
    """Add finished sprints in which so many items were done at the end, and so many a day later."""
    for number in range(sprints):
        begin = until - (number + 1) * TEN_DAYS
        in_it = sprint(trackers, f"{team}-{name}-{number}", begin, team)[1]
        for each in range(done + left):
            late = each >= done
            trackers.done(
                f"{team}-{name}-{number}-{each}",
                in_it,
                day=begin + timedelta(days=10 if late else 9),
                created_at=BORN,
                points=points[late],
            )
    if traced:
        sprint(trackers, f"{team}-first", date(2025, 3, 3), team)
        sprint(trackers, f"{team}-second", date(2025, 3, 13), team)
        both = (f"v-{team}-first", f"v-{team}-second")
        trackers.done(f"{team}-both", *both, day=date(2025, 3, 3), created_at=BORN)


def begun(trackers: Trackers, team: str) -> list[tuple[str, datetime]]:
    """Return the finished sprints with the moment at which each began."""
    return [
        (found.id, datetime.combine(found.start_date, time(), tzinfo=BERLIN))
        for found in trackers.milestones.values()
        if found.scope == team and "-old-" in found.id and found.start_date is not None
    ]


def moved(ref: Ref, at: datetime, old: str | None, new: str | None) -> Change:
    return Change(item=ref[1], id=f"{at}", at=at, field=ChangedField.MILESTONE, old=old, new=new)
