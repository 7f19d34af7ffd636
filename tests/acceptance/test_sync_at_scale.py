"""Whole syncs over real HTTP: complete, cheap when nothing changed, kill-proof, small."""

import json
import random
from collections import Counter
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.requests import Request

from slipwatch.aggregator.store import open_store
from slipwatch.aggregator.sync import SyncResult
from slipwatch.daemon.settings import read_settings
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import system_clock
from slipwatch.demo import DemoServer, DemoServers, User, World

from ..daemon.running import Commands
from ..daemon.warm import Warm
from .worlds import (
    SOURCE,
    Kind,
    Size,
    asked,
    build,
    difference,
    digest,
    edit,
    server_of,
    stored_facts,
    true_facts,
    write_config,
)

MEMORY = 300.0
"""MiB that no sync may exceed, whatever the size of the source."""
GROWTH = 16.0
"""MiB for a second page of issues beside what is left of the first."""
PAGE, LARGE = 500, 1000
"""Issues of a project that Jira gives in one page, and in two; GitHub's pages hold a hundred."""

ANA = User("ana", "Ana", 8)


def one_each(size: Size) -> Counter[str]:
    """Give what a sync may ask when nothing has changed: two requests a project or repository."""
    match size.kind:
        case Kind.GITHUB:
            forms = "/repos/{}/milestones", "/repos/{}/issues"
        case Kind.CLOUD:
            forms = "/rest/api/2/project/{}/versions", "/rest/api/2/search/jql {}"
        case Kind.DATACENTER:
            forms = "/rest/api/2/project/{}/versions", "/rest/api/2/search {}"
    return Counter(form.format(name) for name in size.names() for form in forms)


def facts_in(folder: Path) -> list[str]:
    with open_store(f"sqlite:///{folder / 'slipwatch.db'}") as store:
        return stored_facts(store)


class Place:
    """A site served by this process, and a store that reads it in this process too."""

    def __init__(self, folder: Path, size: Size, world: World, server: DemoServer) -> None:
        self.size = size
        self.folder = folder
        self.world = world
        self.server = server
        folder.mkdir(exist_ok=True)
        self.configure()

    def configure(self, page_size: int | None = None) -> None:
        names = self.size.names()
        write_config(self.folder, self.size.kind, self.server.url, names, page_size=page_size)

    def sync(self) -> SyncResult:
        settings = read_settings(self.folder / "slipwatch.yaml")
        with open_store(settings.store_url()) as store:
            result = sync_once(settings, store, SOURCE, now=system_clock)
        assert result.error is None
        assert result.warnings == ()
        return result

    def facts(self) -> list[str]:
        return true_facts(self.world, self.size.kind)

    def difference(self) -> list[str]:
        return difference(self.facts(), facts_in(self.folder))

    def requests(self) -> Counter[str]:
        counted = Counter(map(asked, self.server.requests))
        self.server.requests.clear()
        return counted

    def lists_issues(self, request: Request) -> bool:
        return request.url.path.endswith(("/search", "/search/jql", "/issues"))


@contextmanager
def served(folder: Path, size: Size) -> Generator[Place]:
    world = build(size)
    with server_of(DemoServers(world), size.kind) as server:
        yield Place(folder, size, world, server)


@pytest.fixture(params=list(Kind))
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Place]:
    with served(tmp_path, Size(kind=request.param, scopes=3, issues=230)) as made:
        made.configure(page_size=60)
        yield made


@pytest.mark.slow
def test_projects_of_a_thousand_issues_arrive_complete_in_small_memory_and_are_cheap_to_read_again(
    tmp_path: Path, warm: Warm
) -> None:
    sizes = [Size(kind=kind, scopes=3, issues=issues) for kind in Kind for issues in (PAGE, LARGE)]
    with ExitStack() as stack:
        places = [
            stack.enter_context(served(tmp_path / f"{size.kind}{size.issues}", size))
            for size in sizes
        ]

        first = sync_all(warm, places)
        for place in places:
            found, expected = facts_in(place.folder), place.facts()
            assert sum(fact.startswith('["item"') for fact in found) == 3 * place.size.issues
            assert difference(expected, found) == []
            assert digest(found) == digest(expected)
            assert place.requests()

        again = sync_all(warm, places)
        for place in places:
            assert place.requests() == one_each(place.size)

    for peaks in (first, again):
        assert max(peaks) < MEMORY
        for once, twice in zip(peaks[::2], peaks[1::2], strict=True):
            assert twice < once + GROWTH


def sync_all(warm: Warm, places: list[Place]) -> list[float]:
    """Sync sites at the same time, each into its own database; give the peaks of memory in MiB."""
    running = [Commands(warm, place.folder).begin("sync") for place in places]
    ended = [each.end() for each in running]
    assert [(each.code, each.err) for each in ended if each.code != 0] == []
    return [each.peak for each in ended]


def test_of_one_changed_issue_in_a_hundred_only_that_one_is_read_again(place: Place) -> None:
    place.sync()
    unsettled = _changed_since(place, place.world.now - timedelta(minutes=15))
    place.requests()

    keys = edit(place.world, place.size.kind, count=7)
    result = place.sync()

    assert result.changed == len(keys) == 7
    assert 7 <= result.items <= 7 + unsettled
    listings = one_each(place.size)
    requests = place.requests()
    assert listings <= requests
    assert requests.total() - listings.total() <= 2 * 7
    assert place.difference() == []


def _changed_since(place: Place, at: datetime) -> int:
    return sum(
        json.loads(fact)[8] >= at.isoformat()
        for fact in place.facts()
        if fact.startswith('["item"')
    )


def test_what_changes_behind_and_before_a_walk_is_found_by_it(place: Place) -> None:
    """An issue read already, one not read yet, and one that was not there when it began."""
    pages = 0

    def meddle(request: Request) -> None:
        nonlocal pages
        pages += place.lists_issues(request)
        if pages == 2:
            _work_on_oldest_and_newest(place)
            pages += 1

    place.server.fault = meddle
    place.sync()
    place.server.fault = None

    assert pages > 3
    assert place.difference() == []


def _work_on_oldest_and_newest(place: Place) -> None:
    world = place.world
    with world.lock:
        world.now += timedelta(seconds=30)
        if place.size.kind is Kind.GITHUB:
            repository = world.github.by_name["acme/r000"]
            by_change = sorted(repository.issues.values(), key=lambda issue: issue.updated)
            for issue in (by_change[0], by_change[-1]):
                world.github.assign(issue, ANA, at=world.now)
            world.github.add_issue(repository, "New", at=world.now)
            return
        site = world.jira_cloud if place.size.kind is Kind.CLOUD else world.jira_dc
        project = site.projects["T000"]
        tickets = sorted(project.issues, key=lambda issue: issue.updated)
        for ticket in (tickets[0], tickets[-1]):
            site.transition(ticket, "In Review", at=world.now, by=ANA)
        site.add_issue(project, "New", at=world.now)


def test_a_site_that_never_stands_still_is_known_once_it_does(place: Place) -> None:
    chance = random.Random(11)

    def meddle(request: Request) -> None:
        if place.lists_issues(request) and chance.random() < 0.4:
            with place.world.lock:
                edit(
                    place.world,
                    place.size.kind,
                    count=chance.randrange(1, 40),
                    seed=chance.randrange(10**6),
                    after=timedelta(seconds=chance.choice((0, 1, 20, 90))),
                )

    place.server.fault = meddle
    for _ in range(3):
        place.sync()
    place.server.fault = None
    place.sync()

    assert place.difference() == []
