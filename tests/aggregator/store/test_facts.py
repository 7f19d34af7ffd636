"""What trackers say: what replaces what, and what is kept for ever."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

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
from slipwatch.aggregator.store import (
    Applied,
    DeclaredDate,
    EntityKind,
    LedgerField,
    LedgerOrigin,
    Store,
)

MONDAY = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

PAY = Item(
    id="10003",
    key="PAY-3",
    scope="PAY",
    level=Level.WORK,
    title="Charge cards",
    url="https://jira.example/browse/PAY-3",
    type="Story",
    status="In Progress",
    category=Category.DOING,
    created_at=MONDAY - 30 * DAY,
    updated_at=MONDAY,
    due_date=date(2026, 2, 2),
    points=3.5,
    labels=("checkout", "überfällig"),
    milestones=("77",),
)
VERSION = TrackerMilestone(
    id="77", scope="PAY", kind=MilestoneKind.VERSION, name="2.0", due_date=date(2026, 3, 2)
)
BLOCKED_BY = Link(owner=PAY.id, kind=LinkKind.BLOCKS, upstream="WEB-1", downstream="PAY-3")
MOVED = Change(
    item=PAY.id,
    id="1",
    at=MONDAY - DAY,
    field=ChangedField.DUE,
    old="2026-01-20",
    new="2026-02-02",
    actor="ana",
)
EVERYTHING = Batch(
    cursor={"updated": 5},
    items=(PAY,),
    milestones=(VERSION,),
    links=(BLOCKED_BY,),
    changes=(MOVED,),
)


def _apply(store: Store, batch: Batch, at: datetime = MONDAY) -> Applied:
    return store.apply("jira", "PAY", batch, observed_at=at)


def _items(*items: Item, links: tuple[Link, ...] = ()) -> Batch:
    return Batch(cursor={}, items=items, links=links)


def _milestone_dates(store: Store, field: LedgerField = LedgerField.DUE) -> list[date | None]:
    entries = store.ledger(EntityKind.MILESTONE, source="jira", entity=VERSION.id)
    return [entry.value for entry in entries if entry.field is field]


def test_what_goes_in_comes_out(store: Store) -> None:
    applied = _apply(store, EVERYTHING)
    assert applied == Applied(
        items=1,
        items_changed=1,
        milestones_changed=1,
        links_added=1,
        changes_added=1,
        ledger_added=2,
    )
    assert list(store.items()) == [("jira", PAY)]
    assert list(store.tracker_milestones()) == [("jira", VERSION)]
    assert list(store.links()) == [("jira", BLOCKED_BY, MONDAY)]
    assert list(store.changes()) == [("jira", MOVED)]
    assert store.cursor("jira", "PAY") == {"updated": 5}
    assert store.cursor("jira", "WEB") is None


def test_the_same_batch_again_changes_nothing(store: Store) -> None:
    _apply(store, EVERYTHING)
    assert _apply(store, EVERYTHING, MONDAY + HOUR) == Applied(items=1)
    assert list(store.links()) == [("jira", BLOCKED_BY, MONDAY)]


def test_sources_with_the_same_ids_do_not_meet(store: Store) -> None:
    _apply(store, EVERYTHING)
    store.apply("jira-dc", "PAY", _items(replace(PAY, title="Other")), observed_at=MONDAY)
    assert [(source, item.title) for source, item in store.items()] == [
        ("jira", "Charge cards"),
        ("jira-dc", "Other"),
    ]
    assert list(store.items("jira-dc")) == [("jira-dc", replace(PAY, title="Other"))]


def test_a_newer_item_replaces_an_older_one_and_its_links(store: Store) -> None:
    _apply(store, EVERYTHING)
    newer = replace(PAY, title="Charge all cards", updated_at=MONDAY + HOUR, key="CHK-9")
    link = replace(BLOCKED_BY, upstream="WEB-2")
    applied = _apply(store, _items(newer, links=(link,)), MONDAY + HOUR)
    assert (applied.items_changed, applied.links_added, applied.links_removed) == (1, 1, 1)
    assert list(store.items()) == [("jira", newer)]
    assert list(store.links()) == [("jira", link, MONDAY + HOUR)]


def test_an_older_item_changes_neither_the_item_nor_its_links(store: Store) -> None:
    _apply(store, EVERYTHING)
    older = replace(PAY, title="Cards", updated_at=MONDAY - HOUR)
    other = replace(BLOCKED_BY, upstream="WEB-2")
    assert _apply(store, _items(older, links=(other,))) == Applied(items=1)
    assert list(store.items()) == [("jira", PAY)]
    assert list(store.links()) == [("jira", BLOCKED_BY, MONDAY)]


def test_the_newest_wins_inside_a_batch_in_whatever_order(store: Store) -> None:
    newer = replace(PAY, title="Charge all cards", updated_at=MONDAY + HOUR)
    _apply(store, _items(newer, PAY))
    store.apply("other", "PAY", _items(PAY, newer), observed_at=MONDAY)
    assert list(store.items()) == [("jira", newer), ("other", newer)]


def test_links_can_change_without_the_item(store: Store) -> None:
    _apply(store, EVERYTHING)
    applied = _apply(store, _items(PAY))
    assert applied == Applied(items=1, links_removed=1)
    assert list(store.links()) == []


def test_a_link_learns_since_when_it_is_there(store: Store) -> None:
    _apply(store, EVERYTHING)
    dated = replace(BLOCKED_BY, since=MONDAY - DAY)
    _apply(store, _items(PAY, links=(dated,)), MONDAY + HOUR)
    assert list(store.links()) == [("jira", dated, MONDAY)]


def test_a_link_of_an_item_outside_the_batch_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="belongs to item 10003"):
        _apply(store, Batch(cursor={}, links=(BLOCKED_BY,)))


def test_a_date_in_a_changelog_must_be_one(store: Store) -> None:
    with pytest.raises(ValueError, match="isoformat"):
        _apply(store, Batch(cursor={}, changes=(replace(MOVED, new="02/02/26"),)))


def test_changes_add_up_and_a_restated_one_is_corrected(store: Store) -> None:
    _apply(store, EVERYTHING)
    status = Change(
        item=PAY.id, id="2", at=MONDAY, field=ChangedField.STATUS, old=None, new="doing:In Progress"
    )
    assert _apply(store, Batch(cursor={}, changes=(status,))).changes_added == 1
    anonymous = replace(MOVED, actor=None)
    assert _apply(store, Batch(cursor={}, changes=(anonymous,))).changes_added == 0
    assert [change for _, change in store.changes()] == [anonymous, status]


def test_blocked_items_keep_the_first_moment_at_which_they_were_known_to_be(store: Store) -> None:
    def known_since() -> datetime | None:
        ((_, item),) = store.items()
        return item.blocked_since

    _apply(store, _items(replace(PAY, blocked=True)))
    assert known_since() == MONDAY
    _apply(store, _items(replace(PAY, blocked=True, updated_at=MONDAY + DAY)))
    assert known_since() == MONDAY
    earlier = MONDAY - 3 * DAY
    stated = replace(PAY, blocked=True, blocked_since=earlier, updated_at=MONDAY + DAY)
    _apply(store, _items(stated))
    assert known_since() == earlier
    _apply(store, _items(replace(PAY, updated_at=MONDAY + 2 * DAY)))
    assert known_since() is None
    _apply(store, _items(replace(PAY, blocked=True, updated_at=MONDAY + 3 * DAY)))
    assert known_since() == MONDAY + 3 * DAY


def test_the_ledger_keeps_every_date_of_a_milestone_and_only_moves(store: Store) -> None:
    dates = [date(2026, 3, 2), date(2026, 3, 2), None, date(2026, 4, 1), date(2026, 3, 2)]
    for week, due in enumerate(dates):
        _apply(
            store,
            Batch(cursor={}, milestones=(replace(VERSION, due_date=due),)),
            MONDAY + 7 * week * DAY,
        )
    assert _milestone_dates(store) == [date(2026, 3, 2), None, date(2026, 4, 1), date(2026, 3, 2)]
    assert _milestone_dates(store, LedgerField.START) == [None]
    moves = [e.at for e in store.ledger(EntityKind.MILESTONE) if e.field is LedgerField.DUE]
    assert moves == [MONDAY + 7 * week * DAY for week in (0, 2, 3, 4)]


def test_a_renamed_milestone_leaves_no_trace_in_the_ledger(store: Store) -> None:
    _apply(store, EVERYTHING)
    renamed = replace(VERSION, name="2.0 (GA)", archived=True)
    applied = _apply(store, Batch(cursor={}, milestones=(renamed,)))
    assert applied == Applied(milestones_changed=1)
    kept = replace(renamed, former_names=("2.0",))
    assert list(store.tracker_milestones()) == [("jira", kept)]
    assert _apply(store, Batch(cursor={}, milestones=(renamed,))) == Applied()
    _apply(store, Batch(cursor={}, milestones=(replace(renamed, name="2.1", closed=False),)))
    _apply(store, Batch(cursor={}, milestones=(VERSION,)))
    (back,) = store.tracker_milestones()
    assert back == ("jira", replace(VERSION, former_names=("2.0 (GA)", "2.1")))


def test_milestones_that_a_batch_does_not_name_stay(store: Store) -> None:
    _apply(store, EVERYTHING)
    _apply(store, Batch(cursor={"updated": 6}))
    assert list(store.tracker_milestones()) == [("jira", VERSION)]
    assert store.cursor("jira", "PAY") == {"updated": 6}


def test_the_ledger_of_an_item_begins_with_the_date_it_was_created_with(store: Store) -> None:
    late = replace(MOVED, id="3", at=MONDAY, old="2026-02-02", new="2026-02-27")
    same = replace(MOVED, id="4", at=MONDAY + HOUR, old="2026-02-27", new="2026-02-27T00:00:00")
    _apply(store, Batch(cursor={}, items=(PAY,), changes=(same, late, MOVED)))
    entries = list(store.ledger(EntityKind.ITEM, source="jira", entity=PAY.id))
    assert [(entry.at, entry.value, entry.actor) for entry in entries] == [
        (PAY.created_at, date(2026, 1, 20), None),
        (MOVED.at, date(2026, 2, 2), "ana"),
        (late.at, date(2026, 2, 27), "ana"),
    ]
    assert {entry.origin for entry in entries} == {LedgerOrigin.CHANGELOG}


def test_an_items_date_that_moves_untold_is_in_the_ledger_as_it_was_seen(store: Store) -> None:
    def sync(item: Item, *changes: Change) -> None:
        store.apply(
            "plan", None, Batch(items=(item,), changes=changes, cursor={}), observed_at=MONDAY
        )

    later = replace(PAY, updated_at=MONDAY + DAY, due_date=date(2026, 2, 9))
    last = replace(PAY, updated_at=MONDAY + 2 * DAY, due_date=date(2026, 2, 16))
    closed = Change(
        item=PAY.id, id="9", at=MONDAY, field=ChangedField.STATUS, old="todo:Open", new="done:Done"
    )
    sync(PAY)
    sync(later, closed)
    sync(later)
    sync(PAY)
    told = replace(MOVED, at=MONDAY + 2 * DAY - HOUR, old="2026-02-09", new="2026-02-16")
    sync(last, told)

    entries = list(store.ledger(EntityKind.ITEM, source="plan", entity=PAY.id))
    assert [(entry.value, entry.at, entry.origin) for entry in entries] == [
        (date(2026, 2, 2), PAY.created_at, LedgerOrigin.OBSERVATION),
        (date(2026, 2, 9), MONDAY + DAY, LedgerOrigin.OBSERVATION),
        (date(2026, 2, 16), MONDAY + 2 * DAY - HOUR, LedgerOrigin.CHANGELOG),
    ]


def test_declared_dates_are_kept_when_they_move(store: Store) -> None:
    def declare(value: date | None, at: datetime) -> int:
        promise = DeclaredDate(
            milestone="checkout/payments/bank", field=LedgerField.PROMISE, value=value
        )
        return store.observe_declared([promise], observed_at=at)

    first, second = date(2026, 12, 1), date(2026, 12, 8)
    assert declare(None, MONDAY - DAY) == 0
    assert [declare(first, MONDAY), declare(first, MONDAY + DAY)] == [1, 0]
    assert [declare(second, MONDAY + 2 * DAY), declare(None, MONDAY + 3 * DAY)] == [1, 1]
    entries = list(store.ledger(EntityKind.DECLARED, entity="checkout/payments/bank"))
    assert [(entry.at, entry.value) for entry in entries] == [
        (MONDAY, first),
        (MONDAY + 2 * DAY, second),
        (MONDAY + 3 * DAY, None),
    ]
    assert {(entry.source, entry.origin) for entry in entries} == {("", LedgerOrigin.DECLARED)}


def test_a_date_that_is_not_given_went_with_its_milestone(store: Store) -> None:
    launch, beta = date(2026, 12, 1), date(2026, 11, 2)
    given = [
        DeclaredDate(milestone=name, field=field, value=value)
        for name, value in (("p/x/launch", launch), ("p/x/beta", beta))
        for field in (LedgerField.COMMITMENT, LedgerField.PROMISE)
    ]

    def declare(dates: list[DeclaredDate], at: datetime) -> int:
        followed = [LedgerField.COMMITMENT]
        return store.observe_declared(
            dates, observed_at=at, whole=followed, over={"p/x/beta": date(2026, 11, 3)}
        )

    counts = [declare(given, MONDAY), declare([], MONDAY + DAY), declare([], MONDAY + 2 * DAY)]

    assert counts == [4, 3, 0]
    since = [one for one in store.ledger(EntityKind.DECLARED) if one.at > MONDAY]
    assert [(one.entity, one.field, one.value) for one in since] == [
        ("p/x/beta", LedgerField.CLOSED, date(2026, 11, 3)),
        ("p/x/beta", LedgerField.COMMITMENT, None),
        ("p/x/launch", LedgerField.COMMITMENT, None),
    ]


def test_text_that_a_database_refuses_is_stored_without_the_offence(
    store: Store, dump: Callable[[Store, str], list[str]]
) -> None:
    rude = "a\x00b\ud83dc\x1b[31m\x07\u202e"
    tame = "a\ufffdb\ufffdc\x1b[31m\x07\u202e"
    item = replace(PAY, id=rude, key=rude, title=rude, labels=(rude, "fine"), assignee=rude)
    batch = Batch(
        cursor={rude: rude},
        items=(item,),
        milestones=(replace(VERSION, id=rude, name=rude),),
        links=(replace(BLOCKED_BY, owner=rude, label=rude),),
        changes=(replace(MOVED, item=rude, id=rude, actor=rude),),
    )
    _apply(store, batch)
    ((_, stored),) = store.items()
    assert (stored.id, stored.title, stored.labels) == (tame, tame, (tame, "fine"))
    assert store.cursor("jira", "PAY") == {tame: tame}
    facts = dump(store, "jira")
    assert _apply(store, batch) == Applied(items=1)
    assert dump(store, "jira") == facts


def test_a_batch_that_fails_midway_leaves_nothing_behind(store: Store) -> None:
    _apply(store, Batch(cursor={"page": 1}))
    naive = replace(MOVED, at=datetime(2026, 1, 5))  # noqa: DTZ001 a converter's mistake
    with pytest.raises(Exception, match="zone"):
        _apply(store, replace(EVERYTHING, cursor={"page": 2}, changes=(naive,)))
    assert list(store.items()) == []
    assert store.cursor("jira", "PAY") == {"page": 1}


def test_loaded_payloads_leave_the_cursor_alone(store: Store) -> None:
    _apply(store, EVERYTHING)
    store.apply("jira", None, Batch(cursor={}), observed_at=MONDAY)
    assert store.cursor("jira", "PAY") == {"updated": 5}


def test_items_are_read_in_order_of_their_ids_on_every_database(store: Store) -> None:
    ids = ["b", "B", "a-1", "a1", "ä", "_", "10", "9"]
    _apply(store, _items(*(replace(PAY, id=name) for name in ids)))
    assert [item.id for _, item in store.items()] == sorted(ids)


def test_many_items_fit_in_one_batch(store: Store) -> None:
    many = tuple(replace(PAY, id=str(number)) for number in range(1, 1502))
    links = tuple(replace(BLOCKED_BY, owner=item.id) for item in many)
    assert _apply(store, _items(*many, links=links)).links_added == 1501
    applied = _apply(store, _items(*many))
    assert (applied.items_changed, applied.links_removed) == (0, 1501)
    assert sum(1 for _ in store.items()) == 1501


def test_a_reader_may_stop_early(store: Store) -> None:
    _apply(store, _items(PAY, replace(PAY, id="10004")))
    assert next(store.items()) == ("jira", PAY)


def test_a_release_and_its_reopening_are_in_the_ledger_where_they_were_seen(store: Store) -> None:
    released = replace(VERSION, closed=True, closed_on=date(2026, 3, 1))
    for hours, version in enumerate([VERSION, released, released, VERSION, released]):
        batch = Batch(cursor={}, milestones=(version,))
        store.apply("jira", "PAY", batch, observed_at=MONDAY + hours * HOUR)

    seen = [
        (entry.field, entry.at, entry.value)
        for entry in store.ledger(EntityKind.MILESTONE, entity="77")
        if entry.field in (LedgerField.CLOSED, LedgerField.REOPENED)
    ]

    assert seen == [
        (LedgerField.CLOSED, MONDAY + HOUR, date(2026, 3, 1)),
        (LedgerField.CLOSED, MONDAY + 4 * HOUR, date(2026, 3, 1)),
        (LedgerField.REOPENED, MONDAY + 3 * HOUR, None),
    ]


def test_a_version_that_was_released_before_it_was_known_was_not_seen_released(
    store: Store,
) -> None:
    batch = Batch(cursor={}, milestones=(replace(VERSION, closed=True),))
    store.apply("jira", "PAY", batch, observed_at=MONDAY)

    fields = {entry.field for entry in store.ledger(EntityKind.MILESTONE, entity="77")}
    assert fields == {LedgerField.START, LedgerField.DUE}
