"""The log of colours: what changed, and what changed it."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

import msgspec

from ..assessment import (
    Assessment,
    ChanceMoved,
    Dates,
    DaysMoved,
    Forecast,
    MilestoneView,
    Movement,
    ProgramView,
    ProjectView,
)
from ..communication.model import OpenFinding
from ..health.history import MILESTONE, OVERALL, PORTFOLIO, REPORTED, ColourChange
from ..health.views import WORST_FIRST, DimensionHealth, Health, Status
from ..store.model import FindingEvent
from .dimensions import dimension_of
from .places import places_of

Cause = Literal[
    "first",
    "date",
    "pace",
    "scope",
    "upstream",
    "data",
    "file",
    "finding",
    "cost",
    "benefits",
    "people",
    "reported",
]
"""``first`` is no change: it is the colour that was seen first. What a finding turned has the cause
of the finding, such as a date or the operator's file, and ``finding`` where none is known."""
_OVER = frozenset({"closed", "eased", "waived", "suppressed"})
"""What may happen to a finding that makes a colour better."""


class SeenMilestone(msgspec.Struct, frozen=True):
    """A milestone as the assessment before said it was, as far as it tells why it changed."""

    id: str
    status: Status
    dates: Dates
    forecast: Forecast
    scope: "SeenScope"


class SeenScope(msgspec.Struct, frozen=True):
    """How many items it had."""

    done: int
    remaining: int


class Before(msgspec.Struct, frozen=True):
    """The assessment before, whatever else its version said."""

    milestones: tuple[SeenMilestone, ...] = ()
    findings: tuple[OpenFinding, ...] = ()


def read_before(body: bytes) -> Before | None:
    """Read a stored assessment; None for one of a version that cannot be read."""
    try:
        return msgspec.json.decode(body, type=Before)
    except msgspec.DecodeError:
        return None


def colour_changes(
    known: Mapping[tuple[str, str], Status],
    assessment: Assessment,
    before: Before | None,
    *,
    at: datetime,
    events: Iterable[FindingEvent] = (),
) -> Iterator[ColourChange]:
    """Yield what is another colour than ``known``, by subject and dimension, and why.

    ``events`` are what just happened to findings.
    """
    teller = _Teller(known, assessment, before, at, events)
    yield from teller.milestones()
    views: list[ProgramView | ProjectView] = [*assessment.projects, *assessment.programs]
    for view in views:
        yield from teller.place(view.id, view.health)
        yield from teller.reported(view)
    yield from teller.place(PORTFOLIO, assessment.health)


class _Teller:
    """Tells why a colour changed, from the milestones up."""

    def __init__(
        self,
        known: Mapping[tuple[str, str], Status],
        assessment: Assessment,
        before: Before | None,
        at: datetime,
        events: Iterable[FindingEvent],
    ) -> None:
        self.known = known
        self.found: dict[tuple[str, str], Cause] = {}
        """What made findings worse, by rule and subject."""
        self.ended: dict[tuple[str, str], Cause] = {}
        """What made findings better, by place and dimension."""
        for event in events:
            cause = msgspec.convert(event.cause, Cause)
            dimension = dimension_of(event.rule)
            if event.event not in _OVER:
                self.found[event.rule, event.subject] = cause
            elif dimension is not None:
                for place in (PORTFOLIO, *places_of(event.subject)):
                    self.ended[place, dimension] = cause
        self.day = assessment.as_of
        self.at = at
        self.views = assessment.milestones
        self.before = {one.id: one for one in before.milestones} if before is not None else {}
        self.drivers = {view.id: view.network.drivers for view in assessment.milestones}
        self.now = {view.id: view for view in assessment.milestones}
        self.causes: dict[str, Cause] = {}
        """Why milestones changed, by id."""

    def milestones(self) -> Iterator[ColourChange]:
        for view in self.views:
            change = self._change(
                view.id, MILESTONE, view.status, self._of_milestone(view), "; ".join(view.reasons)
            )
            if change is not None:
                if change.before is not None:
                    self.causes[view.id] = self._of_milestone(view)
                yield change

    def place(self, subject: str, health: Health | None) -> Iterator[ColourChange]:
        if health is None:
            return
        changed: list[DimensionHealth] = []
        for each in health.dimensions:
            cause, reason = self._of_dimension(subject, each), each.reasons[0].text
            change = self._change(subject, each.dimension, each.status, cause, reason)
            if change is not None:
                changed.append(each)
                yield change
        decisive = [each for each in changed if each.status == health.status] or changed
        cause = self._of_dimension(subject, decisive[0]) if decisive else "data"
        change = self._change(subject, OVERALL, health.status, cause, health.reasons[0])
        if change is not None:
            yield change

    def reported(self, view: ProgramView | ProjectView) -> Iterator[ColourChange]:
        said = view.reported
        if said is not None:
            reason = said.text or f"reported in {said.origin}"
            change = self._change(view.id, REPORTED, said.status, "reported", reason)
            if change is not None:
                yield change

    def _change(
        self, subject: str, dimension: str, after: Status, cause: Cause, reason: str
    ) -> ColourChange | None:
        was = self.known.get((subject, dimension))
        if was == after:
            return None
        return ColourChange(
            at=self.at,
            day=self.day,
            subject=subject,
            dimension=dimension,
            before=was,
            after=after,
            cause="first" if was is None else cause,
            reason=reason,
        )

    def _of_milestone(self, view: MilestoneView) -> Cause:
        was = self.before.get(view.id)
        known = self.known.get((view.id, MILESTONE))
        if "grey" in (view.status, known):
            return "data"
        if was is not None and was.dates.commitment != view.dates.commitment:
            return "date"
        told = _largest(view.movement, worse=_is_worse(view.status, known))
        if told is not None or was is None:
            return told or "data"
        if was.dates.plan != view.dates.plan:
            return "date"
        if was.scope.done + was.scope.remaining != view.scope.done + view.scope.remaining:
            return "scope"
        if any(self._moved(driver) for driver in view.network.drivers if driver != view.id):
            return "upstream"
        return "pace"

    def _moved(self, milestone: str) -> bool:
        was, view = self.before.get(milestone), self.now.get(milestone)
        return was is not None and view is not None and was.forecast.p50 != view.forecast.p50

    def _of_dimension(self, subject: str, each: DimensionHealth) -> Cause:
        if "grey" in (each.status, self.known.get((subject, each.dimension))):
            return "data"
        reason = each.reasons[0]
        if reason.rule:
            return self.found.get((reason.rule, reason.subject), "finding")
        match each.dimension:
            case "schedule":
                return self._of_schedule(subject, each)
            case "scope" | "cost" | "benefits" | "people":
                return each.dimension
            case "risk" | "governance" | "communication":
                return self.ended.get((subject, each.dimension), "finding")

    def _of_schedule(self, subject: str, each: DimensionHealth) -> Cause:
        """Name why the milestone changed that the schedule turns on, or else any of its own."""
        named = [reason.subject for reason in each.reasons if reason.subject in self.causes]
        inside = [one for one in self.causes if not subject or one.startswith(f"{subject}/")]
        for milestone in (*named, *inside):
            return self.causes[milestone]
        # None of them turned: there are others than before, or their weights are.
        return "scope"


def _is_worse(status: Status, before: Status | None) -> bool:
    return before is None or WORST_FIRST.index(status) < WORST_FIRST.index(before)


def _largest(movement: Movement | None, *, worse: bool) -> Cause | None:
    """Name the largest part of a movement that went the way of a change; None where none did."""
    if movement is None:
        return None
    if movement.p_on_time is not None:
        moved: ChanceMoved | DaysMoved = movement.p_on_time
        sign = -1 if worse else 1
    elif movement.p50 is not None:
        moved = movement.p50
        sign = 1 if worse else -1
    else:
        return None
    parts: Mapping[Cause, float] = {
        "date": sign * (moved.dates + moved.calendar),
        "pace": sign * moved.pace,
        "scope": sign * moved.scope,
        "upstream": sign * moved.upstream,
        "data": sign * (moved.data + moved.model),
    }
    found = max(parts, key=lambda part: parts[part])
    return found if parts[found] > 0 else None
