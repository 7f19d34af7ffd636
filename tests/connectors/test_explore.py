"""What connectors find out before anything is configured."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.connector import (
    Context,
    Explores,
    FoundMilestone,
    Retry,
    Skip,
    Stop,
    WrongSite,
)
from slipwatch.aggregator.records import LinkKind, MilestoneKind
from slipwatch.config.guide import exploring
from slipwatch.connectors.table import kinds
from slipwatch.demo import DemoServer, DemoServers, World

from .canned import Canned, CannedServer, Query

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DUE = date(2026, 3, 2)
Explore = Callable[..., Explores]


@pytest.fixture
def explore(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Explore]:
    """Give a function that makes the connector of a source of which nothing is chosen."""
    with ExitStack() as stack:

        def connect(kind: str, url: str, token: str, **settings: Any) -> Explores:
            monkeypatch.setenv("EXPLORED_TOKEN", token)
            email = settings.pop("email", None)
            auth = {"token": {"env": "EXPLORED_TOKEN"}} | ({"email": email} if email else {})
            found = kinds()[kind]
            assert found.settings.guide is not None
            values = {"kind": kind, "url": url, "auth": auth, **settings}
            made = exploring(found.settings, found.settings.guide, values, tmp_path)
            context = Context(now=lambda: NOW, sleep=lambda _seconds: None)
            connector = found.load()(kind, made, context)
            stack.callback(connector.close)
            assert isinstance(connector, Explores)
            return connector

        yield connect


@pytest.fixture
def world() -> World:
    return World(now=NOW)


@pytest.fixture
def servers(world: World) -> Iterator[DemoServers]:
    with DemoServers(world) as running:
        yield running


@pytest.fixture
def canned() -> Iterator[CannedServer]:
    with CannedServer() as server:
        yield server


def jira_of(explore: Explore, world: World, servers: DemoServers, *, cloud: bool) -> Explores:
    if cloud:
        email = world.jira_cloud.user.email
        return explore("jira", servers.jira_cloud.url, world.jira_cloud.token, email=email)
    return explore("jira", servers.jira_dc.url, world.jira_dc.token)


def github_of(explore: Explore, world: World, servers: DemoServers) -> Explores:
    return explore("github", f"{servers.github.url}/api/v3", world.github.token)


def asked(server: DemoServer | CannedServer) -> int:
    """Count the requests."""
    return len(server.requests) if isinstance(server, DemoServer) else server.asked.total()


@pytest.mark.parametrize(
    ("cloud", "product"), [(True, "Jira Cloud"), (False, "Jira Data Center 9.12.15")]
)
def test_a_jira_says_which_one_it_is_and_who_asks(
    explore: Explore, world: World, servers: DemoServers, cloud: bool, product: str
) -> None:
    site = jira_of(explore, world, servers, cloud=cloud).identify()

    assert site.product == product
    assert site.account == "Slipwatch Service (slipwatch@acme.example)"
    assert site.lacking == ()
    assert site.timezone == "Europe/Berlin"


@pytest.mark.parametrize("cloud", [True, False])
def test_projects_are_listed_and_looked_into_with_the_progress_of_open_versions(
    explore: Explore, world: World, servers: DemoServers, cloud: bool
) -> None:
    site = world.jira_cloud if cloud else world.jira_dc
    project = site.add_project("PAY", "Payments")
    site.add_project("WEB", "Web shop")
    open_one = site.add_version(project, "2.0", release=DUE)
    later = site.add_version(project, "3.0")
    site.add_version(project, "1.0", release=date(2025, 1, 1), released=True)
    site.edit_version(site.add_version(project, "old"), archived=True)
    issues = [site.add_issue(project, f"Issue {n}", at=NOW, versions=(open_one,)) for n in range(3)]
    site.transition(issues[0], "Done", at=NOW, by=site.user, resolution="Done")
    jira = jira_of(explore, world, servers, cloud=cloud)

    assert [(one.scope, one.title) for one in jira.explore()] == [
        ("PAY", "Payments"),
        ("WEB", "Web shop"),
    ]
    assert jira.look("PAY").milestones == (
        FoundMilestone(
            id=str(open_one.id),
            name="2.0",
            kind=MilestoneKind.VERSION,
            due_date=DUE,
            done=1,
            total=3,
        ),
        FoundMilestone(id=str(later.id), name="3.0", kind=MilestoneKind.VERSION, done=0, total=0),
    )
    assert jira.look("WEB").milestones == ()


@pytest.mark.parametrize("cloud", [True, False])
def test_a_sample_holds_the_open_issues_of_the_versions_with_what_they_wait_for(
    explore: Explore, world: World, servers: DemoServers, cloud: bool
) -> None:
    site = world.jira_cloud if cloud else world.jira_dc
    project = site.add_project("PAY", "Payments")
    version = site.add_version(project, "2.0", release=DUE)
    first, second, third, done = (
        site.add_issue(project, f"Issue {n}", at=NOW, versions=(version,)) for n in range(4)
    )
    site.add_issue(project, "Of no version", at=NOW)
    site.link("Blocks", first, second, at=NOW, by=site.user)
    site.describe(third, "Blocked by acme/api#7", at=NOW, by=site.user)
    site.transition(done, "Done", at=NOW, by=site.user, resolution="Done")
    jira = jira_of(explore, world, servers, cloud=cloud)

    batch = jira.sample("PAY", [str(version.id)], 5)

    assert sorted(item.key for item in batch.items) == ["PAY-1", "PAY-2", "PAY-3"]
    assert {(link.upstream, link.downstream) for link in batch.links} == {
        ("PAY-1", "PAY-2"),
        ("acme/api#7", "PAY-3"),
    }


@pytest.mark.parametrize("cloud", [True, False])
def test_a_site_of_thousands_costs_no_more_requests_than_it_must(
    explore: Explore, world: World, servers: DemoServers, cloud: bool
) -> None:
    site = world.jira_cloud if cloud else world.jira_dc
    server = servers.jira_cloud if cloud else servers.jira_dc
    projects = [site.add_project(f"P{n:04}", f"Project {n}") for n in range(1500)]
    versions = [site.add_version(projects[0], f"{n}.0", release=DUE) for n in range(100)]
    for n in range(1200):
        site.add_issue(projects[0], f"Issue {n}", at=NOW, versions=(versions[n % 100],))
    jira = jira_of(explore, world, servers, cloud=cloud)

    assert len(list(jira.explore())) == 1500
    listing = asked(server)
    found = jira.look("P0000")
    looking = asked(server) - listing
    batch = jira.sample("P0000", [one.id for one in found.milestones], 3)
    sampling = asked(server) - looking - listing

    assert listing <= 17
    assert looking <= 2 + 40
    assert sampling <= 3 + 1
    assert len(found.milestones) == 100
    assert [one.total for one in found.milestones[:20]] == [12] * 20
    assert [one.total for one in found.milestones[20:]] == [None] * 80
    assert len(batch.items) == 300


def test_a_project_that_is_not_there_is_left_out_and_named(
    explore: Explore, world: World, servers: DemoServers
) -> None:
    with pytest.raises(Skip, match="NOPE does not exist, or the account may not see it"):
        jira_of(explore, world, servers, cloud=True).look("NOPE")
    with pytest.raises(Skip, match="acme/nope does not exist, or the account may not see it"):
        github_of(explore, world, servers).look("acme/nope")


def jira_answers(canned: CannedServer, base: str = "", **server: str) -> None:
    info = {"deploymentType": "Cloud", "baseUrl": "https://acme.atlassian.net/", **server}
    canned.answer(f"{base}/rest/api/2/serverInfo", info)
    canned.answer(f"{base}/rest/api/2/myself", {"displayName": "Dana", "timeZone": "Nowhere/Land"})
    canned.answer(f"{base}/rest/api/2/mypermissions", {"permissions": {}})


def test_an_account_that_may_browse_nothing_is_told_apart(
    explore: Explore, canned: CannedServer
) -> None:
    jira_answers(canned)
    denied = {"permissions": {"BROWSE_PROJECTS": {"havePermission": False}}}
    canned.answer("/rest/api/2/mypermissions", denied)

    site = explore("jira", canned.url, "t").identify()

    assert site.account == "Dana"
    assert site.timezone is None
    assert site.lacking == ("browse any project (permission Browse Projects)",)


@pytest.mark.parametrize(
    ("status", "product", "deployment"),
    [(200, "Jira Cloud", "cloud"), (404, "Jira Data Center", "datacenter")],
)
def test_a_site_that_hides_what_it_is_is_told_by_its_api(
    explore: Explore, canned: CannedServer, status: int, product: str, deployment: str
) -> None:
    jira_answers(canned)
    canned.answer("/rest/api/2/serverInfo", {"message": "Forbidden"}, 403)
    canned.answer("/rest/api/3/myself", {"displayName": "Dana"}, status)

    site = explore("jira", canned.url, "t").identify()

    assert (site.product, site.settings) == (product, {"deployment": deployment})


def test_a_site_that_hides_its_api_too_asks_for_what_it_is(
    explore: Explore, canned: CannedServer
) -> None:
    jira_answers(canned)
    for path in ("/rest/api/2/serverInfo", "/rest/api/3/myself"):
        canned.answer(path, {"message": "Forbidden"}, 403)

    with pytest.raises(Stop, match="write `deployment: cloud` or `deployment: datacenter`"):
        explore("jira", canned.url, "t").identify()
    told = explore("jira", canned.url, "t", deployment="cloud").identify()
    assert told.product == "Jira Cloud"


def test_another_product_at_the_address_is_named(
    explore: Explore, world: World, servers: DemoServers
) -> None:
    with pytest.raises(WrongSite, match="answered 401: that is Jira, not GitLab; check url"):
        explore("gitlab", servers.jira_cloud.url, world.jira_cloud.token).identify()
    with pytest.raises(WrongSite, match="answered 404: that is GitHub, not Jira"):
        explore("jira", servers.github.url, world.github.token).identify()


def test_behind_the_gateway_people_open_the_sites_own_address(
    explore: Explore, canned: CannedServer
) -> None:
    jira_answers(canned, base="/ex/jira/11f")
    url = "http://api.atlassian.com/ex/jira/11f"

    site = explore("jira", url, "t", browse_url=url, proxy=canned.url).identify()

    assert site.product == "Jira Cloud"
    assert site.settings == {"browse_url": "https://acme.atlassian.net"}


def test_an_anonymous_answer_is_a_refusal_and_a_token_with_scopes_is_thought_of(
    explore: Explore, canned: CannedServer
) -> None:
    jira_answers(canned)
    canned.answer(
        "/rest/api/2/myself", {"displayName": "?"}, X_Seraph_LoginReason="AUTHENTICATED_FAILED"
    )

    with pytest.raises(Stop, match="the credentials were not accepted; renew the token") as here:
        explore("jira", canned.url, "t").identify()
    with pytest.raises(Stop, match="a token with scopes works at https://api") as there:
        explore("jira", "http://acme.atlassian.net", "t", proxy=canned.url).identify()

    assert "scopes" not in str(here.value)
    assert "http://acme.atlassian.net/_edge/tenant_info" in str(there.value)


@pytest.mark.parametrize("kind", ["jira", "github"])
def test_a_page_for_people_is_no_api(explore: Explore, canned: CannedServer, kind: str) -> None:
    for path in ("/rest/api/2/serverInfo", "/user"):
        canned.answer(path, "<html>Log in</html>")

    with pytest.raises(Retry, match="something that is not JSON"):
        explore(kind, canned.url, "t").identify()


def test_a_github_lists_living_repositories_and_looks_into_open_milestones(
    explore: Explore, world: World, servers: DemoServers
) -> None:
    site = world.github
    web = site.add_repository("acme/web", at=NOW)
    site.add_repository("acme/old", at=NOW).archived = True
    site.add_repository("acme/bare", at=NOW).has_issues = False
    site.add_repository("labs/toy", at=NOW)
    launch = site.add_milestone(web, "Launch", at=NOW, due=DUE)
    site.close_milestone(site.add_milestone(web, "Past", at=NOW), at=NOW)
    issues = [site.add_issue(web, f"Issue {n}", at=NOW, milestone=launch) for n in range(3)]
    site.close(issues[0], at=NOW, by=site.user)
    github = github_of(explore, world, servers)

    assert github.identify().account == "slipwatch"
    assert [(one.scope, one.title, one.open_items) for one in github.explore()] == [
        ("acme/web", "web", 2),
        ("labs/toy", "toy", 0),
    ]
    assert [one.scope for one in github.explore(["labs"])] == ["labs/toy"]
    assert github.look("acme/web").milestones == (
        FoundMilestone(
            id=str(launch.id),
            name="Launch",
            kind=MilestoneKind.MILESTONE,
            due_date=DUE,
            done=1,
            total=3,
        ),
    )


def test_a_repository_that_was_renamed_is_found_under_its_new_name(
    explore: Explore, world: World, servers: DemoServers
) -> None:
    web = world.github.add_repository("acme/web", at=NOW)
    world.github.add_milestone(web, "Launch", at=NOW, due=DUE)
    world.github.rename(web, "acme/shop")

    found = github_of(explore, world, servers).look("acme/web")

    assert (found.scope, [one.name for one in found.milestones]) == ("acme/shop", ["Launch"])


def test_a_sample_of_github_spends_what_it_may_on_what_issues_wait_for(
    explore: Explore, world: World, servers: DemoServers
) -> None:
    site = world.github
    web = site.add_repository("acme/web", at=NOW)
    launch = site.add_milestone(web, "Launch", at=NOW, due=DUE)
    api = site.add_issue(site.add_repository("acme/api", at=NOW), "The API", at=NOW)
    issues = [
        site.add_issue(web, f"Issue {n}", at=NOW - timedelta(hours=n), milestone=launch)
        for n in range(30)
    ]
    for issue in issues:
        site.block(issue, api, at=issue.updated)
    site.edit_body(issues[0], "Depends on PAY-3", at=issues[0].updated)
    github = github_of(explore, world, servers)

    batch = github.sample("acme/web", [str(launch.id)], 10)

    assert len(batch.items) == 30
    assert asked(servers.github) == 10
    waits = [
        (link.upstream, link.downstream) for link in batch.links if link.kind is LinkKind.BLOCKS
    ]
    assert waits.count(("acme/api#1", "acme/web#1")) == 1
    assert len(waits) == 9
    assert ("PAY-3", "acme/web#1") in {(link.upstream, link.downstream) for link in batch.links}
    assert github.sample("acme/web", [], 10).items == ()


def github_answers(canned: CannedServer, **headers: str) -> None:
    canned.answer("/user", {"login": "dana"})
    canned.answer("/user/repos", [], 200, **headers)


def test_a_gateway_to_github_is_found_without_the_path_of_an_enterprise_server(
    explore: Explore, canned: CannedServer
) -> None:
    github_answers(canned)

    site = explore("github", f"{canned.url}/api/v3", "t").identify()

    assert (site.product, site.account) == ("github.com, through 127.0.0.1", "dana")
    assert site.settings == {"url": canned.url}
    canned.answers.clear()
    with pytest.raises(WrongSite, match="/user answered 404"):
        explore("github", f"{canned.url}/api/v3", "t").identify()


def test_each_github_is_told_apart(explore: Explore, canned: CannedServer) -> None:
    github_answers(canned)
    hosts = {"http://api.github.com": "github.com"}
    hosts["http://api.acme.ghe.com"] = "GitHub Enterprise Cloud (acme.ghe.com)"
    for url, product in hosts.items():
        assert explore("github", url, "t", proxy=canned.url).identify().product == product
    github_answers(canned, X_GitHub_Enterprise_Version="3.15.2")

    site = explore("github", canned.url, "t").identify()

    assert (site.product, site.account) == ("GitHub Enterprise Server 3.15.2", "dana")


@pytest.mark.parametrize(
    ("scopes", "lacks"),
    [("repo, read:org", False), ("public_repo", True), ("", True), (None, False)],
)
def test_a_classic_token_without_the_scope_for_private_repositories_is_told(
    explore: Explore, canned: CannedServer, scopes: str | None, lacks: bool
) -> None:
    github_answers(canned, **({} if scopes is None else {"X_OAuth_Scopes": scopes}))

    lacking = explore("github", canned.url, "t").identify().lacking

    assert (lacking == ("read private repositories (scope repo)",)) == lacks


def test_organizations_behind_single_sign_on_are_told_and_their_repositories_explained(
    explore: Explore, canned: CannedServer
) -> None:
    github_answers(canned, X_GitHub_SSO="partial-results; organizations=21955855,20582480")
    canned.answer(
        "/repos/acme/web", {"message": "SSO"}, 403, X_GitHub_SSO="required; url=https://x"
    )
    canned.answer(
        "/orgs/acme/repos", {"message": "SSO"}, 403, X_GitHub_SSO="required; url=https://x"
    )
    canned.answer("/repos/acme/api", {"message": "Resource not accessible"}, 403)
    github = explore("github", canned.url, "t")

    assert "of 2 organizations with single sign-on" in github.identify().lacking[0]
    with pytest.raises(Skip, match="acme/web: the organization has single sign-on: authorise"):
        github.look("acme/web")
    with pytest.raises(Skip, match="acme: the organization has single sign-on"):
        list(github.explore(["acme"]))
    with pytest.raises(Skip, match="acme/api: the token may not read it"):
        github.look("acme/api")


def test_the_token_of_an_app_lists_what_the_app_was_installed_on(
    explore: Explore, canned: CannedServer
) -> None:
    refusal = {"message": "Resource not accessible by integration"}
    canned.answer("/user", refusal, 403)
    canned.answer("/user/repos", refusal, 403)

    def installed(query: Query) -> Canned:
        first = query.get("page") != "2"
        following = f'<{canned.url}/installation/repositories?page=2>; rel="next"'
        return Canned(
            body={"repositories": [{"full_name": "acme/web" if first else "acme/api"}]},
            headers={"Link": following} if first else {},
        )

    canned.answers["/installation/repositories"] = installed
    github = explore("github", canned.url, "t")

    assert github.identify().account == "an installation of a GitHub App"
    assert [one.scope for one in github.explore()] == ["acme/web", "acme/api"]


def test_a_wrong_token_stops_both(explore: Explore, servers: DemoServers) -> None:
    for kind, url in (("jira", servers.jira_dc.url), ("github", servers.github.url)):
        with pytest.raises(Stop, match="credentials were"):
            explore(kind, url, "wrong-open-sesame").identify()
