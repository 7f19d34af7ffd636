"""Ends what readers do for a sync that is over: nobody waits for their answers any more."""

import threading
from collections.abc import Callable

_PORTION = 0.2
"""Seconds; a sleep is looked after so often."""


class CancelledError(BaseException):
    """What was asked for is not wanted any more.

    Like asyncio's it is no ``Exception``: what handles failures of a source lets it pass.
    """


class Cancellation:
    """Tells threads that they work for nobody; one belongs to one sync."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self._sleep = sleep
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Let every thread end that comes by."""
        self._cancelled.set()

    def checkpoint(self) -> None:
        """Come by; raises ``CancelledError`` once it is cancelled."""
        if self._cancelled.is_set():
            raise CancelledError

    def sleep(self, seconds: float) -> None:
        """Sleep so long, or until it is cancelled: raises ``CancelledError`` then."""
        while seconds > 0:
            self._sleep(min(seconds, _PORTION))
            seconds -= _PORTION
            self.checkpoint()
