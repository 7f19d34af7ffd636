"""Dependencies out of what two trackers say of each other, over real HTTP (DOMAIN.md 3.1)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.assessment import Assessment, DependencyView
from slipwatch.demo import CLOUD_TOKEN, GITHUB_TOKEN, DemoServers, World
from slipwatch.demo.github_records import GithubIssue, GithubMilestone, Repository
from slipwatch.demo.jira_objects import JiraIssue, JiraProject, JiraVersion
from slipwatch.demo.people import SERVICE_USER

BEGUN = datetime(2025, 9, 1, 9, tzinfo=UTC)
TEAM = {"throughput": {"samples": [1], "per": "day"}}
DUE = date(2026, 3, 2)


@dataclass
class Company:
    """Two Jira projects and two repositories, each with one milestone of three open items."""

    world: World
    jira: list[JiraIssue]
    pay: JiraProject
    pay_version: JiraVersion
    web_version: JiraVersion
    github: list[GithubIssue]
    api: Repository
    api_milestone: GithubMilestone
    assess: Callable[[], Assessment]

    @property
    def url(self) -> str:
        return self.world.addresses["jira_cloud"]


def jira_project(world: World, key: str) -> tuple[JiraProject, JiraVersion, list[JiraIssue]]:
    site = world.jira_cloud
    project = site.add_project(key, key)
    version = site.add_version(project, "2.0", release=DUE)
    return (
        project,
        version,
        [site.add_issue(project, f"Work {n}", at=BEGUN, versions=(version,)) for n in range(3)],
    )


def repository(world: World, name: str) -> tuple[Repository, GithubMilestone, list[GithubIssue]]:
    site = world.github
    made = site.add_repository(name, at=BEGUN)
    milestone = site.add_milestone(made, "v2", at=BEGUN, due=DUE)
    return (
        made,
        milestone,
        [site.add_issue(made, f"Work {n}", at=BEGUN, milestone=milestone) for n in range(3)],
    )


@pytest.fixture
def trackers(company: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Company]:
    monkeypatch.setenv("JIRA", CLOUD_TOKEN)
    monkeypatch.setenv("GITHUB", GITHUB_TOKEN)
    world = World(now=company.now)
    pay, pay_version, payments = jira_project(world, "PAY")
    _, web_version, web = jira_project(world, "WEB")
    api, api_milestone, backend = repository(world, "acme/api")
    _, _, client = repository(world, "acme/client")

    def project(name: str, **scope: str) -> dict[str, Any]:
        discover = ["versions", "milestones"]
        return {"id": name, **TEAM, "discover": discover, "scope": [scope]}

    with DemoServers(world):
        company.configure(
            project("pay", source="jira", project="PAY"),
            project("web", source="jira", project="WEB"),
            project("api", source="github", repository="acme/api"),
            project("client", source="github", repository="acme/client"),
            sources={
                "jira": {
                    "kind": "jira",
                    "url": world.addresses["jira_cloud"],
                    "auth": {"email": "slipwatch@acme.example", "token": {"env": "JIRA"}},
                    "projects": ["PAY", "WEB"],
                    "links": {"depends": ["Depends"]},
                    "remote_links": True,
                },
                "github": {
                    "kind": "github",
                    "url": world.addresses["github"],
                    "auth": {"token": {"env": "GITHUB"}},
                    "repositories": ["acme/api", "acme/client"],
                },
            },
        )

        def assess() -> Assessment:
            company.now += timedelta(minutes=30)
            world.now = company.now
            company.sync()
            found: Assessment = company.today()
            return found

        yield Company(
            world,
            [*payments, *web],
            pay,
            pay_version,
            web_version,
            [*backend, *client],
            api,
            api_milestone,
            assess,
        )


def blocks(c: Company) -> None:
    c.world.jira_cloud.link("Blocks", c.jira[0], c.jira[4], at=c.world.now, by=SERVICE_USER)


def depends(c: Company) -> None:
    """PAY-1 depends on WEB-2."""
    c.world.jira_cloud.link("Depends", c.jira[0], c.jira[4], at=c.world.now, by=SERVICE_USER)


def blocked_by(c: Company) -> None:
    c.world.github.block(c.github[4], c.github[0], at=c.world.now)


def sub_issue(c: Company) -> None:
    c.world.github.add_sub_issue(c.github[4], c.github[0], at=c.world.now)


def says(number: int, text: str) -> Callable[[Company], None]:
    """Let an issue of the first repository say something."""

    def write(c: Company) -> None:
        c.world.github.edit_body(c.github[number], text.format(url=c.url), at=c.world.now)

    return write


def tells(number: int, text: str) -> Callable[[Company], None]:
    """Let an issue of the first Jira project say something."""

    def write(c: Company) -> None:
        c.world.jira_cloud.describe(c.jira[number], text, at=c.world.now, by=SERVICE_USER)

    return write


def remote(c: Company) -> None:
    c.world.jira_cloud.link_remote(
        c.jira[0],
        "https://github.com/acme/api/issues/2",
        title="api 2",
        relationship="is blocked by",
        at=c.world.now,
    )


PAY, WEB, API, CLIENT = "p/pay/2.0", "p/web/2.0", "p/api/v2", "p/client/v2"


@pytest.mark.parametrize(
    ("state", "upstream", "downstream", "evidence"),
    [
        (blocks, PAY, WEB, ("jira:PAY-1", "jira:WEB-2")),
        (depends, WEB, PAY, ("jira:WEB-2", "jira:PAY-1")),
        (blocked_by, API, CLIENT, ("github:acme/api#1", "github:acme/client#2")),
        (sub_issue, API, CLIENT, ("github:acme/api#1", "github:acme/client#2")),
        (says(0, "Blocked by PAY-2."), PAY, API, ("jira:PAY-2", "github:acme/api#1")),
        (says(0, "depends on {url}/browse/WEB-3"), WEB, API, ("jira:WEB-3", "github:acme/api#1")),
        (says(0, "This blocks PAY-2"), API, PAY, ("github:acme/api#1", "jira:PAY-2")),
        (
            says(0, "Needs acme/client#3"),
            CLIENT,
            API,
            ("github:acme/client#3", "github:acme/api#1"),
        ),
        (tells(0, "Waiting for acme/api#2"), API, PAY, ("github:acme/api#2", "jira:PAY-1")),
        (
            tells(0, "blocks [the client|https://github.com/acme/client/issues/1]"),
            PAY,
            CLIENT,
            ("jira:PAY-1", "github:acme/client#1"),
        ),
        (tells(0, "Depends on WEB-1"), WEB, PAY, ("jira:WEB-1", "jira:PAY-1")),
        (remote, API, PAY, ("github:acme/api#2", "jira:PAY-1")),
    ],
)
def test_evidence_of_every_kind_becomes_one_dependency_the_right_way_round(
    trackers: Company,
    state: Callable[[Company], None],
    upstream: str,
    downstream: str,
    evidence: tuple[str, str],
) -> None:
    state(trackers)

    found = trackers.assess()

    assert found.dependencies == (
        DependencyView(
            upstream=upstream,
            downstream=downstream,
            type="partial",
            lag="0wd",
            declared=False,
            cross_project=True,
            status="ok",
            slack=0,
            driving=True,
            evidence=(evidence,),
        ),
    )
    # Three items each, one a day, of which one waits until Wednesday is over.
    days = {m.id: m.forecast.p50 for m in found.milestones}
    assert days.pop(downstream) == date(2026, 1, 8)
    assert set(days.values()) == {date(2026, 1, 7)}


def test_the_same_said_several_times_is_one_dependency(trackers: Company) -> None:
    says(0, "Blocked by PAY-1, PAY-2")(trackers)
    tells(0, "Blocks acme/api#1 and acme/api#2")(trackers)

    (found,) = trackers.assess().dependencies

    assert found.evidence == (
        ("jira:PAY-1", "github:acme/api#1"),
        ("jira:PAY-1", "github:acme/api#2"),
        ("jira:PAY-2", "github:acme/api#1"),
    )


def test_a_dependency_goes_when_the_statement_does(trackers: Company) -> None:
    says(0, "Blocked by PAY-1")(trackers)
    assert len(trackers.assess().dependencies) == 1

    trackers.world.github.edit_body(trackers.github[0], "Free to go", at=trackers.world.now)

    assert trackers.assess().dependencies == ()


def test_dropping_the_item_that_is_waited_for_breaks_the_dependency(trackers: Company) -> None:
    says(1, "Blocked by acme/client#1")(trackers)
    world = trackers.world
    trackers.assess()
    world.github.close(trackers.github[3], at=world.now, by=SERVICE_USER, reason="not_planned")

    (found,) = trackers.assess().dependencies

    assert (found.status, found.driving, found.slack) == ("broken", False, None)


def test_a_moved_milestone_a_closed_one_and_a_released_version_show_as_such(
    trackers: Company,
) -> None:
    trackers.assess()
    world = trackers.world
    world.github.edit_milestone(trackers.api_milestone, due=date(2026, 3, 9), at=world.now)
    world.jira_cloud.edit_version(trackers.pay_version, release=date(2026, 2, 23))
    moved = {m.id: m for m in trackers.assess().milestones}
    world.jira_cloud.edit_version(trackers.pay_version, release=date(2026, 1, 5), released=True)
    world.github.close_milestone(trackers.api_milestone, at=world.now)

    over = {m.id: m for m in trackers.assess().milestones}

    assert [(moved[m].slip.net, moved[m].slip.gross) for m in (API, PAY)] == [(5, 5), (-5, 0)]
    assert [moved[m].dates.baseline for m in (API, PAY)] == [DUE, DUE]
    assert [over[m].dates.actual for m in (API, PAY)] == [date(2026, 1, 5)] * 2
    assert [over[m].status for m in (API, PAY)] == ["green", "green"]
    assert over[PAY].scope.remaining == 3


def test_days_are_those_of_the_programs_zone(company: Any, trackers: Company) -> None:
    """At 23:00 UTC of the 4th it is Monday the 5th in Auckland, and Sunday in Los Angeles."""
    at = datetime(2025, 12, 31, 23, tzinfo=UTC)
    world = trackers.world
    world.github.close(trackers.github[0], at=at, by=SERVICE_USER)
    company.now = datetime(2026, 1, 4, 22, 30, tzinfo=UTC)
    found = {}
    for zone in ("Pacific/Auckland", "America/Los_Angeles"):
        company.amend(timezone=zone)
        found[zone] = trackers.assess()

    east, west = found.values()
    assert (east.as_of, west.as_of) == (date(2026, 1, 5), date(2026, 1, 4))
    views = [next(m for m in one.milestones if m.id == API) for one in (east, west)]
    # Two items are left: Monday and Tuesday; a due date is the same day everywhere.
    assert [view.forecast.p50 for view in views] == [date(2026, 1, 6)] * 2
    assert [view.dates.plan for view in views] == [DUE] * 2
    assert [view.network.early_start for view in views] == [date(2026, 1, 1), date(2025, 12, 31)]
