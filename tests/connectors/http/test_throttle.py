"""How many requests are under way at once: what a limit changes, and for how long."""

import threading
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from slipwatch.aggregator.connector import Context, Retry
from slipwatch.connectors.answers import Answer
from slipwatch.connectors.http import Policy
from slipwatch.connectors.throttle import GOOD_ROUNDS, SharedThrottle

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
PATIENCE = 30


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


def _answer(
    throttle: SharedThrottle, *, limited: bool = False, times: int = 1, endpoint: str = ""
) -> None:
    for _ in range(times):
        throttle.end(throttle.begin(endpoint), limited=limited, away=None)


def test_a_limit_halves_what_is_allowed_down_to_one() -> None:
    throttle = SharedThrottle(8, now=Clock().now)
    seen = [throttle.allowed]
    for _ in range(4):
        _answer(throttle, limited=True)
        seen.append(throttle.allowed)
    assert seen == [8, 4, 2, 1, 1]


def test_a_limit_that_several_requests_meet_together_halves_once() -> None:
    throttle = SharedThrottle(8, now=Clock().now)
    turns = [throttle.begin() for _ in range(8)]
    for turn in turns:
        throttle.end(turn, limited=True, away=None)
    assert throttle.allowed == 4


def test_good_answers_bring_it_back_one_by_one_and_never_above_what_was_set() -> None:
    throttle = SharedThrottle(4, now=Clock().now)
    _answer(throttle, limited=True)
    _answer(throttle, times=2 * GOOD_ROUNDS - 1)
    assert throttle.allowed == 2
    _answer(throttle)
    assert throttle.allowed == 3
    _answer(throttle, times=100 * GOOD_ROUNDS)
    assert throttle.allowed == 4


def test_a_throttle_that_lets_nothing_through_is_refused() -> None:
    with pytest.raises(ValueError, match="wait for ever"):
        SharedThrottle(0, now=Clock().now)


def _policy(clock: Clock, throttle: SharedThrottle, *, tries: int = 5) -> Policy:
    context = Context(now=clock.now, sleep=clock.sleep, throttle=throttle)
    return Policy(source="jira", context=context, jitter=lambda: 1.0, tries=tries)


def _good() -> Answer:
    return Answer(status=200, headers={}, body=b"[]")


def test_all_connectors_of_a_source_keep_away_when_one_is_asked_to() -> None:
    clock = Clock()
    throttle = SharedThrottle(2, now=clock.now)
    limit = Answer(status=429, headers={"retry-after": "1800"}, body=b"")
    with pytest.raises(Retry) as met:
        _policy(clock, throttle).send(lambda: limit, what="GET /a")
    with pytest.raises(Retry, match="GET /b was not asked") as kept_away:
        _policy(clock, throttle).send(_good, what="GET /b")
    assert met.value.retry_at == kept_away.value.retry_at == NOW + timedelta(seconds=1800)
    clock.at += timedelta(seconds=1790)
    assert _policy(clock, throttle).send(_good, what="GET /b").status == 200
    assert clock.slept == [10]
    assert throttle.allowed == 1


def test_a_warning_that_a_limit_is_near_slows_down_before_it_is_met() -> None:
    clock = Clock()
    throttle = SharedThrottle(4, now=clock.now)
    warning = Answer(status=200, headers={"x-ratelimit-nearlimit": "true"}, body=b"[]")
    calm = Answer(status=200, headers={"x-ratelimit-nearlimit": "false"}, body=b"[]")
    policy = _policy(clock, throttle)

    assert policy.send(lambda: warning, what="GET /a") == warning
    assert throttle.allowed == 2
    policy.send(lambda: warning, what="GET /a")
    assert throttle.allowed == 1
    for _ in range(GOOD_ROUNDS):
        policy.send(lambda: calm, what="GET /a")
    assert throttle.allowed == 2
    assert clock.slept == []


BURST = Answer(
    status=429,
    headers={"retry-after": "1800", "ratelimit-reason": "jira-burst-based"},
    body=b"",
)


def test_a_burst_closes_its_endpoint_alone_whichever_issue_it_is_about() -> None:
    clock = Clock()
    throttle = SharedThrottle(4, now=clock.now)
    with pytest.raises(Retry):
        _policy(clock, throttle).send(lambda: BURST, what="GET /rest/api/2/issue/10001/changelog")

    for other in (
        "GET /rest/api/2/issue/10001",
        "POST /rest/api/2/issue/10001/changelog",
        "GET /rest/api/2/search/jql",
    ):
        assert _policy(clock, throttle).send(_good, what=other).status == 200
    with pytest.raises(Retry, match="was not asked"):
        _policy(clock, throttle).send(_good, what="GET /rest/api/2/issue/PAY-7/changelog")

    clock.at += timedelta(seconds=1800)
    path = "GET /rest/api/2/issue/10001/changelog"
    assert _policy(clock, throttle).send(_good, what=path).status == 200
    assert (throttle.allowed, clock.slept) == (4, [])


def test_a_quota_closes_the_whole_source() -> None:
    clock = Clock()
    throttle = SharedThrottle(4, now=clock.now)
    headers = dict(BURST.headers) | {"ratelimit-reason": "jira-quota-global-based"}
    quota = Answer(status=429, headers=headers, body=b"")
    with pytest.raises(Retry):
        _policy(clock, throttle).send(lambda: quota, what="GET /a")
    with pytest.raises(Retry, match="GET /b was not asked"):
        _policy(clock, throttle).send(_good, what="GET /b")
    assert throttle.allowed == 2


def test_bursts_halve_how_often_their_endpoint_is_asked_at_once_and_no_other() -> None:
    throttle = SharedThrottle(8, now=Clock().now)
    for allowed in (4, 2, 1, 1):
        turns = [throttle.begin("GET /a") for _ in range(min(2, throttle.allowed_at("GET /a")))]
        for turn in turns:
            throttle.end(turn, limited=True, away=None, of_endpoint=True)
        assert throttle.allowed_at("GET /a") == allowed
        assert throttle.allowed_at("GET /b") == throttle.allowed == 8
    _answer(throttle, endpoint="GET /b", times=100 * GOOD_ROUNDS)
    assert throttle.allowed_at("GET /a") == 1
    _answer(throttle, endpoint="GET /a", times=GOOD_ROUNDS)
    assert throttle.allowed_at("GET /a") == 2
    _answer(throttle, endpoint="GET /a", times=100 * GOOD_ROUNDS)
    assert throttle.allowed_at("GET /a") == 8


def test_an_endpoint_that_was_slowed_down_waits_for_its_own_turns_while_others_are_asked() -> None:
    throttle = SharedThrottle(2, now=Clock().now)
    throttle.end(throttle.begin("GET /a"), limited=True, away=None, of_endpoint=True)
    first = throttle.begin("GET /a")
    began = threading.Event()

    def second() -> None:
        turn = throttle.begin("GET /a")
        began.set()
        throttle.end(turn, limited=False, away=None)

    waiting = threading.Thread(target=second)
    waiting.start()
    for _ in range(20):
        throttle.end(throttle.begin("GET /b"), limited=False, away=None)
    assert not began.is_set()
    throttle.end(first, limited=False, away=None)
    waiting.join(PATIENCE)
    assert began.is_set()


def test_a_burst_that_ends_soon_is_waited_for_by_its_own_request_only() -> None:
    clock = Clock()
    throttle = SharedThrottle(4, now=clock.now)
    soon = Answer(status=429, headers=dict(BURST.headers) | {"retry-after": "3"}, body=b"")
    answers = iter([soon, _good()])
    _policy(clock, throttle).send(lambda: next(answers), what="GET /a")
    assert clock.slept == [3.0]
    assert throttle.allowed == 4


def test_an_outage_without_a_limit_slows_nothing_down() -> None:
    clock = Clock()
    throttle = SharedThrottle(2, now=clock.now)
    answers = iter([Answer(status=502, headers={}, body=b""), _good()])
    _policy(clock, throttle).send(lambda: next(answers), what="GET /a")
    assert throttle.allowed == 2


def test_a_turn_is_given_back_when_a_request_ends_in_a_bug() -> None:
    clock = Clock()
    throttle = SharedThrottle(1, now=clock.now)

    def broken() -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _policy(clock, throttle).send(broken, what="GET /a")
    assert _policy(clock, throttle).send(_good, what="GET /a").status == 200


class Crowd:
    """What a server saw of requests that were under way together."""

    def __init__(self, *, bears: int, waits_for: int = 1) -> None:
        self.bears = bears
        self.most = 0
        self.refused = 0
        self._now = 0
        self._lock = threading.Lock()
        self._together = threading.Barrier(waits_for)

    def serve(self) -> int:
        """Give the status of an answer, once as many are there as are waited for."""
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
            too_many = self._now > self.bears
            self.refused += too_many
        self._together.wait(PATIENCE)
        with self._lock:
            self._now -= 1
        return 429 if too_many else 200


@contextmanager
def served(crowd: Crowd) -> Generator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(crowd.serve())
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"[]")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(url: str, throttle: SharedThrottle, *, connectors: int, requests_each: int) -> None:
    """Let several connectors, each with its own session, ask a server at once."""

    def connector(_number: int) -> None:
        policy = _policy(Clock(), throttle, tries=100)
        with requests.Session() as session:

            def request_once() -> Answer:
                response = session.get(url, timeout=PATIENCE)
                return Answer.of(response.status_code, response.headers, response.content)

            for _ in range(requests_each):
                assert policy.send(request_once, what="GET /").status == 200

    with ThreadPoolExecutor(connectors) as threads:
        list(threads.map(connector, range(connectors)))


def test_as_many_requests_are_under_way_as_are_allowed_and_no_more() -> None:
    crowd = Crowd(bears=3, waits_for=3)
    with served(crowd) as url:
        ask(url, SharedThrottle(3, now=Clock().now), connectors=6, requests_each=2)
    assert (crowd.most, crowd.refused) == (3, 0)


def test_a_server_that_bears_less_than_was_set_is_asked_as_much_as_it_bears() -> None:
    crowd = Crowd(bears=2)
    with served(crowd) as url:
        ask(url, SharedThrottle(8, now=Clock().now), connectors=8, requests_each=25)
    assert crowd.most <= 8
    assert crowd.refused < 8 * 25 / 4
