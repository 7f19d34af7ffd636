"""Items that vanish from simulated trackers, from their listings to the assessment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from structlog.testing import capture_logs

from slipwatch.aggregator.records import Presence
from slipwatch.aggregator.store import ErrorKind, Store, open_store
from slipwatch.aggregator.sync import SyncResult
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.pipeline import Outcome, run_assessment
from slipwatch.daemon.settings import read_settings
from slipwatch.daemon.stored import today
from slipwatch.daemon.syncing import sync_once
from slipwatch.demo import DemoServers, User, World, bulk_world
from tests import clock

from .running import programs, sources, write_config

ISSUES = 60
SOMEBODY = User("sam", "Sam", 7)


@dataclass
class Watch:
    """slipwatch on three trackers, a day at a time."""

    settings: SlipwatchSettings
    store: Store
    now: datetime

    def sync(self, source: str, *, days: int = 1, census: bool = False) -> SyncResult:
        """Sync some days later, with the census that is due by then."""
        self.now += timedelta(days=days)
        return sync_once(self.settings, self.store, source, now=lambda: self.now, census=census)

    def assess(self) -> Outcome:
        return run_assessment(
            self.settings,
            self.store,
            as_of=today(self.settings, self.now),
            now=self.now,
            remember=True,
        )

    def absences(self, source: str) -> dict[str, tuple[Presence, str | None]]:
        """Give what is known of absent items, by key."""
        found = {absence.item: absence for _, absence in self.store.absences(source)}
        keys = self.store.keys(source, found)
        return {keys[item]: (a.presence, a.moved_to) for item, a in found.items()}


@pytest.fixture
def world() -> World:
    return bulk_world(
        projects=2, data_center_projects=2, repositories=2, issues=ISSUES, now=clock.now()
    )


@pytest.fixture
def config_file(servers: DemoServers, tokens: None, tmp_path: Path) -> Path:
    """Write settings that watch the three sites."""
    config: dict[str, Any] = {
        "assess": {"trials": 100},
        "sources": sources(servers),
        "programs": programs(),
    }
    return write_config(tmp_path, config)


@pytest.fixture
def watch(config_file: Path, sqlite_url: str, world: World) -> Iterator[Watch]:
    with open_store(sqlite_url) as store:
        yield Watch(read_settings(config_file), store, world.now)


@pytest.fixture
def empty_store(tmp_path: Path) -> Iterator[Store]:
    """Give one more store."""
    with open_store(f"sqlite:///{tmp_path / 'another.db'}") as store:
        yield store


@pytest.fixture
def watch_anywhere(config_file: Path, store: Store, world: World) -> Watch:
    """The same, on each kind of database in turn."""
    return Watch(read_settings(config_file), store, world.now)


def vanish(world: World, source: str) -> tuple[str, str, str, str]:
    """Delete, hide and move an issue of a tracker; return their keys, and the new key."""
    if source == "github":
        first, second = world.github.repositories.values()
        deleted, hidden, moved = list(first.issues.values())[:3]
        keys = deleted.key, hidden.key, moved.key
        world.github.delete_issue(deleted)
        world.github.hide_issue(hidden)
        there = world.github.transfer_issue(moved, second, at=world.now, by=SOMEBODY)
        return *keys, there.key
    site = world.jira_cloud if source == "cloud" else world.jira_dc
    project, other = site.projects.values()
    one, two, three = project.issues[:3]
    keys = one.key, two.key, three.key
    site.delete_issue(one)
    site.hide_issue(two)
    site.move_issue(three, other, at=world.now, by=SOMEBODY)
    return *keys, three.key


@pytest.mark.parametrize("source", ["cloud", "dc"])
def test_issues_that_the_account_may_see_only_later_are_read_with_their_history(
    watch: Watch, empty_store: Store, world: World, source: str
) -> None:
    site = world.jira_cloud if source == "cloud" else world.jira_dc
    issues = next(iter(site.projects.values())).issues
    hidden = issues[3:6]
    before = watch.sync(source, census=True)
    whole = {item.key: item for _, item in watch.store.items(source)}
    changes = {change.item for _, change in watch.store.changes(source)}
    watch.store = empty_store
    for issue in hidden:
        site.hide_issue(issue)
    assert watch.sync(source).items == before.items - 3

    for issue in hidden:
        site.show_issue(issue)
    watch.sync(source, days=0)
    assert not {issue.key for issue in hidden} & {i.key for _, i in watch.store.items(source)}

    assert watch.sync(source).error is None
    assert {item.key: item for _, item in watch.store.items(source)} == whole
    assert {change.item for _, change in watch.store.changes(source)} == changes
    assert watch.absences(source) == {}
    assert watch.sync(source, days=0).items == 0


def _issues_of(world: World) -> tuple[Any, ...]:
    """Give issues of the first repository that are no pull requests."""
    issues = next(iter(world.github.repositories.values())).issues.values()
    return tuple(one for one in issues if not (one.pull_request or one.blocked_by or one.parent))


def _stated(store: Store, owner: Any) -> set[tuple[str, str, str]]:
    """Give the links that GitHub itself has for an issue."""
    return {
        (link.label, link.upstream, link.downstream)
        for _, link, _ in store.links("github")
        if link.owner == str(owner.id) and link.label in {"sub-issue", "blocked by"}
    }


@pytest.mark.parametrize("graphql", [True, False])
def test_dependencies_that_come_and_go_without_a_change_of_their_issue_are_found_by_a_census(
    watch_anywhere: Watch, world: World, *, graphql: bool
) -> None:
    watch, site = watch_anywhere, world.github
    site.graphql, site.edges_touch = graphql, False
    blocked, blocker, parent, child, *_ = _issues_of(world)
    watch.sync("github")
    items = {item.id: item for _, item in watch.store.items("github")}
    before = _stated(watch.store, parent)
    site.block(blocked, blocker, at=world.now)
    site.add_sub_issue(parent, child, at=world.now)
    watch.sync("github", days=0)
    assert _stated(watch.store, blocked) == set()

    watch.sync("github")
    dependency = ("blocked by", blocker.key, blocked.key)
    assert _stated(watch.store, blocked) == {dependency}
    assert _stated(watch.store, parent) == before | {("sub-issue", child.key, parent.key)}
    site.close(blocker, at=world.now, by=SOMEBODY)
    watch.sync("github")
    assert _stated(watch.store, blocked) == {dependency}

    site.unblock(blocked, blocker, at=world.now)
    site.remove_sub_issue(parent, child, at=world.now)
    assert watch.sync("github").error is None
    assert (_stated(watch.store, blocked), _stated(watch.store, parent)) == (set(), before)
    changed = {one.id for _, one in watch.store.items("github") if one != items[one.id]}
    assert changed == {str(blocker.id)}


@pytest.mark.parametrize("graphql", [True, False])
def test_a_dependency_or_sub_issue_in_the_place_of_another_is_found_by_a_census(
    watch_anywhere: Watch, world: World, *, graphql: bool
) -> None:
    watch, site = watch_anywhere, world.github
    site.graphql = graphql
    blocked, blocker, other_blocker, parent, child, other_child = _issues_of(world)[:6]
    site.block(blocked, blocker, at=world.now)
    site.add_sub_issue(parent, child, at=world.now)
    watch.sync("github")
    before = _stated(watch.store, parent)
    site.edges_touch = False
    site.unblock(blocked, blocker, at=world.now)
    site.block(blocked, other_blocker, at=world.now)
    site.remove_sub_issue(parent, child, at=world.now)
    site.add_sub_issue(parent, other_child, at=world.now)
    watch.sync("github", days=0)
    assert _stated(watch.store, parent) == before

    watch.sync("github")
    assert _stated(watch.store, blocked) == {("blocked by", other_blocker.key, blocked.key)}
    assert _stated(watch.store, parent) == {("sub-issue", other_child.key, parent.key)}
    parents = {item.id: item.parent for _, item in watch.store.items("github")}
    assert (parents[str(child.id)], parents[str(other_child.id)]) == (None, parent.key)


def test_a_date_of_an_issues_own_fields_that_moved_without_a_change_is_found_by_a_census(
    watch_anywhere: Watch, world: World
) -> None:
    watch, (issue, *_) = watch_anywhere, _issues_of(world)

    def due() -> date | None:
        return {item.id: item.due_date for _, item in watch.store.items("github")}[str(issue.id)]

    issue.field_values = {"Target date": date(2026, 3, 9)}
    watch.sync("github")
    assert due() == date(2026, 3, 9)
    issue.field_values = {"Target date": date(2026, 4, 9)}
    watch.sync("github", days=0)
    assert due() == date(2026, 3, 9)
    watch.sync("github")
    assert due() == date(2026, 4, 9)


@pytest.mark.parametrize("graphql", [True, False])
def test_links_that_did_not_change_cost_a_census_a_query_or_without_graphql_a_request_a_list(
    watch: Watch, world: World, servers: DemoServers, *, graphql: bool
) -> None:
    world.github.graphql = graphql
    issues = next(iter(world.github.repositories.values())).issues.values()
    lists = sum(bool(one.sub_issues) + bool(one.blocked_by) for one in issues)
    assert lists > 0
    watch.sync("github")
    watch.sync("github", days=0)
    requests = _asked(watch, servers)
    listing, query = 1, 1
    for _ in range(2):
        asked = _asked(watch, servers, census=True)
        assert asked == requests + listing + query + (0 if graphql else lists)


def _asked(watch: Watch, servers: DemoServers, *, census: bool = False) -> int:
    """Sync GitHub, count what that asks for, and find that it changes nothing."""
    stored = _everything(watch.store)
    servers.github.requests.clear()
    assert watch.sync("github", days=0, census=census).error is None
    assert _everything(watch.store) == stored
    return len(servers.github.requests)


def test_links_that_the_account_may_not_see_cost_no_more_and_change_nothing(
    watch: Watch, world: World, servers: DemoServers
) -> None:
    blocked, *_ = _issues_of(world)
    elsewhere = list(world.github.repositories.values())[1]
    blocker = world.github.add_issue(elsewhere, "Out of sight", at=world.now)
    watch.sync("github")
    world.github.edges_touch = False
    requests = _asked(watch, servers, census=True)
    world.github.hide_issue(blocker)
    world.github.block(blocked, blocker, at=world.now)
    for _ in range(2):
        assert _asked(watch, servers, census=True) == requests


def _everything(store: Store) -> list[Any]:
    return [*store.items(), *store.links(), *store.changes(), *store.absences()]


def test_github_issues_that_the_account_may_see_only_later_are_read(
    watch: Watch, empty_store: Store, world: World
) -> None:
    hidden = _issues_of(world)[3:6]
    watch.sync("github")
    whole = {item.key: item for _, item in watch.store.items("github")}
    changes = {change.item for _, change in watch.store.changes("github")}
    watch.store = empty_store
    for issue in hidden:
        world.github.hide_issue(issue)
    watch.sync("github")
    for issue in hidden:
        world.github.show_issue(issue)

    assert watch.sync("github").error is None
    assert {item.key: item for _, item in watch.store.items("github")} == whole
    assert {change.item for _, change in watch.store.changes("github")} == changes
    assert watch.sync("github", days=0).items == 0


@pytest.mark.parametrize("source", ["cloud", "dc", "github"])
def test_what_was_deleted_hidden_and_moved_is_told_apart(
    watch_anywhere: Watch, world: World, source: str
) -> None:
    watch = watch_anywhere
    assert watch.sync(source).error is None
    before = sorted(item.key for _, item in watch.store.items())
    deleted, hidden, moved, moved_to = vanish(world, source)
    watch.sync(source)
    missed = (Presence.MISSED, None)
    assert watch.absences(source) == dict.fromkeys((deleted, hidden, moved), missed)
    watch.sync(source)
    # Jira Cloud has one answer for both.
    unseen = Presence.GONE if source == "cloud" else Presence.INVISIBLE
    assert watch.absences(source) == {
        deleted: (Presence.GONE, None),
        hidden: (unseen, None),
        moved: (Presence.MOVED, moved_to),
    }
    assert sorted(item.key for _, item in watch.store.items()) == before
    found = next(s for s in watch.assess().assessment.sources if s.name == source)
    assert (found.status, found.invisible) == ("ok", int(unseen is Presence.INVISIBLE))
    assert found.items == ISSUES - (2 if unseen is Presence.INVISIBLE else 3)


@pytest.mark.parametrize("source", ["cloud", "dc", "github"])
def test_what_can_be_seen_again_is_back_at_once(watch: Watch, world: World, source: str) -> None:
    site, (issue, *_) = _issues(world, source)
    watch.sync(source)
    site.hide_issue(issue)
    watch.sync(source)
    watch.sync(source)
    assert list(watch.absences(source)) == [issue.key]
    site.show_issue(issue)
    watch.sync(source)
    assert watch.absences(source) == {}


def _issues(world: World, source: str) -> tuple[Any, list[Any]]:
    """Give a tracker, and the issues of its first project or repository."""
    if source == "github":
        return world.github, list(next(iter(world.github.repositories.values())).issues.values())
    site = world.jira_cloud if source == "cloud" else world.jira_dc
    return site, list(next(iter(site.projects.values())).issues)


def test_an_issue_that_moved_to_a_project_that_is_read_is_simply_there(
    watch: Watch, world: World
) -> None:
    jira = watch.settings.sources["cloud"]
    jira = jira.model_copy(update={"projects": ("T000", "T001")})
    watch.settings = watch.settings.model_copy(
        update={"sources": {**watch.settings.sources, "cloud": jira}}
    )
    watch.sync("cloud")
    project, other = world.jira_cloud.projects.values()
    issue = project.issues[0]
    world.now += timedelta(hours=1)
    world.jira_cloud.move_issue(issue, other, at=world.now, by=SOMEBODY)
    watch.sync("cloud")
    watch.sync("cloud")
    assert watch.absences("cloud") == {}
    keys = [item.key for _, item in watch.store.items("cloud") if item.id == str(issue.id)]
    assert keys == [issue.key]


@pytest.mark.parametrize("source", ["cloud", "dc", "github"])
def test_a_listing_that_lacks_too_much_makes_the_source_stale_and_its_finding_says_why(
    watch: Watch, world: World, source: str
) -> None:
    watch.sync(source)
    site, issues = _issues(world, source)
    for issue in issues[:7]:
        site.hide_issue(issue)
    assert watch.sync(source).error is None
    assert watch.absences(source) == {}
    outcome = watch.assess()
    (found,) = [f for f in outcome.assessment.findings if f.subject == f"source:{source}"]
    scope = "acme/r000" if source == "github" else "T000"
    assert found.rule == "DQ-006"
    assert found.evidence["status"] == "stale"
    assert found.evidence["census"] == [{"scope": scope, "listed": ISSUES - 7, "missing": 7}]
    for issue in issues[:7]:
        site.show_issue(issue)
    watch.sync(source)
    assert next(s for s in watch.assess().portfolio.sources if s.name == source).doubted == ()


def _fault(servers: DemoServers, source: str, path: str, *answer: Any, **headers: str) -> None:
    """Let a tracker answer requests for a path otherwise."""
    server = {"cloud": servers.jira_cloud, "dc": servers.jira_dc, "github": servers.github}[source]

    def fault(request: Request) -> Response | None:
        if not request.url.path.endswith(path):
            return None
        status, body = answer
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Response(body, status_code=status, media_type="application/json", headers=named)

    server.fault = fault


def test_an_anonymous_listing_changes_nothing_and_says_that_the_token_is_refused(
    watch: Watch, world: World, servers: DemoServers
) -> None:
    watch.sync("cloud")
    vanish(world, "cloud")
    _fault(
        servers,
        "cloud",
        "/search/jql",
        200,
        b'{"issues": [], "isLast": true}',
        X_Seraph_LoginReason="AUTHENTICATED_FAILED",
    )
    result = watch.sync("cloud")
    assert (result.error_kind, watch.absences("cloud")) == (ErrorKind.STOP, {})
    assert "anonymous" in (watch.store.source_states()["cloud"].error or "")


@pytest.mark.parametrize("source", ["cloud", "dc"])
def test_a_project_that_may_not_be_seen_any_more_is_left_out_and_nothing_in_it_is_gone(
    watch: Watch, world: World, servers: DemoServers, source: str
) -> None:
    watch.sync(source)
    vanish(world, source)
    watch.sync(source)
    missed = watch.absences(source)
    _fault(
        servers, source, "/project/T000", 404, b'{"errorMessages": ["No project could be found"]}'
    )
    result = watch.sync(source)
    assert list(result.skipped) == ["T000"]
    left = {key: found for key, found in watch.absences(source).items() if found[1] is None}
    assert left.items() <= missed.items()
    assert watch.store.source_states()[source].skipped.keys() == {"T000"}


def test_a_repository_that_may_not_be_seen_any_more_loses_nothing(
    watch: Watch, world: World
) -> None:
    watch.sync("github")
    vanish(world, "github")
    watch.sync("github")
    missed = watch.absences("github")
    repository = world.github.by_name.pop("acme/r000")
    del world.github.repositories[repository.id]
    result = watch.sync("github")
    assert (result.error_kind, watch.absences("github")) == (ErrorKind.SKIP, missed)


@pytest.mark.parametrize("source", ["cloud", "dc"])
def test_a_dependency_on_an_issue_that_is_hidden_by_now_is_still_known(
    watch: Watch, world: World, source: str
) -> None:
    site = world.jira_cloud if source == "cloud" else world.jira_dc
    upstream, downstream = next(iter(site.projects.values())).issues[:2]
    site.link("Blocks", upstream, downstream, at=world.now, by=SOMEBODY)
    watch.sync(source)

    def dependencies() -> set[tuple[str, str]]:
        return {(link.upstream, link.downstream) for _, link, _ in watch.store.links(source)}

    stated = (upstream.key, downstream.key)
    assert stated in dependencies()
    site.hide_issue(upstream)
    world.now += timedelta(days=1)
    site.touch(downstream, world.now)
    assert watch.sync(source).changed >= 1
    watch.sync(source)
    watch.sync(source)

    assert stated in dependencies()
    assert upstream.key in watch.absences(source)


def test_a_census_asks_little(watch: Watch, world: World, servers: DemoServers) -> None:
    for source, server, pages in (
        ("cloud", servers.jira_cloud, 1),
        ("dc", servers.jira_dc, 1),
        ("github", servers.github, 2),
    ):
        watch.sync(source)
        server.requests.clear()
        watch.sync(source, days=0)
        without = len(server.requests)
        server.requests.clear()
        watch.sync(source, days=0, census=True)
        assert len(server.requests) == without + pages


def test_a_file_tells_which_rows_were_taken_out(watch: Watch, tmp_path: Path) -> None:
    plan = tmp_path / "plan.csv"
    rows = [f"{number},Task {number},VENDOR" for number in range(1, 9)]
    plan.write_text("\n".join(["key,title,project", *rows]))
    source = {"kind": "file", "path": "plan.csv"}
    watch.settings = read_settings(write_config(tmp_path, {"sources": {"plan": source}}))
    assert watch.sync("plan").error is None
    plan.write_text("\n".join(["key,title,project", *rows[1:]]))
    watch.sync("plan")
    assert watch.absences("plan") == {"1": (Presence.MISSED, None)}
    watch.sync("plan")
    assert watch.absences("plan") == {"1": (Presence.GONE, None)}


def test_the_log_counts_and_does_not_list(watch: Watch, world: World) -> None:
    watch.sync("cloud")
    deleted, *_ = vanish(world, "cloud")
    watch.sync("cloud")
    with capture_logs() as logs:
        watch.sync("cloud")
    (told,) = [entry for entry in logs if entry["event"] == "census taken"]
    assert (told["scope"], told["listed"], told["missing"]) == ("T000", ISSUES - 3, 3)
    assert (told["gone"], told["moved"], told["missed"], told["back"]) == (2, 1, 0, 0)
    assert deleted not in str(logs)
