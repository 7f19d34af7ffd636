"""A Jira in trouble: what is waited for, what is reported, and that no secret gets out."""

import base64
import logging
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from slipwatch.aggregator.connector import Retry, Skip, SourceError, Stop, WrongSite
from slipwatch.connectors.jira.connector import JiraConnector

TOKEN = "ATATT-very-secret-token"
DAY = timedelta(days=1)


def pull(connector: JiraConnector, scope: str = "PAY") -> list[str]:
    return [item.key for batch in connector.pull(scope, None) for item in batch.items]


@pytest.fixture(autouse=True)
def one_issue(site: Any, make_issue: Any, now: datetime) -> None:
    """Give the fake one issue."""
    site.issues = [make_issue(1, now - DAY)]


@pytest.fixture
def asked_elsewhere() -> list[str]:
    """Give the paths that are asked for on another host."""
    return []


@pytest.fixture
def elsewhere(asked_elsewhere: list[str]) -> Iterator[str]:
    """Run a server under another name, which shows people a page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked_elsewhere.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504, 408])
def test_passing_trouble_is_waited_for(site: Any, connect: Any, waits: Any, status: int) -> None:
    site.fail(status, times=2)

    assert pull(connect(site.url)) == ["PAY-1"]
    assert len(waits.slept) == 2
    assert [seen.code for seen in waits.seen].count(str(status)) == 2


def test_a_short_retry_after_is_obeyed_in_seconds_and_as_a_date(
    site: Any, connect: Any, waits: Any, now: datetime
) -> None:
    date = format_datetime(now + timedelta(seconds=20), usegmt=True)
    site.fail(429, times=1, headers={"Retry-After": "10"})
    site.fail(429, times=1, headers={"Retry-After": date})

    assert pull(connect(site.url)) == ["PAY-1"]
    assert waits.slept == [10.0, 20.0]


@pytest.mark.parametrize(
    "headers",
    [{"Retry-After": "1800"}, {"X-RateLimit-Reset": "2026-01-05T09:30Z"}],
    ids=["seconds", "reset"],
)
def test_a_used_up_quota_is_reported_with_its_end(
    site: Any, connect: Any, waits: Any, now: datetime, headers: dict[str, str]
) -> None:
    site.fail(429, headers=headers)

    with pytest.raises(Retry) as caught:
        pull(connect(site.url))

    assert caught.value.retry_at == now + timedelta(minutes=30)
    assert waits.slept == []


def test_a_refusal_with_the_last_token_of_the_bucket_is_no_limit(
    site: Any, connect: Any, waits: Any
) -> None:
    site.fail(403, path="versions", headers={"X-RateLimit-Remaining": "0"})

    with pytest.raises(Skip, match="PAY does not exist, or the account may not see it"):
        pull(connect(site.url))
    assert waits.slept == []


@pytest.mark.parametrize("body", [b"<html>Log in</html>", b'{"issues": [{"id"', b""], ids=str)
def test_what_is_not_json_is_tried_again_and_then_reported(
    site: Any, connect: Any, body: bytes
) -> None:
    site.fail(200, body, times=1)
    assert pull(connect(site.url)) == ["PAY-1"]

    site.fail(200, body)
    with pytest.raises(Retry, match="not JSON"):
        pull(connect(site.url))


def test_a_body_that_breaks_off_is_read_again(site: Any, connect: Any) -> None:
    site.fail(200, b'{"issues": []', times=1, headers={"Content-Length": "5000"})

    assert pull(connect(site.url)) == ["PAY-1"]


def test_a_connection_that_breaks_off_is_tried_again(site: Any, connect: Any, waits: Any) -> None:
    broken: list[str] = []

    def break_off(path: str) -> str | None:
        if "search" in path and not broken:
            broken.append(path)
            return "break off"
        return None

    site.faults.append(break_off)

    assert pull(connect(site.url)) == ["PAY-1"]
    assert "error" in [seen.code for seen in waits.seen]


def test_a_redirect_to_a_log_in_page_is_not_followed(
    site: Any, connect: Any, elsewhere: str, asked_elsewhere: list[str]
) -> None:
    site.fail(302, headers={"Location": f"{elsewhere}/login?to=jira"})

    with pytest.raises(WrongSite, match="answered 302: it was moved; check url"):
        pull(connect(site.url))
    assert asked_elsewhere == []


def test_a_redirect_on_the_same_host_is_followed(site: Any, connect: Any) -> None:
    place = f"{site.url}/rest/api/2/project/PAY/versions"
    site.fail(302, path="versions", times=1, headers={"Location": place})

    assert pull(connect(site.url)) == ["PAY-1"]


def test_an_answer_of_another_shape_is_reported_with_its_place(site: Any, connect: Any) -> None:
    site.fail(200, {"issues": 3})

    with pytest.raises(Retry, match=r"not as documented: Expected `array`, got `int`.*issues"):
        pull(connect(site.url))


def test_issues_that_cannot_be_read_cost_no_others_of_their_millisecond(
    site: Any, connect: Any, make_issue: Any, now: datetime
) -> None:
    site.cloud = False
    site.issues = [make_issue(n, now - DAY) for n in range(1, 8)]
    for number in (2, 3, 4):
        site.issues[number - 1]["fields"]["summary"] = 7
    site.largest_page = 2
    batches = list(connect(site.url).pull("PAY", None))
    assert {item.key for batch in batches for item in batch.items} == {
        f"PAY-{n}" for n in (1, 5, 6, 7)
    }
    warned = " ".join(warning for batch in batches for warning in batch.warnings)
    assert all(f"PAY-{n} could not be read" in warned for n in (2, 3, 4))


def test_an_error_body_that_is_no_object_harms_nothing(site: Any, connect: Any) -> None:
    site.fail(404, b"null", path="versions")

    with pytest.raises(Skip):
        pull(connect(site.url))


def test_one_project_of_many_that_is_gone_is_skipped(site: Any, connect: Any) -> None:
    connector = connect(site.url, projects=["GONE", "PAY"])
    assert list(connector.scopes()) == ["GONE", "PAY"]

    with pytest.raises(Skip, match="GONE does not exist, or the account may not see it"):
        pull(connector, "GONE")
    assert pull(connector, "PAY") == ["PAY-1"]


def test_a_project_that_the_search_refuses_is_skipped(site: Any, connect: Any) -> None:
    site.fail(400, {"errorMessages": ["does not exist for the field 'project'"]})

    with pytest.raises(Skip, match="answered 400: PAY"):
        pull(connect(site.url))


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (401, {}),
        (200, {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}),
        (403, {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"}),
    ],
)
def test_credentials_that_are_not_accepted_stop_the_source(
    site: Any, connect: Any, status: int, headers: dict[str, str]
) -> None:
    site.fail(status, {"issues": []}, headers=headers)

    with pytest.raises(Stop):
        pull(connect(site.url))


def test_a_renewed_token_is_read_at_the_next_pull(
    site: Any, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connect(site.url)
    site.fail(401, times=1)
    with pytest.raises(Stop):
        pull(connector)

    monkeypatch.setenv("TEST_JIRA_TOKEN", "renewed")

    assert pull(connector) == ["PAY-1"]
    assert "Bearer renewed" in site.authorizations


def test_a_missing_token_stops_the_source_and_names_the_variable(
    site: Any, connect: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector = connect(site.url)
    monkeypatch.delenv("TEST_JIRA_TOKEN")

    with pytest.raises(Stop, match="TEST_JIRA_TOKEN"):
        pull(connector)


def test_an_address_and_a_token_are_sent_as_basic_and_a_token_as_bearer(
    site: Any, connect: Any
) -> None:
    pull(connect(site.url))
    assert site.authorizations == {f"Bearer {TOKEN}"}

    site.authorizations.clear()
    auth = {"email": "pm@acme.example", "token": {"env": "TEST_JIRA_TOKEN"}}
    pull(connect(site.url, auth=auth))
    basic = base64.b64encode(f"pm@acme.example:{TOKEN}".encode()).decode()
    assert site.authorizations == {f"Basic {basic}"}


@pytest.mark.parametrize("named", ["Target start", "Startdatum"])
def test_a_field_name_that_means_nothing_or_two_things_stops_the_source(
    site: Any, connect: Any, named: str
) -> None:
    site.fields = [
        {"id": "customfield_1", "name": "Startdatum"},
        {"id": "customfield_2", "name": "startdatum"},
    ]

    with pytest.raises(Stop, match=r"fields: '.*': (no field|it may be any of customfield_1, c)"):
        pull(connect(site.url, fields={"start": named}))


def test_a_field_of_one_project_does_not_hide_the_sites_own(site: Any, connect: Any) -> None:
    site.fields = [
        {"id": "customfield_1", "name": "Startdatum", "scope": {"type": "PROJECT"}},
        {"id": "customfield_2", "name": "Startdatum"},
    ]

    pull(connect(site.url, fields={"start": "Startdatum"}))

    assert any("customfield_2" in query.get("fields", "") for query in site.queries)


def test_a_configured_deployment_is_not_asked_for(site: Any, connect: Any) -> None:
    pull(connect(site.url, deployment="cloud" if site.cloud else "datacenter"))

    assert "serverInfo" not in site.asked


@pytest.mark.parametrize("token", [TOKEN, f"{TOKEN}\nX-Evil: 1", f"{TOKEN}€"], ids=repr)
@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500])
def test_no_error_and_no_log_holds_the_token(
    site: Any,
    connect: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    token: str,
    status: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    connector = connect(
        site.url, auth={"email": "a@b.example", "token": {"env": "TEST_JIRA_TOKEN"}}
    )
    monkeypatch.setenv("TEST_JIRA_TOKEN", token)
    site.fail(status, b"<html>", headers={"X-Echo": "nothing"})

    with pytest.raises(SourceError) as caught:
        pull(connector)

    basic = base64.b64encode(f"a@b.example:{token}".encode()).decode()
    for shown in (str(caught.value), repr(caught.value.__context__), caplog.text):
        assert TOKEN not in shown
        assert basic not in shown
    assert connector.name == "jira"
