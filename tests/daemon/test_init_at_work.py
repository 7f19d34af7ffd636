"""init in companies as they are: certificates of their own, proxies, thousands of projects."""

import http.client
import ssl
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from slipwatch.demo import DemoServer, World
from slipwatch.demo.jira import JiraApp
from tests.certificates import Authority
from tests.clock import BEGAN

from .running import Commands

TOKEN = "open-sesame-dc-0123456789"
MANY = 120
"""Projects: more than are looked into."""


@pytest.fixture(scope="module")
def jira() -> Iterator[str]:
    """Run a Jira of many projects, each with a version."""
    world = World(now=BEGAN)
    world.jira_dc.token = TOKEN
    for number in range(MANY):
        project = world.jira_dc.add_project(f"TEAM{number:03}", f"Team {number}")
        due = BEGAN.date() + timedelta(days=60)
        version = world.jira_dc.add_version(project, f"{number}.0", release=due)
        world.jira_dc.add_issue(project, "Issue", at=BEGAN, versions=(version,))
    with DemoServer(world, JiraApp(world, world.jira_dc), "jira") as server:
        yield server.url


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DC_TOKEN", TOKEN)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Make an authority that no machine knows."""
    return Authority(tmp_path)


@pytest.fixture
def secure(jira: str, authority: Authority) -> Iterator[str]:
    """Serve the Jira with a certificate of that authority."""
    upstream = urlsplit(jira).netloc

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            connection = http.client.HTTPConnection(upstream)
            connection.request("GET", self.path, headers=dict(self.headers))
            answer = connection.getresponse()
            body = answer.read()
            connection.close()
            self.send_response(answer.status)
            for name in ("Content-Type", "X-AUSERNAME", "Content-Encoding", "Date"):
                if (value := answer.getheader(name)) is not None:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Keep quiet."""

    pair = authority.sign("jira.acme.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.cert, pair.key)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_certificate_that_nobody_vouches_for_is_one_line_and_one_option(
    slipwatch: Commands, secure: str, authority: Authority
) -> None:
    given = ("init", "--url", secure, "--token-env", "DC_TOKEN", "--project", "TEAM001")

    done = slipwatch(*given)
    assert (done.code, done.out) == (3, "")
    assert done.err.count("got no secure connection") == 1
    assert "check it, and --ca-file or --proxy where they are needed" in done.err

    done = slipwatch(*given, "--ca-file", str(authority.cert))
    assert done.code == 0, done.err
    assert slipwatch("config", "check").code == 0
    synced = slipwatch("sync")
    assert synced.code == 0, synced.err


def test_a_proxy_that_is_not_there_is_one_line_too(slipwatch: Commands, jira: str) -> None:
    given = ("init", "--url", jira, "--token-env", "DC_TOKEN", "--all")

    done = slipwatch(*given, "--proxy", "http://127.0.0.1:9")
    assert (done.code, done.out) == (3, "")
    assert done.err.count("did not get through the proxy") == 1


def test_of_many_projects_it_says_how_many_it_looked_into(
    slipwatch: Commands, jira: str, tmp_path: Path
) -> None:
    done = slipwatch("init", "--url", jira, "--token-env", "DC_TOKEN", "--all")
    assert done.code == 0, done.err
    assert f"100 of {MANY} projects were looked into" in done.err
    assert "milestones 100," in done.out

    text = (tmp_path / "slipwatch.yaml").read_text()
    assert max(map(len, text.splitlines())) <= 100
    projects = yaml.safe_load(text)["sources"]["jira"]["projects"]
    assert sorted(projects) == [f"TEAM{number:03}" for number in range(MANY)]
    assert slipwatch("config", "check").code == 0
    assert slipwatch("sync").code == 0
    assert slipwatch("assess").code == 0
