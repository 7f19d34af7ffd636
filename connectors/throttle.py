"""How many requests of one source may be under way: learned from its answers.

As congestion control does it: half as many after a rate limit, or the warning that one is near, one
more after a while without.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from .turns import SharedTurns

GOOD_ROUNDS = 10
"""So many good answers for each request that is allowed at once, before one more is."""


class SharedThrottle:
    """Lets the connectors of one source take turns; threads share it.

    Begins with ``most``, which is never exceeded. Answers to requests that were under way when
    a limit was met say nothing new about it, so a limit halves only once.
    """

    def __init__(self, most: int, *, now: Callable[[], datetime]) -> None:
        if most < 1:
            raise ValueError("a throttle that lets nothing through would wait for ever")
        self._most = most
        self._now = now
        self._allowed = most
        self._under_way = 0
        self._users = 0
        self._good = 0
        self._limits_met = 0
        self._closed_until: datetime | None = None
        self._turns: SharedTurns | None = None
        self._tell: Callable[[int, float], None] | None = None
        self._changed = threading.Condition()

    def join(self) -> None:
        """Let one more use it; the first after a pause was told by the schedule when to ask."""
        with self._changed:
            if self._users == 0:
                self._closed_until = None
            self._users += 1

    def leave(self) -> None:
        """Use it no more."""
        with self._changed:
            self._users -= 1

    def limit(self, most: int) -> None:
        """Let another number be the most, from now on."""
        with self._changed:
            if most != self._most:
                self._most = self._allowed = most
                self._good = 0
                self._changed.notify_all()

    def share(self, turns: SharedTurns | None, tell: Callable[[int, float], None] | None) -> None:
        """Take turns with another process as well, from now on, or with none any more.

        ``tell`` is called with what is learned here, for the other's ``learn``.
        """
        self._turns, self._tell = turns, tell

    def learn(self, allowed: int, closed_for: float) -> None:
        """Take in what a throttle of the same source has learned in another process."""
        with self._changed:
            if allowed < self._allowed:
                self._limits_met += 1
                self._good = 0
            self._allowed = max(1, min(allowed, self._most))
            if closed_for > 0:
                until = self._now() + timedelta(seconds=closed_for)
                self._closed_until = max(until, self._closed_until or until)
            self._changed.notify_all()

    @property
    def allowed(self) -> int:
        """How many requests may be under way at this moment."""
        return self._allowed

    def closed_for(self) -> float:
        """Say for how many more seconds the source wants to be left alone."""
        with self._changed:
            if self._closed_until is None:
                return 0.0
            return max(0.0, (self._closed_until - self._now()).total_seconds())

    def begin(self) -> int:
        """Wait for a turn; the result is for ``end``."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < self._allowed)
            self._under_way += 1
            turn = self._limits_met
        if self._turns is not None:
            self._turns.take(lambda: self._allowed)
        return turn

    def end(self, turn: int, *, limited: bool, away: float | None) -> None:
        """Give the turn back; ``away`` is for how many seconds the answer asked to stay away."""
        if self._turns is not None:
            self._turns.give_back()
        with self._changed:
            before = self._allowed
            self._under_way -= 1
            if away is not None:
                until = self._now() + timedelta(seconds=away)
                self._closed_until = max(until, self._closed_until or until)
            if limited:
                self._slow_down(turn)
            else:
                self._speed_up()
            allowed = self._allowed
            self._changed.notify_all()
        if self._tell is not None and (allowed != before or away is not None):
            self._tell(allowed, away or 0.0)

    def _slow_down(self, turn: int) -> None:
        if turn == self._limits_met:
            self._limits_met += 1
            self._allowed = max(1, self._allowed // 2)
        self._good = 0

    def _speed_up(self) -> None:
        self._good += 1
        if self._allowed < self._most and self._good >= GOOD_ROUNDS * self._allowed:
            self._allowed += 1
            self._good = 0


class Throttles:
    """One throttle per source, for as long as the program runs; threads share it.

    Whatever reads a source, a sync, a census or what a webhook named, takes its turns from the same
    one, and knows what the others were told.
    """

    def __init__(self, *, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._known: dict[str, tuple[object, SharedThrottle]] = {}

    def of(self, source: str, site: object, most: int) -> SharedThrottle:
        """Give the throttle of a source, which lets at most that many requests through.

        ``site`` is what its limits belong to, server and account: another one knows none of them.
        """
        with self._lock:
            known = self._known.get(source)
            if known is None or known[0] != site:
                known = site, SharedThrottle(most, now=self._now)
                self._known[source] = known
        known[1].limit(most)
        return known[1]
