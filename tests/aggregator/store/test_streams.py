"""However a stream of facts is cut, repeated and disturbed, the store ends up the same."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from slipwatch.aggregator.records import (
    Batch,
    Category,
    Change,
    ChangedField,
    Item,
    Level,
    Link,
    LinkKind,
    MilestoneKind,
    TrackerMilestone,
)
from slipwatch.aggregator.store import Store

START = datetime(2026, 1, 5, tzinfo=UTC)
names = count()


@dataclass(frozen=True)
class Version:
    """What a tracker says about one item at one time."""

    item: Item
    links: tuple[Link, ...]


Fact = Version | TrackerMilestone | Change


@st.composite
def streams(draw: st.DrawFn) -> list[Fact]:
    """Tell a story in the order in which it happened."""
    story: list[Fact] = []
    for minute in range(draw(st.integers(1, 12))):
        at = START + timedelta(minutes=minute)
        number = str(draw(st.integers(1, 3)))
        match draw(st.sampled_from(["item", "item", "milestone", "change"])):
            case "item":
                story.append(_version(draw, number, at))
            case "milestone":
                story.append(
                    TrackerMilestone(
                        id=number,
                        scope="P",
                        kind=MilestoneKind.VERSION,
                        name=draw(st.sampled_from(["1.0", "2.0"])),
                        due_date=draw(st.sampled_from([None, date(2026, 2, 2), date(2026, 3, 2)])),
                    )
                )
            case _:
                old, new = draw(
                    st.tuples(*[st.sampled_from([None, "2026-02-02", "2026-03-02"])] * 2)
                )
                story.append(
                    Change(
                        item=number, id=str(minute), at=at, field=ChangedField.DUE, old=old, new=new
                    )
                )
    return story


def _version(draw: st.DrawFn, number: str, at: datetime) -> Version:
    blockers = draw(st.sets(st.sampled_from(["P-7", "P-8"])))
    item = Item(
        id=number,
        key=f"P-{number}",
        scope="P",
        level=Level.WORK,
        title=draw(st.sampled_from(["one", "two"])),
        url="",
        type="Story",
        status="Open",
        category=Category.TODO,
        created_at=START,
        updated_at=at,
        blocked=draw(st.booleans()),
    )
    links = (
        Link(owner=number, kind=LinkKind.BLOCKS, upstream=key, downstream=item.key)
        for key in sorted(blockers)
    )
    return Version(item, tuple(links))


@st.composite
def disturbed(draw: st.DrawFn, story: list[Fact]) -> list[list[Fact]]:
    """Cut a story into batches; let old news come again, and changelogs whenever they like.

    Milestones carry no version: of them, only the latest news may come again.
    """
    told: list[Fact] = []
    for fact in story:
        told.append(fact)
        if draw(st.booleans()):
            again = draw(st.sampled_from(told))
            if isinstance(again, TrackerMilestone):
                same = [f for f in told if isinstance(f, TrackerMilestone) and f.id == again.id]
                again = same[-1]
            told.append(again)
    for change in [fact for fact in told if isinstance(fact, Change)]:
        told.remove(change)
        told.insert(draw(st.integers(0, len(told))), change)
    batches: list[list[Fact]] = [[]]
    for fact in told:
        if draw(st.booleans()) or _two_versions_with_links(fact, batches[-1]):
            batches.append([])
        batches[-1].append(fact)
    return batches


def _two_versions_with_links(fact: Fact, batch: list[Fact]) -> bool:
    """A batch has one set of links for an item; no page of an API holds two versions of it."""
    if not isinstance(fact, Version):
        return False
    others = [f for f in batch if isinstance(f, Version) and f.item.id == fact.item.id]
    return any(other.links != fact.links for other in others)


def _batch(facts: list[Fact]) -> Batch:
    versions = [fact for fact in facts if isinstance(fact, Version)]
    return Batch(
        cursor={},
        items=tuple(version.item for version in versions),
        links=tuple(link for version in versions for link in version.links),
        milestones=tuple(fact for fact in facts if isinstance(fact, TrackerMilestone)),
        changes=tuple(fact for fact in facts if isinstance(fact, Change)),
    )


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_the_same_facts_however_the_stream_is_cut_and_disturbed(
    store: Store, dump: Callable[[Store, str], list[str]], data: st.DataObject
) -> None:
    story = data.draw(streams())
    calm, rough = f"calm-{next(names)}", f"rough-{next(names)}"
    for fact in story:
        store.apply(calm, "P", _batch([fact]), observed_at=START)
    for facts in data.draw(disturbed(story)):
        store.apply(rough, "P", _batch(facts), observed_at=START)
    assert dump(store, rough) == dump(store, calm)
