"""How many requests of one source may be under way: learned from its answers.

As congestion control does it: half as many after a rate limit, or the warning that one is near, one
more after a while without. A limit of one endpoint, such as those of Jira Cloud for bursts, slows
down that endpoint alone.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from slipwatch.aggregator.connector import Turn

from .turns import SharedTurns

GOOD_ROUNDS = 10
"""So many good answers for each request that is allowed at once, before one more is."""


@dataclass(slots=True)
class _Lane:
    """An endpoint that met a limit of its own."""

    allowed: int
    under_way: int = 0
    good: int = 0
    limits_met: int = 0
    closed_until: datetime | None = None


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
        self._lanes: dict[str, _Lane] = {}
        self._turns: SharedTurns | None = None
        self._tell: Callable[[int, float], None] | None = None
        self._changed = threading.Condition()

    def join(self) -> None:
        """Let one more use it; the first after a pause was told by the schedule when to ask."""
        with self._changed:
            if self._users == 0:
                self._closed_until = None
                for lane in self._lanes.values():
                    lane.closed_until = None
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
                for lane in self._lanes.values():
                    lane.allowed = min(lane.allowed, most)
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

    def allowed_at(self, endpoint: str) -> int:
        """How many of them may be of an endpoint."""
        lane = self._lanes.get(endpoint)
        return self._allowed if lane is None else min(self._allowed, lane.allowed)

    def closed_for(self, endpoint: str = "") -> float:
        """Say for how many more seconds the source, or this endpoint, wants to be left alone."""
        with self._changed:
            lane = self._lanes.get(endpoint)
            times = (self._closed_until, None if lane is None else lane.closed_until)
            waits = [(at - self._now()).total_seconds() for at in times if at is not None]
            return max(0.0, *waits) if waits else 0.0

    def begin(self, endpoint: str = "") -> Turn:
        """Wait for a turn; the result is for ``end``."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_free(endpoint))
            self._under_way += 1
            lane = self._lanes.get(endpoint)
            if lane is not None:
                lane.under_way += 1
            turn = Turn(endpoint, self._limits_met, None if lane is None else lane.limits_met)
        if self._turns is not None:
            self._turns.take(lambda: self._allowed)
        return turn

    def end(
        self, turn: Turn, *, limited: bool, away: float | None, of_endpoint: bool = False
    ) -> None:
        """Give the turn back; ``away`` is for how many seconds the answer asked to stay away.

        Another process is told of what is about the whole source.
        """
        if self._turns is not None:
            self._turns.give_back()
        with self._changed:
            before = self._allowed
            self._under_way -= 1
            self._end_in_lane(turn, limited=limited and of_endpoint, away=away, good=not limited)
            if not of_endpoint:
                self._end_in_source(turn, limited=limited, away=away)
            allowed = self._allowed
            self._changed.notify_all()
        said = allowed != before or (away is not None and not of_endpoint)
        if self._tell is not None and said:
            self._tell(allowed, away or 0.0)

    def _is_free(self, endpoint: str) -> bool:
        lane = self._lanes.get(endpoint)
        return self._under_way < self._allowed and (
            lane is None or lane.under_way < self.allowed_at(endpoint)
        )

    def _end_in_source(self, turn: Turn, *, limited: bool, away: float | None) -> None:
        if away is not None:
            until = self._now() + timedelta(seconds=away)
            self._closed_until = max(until, self._closed_until or until)
        if limited:
            self._slow_down(turn.limits)
        else:
            self._speed_up()

    def _end_in_lane(self, turn: Turn, *, limited: bool, away: float | None, good: bool) -> None:
        """Let an endpoint alone learn; it has a lane from its first limit on."""
        lane = self._lanes.get(turn.endpoint)
        if lane is not None and turn.bursts is not None:
            lane.under_way -= 1
        if limited:
            lane = self._lanes.setdefault(turn.endpoint, lane or _Lane(self._allowed))
            if (turn.bursts or 0) == lane.limits_met:
                lane.limits_met += 1
                lane.allowed = max(1, lane.allowed // 2)
            lane.good = 0
            if away is not None:
                until = self._now() + timedelta(seconds=away)
                lane.closed_until = max(until, lane.closed_until or until)
        elif lane is not None and good:
            lane.good += 1
            if lane.allowed < self._most and lane.good >= GOOD_ROUNDS * lane.allowed:
                lane.allowed, lane.good = lane.allowed + 1, 0

    def _slow_down(self, known: int) -> None:
        if known == self._limits_met:
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
