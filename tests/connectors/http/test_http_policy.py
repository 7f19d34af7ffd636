"""What is tried again, how long is waited, and what a caller is told to do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests

from slipwatch.aggregator.cancellation import Cancellation, CancelledError
from slipwatch.aggregator.connector import (
    Context,
    RequestSeen,
    Retry,
    Skip,
    SourceError,
    Stop,
)
from slipwatch.connectors.answers import Answer
from slipwatch.connectors.http import PageGuard, Policy

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
TOKEN = "ghp_very-secret-token"


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.at = NOW
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.at += timedelta(seconds=seconds)


class Caller:
    """One client of the scripted server, with its clock and its count of exchanges."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.url = url
        self.clock = Clock()
        self.seen: list[RequestSeen] = []
        context = Context(now=self.clock.now, sleep=self.clock.sleep, on_request=self.seen.append)
        self.policy = Policy(source="jira", context=context, jitter=lambda: 1.0, **settings)

    def get(self, *, scope: str | None = None, accept: tuple[int, ...] = ()) -> Answer:
        def request_once() -> Answer:
            with requests.Session() as session:
                response = session.get(
                    f"{self.url}/things?token={TOKEN}",
                    headers={"Authorization": f"Bearer {TOKEN}"},
                    timeout=(5, 0.3),
                )
                return Answer.of(response.status_code, response.headers, response.content)

        return self.policy.send(request_once, what="GET /things", scope=scope, accept=accept)


def test_a_good_answer_is_returned_and_counted(server: Any) -> None:
    server.answers = [(200, {"X-RateLimit-Remaining": "41"}, b"[1]")]
    caller = Caller(server.url)

    answer = caller.get()

    assert answer.body == b"[1]"
    assert answer.headers["x-ratelimit-remaining"] == "41"
    assert [(seen.code, seen.rate_limit_remaining) for seen in caller.seen] == [("200", 41)]


@pytest.mark.parametrize(
    "trouble",
    [
        (500, {}, b""),
        (502, {}, b"<html>"),
        (503, {}, b""),
        (504, {}, b""),
        (408, {}, b""),
        (429, {}, b"{}"),
        (200, {}, b"<html>log in</html>"),
        (200, {}, b'{"issues": [1, 2'),
        (200, {}, b""),
        "reset",
        "truncate",
        "hang",
    ],
    ids=str,
)
def test_passing_trouble_is_tried_again_with_growing_waits(server: Any, trouble: Any) -> None:
    server.answers = [trouble, trouble, (200, {}, b"{}")]
    caller = Caller(server.url)

    assert caller.get().status == 200
    assert caller.clock.slept == [1.0, 2.0]
    assert len(caller.seen) == 3


def test_waits_are_jittered_downwards(server: Any) -> None:
    server.answers = [(500, {}, b""), (200, {}, b"{}")]
    caller = Caller(server.url)
    caller.policy = Policy(source="jira", context=caller.policy.context, jitter=lambda: 0.0)

    caller.get()

    assert caller.clock.slept == [0.5]


def test_lasting_trouble_is_given_up_after_five_tries(server: Any) -> None:
    server.answers = [(503, {}, b"")]
    caller = Caller(server.url)

    with pytest.raises(Retry, match=r"^jira: GET /things answered 503, 5 times$") as caught:
        caller.get()

    assert caught.value.retry_at is None
    assert caller.clock.slept == [1.0, 2.0, 4.0, 8.0]
    assert [seen.code for seen in caller.seen] == ["503"] * 5


def test_once_nobody_waits_any_more_nothing_is_asked_again(server: Any) -> None:
    server.answers = [(500, {}, b"")]
    caller = Caller(server.url)

    def leave(_seconds: float) -> None:
        cancellation.cancel()

    cancellation = Cancellation(leave)
    context = replace(
        caller.policy.context, sleep=cancellation.sleep, checkpoint=cancellation.checkpoint
    )
    caller.policy = replace(caller.policy, context=context)

    for _ in range(2):
        with pytest.raises(CancelledError):
            caller.get()

    assert [seen.code for seen in caller.seen] == ["500"]


def test_no_connection_at_all_is_counted_as_an_error(server: Any) -> None:
    caller = Caller("http://127.0.0.1:1")

    with pytest.raises(Retry, match="got no connection, 5 times"):
        caller.get()

    assert {seen.code for seen in caller.seen} == {"error"}


@pytest.mark.parametrize("date", [None, NOW - timedelta(hours=3)], ids=["no date", "clock off"])
@pytest.mark.parametrize("form", ["seconds", "date", "epoch", "iso"])
def test_a_short_limit_is_waited_for_by_the_servers_clock(
    server: Any, form: str, date: datetime | None
) -> None:
    opens = (date or NOW) + timedelta(seconds=60)
    headers = {
        "seconds": {"Retry-After": "60"},
        "date": {"Retry-After": format_datetime(opens, usegmt=True)},
        "epoch": {
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": str(int(opens.timestamp())),
        },
        "iso": {"X-RateLimit-Reset": opens.strftime("%Y-%m-%dT%H:%MZ")},
    }[form]
    if date is not None:
        headers["Date"] = format_datetime(date, usegmt=True)
    server.answers = [(429, headers, b"{}"), (200, {}, b"{}")]
    caller = Caller(server.url, longest_wait=90.0)

    caller.get()

    assert caller.clock.slept == [60.0]


def test_a_long_limit_is_not_slept_but_reported(server: Any) -> None:
    server.answers = [(429, {"Retry-After": "1800"}, b"{}")]
    caller = Caller(server.url)

    with pytest.raises(Retry, match="rate limit") as caught:
        caller.get()

    at = NOW + timedelta(seconds=1800)
    assert caught.value.retry_at == at
    assert str(caught.value).endswith(f"; it is asked again after {at:%Y-%m-%d %H:%M} UTC")
    assert caller.clock.slept == []
    assert server.asked == 1


@pytest.mark.parametrize(
    "reason",
    ["jira-burst-based", "jira-quota-tenant-based", "jira-per-issue-on-write"],
)
def test_which_of_jiras_limits_was_met_is_told(server: Any, reason: str) -> None:
    server.answers = [(429, {"Retry-After": "1800", "RateLimit-Reason": reason}, b"{}")]

    with pytest.raises(Retry, match=rf"answered 429: the rate limit is used up \({reason}\); "):
        Caller(server.url).get()


def test_a_reason_that_is_none_of_jiras_is_not_repeated(server: Any) -> None:
    server.answers = [(429, {"Retry-After": "1800", "RateLimit-Reason": f"for {TOKEN}"}, b"{}")]

    with pytest.raises(Retry, match=r"the rate limit is used up; ") as caught:
        Caller(server.url).get()

    assert TOKEN not in str(caught.value)


def test_a_limit_that_names_no_time_is_said_to_end_with_the_next_sync(server: Any) -> None:
    server.answers = [(429, {}, b"{}")] * 5

    with pytest.raises(Retry, match=r"used up, 5 times; it is asked again with the next sync$"):
        Caller(server.url).get()


@pytest.mark.parametrize("value", ["-5", "0", "nan", "soon", ""])
def test_an_odd_retry_after_never_hammers(server: Any, value: str) -> None:
    server.answers = [(429, {"Retry-After": value}, b"{}"), (200, {}, b"{}")]
    caller = Caller(server.url)

    caller.get()

    assert caller.clock.slept == [1.0]


@pytest.mark.parametrize("value", ["9" * 5000, "1e300", "inf", "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_no_limit_keeps_a_source_away_for_more_than_a_day(server: Any, value: str) -> None:
    server.answers = [(429, {"Retry-After": value}, b"{}")]

    with pytest.raises(Retry) as caught:
        Caller(server.url).get()

    assert caught.value.retry_at == NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("headers", "body", "away"),
    [
        ({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1767607200"}, b"{}", 3600),
        ({"Retry-After": "120", "X-RateLimit-Remaining": "55"}, b"{}", 120),
        ({}, b'{"message": "You have exceeded a secondary rate limit."}', 60),
    ],
    ids=["primary", "secondary with time", "secondary without"],
)
def test_githubs_limits_answered_with_403_are_limits(
    server: Any, headers: dict[str, str], body: bytes, away: int
) -> None:
    server.answers = [(403, headers, body)]
    caller = Caller(server.url, limit_wait=60.0)

    with pytest.raises(Retry) as caught:
        caller.get(scope="acme/api")

    assert caught.value.retry_at == NOW + timedelta(seconds=away)


def test_a_reset_time_without_a_used_up_quota_is_no_reason_to_wait(server: Any) -> None:
    headers = {"X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": "1767607200"}
    server.answers = [(502, headers, b""), (200, {}, b"{}")]
    caller = Caller(server.url)

    caller.get()

    assert caller.clock.slept == [1.0]


def test_a_limit_inside_a_success_is_recognised_by_its_api(server: Any) -> None:
    def is_limited(answer: Answer) -> bool:
        return b"RATE_LIMITED" in answer.body

    server.answers = [(200, {}, b'{"errors":[{"type":"RATE_LIMITED"}]}'), (200, {}, b"{}")]
    caller = Caller(server.url, limited=is_limited)

    assert caller.get().body == b"{}"
    assert caller.clock.slept == [1.0]


@pytest.mark.parametrize("status", [400, 403, 404, 410])
def test_a_refused_scope_is_skipped_by_name(server: Any, status: int) -> None:
    server.answers = [(status, {}, b'{"errorMessages":["secret plans"]}')]

    with pytest.raises(Skip, match=f"GET /things answered {status}: PAY ") as caught:
        Caller(server.url).get(scope="PAY")

    assert "secret plans" not in str(caught.value)
    assert server.asked == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_that_concerns_no_scope_stops_the_source(server: Any, status: int) -> None:
    server.answers = [(status, {}, b"{}")]

    with pytest.raises(Stop):
        Caller(server.url).get()


def test_bad_credentials_stop_the_source_even_for_a_scope(server: Any) -> None:
    server.answers = [(401, {}, b"{}")]

    with pytest.raises(Stop, match="credentials were refused"):
        Caller(server.url).get(scope="PAY")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"},
        {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"},
        {"X-AUSERNAME": "anonymous"},
    ],
    ids=str,
)
def test_an_answer_to_an_anonymous_caller_is_never_taken_for_data(
    server: Any, headers: dict[str, str]
) -> None:
    server.answers = [(200, headers, b'{"issues": []}')]

    with pytest.raises(Stop, match="anonymous"):
        Caller(server.url).get(scope="PAY")


def test_accepted_statuses_are_the_callers_business(server: Any) -> None:
    server.answers = [(304, {}, b"")]

    assert Caller(server.url).get(accept=(304,)).status == 304


@pytest.mark.parametrize(
    "trouble",
    [
        requests.exceptions.InvalidHeader(f"bad header Bearer {TOKEN}"),
        requests.exceptions.InvalidURL(f"https://{TOKEN}@x"),
        UnicodeEncodeError("latin-1", TOKEN, 0, 1, "bad"),
        requests.exceptions.ConnectionError(f"https://x?token={TOKEN}"),
        requests.exceptions.SSLError(TOKEN),
        OSError(TOKEN),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_error_shows_what_the_failed_request_held(trouble: Exception) -> None:
    caller = Caller("http://127.0.0.1:1")

    def fail() -> Answer:
        raise trouble

    with pytest.raises(SourceError) as caught:
        caller.policy.send(fail, what="GET /things")

    assert TOKEN not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_a_bug_of_ours_is_not_taken_for_trouble_of_the_site() -> None:
    def fail() -> Answer:
        raise KeyError("bug")

    with pytest.raises(KeyError):
        Caller("http://127.0.0.1:1").policy.send(fail, what="GET /things")


def test_a_page_guard_refuses_to_go_in_circles() -> None:
    guard = PageGuard("jira: GET /things")

    assert [guard.check("a"), guard.check("b")] == ["a", "b"]
    with pytest.raises(Retry, match="jira: GET /things named the same next page twice"):
        guard.check("a")


def test_a_page_guard_refuses_to_go_on_for_ever() -> None:
    guard = PageGuard("jira: GET /things", most=3)

    for token in "abc":
        guard.check(token)
    with pytest.raises(Retry, match="GET /things named 3 next pages: it does not come to an end"):
        guard.check("d")


@pytest.mark.parametrize("body", ["text", b"bytes", None], ids=str)
def test_answers_take_whatever_libraries_give(body: str | bytes | None) -> None:
    answer = Answer.of(200, {"ETag": 'W/"1"'}, body)

    assert answer.headers == {"etag": 'W/"1"'}
    assert isinstance(answer.body, bytes)
    assert answer.server_time is None
