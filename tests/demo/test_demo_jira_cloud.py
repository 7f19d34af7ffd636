"""The simulated Jira Cloud keeps the contract of the public API, over real HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jira
import pytest
import requests
from starlette.responses import Response

from slipwatch.demo import CLOUD_TOKEN, DemoServers, World

API = "/rest/api/3"


def search(session: requests.Session, servers: DemoServers, **params: object) -> requests.Response:
    return session.get(
        f"{servers.jira_cloud.url}{API}/search/jql",
        params={name: str(value) for name, value in params.items()},
    )


def walk(session: requests.Session, servers: DemoServers, **params: object) -> list[dict[str, Any]]:
    issues: list[dict[str, Any]] = []
    token: str | None = None
    while True:
        more = {} if token is None else {"nextPageToken": token}
        page = search(session, servers, **params, **more).json()
        issues += page["issues"]
        assert ("nextPageToken" in page) is not page["isLast"]
        if page["isLast"]:
            return issues
        token = page["nextPageToken"]


def test_server_info_says_cloud_without_credentials(servers: DemoServers) -> None:
    info = requests.get(f"{servers.jira_cloud.url}{API}/serverInfo", timeout=5)
    assert info.json()["deploymentType"] == "Cloud"


@pytest.mark.parametrize("login", [None, ("slipwatch@acme.example", "wrong"), ("x", CLOUD_TOKEN)])
def test_wrong_credentials_are_401_with_a_json_body(
    servers: DemoServers, login: tuple[str, str] | None
) -> None:
    answer = requests.get(f"{servers.jira_cloud.url}{API}/myself", auth=login, timeout=5)
    assert answer.status_code == 401
    assert answer.json()["errorMessages"]


def test_the_old_search_is_gone(servers: DemoServers, cloud: requests.Session) -> None:
    for version in ("2", "3"):
        answer = cloud.get(
            f"{servers.jira_cloud.url}/rest/api/{version}/search", params={"jql": "x"}
        )
        assert answer.status_code == 410
        assert "removed" in answer.json()["errorMessages"][0]


def test_without_fields_an_issue_is_its_id_alone(
    servers: DemoServers, cloud: requests.Session
) -> None:
    page = search(cloud, servers, jql="project = T000").json()
    assert len(page["issues"]) == 50
    assert all(issue.keys() == {"id"} for issue in page["issues"])
    assert "total" not in page


def test_pages_are_capped_at_100_with_fields_and_5000_without(
    servers: DemoServers, cloud: requests.Session
) -> None:
    wide = search(cloud, servers, jql="project = T000", fields="summary", maxResults=500).json()
    narrow = search(cloud, servers, jql="project = T000", fields="id,key", maxResults=9000).json()
    assert len(wide["issues"]) == 100
    assert len(narrow["issues"]) == 130
    assert narrow["issues"][0].keys() == {"expand", "id", "self", "key"}


def test_walking_the_tokens_brings_every_issue_once_in_order(
    servers: DemoServers, cloud: requests.Session, world: World
) -> None:
    found = walk(
        cloud,
        servers,
        jql="project in (T000, T001) ORDER BY updated ASC, key ASC",
        fields="updated",
        maxResults=37,
    )
    wanted = [i for i in world.jira_cloud.issues.values() if i.project.key in ("T000", "T001")]
    wanted.sort(key=lambda issue: (issue.updated, issue.project.key, issue.number))
    assert [issue["key"] for issue in found] == [issue.key for issue in wanted]


def test_an_issue_that_changes_between_pages_hides_no_other(
    servers: DemoServers, cloud: requests.Session, world: World
) -> None:
    jql, seen = "project = T000 ORDER BY updated ASC", set[str]()
    page = search(cloud, servers, jql=jql, fields="id").json()
    seen |= {issue["id"] for issue in page["issues"]}
    with world.lock:
        world.jira_cloud.touch(world.jira_cloud.issues[int(page["issues"][0]["id"])], world.now)
    while not page["isLast"]:
        page = search(
            cloud, servers, jql=jql, fields="id", nextPageToken=page["nextPageToken"]
        ).json()
        seen |= {issue["id"] for issue in page["issues"]}
    assert len(seen) == 130


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("", "Unbounded"),
        ("ORDER BY key", "Unbounded"),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("key = T000-9999", "An issue with key 'T000-9999' does not exist"),
        ("fixVersion = 9.9", "The value '9.9' does not exist for the field 'fixVersion'."),
        ("colour = red", "Field 'colour' does not exist"),
        ("project = T000 OR project = T001", "got 'OR'"),
        ("updated >= yesterday", "Date value 'yesterday' for field 'updated' is invalid"),
        ('updated >= "1767603600000"', "Date value '1767603600000'"),
        ("project = ", "ends too early"),
        ("project ~ T000", "got '~'"),
        ("project = T000 ORDER BY fixVersion", "Not able to sort"),
        ('project = "T000', "is not expected"),
    ],
)
def test_a_query_that_is_not_understood_is_400_with_the_reason(
    servers: DemoServers, cloud: requests.Session, jql: str, message: str
) -> None:
    answer = search(cloud, servers, jql=jql)
    assert answer.status_code == 400
    assert message in answer.json()["errorMessages"][0]


def test_a_token_of_another_search_or_none_at_all_is_400(
    servers: DemoServers, cloud: requests.Session
) -> None:
    token = search(cloud, servers, jql="project = T000").json()["nextPageToken"]
    assert search(cloud, servers, jql="project = T001", nextPageToken=token).status_code == 400
    assert search(cloud, servers, jql="project = T000", nextPageToken="nonsense").status_code == 400


def test_dates_are_epoch_milliseconds_or_the_accounts_zone_or_relative(
    servers: DemoServers, cloud: requests.Session, world: World
) -> None:
    issue = world.jira_cloud.by_key["T000-7"]
    issue.updated = datetime(2026, 1, 5, 8, 30, 30, tzinfo=UTC)
    world.jira_cloud.revision += 1

    def hits(jql: str) -> bool:
        found = walk(cloud, servers, jql=f"project = T000 AND {jql}", fields="key")
        return "T000-7" in {entry["key"] for entry in found}

    assert hits("updated >= 1767601830000")
    assert not hits("updated > 1767601830000")
    assert hits('updated >= "2026/01/05 09:30"')  # half past nine in Berlin
    assert not hits('updated >= "2026/01/05 09:31"')
    assert hits("updated >= -30m")
    assert not hits("updated >= -29m")
    assert hits("updated > 2026-01-05")


def test_clauses_narrow_together(
    servers: DemoServers, cloud: requests.Session, world: World
) -> None:
    jql = (
        'project = T000 AND status = Done AND issuetype in (Bug, "Story") AND fixVersion = "1.0" '
        "AND statusCategory = done AND status != 'To Do' AND created < -1m AND key > T000-5"
    )
    found = walk(cloud, servers, jql=jql, fields="key")
    wanted = {
        issue.key
        for issue in world.jira_cloud.projects["T000"].issues
        if issue.status.name == "Done"
        and issue.type.name in ("Bug", "Story")
        and any(version.name == "1.0" for version in issue.versions)
        and issue.number > 5
    }
    assert {issue["key"] for issue in found} == wanted


def test_the_changelog_in_an_issue_is_its_newest_hundred_and_the_rest_is_paged(
    servers: DemoServers, cloud: requests.Session
) -> None:
    page = search(cloud, servers, jql="key = T000-2", fields="summary", expand="changelog").json()
    changelog = page["issues"][0]["changelog"]
    assert changelog["total"] == 120
    assert len(changelog["histories"]) == 100
    url = f"{servers.jira_cloud.url}{API}/issue/T000-2/changelog"
    paged = [
        entry["id"]
        for start in (0, 50, 100)
        for entry in cloud.get(url, params={"startAt": start, "maxResults": 50}).json()["values"]
    ]
    assert len(paged) == 120
    newest_first = [entry["id"] for entry in changelog["histories"]]
    assert newest_first == paged[:-101:-1]


def test_changelogs_of_many_issues_come_at_once_for_the_fields_asked(
    servers: DemoServers, cloud: requests.Session, world: World
) -> None:
    keys = [issue.key for issue in world.jira_cloud.projects["T000"].issues]
    body: dict[str, object] = {"issueIdsOrKeys": keys, "fieldIds": ["duedate"], "maxResults": 20}
    entries = 0
    while True:
        answer = cloud.post(f"{servers.jira_cloud.url}{API}/changelog/bulkfetch", json=body).json()
        for log in answer["issueChangeLogs"]:
            for history in log["changeHistories"]:
                assert "duedate" in {item["fieldId"] for item in history["items"]}
                entries += 1
        if "nextPageToken" not in answer:
            break
        body["nextPageToken"] = answer["nextPageToken"]
    assert entries == sum(
        change.field == "duedate"
        for issue in world.jira_cloud.projects["T000"].issues
        for history in issue.histories
        for change in history.changes
    )


def test_bulkfetch_names_what_it_cannot_find(servers: DemoServers, cloud: requests.Session) -> None:
    answer = cloud.post(
        f"{servers.jira_cloud.url}{API}/issue/bulkfetch",
        json={"issueIdsOrKeys": ["T000-1", "T000-9999"], "fields": ["summary"]},
    ).json()
    assert [issue["key"] for issue in answer["issues"]] == ["T000-1"]
    assert [error["id"] for error in answer["issueErrors"]] == ["T000-9999"]


def test_a_link_shows_on_both_of_its_ends(
    servers: DemoServers, cloud: requests.Session, world: World
) -> None:
    link = next(issue.links[0] for issue in world.jira_cloud.issues.values() if issue.links)
    source, target = (
        cloud.get(f"{servers.jira_cloud.url}{API}/issue/{issue.key}").json()["fields"]["issuelinks"]
        for issue in (link.source, link.target)
    )
    assert any(e.get("outwardIssue", {}).get("key") == link.target.key for e in source)
    assert any(e.get("inwardIssue", {}).get("key") == link.source.key for e in target)


def test_projects_and_versions_are_listed(servers: DemoServers, cloud: requests.Session) -> None:
    projects = cloud.get(
        f"{servers.jira_cloud.url}{API}/project/search", params={"maxResults": 2}
    ).json()
    versions = cloud.get(f"{servers.jira_cloud.url}{API}/project/T000/versions").json()
    assert (projects["total"], projects["isLast"], len(projects["values"])) == (3, False, 2)
    assert [version["name"] for version in versions] == ["0.0", "1.0", "2.0", "3.0"]
    assert "overdue" not in versions[0]
    assert versions[1]["releaseDate"] == "2026-01-05"
    missing = cloud.get(f"{servers.jira_cloud.url}{API}/project/NOPE")
    assert missing.status_code == 404


def test_permissions_must_be_named(servers: DemoServers, cloud: requests.Session) -> None:
    url = f"{servers.jira_cloud.url}{API}/mypermissions"
    assert cloud.get(url).status_code == 400
    answer = cloud.get(url, params={"permissions": "BROWSE_PROJECTS"}).json()
    assert answer["permissions"]["BROWSE_PROJECTS"]["havePermission"]


def test_descriptions_are_documents_in_v3_and_text_in_v2(
    servers: DemoServers, cloud: requests.Session
) -> None:
    rich, plain = (
        cloud.get(f"{servers.jira_cloud.url}/rest/api/{version}/issue/T000-2").json()["fields"]
        for version in ("3", "2")
    )
    assert rich["description"]["type"] == "doc"
    assert plain["description"] == "Text of an issue."


def test_the_date_header_is_the_simulated_clock(
    servers: DemoServers, cloud: requests.Session, world: World
) -> None:
    with world.lock:
        world.now += timedelta(days=3)
    answer = cloud.get(f"{servers.jira_cloud.url}{API}/myself")
    assert answer.headers["Date"] == "Thu, 08 Jan 2026 09:00:00 GMT"


def test_a_fault_answers_instead_and_every_request_is_logged(
    servers: DemoServers, cloud: requests.Session
) -> None:
    servers.jira_cloud.fault = lambda _request: Response(
        status_code=503, headers={"Retry-After": "7"}
    )
    assert cloud.get(f"{servers.jira_cloud.url}{API}/field").headers["Retry-After"] == "7"
    servers.jira_cloud.fault = None
    assert cloud.get(f"{servers.jira_cloud.url}{API}/field").ok
    assert [seen.status for seen in servers.jira_cloud.requests] == [503, 200]
    assert servers.jira_cloud.requests.count("/field") == 2


def test_the_jira_library_reads_it(servers: DemoServers) -> None:
    client = jira.JIRA(servers.jira_cloud.url, basic_auth=("slipwatch@acme.example", CLOUD_TOKEN))
    try:
        found = client.search_issues(
            "project = T000 ORDER BY key", maxResults=0, fields="summary,status"
        )
        assert len(found) == 130
        assert client.project("T000").name == "Test project 0"
        assert client.project_versions("T000")[0].name == "0.0"
    finally:
        client.close()  # type: ignore[no-untyped-call] # the library types it so
