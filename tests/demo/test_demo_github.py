"""The simulated GitHub keeps the contract of the public API, over real HTTP."""

from datetime import timedelta
from typing import Any

import github as pygithub
import pytest
import requests

from slipwatch.demo import GITHUB_TOKEN, DemoServers, World


def walk(session: requests.Session, url: str, **params: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    answer = session.get(url, params=params)
    while True:
        answer.raise_for_status()
        found += answer.json()
        if "next" not in answer.links:
            return found
        answer = session.get(answer.links["next"]["url"])


def test_wrong_credentials_are_401(servers: DemoServers) -> None:
    url = f"{servers.github.url}/repositories/700000000/issues/1"
    assert requests.get(url, timeout=5).status_code == 401
    wrong = requests.get(url, headers={"Authorization": "Bearer wrong"}, timeout=5)
    assert (wrong.status_code, wrong.json()["message"]) == (401, "Bad credentials")


def test_the_link_header_leads_through_every_page_by_repository_id(
    servers: DemoServers, github: requests.Session
) -> None:
    url = f"{servers.github.url}/repos/acme/r000/issues"
    first = github.get(url, params={"state": "all", "per_page": "50"})
    assert len(first.json()) == 50
    assert first.links["next"]["url"].startswith(
        f"{servers.github.url}/repositories/700000000/issues?"
    )
    assert "page=3" in first.links["last"]["url"]
    third = github.get(first.links["last"]["url"])
    assert third.links.keys() == {"prev", "first"}
    found = walk(github, url, state="all", per_page="50")
    assert sorted(issue["number"] for issue in found) == list(range(1, 131))


def test_pages_hold_thirty_by_default_and_a_hundred_at_most(
    servers: DemoServers, github: requests.Session
) -> None:
    url = f"{servers.github.url}/repos/acme/r000/issues"
    assert len(github.get(url).json()) == 30
    assert len(github.get(url, params={"per_page": "500", "state": "all"}).json()) == 100


def test_issues_are_filtered_and_sorted(
    servers: DemoServers, github: requests.Session, world: World
) -> None:
    url = f"{servers.github.url}/repos/acme/r000/issues"
    since = (world.now - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    found = walk(github, url, state="all", since=since, sort="updated", direction="asc")
    stamps = [issue["updated_at"] for issue in found]
    issues = world.github.by_name["acme/r000"].issues.values()
    assert stamps == sorted(stamps)
    assert len(stamps) == sum(i.updated >= world.now - timedelta(days=30) for i in issues)
    opened = walk(github, url, milestone="2", labels="bug")
    assert {issue["number"] for issue in opened} == {
        issue.number
        for issue in issues
        if issue.closed is None
        and issue.milestone is not None
        and issue.milestone.number == 2
        and any(label.name == "bug" for label in issue.labels)
    }


@pytest.mark.parametrize(
    "params", [{"state": "done"}, {"sort": "colour"}, {"since": "yesterday"}, {"direction": "up"}]
)
def test_a_parameter_that_is_not_understood_is_422(
    servers: DemoServers, github: requests.Session, params: dict[str, str]
) -> None:
    answer = github.get(f"{servers.github.url}/repos/acme/r000/issues", params=params)
    assert answer.status_code == 422


def test_pull_requests_are_among_the_issues_and_marked(
    servers: DemoServers, github: requests.Session
) -> None:
    found = walk(github, f"{servers.github.url}/repos/acme/r000/issues", state="all")
    pulls = {issue["number"] for issue in found if "pull_request" in issue}
    assert pulls == {number for number in range(1, 131) if number % 7 == 0}
    assert all("sub_issues_summary" not in i for i in found if "pull_request" in i)


def test_an_etag_that_still_holds_gets_304_and_costs_nothing(
    servers: DemoServers, github: requests.Session, world: World
) -> None:
    url = f"{servers.github.url}/repos/acme/r000/milestones?state=all"
    first = github.get(url)
    known = {"If-None-Match": first.headers["ETag"]}
    second = github.get(url, headers=known)
    assert (second.status_code, second.content) == (304, b"")
    assert second.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]
    repository = world.github.by_name["acme/r000"]
    with world.lock:
        world.github.edit_milestone(
            repository.milestones[0], at=world.now, due=world.now.date() + timedelta(days=9)
        )
    assert github.get(url, headers=known).status_code == 200


def test_a_renamed_repository_redirects_to_its_id_with_the_query(
    servers: DemoServers, github: requests.Session, world: World
) -> None:
    with world.lock:
        world.github.rename(world.github.by_name["acme/r000"], "acme/storefront")
    answer = github.get(
        f"{servers.github.url}/repos/acme/r000/issues?state=all", allow_redirects=False
    )
    assert answer.status_code == 301
    assert answer.headers["Location"] == (
        f"{servers.github.url}/repositories/700000000/issues?state=all"
    )
    found = github.get(f"{servers.github.url}/repos/acme/r000").json()
    assert found["full_name"] == "acme/storefront"


def test_missing_and_deleted_issues_differ(
    servers: DemoServers, github: requests.Session, world: World
) -> None:
    with world.lock:
        world.github.delete_issue(world.github.by_name["acme/r000"].issues[3])
    url = f"{servers.github.url}/repos/acme/r000/issues"
    assert github.get(f"{url}/3").status_code == 410
    assert github.get(f"{url}/9999").status_code == 404
    assert github.get(f"{servers.github.url}/repos/acme/nope/issues").status_code == 404


def test_dependencies_and_sub_issues_are_told_from_both_ends(
    servers: DemoServers, github: requests.Session, world: World
) -> None:
    repository = world.github.by_name["acme/r000"]
    blocked = next(issue for issue in repository.issues.values() if issue.blocked_by)
    blocker = blocked.blocked_by[0]
    root = f"{servers.github.url}/repos"
    path = f"{blocked.repository.full_name}/issues/{blocked.number}/dependencies/blocked_by"
    back = f"{blocker.repository.full_name}/issues/{blocker.number}/dependencies/blocking"
    assert blocker.id in {issue["id"] for issue in github.get(f"{root}/{path}").json()}
    assert blocked.id in {issue["id"] for issue in github.get(f"{root}/{back}").json()}
    child = next(issue for issue in repository.issues.values() if issue.parent is not None)
    assert child.parent is not None
    parent = f"{root}/{child.parent.repository.full_name}/issues/{child.parent.number}"
    assert child.id in {i["id"] for i in github.get(f"{parent}/sub_issues").json()}
    shown = github.get(f"{root}/{child.repository.full_name}/issues/{child.number}").json()
    assert shown["parent_issue_url"] == parent
    assert github.get(parent).json()["sub_issues_summary"]["total"] == 1


def test_the_timeline_names_milestones_by_title_alone(
    servers: DemoServers, github: requests.Session
) -> None:
    url = f"{servers.github.url}/repos/acme/r000/issues/1/timeline"
    milestoned = [event for event in github.get(url).json() if event["event"] == "milestoned"]
    assert milestoned[0]["milestone"].keys() == {"title"}


def test_enterprise_has_the_same_under_its_prefix(
    servers: DemoServers, github: requests.Session
) -> None:
    base = f"{servers.github.url}/api/v3"
    answer = github.get(f"{base}/repos/acme/r000/issues?per_page=2")
    assert answer.json()[0]["url"].startswith(f"{base}/repos/acme/r000/issues/")
    assert answer.links["next"]["url"].startswith(f"{base}/repositories/700000000/issues?")


def test_cursor_paging_has_no_last_page_and_brings_everything_once(
    servers: DemoServers, github: requests.Session, world: World
) -> None:
    world.github.cursor_paging = True
    url = f"{servers.github.url}/repos/acme/r000/issues"
    first = github.get(url, params={"state": "all", "per_page": "20"})
    assert first.links.keys() == {"next"}
    assert "after=" in first.links["next"]["url"]
    found = walk(github, url, state="all", per_page="20", sort="updated", direction="asc")
    assert sorted(issue["number"] for issue in found) == list(range(1, 131))
    assert github.get(url, params={"page": "101", "per_page": "100"}).status_code == 422


def test_the_rate_limit_ends_with_403_until_the_next_hour_of_the_clock(
    servers: DemoServers, github: requests.Session, world: World
) -> None:
    world.github.rate_limit = 2
    url = f"{servers.github.url}/user"
    assert github.get(url).headers["X-RateLimit-Remaining"] == "1"
    assert github.get(url).headers["X-RateLimit-Remaining"] == "0"
    refused = github.get(url)
    assert refused.status_code == 403
    assert int(refused.headers["X-RateLimit-Reset"]) == int(world.now.timestamp()) + 3600
    with world.lock:
        world.now += timedelta(hours=1)
    assert github.get(url).status_code == 200


def test_pygithub_reads_it(servers: DemoServers, world: World) -> None:
    client = pygithub.Github(
        base_url=servers.github.url,
        auth=pygithub.Auth.Token(GITHUB_TOKEN),
        seconds_between_requests=0,
        per_page=100,
    )
    try:
        repository = client.get_repo("acme/r000")
        issues = list(repository.get_issues(state="all"))
        assert len(issues) == 130
        assert [m.title for m in repository.get_milestones(state="all")] == ["v0", "v1", "v2", "v3"]
        blocked = next(
            issue
            for issue in issues
            if issue.pull_request is None and issue.issue_dependencies_summary.blocked_by
        )
        assert [other.id for other in blocked.get_blocked_by()] == [
            other.id
            for other in world.github.by_name["acme/r000"].issues[blocked.number].blocked_by
        ]
    finally:
        client.close()


def test_graphql_refuses_what_the_real_one_refuses(
    servers: DemoServers, github: requests.Session
) -> None:
    def ask(query: str, **variables: object) -> dict[str, Any]:
        answer = github.post(
            f"{servers.github.url}/graphql", json={"query": query, "variables": variables}
        )
        assert answer.status_code == 200
        found: dict[str, Any] = answer.json()
        return found

    head = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Issue {"
    many = ask(f"{head} subIssues(first: 101) {{ nodes {{ number }} }} }} }} }}", ids=[])
    assert many["errors"][0]["type"] == "EXCESSIVE_PAGINATION"
    none = ask(f"{head} subIssues {{ nodes {{ number }} }} }} }} }}", ids=[])
    assert none["errors"][0]["type"] == "MISSING_PAGINATION_BOUNDARIES"
    unknown = ask(f"{head} estimate }} }} }}", ids=[])
    assert unknown["errors"][0]["extensions"]["fieldName"] == "estimate"
    assert "data" not in unknown
    assert "Parse error" in ask("query { nodes(ids: [) }")["errors"][0]["message"]
    found = ask(f"{head} number }} }} rateLimit {{ cost }} }}", ids=["I_1"])
    assert found["data"] == {"nodes": [None], "rateLimit": {"cost": 1}}
    assert found["errors"][0]["type"] == "NOT_FOUND"
