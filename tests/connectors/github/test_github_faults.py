"""GitHub's limits, outages and refusals, and that no secret ever shows."""

import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from slipwatch.aggregator.connector import Retry, Skip, SourceError, Stop

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOKEN = "ghp_abcSECRETabc"


@pytest.fixture
def repository(github: Any) -> Any:
    found = github.add("acme/api")
    github.issue("acme/api", 1)
    return found


def pull(connector: Any) -> list[str]:
    return [item.key for batch in connector.pull("acme/api", None) for item in batch.items]


def failure(connector: Any) -> SourceError:
    with pytest.raises(SourceError) as raised:
        pull(connector)
    assert raised.value.__cause__ is None
    return raised.value


@pytest.mark.usefixtures("repository")
def test_a_used_up_primary_limit_waits_for_its_reset_by_the_servers_clock(
    github: Any, connect: Any, service: Any
) -> None:
    reset = int((START + timedelta(minutes=40)).timestamp())
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    github.scripted = [(403, headers, {"message": f"API rate limit exceeded for {TOKEN}"})]
    error = failure(connect())
    assert isinstance(error, Retry)
    assert error.retry_at == service.now + timedelta(minutes=40)
    assert service.slept == []
    assert [seen.rate_limit_remaining for seen in service.seen] == [0]


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("status", "headers", "message"),
    [
        (403, {"Retry-After": "7"}, "slow down"),
        (429, {"Retry-After": "7"}, "slow down"),
    ],
)
def test_a_short_secondary_limit_is_waited_for(
    github: Any,
    connect: Any,
    service: Any,
    status: int,
    headers: dict[str, str],
    message: str,
) -> None:
    github.scripted = [(status, headers, {"message": message})]
    assert pull(connect()) == ["acme/api#1"]
    assert service.slept == [7.0]


@pytest.mark.usefixtures("repository")
def test_a_secondary_limit_without_a_time_is_a_minute_away(
    github: Any, connect: Any, service: Any
) -> None:
    github.scripted = [(403, {}, {"message": "You have exceeded a secondary rate limit."})]
    error = failure(connect())
    assert isinstance(error, Retry)
    assert error.retry_at == service.now + timedelta(minutes=1)


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("status", [500, 502, 503, 202])
def test_passing_failures_are_tried_again_or_do_no_harm(
    github: Any, connect: Any, service: Any, status: int
) -> None:
    github.scripted = [(status, {}, [])]
    assert pull(connect()) == ["acme/api#1"]
    assert len(service.slept) == (0 if status == 202 else 1)


@pytest.mark.usefixtures("repository")
def test_a_page_of_html_is_no_answer(github: Any, connect: Any) -> None:
    github.scripted = [(200, {}, b"<html>sign in</html>")] * 5
    assert isinstance(failure(connect()), Retry)


@pytest.mark.usefixtures("repository")
def test_an_outage_in_the_middle_of_a_walk_ends_it_after_what_was_read(
    github: Any, connect: Any
) -> None:
    for number in range(2, 12):
        github.now += timedelta(minutes=1)
        github.issue("acme/api", number)
    github.largest_page = 4
    walk = connect().pull("acme/api", None)
    read = [next(walk), next(walk)]
    github.scripted = [(502, {}, {})] * 5
    with pytest.raises(Retry):
        next(walk)
    rest = connect().pull("acme/api", dict(read[-1].cursor))
    keys = {item.key for batch in [*read, *rest] for item in batch.items}
    assert keys == {f"acme/api#{n}" for n in range(1, 12)}


@pytest.mark.usefixtures("repository")
def test_a_refused_token_stops_the_source(github: Any, connect: Any) -> None:
    github.scripted = [(401, {}, {"message": f"Bad credentials {TOKEN}"})]
    error = failure(connect())
    assert isinstance(error, Stop)
    assert "renew the token" in str(error)


@pytest.mark.parametrize("status", [403, 404, 410, 451])
def test_a_repository_that_may_not_be_read_is_left_out(
    repository: Any, connect: Any, status: int
) -> None:
    repository.status = status
    assert isinstance(failure(connect()), Skip)


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "location",
    [
        "http://evil.example/repositories/1/milestones",
        "https://127.0.0.1/repositories/1/milestones",
        "http://127.0.0.1:99999999/repositories/1/milestones",
        "/login",
        "",
    ],
)
def test_a_redirect_to_elsewhere_is_not_followed(github: Any, connect: Any, location: str) -> None:
    github.scripted = [(301, {"Location": location}, {})]
    error = failure(connect())
    assert isinstance(error, Stop)
    assert "was moved; check url" in str(error)
    assert len(github.requests) == 1


@pytest.mark.usefixtures("repository")
def test_redirects_in_a_circle_end(github: Any, connect: Any) -> None:
    here = f"{github.url}/repos/acme/api/milestones"
    github.scripted = [(302, {"Location": here}, {})] * 9
    assert isinstance(failure(connect()), Retry)
    assert len(github.requests) == 4


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("path", ["milestones", "issues"])
def test_pages_in_a_circle_end(github: Any, connect: Any, path: str) -> None:
    link = {"Link": f'<{github.url}/repositories/1000/{path}?after=x>; rel="next"'}
    page = [] if path == "issues" else [{"id": 1, "number": 1, "title": "M"}]
    if path == "issues":
        github.scripted = [(200, {}, [])]
    github.scripted += [(200, link, page)] * 9
    assert isinstance(failure(connect()), Retry)


@pytest.mark.usefixtures("repository")
def test_a_page_elsewhere_is_asked_of_this_server_only(github: Any, connect: Any) -> None:
    link = {"Link": '<http://evil.example/repositories/1000/issues?page=9>; rel="next"'}
    github.scripted = [(200, {}, []), (200, link, [])]
    pull(connect())
    assert github.requests[-1].path == "/repositories/1000/issues"


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("body", [{"message": "hello"}, "x", 7])
def test_an_answer_of_another_shape_leaves_the_repository_out(
    github: Any, connect: Any, body: object
) -> None:
    github.scripted = [(200, {}, [])]
    github.scripted += [(200, {}, body)]
    error = failure(connect())
    assert isinstance(error, Skip)
    assert "acme/api: GitHub sent something unexpected" in str(error)


@pytest.mark.usefixtures("repository")
def test_an_issue_that_cannot_be_read_is_named_and_costs_no_other(
    github: Any, connect: Any
) -> None:
    github.issue("acme/api", 2, title=None)
    github.issue("acme/api", 3)
    batches = list(connect().pull("acme/api", None))
    assert [item.key for batch in batches for item in batch.items] == ["acme/api#1", "acme/api#3"]
    (warning,) = [warning for batch in batches for warning in batch.warnings]
    assert warning.startswith("acme/api#2 could not be read: Expected `str`, got `null`")


def test_a_missing_secret_stops_the_source_and_names_the_reference(
    connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connect()
    monkeypatch.delenv("GITHUB_TOKEN_FOR_TESTS")
    assert "auth.token: the environment variable GITHUB_TOKEN_FOR_TESTS" in str(failure(connector))
    monkeypatch.setenv("GITHUB_TOKEN_FOR_TESTS", " ")
    error = failure(connector)
    assert isinstance(error, Stop)
    assert "auth.token" in str(error)
    assert "empty" in str(error)


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    "answers",
    [
        [(401, {}, {"message": TOKEN})],
        [(403, {"Retry-After": "99999"}, {"message": TOKEN})],
        [(404, {}, {"message": TOKEN})],
        [(301, {"Location": f"https://x.example/{TOKEN}"}, {})],
        [(200, {}, {"message": TOKEN})],
        [(500, {}, {"message": TOKEN})] * 5,
    ],
)
def test_the_token_is_in_no_error_and_in_no_log(
    github: Any, connect: Any, caplog: pytest.LogCaptureFixture, answers: list[Any]
) -> None:
    connector = connect()
    with caplog.at_level(logging.DEBUG):
        assert pull(connector) == ["acme/api#1"]
        github.scripted = answers
        error = failure(connector)
    assert TOKEN not in f"{error!r}{error}{error.__context__!r}"
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("token", ["two\nlines", "ünicode€", "a\x00b"])
def test_a_token_that_no_header_can_hold_stops_the_source_unseen(
    connect: Any, tmp_path: Path, token: str
) -> None:
    path = tmp_path / "token"
    path.write_text(token)
    error = failure(connect(auth={"token": {"file": str(path)}}))
    assert isinstance(error, Stop)
    assert token not in f"{error!r}{error.__context__!r}"


class TestApp:
    """Authentication as an installation of a GitHub App."""

    @pytest.fixture
    def key(self, tmp_path: Path) -> Path:
        path = tmp_path / "app.pem"
        key = rsa.generate_private_key(65537, 2048)
        path.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        )
        return path

    def auth(self, key: Path) -> dict[str, object]:
        return {"app_id": 7, "installation_id": 8, "private_key": {"file": str(key)}}

    @pytest.mark.usefixtures("repository")
    def test_an_installation_gets_its_own_token(
        self, github: Any, connect: Any, key: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        github.scripted = [
            (201, {}, {"token": TOKEN, "expires_at": "2099-01-01T00:00:00Z", "permissions": {}})
        ]
        with caplog.at_level(logging.DEBUG):
            assert pull(connect(auth=self.auth(key))) == ["acme/api#1"]
        first, second = github.requests[:2]
        assert first.path == "/app/installations/8/access_tokens"
        assert first.headers["authorization"].startswith("Bearer ey")
        assert second.headers["authorization"] == f"token {TOKEN}"
        assert TOKEN not in caplog.text

    def test_a_token_that_expires_during_a_sync_is_renewed(
        self, github: Any, connect: Any, key: Path, repository: Any
    ) -> None:
        for number in range(2, 10):
            github.now += timedelta(minutes=1)
            github.issue("acme/api", number)
        github.largest_page = 4
        soon = (github.now + timedelta(seconds=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        given: list[str] = []

        def give_tokens(request: Any) -> None:
            if request.path.endswith("/access_tokens"):
                given.append(f"{TOKEN}{len(given)}")
                lasts = soon if len(given) < 3 else "2099-01-01T00:00:00Z"
                github.scripted.append(
                    (201, {}, {"token": given[-1], "expires_at": lasts, "permissions": {}})
                )
            elif request.headers["authorization"] == f"token {given[-1]}":
                request.headers["authorization"] = f"token {TOKEN}"

        github.before = give_tokens
        assert len(set(pull(connect(auth=self.auth(key))))) == len(repository.issues) == 9
        assert len(given) == 3

    @pytest.mark.usefixtures("repository")
    @pytest.mark.parametrize(
        ("status", "kind"), [(401, Stop), (404, Stop), (500, Retry), (503, Retry)]
    )
    def test_an_installation_that_gets_no_token(
        self, github: Any, connect: Any, key: Path, status: int, kind: type[SourceError]
    ) -> None:
        github.scripted = [(status, {}, {"message": "no"})] * 5
        assert isinstance(failure(connect(auth=self.auth(key))), kind)

    def test_a_key_that_is_none_stops_the_source_unseen(self, connect: Any, tmp_path: Path) -> None:
        key = tmp_path / "key.pem"
        key.write_text("-----BEGIN RSA PRIVATE KEY-----\nTOPSECRET\n-----END RSA PRIVATE KEY-----")
        error = failure(connect(auth=self.auth(key)))
        assert isinstance(error, Stop)
        assert "auth.private_key is no RSA key in PEM" in str(error)
        assert "TOPSECRET" not in f"{error}{error.__context__!r}"
