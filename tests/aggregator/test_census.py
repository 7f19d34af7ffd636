"""Censuses: which items are concluded to be gone, moved or invisible, and when nothing is."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from structlog.testing import capture_logs

from slipwatch.aggregator.census import AGAIN, FEW, Wish, take_censuses
from slipwatch.aggregator.connector import Listed, Retry, Skip, Stop
from slipwatch.aggregator.records import (
    Absence,
    Batch,
    Category,
    Cursor,
    Item,
    Level,
    Link,
    LinkKind,
    Presence,
)
from slipwatch.aggregator.store import ErrorKind, Store, open_store
from slipwatch.aggregator.sync import SyncResult, sync_source

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
HIDDEN, DELETED, ELSEWHERE = Presence.INVISIBLE, Presence.GONE, Presence.MOVED


def item(key: str, *, scope: str | None = None, updated: datetime = MONDAY) -> Item:
    return Item(
        id=f"id-{key}",
        key=key,
        scope=scope or key.partition("-")[0],
        level=Level.WORK,
        title="",
        url="",
        type="Story",
        status="Open",
        category=Category.TODO,
        created_at=MONDAY,
        updated_at=updated,
    )


@dataclass
class Tracker:
    """A tracker whose items may be deleted, hidden, moved away, and come back."""

    items: dict[str, Item] = field(default_factory=dict[str, Item])
    """By key: what is listed."""
    fates: dict[str, Presence] = field(default_factory=dict[str, Presence])
    """What became of the others, by key; nothing for one that only its index lost."""
    scopes_read: tuple[str, ...] = ("PAY",)
    trouble: BaseException | None = None
    """Raised by the next listing."""
    locate_trouble: Exception | None = None
    """Raised when one item has been looked for."""
    empty: bool = False
    now: datetime = MONDAY
    listings: int = 0
    looked_for: list[str] = field(default_factory=list[str])

    @property
    def name(self) -> str:
        return "jira"

    def scopes(self) -> Sequence[str]:
        return self.scopes_read

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        fresh = () if cursor else tuple(i for i in self.items.values() if i.scope == scope)
        yield Batch(cursor={"read": True}, items=fresh)

    def convert(self, payload: object) -> Batch:
        raise NotImplementedError

    def close(self) -> None:
        """Nothing is held."""

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        self.listings += 1
        listed = [] if self.empty else [i.id for i in self.items.values() if i.scope == scope]
        for start in range(0, len(listed), 7):
            yield frozenset(listed[start : start + 7])
            if self.trouble is not None:
                raise self.trouble
        if self.trouble is not None:
            raise self.trouble
        yield frozenset()

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        for identity, key in sorted(items.items()):
            self.looked_for.append(key)
            fate = self.fates.get(key)
            if fate is not None:
                moved_to = f"WEB-{key.partition('-')[2]}" if fate is ELSEWHERE else None
                yield Absence(item=identity, presence=fate, at=self.now, moved_to=moved_to)
            if self.locate_trouble is not None:
                raise self.locate_trouble

    def lose(self, key: str, fate: Presence | None) -> Item:
        """Take an item off the lists."""
        if fate is not None:
            self.fates[key] = fate
        return self.items.pop(key)

    def give_back(self, item: Item) -> None:
        self.fates.pop(item.key, None)
        self.items[item.key] = item


@pytest.fixture
def tracker() -> Tracker:
    """Give a tracker with forty items in PAY."""
    return Tracker({key: item(key) for key in (f"PAY-{n}" for n in range(1, 41))})


@pytest.fixture
def lean_store(sqlite_url: str) -> Iterator[Store]:
    """Give an SQLite store: most of these tests are not about databases."""
    with open_store(sqlite_url) as store:
        yield store


def sync(
    tracker: Tracker,
    store: Store,
    *,
    after: timedelta = DAY,
    at_once: bool = False,
    accept_missing: bool = False,
    stop_after: int | None = None,
) -> SyncResult:
    """Sync a while later, with the censuses that are due."""
    tracker.now += after
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return stop_after is not None and asked > stop_after

    wish = Wish(every=DAY, at_once=at_once, accept_missing=accept_missing)
    result = sync_source(tracker, store, now=lambda: tracker.now)
    return take_censuses(tracker, store, result, wish, now=lambda: tracker.now, stop=stop)


def presences(store: Store) -> dict[str, Presence]:
    return {absence.item: absence.presence for _, absence in store.absences()}


def test_the_first_reading_is_the_first_census_and_costs_no_request(
    tracker: Tracker, store: Store
) -> None:
    (census,) = sync(tracker, store).censuses
    assert (census.listed, census.missing, census.problem) == (40, 0, None)
    sync(tracker, store, after=DAY - timedelta(seconds=1))
    assert tracker.listings == 0
    sync(tracker, store, after=timedelta(seconds=1))
    assert tracker.listings == 1


def test_a_census_can_be_asked_for_before_it_is_due(tracker: Tracker, lean_store: Store) -> None:
    sync(tracker, lean_store)
    sync(tracker, lean_store, after=timedelta(), at_once=True)
    assert tracker.listings == 1


def test_an_item_that_is_missing_once_is_only_noted(tracker: Tracker, store: Store) -> None:
    sync(tracker, store)
    tracker.lose("PAY-3", DELETED)
    sync(tracker, store)
    assert presences(store) == {"id-PAY-3": Presence.MISSED}
    assert tracker.looked_for == []


@pytest.mark.parametrize("fate", [DELETED, HIDDEN, ELSEWHERE])
def test_an_item_that_is_missing_twice_is_asked_for(
    tracker: Tracker, store: Store, fate: Presence
) -> None:
    sync(tracker, store)
    tracker.lose("PAY-3", fate)
    sync(tracker, store)
    with capture_logs() as logs:
        sync(tracker, store)
    (absence,) = [absence for _, absence in store.absences()]
    assert (absence.presence, absence.at) == (fate, tracker.now)
    assert absence.moved_to == ("WEB-3" if fate is ELSEWHERE else None)
    assert tracker.looked_for == ["PAY-3"]
    (told,) = [entry for entry in logs if entry["event"] == "census taken"]
    assert (told["missing"], told[fate.value]) == (1, 1)
    assert "PAY-3" not in str(logs)
    assert len(list(store.items())) == 40


def test_what_is_gone_is_not_asked_for_again_and_what_is_invisible_is(
    tracker: Tracker, lean_store: Store
) -> None:
    sync(tracker, lean_store)
    tracker.lose("PAY-3", DELETED)
    tracker.lose("PAY-4", HIDDEN)
    for _ in range(3):
        sync(tracker, lean_store)
    tracker.fates["PAY-4"] = DELETED
    sync(tracker, lean_store)
    assert tracker.looked_for == ["PAY-3", "PAY-4", "PAY-4", "PAY-4"]
    assert presences(lean_store) == {"id-PAY-3": DELETED, "id-PAY-4": DELETED}


def test_an_item_that_is_there_after_all_is_present(tracker: Tracker, lean_store: Store) -> None:
    sync(tracker, lean_store)
    tracker.lose("PAY-3", None)
    sync(tracker, lean_store)
    sync(tracker, lean_store)
    assert (tracker.looked_for, presences(lean_store)) == (["PAY-3"], {})


@pytest.mark.parametrize("losses", [1, 2])
def test_an_item_that_is_listed_again_is_present_at_once(
    tracker: Tracker, store: Store, losses: int
) -> None:
    sync(tracker, store)
    lost = tracker.lose("PAY-3", HIDDEN)
    for _ in range(losses):
        sync(tracker, store)
    tracker.give_back(lost)
    sync(tracker, store)
    assert presences(store) == {}


def test_an_item_that_is_pulled_again_is_present_at_once(
    tracker: Tracker, lean_store: Store
) -> None:
    sync(tracker, lean_store)
    lost = tracker.lose("PAY-3", DELETED)
    sync(tracker, lean_store)
    sync(tracker, lean_store)
    lean_store.apply("jira", None, Batch(cursor={}, items=(lost,)), observed_at=MONDAY)
    assert presences(lean_store) == {}


def test_missing_twice_means_in_two_censuses_in_a_row(tracker: Tracker, lean_store: Store) -> None:
    sync(tracker, lean_store)
    lost = tracker.lose("PAY-3", DELETED)
    sync(tracker, lean_store)
    tracker.give_back(lost)
    sync(tracker, lean_store)
    tracker.lose("PAY-3", DELETED)
    sync(tracker, lean_store)
    assert presences(lean_store) == {"id-PAY-3": Presence.MISSED}
    assert tracker.looked_for == []


@pytest.mark.parametrize(
    ("stored", "lost", "believed"),
    [(5, 1, True), (6, FEW, True), (50, FEW, True), (50, 6, False), (60, 6, True), (60, 7, False)],
)
def test_a_listing_without_a_tenth_of_the_items_and_more_than_a_few_is_not_believed(
    lean_store: Store, stored: int, lost: int, *, believed: bool
) -> None:
    tracker = Tracker({key: item(key) for key in (f"PAY-{n}" for n in range(stored))})
    sync(tracker, lean_store)
    for number in range(lost):
        tracker.lose(f"PAY-{number}", DELETED)
    with capture_logs() as logs:
        (census,) = sync(tracker, lean_store).censuses
    assert (census.problem is None) is believed
    assert (census.listed, census.missing) == (stored - lost, lost)
    assert len(presences(lean_store)) == (lost if believed else 0)
    events = [entry["event"] for entry in logs if entry["event"].startswith("census")]
    assert events == ["census taken" if believed else "census not believed"]


def test_a_listing_that_was_not_believed_is_taken_again_after_an_hour(
    tracker: Tracker, lean_store: Store
) -> None:
    sync(tracker, lean_store)
    kept, tracker.items = tracker.items, dict(list(tracker.items.items())[:20])
    sync(tracker, lean_store)
    sync(tracker, lean_store, after=AGAIN - timedelta(seconds=1))
    assert tracker.listings == 1
    tracker.items = kept
    (census,) = sync(tracker, lean_store, after=timedelta(seconds=1)).censuses
    assert census.problem is None


def test_an_empty_listing_changes_nothing(tracker: Tracker, store: Store) -> None:
    tracker.items = {key: tracker.items[key] for key in ("PAY-1", "PAY-2")}
    sync(tracker, store)
    tracker.lose("PAY-2", DELETED)
    sync(tracker, store)
    before = list(store.absences())
    tracker.empty = True
    (census,) = sync(tracker, store).censuses
    assert census.problem == "the listing is empty, and 2 items were known"
    assert list(store.absences()) == before


class Reader(Tracker):
    """A tracker that gives items by their ids as well."""

    at_once = 50

    def read(self, scope: str, items: Mapping[str, str], cursor: Cursor | None) -> Iterator[Batch]:
        assert cursor == {"read": True}
        self.looked_for += items
        wanted = [i for i in self.items.values() if i.id in items and i.title != "unreadable"]
        for start in range(0, max(len(wanted), 1), self.at_once):
            portion = tuple(wanted[start : start + self.at_once])
            yield Batch(cursor={"read": False}, items=portion)


def test_an_item_that_is_listed_and_that_no_pull_has_brought_is_read(store: Store) -> None:
    tracker = Reader({key: item(key) for key in (f"PAY-{n}" for n in range(1, 41))})
    sync(tracker, store)
    tracker.items["PAY-41"] = item("PAY-41")

    result = sync(tracker, store)

    assert (result.error, tracker.looked_for) == (None, ["id-PAY-41"])
    assert "id-PAY-41" in store.ids("jira", "PAY")
    assert store.cursor("jira", "PAY") == {"read": True}
    sync(tracker, store)
    assert tracker.looked_for == ["id-PAY-41"]


@pytest.mark.parametrize("losses", [1, 2])
def test_what_changed_while_an_item_could_not_be_seen_is_read_when_it_is_listed_again(
    store: Store, losses: int
) -> None:
    tracker = Reader({key: item(key) for key in (f"PAY-{n}" for n in range(1, 41))})
    sync(tracker, store)
    lost = tracker.lose("PAY-3", HIDDEN)
    for _ in range(losses):
        sync(tracker, store)
    tracker.looked_for.clear()
    tracker.give_back(structs.replace(lost, due_date=MONDAY.date(), updated_at=MONDAY))

    sync(tracker, store)

    assert (tracker.looked_for, presences(store)) == (["id-PAY-3"], {})
    assert {one.key: one.due_date for _, one in store.items()}["PAY-3"] == MONDAY.date()
    sync(tracker, store)
    assert tracker.looked_for == ["id-PAY-3"]


def test_a_census_that_stops_while_it_reads_leaves_the_rest_to_the_next(lean_store: Store) -> None:
    tracker = Reader({key: item(key) for key in (f"PAY-{n}" for n in range(1, 41))})
    sync(tracker, lean_store)
    lost = [tracker.lose(key, HIDDEN) for key in ("PAY-3", "PAY-4")]
    sync(tracker, lean_store)
    for each in lost:
        tracker.give_back(structs.replace(each, points=8.0, updated_at=MONDAY))
    tracker.at_once = 1
    pages = 7

    assert sync(tracker, lean_store, stop_after=1 + pages).censuses == ()
    assert len(presences(lean_store)) == 1
    sync(tracker, lean_store)

    assert presences(lean_store) == {}
    assert [i.points for _, i in lean_store.items() if i.key in ("PAY-3", "PAY-4")] == [8.0, 8.0]


def test_one_that_came_back_and_cannot_be_read_is_read_by_a_later_census(
    lean_store: Store,
) -> None:
    tracker = Reader({key: item(key) for key in (f"PAY-{n}" for n in range(1, 41))})
    sync(tracker, lean_store)
    lost = tracker.lose("PAY-3", HIDDEN)
    for _ in range(2):
        sync(tracker, lean_store)
    tracker.give_back(structs.replace(lost, title="unreadable", points=8.0))

    sync(tracker, lean_store)

    assert presences(lean_store) == {"id-PAY-3": HIDDEN}
    tracker.give_back(structs.replace(lost, points=8.0))
    sync(tracker, lean_store)
    assert presences(lean_store) == {}
    assert [i.points for _, i in lean_store.items() if i.key == "PAY-3"] == [8.0]


def test_one_that_cannot_be_read_is_asked_for_at_each_census(lean_store: Store) -> None:
    tracker = Reader({key: item(key) for key in (f"PAY-{n}" for n in range(1, 41))})
    sync(tracker, lean_store)
    tracker.items["PAY-41"] = structs.replace(item("PAY-41"), title="unreadable")

    for _ in range(2):
        assert sync(tracker, lean_store).error is None

    assert tracker.looked_for == ["id-PAY-41"] * 2
    assert presences(lean_store) == {}


class Linking(Reader):
    """A tracker whose listing tells links, and which may call nothing a change of an item."""

    def __init__(self) -> None:
        super().__init__({key: item(key) for key in ("PAY-1", "PAY-2", "PAY-3")})
        self.blockers: dict[str, list[str]] = {}
        self.told: frozenset[LinkKind] = frozenset({LinkKind.BLOCKS})
        self.unread: frozenset[str] = frozenset()
        self.plans = False

    def listing(self, scope: str) -> Iterator[Mapping[str, Listed | None]]:
        yield {i.id: self.said(i) for i in self.items.values() if i.scope == scope}

    def said(self, item: Item) -> Listed | None:
        if item.key in self.unread:
            return None
        others = frozenset(self.blockers.get(item.key, ()))
        return Listed(
            key=item.key,
            parent=item.parent,
            links=dict.fromkeys(self.told, others),
            planned=(item.start_date, item.due_date, item.points) if self.plans else None,
        )

    def read(self, scope: str, items: Mapping[str, str], cursor: Cursor | None) -> Iterator[Batch]:
        for batch in super().read(scope, items, cursor):
            links = tuple(
                Link(owner=one.id, kind=LinkKind.BLOCKS, upstream=other, downstream=one.key)
                for one in batch.items
                for other in self.blockers.get(one.key, ())
            )
            yield structs.replace(batch, links=links)


def dependencies(store: Store) -> set[tuple[str, str]]:
    return {(link.upstream, link.downstream) for _, link, _ in store.links()}


def test_items_of_which_other_links_are_listed_than_stored_are_read_again(store: Store) -> None:
    tracker = Linking()
    sync(tracker, store)
    tracker.blockers = {"PAY-1": ["PAY-2", "WEB-7"]}
    sync(tracker, store)
    assert dependencies(store) == {("PAY-2", "PAY-1"), ("WEB-7", "PAY-1")}
    tracker.blockers = {"PAY-1": ["WEB-7"], "PAY-3": ["PAY-1"]}
    sync(tracker, store)
    assert dependencies(store) == {("WEB-7", "PAY-1"), ("PAY-1", "PAY-3")}
    tracker.blockers = {}
    sync(tracker, store)
    assert dependencies(store) == set()
    assert tracker.looked_for == ["id-PAY-1", "id-PAY-1", "id-PAY-3", "id-PAY-1", "id-PAY-3"]
    sync(tracker, store)
    assert len(tracker.looked_for) == 5


def test_one_link_in_the_place_of_another_is_seen(store: Store) -> None:
    tracker = Linking()
    tracker.blockers = {"PAY-1": ["PAY-2"]}
    sync(tracker, store)
    sync(tracker, store)
    tracker.blockers = {"PAY-1": ["PAY-3"]}
    sync(tracker, store)
    assert dependencies(store) == {("PAY-3", "PAY-1")}
    sync(tracker, store)
    assert tracker.looked_for == ["id-PAY-1"] * 2


def test_an_item_that_is_listed_with_another_parent_is_read_again(store: Store) -> None:
    tracker = Linking()
    sync(tracker, store)
    for parent in ("PAY-9", "WEB-9", None):
        tracker.items["PAY-2"] = structs.replace(item("PAY-2"), parent=parent)
        sync(tracker, store)
        assert {one.key: one.parent for _, one in store.items()}["PAY-2"] == parent
    sync(tracker, store)
    assert tracker.looked_for == ["id-PAY-2"] * 3


def test_an_item_that_is_listed_with_another_plan_is_read_again(store: Store) -> None:
    tracker = Linking()
    tracker.plans = True
    sync(tracker, store)
    for due, points in ((MONDAY.date(), None), (MONDAY.date(), 3.0), (None, 0.5), (None, None)):
        tracker.items["PAY-2"] = structs.replace(item("PAY-2"), due_date=due, points=points)
        sync(tracker, store)
        found = {one.key: one for _, one in store.items()}["PAY-2"]
        assert (found.due_date, found.points) == (due, points)
    sync(tracker, store)
    assert tracker.looked_for == ["id-PAY-2"] * 4


def test_links_that_are_not_listed_are_not_compared(lean_store: Store) -> None:
    tracker = Linking()
    tracker.told = frozenset()
    sync(tracker, lean_store)
    tracker.blockers = {"PAY-1": ["PAY-2"]}
    sync(tracker, lean_store)
    assert tracker.looked_for == []


def test_what_is_listed_and_never_pulled_is_not_asked_for(lean_store: Store) -> None:
    tracker = Linking()
    sync(tracker, lean_store)
    tracker.items["PAY-4"] = item("PAY-4")
    tracker.unread = frozenset({"PAY-4"})
    (census,) = sync(tracker, lean_store).censuses
    assert (census.listed, census.missing, tracker.looked_for) == (4, 0, [])


def test_a_source_that_cannot_be_asked_by_id_is_left_alone(
    tracker: Tracker, lean_store: Store
) -> None:
    sync(tracker, lean_store)
    tracker.items["PAY-41"] = item("PAY-41")

    assert sync(tracker, lean_store).error is None
    assert len(lean_store.ids("jira", "PAY")) == 40


def test_a_scope_that_holds_nothing_lists_nothing(lean_store: Store) -> None:
    tracker = Tracker()
    sync(tracker, lean_store)
    (census,) = sync(tracker, lean_store).censuses
    assert (census.listed, census.problem) == (0, None)


def test_somebody_who_cleaned_up_can_say_so(tracker: Tracker, lean_store: Store) -> None:
    sync(tracker, lean_store)
    for number in range(1, 21):
        tracker.lose(f"PAY-{number}", DELETED)
    assert sync(tracker, lean_store).censuses[0].problem is not None
    sync(tracker, lean_store, accept_missing=True, at_once=True)
    assert set(presences(lean_store).values()) == {Presence.MISSED}
    (census,) = sync(tracker, lean_store).censuses
    assert census.problem is None
    assert list(presences(lean_store).values()) == [DELETED] * 20


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (Retry("later", retry_at=MONDAY + 9 * DAY), ErrorKind.RETRY),
        (Stop("the credentials were not accepted"), ErrorKind.STOP),
        (KeyError("ghp_swordfish"), ErrorKind.BUG),
    ],
)
@pytest.mark.parametrize("while_locating", [False, True])
def test_a_census_that_fails_concludes_nothing_and_is_recorded_as_a_pull_is(
    tracker: Tracker,
    lean_store: Store,
    trouble: Exception,
    kind: ErrorKind,
    *,
    while_locating: bool,
) -> None:
    sync(tracker, lean_store)
    tracker.lose("PAY-3", DELETED)
    sync(tracker, lean_store)
    before = lean_store.censuses("jira")
    if while_locating:
        tracker.fates.clear()
        tracker.locate_trouble = trouble
    else:
        tracker.trouble = trouble
    result = sync(tracker, lean_store)
    state = lean_store.source_states()["jira"]
    assert (result.error_kind, state.error_kind) == (kind, kind)
    assert result.error == state.error
    assert "swordfish" not in str(state.error)
    assert result.retry_at == state.retry_at == getattr(trouble, "retry_at", None)
    assert presences(lean_store) == {"id-PAY-3": Presence.MISSED}
    assert lean_store.censuses("jira") == before


def test_answers_that_came_before_a_failure_are_kept(tracker: Tracker, lean_store: Store) -> None:
    sync(tracker, lean_store)
    tracker.lose("PAY-3", DELETED)
    tracker.lose("PAY-4", DELETED)
    sync(tracker, lean_store)
    tracker.locate_trouble = Retry("later")
    sync(tracker, lean_store)
    tracker.locate_trouble = None
    sync(tracker, lean_store, after=timedelta())
    assert tracker.looked_for == ["PAY-3", "PAY-4"]
    assert presences(lean_store) == {"id-PAY-3": DELETED, "id-PAY-4": DELETED}


def test_a_scope_that_may_not_be_listed_is_left_out_and_the_others_are_not(
    lean_store: Store,
) -> None:
    tracker = Tracker({"PAY-1": item("PAY-1"), "WEB-1": item("WEB-1")}, scopes_read=("PAY", "WEB"))
    sync(tracker, lean_store)
    refusing = tracker.ids

    def ids(scope: str) -> Iterator[frozenset[str]]:
        if scope == "PAY":
            raise Skip("PAY may not be seen")
        return refusing(scope)

    tracker.ids = ids  # type: ignore[method-assign]
    result = sync(tracker, lean_store)
    assert (result.error, dict(result.skipped)) == (None, {"PAY": "PAY may not be seen"})
    assert [census.scope for census in result.censuses] == ["WEB"]
    assert lean_store.source_states()["jira"].skipped == {"PAY": "PAY may not be seen"}


def test_a_sync_that_failed_is_followed_by_no_census(tracker: Tracker, lean_store: Store) -> None:
    sync(tracker, lean_store)
    failed = SyncResult(source="jira", scopes=("PAY",), error="it is down")
    wish = Wish(every=DAY, at_once=True)
    assert take_censuses(tracker, lean_store, failed, wish, now=lambda: MONDAY) is failed
    assert tracker.listings == 0


def test_a_connector_that_cannot_list_ids_has_no_censuses(
    tracker: Tracker, lean_store: Store
) -> None:
    class Plain:
        """Pulls, and no more."""

        name = "jira"
        scopes, pull = tracker.scopes, tracker.pull
        convert, close = tracker.convert, tracker.close

    result = sync_source(Plain(), lean_store, now=lambda: MONDAY)
    wish = Wish(every=DAY, at_once=True)
    assert take_censuses(Plain(), lean_store, result, wish, now=lambda: MONDAY) is result
    assert lean_store.censuses("jira") == {}


def test_a_census_that_is_told_to_stop_concludes_nothing(
    tracker: Tracker, lean_store: Store
) -> None:
    sync(tracker, lean_store)
    tracker.lose("PAY-3", DELETED)
    for allowed in range(3):
        sync(tracker, lean_store, stop_after=allowed)
        assert presences(lean_store) == {}
    assert lean_store.censuses("jira")["PAY"].missing == 0


def test_censuses_of_scopes_that_are_read_no_more_are_forgotten(lean_store: Store) -> None:
    tracker = Tracker({"PAY-1": item("PAY-1"), "WEB-1": item("WEB-1")}, scopes_read=("PAY", "WEB"))
    sync(tracker, lean_store)
    tracker.scopes_read = ("WEB",)
    sync(tracker, lean_store)
    assert set(lean_store.censuses("jira")) == {"WEB"}


KEYS = [f"PAY-{number}" for number in range(1, 13)]

Step = tuple[str, str, Presence | None]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["lose", "lose", "give back", "census", "census", "census", "empty"])
        | st.sampled_from(["outage", "locate outage", "kill"]),
        st.sampled_from(KEYS),
        st.sampled_from([DELETED, HIDDEN, ELSEWHERE, None]),
    ),
    max_size=30,
)


class KilledError(BaseException):
    """The process ends here, as far as the store can tell."""


@settings(max_examples=40, deadline=None)
@given(steps=STEPS)
def test_whatever_happens_nothing_is_deleted_or_concluded_from_one_listing(
    empty_file: Path, steps: list[Step]
) -> None:
    """Replays any story of items, outages and kills beside a plain model of what may be known."""
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(f"sqlite:///{shutil.copy(empty_file, folder)}") as store,
    ):
        tracker = Tracker({key: item(key) for key in KEYS})
        lost: dict[str, Item] = {}
        unlisted: dict[str, int] = dict.fromkeys(KEYS, 0)
        sync(tracker, store)
        for what, key, fate in steps:
            match what:
                case "lose" if key in tracker.items:
                    lost[key] = tracker.lose(key, fate)
                case "give back" if key in lost:
                    tracker.give_back(lost.pop(key))
                case "census" | "empty" | "outage" | "locate outage" | "kill":
                    _census(tracker, store, what)
                    for each in KEYS:
                        seen = each in tracker.items and what != "empty"
                        unlisted[each] = 0 if seen and what == "census" else unlisted[each] + 1
                case _:
                    pass
            assert {i.key for _, i in store.items()} == set(KEYS)
            for absent, presence in presences(store).items():
                if presence is not Presence.MISSED:
                    assert unlisted[absent.removeprefix("id-")] >= 2
        for _ in range(2):
            sync(tracker, store, at_once=True, accept_missing=True)
            sync(tracker, store, at_once=True, accept_missing=True)
        told = presences(store)
        for key in KEYS:
            if key in tracker.items:
                assert f"id-{key}" not in told
            elif told.get(f"id-{key}") not in {DELETED, ELSEWHERE}:
                expected = tracker.fates.get(key)
                assert told.get(f"id-{key}") in (
                    {expected} if expected else {None, Presence.MISSED}
                )


def _census(tracker: Tracker, store: Store, what: str) -> None:
    """Take a census, or one that something happens to."""
    tracker.locate_trouble = Retry("down") if what == "locate outage" else None
    tracker.trouble = {"outage": Retry("down"), "kill": KilledError()}.get(what)
    tracker.empty = what == "empty"
    with suppress(KilledError):
        sync(tracker, store, at_once=True)
    tracker.trouble = tracker.locate_trouble = None
    tracker.empty = False
