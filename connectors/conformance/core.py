"""What every connector keeps to, whatever it reads."""

import json
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from slipwatch.aggregator.connector import Explores, ReceivesHooks, TakesCensus
from slipwatch.aggregator.records import (
    Batch,
    Category,
    Change,
    ChangedField,
    Cursor,
    Item,
    MilestoneKind,
    TrackerMilestone,
    standing_of,
    type_of,
)
from slipwatch.aggregator.store import Store, open_store

from .bench import Bench, through_json
from .world import World

LARGEST_CURSOR = 256 * 1024
"""Bytes of a cursor, which is written with every batch."""


class Conformance:
    """The tests of any connector; a subclass gives a fixture ``world`` that returns a ``World``."""

    extras: frozenset[type] = frozenset()
    """The optional protocols that the connector is tested for; see ``optional``."""

    @pytest.fixture(scope="class")
    @classmethod
    def conformance_template(cls, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """Make an empty store once: its schema takes longer than many a test."""
        path = tmp_path_factory.mktemp("conformance") / "empty.db"
        open_store(f"sqlite:///{path}").close()
        return path

    @pytest.fixture
    def conformance_store(self, conformance_template: Path, tmp_path: Path) -> Iterator[Store]:
        """Give an empty store."""
        path = shutil.copy(conformance_template, tmp_path / "conformance.db")
        with open_store(f"sqlite:///{path}") as store:
            yield store

    @pytest.fixture
    def bench(self, world: World, conformance_store: Store) -> Bench:
        """Make the workbench."""
        return Bench(world, conformance_store, None)

    def test_what_it_can_do_is_tested(self, bench: Bench) -> None:
        """Every optional part that the connector has is declared, and no other."""
        with closing(bench.connector()) as connector:
            for extra in (TakesCensus, ReceivesHooks, Explores):
                assert isinstance(connector, extra) == (extra in self.extras), (
                    f"{extra.__name__}: derive the tests from its class in "
                    "slipwatch.connectors.conformance exactly when the connector has it"
                )

    def test_it_names_its_scopes(self, bench: Bench) -> None:
        """The scope is among them, and none is named twice."""
        with closing(bench.connector()) as connector:
            scopes = list(connector.scopes())
            assert isinstance(connector.name, str)
        assert bench.world.scope in scopes
        assert len({scope.casefold() for scope in scopes}) == len(scopes)

    def test_a_whole_pull_finds_everything(self, bench: Bench) -> None:
        """All items, milestones and links of the world come, and no other items."""
        bench.keep("whole", bench.pull())
        assert {item.id: item.key for _, item in bench.store.items("whole")} == bench.world.items
        found = {milestone.id for _, milestone in bench.store.tracker_milestones("whole")}
        assert found >= bench.world.milestones
        links = {(link.upstream, link.downstream) for _, link, _ in bench.store.links("whole")}
        assert links >= bench.world.links

    def test_records_keep_their_promises(self, bench: Bench) -> None:
        """Times are aware, outcomes are of what is done, ids are unique, links have owners."""
        batches = bench.pull()
        milestones = {one.id for batch in batches for one in batch.milestones}
        for batch in batches:
            check_batch(batch, bench.world.told_scope or bench.world.scope, milestones)

    def test_a_second_whole_pull_changes_nothing(self, bench: Bench) -> None:
        """Everything comes again, and the store counts no change."""
        first = bench.sync(full=True)
        before = bench.told(first.source)
        again = bench.sync(full=True)
        assert (first.error, again.error) == (None, None)
        assert again.changed == 0
        assert bench.told(first.source) == before

    def test_an_unchanged_scope_says_nothing_new(self, bench: Bench) -> None:
        """A second pull from where the first one ended changes nothing, and reads no item."""
        first = bench.sync()
        again = bench.sync()
        assert again.error is None
        assert again.scopes == (bench.world.scope,)
        assert (again.changed, again.items) == (0, 0)
        assert first.items >= len(bench.world.items)

    def test_a_pull_goes_on_from_every_batch(self, bench: Bench) -> None:
        """Stopped after any batch, it ends with the same store as one that was not stopped."""
        batches = bench.pull()
        whole = bench.keep("whole", batches)
        for stop in range(len(batches) + 1):
            name = f"stopped after {stop}"
            pull = bench.batches()
            bench.keep(name, (next(pull) for _ in range(stop)))
            pull.close()
            assert bench.keep(name, bench.pull(_kept(bench, name))) == whole, name

    def test_a_pull_killed_before_a_batch_is_stored_loses_nothing(self, bench: Bench) -> None:
        """A batch that was yielded and never stored comes again."""
        batches = bench.pull()
        whole = bench.keep("whole", batches)
        for stored in range(len(batches)):
            name = f"killed after {stored}"
            pull = bench.batches()
            bench.keep(name, [next(pull) for _ in range(stored + 1)][:stored])
            pull.close()
            assert bench.keep(name, bench.pull(_kept(bench, name))) == whole, name

    def test_cursors_are_json(self, bench: Bench) -> None:
        """Every cursor is the same after a round trip, and small."""
        for batch in bench.pull():
            assert through_json(batch.cursor) == dict(batch.cursor)
            assert len(json.dumps(dict(batch.cursor))) <= LARGEST_CURSOR

    def test_a_cursor_that_cannot_be_read_begins_anew(self, bench: Bench) -> None:
        """One of another release, or with values of other types, loses nothing."""
        batches = bench.pull()
        whole = bench.keep("whole", batches)
        for number, cursor in enumerate(spoilt(batches[-1].cursor)):
            name = f"spoilt {number}"
            told = bench.keep(name, bench.pull(cursor))
            assert told == whole, f"from {sorted(cursor)} number {number}"

    def test_an_edit_comes_with_the_next_pull(self, bench: Bench) -> None:
        """A changed title arrives, and no other title changes."""
        source = bench.sync().source
        before = bench.titles(source)
        edited = bench.world.edit()
        result = bench.sync()
        after = bench.titles(source)
        assert result.changed >= 1
        assert {item for item in after if after[item] != before.get(item)} == {edited}

    def test_a_milestone_that_was_deleted_is_gone(self, bench: Bench) -> None:
        """Where a connector says that its lists are whole, and that one alone."""
        claims = any(batch.listings for batch in bench.pull())
        delete = bench.world.delete_milestone
        assert claims == (delete is not None), (
            "set World.delete_milestone exactly when batches have listings"
        )
        if delete is None:
            return
        source = bench.sync().source
        assert bench.gone(source) == set()
        deleted = delete()
        assert bench.sync().error is None
        assert bench.gone(source) == {deleted}
        bench.sync(full=True)
        assert bench.gone(source) == {deleted}

    def test_it_can_be_closed_and_used_again(self, bench: Bench) -> None:
        """Closing lets go of connections, not of the connector; closing twice is no error."""
        with closing(bench.connector()) as connector:
            first = list(connector.pull(bench.world.scope, None))
            connector.close()
            connector.close()
            second = list(connector.pull(bench.world.scope, None))
        assert bench.keep("first", first) == bench.keep("second", second)

    def test_recorded_payloads_convert_to_what_a_pull_gives(self, bench: Bench) -> None:
        """``convert`` needs no network, and says of each item what ``pull`` says."""
        pulled = {item.id: item for batch in bench.pull() for item in batch.items}
        assert_converts(bench, bench.world.payloads, pulled)

    @pytest.mark.parametrize("payload", [None, 7, "text", [1], ["text"], {"a": 1}, [[{"b": None}]]])
    def test_what_is_no_payload_is_refused(self, bench: Bench, payload: object) -> None:
        """``convert`` raises ``ValueError``, and nothing else."""
        with closing(bench.connector()) as connector, pytest.raises(ValueError):  # noqa: PT011
            connector.convert(payload)

    def test_secrets_are_never_told(
        self, bench: Bench, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """They are in no log, cursor, record, text of the connector, or file of the store."""
        with caplog.at_level(logging.DEBUG), closing(bench.connector()) as connector:
            batches = list(connector.pull(bench.world.scope, None))
            said = [repr(connector), str(connector), repr(batches), caplog.text]
        bench.sync()
        said += [path.read_bytes().decode("latin-1") for path in tmp_path.glob("conformance*")]
        for secret in bench.world.secrets:
            assert not any(secret in text for text in said)


def assert_converts(bench: Bench, payloads: Sequence[object], pulled: Mapping[str, Item]) -> None:
    """Convert payloads, and compare each item of the world with what was pulled."""
    converted: dict[str, Item] = {}
    with closing(bench.connector()) as connector:
        for payload in payloads:
            try:
                batch = connector.convert(payload)
            except ValueError:
                continue  # an answer about something else, such as the server's version
            assert dict(batch.cursor) == {}
            converted |= {item.id: item for item in batch.items}
    for item in bench.world.items:
        assert converted.get(item) == pulled[item]


def check_batch(batch: Batch, scope: str, milestones: set[str]) -> None:
    """Check a batch against what ``records`` promises to those who read it."""
    owners = {item.id for item in batch.items}
    assert len(owners) == len(batch.items), "an item comes twice in one batch"
    for item in batch.items:
        _check_item(item, scope, milestones)
    for link in batch.links:
        assert link.owner in owners, f"{link}: its owner is not in the batch"
        assert link.upstream != link.downstream
        assert link.since is None or _is_utc(link.since)
    for milestone in batch.milestones:
        _check_milestone(milestone, scope)
    for listing in batch.listings:
        assert (
            listing.kind is MilestoneKind.SPRINT
            or scope == listing.scope
            or scope.startswith(f"{listing.scope}/")
        ), listing
    ids = [(change.item, change.id) for change in batch.changes]
    assert len(set(ids)) == len(ids), "two changes of an item have one id"
    for change in batch.changes:
        _check_change(change)


def _check_item(item: Item, scope: str, milestones: set[str]) -> None:
    assert item.id
    assert item.key == item.key.strip() != ""
    assert item.scope == scope
    assert item.url == "" or urlsplit(item.url).scheme in {"http", "https"}, item.url
    assert (item.outcome is not None) == (item.category is Category.DONE), item
    assert item.done_at is None or item.category is Category.DONE, item
    for at in (
        item.created_at,
        item.updated_at,
        item.started_at,
        item.done_at,
        item.blocked_since,
    ):
        assert at is None or _is_utc(at), item
    assert item.created_at <= item.updated_at
    for day in (item.start_date, item.due_date):
        assert type(day) in (date, type(None)), item
    assert set(item.milestones) <= milestones, f"{item.key} is in a milestone that never came"
    assert item.parent != item.key


def _check_milestone(milestone: TrackerMilestone, scope: str) -> None:
    assert milestone.id
    assert scope == milestone.scope or scope.startswith(f"{milestone.scope}/"), milestone
    assert milestone.url == "" or urlsplit(milestone.url).scheme in {"http", "https"}
    for day in (milestone.start_date, milestone.due_date, milestone.closed_on):
        assert type(day) in (date, type(None)), milestone
    assert milestone.closed or milestone.closed_on is None
    assert milestone.gone_at is None, milestone


def _check_change(change: Change) -> None:
    assert _is_utc(change.at), change
    assert change.old != change.new, change
    for value in (change.old, change.new):
        if value is None:
            continue
        match change.field:
            case ChangedField.DUE | ChangedField.START:
                date.fromisoformat(value)
            case ChangedField.STATUS:
                assert standing_of(value)[0] is not None, change
            case ChangedField.TYPE:
                assert type_of(value)[0] is not None, change
            case ChangedField.POINTS:
                float(value)
            case _:
                assert value, change


def _is_utc(at: datetime) -> bool:
    return at.utcoffset() == timedelta(0)


def spoilt(cursor: Cursor) -> Iterator[Cursor]:
    """Yield cursors that no release of ours wrote, made from one that is sound."""
    yield {"version": 999_999}
    yield {"": None, "next": {"page": [1, "x"]}}
    for key, value in cursor.items():
        other: object = 17.5 if isinstance(value, str) else "§"
        yield {**cursor, key: other}


def _kept(bench: Bench, name: str) -> Cursor | None:
    """Give the cursor that the store holds for a name."""
    cursor = bench.store.cursor(name, bench.world.scope)
    return None if cursor is None else through_json(cursor)
