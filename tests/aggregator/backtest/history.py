"""A program's whole history, made up, and what an API can still change of it after a day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from msgspec import structs

from slipwatch.aggregator.portfolio.facts import Facts, Ref, SeenLink
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.records import (
    Absence,
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    Link,
    LinkKind,
    MilestoneKind,
    Outcome,
    Presence,
    TrackerMilestone,
)
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

from .conftest import noon, working_days

BEGAN = date(2025, 6, 2)
DAY = date(2026, 3, 18)
"""As of which is forecast."""
NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass
class History:
    """A store's facts, that can be added to."""

    items: dict[Ref, Item] = field(default_factory=dict[Ref, Item])
    changes: dict[Ref, list[Change]] = field(default_factory=dict[Ref, list[Change]])
    milestones: dict[Ref, TrackerMilestone] = field(default_factory=dict[Ref, TrackerMilestone])
    dates: dict[Ref, list[Observation]] = field(default_factory=dict[Ref, list[Observation]])
    starts: dict[Ref, list[Observation]] = field(default_factory=dict[Ref, list[Observation]])
    closed_at: dict[Ref, datetime] = field(default_factory=dict[Ref, datetime])
    promises: dict[str, list[Observation]] = field(default_factory=dict[str, list[Observation]])
    commitments: dict[str, list[Observation]] = field(default_factory=dict[str, list[Observation]])
    absences: dict[Ref, Absence] = field(default_factory=dict[Ref, Absence])
    links: list[SeenLink] = field(default_factory=list[SeenLink])
    slugs: dict[tuple[str, str, str], str] = field(default_factory=dict[tuple[str, str, str], str])
    data_time: datetime = NOW

    def facts(self) -> Facts:
        """Give them as a store does."""
        return Facts(
            items=dict(sorted(self.items.items())),
            changes={ref: sorted(told, key=lambda c: c.at) for ref, told in self.changes.items()},
            tracker_milestones=dict(sorted(self.milestones.items())),
            milestone_dates=self.dates,
            milestone_starts=self.starts,
            closed_at=self.closed_at,
            promises=self.promises,
            commitments=self.commitments,
            absences=self.absences,
            links=self.links,
            slugs=self.slugs,
            item_dates={
                ref: [
                    Observation(self.items[ref].created_at, _day(moves[0].old)),
                    *(Observation(move.at, _day(move.new)) for move in moves),
                ]
                for ref, told in self.changes.items()
                for moves in [[c for c in told if c.field is ChangedField.DUE]]
                if moves and ref in self.items
            },
            data_time=self.data_time,
        )

    def add(self, ref: Ref, created: date, scope: str, **given: Any) -> None:
        """Add an item that nobody has begun."""
        self.items[ref] = Item(
            id=ref[1],
            key=given.pop("key", f"{scope}-{ref[1]}"),
            scope=scope,
            level=given.pop("level", Level.WORK),
            title="",
            url="",
            type="Task",
            status="Open",
            category=Category.TODO,
            created_at=noon(created),
            updated_at=noon(created),
            **given,
        )

    def set(self, ref: Ref, day: date | None = None, **given: Any) -> None:
        """Change what an item is today; on a day that touched it."""
        item = self.items[ref]
        touched = item.updated_at if day is None else max(noon(day), item.updated_at)
        self.items[ref] = structs.replace(item, **{"updated_at": touched, **given})

    def tell(
        self,
        ref: Ref,
        day: date,
        what: ChangedField,
        old: str | None,
        new: str | None,
        who: str = "",
    ) -> None:
        """Add a change to an item's log."""
        told = self.changes.setdefault(ref, [])
        actor = who or None
        name = f"{len(told)}"
        told.append(
            Change(item=ref[1], id=name, at=noon(day), field=what, old=old, new=new, actor=actor)
        )

    def begin(self, ref: Ref, day: date) -> None:
        """Begin an item."""
        self.tell(ref, day, ChangedField.STATUS, "todo:Open", "doing:Doing")
        started = self.items[ref].started_at or noon(day)
        self.set(ref, day, category=Category.DOING, status="Doing", started_at=started)

    def end(self, ref: Ref, day: date, outcome: Outcome = Outcome.COMPLETED, who: str = "") -> None:
        """Complete or drop an item."""
        was = "doing:Doing" if self.items[ref].category is Category.DOING else "todo:Open"
        self.tell(ref, day, ChangedField.STATUS, was, f"{outcome.value}:Done", who)
        self.set(
            ref, day, category=Category.DONE, status="Done", outcome=outcome, done_at=noon(day)
        )

    def reopen(self, ref: Ref, day: date) -> None:
        """Open an item again."""
        was = f"{(self.items[ref].outcome or Outcome.COMPLETED).value}:Done"
        self.tell(ref, day, ChangedField.STATUS, was, "todo:Open")
        self.set(ref, day, category=Category.TODO, status="Open", outcome=None, done_at=None)

    def move(self, ref: Ref, day: date, *milestones: str) -> None:
        """Put an item into other milestones."""
        before = self.items[ref].milestones
        for old in set(before) - set(milestones):
            self.tell(ref, day, ChangedField.MILESTONE, old, None)
        for new in set(milestones) - set(before):
            self.tell(ref, day, ChangedField.MILESTONE, None, new)
        self.set(ref, day, milestones=milestones)

    def edit(self, ref: Ref, day: date, what: ChangedField, name: str, old: Any, new: Any) -> None:
        """Change a field that has a history."""
        before, after = (None if each is None else f"{each}" for each in (old, new))
        self.tell(ref, day, what, before, after)
        self.set(ref, day, **{name: new})

    def milestone(self, ref: Ref, due: date | None, seen: date | None, **given: Any) -> None:
        """Add a milestone of a tracker, whose date was seen on a day."""
        values: dict[str, Any] = {
            "id": ref[1],
            "scope": "PAY",
            "kind": MilestoneKind.VERSION,
            "name": f"m{ref[1]}",
            "due_date": due,
        }
        self.milestones[ref] = TrackerMilestone(**values | given)
        self.slugs["p/api" if ref[0] == "hub" else "p/pay", *ref] = f"m{ref[1].replace(':', '-')}"
        if seen is not None:
            self.dates[ref] = [Observation(noon(seen), due)]

    def alter(self, ref: Ref, **given: Any) -> None:
        """Change what a milestone is today."""
        self.milestones[ref] = structs.replace(self.milestones[ref], **given)

    def absent(self, ref: Ref, day: date, presence: Presence, moved_to: str | None = None) -> None:
        """Let an item leave."""
        self.absences[ref] = Absence(
            item=ref[1], presence=presence, at=noon(day), moved_to=moved_to
        )

    def link(self, upstream: str, downstream: str, day: date, since: date | None) -> None:
        """Let an item wait for another, as was seen on a day."""
        owner = next(ref for ref, item in self.items.items() if item.key == downstream)
        link = Link(
            owner=owner[1],
            kind=LinkKind.BLOCKS,
            upstream=upstream,
            downstream=downstream,
            since=None if since is None else noon(since),
        )
        self.links.append(SeenLink(source=owner[0], link=link, seen_at=noon(day)))


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def jira(number: int) -> Ref:
    """Name an item of the one tracker."""
    return "jira", f"{number}"


def hub(number: int) -> Ref:
    """Name an item of the other."""
    return "hub", f"{number}"


EPIC = jira(9000)
VERSION, OTHER, SPRINT = ("jira", "9"), ("jira", "8"), ("jira", "sprint:9")
GOAL = ("hub", "9")
SHORT, SHORT_VERSION = ("hub", "7"), ("jira", "7")
"""Too short to be put to the test, and under way on the day."""
SPARE = range(9400, 9412)
"""Items of version 9 that nobody ever touches."""


def history() -> History:
    """Tell of two teams that finish an item a day; five milestones of each are over.

    Version 9, the goal 9 of the other team, an epic and a sprint are under way on the day; so is
    version 8, which is short of items.
    """
    made = History()
    _team(made, "jira", "PAY", 0)
    _team(made, "hub", "acme/api", 0)
    made.milestone(
        SPRINT,
        date(2026, 3, 27),
        None,
        kind=MilestoneKind.SPRINT,
        name="S9",
        start_date=date(2026, 3, 16),
        closed=True,
        closed_on=date(2026, 3, 27),
    )
    made.milestone(OTHER, None, None, closed=True, closed_on=date(2026, 3, 13), name="m8")
    made.add(EPIC, BEGAN, "PAY", level=Level.EPIC, due_date=date(2026, 5, 1))
    days = working_days(date(2026, 2, 2), date(2026, 6, 30))
    for number in range(12):
        ref = jira(9100 + number)
        made.add(ref, date(2026, 1, 12), "PAY", parent=made.items[EPIC].key)
        made.begin(ref, days[7 * number])
        made.end(ref, days[7 * number + 3])
        ref = jira(9200 + number)
        made.add(ref, date(2026, 3, 9), "PAY", milestones=("8",) if number < 6 else ("sprint:9",))
        made.begin(ref, days[28 + number])
        made.end(ref, days[32 + number])
    made.end(EPIC, date(2026, 6, 30))
    made.add(jira(9300), date(2026, 1, 12), "PAY", milestones=("9",))
    made.end(jira(9300), date(2026, 2, 20), Outcome.DROPPED)
    for ref in (SHORT, SHORT_VERSION):
        kind = MilestoneKind.VERSION if ref is SHORT_VERSION else MilestoneKind.MILESTONE
        scope = "PAY" if ref is SHORT_VERSION else "acme/api"
        made.milestone(
            ref, None, None, kind=kind, scope=scope, closed=True, closed_on=date(2026, 3, 20)
        )
        for number, day in enumerate(working_days(date(2026, 3, 4), date(2026, 3, 20))):
            made.add((ref[0], f"{9600 + number}"), date(2026, 3, 2), scope, milestones=("7",))
            made.end((ref[0], f"{9600 + number}"), day)
    for number in SPARE:
        made.add(jira(number), date(2026, 1, 12), "PAY", milestones=("9",), points=2.0)
    made.link("PAY-1285", "acme/api-1285", BEGAN, date(2026, 1, 20))
    for key, when in (("p/pay/bank", date(2026, 4, 30)), ("p/pay/mint", date(2026, 5, 29))):
        made.promises[key] = [Observation(noon(date(2026, 1, 5)), when)]
    made.commitments["p/pay/gate"] = [Observation(noon(date(2026, 1, 5)), date(2026, 5, 15))]
    return made


def _team(made: History, source: str, scope: str, first: int) -> None:
    kind = MilestoneKind.VERSION if source == "jira" else MilestoneKind.MILESTONE
    days = working_days(BEGAN, date(2026, 6, 30))
    per = 32
    for at in range(6):
        name = f"{at + 1}" if at < 5 else "9"
        own = days[at * per : (at + 1) * per] if at < 5 else days[5 * per : 5 * per + 90]
        due = own[-1] - timedelta(days=3 * (at % 4))
        made.milestone(
            (source, name),
            due,
            own[0] - timedelta(days=20),
            kind=kind,
            scope=scope,
            closed=True,
            closed_on=own[-1],
            start_date=own[0],
        )
        made.starts[source, name] = [Observation(noon(own[0] - timedelta(days=20)), own[0])]
        for number, day in enumerate(own):
            ref = (source, f"{1000 + 40 * at + number}")
            made.add(
                ref,
                own[0] - timedelta(days=20 - number % 9),
                scope,
                milestones=(name,),
                points=float(1 + number % 3),
                assignee="ana" if number % 3 else "bob",
            )
            made.begin(ref, day - timedelta(days=1 + number % 5))
            made.end(ref, day)


def settings(promise: date, by: str) -> SlipwatchSettings:
    """Watch both teams, an epic of the first, and two suppliers."""
    leave = [{"from": "2026-04-06", "to": "2026-04-17"}]
    return SlipwatchSettings.model_validate(
        {
            "sources": {
                "jira": SourceSettings(kind="jira"),
                "hub": SourceSettings(kind="github"),
            },
            "people": [{"id": "ana", "accounts": {"jira": "ana", "hub": "ana"}, "leave": leave}],
            "programs": [
                {
                    "id": "p",
                    "projects": [
                        {
                            "id": "pay",
                            "forecast_by": by,
                            "scope": [{"source": "jira", "project": "PAY"}],
                            "discover": ["versions", "sprints"],
                            "milestones": [
                                {
                                    "id": "gate",
                                    "from": [
                                        {"source": "jira", "project": "PAY", "epic": "PAY-9000"}
                                    ],
                                    "commitment": "2026-05-15",
                                    "depends_on": [{"milestone": "bank"}],
                                },
                                {"id": "bank", "external": True, "promise": f"{promise}"},
                                {"id": "mint", "external": True, "promise": "2026-05-29"},
                            ],
                        },
                        {
                            "id": "api",
                            "forecast_by": by,
                            "scope": [{"source": "hub", "repository": "acme/api"}],
                            "discover": ["milestones"],
                        },
                    ],
                }
            ],
        }
    )
