"""People as an assessment shows them: plans and work in progress, never how well anybody works."""

from datetime import date

import msgspec


class AllocationView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a working week that is planned for a project."""

    project: str
    share: float
    start: date | None = None
    end: date | None = None


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whose time is planned, or who has items in work in several projects."""

    id: str
    capacity: float
    load: float
    """What is planned for today, as a multiple of what she works."""
    peak: float
    """The most that is planned from today on."""
    allocations: tuple[AllocationView, ...] = ()
    doing: dict[str, int] = {}
    """Items in work by project."""


class StreamView(msgspec.Struct, frozen=True, kw_only=True):
    """What a team has promised against what it finishes."""

    id: str
    projects: tuple[str, ...]
    needed: float
    """Items a week that its open commitments need: the sum of what each needs until its day."""
    pace: float | None
    """Items a week, the median of its last weeks; None without four of them."""
    weeks: int
    """From which that is told."""
    commitments: tuple[str, ...]
    """Those that need most first."""


class PeopleView(msgspec.Struct, frozen=True, kw_only=True):
    """Everybody with allocations or with work in more than one project, by id, and the teams."""

    persons: tuple[PersonView, ...]
    streams: tuple[StreamView, ...]
