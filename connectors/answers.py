"""One exchange: what came of a request, whichever library made it, and what its headers say.

Failures are returned, not raised: an exception that is never chained cannot show the header or the
address it complains about.
"""

import math
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from typing import Any, Self

import requests
import urllib3.exceptions
from urllib3.response import GzipDecoder

CODING = "content-encoding"
GZIP = "gzip"

_LONGEST_ASKED = 86400.0
_IN_PATHS = re.compile(r"(?<=/)(?:[0-9]+|[A-Z][A-Z0-9_]*(?:-[0-9]+)?)(?=/|$)")
_LIMIT = re.compile(r"jira(-[a-z]{1,12}){1,6}")

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
    """As it came, as long as there is a header ``content-encoding``; see ``unpacked``."""
    data: Any = None
    """What was read of the body, where that was asked for and is of the kind it should be."""

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
class Failure:
    """No usable answer came; ``permanent`` when asking again cannot help.

    ``away`` is for how many seconds the server wants to be left alone, where it said so;
    ``limited`` when that is for a rate limit, ``of_endpoint`` for one of this endpoint alone.
    """

    reason: str
    permanent: bool = False
    away: float | None = None
    limited: bool = False
    of_endpoint: bool = False


def answer_to(request_once: Callable[[], Answer]) -> Answer | Failure:
    """Make a request; whatever a library raises is told in words of our own."""
    try:
        return request_once()
    except _MISCONFIGURED:
        return Failure("cannot be sent: check url and auth", permanent=True)
    except requests.exceptions.ProxyError:
        return Failure("did not get through the proxy: check proxy and proxy_auth")
    except requests.exceptions.SSLError:
        return Failure("got no secure connection: check url, ca_file and client_cert")
    except (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
        return Failure("got no answer in time")
    except _BROKEN_OFF:
        return Failure("got an answer that broke off")
    except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        # Of an answer that stalls halfway, requests says ConnectionError, with the reason inside.
        if any(isinstance(each, urllib3.exceptions.ReadTimeoutError) for each in error.args):
            return Failure("got no answer in time")
        return Failure("got no connection")


def unpacked(answer: Answer) -> Answer | Failure:
    """Unpack the body of an answer that was received packed."""
    if answer.headers.get(CODING) != GZIP:
        return answer
    decoder = GzipDecoder()
    try:
        body = decoder.decompress(answer.body) + decoder.flush()
    except zlib.error:
        return Failure("got an answer that broke off")
    headers = {name: value for name, value in answer.headers.items() if name != CODING}
    return replace(answer, headers=headers, body=body)


def is_success(answer: Answer) -> bool:
    """Whether it is what was asked for, to somebody who is known."""
    return 200 <= answer.status < 300 and not is_anonymous(answer)


def is_anonymous(answer: Answer) -> bool:
    """Whether Jira took the caller for nobody, which it does with 200 and fewer issues."""
    reason = answer.headers.get("x-seraph-loginreason", "").upper()
    denied = any(word in reason for word in ("FAILED", "DENIED"))
    return denied or answer.headers.get("x-ausername", "").lower() == "anonymous"


def names_caller(answer: Answer) -> bool:
    """Whether Jira says whom it took the caller for: Cloud by an id, and never nobody by that."""
    headers = answer.headers
    return bool(headers.get("x-ausername") or headers.get("x-aaccountid")) and not is_anonymous(
        answer
    )


def remaining(answer: Answer) -> int | None:
    """Read how many requests the limit still lets through."""
    value = _limit(answer, "remaining")
    return int(value) if value.isdecimal() and len(value) < 10 else None


def is_near_limit(answer: Answer) -> bool:
    """Whether Jira Cloud warns that less than a fifth of one of its budgets is left."""
    return answer.headers.get("x-ratelimit-nearlimit", "").lower() == "true"


def is_of_endpoint(answer: Answer) -> bool:
    """Whether the limit that was met is one of Jira Cloud's for bursts: of a method and a path."""
    return answer.headers.get("ratelimit-reason", "").strip() == "jira-burst-based"


def endpoint_of(what: str) -> str:
    """Name the endpoint of a method and path, whichever issue or project it is about.

    ``GET /rest/api/2/issue/PAY-7/changelog`` is ``GET /rest/api/{}/issue/{}/changelog``.
    """
    return _IN_PATHS.sub("{}", what)


def limit_met(answer: Answer) -> str:
    """Name which of Jira's limits was met, as Jira does, behind a blank; nothing where it is not
    told, or is no such name: headers have been seen to carry tokens."""
    reason = answer.headers.get("ratelimit-reason", "").strip()
    return f" ({reason})" if _LIMIT.fullmatch(reason) else ""


def _limit(answer: Answer, name: str) -> str:
    """Read ``X-RateLimit-…``, which GitLab sends without the ``X-``."""
    value = answer.headers.get(f"x-ratelimit-{name}") or answer.headers.get(f"ratelimit-{name}")
    return (value or "").strip()


def retry_after(answer: Answer, clock: datetime) -> float | None:
    """Read ``Retry-After``: a number of seconds or an HTTP date."""
    value = answer.headers.get("retry-after", "").strip()
    try:
        return _bounded(float(value))
    except ValueError:
        at = _http_date(value)
        return None if at is None else _bounded((at - clock).total_seconds())


def reset_after(answer: Answer, clock: datetime) -> float | None:
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
