"""Connections to the HTTP server: none that is slow or idle keeps another from being served.

uvicorn closes a connection that stays idle behind an answer. It waits for ever for a request that
never comes, comes byte by byte, or for a client that does not read its answer; each costs a file
descriptor, and without those no scrape gets in any more.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 256
"""Open connections; of more, the one that has waited longest is dropped."""

REQUEST_SECONDS = 10.0
"""From the connection, or the answer before, until the head of a request has arrived."""

ANSWER_SECONDS = 60.0
"""From the head of a request until the client has taken the answer."""

Admits = Callable[[asyncio.BaseTransport], bool]


class WatchedProtocol(H11Protocol):
    """Speaks HTTP/1.1 with one client, with a deadline for each step."""

    def __init__(self, *arguments: Any, admits: Admits, begun: bytes = b"", **named: Any) -> None:
        """Take what was read of the connection already, if there is something."""
        super().__init__(*arguments, **named)
        self._admits = admits
        self._begun = begun
        self._deadline: asyncio.TimerHandle | None = None
        self.since = 0.0
        """When its present step began: waiting for a request, or for the answer to be taken."""

    @property
    def open(self) -> bool:
        """Whether it has not been dropped."""
        return not self.transport.is_closing()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a client in, and drop the one that has waited longest if there are too many."""
        super().connection_made(transport)
        self._allow(REQUEST_SECONDS)
        if not self._admits(transport):
            transport.abort()
        # Those that were dropped are in the set until the loop comes round.
        living = [one for one in self.connections if isinstance(one, WatchedProtocol) and one.open]
        if len(living) > MOST:
            min(living, key=_since).transport.abort()
        if self._begun:
            self.data_received(self._begun)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        self._stop_clock()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Take in what has arrived; with a whole head the time for the answer begins."""
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and not self.cycle.response_complete:
            self._allow(ANSWER_SECONDS)

    def on_response_complete(self) -> None:
        """Wait for the next request, unless the client has yet to take the answer."""
        if not self.transport.get_write_buffer_size():
            self._allow(REQUEST_SECONDS)
        super().on_response_complete()

    def _allow(self, seconds: float) -> None:
        self._stop_clock()
        self.since = self.loop.time()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _since(one: WatchedProtocol) -> float:
    return one.since
