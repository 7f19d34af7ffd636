"""Everything that can happen to an answer on its way, and what has to be said about it.

A new fault is one row here; it is then tried on every listing of every connector.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from slipwatch.aggregator.store import ErrorKind

from .front import Asked, Meddle, Reply, Site, Wire, head
from .sites import Tracker

EVERYWHERE = frozenset(Tracker)
_JIRA = frozenset(tracker for tracker in Tracker if tracker.family == "jira")
_GITHUB = frozenset(tracker for tracker in Tracker if tracker.family == "github")
_GITLAB = frozenset(tracker for tracker in Tracker if tracker.family == "gitlab")
_CLOUD = frozenset(tracker for tracker in Tracker if tracker.startswith("jira cloud"))
JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One row."""

    name: str
    answer: Callable[[datetime], Meddle]
    """Gives what happens to a request, by the site's clock."""
    words: str
    """What the message has to say."""
    code: str
    """What the exchange counts as in ``slipwatch_source_requests_total``."""
    error: ErrorKind = ErrorKind.RETRY
    at: frozenset[Tracker] = EVERYWHERE
    only: str | None = None
    """The one listing that it can happen to."""
    away: timedelta | None = None
    """How long the source then has to be left alone, at least."""
    passes: bool = True
    """Whether a sync that meets it once goes on to its end."""
    stalls: bool = False
    trickles: bool = False
    stands_for_others: bool = False
    """Whether it lasts at every listing, for all those that a connector hears the same of."""

    @property
    def wait(self) -> float:
        """For how many seconds an answer is waited for."""
        return 0.2 if self.stalls or self.trickles else 20.0


def answers(reply: Callable[[datetime], Reply | Wire]) -> Callable[[datetime], Meddle]:
    """Answer without the site."""

    def at(now: datetime) -> Meddle:
        said = reply(now)
        return lambda _asked, _site: said

    return at


def _status(
    name: str,
    status: int,
    headers: dict[str, str] | None = None,
    body: bytes = b'{"message": "no"}',
    *,
    words: str = "",
    error: ErrorKind = ErrorKind.RETRY,
    at: frozenset[Tracker] = EVERYWHERE,
    away: timedelta | None = None,
    passes: bool = True,
    stands_for_others: bool = False,
) -> Fault:
    reply = Reply(status=status, headers={**JSON, **(headers or {})}, body=body)
    return Fault(
        name=name,
        answer=answers(lambda _now: reply),
        words=words or f"answered {status}",
        code=str(status),
        error=error,
        at=at,
        away=away,
        passes=passes,
        stands_for_others=stands_for_others,
    )


def _timed(
    name: str, status: int, header: Callable[[datetime], dict[str, str]], **more: object
) -> Fault:
    """Refuse with a time of day, which only the site's clock can tell."""
    return Fault(
        name=name,
        answer=answers(lambda now: Reply(status=status, headers={**JSON, **header(now)})),
        words="the rate limit is used up",
        code=str(status),
        **more,  # type: ignore[arg-type]
    )


def _wire(name: str, wire: Wire, words: str) -> Fault:
    stalls = wire.then == "stall"
    answer = answers(lambda _now: wire)
    return Fault(name=name, answer=answer, words=words, code="error", stalls=stalls)


def _half(asked: Asked, site: Site) -> Wire:
    """Promise all of an answer and send half of it."""
    whole = site(asked).wire()
    return Wire(whole[: (whole.index(b"\r\n\r\n") + len(whole)) // 2])


def _half_chunked(asked: Asked, site: Site) -> Wire:
    reply = site(asked)
    began = head(reply.status, {**JSON, "transfer-encoding": "chunked"})
    return Wire(began + b"%x\r\n" % len(reply.body) + reply.body + b"\r\n1000\r\n[")


def _stalled_halfway(asked: Asked, site: Site) -> Wire:
    return Wire(_half(asked, site).data, "stall")


def _cut_json(asked: Asked, site: Site) -> Reply:
    """Send half of the data as if it were all."""
    reply = site(asked)
    return Reply(status=200, headers=reply.headers, body=reply.body[: len(reply.body) // 2] + b",")


LIMIT = "the rate limit is used up"
_BROKEN = "got an answer that broke off"
_HTML = b"<!DOCTYPE html><html><title>Log in</title></html>"
_SECONDARY = b'{"message": "You have exceeded a secondary rate limit. Please wait."}'


_RATE_LIMITED = b'{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}'


def _used_up(now: datetime) -> dict[str, str]:
    return {**JSON, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": _epoch(now)}


def _date(now: datetime, seconds: int) -> str:
    return format_datetime(now + timedelta(seconds=seconds), usegmt=True)


def _epoch(now: datetime) -> str:
    return str(int((now + timedelta(minutes=40)).timestamp()))


FAULTS = (
    # Limits.
    _status("429 for 7 seconds", 429, {"Retry-After": "7"}, words=LIMIT),
    _status("429 at once", 429, {"Retry-After": "0"}, words=LIMIT),
    _status("429 without a time", 429, words=LIMIT, at=_JIRA | _GITLAB),
    _status(
        "429 for an hour",
        429,
        {"Retry-After": "3600"},
        words=LIMIT,
        away=timedelta(hours=1),
        passes=False,
        stands_for_others=True,
    ),
    _timed("429 until a date", 429, lambda now: {"Retry-After": _date(now, 9)}),
    _timed(
        "429 until a late date",
        429,
        lambda now: {"Retry-After": _date(now, 2400)},
        away=timedelta(minutes=40),
        passes=False,
    ),
    _status(
        "429 of a burst",
        429,
        {"Retry-After": "3", "RateLimit-Reason": "jira-burst-based"},
        words=LIMIT,
        at=_CLOUD,
    ),
    _timed(
        "429 of a quota",
        429,
        lambda now: {
            "RateLimit-Reason": "jira-quota-global-based",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{now + timedelta(minutes=40):%Y-%m-%dT%H:%MZ}",
        },
        at=_CLOUD,
        away=timedelta(minutes=40),
        passes=False,
    ),
    _timed(
        "GitHub's primary limit",
        403,
        lambda now: {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": _epoch(now)},
        at=_GITHUB,
        away=timedelta(minutes=40),
        passes=False,
    ),
    _timed(
        "GitHub's primary limit as 429",
        429,
        lambda now: {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": _epoch(now)},
        at=_GITHUB,
        away=timedelta(minutes=40),
        passes=False,
    ),
    _status(
        "GitHub's secondary limit",
        403,
        {"X-RateLimit-Remaining": "4000"},
        _SECONDARY,
        words=LIMIT,
        at=_GITHUB,
        away=timedelta(minutes=1),
        passes=False,
    ),
    _status(
        "GitHub's secondary limit with a time",
        403,
        {"Retry-After": "5"},
        _SECONDARY,
        words=LIMIT,
        at=_GITHUB,
    ),
    _status(
        "GitHub's secondary limit as 429",
        429,
        {"X-RateLimit-Remaining": "4000"},
        _SECONDARY,
        words=LIMIT,
        at=_GITHUB,
        away=timedelta(minutes=1),
        passes=False,
    ),
    Fault(
        name="GraphQL's limit",
        answer=answers(lambda now: Reply(status=200, headers=_used_up(now), body=_RATE_LIMITED)),
        words=LIMIT,
        code="200",
        at=frozenset({Tracker.GRAPHQL, Tracker.GRAPHQL_CENSUS}),
        only="POST /graphql",
        away=timedelta(minutes=40),
        passes=False,
    ),
    # Failures of the server.
    _status("408", 408),
    _status("500", 500, stands_for_others=True),
    _status("502 with a page", 502, {"Content-Type": "text/html"}, _HTML),
    _status("503", 503),
    _status("503 for 4 seconds", 503, {"Retry-After": "4"}),
    _status("504", 504, body=b""),
    # The connection.
    _wire("reset", Wire(b"", "reset"), "got no connection"),
    _wire("closed without a word", Wire(b"", "close"), "got no connection"),
    Fault(
        name="half of a header",
        answer=answers(lambda _now: Wire(b"HTTP/1.1 200 OK\r\nContent-Le")),
        words="not JSON",
        code="200",
    ),
    _wire("no HTTP at all", Wire(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "got no connection"),
    _wire("stalled", Wire(b"", "stall"), "got no answer in time"),
    Fault(
        name="stalled halfway",
        answer=lambda _now: _stalled_halfway,
        words="got no answer in time",
        code="error",
        stalls=True,
    ),
    Fault(
        name="trickling",
        answer=answers(lambda _now: Wire(head(200, {**JSON, "content-length": "9999"}), "trickle")),
        words="got no answer in time",
        code="error",
        trickles=True,
    ),
    Fault(name="truncated", answer=lambda _now: _half, words=_BROKEN, code="error"),
    Fault(name="chunks broken off", answer=lambda _now: _half_chunked, words=_BROKEN, code="error"),
    Fault(
        name="no gzip",
        answer=answers(lambda _now: Wire(head(200, {"content-encoding": "gzip"}) + b"[]")),
        words=_BROKEN,
        code="200",
    ),
    # What is no data.
    Fault(name="half of the JSON", answer=lambda _now: _cut_json, words="not JSON", code="200"),
    _status("HTML with 200", 200, {"Content-Type": "text/html"}, _HTML, words="not JSON"),
    _status("nothing with 200", 200, body=b"", words="not JSON"),
    _status("nested without end", 200, body=b"[" * 100_000, words="not JSON"),
    _status("text that is no UTF-8", 200, body=b'{"\xff', words="not JSON"),
    Fault(
        name="another shape",
        answer=answers(lambda _now: Reply(status=200, headers=JSON, body=b'"hello"')),
        words="Expected `",
        code="200",
        passes=False,
        stands_for_others=True,
    ),
    # Credentials.
    _status("401", 401, error=ErrorKind.STOP, passes=False, stands_for_others=True),
    _status(
        "taken for nobody",
        200,
        {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"},
        b'{"issues": []}',
        words="anonymous",
        error=ErrorKind.STOP,
        at=_JIRA,
        passes=False,
    ),
    _status(
        "taken for nobody, by name",
        200,
        {"X-AUSERNAME": "anonymous"},
        b"[]",
        words="anonymous",
        error=ErrorKind.STOP,
        at=_JIRA,
        passes=False,
    ),
)
