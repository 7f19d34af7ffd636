"""What a channel is: something that takes a message, or says what to do instead.

Errors name neither addresses nor answers: both may hold secrets.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Protocol, runtime_checkable

import msgspec
import requests

from .message import Line, Message

CONNECT, READ = 5.0, 15.0
"""Seconds that a channel is waited for."""

_REFUSED = frozenset({400, 413, 422})
"""A channel that answers so to a message will never take it."""

MOST_BYTES = 100_000


class TryLater(Exception):  # noqa: N818  # named by what the caller does next
    """The channel cannot take a message now; ``retry_after`` in seconds, where it says so."""

    def __init__(self, reason: str, retry_after: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class GiveUp(Exception):  # noqa: N818  # the same
    """The channel will never take this message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What belongs to a message beside its content."""

    at: datetime
    """When it was decided."""
    now: datetime
    first: Message | None = None
    """The message that began the conversation; None when this one does."""
    receipt: str | None = None
    """What the channel calls that one."""


class Channel(Protocol):
    """A way to reach people."""

    def send(self, message: Message, envelope: Envelope) -> str | None:
        """Deliver a message; return what the channel calls it, where it says so.

        Raises ``TryLater``, ``GiveUp`` and ``MissingSecretError``.
        """
        ...


@runtime_checkable
class Refreshed(Protocol):
    """A channel that has to be told again and again what still holds."""

    def refresh(self, lines: Sequence[Line], *, now: datetime) -> None:
        """Tell what was told and is still there. Raises as ``send`` does."""
        ...


def encode(value: object) -> bytes:
    """Write JSON: the same bytes for the same value."""
    return msgspec.json.encode(value, order="sorted")


def post(url: str, body: bytes, headers: Mapping[str, str] | None = None) -> bytes:
    """Post JSON; return the answer. Raises ``TryLater`` and ``GiveUp``."""
    if not url.startswith(("https://", "http://")):
        raise TryLater("what is said to be its address is none")
    everything = {"Content-Type": "application/json", "User-Agent": "slipwatch", **(headers or {})}
    with requests.Session() as session:
        # Neither proxies nor passwords of the environment are meant for this address.
        session.trust_env = False
        try:
            with session.post(
                url,
                data=body,
                headers=everything,
                timeout=(CONNECT, READ),
                allow_redirects=False,
                stream=True,
            ) as answer:
                judge(answer.status_code, answer.headers.get("Retry-After"))
                return _body(answer)
        except requests.RequestException as error:
            raise TryLater(f"no answer ({type(error).__name__})") from None


def _body(answer: requests.Response) -> bytes:
    """Read the beginning of an answer; the message was taken, whether that can be read or not."""
    try:
        return next(answer.iter_content(MOST_BYTES), b"")
    except requests.RequestException:
        return b""


def judge(status: int, wait: str | None = None) -> None:
    """Raise what an HTTP status asks for; ``wait`` is the header ``Retry-After``."""
    if 200 <= status < 300:
        return
    if status in _REFUSED:
        raise GiveUp(f"refused with {status}")
    raise TryLater(f"answered {status}", retry_after(wait))


def retry_after(value: str | None) -> float | None:
    """Read the header of that name: seconds, or a date."""
    if value is None:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        then = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (then.astimezone(UTC) - datetime.now(UTC)).total_seconds())
