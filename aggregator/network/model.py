"""What a network is made of: activities, and edges that say what waits for what.

All times are instants and all durations working days (DOMAIN.md 1.1). Wherever an array is
taken it holds one value per trial; one of length 1 holds in all trials.
"""

from dataclasses import KW_ONLY, dataclass
from typing import Final

from ..calendar import IntArray, WorkCalendar

START_BOUND: Final = frozenset({"fs", "ss"})
"""Edge types that bound the start of their downstream activity; the others bound its finish."""
FROM_START: Final = frozenset({"ss", "sf"})
"""Edge types that run from the start of their upstream activity."""
TYPES: Final = frozenset({"fs", "ss", "ff", "sf", "partial"})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Activity:
    """A piece of work, an event or somebody else's promise."""

    id: str
    calendar: WorkCalendar
    duration: int | IntArray | None = None
    """Remaining working days; None when nobody knows, 0 for an event."""
    earliest_start: int | IntArray | None = None
    """Its own (remaining) work cannot go on before: a date set by people, or the turn of its
    team's queue."""
    started: int | None = None
    """Its actual start: what remains runs from as_of on."""
    finished: tuple[int, int] | None = None
    """Its actual start and finish; nothing moves it any more."""
    released: int | IntArray | None = None
    """The finish that a third party promises. Edges can make it later; a promise that has passed
    moves to the end of the next working day."""
    must_start: int | None = None
    """It starts at this instant whatever it waits for, unless it has begun or the day has passed:
    a hard constraint."""
    must_finish: int | None = None
    """It finishes at this instant whatever it waits for, if what remains can still be done by then:
    a hard constraint."""
    override: bool = False
    """Progress override: once started, it no longer waits for edges that bound its start."""

    def with_numbers(
        self,
        *,
        duration: int | IntArray | None,
        earliest_start: int | IntArray | None,
        released: int | IntArray | None,
    ) -> "Activity":
        """Return it with other numbers: ``dataclasses.replace`` takes five times as long."""
        return Activity(
            id=self.id,
            calendar=self.calendar,
            duration=duration,
            earliest_start=earliest_start,
            started=self.started,
            finished=self.finished,
            released=released,
            must_start=self.must_start,
            must_finish=self.must_finish,
            override=self.override,
        )

    @property
    def pinned(self) -> bool:
        """Say whether a hard constraint sets its dates, and no edge."""
        if self.finished is not None or self.released is not None or self.duration is None:
            return False
        return self.must_finish is not None or (
            self.must_start is not None and self.started is None
        )

    @property
    def unknown(self) -> bool:
        """Say whether nobody knows when it could be done, even if nothing held it up."""
        return self.duration is None and self.finished is None and self.released is None


@dataclass(frozen=True, slots=True, eq=False)
class Edge:
    """``downstream`` waits for ``upstream`` (DOMAIN.md 1.4 and 3.1).

    ``partial`` bounds the finish alone: the blocked part of the downstream work can only be done
    after the upstream finish, and the rest does not wait. Edges are compared by identity.
    """

    upstream: str
    downstream: str
    _: KW_ONLY
    type: str = "fs"
    """One of fs, ss, ff, sf, partial."""
    lag: int = 0
    """Working days, or elapsed days; negative for a lead."""
    elapsed: bool = False
    lag_calendar: WorkCalendar | None = None
    """Where lag days are worked; None means the downstream activity's calendar."""
    blocked: int | IntArray | None = None
    """Working days of the blocked part, for ``partial``; None means 0."""

    def __post_init__(self) -> None:
        if self.type not in TYPES:
            raise ValueError(
                f"edge {self.upstream} -> {self.downstream}: type {self.type!r} is none of "
                + ", ".join(sorted(TYPES))
            )
