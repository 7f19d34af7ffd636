"""What baselines planned: which items count as tasks, and which of them were missed."""

from datetime import date
from typing import Any

from slipwatch.aggregator.indexes.tasks import Tasks
from slipwatch.aggregator.portfolio.facts import RecordedBaseline
from slipwatch.aggregator.records import Outcome

RECORDED = date(2025, 12, 1)
FINISH = date(2025, 12, 19)
GA = {
    "id": "ga",
    "from": [{"source": "jira", "project": "PAY", "version": "2.0"}],
    "baseline": {"finish": FINISH},
}


def test_the_items_of_a_baseline_that_were_open_then_are_its_tasks(trackers: Any) -> None:
    trackers.version("2.0")
    items = {
        trackers.done("PAY-1", "v-2.0", day=RECORDED),
        trackers.done("PAY-2", "v-2.0", day=FINISH),
        trackers.done("PAY-3", "v-2.0", day=date(2025, 12, 20)),
        trackers.done("PAY-4", "v-2.0", day=FINISH, outcome=Outcome.DROPPED),
        trackers.item("PAY-5", "v-2.0"),
        ("jira", "nobody knows it any more"),
    }
    trackers.item("PAY-6", "v-2.0")
    trackers.baselines["p/x/ga"] = RecordedBaseline(
        recorded_on=RECORDED, start=RECORDED, duration=8, items=frozenset(items)
    )
    found = trackers.build({"id": "x", "milestones": [GA]}).portfolio.milestones["p/x/ga"]

    assert found.tasks == Tasks(
        finish=FINISH,
        planned=3,
        done=2,
        late=("jira:PAY-3",),
        open=("jira:PAY-5",),
    )


def test_a_past_day_knows_nothing_of_what_was_done_later(trackers: Any) -> None:
    trackers.version("2.0")
    later = trackers.done("PAY-1", "v-2.0", day=FINISH)
    trackers.baselines["p/x/ga"] = RecordedBaseline(
        recorded_on=RECORDED, start=RECORDED, duration=8, items=frozenset({later})
    )

    def tasks(day: date) -> Tasks | None:
        built = trackers.build({"id": "x", "milestones": [GA]}, as_of=day)
        found: Tasks | None = built.portfolio.milestones["p/x/ga"].tasks
        return found

    assert tasks(date(2025, 11, 28)) is None
    before = tasks(date(2025, 12, 18))
    assert before is not None
    assert (before.planned, before.done) == (1, 0)
    after = tasks(FINISH)
    assert after is not None
    assert (after.planned, after.done) == (1, 1)


def test_a_declared_milestone_is_one_task_itself(trackers: Any) -> None:
    review = {"id": "review", "duration": "5wd", "baseline": {"finish": FINISH}}
    late = {**review, "id": "late", "finished": date(2025, 12, 22)}
    milestones = trackers.build({"id": "x", "milestones": [review, late]}).portfolio.milestones

    assert milestones["p/x/review"].tasks == Tasks(finish=FINISH, planned=1, open=("p/x/review",))
    assert milestones["p/x/late"].tasks == Tasks(
        finish=FINISH, planned=1, done=1, late=("p/x/late",)
    )


def test_work_without_a_baseline_is_no_task(trackers: Any) -> None:
    trackers.version("2.0")
    trackers.item("PAY-1", "v-2.0")
    unrecorded = {**GA}
    nameless = {"id": "idea", "duration": "5wd"}
    milestones = trackers.build({"id": "x", "milestones": [unrecorded, nameless]}).portfolio

    assert [one.tasks for one in milestones.milestones.values()] == [None, None]
