"""The simulated Jira Data Center keeps the contract of the public API, over real HTTP."""

import base64

import jira
import requests

from slipwatch.demo import DATA_CENTER_TOKEN, DemoServers, World, bulk_world

API = "/rest/api/2"


def test_it_takes_a_bearer_token_and_nothing_else(servers: DemoServers) -> None:
    url = f"{servers.jira_dc.url}{API}/myself"
    basic = base64.b64encode(f"slipwatch@acme.example:{DATA_CENTER_TOKEN}".encode()).decode()
    for header, status in (
        (f"Bearer {DATA_CENTER_TOKEN}", 200),
        ("Bearer wrong", 401),
        (f"Basic {basic}", 401),
    ):
        answer = requests.get(url, headers={"Authorization": header}, timeout=5)
        assert answer.status_code == status
        assert answer.json()


def test_it_says_that_it_is_a_server(servers: DemoServers, data_center: requests.Session) -> None:
    info = data_center.get(f"{servers.jira_dc.url}{API}/serverInfo").json()
    assert info["deploymentType"] == "Server"


def test_what_only_cloud_has_is_404(servers: DemoServers, data_center: requests.Session) -> None:
    root = servers.jira_dc.url
    for path in (
        f"{API}/search/jql",
        f"{API}/project/search",
        f"{API}/issue/T000-1/changelog",
        "/rest/api/3/field",
    ):
        assert data_center.get(f"{root}{path}").status_code == 404


def test_offsets_walk_to_the_total(servers: DemoServers, data_center: requests.Session) -> None:
    keys: list[str] = []
    while True:
        page = data_center.get(
            f"{servers.jira_dc.url}{API}/search",
            params={
                "jql": "project = T001 ORDER BY created, key",
                "startAt": str(len(keys)),
                "maxResults": "60",
                "fields": "key",
            },
        ).json()
        assert page["total"] == 130
        assert page["maxResults"] == 60
        keys += [issue["key"] for issue in page["issues"]]
        if len(keys) >= page["total"]:
            break
    assert len(set(keys)) == 130


def test_search_by_post_answers_as_by_get(
    servers: DemoServers, data_center: requests.Session
) -> None:
    url = f"{servers.jira_dc.url}{API}/search"
    query = {"jql": "project = T001 ORDER BY key", "maxResults": 5, "fields": ["summary"]}
    asked = {"jql": "project = T001 ORDER BY key", "maxResults": "5", "fields": "summary"}
    assert data_center.post(url, json=query).json() == data_center.get(url, params=asked).json()


def test_pages_are_capped_and_the_search_window_ends_at_ten_thousand() -> None:
    world = bulk_world(projects=0, data_center_projects=1, issues=1200)
    headers = {"Authorization": f"Bearer {DATA_CENTER_TOKEN}"}
    with DemoServers(world) as servers, requests.Session() as session:
        session.headers.update(headers)
        url = f"{servers.jira_dc.url}{API}/search"
        query = {"jql": "project = T000", "maxResults": "5000", "fields": "summary"}
        assert len(session.get(url, params=query).json()["issues"]) == 1000
        assert session.get(url, params=query | {"startAt": "9999"}).status_code == 200
        beyond = session.get(url, params=query | {"startAt": "10000"})
        assert beyond.status_code == 500
        assert "Search limit exceeded" in beyond.json()["errorMessages"][0]


def test_an_unbounded_search_is_allowed(
    servers: DemoServers, data_center: requests.Session
) -> None:
    page = data_center.get(f"{servers.jira_dc.url}{API}/search", params={"jql": ""}).json()
    assert page["total"] == 260


def test_the_changelog_in_an_issue_is_complete_and_names_no_field_ids(
    servers: DemoServers, data_center: requests.Session
) -> None:
    issue = data_center.get(
        f"{servers.jira_dc.url}{API}/issue/T000-2", params={"expand": "changelog"}
    ).json()
    assert issue["changelog"]["total"] == len(issue["changelog"]["histories"]) == 120
    items = [item for entry in issue["changelog"]["histories"] for item in entry["items"]]
    assert all("fieldId" not in item for item in items)


def test_epics_are_in_a_custom_field_whose_value_is_a_key(
    servers: DemoServers, data_center: requests.Session
) -> None:
    root = f"{servers.jira_dc.url}{API}"
    fields = data_center.get(f"{root}/field").json()
    epic_link = next(
        field["id"]
        for field in fields
        if field["schema"].get("custom") == "com.pyxis.greenhopper.jira:gh-epic-link"
    )
    issue = data_center.get(f"{root}/issue/T000-4").json()["fields"]
    assert issue[epic_link] == "T000-1"
    assert "parent" not in issue
    assert "hierarchyLevel" not in issue["issuetype"]


def test_the_jira_library_reads_it(servers: DemoServers, world: World) -> None:
    client = jira.JIRA(servers.jira_dc.url, token_auth=DATA_CENTER_TOKEN)
    try:
        found = client.search_issues("project = T000 ORDER BY key", maxResults=False)
        assert len(found) == len(world.jira_dc.projects["T000"].issues)
    finally:
        client.close()  # type: ignore[no-untyped-call] # the library types it so
