"""What the optional parts of the contract promise, for connectors that have them.

Each class is one to derive the tests from, beside ``Conformance`` or ``HttpConformance``.
"""

from contextlib import closing
from dataclasses import replace

import pytest

from slipwatch.aggregator.connector import (
    Connector,
    Delivery,
    Explores,
    HookRefusedError,
    ListsLinks,
    ReadsItems,
    ReceivesHooks,
    Skip,
    TakesCensus,
)
from slipwatch.aggregator.records import LinkKind, LinkOrigin, Presence

from .bench import Bench
from .core import Conformance
from .world import Signed


class CensusConformance(Conformance):
    """The tests of a connector that lists ids."""

    def __init_subclass__(cls) -> None:
        """Declare it."""
        super().__init_subclass__()
        cls.extras = cls.extras | {TakesCensus}

    def test_a_census_lists_exactly_the_items(self, bench: Bench) -> None:
        """The ids of a pull, no more and no fewer."""
        assert _census(bench) == set(bench.world.items)

    def test_a_census_of_a_missing_scope_is_skipped(self, bench: Bench) -> None:
        """An empty listing would say that everything is gone."""
        with pytest.raises(Skip):
            _census(bench, bench.world.missing)

    def test_items_that_are_there_are_not_absent(self, bench: Bench) -> None:
        """``locate`` yields nothing for them."""
        with closing(bench.connector()) as connector:
            assert isinstance(connector, TakesCensus)
            assert list(connector.locate(bench.world.scope, bench.world.items)) == []

    def test_a_deleted_item_is_found_out(self, bench: Bench) -> None:
        """It is listed no more, and is gone, or invisible where the tracker does not tell."""
        assert bench.world.delete is not None, "set World.delete"
        bench.pull()
        deleted = bench.world.delete()
        assert _census(bench) == set(bench.world.items) - {deleted}
        with closing(bench.connector()) as connector:
            assert isinstance(connector, TakesCensus)
            absences = list(connector.locate(bench.world.scope, bench.world.items))
        assert [absence.item for absence in absences] == [deleted]
        assert absences[0].presence in (Presence.GONE, Presence.INVISIBLE)

    def test_a_listing_tells_the_links_of_a_pull(self, bench: Bench) -> None:
        """Where there is ``listing``: the same ids, parents, and of each kind the same links."""
        batches = bench.pull()
        items = {item.id: item for batch in batches for item in batch.items}
        links: dict[tuple[str, LinkKind], set[str]] = {}
        for link in (link for batch in batches for link in batch.links):
            if link.origin is LinkOrigin.TRACKER:
                ends = {link.upstream, link.downstream} - {items[link.owner].key}
                links.setdefault((link.owner, link.kind), set()).update(ends)
        with closing(bench.connector()) as connector:
            if isinstance(connector, ListsLinks):
                said = {
                    item: one
                    for page in connector.listing(bench.world.scope)
                    for item, one in page.items()
                }
                assert set(said) == set(bench.world.items)
                for item, one in said.items():
                    assert one is not None
                    own = items[item]
                    assert one.parent == own.parent
                    assert one.planned in (None, (own.start_date, own.due_date, own.points))
                    for kind, others in one.links.items():
                        assert others == links.get((item, kind), set()), (item, kind)

    def test_items_read_by_id_are_what_a_pull_gives(self, bench: Bench) -> None:
        """Where there is ``read``: those items, no others, and none that was deleted."""
        whole = bench.pull()
        pulled = {item.id: item for batch in whole for item in batch.items}
        wanted = {item: pulled[item].key for item in sorted(pulled)[:2]}
        with closing(bench.connector()) as connector:
            if isinstance(connector, ReadsItems):
                batches = list(connector.read(bench.world.scope, wanted, whole[-1].cursor))
                found = {item.id: item for batch in batches for item in batch.items}
                assert found == {item: pulled[item] for item in wanted}
                assert bench.world.delete is not None, "set World.delete"
                deleted = bench.world.delete()
                keys = {deleted: pulled[deleted].key}
                assert not [
                    batch.items
                    for batch in connector.read(bench.world.scope, keys, None)
                    if batch.items
                ]


class HookConformance(Conformance):
    """The tests of a connector that receives webhooks."""

    def __init_subclass__(cls) -> None:
        """Declare it."""
        super().__init_subclass__()
        cls.extras = cls.extras | {ReceivesHooks}

    def test_a_signed_delivery_names_its_scope(self, bench: Bench) -> None:
        """And has the same id when it is sent again."""
        signed = _signed(bench)
        headers = signed.sign(signed.body)
        with closing(bench.connector()) as connector:
            first = _receive(connector, headers, signed.body)
            again = _receive(connector, headers, signed.body)
        assert bench.world.scope in first.scopes
        assert first.id == again.id != ""
        assert first.event
        assert first.batch is None or dict(first.batch.cursor) == {}

    def test_a_delivery_that_is_not_signed_is_refused(self, bench: Bench) -> None:
        """With 401, whichever header is missing or wrong; its texts tell no secret."""
        signed = _signed(bench)
        headers = signed.sign(signed.body)
        told = [name for name, value in headers.items() if _vouches(bench, name, value)]
        assert told, "none of the headers is a signature"
        for name in told:
            for wrong in ("", "sha256=00", headers[name][:-1], f"{headers[name]}0", "ü\x00"):
                assert _refusal(bench, {**headers, name: wrong}, signed.body).status == 401
            without = {other: value for other, value in headers.items() if other != name}
            assert _refusal(bench, without, signed.body).status == 401

    def test_a_body_that_was_changed_is_refused(self, bench: Bench) -> None:
        """Where the tracker signs bodies; a shared secret cannot tell."""
        signed = _signed(bench)
        headers = signed.sign(signed.body)
        changed = signed.body.replace(b" ", b"  ") + b" "
        if signed.signs_body:
            assert _refusal(bench, headers, changed).status == 401
        else:
            with closing(bench.connector()) as connector:
                assert _receive(connector, headers, changed).scopes == (bench.world.scope,)

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"7", b'{"a": 1}', b"\xff\xfe"])
    def test_what_is_no_delivery_is_refused(self, bench: Bench, body: bytes) -> None:
        """With 400 for what cannot be read, or as a delivery about nothing of ours."""
        signed = _signed(bench)
        headers = signed.sign(body)
        with closing(bench.connector()) as connector:
            try:
                scopes, status = _receive(connector, headers, body).scopes, 400
            except HookRefusedError as error:
                scopes, status = (), error.status
        assert (scopes, status) == ((), 400)


class ExploringConformance(Conformance):
    """The tests of a connector that says what there is to be read."""

    def __init_subclass__(cls) -> None:
        """Declare it."""
        super().__init_subclass__()
        cls.extras = cls.extras | {Explores}

    def test_it_says_what_and_who(self, bench: Bench) -> None:
        """The product and the account."""
        with closing(bench.connector()) as connector:
            assert isinstance(connector, Explores)
            site = connector.identify()
        assert site.product
        assert site.account

    def test_it_finds_the_scope(self, bench: Bench) -> None:
        """Once, among what the account may read."""
        with closing(bench.connector()) as connector:
            assert isinstance(connector, Explores)
            found = [scope.scope for scope in connector.explore()]
        assert found.count(bench.world.scope) == 1

    def test_it_looks_into_the_scope(self, bench: Bench) -> None:
        """Its milestones have the ids that a pull gives them, and a progress that adds up."""
        with closing(bench.connector()) as connector:
            assert isinstance(connector, Explores)
            found = connector.look(bench.world.scope)
        assert found.scope == bench.world.scope
        for milestone in found.milestones:
            assert milestone.id in bench.world.milestones
            assert milestone.name
            assert 0 <= (milestone.done or 0) <= (milestone.total or len(bench.world.items))

    def test_a_missing_scope_is_not_looked_into(self, bench: Bench) -> None:
        """``Skip`` says so."""
        with closing(bench.connector()) as connector:
            assert isinstance(connector, Explores)
            with pytest.raises(Skip):
                connector.look(bench.world.missing)

    def test_a_sample_is_what_a_pull_would_give(self, bench: Bench) -> None:
        """Its items are of the scope, and the cursor is empty."""
        with closing(bench.connector()) as connector:
            assert isinstance(connector, Explores)
            batch = connector.sample(bench.world.scope, sorted(bench.world.milestones), 10)
        assert {item.id for item in batch.items} <= bench.world.items.keys()
        assert dict(batch.cursor) == {}


def _census(bench: Bench, scope: str | None = None) -> set[str]:
    with closing(bench.connector()) as connector:
        assert isinstance(connector, TakesCensus)
        return {item for page in connector.ids(scope or bench.world.scope) for item in page}


def _signed(bench: Bench) -> Signed:
    assert bench.world.delivery is not None, "set World.delivery"
    return replace(bench.world.delivery)


def _receive(connector: Connector, headers: object, body: bytes) -> Delivery:
    assert isinstance(connector, ReceivesHooks)
    assert isinstance(headers, dict)
    return connector.receive(headers, body)


def _refusal(bench: Bench, headers: object, body: bytes) -> HookRefusedError:
    with closing(bench.connector()) as connector, pytest.raises(HookRefusedError) as raised:
        _receive(connector, headers, body)
    assert not any(secret in str(raised.value) for secret in bench.world.secrets)
    return raised.value


def _vouches(bench: Bench, name: str, value: str) -> bool:
    """Whether a header is what a delivery is believed for."""
    return "signature" in name or any(secret == value for secret in bench.world.secrets)
