"""The contract between the sync and a connector, and the errors a connector may raise.

    SourceError
    ├── Retry   try the same scope again, not before ``retry_at``: rate limits, outages
    ├── Skip    leave this scope out and say so: no permission, gone, no such project
    └── Stop    the source cannot be read until an operator acts: bad token, wrong URL

A connector raises these and nothing else for what the world does; any other exception is a
bug of ours and is treated as one. No message ever holds a secret or a payload.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from .records import Batch, Cursor


class SourceError(Exception):
    """Something about a source that the caller must act on."""


class Retry(SourceError):
    """The same call may work later."""

    def __init__(self, message: str, *, retry_at: datetime | None = None) -> None:
        super().__init__(message)
        self.retry_at = retry_at


class Skip(SourceError):
    """This scope cannot be read; the others can."""


class Stop(SourceError):
    """Nothing of this source can be read until somebody mends the configuration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSeen:
    """One HTTP exchange as the self-monitoring counts it."""

    source: str
    code: str
    """The status code, or ``error`` where no answer came."""
    seconds: float
    rate_limit_remaining: int | None = None


def ignore_request(_seen: RequestSeen) -> None:
    """Count nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What a connector is given instead of reaching for it."""

    now: Callable[[], datetime]
    """The clock, in UTC."""
    sleep: Callable[[float], None]
    """Waits that many seconds, or less when the service is stopping."""
    on_request: Callable[[RequestSeen], None] = field(default=ignore_request)


class Connector(Protocol):
    """One source, ready to be pulled. One instance belongs to one thread."""

    @property
    def name(self) -> str:
        """The source's name in slipwatch.yaml."""
        ...

    def scopes(self) -> Sequence[str]:
        """Name what can be pulled on its own: projects, repositories, one file.

        May ask the source (to expand an organisation). Raises ``SourceError``.
        """
        ...

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield what changed in a scope since ``cursor``, or all of it when that is None.

        Each batch's cursor is safe to resume from once the batch is stored: items may then
        come twice, never not at all. Raises ``SourceError``, at any point of the iteration.
        """
        ...

    def convert(self, payload: object) -> Batch:
        """Convert recorded payloads of this source's API: a page or a list of pages.

        The same conversion as ``pull`` uses, without the network; the cursor is empty.
        Raises ``ValueError`` for what is no payload of this API, naming where.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
