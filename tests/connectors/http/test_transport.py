"""Certificates and proxies: the same keys do the same for every source that speaks HTTP."""

import base64
import json
import select
import socket
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import ValidationError

from slipwatch.aggregator.connector import Context, Retry, Stop
from slipwatch.config.sources import HttpSourceSettings
from slipwatch.connectors.github.client import GitHubClient
from slipwatch.connectors.github.settings import GitHubSettings
from slipwatch.connectors.jira.client import JiraClient
from slipwatch.connectors.jira.settings import JiraSettings
from tests.certificates import Authority, Pair

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CONTEXT = Context(now=lambda: NOW, sleep=lambda _seconds: None)
PASSWORD = "p@ss/word:1"
TOKEN = "a-secret-token"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Files of a small certificate authority."""

    ca: Path
    server: Pair
    client: Pair


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    authority = Authority(tmp_path_factory.mktemp("certificates"))
    return Certificates(authority.cert, authority.sign("server"), authority.sign("client"))


@dataclass(slots=True)
class Site:
    """A server that answers everything, and what it was sent."""

    url: str
    authorizations: list[str] = field(default_factory=list[str])


class Quiet(BaseHTTPRequestHandler):
    """A handler that logs nothing."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Keep quiet."""


def serving(
    handler: type[BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None
) -> Generator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_args: None  # type: ignore[method-assign]  # refused handshakes
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def site_handler(site: Site) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet):
        def do_GET(self) -> None:
            site.authorizations.append(self.headers.get("Authorization", ""))
            body = json.dumps({"deploymentType": "Server"}).encode()
            self.send_response_only(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            site.authorizations.append(self.headers.get("Authorization", ""))
            body = json.dumps({"token": TOKEN, "expires_at": "2099-01-01T00:00:00Z"}).encode()
            self.send_response_only(201)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


@pytest.fixture
def plain() -> Generator[Site]:
    """Run a site without TLS."""
    site = Site("")
    for url in serving(site_handler(site)):
        site.url = url
        yield site


@pytest.fixture
def strict(certificates: Certificates) -> Generator[Site]:
    """Run a site with TLS that demands a client certificate."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificates.server.cert, certificates.server.key)
    tls.load_verify_locations(certificates.ca)
    tls.verify_mode = ssl.CERT_REQUIRED
    site = Site("")
    for url in serving(site_handler(site), tls):
        site.url = url
        yield site


@dataclass(slots=True)
class Proxy:
    """A forward proxy: where it is, whom it lets through, what went through it."""

    url: str = ""
    wanted: str | None = None
    passed: list[str] = field(default_factory=list[str])


@pytest.fixture
def proxy() -> Generator[Proxy]:
    """Run a forward proxy that tunnels (CONNECT) and passes plain requests on."""
    state = Proxy()

    class Handler(Quiet):
        def admits(self) -> bool:
            given = self.headers.get("Proxy-Authorization", "")
            if state.wanted is None or given == state.wanted:
                state.passed.append(f"{self.command} {self.path}")
                return True
            self.send_response_only(407)
            self.send_header("Proxy-Authenticate", "Basic")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False

        def do_GET(self) -> None:
            if not self.admits():
                return
            target = urlsplit(self.path)
            head = [f"GET {target.path} HTTP/1.1", f"Host: {target.netloc}", "Connection: close"]
            authorization = self.headers.get("Authorization")
            head += [f"Authorization: {authorization}"] if authorization else []
            with socket.create_connection((target.hostname or "", target.port or 80)) as upstream:
                upstream.sendall("\r\n".join([*head, "", ""]).encode())
                while data := upstream.recv(65536):
                    self.wfile.write(data)
            self.close_connection = True

        def do_CONNECT(self) -> None:
            if not self.admits():
                return
            host, _, port = self.path.partition(":")
            with socket.create_connection((host, int(port))) as upstream:
                self.send_response_only(200)
                self.end_headers()
                with suppress(OSError):
                    tunnel(self.connection, upstream)
            self.close_connection = True

    for url in serving(Handler):
        state.url = url
        yield state


def tunnel(left: socket.socket, right: socket.socket) -> None:
    other = {left: right, right: left}
    while True:
        for ready in select.select([left, right], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            other[ready].sendall(data)


Ask = Callable[..., None]


def ask_jira(url: str, **more: Any) -> None:
    auth = {"token": {"env": "TEST_TOKEN"}}
    settings = {"kind": "jira", "url": url, "auth": auth, "projects": ["PAY"], **more}
    client = JiraClient("source", JiraSettings.model_validate(settings), CONTEXT)
    try:
        assert client.deployment() == "datacenter"
    finally:
        client.close()


def ask_github(url: str, **more: Any) -> None:
    auth = {"token": {"env": "TEST_TOKEN"}}
    settings = {"kind": "github", "url": url, "auth": auth, "repositories": ["a/b"], **more}
    client = GitHubClient("source", GitHubSettings.model_validate(settings), CONTEXT)
    try:
        assert client.get("/meta").status == 200
    finally:
        client.close()


@pytest.fixture(params=[ask_jira, ask_github], ids=["jira", "github"])
def ask(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Give one request of each connector that speaks HTTP."""
    monkeypatch.setenv("TEST_TOKEN", TOKEN)
    monkeypatch.setenv("TEST_PASSWORD", PASSWORD)
    made: Ask = request.param
    return made


def pair(files: Pair) -> dict[str, str]:
    return {"cert": str(files.cert), "key": str(files.key)}


def test_a_server_that_demands_a_certificate_is_shown_one(
    ask: Ask, strict: Site, certificates: Certificates
) -> None:
    ask(strict.url, ca_file=str(certificates.ca), client_cert=pair(certificates.client))

    assert len(strict.authorizations) == 1


def test_an_app_gets_its_token_with_the_certificates_and_through_the_proxy_of_its_source(
    strict: Site, proxy: Proxy, certificates: Certificates, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    (tmp_path / "app.pem").write_bytes(key)
    auth = {
        "app_id": 7,
        "installation_id": 8,
        "private_key": {"file": str(tmp_path / "app.pem")},
    }

    ask_github(
        strict.url,
        auth=auth,
        ca_file=str(certificates.ca),
        client_cert=pair(certificates.client),
        proxy=proxy.url,
    )

    signed, used = strict.authorizations
    assert signed.startswith("Bearer ey")
    assert used == f"token {TOKEN}"
    assert proxy.passed == [f"CONNECT {strict.url.removeprefix('https://')}"]


def test_without_its_certificates_a_source_gets_no_connection(
    ask: Ask, strict: Site, certificates: Certificates
) -> None:
    with pytest.raises(Retry, match=r"source: GET .* got no"):
        ask(strict.url, ca_file=str(certificates.ca))
    with pytest.raises(Retry, match="got no secure connection: check url, ca_file and client_cert"):
        ask(strict.url, client_cert=pair(certificates.client))
    assert strict.authorizations == []


def test_a_certificate_that_is_not_there_is_named(
    ask: Ask, strict: Site, certificates: Certificates, tmp_path: Path
) -> None:
    cert, key = certificates.client.cert, certificates.client.key
    with pytest.raises(Stop, match=r"source: client_cert.key: there is no file .*gone.key"):
        ask(strict.url, client_cert={"cert": str(cert), "key": str(tmp_path / "gone.key")})
    with pytest.raises(Stop, match=r"source: client_cert.cert: there is no file .*gone.pem"):
        ask(strict.url, client_cert={"cert": str(tmp_path / "gone.pem"), "key": str(key)})
    with pytest.raises(Stop, match=r"source: ca_file: there is no file .*gone.pem"):
        ask(strict.url, ca_file=str(tmp_path / "gone.pem"))


@pytest.mark.parametrize("credentials", [False, True], ids=["open", "with a password"])
def test_requests_go_through_the_proxy(
    ask: Ask, plain: Site, strict: Site, proxy: Proxy, certificates: Certificates, *,
    credentials: bool,
) -> None:  # fmt: skip
    more: dict[str, Any] = {"proxy": proxy.url}
    if credentials:
        account = base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
        proxy.wanted = f"Basic {account}"
        more["proxy_auth"] = {"username": "ann", "password": {"env": "TEST_PASSWORD"}}
    tls = {"ca_file": str(certificates.ca), "client_cert": pair(certificates.client)}

    ask(plain.url, **more)
    ask(strict.url, **tls, **more)

    passed, tunnelled = proxy.passed
    assert passed.startswith(f"GET {plain.url}/")
    assert tunnelled == f"CONNECT {strict.url.removeprefix('https://')}"
    assert [TOKEN in sent for sent in (*plain.authorizations, *strict.authorizations)] == [True] * 2


def test_a_proxy_that_refuses_is_named_and_its_password_is_not(
    ask: Ask, plain: Site, strict: Site, proxy: Proxy
) -> None:
    proxy.wanted = "Basic of somebody else"
    auth = {"username": "ann", "password": {"env": "TEST_PASSWORD"}}

    with pytest.raises(Stop, match="check proxy and proxy_auth") as refused:
        ask(plain.url, proxy=proxy.url, proxy_auth=auth)
    with pytest.raises(Retry, match="check proxy and proxy_auth") as tunnel_refused:
        ask(strict.url, proxy=proxy.url, proxy_auth=auth)

    for error in (refused.value, tunnel_refused.value):
        assert "p@ss" not in str(error)
        assert "p%40ss" not in str(error)


def test_a_password_that_is_not_set_is_named(
    ask: Ask, plain: Site, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEST_PASSWORD")
    auth = {"username": "ann", "password": {"env": "TEST_PASSWORD"}}

    with pytest.raises(Stop, match=r"proxy_auth.password: .* TEST_PASSWORD is not set"):
        ask(plain.url, proxy=proxy.url, proxy_auth=auth)


def test_the_surroundings_decide_nothing(
    ask: Ask, plain: Site, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")

    ask(plain.url)

    (sent,) = plain.authorizations
    assert TOKEN in sent


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"proxy": "proxy.example:3128"}, "expected a proxy's URL"),
        ({"proxy": "socks5://proxy.example"}, "expected a proxy's URL"),
        ({"proxy": "http://ann:secret@proxy.example"}, "write them in `proxy_auth`"),
        ({"proxy_auth": {"username": "ann", "password": {"env": "X"}}}, "write it in `proxy`"),
        (
            {"proxy": "http://p", "proxy_auth": {"username": "ann", "password": "secret"}},
            "never written into the file",
        ),
        ({"client_cert": {"cert": "a.pem"}}, "client_cert.key"),
    ],
)
def test_what_cannot_be_meant_is_refused(more: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as refused:
        HttpSourceSettings.model_validate({"kind": "any", "url": "https://jira.example", **more})

    assert problem in str(refused.value)
    assert "secret@" not in str(refused.value)
