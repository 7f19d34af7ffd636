"""A small GitHub on loopback that keeps the contracts which the connector relies on."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from slipwatch.aggregator.connector import Context, RequestSeen
from slipwatch.connectors.github.connector import GitHubConnector
from slipwatch.connectors.github.settings import GitHubSettings
from slipwatch.demo import GITHUB_TOKEN, DemoServers

TOKEN = "ghp_abcSECRETabc"
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Request:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


@dataclass
class Repository:
    """One repository's state; ``number`` is its id."""

    name: str
    number: int
    issues: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])
    milestones: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    sub_issues: dict[int, list[tuple[str, int]]] = field(
        default_factory=dict[int, list[tuple[str, int]]]
    )
    blocked_by: dict[int, list[tuple[str, int]]] = field(
        default_factory=dict[int, list[tuple[str, int]]]
    )
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    has_issues: bool = True
    status: int = 200


Answer = tuple[int, dict[str, str], Any]


class FakeGitHub:
    """The state of the server, and what tests do to it."""

    def __init__(self) -> None:
        self.url = ""
        self.prefix = ""
        self.now = START
        self.repositories: dict[str, Repository] = {}
        self.renamed: dict[str, str] = {}
        self.requests: list[Request] = []
        self.scripted: list[Answer] = []
        """Answers to give first, whatever is asked."""
        self.before: Callable[[Request], None] | None = None
        self.cursor_paging = True
        self.largest_page = 100
        self.tells_time = True
        self.tells_reasons = True
        """As servers since 2022 do: why an issue was closed, null for no more than completed."""
        self.organizations: dict[str, list[dict[str, Any]]] = {}

    def add(self, name: str) -> Repository:
        repository = Repository(name=name, number=1000 + len(self.repositories))
        self.repositories[name.casefold()] = repository
        return repository

    def rename(self, old: str, new: str) -> None:
        repository = self.repositories.pop(old.casefold())
        repository.name = new
        self.repositories[new.casefold()] = repository
        self.renamed[old.casefold()] = new

    def issue(self, repository: str, number: int, **fields: Any) -> dict[str, Any]:
        """Add or change an issue; a change bumps ``updated_at`` unless it is given."""
        issues = self.repositories[repository.casefold()].issues
        changed = issues.get(number) or {
            "id": 100_000 * self.repositories[repository.casefold()].number + number,
            "number": number,
            "title": f"Issue {number}",
            "state": "open",
            "created_at": stamp(self.now),
            "closed_at": None,
            "state_reason": None,
            "body": None,
            "labels": [],
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "type": None,
        }
        issues[number] = changed | {"updated_at": stamp(self.now)} | fields
        return issues[number]

    def event(self, repository: str, number: int, kind: str, **fields: Any) -> None:
        """Let something happen to an issue, which bumps it; the newest event comes last."""
        found = self.repositories[repository.casefold()]
        self.issue(repository, number)
        if kind == "closed" and self.tells_reasons:
            fields = {"state_reason": None} | fields
        found.events.append(
            {
                "id": 900 + len(found.events),
                "node_id": f"EV_{900 + len(found.events)}",
                "event": kind,
                "created_at": stamp(self.now),
                "actor": {"login": "dana"},
                "issue": number,
                **fields,
            }
        )

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.before is not None:
            self.before(request)
        if self.scripted:
            return self.scripted.pop(0)
        if request.headers.get("authorization") != f"token {TOKEN}":
            return 401, {}, {"message": "Bad credentials"}
        parts = request.path.removeprefix(self.prefix).strip("/").split("/")
        if parts[0] == "orgs" and parts[1] in self.organizations:
            return self._paged(request, self.organizations[parts[1]], request.path)
        repository, rest = self._find(parts)
        if repository is None:
            return 404, {}, {"message": "Not Found"}
        if parts[0] == "repos" and f"{parts[1]}/{parts[2]}".casefold() in self.renamed:
            location = f"{self.url}/repositories/{repository.number}/{'/'.join(rest)}"
            return 301, {"Location": location.rstrip("/")}, {"message": "Moved Permanently"}
        if repository.status != 200:
            return repository.status, {}, {"message": "Gone, or worse"}
        return self._within(repository, rest, request)

    def _find(self, parts: list[str]) -> tuple[Repository | None, list[str]]:
        if parts[0] == "repositories":
            found = [r for r in self.repositories.values() if str(r.number) == parts[1]]
            return (found[0] if found else None), parts[2:]
        if parts[0] == "repos":
            name = f"{parts[1]}/{parts[2]}".casefold()
            name = self.renamed.get(name, name).casefold()
            return self.repositories.get(name), parts[3:]
        return None, []

    def _within(self, repository: Repository, rest: list[str], request: Request) -> Answer:
        path = f"{self.prefix}/repositories/{repository.number}/{'/'.join(rest)}"
        match rest:
            case []:
                return (
                    200,
                    {},
                    {
                        "id": repository.number,
                        "full_name": repository.name,
                        "has_issues": repository.has_issues,
                    },
                )
            case ["milestones"]:
                rows = [
                    {"url": f"{self.url}/repos/{repository.name}/milestones/{m['number']}"} | m
                    for m in repository.milestones
                    if request.query.get("state") == "all" or m["state"] == "open"
                ]
                return self._paged(request, rows, path)
            case ["issues"] if not repository.has_issues:
                return 410, {}, {"message": "Issues are disabled for this repo"}
            case ["issues"]:
                return self._paged(request, self._listed(repository, request.query), path)
            case ["issues", "events"]:
                rows = [
                    event | {"issue": self._shown(repository, event["issue"])}
                    for event in reversed(repository.events)
                ]
                return self._paged(request, rows, path)
            case ["issues", number] if int(number) in repository.issues:
                return 200, {}, self._shown(repository, int(number))
            case ["issues", number, "sub_issues"]:
                edges = repository.sub_issues[int(number)]
            case ["issues", number, "dependencies", "blocked_by"]:
                edges = repository.blocked_by[int(number)]
            case ["issues", number, "events"]:
                rows = [
                    {key: value for key, value in event.items() if key != "issue"}
                    for event in repository.events
                    if event["issue"] == int(number)
                ]
                return self._paged(request, rows, path)
            case _:
                return 404, {}, {"message": "Not Found"}
        rows = [self._shown(self.repositories[name.casefold()], n) for name, n in edges]
        return self._paged(request, rows, path)

    def _listed(self, repository: Repository, query: dict[str, str]) -> list[dict[str, Any]]:
        """What GitHub lists: open issues, newest first, unless told otherwise."""
        rows = [self._shown(repository, number) for number in repository.issues]
        key = f"{query.get('sort', 'created')}_at"
        rows.sort(key=lambda row: (row[key], row["id"]), reverse=query.get("direction") != "asc")
        state = query.get("state", "open")
        return [
            row
            for row in rows
            if state in ("all", row["state"]) and row["updated_at"] >= query.get("since", "")
        ]

    def _shown(self, repository: Repository, number: int) -> dict[str, Any]:
        issue = repository.issues[number]
        kind = "pull" if issue.get("pull_request") else "issues"
        children = repository.sub_issues.get(number, [])
        blockers = repository.blocked_by.get(number, [])
        return {
            "url": f"{self.url}/repos/{repository.name}/issues/{number}",
            "repository_url": f"{self.url}/repos/{repository.name}",
            "comments_url": f"{self.url}/repos/{repository.name}/issues/{number}/comments",
            "html_url": f"https://github.example/{repository.name}/{kind}/{number}",
            "sub_issues_summary": {"total": len(children), "completed": 0},
            "issue_dependencies_summary": {"blocked_by": 0, "total_blocked_by": len(blockers)},
            **issue,
        }

    def _paged(self, request: Request, rows: list[dict[str, Any]], path: str) -> Answer:
        """Cut a page: by position, or behind the row that an opaque cursor names."""
        query = dict(request.query)
        size = min(int(query.get("per_page", "30")), self.largest_page)
        if self.cursor_paging and "after" in query:
            at, _, identity = query["after"].rpartition("~")
            start = sum(1 for row in rows if (row["updated_at"], row["id"]) <= (at, int(identity)))
        else:
            start = (int(query.get("page", "1")) - 1) * size
        page = rows[start : start + size]
        headers: dict[str, str] = {}
        if start + size < len(rows):
            number = int(query.get("page", "1")) + 1
            following = query | {"page": str(number)}
            if self.cursor_paging and "updated_at" in page[-1]:
                following["after"] = f"{page[-1]['updated_at']}~{page[-1]['id']}"
            target = self.url.removesuffix(self.prefix) + path
            headers["Link"] = f'<{target}?{urlencode(following)}>; rel="next"'
        return 200, headers, page


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fake: FakeGitHub

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        parts = urlsplit(self.path)
        status, headers, body = self.fake.answer(
            Request(
                path=parts.path,
                query=dict(parse_qsl(parts.query)),
                headers={name.lower(): value for name, value in self.headers.items()},
            )
        )
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response_only(status)
        if self.fake.tells_time and "Date" not in headers:
            self.send_header("Date", format_datetime(self.fake.now, usegmt=True))
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(raw)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    do_POST = do_GET  # noqa: N815  # named by http.server

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # named by http.server
        """Say nothing."""


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    fake = FakeGitHub()
    handler = type("Handler", (_Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    thread.join()
    server.server_close()


@dataclass
class Service:
    """What a connector is given, with what it did to it."""

    slept: list[float] = field(default_factory=list[float])
    seen: list[RequestSeen] = field(default_factory=list[RequestSeen])
    now: datetime = START + timedelta(hours=7)
    """Wrong by hours, as a local clock may be."""

    @property
    def context(self) -> Context:
        return Context(now=lambda: self.now, sleep=self.slept.append, on_request=self.seen.append)


@pytest.fixture
def service() -> Service:
    return Service()


Connect = Callable[..., GitHubConnector]


@pytest.fixture
def connect_to(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Connect to the simulated GitHub of ``demo/``."""
    opened: list[GitHubConnector] = []
    monkeypatch.setenv("GITHUB_TOKEN_FOR_TESTS", GITHUB_TOKEN)

    def connect_to(servers: DemoServers, *, path: str = "", **settings: Any) -> GitHubConnector:
        given = {
            "kind": "github",
            "url": servers.github.url + path,
            "auth": {"token": {"env": "GITHUB_TOKEN_FOR_TESTS"}},
            "repositories": ["acme/r000"],
        }
        context = Context(
            now=lambda: servers.world.now,
            sleep=lambda _seconds: None,
            on_request=service.seen.append,
        )
        read = GitHubSettings.model_validate(given | settings)
        opened.append(GitHubConnector("github", read, context))
        return opened[-1]

    yield connect_to
    for connector in opened:
        connector.close()


@pytest.fixture
def connect(
    github: FakeGitHub, service: Service, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Connect]:
    opened: list[GitHubConnector] = []
    monkeypatch.setenv("GITHUB_TOKEN_FOR_TESTS", TOKEN)

    def connect(*repositories: str, **settings: Any) -> GitHubConnector:
        given = {
            "kind": "github",
            "url": github.url,
            "auth": {"token": {"env": "GITHUB_TOKEN_FOR_TESTS"}},
            "repositories": repositories or ("acme/api",),
        }
        connector = GitHubConnector(
            "github", GitHubSettings.model_validate(given | settings), service.context
        )
        opened.append(connector)
        return connector

    yield connect
    for connector in opened:
        connector.close()
