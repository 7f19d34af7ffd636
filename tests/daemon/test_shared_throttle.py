"""Everything that reads a source at once shares its ``concurrency``."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from slipwatch.aggregator.store import open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.connectors.github.settings import GitHubSettings
from slipwatch.connectors.throttle import Throttles
from slipwatch.daemon.syncing import sync_once
from slipwatch.daemon.wiring import system_clock

REPOSITORIES = [f"acme/r{number}" for number in range(8)]
PATIENCE = 0.05
"""Seconds that a request waits for company, so that all that may be under way at once are."""


class Crowd:
    """Counts the requests that are under way."""

    def __init__(self) -> None:
        self.most = self.total = 0
        self._here = 0
        self._changed = threading.Condition()

    def visit(self) -> None:
        """Stay for a while; a visit has ended before its answer can be read."""
        with self._changed:
            self._here += 1
            self.total += 1
            self.most = max(self.most, self._here)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._here > 2, timeout=PATIENCE)
            self._here -= 1


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


@pytest.fixture
def url(crowd: Crowd) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            crowd.visit()
            listed = self.path.partition("?")[0].count("/") > 3
            body = json.dumps([] if listed else {"full_name": "acme/r0"}).encode()
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def reading(url: str, concurrency: int) -> SlipwatchSettings:
    """Read all repositories of a server."""
    github = GitHubSettings.model_validate(
        {
            "kind": "github",
            "url": url,
            "auth": {"token": {"env": "THROTTLE_TOKEN"}},
            "repositories": REPOSITORIES,
            "api": "rest",
            "concurrency": concurrency,
        }
    )
    return SlipwatchSettings().model_copy(update={"sources": {"github": github}})


def test_a_census_and_what_webhooks_named_share_the_concurrency_of_a_source(
    crowd: Crowd, url: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("THROTTLE_TOKEN", "secret")
    settings = reading(url, 2)
    throttles = Throttles(now=now)
    errors: list[str | None] = []

    with open_store(sqlite_url) as store:

        def sync(scopes: list[str] | None) -> None:
            result = sync_once(
                settings,
                store,
                "github",
                now=now,
                scopes=scopes,
                census=scopes is None,
                throttles=throttles,
            )
            errors.append(result.error)

        threads = [
            threading.Thread(target=sync, args=(scopes,))
            for scopes in (None, REPOSITORIES[:4], REPOSITORIES[4:])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert errors == [None, None, None]
    assert crowd.total >= 5 * len(REPOSITORIES), "the pulls of each twice, and a census"
    assert crowd.most == 2


@pytest.mark.parametrize("concurrency", [1, 3])
def test_processes_beside_share_the_concurrency_of_their_source(
    crowd: Crowd, url: str, sqlite_url: str, monkeypatch: pytest.MonkeyPatch, concurrency: int
) -> None:
    monkeypatch.setenv("THROTTLE_TOKEN", "secret")
    settings = reading(url, concurrency)

    with open_store(sqlite_url) as store:
        result = sync_once(settings, store, "github", now=system_clock)

    assert result.error is None
    assert crowd.total == 2 * len(REPOSITORIES), "milestones and issues of each"
    assert crowd.most <= concurrency


def test_another_account_knows_nothing_of_the_limits_of_the_last_one() -> None:
    throttles = Throttles(now=now)
    first = throttles.of("github", "dana", 4)
    first.end(first.begin(), limited=True, away=3600.0)

    assert throttles.of("github", "dana", 4) is first
    assert throttles.of("jira", "dana", 4).closed_for() == 0
    assert throttles.of("github", "sam", 4).closed_for() == 0


def test_what_the_operator_set_anew_holds_for_those_under_way() -> None:
    throttles = Throttles(now=now)
    throttle = throttles.of("github", "dana", 2)
    turns = [throttle.begin(), throttle.begin()]
    third = threading.Thread(target=throttle.begin)
    third.start()

    throttles.of("github", "dana", 3)

    third.join(timeout=30)
    assert not third.is_alive()
    assert len(turns) == 2


def now() -> datetime:
    return datetime.now(UTC)
