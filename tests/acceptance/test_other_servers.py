"""Any server that keeps to the public contracts is read completely, however it goes about it."""

import json
import random
import re
import shutil
from collections import Counter
from collections.abc import Callable, Generator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from slipwatch.aggregator.store import open_store
from slipwatch.daemon.settings import read_settings
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import system_clock
from slipwatch.demo import DemoServer, DemoServers, World
from slipwatch.demo.jira_objects import JiraIssue

from .variants import (
    Variant,
    also,
    at_host,
    below,
    both,
    everywhere,
    first_histories,
    in_zone,
    links_as,
    named,
    null,
    pages_of,
    relative,
    reversed_query,
    times_as,
    with_more,
    without,
    without_nulls,
)
from .worlds import (
    SOURCE,
    Kind,
    Size,
    build,
    difference,
    edit,
    server_of,
    stored_facts,
    true_facts,
    write_config,
)

Serve = Callable[[Request], Response]

LONG_AGO = datetime(2025, 12, 1, 12, 0, tzinfo=UTC)
OPTIONAL = (
    "assignee", "assignees", "author", "body", "closed_by", "components", "description",
    "due_on", "duedate", "fixVersions", "issuelinks", "issue_dependencies_summary", "labels",
    "milestone", "releaseDate", "resolution", "startDate", "state_reason", "sub_issues_summary",
    "subtasks", "type", "user",
)  # fmt: skip
SINCE_2020 = ("sub_issues_summary", "issue_dependencies_summary", "type", "parent_issue_url")
"""What an older GitHub Enterprise Server does not know."""

EVERYWHERE = [
    Variant(name="gives pages of seven", ask=pages_of(7)),
    Variant(name="gives pages of one", ask=pages_of(1)),
    Variant(
        name="sends more than is documented, compressed, and closes connections",
        tell=with_more,
        head=both(also(connection="close"), named(str.upper)),
        compressed=True,
    ),
    Variant(
        name="leaves out what is null, and times have no fraction",
        ask=pages_of(25),
        tell=both(without_nulls, times_as(in_zone("%Y-%m-%dT%H:%M:%SZ"))),
    ),
    Variant(
        name="has null wherever that may be, and times far west",
        tell=both(null(*OPTIONAL), times_as(in_zone("%Y-%m-%dT%H:%M:%S%z", -3.5))),
        only_keys=True,
    ),
    Variant(
        name="says the time in the east, and its own not at all",
        tell=times_as(in_zone("%Y-%m-%dT%H:%M:%S.000%z", 5.5)),
        head=also(date="whenever"),
    ),
    Variant(name="has a clock that is ahead", head=also(date="Mon, 05 Jan 2032 09:00:00 GMT")),
    Variant(name="has a clock that is behind", head=also(date="Sun, 05 Jan 2020 09:00:00 GMT")),
]
CLOUD = [
    Variant(name="never says isLast", ask=pages_of(7), tell=without("isLast", "maxResults")),
    Variant(name="cuts changelogs off soon", ask=pages_of(9), tell=first_histories(5)),
]
DATACENTER = [Variant(name="never says how many there are", ask=pages_of(7), tell=without("total"))]
GITHUB = [
    Variant(
        name="turns the parameters of its links round",
        ask=pages_of(7),
        head=links_as(lambda url, rel: f'<{reversed_query(url)}>; rel="{rel}"'),
    ),
    Variant(
        name="is behind a proxy that its links do not know",
        ask=pages_of(7),
        head=links_as(lambda url, rel: f'<{at_host(url, "ghe.example")}>; title="x"; rel="{rel}"'),
    ),
    Variant(
        name="has links without host and quotes",
        ask=pages_of(7),
        head=links_as(lambda url, rel: f"<{relative(url)}>;rel={rel}"),
    ),
    Variant(
        name="gives nothing an address",
        tell=without("repository_url", "html_url", "url"),
        only_keys=True,
    ),
    Variant(name="is below a path that its addresses name", tell=everywhere(below("/git"))),
    Variant(name="is an older Enterprise Server", tell=without(*SINCE_2020), only_keys=True),
]
EVERY_CASE = [
    *((kind, variant) for variant in EVERYWHERE for kind in Kind),
    *((Kind.CLOUD, variant) for variant in CLOUD),
    *((Kind.DATACENTER, variant) for variant in DATACENTER),
    *((Kind.GITHUB, variant) for variant in GITHUB),
]


class Site:
    """A small world behind a server of our choice, and the store that reads it."""

    def __init__(self, folder: Path, size: Size, world: World, server: DemoServer) -> None:
        self.kind = size.kind
        self.world = world
        self.server = server
        self._folder = folder
        self._names = size.names()
        self.only_keys = False
        self.configure()

    def configure(self, path: str = "") -> None:
        """Read the API below a path of the server."""
        write_config(self._folder, self.kind, f"{self.server.url}{path}", self._names)

    def requests_of_sync(self) -> int:
        """Sync to the end, check what is known then, and count the requests it took."""
        self.server.requests.clear()
        settings = read_settings(self._folder / "slipwatch.yaml")
        with open_store(settings.store_url()) as store:
            result = sync_once(
                settings, store, SOURCE, now=system_clock, sleep=lambda _seconds: None
            )
            assert (result.error, result.warnings) == (None, ())
            expected, found = true_facts(self.world, self.kind), stored_facts(store)
        if self.only_keys:
            expected, found = _keys(expected), _keys(found)
        assert difference(expected, found) == []
        return len(self.server.requests)

    def tickets(self) -> list[JiraIssue]:
        """Give the issues of the Jira that is read."""
        jira = self.world.jira_cloud if self.kind is Kind.CLOUD else self.world.jira_dc
        return list(jira.issues.values())

    def all_changed_at(self, at: datetime) -> None:
        """Do what a bulk edit does."""
        for jira in (self.world.jira_cloud, self.world.jira_dc):
            for ticket in jira.issues.values():
                ticket.updated = at
            jira.revision += 1
        for repository in self.world.github.repositories.values():
            for issue in repository.issues.values():
                issue.updated = at
        self.world.github.revision += 1


def _keys(facts: list[str]) -> list[str]:
    """Give the keys of the items alone."""
    read = map(json.loads, facts)
    return [key for what, _, key, *_ in read if what == "item"]


@pytest.fixture
def site(kind: Kind, tmp_path: Path, empty_file: Path) -> Generator[Site]:
    size = Size(kind=kind, scopes=2, issues=45)
    world = build(size)
    shutil.copy(empty_file, tmp_path)
    with server_of(DemoServers(world), kind) as server:
        yield Site(tmp_path, size, world, server)


@pytest.mark.parametrize(("kind", "variant"), EVERY_CASE, ids=str)
def test_a_server_may_differ_in_all_that_is_not_promised(site: Site, variant: Variant) -> None:
    site.only_keys = variant.only_keys
    site.server.fault = variant.serve(site.world, site.kind)

    site.requests_of_sync()
    assert site.requests_of_sync() <= 4 or variant.name == "gives pages of one"
    edit(site.world, site.kind, count=5)
    site.requests_of_sync()


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("size", [7, 1000])
def test_a_bulk_edit_leaves_all_issues_with_one_time(site: Site, size: int) -> None:
    site.server.fault = Variant(name="", ask=pages_of(size)).serve(site.world, site.kind)

    site.all_changed_at(LONG_AGO)
    site.requests_of_sync()
    assert site.requests_of_sync() == 4
    site.all_changed_at(site.world.now)
    site.requests_of_sync()
    site.requests_of_sync()


@pytest.mark.parametrize("kind", [Kind.CLOUD, Kind.DATACENTER])
@pytest.mark.parametrize("size", [1, 7])
def test_an_index_may_know_no_more_than_seconds(site: Site, size: int) -> None:
    """Jira's Lucene index keeps whole seconds; what it sends has milliseconds."""

    def in_seconds(query: dict[str, str]) -> dict[str, str]:
        floored = re.sub(r"updated >= (\d+)\d{3}", r"updated >= \g<1>000", query.get("jql", ""))
        return pages_of(size)(query) | ({"jql": floored} if floored else {})

    for number, ticket in enumerate(tickets := site.tickets()):
        ticket.updated = LONG_AGO + timedelta(seconds=number * 4 // len(tickets))
    site.only_keys = True
    variant = Variant(name="", ask=in_seconds, tell=with_milliseconds)
    site.server.fault = variant.serve(site.world, site.kind)

    site.requests_of_sync()
    site.requests_of_sync()
    edit(site.world, site.kind, count=5)
    site.requests_of_sync()


def with_milliseconds(payload: Any) -> Any:
    """Add to the time of each issue's change what the index has lost of it."""
    if isinstance(payload, dict):
        for issue in payload.get("issues", ()):
            lost = timedelta(milliseconds=int(issue["id"]) * 379 % 1000)
            updated = datetime.fromisoformat(issue["fields"]["updated"]) + lost
            issue["fields"]["updated"] = updated.isoformat(timespec="milliseconds")
    return payload


@pytest.mark.parametrize("kind", list(Kind))
def test_a_server_in_trouble_is_read_to_the_end(site: Site) -> None:
    serve = Variant(name="", ask=pages_of(7)).serve(site.world, site.kind)
    site.server.fault = in_trouble(serve, random.Random(5))

    site.requests_of_sync()
    edit(site.world, site.kind, count=5)
    site.requests_of_sync()


def in_trouble(serve: Serve, chance: random.Random) -> Serve:
    """Make one answer in four a failure that passes; the third try is always answered."""
    tries: Counter[str] = Counter()

    def respond(request: Request) -> Response:
        tries[request.url.path + request.url.query] += 1
        if tries[request.url.path + request.url.query] % 3 == 0:
            return serve(request)
        match chance.randrange(20):
            case 0:
                return Response("<html>Bad Gateway</html>", 502)
            case 1:
                return Response(status_code=503, headers={"retry-after": "0"})
            case 2:
                return Response("{}", 429, headers={"Retry-After": "0"})
            case 3:
                return Response("<html>Please log in</html>")
            case 4:
                body = bytes(serve(request).body)
                return Response(body[: len(body) // 2])
            case _:
                return serve(request)

    return respond


@pytest.mark.parametrize(
    ("kind", "path"),
    [(Kind.CLOUD, "/ex/jira/7f0c"), (Kind.DATACENTER, "/jira"), (Kind.GITHUB, "/git")],
)
def test_an_api_may_be_below_a_path(site: Site, path: str) -> None:
    serve = Variant(name="", ask=pages_of(7)).serve(site.world, site.kind)

    def below(request: Request) -> Response:
        whole = request.url.path
        assert whole.startswith(f"{path}/")
        return serve(Request({**request.scope, "path": whole.removeprefix(path)}))

    site.configure(path)
    site.server.fault = below
    site.requests_of_sync()
    assert site.requests_of_sync() == 4


@pytest.mark.parametrize("kind", [Kind.CLOUD])
def test_a_page_may_be_empty_and_not_the_last(site: Site) -> None:
    serve = Variant(name="", ask=pages_of(7)).serve(site.world, site.kind)

    def respond(request: Request) -> Response:
        token = request.query_params.get("nextPageToken", "")
        if token.startswith("empty:"):
            page = {"issues": [], "nextPageToken": token.removeprefix("empty:"), "isLast": False}
            return Response(json.dumps(page))
        made = serve(request)
        page = json.loads(bytes(made.body))
        if "nextPageToken" not in page:
            return made
        return Response(json.dumps({**page, "nextPageToken": f"empty:{page['nextPageToken']}"}))

    site.server.fault = respond
    site.requests_of_sync()
    assert site.requests_of_sync() == 4


@pytest.mark.parametrize("kind", [Kind.GITHUB])
def test_issues_may_be_paged_by_cursor(site: Site) -> None:
    site.world.github.cursor_paging = True
    site.server.fault = Variant(name="", ask=pages_of(7)).serve(site.world, site.kind)

    site.requests_of_sync()
    assert site.requests_of_sync() == 4
    edit(site.world, site.kind, count=5)
    site.requests_of_sync()


@pytest.mark.parametrize("kind", [Kind.GITHUB])
def test_enterprise_has_its_api_below_a_path_of_its_own(site: Site) -> None:
    site.configure("/api/v3")
    site.server.fault = Variant(name="", ask=pages_of(7)).serve(site.world, site.kind)

    site.requests_of_sync()
    assert site.requests_of_sync() == 4
