"""One policy for every HTTP API: what is tried again, how long to wait, when to give up.

A connector says how one request is made (with the library that knows the API) and gets either
an ``Answer`` it may use or the ``SourceError`` that says what to do next. Nothing here logs,
and no message holds a query, a header, a body or the text of a library's exception: each of
them has been seen to carry tokens.
"""

import math
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Self
from urllib.parse import quote

import requests
import urllib3.exceptions

from slipwatch.aggregator.connector import (
    Context,
    RequestSeen,
    Retry,
    Skip,
    SourceError,
    Stop,
    WrongSite,
)
from slipwatch.config.base import MissingSecretError
from slipwatch.config.sources import HttpSourceSettings

from .deadline import bound
from .mending import strict_json
from .products import product_of

CONNECT_TIMEOUT = 5.0
_LONGEST_ASKED = 86400.0
_PROXY_REFUSED = 407
_PASSING = frozenset({408, 425, 429})
_OF_THE_SCOPE = frozenset({400, 403, 404, 410, 422, 451})

_MISCONFIGURED = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidProxyURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.TooManyRedirects,
    UnicodeError,  # a token that no header can hold
)
_BROKEN_OFF = (
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
    urllib3.exceptions.ProtocolError,
    urllib3.exceptions.DecodeError,
    HTTPException,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer, whichever library fetched it. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, status: int, headers: Mapping[str, object], body: bytes | str | None) -> Self:
        """Take what a library returned."""
        raw = body.encode() if isinstance(body, str) else (body or b"")
        lowered = {name.lower(): str(value) for name, value in headers.items()}
        return cls(status=status, headers=lowered, body=raw)

    @property
    def server_time(self) -> datetime | None:
        """The server's clock when it answered, from the ``Date`` header."""
        return _http_date(self.headers.get("date", ""))


@dataclass(frozen=True, slots=True)
class _Failure:
    """No usable answer came; ``permanent`` when asking again cannot help.

    ``away`` is for how many seconds the server wants to be left alone, where it said so;
    ``limited`` when that is for a rate limit.
    """

    reason: str
    permanent: bool = False
    away: float | None = None
    limited: bool = False


def timeouts(settings: HttpSourceSettings) -> tuple[float, float]:
    """Give the connect and the read timeout in seconds, as requests takes them."""
    return CONNECT_TIMEOUT, settings.timeout.total_seconds()


def prepare(session: requests.Session, settings: HttpSourceSettings, *, source: str) -> None:
    """Give a session the certificates and the proxy of a source, and nothing else; bound answers.

    Without this, requests takes proxies, CA bundles and even credentials (``.netrc``) from its
    surroundings, which differ between a shell and a service. Raises ``Stop`` for a file or a
    secret that is not there.
    """
    bound(session)
    session.trust_env = False
    session.verify = True
    if settings.ca_file is not None:
        session.verify = _file(settings.ca_file, f"{source}: ca_file")
    if settings.client_cert is not None:
        session.cert = (
            _file(settings.client_cert.cert, f"{source}: client_cert.cert"),
            _file(settings.client_cert.key, f"{source}: client_cert.key"),
        )
    if settings.proxy is not None:
        proxy = _proxy(settings, source)
        session.proxies = {"http": proxy, "https": proxy}


def _file(path: Path, key: str) -> str:
    if not path.is_file():
        raise Stop(f"{key}: there is no file {path}")
    return str(path)


def _proxy(settings: HttpSourceSettings, source: str) -> str:
    assert settings.proxy is not None
    if settings.proxy_auth is None:
        return settings.proxy
    try:
        password = settings.proxy_auth.password.reveal()
    except MissingSecretError as error:
        raise Stop(f"{source}: proxy_auth.password: {error}") from None
    scheme, _, host = settings.proxy.partition("://")
    return f"{scheme}://{quote(settings.proxy_auth.username, '')}:{quote(password, '')}@{host}"


class PageGuard:
    """Refuses to go round in circles: no page token or link may come twice in one walk."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._seen: set[str] = set()

    def check(self, token: str) -> str:
        """Pass a new token or link through; raises ``Retry`` for one that was used before."""
        if token in self._seen:
            raise Retry(f"{self._what} named the same next page twice: its paging runs in a circle")
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
    ) -> Answer:
        """Make a request until it is answered; return a success whose body is JSON.

        ``what`` is method and path for messages: no query. ``scope`` is the scope the request
        is about, if its refusal concerns that scope alone. Statuses in ``accept`` are returned
        to the caller instead of raised; success statuses without a body are returned as well.
        Raises ``Retry``, ``Skip`` or ``Stop``.
        """
        self._wait_until_open(what)
        for attempt in range(self.tries):
            outcome = self._take_turn(request_once, accept)
            if isinstance(outcome, Answer):
                if outcome.status in accept or _is_success(outcome):
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
        if _anonymous(answer):
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
        wait = self.context.throttle.closed_for()
        if wait > self.longest_wait:
            raise self._later(
                f"{self.source}: {what} was not asked: the rate limit is used up", wait
            )
        if wait > 0:
            self.context.sleep(wait)

    def _take_turn(
        self, request_once: Callable[[], Answer], accept: Collection[int]
    ) -> Answer | _Failure:
        throttle = self.context.throttle
        turn = throttle.begin()
        failure: _Failure | None = None
        try:
            outcome = self._judge(self._exchange(request_once), accept)
            failure = outcome if isinstance(outcome, _Failure) else None
            return outcome
        finally:
            throttle.end(
                turn,
                limited=failure is not None and failure.limited,
                away=None if failure is None else failure.away,
            )

    def _exchange(self, request_once: Callable[[], Answer]) -> Answer | _Failure:
        """Make one request and count it.

        Failures are returned, not raised: an exception that is never chained cannot show the
        header or the address it complains about.
        """
        began = self.context.now()
        outcome = _attempt(request_once)
        seconds = (self.context.now() - began).total_seconds()
        answer = outcome if isinstance(outcome, Answer) else None
        self.context.on_request(
            RequestSeen(
                source=self.source,
                code="error" if answer is None else str(answer.status),
                seconds=max(0.0, seconds),
                rate_limit_remaining=None if answer is None else _remaining(answer),
            )
        )
        return outcome

    def _judge(self, answer: Answer | _Failure, accept: Collection[int]) -> Answer | _Failure:
        """Tell an answer that another try may better from one to return or refuse."""
        if isinstance(answer, _Failure):
            return answer
        if self._is_limit(answer):
            return _Failure(
                f"answered {answer.status}: the rate limit is used up",
                away=self._away(answer),
                limited=True,
            )
        if answer.status in accept or _anonymous(answer):
            return answer
        if _is_passing(answer.status):
            asked = _retry_after(answer, self._clock(answer))
            return _Failure(f"answered {answer.status}", away=asked)
        if not _is_success(answer) or (not answer.body and answer.status != 200):
            return answer
        data = strict_json(answer.body)
        if data is None:  # proxies and log-in screens answer 200 with HTML
            return _Failure(f"answered {answer.status} with something that is not JSON")
        return answer if data is answer.body else replace(answer, body=data)

    def _is_limit(self, answer: Answer) -> bool:
        if answer.status == 429 or self.limited(answer):
            return True
        if answer.status != 403:
            return False
        if _remaining(answer) == 0 or "retry-after" in answer.headers:
            return True
        # GitHub's secondary limit may come as a bare 403; only its body tells.
        return b"secondary rate limit" in answer.body or b"abuse detection" in answer.body

    def _away(self, answer: Answer) -> float | None:
        clock = self._clock(answer)
        asked = _retry_after(answer, clock)
        if asked is None and _remaining(answer) in (0, None):
            asked = _reset_after(answer, clock)
        return self.limit_wait if asked is None else asked

    def _clock(self, answer: Answer) -> datetime:
        """The server's clock, to compare its times with: the local one may be off by hours."""
        return answer.server_time or self.context.now()

    def _backoff(self, attempt: int) -> float:
        full: float = min(self.longest_wait, self.first_wait * 2**attempt)
        return full * (0.5 + self.jitter() / 2)


def _attempt(request_once: Callable[[], Answer]) -> Answer | _Failure:
    try:
        return request_once()
    except _MISCONFIGURED:
        return _Failure("cannot be sent: check url and auth", permanent=True)
    except requests.exceptions.ProxyError:
        return _Failure("did not get through the proxy: check proxy and proxy_auth")
    except requests.exceptions.SSLError:
        return _Failure("got no secure connection: check url, ca_file and client_cert")
    except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
        return _Failure("got no answer in time")
    except _BROKEN_OFF:
        return _Failure("got an answer that broke off")
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # Of an answer that stalls halfway, requests says ConnectionError, with the reason inside.
        if any(isinstance(each, urllib3.exceptions.ReadTimeoutError) for each in error.args):
            return _Failure("got no answer in time")
        return _Failure("got no connection")


def _is_passing(status: int) -> bool:
    return status in _PASSING or status >= 500


def _is_success(answer: Answer) -> bool:
    return 200 <= answer.status < 300 and not _anonymous(answer)


def _anonymous(answer: Answer) -> bool:
    """Whether Jira took the caller for nobody, which it does with 200 and fewer issues."""
    reason = answer.headers.get("x-seraph-loginreason", "").upper()
    denied = any(word in reason for word in ("FAILED", "DENIED"))
    return denied or answer.headers.get("x-ausername", "").lower() == "anonymous"


def _remaining(answer: Answer) -> int | None:
    value = _limit(answer, "remaining")
    return int(value) if value.isdecimal() and len(value) < 10 else None


def _limit(answer: Answer, name: str) -> str:
    """Read ``X-RateLimit-…``, which GitLab sends without the ``X-``."""
    value = answer.headers.get(f"x-ratelimit-{name}") or answer.headers.get(f"ratelimit-{name}")
    return (value or "").strip()


def _retry_after(answer: Answer, clock: datetime) -> float | None:
    """Read ``Retry-After``: a number of seconds or an HTTP date."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        return _bounded(float(value))
    except ValueError:
        at = _http_date(value)
        return None if at is None else _bounded((at - clock).total_seconds())


def _reset_after(answer: Answer, clock: datetime) -> float | None:
    """Read ``X-RateLimit-Reset``: GitHub sends epoch seconds, Jira ``2026-01-05T10:15Z``."""
    value = _limit(answer, "reset")
    try:
        at = datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        try:
            at = _aware(datetime.fromisoformat(value))
        except ValueError:
            return None
    return _bounded((at - clock).total_seconds())


def _bounded(seconds: float) -> float | None:
    """Never more than a day, whatever is asked; nothing for what is no number."""
    return None if math.isnan(seconds) else min(max(seconds, 0.0), _LONGEST_ASKED)


def _http_date(value: str) -> datetime | None:
    try:
        return _aware(parsedate_to_datetime(value))
    except (TypeError, ValueError, IndexError):
        return None


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)
