"""One policy for every HTTP API: what is tried again, how long to wait, when to give up.

A connector says how one request is made (with the library that knows the API) and gets either
an ``Answer`` it may use or the ``SourceError`` that says what to do next. Nothing here logs,
and no message holds a query, a header, a body or the text of a library's exception: each of
them has been seen to carry tokens.
"""

import random
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec

from slipwatch.aggregator.connector import (
    Context,
    RequestSeen,
    Retry,
    Skip,
    SourceError,
    Stop,
    WrongSite,
)

from .answers import (
    Answer,
    Failure,
    answer_to,
    endpoint_of,
    is_anonymous,
    is_near_limit,
    is_of_endpoint,
    is_success,
    limit_met,
    remaining,
    reset_after,
    retry_after,
    unpacked,
)
from .mending import strict_json
from .products import product_of

_PROXY_REFUSED = 407
_PASSING = frozenset({408, 425, 429})
_OF_THE_SCOPE = frozenset({400, 403, 404, 410, 422, 451})


MOST_PAGES = 100_000
"""Of one walk: ten million issues, or a site that always names another page."""


class PageGuard:
    """Refuses to go on for ever: no page token or link may come twice in one walk."""

    def __init__(self, what: str, most: int = MOST_PAGES) -> None:
        self._what = what
        self._most = most
        self._seen: set[str] = set()

    def check(self, token: str) -> str:
        """Pass a new token or link through; raises ``Retry`` for one that was used before."""
        if token in self._seen:
            raise Retry(f"{self._what} named the same next page twice: its paging runs in a circle")
        if len(self._seen) >= self._most:
            raise Retry(f"{self._what} named {self._most} next pages: it does not come to an end")
        self._seen.add(token)
        return token


def _no_limit(_answer: Answer) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one source's requests are made, counted, repeated and given up.

    ``longest_wait`` bounds a single sleep in seconds: a longer wait is raised as ``Retry`` with
    ``retry_at``, so that no worker sleeps for an hour. ``limit_wait`` is how long to stay away
    after a rate limit that names no time (GitHub asks for a minute); without it the wait grows
    as after any failure. ``limited`` recognises limits that an API hides in a success, such as
    GraphQL's ``RATE_LIMITED``.
    """

    source: str
    context: Context
    product: str | None = None
    """What should answer, as ``products`` names it."""
    tries: int = 5
    first_wait: float = 1.0
    longest_wait: float = 30.0
    limit_wait: float | None = None
    limits_by_403: bool = True
    """Whether a refusal may be a limit, as GitHub's are; Jira's bucket may just be empty."""
    limited: Callable[[Answer], bool] = _no_limit
    jitter: Callable[[], float] = random.random
    """A number from 0 to 1."""

    def send(
        self,
        request_once: Callable[[], Answer],
        *,
        what: str,
        scope: str | None = None,
        accept: Collection[int] = (),
        kind: Any = None,
    ) -> Answer:
        """Make a request until it is answered; return a success whose body is JSON.

        ``what`` is method and path for messages: no query. ``scope`` is the scope the request
        is about, if its refusal concerns that scope alone. Statuses in ``accept`` are returned
        to the caller instead of raised; success statuses without a body are returned as well.
        A body that is of a ``kind`` is read, once. Raises ``Retry``, ``Skip`` or ``Stop``, and
        passes ``CancelledError``.
        """
        self._wait_until_open(what)
        for attempt in range(self.tries):
            self.context.checkpoint()
            outcome = self._take_turn(request_once, accept, endpoint_of(what))
            # While it is unpacked and read, another request may be under way.
            if isinstance(outcome, Answer):
                outcome = unpacked(outcome)
            if isinstance(outcome, Answer) and _tells(outcome, accept):
                outcome = _read(outcome, kind)
            if isinstance(outcome, Answer):
                if outcome.status in accept or is_success(outcome):
                    return outcome
                raise self.refusal(outcome, what=what, scope=scope)
            said = f"{self.source}: {what} {outcome.reason}"
            if outcome.permanent:
                raise Stop(said)
            wait = max(self._backoff(attempt), outcome.away or 0.0)
            last = attempt + 1 == self.tries
            if wait > self.longest_wait or (last and outcome.away is not None):
                raise self._later(said, wait)
            if last:
                again = "; it is asked again with the next sync" if outcome.limited else ""
                raise Retry(f"{said}, {self.tries} times{again}")
            self.context.sleep(wait)
        raise ValueError("a policy needs at least one try")

    def refusal(self, answer: Answer, *, what: str, scope: str | None = None) -> SourceError:
        """Give the error that an answer means: leave the scope out, or stop the source."""
        said = f"{self.source}: {what} answered {answer.status}"
        found = product_of(answer.headers)
        if self.product is not None and found not in {None, self.product}:
            return WrongSite(f"{said}: that is {found}, not {self.product}; check url and kind")
        if is_anonymous(answer):
            return Stop(
                f"{said} to an anonymous caller: the credentials were not accepted; "
                "renew the token and check its account"
            )
        if answer.status == 401:
            return Stop(f"{said}: the credentials were refused; renew the token in auth")
        if answer.status == _PROXY_REFUSED:
            return Stop(f"{said}: the proxy did not let it through; check proxy and proxy_auth")
        if scope is not None and answer.status in _OF_THE_SCOPE:
            return Skip(
                f"{said}: {scope} does not exist, or the account may not see it; "
                "check its spelling and the account's permissions"
            )
        if 300 <= answer.status < 400:
            return WrongSite(f"{said}: it was moved; check url")
        if answer.status == 403:
            return Stop(f"{said}: the account may not do this; check the token's permissions")
        return WrongSite(f"{said}: check url, and that this is the API it should be")

    def _later(self, said: str, wait: float) -> Retry:
        at = self.context.now() + timedelta(seconds=wait)
        return Retry(f"{said}; it is asked again after {at:%Y-%m-%d %H:%M} UTC", retry_at=at)

    def _wait_until_open(self, what: str) -> None:
        """Keep away as long as another connector of this source was asked to."""
        wait = self.context.throttle.closed_for(endpoint_of(what))
        if wait > self.longest_wait:
            raise self._later(
                f"{self.source}: {what} was not asked: the rate limit is used up", wait
            )
        if wait > 0:
            self.context.sleep(wait)

    def _take_turn(
        self, request_once: Callable[[], Answer], accept: Collection[int], endpoint: str
    ) -> Answer | Failure:
        throttle = self.context.throttle
        turn = throttle.begin(endpoint)
        limited, away, of_endpoint = False, None, False
        try:
            answer = self._exchange(request_once)
            if isinstance(answer, Answer) and self._may_tell_of_limits(answer):
                answer = unpacked(answer)
            outcome = self._judge(answer, accept)
            if isinstance(outcome, Failure):
                limited, away, of_endpoint = outcome.limited, outcome.away, outcome.of_endpoint
            else:
                limited = is_near_limit(outcome)
            return outcome
        finally:
            throttle.end(turn, limited=limited, away=away, of_endpoint=of_endpoint)

    def _may_tell_of_limits(self, answer: Answer) -> bool:
        """Say whether a limit may show in the body alone."""
        return answer.status == 403 or self.limited is not _no_limit

    def _exchange(self, request_once: Callable[[], Answer]) -> Answer | Failure:
        """Make one request and count it."""
        began = self.context.now()
        outcome = answer_to(request_once)
        seconds = (self.context.now() - began).total_seconds()
        answer = outcome if isinstance(outcome, Answer) else None
        self.context.on_request(
            RequestSeen(
                source=self.source,
                code="error" if answer is None else str(answer.status),
                seconds=max(0.0, seconds),
                rate_limit_remaining=None if answer is None else remaining(answer),
            )
        )
        return outcome

    def _judge(self, answer: Answer | Failure, accept: Collection[int]) -> Answer | Failure:
        """Tell an answer that another try may better from one to return or refuse."""
        if isinstance(answer, Failure):
            return answer
        if self._is_limit(answer):
            return Failure(
                f"answered {answer.status}: the rate limit is used up{limit_met(answer)}",
                away=self._away(answer),
                limited=True,
                of_endpoint=is_of_endpoint(answer),
            )
        if answer.status in accept or is_anonymous(answer):
            return answer
        if _is_passing(answer.status):
            asked = retry_after(answer, self._clock(answer))
            return Failure(f"answered {answer.status}", away=asked)
        return answer

    def _is_limit(self, answer: Answer) -> bool:
        if answer.status == 429 or self.limited(answer):
            return True
        if answer.status != 403 or not self.limits_by_403:
            return False
        if remaining(answer) == 0 or "retry-after" in answer.headers:
            return True
        # GitHub's secondary limit may come as a bare 403; only its body tells.
        return b"secondary rate limit" in answer.body or b"abuse detection" in answer.body

    def _away(self, answer: Answer) -> float | None:
        clock = self._clock(answer)
        asked = retry_after(answer, clock)
        if asked is None and remaining(answer) in (0, None):
            asked = reset_after(answer, clock)
        return self.limit_wait if asked is None else asked

    def _clock(self, answer: Answer) -> datetime:
        """The server's clock, to compare its times with: the local one may be off by hours."""
        return answer.server_time or self.context.now()

    def _backoff(self, attempt: int) -> float:
        full: float = min(self.longest_wait, self.first_wait * 2**attempt)
        return full * (0.5 + self.jitter() / 2)


def _tells(answer: Answer, accept: Collection[int]) -> bool:
    """Say whether an answer is to be JSON."""
    if answer.status in accept or is_anonymous(answer) or not is_success(answer):
        return False
    return bool(answer.body) or answer.status == 200


def _read(answer: Answer, kind: Any) -> Answer | Failure:
    """Read an answer, or see to it that it can be."""
    if kind is not None:
        # What is not of the kind in some places is for the caller to judge.
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return replace(answer, data=msgspec.json.decode(answer.body, type=kind))
    body = strict_json(answer.body)
    if body is None:  # proxies and log-in screens answer 200 with HTML
        return Failure(f"answered {answer.status} with something that is not JSON")
    return answer if body is answer.body else replace(answer, body=body)


def _is_passing(status: int) -> bool:
    return status in _PASSING or status >= 500
