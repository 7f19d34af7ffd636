"""Repositories of an organization that are renamed, leave, or give their name to another."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.census import Wish, take_censuses
from slipwatch.aggregator.records import Presence
from slipwatch.aggregator.store import Store, open_store
from slipwatch.aggregator.sync import SyncResult, sync_source

DAY = timedelta(days=1)


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    with open_store(sqlite_url) as opened:
        yield opened


@pytest.fixture
def acme(github: Any) -> Any:
    """An organization with two repositories of seven issues each, and a milestone."""
    for name in ("acme/api", "acme/web"):
        github.add(name)
        for number in range(1, 8):
            github.issue(name, number)
    github.repositories["acme/api"].milestones.append(
        {"id": 7, "number": 1, "title": "v2", "state": "open", "created_at": "2026-01-01T00:00:00Z"}
    )
    list_them(github)
    return github


def list_them(github: Any, *names: str) -> None:
    """Let the organization list its repositories as they are, or those named."""
    github.organizations["acme"] = [
        {"id": found.number, "full_name": found.name}
        for found in github.repositories.values()
        if found.name in names or (not names and found.name.startswith("acme/"))
    ]


class Syncing:
    """A service that syncs day after day, with a new connector each time."""

    def __init__(self, store: Store, connect: Any, **settings: Any) -> None:
        self.store = store
        self._connect = connect
        self.settings = {"repositories": [], "organizations": ["acme"]} | settings
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self, *named: str, full: bool = False) -> SyncResult:
        self.now += DAY
        connector = self._connect(**self.settings)
        result = sync_source(
            connector, self.store, now=lambda: self.now, scopes=named or None, full=full
        )
        if named:
            return result
        wish = Wish(every=DAY)
        return take_censuses(connector, self.store, result, wish, now=lambda: self.now)

    def keys(self) -> set[str]:
        return {item.key for _, item in self.store.items()}

    def absent(self) -> set[tuple[str, Presence]]:
        keys = {item.id: item.key for _, item in self.store.items()}
        return {(keys[found.item], found.presence) for _, found in self.store.absences()}


@pytest.fixture
def sync(store: Store, connect: Any) -> Syncing:
    return Syncing(store, connect)


def keys(*repositories: str, numbers: range = range(1, 8)) -> set[str]:
    return {f"{name}#{number}" for name in repositories for number in numbers}


def test_a_renamed_repository_stays_the_scope_that_it_was(acme: Any, sync: Syncing) -> None:
    sync()
    acme.rename("acme/api", "acme/core")
    list_them(acme)
    acme.now += timedelta(hours=1)
    acme.issue("acme/core", 8)

    result = sync()

    assert set(result.scopes) == {"acme/api", "acme/web"}
    assert sync.keys() == keys("acme/api", "acme/web") | {"acme/api#8"}
    (milestone,) = [found for _, found in sync.store.tracker_milestones()]
    assert (milestone.id, milestone.scope, milestone.gone_at) == ("7", "acme/api", None)
    assert sync.absent() == set()


def test_a_webhook_that_names_it_by_its_new_name_is_about_the_same_scope(
    acme: Any, sync: Syncing
) -> None:
    sync()
    acme.rename("acme/api", "acme/core")
    list_them(acme)

    before = sync("acme/core")
    sync()
    after = sync("acme/core")

    assert before.scopes == after.scopes == ("acme/api",)
    assert sync.keys() == keys("acme/api", "acme/web")


def test_a_repository_that_is_seen_no_more_is_named_and_its_items_are_invisible(
    acme: Any, sync: Syncing
) -> None:
    sync()
    lost = acme.repositories.pop("acme/web")
    list_them(acme)

    result = sync()

    assert result.error is None
    assert result.scopes == ("acme/api",)
    assert "acme/web is none of the repositories of acme any more" in result.skipped["acme/web"]
    assert sync.store.source_states()["github"].skipped.keys() == {"acme/web"}
    assert sync.absent() == {(key, Presence.INVISIBLE) for key in keys("acme/web")}
    assert sync().skipped.keys() == {"acme/web"}, "and it is named again"

    acme.repositories["acme/web"] = lost
    list_them(acme)
    assert sync().skipped == {}
    assert sync.absent() == set(), "it is back as soon as it is read"


def test_a_repository_that_was_given_away_has_moved(acme: Any, sync: Syncing) -> None:
    sync()
    acme.rename("acme/web", "other/web")
    list_them(acme)

    result = sync()

    assert "it is other/web now" in result.skipped["acme/web"]
    assert sync.absent() == {(key, Presence.MOVED) for key in keys("acme/web")}
    assert sync.keys() == keys("acme/api", "acme/web")


def test_a_repository_that_is_archived_or_left_out_is_not_missed(acme: Any, sync: Syncing) -> None:
    sync()
    acme.organizations["acme"][1]["archived"] = True

    assert sync().skipped == {}
    sync.settings["organizations"] = [{"name": "acme", "exclude": ["web"]}]
    assert sync().skipped == {}
    assert sync.absent() == set()


def test_nothing_has_left_an_organization_that_cannot_be_listed(acme: Any, sync: Syncing) -> None:
    sync()
    del acme.organizations["acme"]

    result = sync()

    assert result.skipped.keys() == {"acme"}
    assert sync.absent() == set()


@pytest.mark.parametrize("full", [False, True])
def test_a_name_that_another_repository_took_leads_to_the_first_one(
    acme: Any, sync: Syncing, full: bool
) -> None:
    sync()
    acme.rename("acme/api", "acme/core")
    del acme.renamed["acme/api"]
    acme.add("acme/api").number = 2000
    acme.issue("acme/api", 1, id=5)
    list_them(acme)

    result = sync(full=full)

    assert set(result.scopes) == {"acme/api", "acme/web"}
    assert result.skipped.keys() == {"acme/api (2000)"}
    assert sync.keys() == keys("acme/api", "acme/web")
    assert [census.problem for census in result.censuses] == [None, None]
    assert sync.absent() == set()


def test_the_census_of_a_configured_repository_follows_it_too(
    acme: Any, store: Store, connect: Any
) -> None:
    sync = Syncing(store, connect, repositories=["acme/api"], organizations=[])
    sync()
    acme.rename("acme/api", "acme/core")
    sync()
    del acme.renamed["acme/api"]
    acme.add("acme/api").number = 2000
    acme.issue("acme/api", 1, id=5)

    (census,) = sync().censuses

    assert (census.problem, census.listed, census.missing) == (None, 7, 0)
    assert sync.keys() == keys("acme/api")
