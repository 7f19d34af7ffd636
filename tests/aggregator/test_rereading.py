"""Facts that are read again are those that are read anew; what is as it was is not made again."""

from collections.abc import Generator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from slipwatch.aggregator.portfolio.facts import Facts
from slipwatch.aggregator.portfolio.model import Observation
from slipwatch.aggregator.reading import Reader, read_facts
from slipwatch.aggregator.records import Category, ChangedField, Outcome
from slipwatch.aggregator.store import EntityKind, LedgerField, Store, open_store
from slipwatch.aggregator.store.store import Snapshot

from .edits import CROWD, EDITS, NOW, Edit, Tracker, item_done, nothing

HOUR = timedelta(hours=1)
Stores = tuple[Store, ...]
_names = count()


@pytest.fixture
def stores(store_url: str) -> Generator[Stores]:
    """Give the stores of two programs on one database, of each kind in turn."""
    with ExitStack() as stack:
        yield tuple(stack.enter_context(open_store(store_url)) for _ in range(2))


def tracker_of(stores: Stores, seed: int) -> Tracker:
    """Make a tracker of its own for each example: they share a database."""
    return Tracker(f"tracker{next(_names)}", stores, seed)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    seed=st.integers(0, 2**32),
    edits=st.lists(st.lists(st.sampled_from(EDITS), max_size=4), min_size=1, max_size=5),
    past=st.booleans(),
)
def test_facts_read_again_are_those_read_anew(
    stores: Stores, seed: int, edits: list[list[Edit]], past: bool
) -> None:
    tracker, reader = tracker_of(stores, seed), Reader()
    for some in edits:
        for edit in some:
            edit(tracker)
        again, anew = reader.read(stores[0], past=past), read_facts(stores[0], past=past)
        assert again == anew
        for name in ("items", "changes", "item_dates", "milestone_dates", "milestone_starts"):
            assert list(getattr(again, name)) == list(getattr(anew, name))
        assert dict(again.items) == {(source, i.id): i for source, i in stores[1].items()}
        assert dict(again.item_dates) == moved_items(stores[1])
        if past:
            told = [(source, change) for source, change in stores[1].changes()]
            assert [(ref[0], each) for ref, held in again.changes.items() for each in held] == told


def moved_items(store: Store) -> dict[tuple[str, str], tuple[Observation, ...]]:
    """Read when items were to be done by from the store's own ledger."""
    found: dict[tuple[str, str], tuple[Observation, ...]] = {}
    for entry in store.ledger(EntityKind.ITEM):
        if entry.field is LedgerField.DUE:
            seen = Observation(entry.at, entry.value, entry.origin.value, entry.actor)
            ref = entry.source, entry.entity
            found[ref] = (*found.get(ref, ()), seen)
    return found


def read_twice(stores: Stores, edit: Edit) -> tuple[Facts, Facts]:
    """Read before and after an edit."""
    tracker, reader = tracker_of(stores, seed=1), Reader()
    before = reader.read(stores[0], past=True)
    edit(tracker)
    return before, reader.read(stores[0], past=True)


def test_items_and_changes_that_are_as_they_were_are_the_same_objects(stores: Stores) -> None:
    before, after = read_twice(stores, item_done)

    other = [ref for ref, item in after.items.items() if item is not before.items[ref]]
    assert len(other) == 1
    assert [ref for ref, told in after.changes.items() if told is not before.changes.get(ref)] in (
        other,
        [],
    )


def test_where_nothing_happened_no_item_is_made_of_its_row_again(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker, reader = tracker_of(stores, seed=1), Reader()
    before = reader.read(stores[0], past=False)
    nothing(tracker)
    for made in ("Item", "_Told"):
        for module in ("facts", "marks"):
            monkeypatch.setattr(f"slipwatch.aggregator.store.{module}.{made}", None, raising=False)

    assert reader.read(stores[0], past=False) == before


def test_an_item_that_was_freed_and_blocked_again_between_readings_is_read_again(
    stores: Stores,
) -> None:
    """All that its tracker says is as it was then; since when it is blocked is not."""
    tracker, reader = tracker_of(stores, seed=1), Reader()
    item = structs.replace(tracker.one(), blocked=True, updated_at=NOW)
    tracker.tell(items=(item,))
    tracker.tell(items=(later := structs.replace(item, updated_at=NOW + HOUR),))
    assert reader.read(stores[0], past=False).items[tracker.source, item.id].blocked_since == NOW

    tracker.tell(items=(structs.replace(later, blocked=False),))
    tracker.tell(items=(later,))

    again = reader.read(stores[0], past=False)
    assert again.items[tracker.source, item.id].blocked_since == NOW + HOUR
    assert again == read_facts(stores[0], past=False)


def test_what_is_kept_of_a_history_follows_what_becomes_of_its_item(stores: Stores) -> None:
    """A date makes all of it matter, and others who closed theirs at the same time the closing."""
    tracker, reader = tracker_of(stores, seed=1), Reader()
    told = {"category": Category.DONE, "outcome": Outcome.COMPLETED, "done_at": NOW}
    item = structs.replace(tracker.one(), due_date=None, milestones=(), scope="LONE", **told)
    closing = tracker.change(item.id, ChangedField.STATUS, "todo:Open", "done:Done")
    started = tracker.change(item.id, ChangedField.ASSIGNEE, None, "ana")
    tracker.tell(items=(item,), changes=(closing, structs.replace(started, id="other")))

    def kept() -> set[ChangedField]:
        again = reader.read(stores[0], past=False)
        assert again == read_facts(stores[0], past=False)
        return {one.field for one in again.changes.get((tracker.source, item.id), ())}

    assert kept() == set()
    crowd = tuple(structs.replace(item, id=f"crowd{n}", key=f"LONE-{n}") for n in range(CROWD))
    tracker.tell(items=crowd)
    assert kept() == {ChangedField.STATUS}
    tracker.tell(items=tuple(structs.replace(one, done_at=NOW - HOUR) for one in crowd))
    assert kept() == set()
    tracker.tell(items=(structs.replace(item, due_date=NOW.date()),))
    whole = {ChangedField.STATUS, ChangedField.ASSIGNEE, ChangedField.DUE}
    assert kept() == whole
    tracker.tell(items=(item,))
    assert kept() == whole, "it had a day"


def test_a_reading_that_fails_midway_leaves_nothing_half_known(
    stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker, reader = tracker_of(stores, seed=1), Reader()
    item = structs.replace(tracker.one(), due_date=None, milestones=(), scope="LONE")
    change = tracker.change(item.id, ChangedField.ASSIGNEE, None, "ana")
    tracker.tell(items=(item,), changes=(change,))
    reader.read(stores[0], past=False)
    tracker.tell(items=(structs.replace(item, due_date=NOW.date()),))

    with monkeypatch.context() as patch:
        patch.setattr(Snapshot, "histories", None)
        with pytest.raises(TypeError):
            reader.read(stores[0], past=False)

    again = reader.read(stores[0], past=False)
    assert again == read_facts(stores[0], past=False)
    assert again.changes[tracker.source, item.id]
