"""A small Jira that keeps to the contract of its API, and misbehaves on demand."""

import base64
import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from slipwatch.aggregator.connector import Context, RequestSeen
from slipwatch.aggregator.records import Batch, Item
from slipwatch.connectors.jira.connector import JiraConnector
from slipwatch.connectors.jira.settings import JiraSettings

TOKEN = "ATATT-very-secret-token"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

Json = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]

ALL_FIELDS: Json = {
    "fields": {
        "start": "customfield_1",
        "end": "customfield_2",
        "points": "customfield_3",
        "epic": "customfield_4",
        "flagged": "customfield_5",
    },
    "links": {"blocks": ["Blocks"], "depends": ["Depends"]},
    "dropped": ["Wird nicht erledigt"],
}


def ms(at: datetime) -> int:
    """Give epoch milliseconds."""
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def issue(number: int, updated: datetime, **fields: Any) -> Json:
    """Make an issue as a search returns it, with a minimum of fields."""
    project = fields.pop("project", "PAY")
    histories = fields.pop("histories", [])
    return {
        "id": str(10000 + number),
        "key": f"{project}-{number}",
        "self": f"https://jira.example/rest/api/2/issue/{10000 + number}",
        "fields": {
            "summary": f"Issue {number}",
            "project": {"id": "10", "key": project},
            "issuetype": {"id": "1", "name": "Story", "subtask": False},
            "status": {"id": "1", "name": "Open", "statusCategory": {"id": 2, "key": "new"}},
            "created": "2025-12-01T10:00:00.000+0100",
            "updated": updated.astimezone(UTC).isoformat(timespec="milliseconds"),
            **fields,
        },
        "changelog": {
            "startAt": 0,
            "maxResults": len(histories),
            "total": len(histories),
            "histories": histories,
        },
    }


@dataclass(slots=True, kw_only=True)
class FakeJira:
    """The state of the fake; tests change it while a walk is going on."""

    cloud: bool
    url: str = ""
    issues: list[Json] = field(default_factory=list[Json])
    versions: dict[str, list[Json]] = field(default_factory=lambda: {"PAY": []})
    fields: list[Json] = field(default_factory=list[Json])
    statuses: list[Json] = field(default_factory=list[Json])
    remote_links: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    bulk: bool = True
    """Whether changelogs can be had for many issues at once, as on Cloud."""
    bulk_api: str = "3"
    bulk_page: int = 1000
    largest_page: int = 1000
    window: int = 10_000
    """Offsets from here on are refused, as the search engine of Data Center does."""
    shown_histories: int = 100
    says_total: bool = True
    dates_in: str | None = None
    """Refuses milliseconds in JQL, and takes dates of this time zone."""
    profile: Json = field(default_factory=lambda: {"timeZone": "Europe/Berlin"})
    caller: str | None = "reader"
    """Whom it says that it took the caller for, with each answer."""
    browsable: bool = True
    """Whether the caller may see issues; else searches find none, as with some schemes they do."""
    now: datetime = NOW
    asked: list[str] = field(default_factory=list[str])
    """Paths, with ``startAt`` or the token of searches."""
    queries: list[Json] = field(default_factory=list[Json])
    bodies: list[Json] = field(default_factory=list[Json])
    authorizations: set[str] = field(default_factory=set[str])
    faults: list[Callable[[str], Answer | str | None]] = field(
        default_factory=list[Callable[[str], Answer | str | None]]
    )
    """Asked before each answer; what they return is answered instead. A text breaks it off."""
    renamed: dict[str, str] = field(default_factory=dict[str, str])
    """Keys that projects have now, by their former ones, which go on working."""
    moved_lately: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])
    """Projects whose index still lists an issue that has moved away, with its id."""
    before_search: Callable[[int], None] | None = None
    """Called with the number of the search before it is answered."""
    searches: int = 0

    def find(self, key: str) -> Json:
        """Find an issue by key."""
        return next(each for each in self.issues if each["key"] == key)

    def fail(
        self,
        status: int,
        body: bytes | Json = b"",
        *,
        path: str = "search",
        times: int | None = None,
        after: int = 0,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Answer requests for a path like this, so many times, after so many were let through."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        met = 0

        def fault(asked: str) -> Answer | None:
            nonlocal met
            met += path in asked
            meant = path in asked and met > after and (times is None or met <= after + times)
            return (status, headers or {}, content) if meant else None

        self.faults.append(fault)

    def touch(self, key: str, updated: datetime, **fields: Any) -> None:
        """Change an issue."""
        stamp = updated.isoformat(timespec="milliseconds")
        self.find(key)["fields"].update(fields, updated=stamp)

    def rename(self, project: str, key: str) -> None:
        """Change the key of a project: Jira calls that no change of its issues."""
        for each in self.issues:
            prefix, _, number = each["key"].rpartition("-")
            if prefix == self.renamed.get(project, project):
                each["key"] = f"{key}-{number}"
        self.renamed[project] = key

    def answer(self, path: str, query: Json, body: Json | None) -> tuple[int, object]:
        """Answer as the API would."""
        if body is not None:
            bulk = f"/rest/api/{self.bulk_api}/changelog/bulkfetch"
            if self.bulk and self.cloud and path == bulk:
                return 200, self._changelogs(body)
            return 404, {"errorMessages": ["Not found"]}
        return self._platform(path.removeprefix("/rest/api/2/").split("/"), query)

    def _platform(self, parts: list[str], query: Json) -> tuple[int, object]:
        match parts:
            case ["myself" | "mypermissions"]:
                return 200, self._about_caller(parts[0], query)
            case ["serverInfo"]:
                return 200, {"deploymentType": "Cloud" if self.cloud else "Server"}
            case ["field"]:
                return 200, self.fields
            case ["status"]:
                return 200, self.statuses
            case ["project", key, "versions"]:
                known = self.versions.get(key)
                return (404, {"errorMessages": ["No"]}) if known is None else (200, known)
            case ["project", key]:
                return 200, {"key": self.renamed.get(key, key)}
            case ["issue", identity, "changelog"] if self.cloud:
                log = self._by_id(identity)["changelog"]["histories"][::-1]
                start, size = int(query["startAt"]), int(query["maxResults"])
                return 200, {"values": log[start : start + size], "total": len(log)}
            case ["issue", identity, "remotelink"]:
                return 200, self.remote_links.get(self._by_id(identity)["key"], [])
            case ["issue", identity] if any(each["id"] == identity for each in self.issues):
                return 200, self._by_id(identity)
            case ["search", "jql"] if self.cloud:
                return self._search(query)
            case ["search"] if not self.cloud:
                return self._search(query)
            case _:
                return 404, {"errorMessages": ["Not found"]}

    def _about_caller(self, what: str, query: Json) -> Json:
        if what == "myself":
            return self.profile
        assert query["permissions"] == "BROWSE_PROJECTS"
        allowed = {"key": "BROWSE_PROJECTS", "havePermission": self.browsable}
        return {"permissions": {"BROWSE_PROJECTS": allowed}}

    def _changelogs(self, body: Json) -> Json:
        """Give entries oldest first, whatever their issue; a filter sees no field without an id."""
        assert len(body["issueIdsOrKeys"]) <= 1000
        wanted = body.get("fieldIds")
        assert wanted is None or len(wanted) <= 10
        entries: list[tuple[datetime, str, Json]] = []
        for each in self.issues:
            if each["id"] not in body["issueIdsOrKeys"]:
                continue
            for entry in each["changelog"]["histories"]:
                items = [i for i in entry["items"] if not wanted or i.get("fieldId") in wanted]
                if items:
                    at = datetime.fromisoformat(entry["created"])
                    entries.append((at, each["id"], {**entry, "created": ms(at), "items": items}))
        entries.sort(key=lambda entry: entry[:2])
        start = int(body.get("nextPageToken", 0))
        end = start + min(self.bulk_page, body["maxResults"])
        logs: dict[str, list[Json]] = {}
        for _, identity, entry in entries[start:end]:
            logs.setdefault(identity, []).append(entry)
        page: Json = {
            "issueChangeLogs": [
                {"issueId": identity, "changeHistories": log} for identity, log in logs.items()
            ]
        }
        return page | ({"nextPageToken": str(end)} if end < len(entries) else {})

    def _by_id(self, identity: str) -> Json:
        return next(each for each in self.issues if each["id"] == identity)

    def _search(self, query: Json) -> tuple[int, object]:
        self.searches += 1
        if self.before_search is not None:
            self.before_search(self.searches)
        match = re.fullmatch(
            r'project = "(\w+)"(?: AND updated >= (\d+|"[^"]+"))? '
            r"ORDER BY (?:updated ASC, )?key ASC",
            query["jql"],
        )
        assert match is not None, query["jql"]
        if match[1] not in self.versions:
            return 400, {"errorMessages": ["The value does not exist for the field 'project'."]}
        since = self._since(match[2] or "0")
        if since is None:
            said = f"Date value '{match[2]}' for field 'updated' is invalid. Valid formats include:"
            return 400, {"errorMessages": [f"{said} 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm'"]}
        found = sorted(
            (order(each), each)
            for each in self.issues
            if self.browsable and self._is_in(match[1], each) and order(each)[0] >= since
        )
        size = min(int(query["maxResults"]), self.largest_page)
        if self.cloud:
            # Tokens hold the place in the order, as Jira's own do.
            token = query.get("nextPageToken")
            after = tuple(json.loads(base64.b64decode(token))) if token else (0, 0)
            rest = [entry for entry in found if entry[0] > after]
            page: Json = {"issues": [self._shown(each, query) for _, each in rest[:size]]}
            page["isLast"] = len(rest) <= size
            if len(rest) > size:
                place = json.dumps(rest[size - 1][0]).encode()
                page["nextPageToken"] = base64.b64encode(place).decode()
            return 200, page
        start = int(query["startAt"])
        if start >= self.window:
            return 500, {"errorMessages": ["Search limit exceeded"]}
        page = {
            "startAt": start,
            "maxResults": size,
            "issues": [self._shown(each, query) for _, each in found[start : start + size]],
        }
        if self.says_total:
            page["total"] = len(found)
        return 200, page

    def _is_in(self, project: str, issue: Json) -> bool:
        prefix = f"{self.renamed.get(project, project)}-"
        return str(issue["key"]).startswith(prefix) or (project, issue["id"]) in self.moved_lately

    def _since(self, value: str) -> int | None:
        """Read a date of a query; one that comes twice means the later, as in Java."""
        if value == "0" or self.dates_in is None:
            return int(value) if value.isdecimal() else None
        if value.isdecimal():
            return None
        local = datetime.strptime(value, '"%Y/%m/%d %H:%M"')  # noqa: DTZ007  # its zone follows
        return ms(local.replace(tzinfo=ZoneInfo(self.dates_in), fold=1))

    def _shown(self, whole: Json, query: Json) -> Json:
        if "changelog" not in query.get("expand", ""):
            return {name: part for name, part in whole.items() if name != "changelog"}
        log = whole["changelog"]
        return {
            **whole,
            "changelog": {**log, "histories": log["histories"][: self.shown_histories]},
        }


def order(each: Json) -> tuple[int, int]:
    """Give the place of an issue in the order of searches."""
    return ms(datetime.fromisoformat(each["fields"]["updated"])), int(each["id"])


def serve(site: FakeJira) -> Generator[FakeJira]:
    """Run a fake on loopback."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body: Json = json.loads(self.rfile.read(length))
            site.bodies.append(body)
            self.respond(body)

        def do_GET(self) -> None:
            self.respond(None)

        def respond(self, body: Json | None) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            site.asked.append(parts.path.removeprefix("/rest/api/2/"))
            site.queries.append(query)
            site.authorizations.add(self.headers.get("Authorization", ""))
            fault = next((made for each in site.faults if (made := each(parts.path))), None)
            if isinstance(fault, str):
                self.close_connection = True
                return
            if fault is None:
                status, payload = site.answer(parts.path, query, body)
                fault = status, {}, json.dumps(payload).encode()
            status, headers, content = fault
            self.send_response_only(status)
            self.send_header("Date", format_datetime(site.now, usegmt=True))
            if site.caller is not None:
                self.send_header("X-AAccountId" if site.cloud else "X-AUSERNAME", site.caller)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            else:
                self.close_connection = True
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield site
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def make_issue() -> Callable[..., Json]:
    """Give the maker of issues."""
    return issue


@pytest.fixture
def now() -> datetime:
    """Give the fake's clock as it stands at first."""
    return NOW


@pytest.fixture
def cloud() -> Generator[FakeJira]:
    """Run a Jira Cloud."""
    yield from serve(FakeJira(cloud=True))


@pytest.fixture
def datacenter() -> Generator[FakeJira]:
    """Run a Jira Data Center."""
    yield from serve(FakeJira(cloud=False))


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest) -> FakeJira:
    """Run a Jira of each kind in turn."""
    fake: FakeJira = request.getfixturevalue(request.param)
    return fake


@dataclass(slots=True)
class Waits:
    """What a connector under test was given: its sleeps and its exchanges."""

    slept: list[float] = field(default_factory=list[float])
    seen: list[RequestSeen] = field(default_factory=list[RequestSeen])

    def context(self, roles: Mapping[str, str] | None = None) -> Context:
        return Context(
            now=lambda: NOW,
            sleep=self.slept.append,
            on_request=self.seen.append,
            roles=roles or {},
        )


@pytest.fixture
def waits() -> Waits:
    """Record sleeps instead of sleeping."""
    return Waits()


@pytest.fixture
def connect(
    waits: Waits, monkeypatch: pytest.MonkeyPatch
) -> Generator[Callable[..., JiraConnector]]:
    """Make connectors for a fake, with further settings; they are closed in the end."""
    monkeypatch.setenv("TEST_JIRA_TOKEN", TOKEN)
    made: list[JiraConnector] = []

    def connect(url: str, roles: Mapping[str, str] | None = None, **more: Any) -> JiraConnector:
        settings = {
            "kind": "jira",
            "url": url,
            "auth": {"token": {"env": "TEST_JIRA_TOKEN"}},
            "projects": ["PAY"],
            **more,
        }
        connector = JiraConnector(
            "jira", JiraSettings.model_validate(settings), waits.context(roles)
        )
        made.append(connector)
        return connector

    yield connect
    for connector in made:
        connector.close()


@pytest.fixture
def convert(connect: Any) -> Any:
    """Give the conversion of a connector with all custom fields configured."""
    return connect("https://jira.example/base", **ALL_FIELDS).convert


@pytest.fixture
def item(convert: Any, make_issue: Any) -> Any:
    """Give a maker of items out of the fields of an issue."""

    def make(**fields: Any) -> Item:
        batch: Batch = convert(make_issue(1, NOW, **fields))
        (made,) = batch.items
        return made

    return make
