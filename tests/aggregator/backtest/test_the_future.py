"""Whatever an API can change after a day, a forecast as of that day is the same to the bit."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import pytest

from slipwatch.aggregator.backtest.replaying import Replay, replay
from slipwatch.aggregator.backtest.subjects import Subject
from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.records import Category, ChangedField, Outcome, Presence

from .conftest import noon
from .history import (
    DAY,
    EPIC,
    GOAL,
    NOW,
    OTHER,
    SHORT,
    SHORT_VERSION,
    SPARE,
    SPRINT,
    VERSION,
    History,
    history,
    hub,
    jira,
    settings,
)

Edit = Callable[[History, date], None]
LATER, EARLIER = DAY + timedelta(days=2), DAY - timedelta(days=6)
SUBJECTS = ("p/pay/m9", "p/pay/m8", "p/pay/gate", "p/pay/msprint-9", "p/api/m9")
HOW = Replay(checkpoints=(50,), trials=200)
PROMISE, LATE = date(2026, 4, 30), date(2026, 9, 30)


def told(facts: Facts, promise: date = PROMISE, by: str = "items") -> Mapping[str, object]:
    """Forecast what is under way as of the day; each lives until 100 days after it."""
    span = timedelta(days=100)
    found = [
        Subject(
            id=name,
            title=name,
            program="p",
            project=name.rpartition("/")[0],
            stream="",
            calendar="default",
            start=DAY - span,
            finish=DAY + span,
            items=20,
        )
        for name in SUBJECTS
    ]
    pairs = list(replay(settings(promise, by), facts, found, now=NOW, how=HOW))
    return {
        subject.id: (
            case.committed,
            case.status,
            {
                name: None if samples is None else samples.tobytes()
                for name, samples in case.forecasts.items()
            },
        )
        for subject, case in pairs
    }


def completed(made: History, day: date) -> None:
    for number in SPARE[:4]:
        made.begin(jira(number), day)
        made.end(jira(number), day)


def dropped(made: History, day: date) -> None:
    for number in SPARE[:4]:
        made.end(jira(number), day, Outcome.DROPPED)


def reopened(made: History, day: date) -> None:
    for number in range(1210, 1222):
        made.reopen(jira(number), day)


def reopened_and_done_again(made: History, day: date) -> None:
    for number in range(1000, 1010):
        made.reopen(jira(number), day)
        made.begin(jira(number), day)
        made.end(jira(number), day + timedelta(days=1))


def dropped_after_all(made: History, day: date) -> None:
    for number in range(1210, 1222):
        made.reopen(jira(number), day)
        made.end(jira(number), day, Outcome.DROPPED)


def closed_together(made: History, day: date) -> None:
    for number in SPARE:
        made.end(jira(number), day, who="eve")


def added(made: History, day: date) -> None:
    for number in range(9500, 9510):
        made.add(jira(number), day, "PAY", milestones=("9",))


def joined(made: History, day: date) -> None:
    for number in range(9100, 9110):
        made.move(jira(number), day, "9")


def left(made: History, day: date) -> None:
    for number in SPARE[:6]:
        made.move(jira(number), day, "8")


def deleted(made: History, day: date) -> None:
    for number in SPARE[:6]:
        made.absent(jira(number), day, Presence.GONE)


def moved_to_another_project(made: History, day: date) -> None:
    for number in range(1100, 1110):
        ref = jira(number)
        made.tell(ref, day, ChangedField.KEY, f"PAY-{number}", f"OPS-{number}")
        made.set(ref, day, key=f"OPS-{number}", scope="OPS", former_keys=(f"PAY-{number}",))


def transferred(made: History, day: date) -> None:
    """Let items go on under another id, with the time of creation that they had."""
    for number in range(1262, 1275):
        old, new = hub(number), hub(90_000 + number)
        made.add(new, made.items[old].created_at.date(), "acme/api", milestones=("9",))
        made.absent(old, day, Presence.MOVED, made.items[new].key)
        made.tell(new, day, ChangedField.KEY, None, made.items[new].key)


def copied(made: History, day: date) -> None:
    """Do the same where nothing tells of it but that the old ones are gone."""
    for number in range(1262, 1275):
        old, new = hub(number), hub(90_000 + number)
        made.add(new, made.items[old].created_at.date(), "acme/api", milestones=("9",))
        made.absent(old, day, Presence.MOVED, made.items[new].key)


def brought_from_elsewhere(made: History, day: date) -> None:
    """Let items arrive from a repository that nobody reads."""
    for number in range(90_000, 90_020):
        made.add(hub(number), date(2026, 1, 12), "acme/api", milestones=("9",))
        made.tell(hub(number), day, ChangedField.KEY, None, made.items[hub(number)].key)


def reestimated(made: History, day: date) -> None:
    for number in SPARE:
        made.edit(jira(number), day, ChangedField.POINTS, "points", 2.0, 40.0)


def reassigned(made: History, day: date) -> None:
    for number in range(1180, 1260):
        ref = jira(number)
        if ref in made.items:
            was = made.items[ref].assignee
            made.edit(ref, day, ChangedField.ASSIGNEE, "assignee", was, "bob")


def taken_from_its_epic(made: History, day: date) -> None:
    for number in range(9106, 9111):
        ref = jira(number)
        made.edit(ref, day, ChangedField.PARENT, "parent", made.items[ref].parent, None)


def epic_put_off(made: History, day: date) -> None:
    made.edit(EPIC, day, ChangedField.DUE, "due_date", date(2026, 5, 1), date(2026, 9, 1))


def linked(made: History, day: date) -> None:
    made.link("PAY-1286", "acme/api-1286", NOW.date(), day)


def linked_without_a_time(made: History, day: date) -> None:
    made.link("PAY-1286", "acme/api-1286", day, None)


def put_off(made: History, day: date) -> None:
    for ref in (VERSION, GOAL):
        when = date(2026, 8, 3)
        made.dates[ref].append(Observation(noon(day), when))
        made.alter(ref, due_date=when, closed_on=when)
        made.closed_at[ref] = noon(when)


def started_otherwise(made: History, day: date) -> None:
    for number in range(1, 6):
        ref = ("hub", f"{number}")
        start = date(2025, 3, 3)
        made.starts[ref].append(Observation(noon(day), start))
        made.alter(ref, start_date=start)
    start = date(2025, 8, 1)
    made.starts[GOAL].append(Observation(noon(day), start))
    made.alter(GOAL, start_date=start)


def given_another_day_of_release(made: History, day: date) -> None:
    """Type another day for releases that a sync saw, before they were seen."""
    for number in range(1, 6):
        ref = ("jira", f"{number}")
        was = made.milestones[ref].closed_on
        assert was is not None
        made.closed_at[ref] = noon(was)
        when = was - timedelta(days=30)
        made.dates[ref].append(Observation(noon(day), when))
        made.alter(ref, due_date=when, closed_on=when)


def sprint_made_longer(made: History, day: date) -> None:
    planned, longer = date(2026, 3, 27), date(2026, 4, 24)
    made.dates[SPRINT] = [
        Observation(noon(date(2026, 3, 9)), planned),
        Observation(noon(day), longer),
    ]
    made.alter(SPRINT, due_date=longer, closed_on=longer)


def closed_without_a_day(made: History, day: date) -> None:
    """Close them as GitLab does, that tells no day; a sync saw it."""
    for ref in (GOAL, SHORT):
        made.alter(ref, closed=True, closed_on=None)
        made.closed_at[ref] = noon(day)


def milestone_deleted(made: History, day: date) -> None:
    for ref in (OTHER, GOAL):
        made.alter(ref, gone_at=noon(day))


def milestone_renamed(made: History, _: date) -> None:
    made.alter(VERSION, name="Big bang", former_names=("m9",))


def milestones_made(made: History, day: date) -> None:
    for number in range(10):
        ref = ("jira", f"0{number}")
        made.milestone(ref, day + timedelta(days=60), day, name="m9" if number else "m8")
        made.move(jira(SPARE[number]), day, *made.items[jira(SPARE[number])].milestones, ref[1])


def archived(made: History, _: date) -> None:
    for ref in (VERSION, OTHER, ("jira", "3")):
        made.alter(ref, archived=True)


def promise_moved(made: History, day: date) -> None:
    made.promises["p/pay/bank"].append(Observation(noon(day), LATE))


def sprint_first_seen(made: History, day: date) -> None:
    """See a sprint for the first time, and that it was made longer."""
    planned, longer = date(2026, 3, 27), date(2026, 4, 24)
    seen = (noon(day), planned), (noon(day + timedelta(days=1)), longer)
    made.dates[SPRINT] = [Observation(*each) for each in seen]
    made.alter(SPRINT, due_date=longer, closed_on=longer)


def closed_without_a_trace(made: History, _: date) -> None:
    """Close a milestone that no sync ever saw open, and that no day tells of."""
    made.alter(SHORT, closed=True, closed_on=None)


def released_by_another_day(made: History, _: date) -> None:
    """Type a day for a release on which most of its work was open."""
    made.alter(SHORT_VERSION, closed_on=date(2026, 3, 9))


def syncs_failed(made: History, _: date) -> None:
    """Let no sync of all succeed since before the day; some of each was read all the same."""
    made.data_time = noon(DAY - timedelta(days=10))


def commitment_moved(made: History, day: date) -> None:
    made.commitments["p/pay/gate"].append(Observation(noon(day), LATE))


def talked_about(made: History, day: date) -> None:
    """Touch items as a comment does."""
    for ref in made.items:
        made.set(ref, day)


def begun_late(made: History, day: date) -> None:
    """Begin items in a table, that has no history."""
    for number in range(9208, 9212):
        made.changes.pop(jira(number))
        made.set(jira(number), category=Category.DOING, outcome=None, done_at=None)
        made.set(jira(number), started_at=noon(day))


def blocked(made: History, day: date) -> None:
    for number in SPARE:
        made.set(jira(number), day, blocked=True, blocked_since=noon(day))


TELLING: Mapping[str, Edit] = {
    edit.__name__.replace("_", " "): edit
    for edit in (
        completed, dropped, reopened, dropped_after_all, closed_together, added, joined, left,
        deleted, moved_to_another_project, brought_from_elsewhere, reassigned,
        taken_from_its_epic, epic_put_off, linked, linked_without_a_time, put_off,
        started_otherwise, given_another_day_of_release, sprint_made_longer,
        milestone_deleted, promise_moved, commitment_moved,
    )
}  # fmt: skip
"""What a forecast knows of when it was before its day."""
SILENT: Mapping[str, Edit] = {
    edit.__name__.replace("_", " "): edit
    for edit in (
        reopened_and_done_again, transferred, copied, milestone_renamed, milestones_made,
        archived, sprint_first_seen, closed_without_a_day, closed_without_a_trace,
        released_by_another_day, syncs_failed, talked_about, begun_late, blocked,
    )
}  # fmt: skip
"""What leaves things as they are, or tells nothing by itself."""


@pytest.fixture(scope="module", params=["items", "points"])
def by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def before(by: str) -> Mapping[str, object]:
    return told(history().facts(), by=by)


@pytest.mark.parametrize("edit", [*TELLING.values(), *SILENT.values()], ids=[*TELLING, *SILENT])
def test_what_changes_later_moves_no_forecast(
    before: Mapping[str, object], by: str, edit: Edit
) -> None:
    made = history()

    edit(made, LATER)

    assert told(made.facts(), by=by) == before


@pytest.mark.parametrize("edit", TELLING.values(), ids=TELLING)
def test_what_changed_before_does(before: Mapping[str, object], by: str, edit: Edit) -> None:
    made = history()

    edit(made, EARLIER)

    assert told(made.facts(), by=by) != before


def test_estimates_count_as_they_were() -> None:
    now, later, earlier = (history() for _ in range(3))

    reestimated(later, LATER)
    reestimated(earlier, EARLIER)

    first, second, third = (told(made.facts(), by="points") for made in (now, later, earlier))
    assert first == second != third


def test_a_promise_that_was_not_seen_yet_is_the_first_one() -> None:
    """And as fresh as the file that it stands in."""
    kept, moved = history(), history()

    for made in (kept, moved):
        made.promises["p/pay/bank"] = [Observation(noon(LATER), PROMISE)]
    promise_moved(moved, LATER + timedelta(days=1))

    assert told(kept.facts()) == told(moved.facts(), LATE) != told(history().facts())
