"""Whatever a part of a portfolio is made of, it is made again when that is not as it was."""

from collections.abc import Callable, Generator
from contextlib import closing
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec import structs

from slipwatch.aggregator.portfolio.build import Built, build_portfolio
from slipwatch.aggregator.portfolio.kept import Kept
from slipwatch.aggregator.reading import Reader, read_facts
from slipwatch.aggregator.records import (
    Absence,
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    Link,
    LinkKind,
    Outcome,
    Presence,
)
from slipwatch.aggregator.store import open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

from .edits import NOW, TODAY, Tracker
from .test_rebuilding import told

SOURCE = "tracker"
DONE = {"category": Category.DONE, "outcome": Outcome.COMPLETED, "status": "Done"}
DAY = timedelta(days=1)
PAY = {"source": SOURCE, "project": "PAY"}
PROGRAM: dict[str, Any] = {
    "id": "p",
    "projects": [
        {
            "id": "pay",
            "scope": [PAY],
            "discover": ["versions"],
            "milestones": [{"id": "cards", "from": [{**PAY, "epic": "PAY-E"}]}],
        }
    ],
}


class World(Tracker):
    """A tracker with an item of each kind that milestones are told from."""

    def item(self, name: str, *versions: str, **given: Any) -> Item:
        """Add an item of the project, or say something else of it."""
        values: dict[str, Any] = {
            "id": name,
            "key": f"PAY-{name}",
            "scope": "PAY",
            "level": Level.WORK,
            "title": name,
            "url": "",
            "type": "Task",
            "status": "Open",
            "category": Category.TODO,
            "created_at": NOW - 90 * DAY,
            "updated_at": NOW - DAY,
            "points": 5.0,
            "milestones": tuple(f"PAY{version}" for version in versions),
        }
        item = self.items.get(name) or Item(**values)
        self.tell(items=(item := structs.replace(item, **given),))
        return item

    def note(self, item: str, field: ChangedField, old: str | None, new: str | None) -> None:
        """Let the changelog of an item, which is as it was, have one entry more."""
        number = len(self.changes.get(item, ()))
        change = Change(
            item=item, id=f"{number}", at=NOW - 5 * DAY, field=field, old=old, new=new, actor="dan"
        )
        self.tell(changes=(change,))

    def version(self, which: str, **given: Any) -> None:
        """Say something else of a version."""
        milestone = self.milestones[f"PAY{which}"]
        self.now += timedelta(minutes=1)
        self.tell(milestones=(structs.replace(milestone, **given),))

    def link(self, item: str, **given: Any) -> None:
        """Let an item state one link."""
        values: dict[str, Any] = {"kind": LinkKind.BLOCKS, "downstream": f"PAY-{item}"}
        self.links[item] = (Link(owner=item, **(values | given)),)
        self.tell(items=(self.items[item],))


@pytest.fixture
def world(sqlite_url: str) -> Generator[World]:
    """Give a store of a tracker in which there is something to tell of everything."""
    with closing(open_store(sqlite_url)) as store:
        world = World(SOURCE, (store,), 1)
        for number in range(10):
            at = NOW - (40 - number) * DAY
            world.item(f"a{number}", "1.0", done_at=at, started_at=at - 3 * DAY, **DONE)
        world.version("1.0", closed=True, closed_on=date(2026, 2, 10), due_date=date(2026, 2, 10))
        world.version("2.0", due_date=TODAY + 90 * DAY)
        world.item("E", level=Level.EPIC, due_date=TODAY + 30 * DAY)
        world.item("child", parent="PAY-E", category=Category.DOING, started_at=NOW - 9 * DAY)
        world.item("u", scope="WEB", key="WEB-u")
        world.item("w", "2.0")
        world.link("w", upstream="WEB-u")
        world.item("left")
        world.item("crossing")
        world.item("part", category=Category.DOING, started_at=NOW - 9 * DAY)
        world.item("twice", "2.0", parent="PAY-E")
        for number in range(10):
            world.item(f"b{number}", done_at=NOW - 5 * DAY, **DONE)
        store.add_baseline(
            "p/pay/2.0",
            recorded_at=NOW - 20 * DAY,
            recorded_on=TODAY - 20 * DAY,
            start=TODAY,
            finish=TODAY + 10 * DAY,
            duration=5,
            scope=2,
            items={(SOURCE, "w"), (SOURCE, "left")},
        )
        yield world


def reopened(world: World) -> None:
    """Tell that an item of a finished milestone had been done before."""
    world.note("a3", ChangedField.STATUS, "doing:Doing", "done:Done")


def cleaned_up(world: World) -> None:
    """Tell that one person closed ten items at once: that was no work."""
    for number in range(10):
        world.note(f"b{number}", ChangedField.STATUS, "todo:Open", "done:Done")


def approved(world: World) -> None:
    """Approve a baseline of the same items anew."""
    world.store.add_baseline(
        "p/pay/2.0",
        recorded_at=NOW,
        recorded_on=TODAY - DAY,
        start=TODAY,
        finish=TODAY + 20 * DAY,
        duration=9,
        scope=2,
        items={(SOURCE, "w"), (SOURCE, "left")},
        approver="dana",
        reason="agreed",
    )


EDITS: dict[str, Callable[[World], object]] = {
    "what an item waits for is done": lambda w: w.item("u", done_at=NOW, **DONE),
    "what an item waits for will never be done": lambda w: w.item(
        "u", category=Category.DONE, outcome=Outcome.DROPPED
    ),
    "what an item waits for is called otherwise": lambda w: w.item("u", key="WEB-v"),
    "a link is older than it was": lambda w: w.link("w", upstream="WEB-u", since=NOW - 30 * DAY),
    "a link leads nowhere": lambda w: w.link("w", upstream="GONE-1"),
    "nobody may see an item any more": lambda w: w.tell(
        absences=(Absence(item="w", presence=Presence.INVISIBLE, at=NOW),)
    ),
    "an item is gone": lambda w: w.tell(
        absences=(Absence(item="w", presence=Presence.GONE, at=NOW),)
    ),
    "an epic's date had been another": lambda w: w.note(
        "E", ChangedField.DUE, "2026-03-01", f"{TODAY + 30 * DAY}"
    ),
    "an item of a baseline had been estimated otherwise": lambda w: w.note(
        "left", ChangedField.POINTS, "1", "5"
    ),
    "an item of a baseline is estimated otherwise": lambda w: w.item("left", points=3.0),
    "an item of a baseline is done": lambda w: w.item("left", done_at=NOW, **DONE),
    "a baseline of the same items is approved": approved,
    "an item had been in a finished milestone": lambda w: w.note(
        "crossing", ChangedField.MILESTONE, "PAY1.0", None
    ),
    "an item of a finished milestone had been reopened": reopened,
    "items were closed by one person at once": cleaned_up,
    "a version's day is another": lambda w: w.version("2.0", due_date=TODAY + 3 * DAY),
    "a version is called otherwise": lambda w: w.version("2.0", name="2.0 again"),
    "a version is closed": lambda w: w.version("2.0", closed=True, closed_on=TODAY),
    "an item begins": lambda w: w.item("w", category=Category.DOING, started_at=NOW - DAY),
    "an item is in two milestones": lambda w: w.item("w", milestones=("PAY1.0", "PAY2.0")),
    "an item is part of an epic by a link alone": lambda w: w.link(
        "part", kind=LinkKind.PARENT, upstream="PAY-part", downstream="PAY-E"
    ),
    "an item is in none": lambda w: w.item("child", parent=None),
}


def build(world: World, reader: Reader | None, kept: Kept | None, **told_: Any) -> Built:
    """Build the portfolio of the world, of all changes that there are."""
    settings = SlipwatchSettings.model_validate({"programs": [PROGRAM | told_]})
    settings = settings.model_copy(update={"sources": {SOURCE: SourceSettings(kind="jira")}})
    store = world.store
    facts = read_facts(store, past=True) if reader is None else reader.read(store, past=True)
    return build_portfolio(settings, facts, TODAY, now=world.now, kept=kept)


@pytest.mark.parametrize("by", ["items", "points"])
@pytest.mark.parametrize("name", EDITS)
def test_a_portfolio_follows_its_facts(world: World, name: str, by: str) -> None:
    reader, kept = Reader(), Kept()
    projects = [PROGRAM["projects"][0] | {"forecast_by": by}]
    before = told(build(world, reader, kept, projects=projects))
    EDITS[name](world)

    again = told(build(world, reader, kept, projects=projects))

    assert again != before
    assert again == told(build(world, None, None, projects=projects))


def test_items_are_homeless_once_the_file_has_their_milestone_no_more(world: World) -> None:
    """The items are as they were, and so is all else that trackers say."""
    reader, kept = Reader(), Kept()
    before = build(world, reader, kept)
    bare = [{"id": "pay", "scope": [PAY], "discover": ["versions"]}]

    again = build(world, reader, kept, projects=bare)

    assert before.portfolio.projects[0].upkeep != again.portfolio.projects[0].upkeep
    assert told(again) == told(build(world, None, None, projects=bare))
