"""A team's past, made up: one item a working day, and a version that took two months."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from msgspec import structs

from slipwatch.aggregator.portfolio.facts import Facts, Ref
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.records import (
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

TODAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)
VERSION: Ref = ("jira", "1")


@dataclass(frozen=True)
class Past:
    """A store's facts, one step at a time."""

    facts: Facts = field(default_factory=lambda: Facts(data_time=NOW))

    def item(self, number: int, created: date, done: date | None, *versions: str) -> "Past":
        """Add an item that was made one day and, maybe, done on another."""
        item = Item(
            id=f"{number}",
            key=f"PAY-{number}",
            scope="PAY",
            level=Level.WORK,
            title="",
            url="",
            type="Task",
            status="Open" if done is None else "Done",
            category=Category.TODO if done is None else Category.DONE,
            outcome=None if done is None else Outcome.COMPLETED,
            created_at=noon(created),
            updated_at=noon(done or created),
            done_at=None if done is None else noon(done),
            milestones=versions,
        )
        return self._with(items={**self.facts.items, ("jira", item.id): item})

    def version(self, due: date | None = None, *, id_: str = "1", **given: Any) -> "Past":
        """Add a version that is released, or whatever is given."""
        values: dict[str, Any] = {
            "id": id_,
            "scope": "PAY",
            "kind": MilestoneKind.VERSION,
            "name": f"v{id_}",
            "due_date": due,
            "closed": True,
            "closed_on": due,
        }
        milestone = TrackerMilestone(**values | given)
        known = {**self.facts.tracker_milestones, ("jira", id_): milestone}
        return self._with(tracker_milestones=known)

    def seen(self, *dates: tuple[date, date]) -> "Past":
        """Let the ledger hold what the version's date was seen to be, and when."""
        observed = [Observation(noon(at), due) for at, due in dates]
        return self._with(milestone_dates={**self.facts.milestone_dates, VERSION: observed})

    def moved(self, number: int, day: date, old: str | None, new: str | None) -> "Past":
        """Let an item join or leave a version."""
        change = Change(
            item=f"{number}",
            id=f"{day}",
            at=noon(day),
            field=ChangedField.MILESTONE,
            old=old,
            new=new,
        )
        ref = ("jira", f"{number}")
        before = self.facts.changes.get(ref, ())
        return self._with(changes={**self.facts.changes, ref: [*before, change]})

    def estimated(self, number: int, points: float, *changed: tuple[date, float]) -> "Past":
        """Give an item an estimate, and others on later days."""
        ref = ("jira", f"{number}")
        values = [points, *(value for _, value in changed)]
        changes = [
            Change(
                item=f"{number}",
                id=f"points-{day}",
                at=noon(day),
                field=ChangedField.POINTS,
                old=f"{old:g}",
                new=f"{new:g}",
            )
            for (day, new), old in zip(changed, values, strict=False)
        ]
        item = structs.replace(self.facts.items[ref], points=values[-1])
        before = self.facts.changes.get(ref, ())
        return self._with(
            items={**self.facts.items, ref: item},
            changes={**self.facts.changes, ref: [*before, *changes]},
        )

    def _with(self, **changed: Any) -> "Past":
        return Past(replace(self.facts, **changed))


def noon(day: date) -> datetime:
    """Give the middle of a day."""
    return datetime.combine(day, time(12), tzinfo=UTC)


@pytest.fixture
def settings() -> SlipwatchSettings:
    """Watch one project, all of whose versions are milestones."""
    return SlipwatchSettings.model_validate(
        {
            "sources": {"jira": SourceSettings(kind="jira")},
            "programs": [
                {
                    "id": "p",
                    "projects": [
                        {
                            "id": "pay",
                            "scope": [{"source": "jira", "project": "PAY"}],
                            "discover": ["versions"],
                        }
                    ],
                }
            ],
        }
    )


@pytest.fixture
def past() -> Past:
    """Let a team do one item a working day from October to April; 40 are of version 1.

    Those were made in December and done from 5 January to 27 February 2026, its release.
    """
    made = Past().version(date(2026, 2, 27))
    days = working_days(date(2025, 10, 6), date(2026, 4, 3))
    for number, day in enumerate(days):
        belongs = date(2026, 1, 5) <= day <= date(2026, 2, 27)
        made = made.item(
            number,
            date(2025, 12, 1) if belongs else day - timedelta(days=3),
            day,
            *(["1"] if belongs else []),
        )
    return made


Days = Callable[[date, date], list[date]]


def working_days(first: date, last: date) -> list[date]:
    """List the days from Monday to Friday of a span."""
    span = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in span if day.isoweekday() <= 5]
