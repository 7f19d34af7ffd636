"""TLS, client certificates, passwords and headers, by the web config file."""

import ssl
import subprocess
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import bcrypt
import httpx
import pytest
import yaml

from slipwatch.config.loader import ConfigError, load_web_settings
from slipwatch.daemon.board import LiveBoard
from slipwatch.daemon.serving import HttpServer
from slipwatch.daemon.web import TlsError, WebConfig, guarded
from slipwatch.exporters.prometheus.monitor import Monitor
from slipwatch.exporters.web import access
from slipwatch.exporters.web.app import create_app
from tests.certificates import Authority, Pair
from tests.exporters.prometheus.servers import program

from .running import Commands

ANN = ("ann", "correct horse")
HASH = bcrypt.hashpw(ANN[1].encode(), bcrypt.gensalt(rounds=4)).decode()


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, Any]], Path]:
    """Give a function that writes the web config file."""

    def write_file(values: Mapping[str, Any]) -> Path:
        path, draft = tmp_path / "web.yml", tmp_path / "web.yml.new"
        draft.write_text(yaml.safe_dump(dict(values)))
        draft.replace(path)
        return path

    return write_file


@contextmanager
def serving(path: Path) -> Generator[str]:
    """Serve an empty board by a web config file."""
    board = LiveBoard(Monitor("0.1.0"), "0.1.0", lambda: None)
    web = WebConfig(path)
    with HttpServer(guarded(create_app(board), web), "127.0.0.1:0", web) as server:
        yield server.address


def tls(pair: Pair, **more: Any) -> dict[str, Any]:
    """Write the part about TLS, with paths relative to the file."""
    return {"cert_file": pair.cert.name, "key_file": pair.key.name, **more}


def trusting(authority: Authority, client: Pair | None = None) -> ssl.SSLContext:
    """Make a client that trusts an authority, with a certificate of its own or without."""
    context = ssl.create_default_context(cafile=str(authority.cert))
    if client is not None:
        context.load_cert_chain(client.cert, client.key)
    return context


def get(address: str, path: str = "/metrics", **named: Any) -> httpx.Response:
    """Ask once, on a connection of its own."""
    verify = named.pop("verify", address.startswith("https"))  # it takes long to load authorities
    return httpx.get(f"{address}{path}", timeout=30, trust_env=False, verify=verify, **named)


def test_with_passwords_nothing_is_shown_to_strangers(
    write: Callable[[Mapping[str, Any]], Path],
) -> None:
    with serving(write({"basic_auth_users": {"ann": HASH}})) as address:
        for path in ("/", "/metrics", "/-/healthy", "/api/v1/assessment", "/nowhere"):
            refused = get(address, path)
            assert (refused.status_code, refused.text) == (401, "Unauthorized.\n")
            assert refused.headers["WWW-Authenticate"].startswith("Basic ")
        for wrong in (("ann", "wrong"), ("bob", ANN[1]), ("ann", ""), ("ann", "x" * 200)):
            assert get(address, auth=wrong).status_code == 401
        for header in ("Basic", "Basic !", "Bearer x", "Basic YW5u", "Basic //79"):
            assert get(address, headers={"Authorization": header}).status_code == 401
        assert get(address, auth=ANN).status_code == 200
        assert get(address, auth=ANN).status_code == 200
        # Signed by the tracker instead; this one names a source that is not there.
        assert httpx.post(f"{address}/hooks/jira", trust_env=False).status_code == 404


def test_headers_are_set_on_every_answer_refusals_too(
    write: Callable[[Mapping[str, Any]], Path],
) -> None:
    headers = {"X-Frame-Options": "deny", "Content-Security-Policy": "default-src 'none'"}
    config = {"basic_auth_users": {"ann": HASH}, "http_server_config": {"headers": headers}}
    with serving(write(config)) as address:
        for answer in (get(address), get(address, auth=ANN), get(address, "/x", auth=ANN)):
            assert {name: answer.headers[name] for name in headers} == headers


def test_tls_is_spoken_with_the_certificate_of_the_file(
    write: Callable[[Mapping[str, Any]], Path], authority: Authority, tmp_path: Path
) -> None:
    path = write({"tls_server_config": tls(authority.sign("server"), min_version="TLS13")})
    with serving(path) as address:
        assert address.startswith("https://")
        assert get(address, verify=trusting(authority)).status_code == 200
        with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
            get(address)
        old = trusting(authority)
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with pytest.raises(httpx.ConnectError):
            get(address, verify=old)
        with pytest.raises(httpx.RemoteProtocolError):
            get(address.replace("https", "http"))


def test_a_renewed_certificate_and_a_changed_password_need_no_restart(
    write: Callable[[Mapping[str, Any]], Path], authority: Authority, tmp_path: Path
) -> None:
    path = write({"tls_server_config": tls(authority.sign("server"))})
    with serving(path) as address:
        assert get(address, verify=trusting(authority)).status_code == 200

        other = Authority(tmp_path, "other")
        other.sign("server")
        assert get(address, verify=trusting(other)).status_code == 200

        write({"tls_server_config": tls(Pair(cert=Path("server.crt"), key=Path("server.key"))),
               "basic_auth_users": {"ann": HASH}})  # fmt: skip
        assert get(address, verify=trusting(other)).status_code == 401
        assert get(address, verify=trusting(other), auth=ANN).status_code == 200

        # What cannot be read changes nothing.
        path.write_text("basic_auth_users: {ann: not-a-hash}\n")
        (tmp_path / "server.key").write_text("half a key")
        assert get(address, verify=trusting(other)).status_code == 401
        assert get(address, verify=trusting(other), auth=ANN).status_code == 200


def test_only_clients_with_a_certificate_of_the_authority_and_a_name_get_in(
    write: Callable[[Mapping[str, Any]], Path], authority: Authority, tmp_path: Path
) -> None:
    path = write(
        {
            "tls_server_config": tls(
                authority.sign("server"),
                client_auth_type="RequireAndVerifyClientCert",
                client_ca_file=authority.cert.name,
                client_allowed_sans=["prometheus"],
            )
        }
    )
    strangers = Authority(tmp_path, "strangers").sign("forger")
    with serving(path) as address:
        known = trusting(authority, authority.sign("prometheus"))
        assert get(address, verify=known).status_code == 200
        for refused in (None, strangers, authority.sign("grafana")):
            with pytest.raises(httpx.TransportError):
                get(address, verify=trusting(authority, refused))


TLS = "tls_server_config: {cert_file: a, key_file: b"
BROKEN = {
    "an unknown key": ("basic_auth_user: {}\n", "1:1: basic_auth_user: unknown key"),
    "a password in the clear": (
        "basic_auth_users:\n  ann: sesame\n",
        "2:8: basic_auth_users.ann: expected a password hashed by bcrypt",
    ),
    "a header that is not offered": (
        "http_server_config:\n  headers:\n    X-Powered-By: x\n",
        "3:5: http_server_config.headers.X-Powered-By: unknown key",
    ),
    "a value that a header cannot have": (
        "http_server_config: {headers: {X-Frame-Options: allow}}\n",
        "1:49: http_server_config.headers.X-Frame-Options: expected one of",
    ),
    "a certificate without a key": (
        "tls_server_config: {cert_file: a.crt}\n",
        "1:20: tls_server_config.key_file: `key_file` is missing",
    ),
    "clients whose authority is not named": (
        f"{TLS}, client_auth_type: RequireAndVerifyClientCert}}\n",
        "1:20: tls_server_config.client_ca_file: say who signs",
    ),
    "an authority that keeps nobody out": (
        f"{TLS}, client_ca_file: c}}\n",
        "1:20: tls_server_config.client_auth_type: a `client_ca_file` without",
    ),
    "names that are not checked": (
        (
            f"{TLS}, client_ca_file: c, client_allowed_sans: [x],\n"
            "  client_auth_type: VerifyClientCertIfGiven}\n"
        ),
        "1:88: tls_server_config.client_allowed_sans: names of clients are checked only",
    ),
    "versions the wrong way round": (
        f"{TLS}, min_version: TLS13, max_version: TLS12}}\n",
        "1:81: tls_server_config.max_version: it is older",
    ),
    "a version that is not safe": (
        f"{TLS}, min_version: TLS10}}\n",
        "1:61: tls_server_config.min_version: expected one of TLS12, TLS13",
    ),
    "no YAML": ("basic_auth_users: {\n", "1:20: a bracket is not closed"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_web_config_is_told_by_line_column_and_mend(tmp_path: Path, what: str) -> None:
    text, said = BROKEN[what]
    path = tmp_path / "web.yml"
    path.write_text(text)

    with pytest.raises(ConfigError) as caught:
        load_web_settings(path)

    assert str(caught.value).startswith(f"{path}:{said}")
    assert "sesame" not in str(caught.value)


def test_an_empty_web_config_asks_for_nothing(tmp_path: Path) -> None:
    path = tmp_path / "web.yml"
    path.write_text("# nothing\n")

    assert load_web_settings(path).basic_auth_users == {}


def test_a_key_that_cannot_be_used_is_named(
    write: Callable[[Mapping[str, Any]], Path], authority: Authority, slipwatch: Commands
) -> None:
    pair = authority.sign("server")
    other = authority.sign("other")
    path = write({"tls_server_config": tls(Pair(cert=pair.cert, key=other.key))})

    with pytest.raises(TlsError, match=r"server\.crt and the key .*other\.key cannot be used"):
        WebConfig(path)

    (slipwatch.folder / "slipwatch.yaml").write_text("programs: []\n")
    told = slipwatch("config", "check", "--web.config.file", str(path))
    started = slipwatch("run", "--listen", "127.0.0.1:0", "--web.config.file", str(path))
    assert (told.code, started.code) == (2, 2)
    assert "other.key cannot be used" in told.err
    assert "other.key cannot be used" in started.err


@pytest.mark.prometheus
def test_promtool_reads_the_same_file(
    write: Callable[[Mapping[str, Any]], Path], authority: Authority
) -> None:
    promtool = program("promtool", "prometheus")
    sound: dict[str, Any] = {
        "tls_server_config": tls(
            authority.sign("server"),
            client_auth_type="RequireAndVerifyClientCert",
            client_ca_file=authority.cert.name,
            min_version="TLS12",
            max_version="TLS13",
            cipher_suites=["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
            prefer_server_cipher_suites=True,
        ),
        "http_server_config": {"http2": False, "headers": {"X-Frame-Options": "deny"}},
        "basic_auth_users": {"ann": HASH},
    }
    unsound = {**sound, "http_server_config": {"headers": {"X-Frame-Options": "allow"}}}

    for config, fine in ((sound, True), (unsound, False)):
        path = write(config)
        done = subprocess.run(
            [promtool, "check", "web-config", path], capture_output=True, check=False
        )
        assert (done.returncode == 0) == fine, done.stdout + done.stderr
        if fine:
            assert WebConfig(path).tls is not None
        else:
            with pytest.raises(ConfigError):
                WebConfig(path)


def test_a_flood_of_wrong_passwords_does_not_hold_up_who_is_known(
    write: Callable[[Mapping[str, Any]], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = threading.Event()
    compare = bcrypt.checkpw

    def slowly(password: bytes, hashed: bytes) -> bool:
        assert password == ANN[1].encode() or gate.wait(30)
        return compare(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", slowly)
    with (
        serving(write({"basic_auth_users": {"ann": HASH}})) as address,
        ThreadPoolExecutor(access.MOST_WAITING + 8) as strangers,
    ):
        assert get(address, auth=ANN).status_code == 200
        flood = [
            strangers.submit(get, address, auth=("ann", f"guess {number}"))
            for number in range(access.MOST_WAITING + 8)
        ]
        # The eight that find no place to wait are refused at once.
        done, _ = wait(flood, 30, FIRST_COMPLETED)
        assert done
        assert get(address, auth=ANN).status_code == 200
        gate.set()
        assert {answer.result().status_code for answer in flood} == {401}
