"""The outside view of a portfolio: what its plan dates are worth (DOMAIN.md 2.2, 2.6).

The plan of a milestone under way is read with the bias that such plans had: of the project, the
program and the organisation, and where they are too few, of the public histories.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ..calendar import WorkCalendar
from ..portfolio.model import Milestone, Portfolio
from ..records import MilestoneKind
from .boxes import BoxEnds, Ended
from .estimates import Estimates, Floats, remaining_days
from .prior import Prior, shipped
from .record import Outcome, Record

_LOOKS = 8
"""How often the life of a finished milestone is looked back at, evenly."""
_HELD = 28
"""Days after which a date that stands in a tracker is a plan, though nobody says when it began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plans:
    """A milestone's plan over time, as day ordinals."""

    seen: tuple[int, ...]
    """The days from which on each plan was known, ascending."""
    planned: tuple[int | None, ...]
    """None from the day on which a date was taken away."""

    @property
    def first(self) -> int | None:
        """The day on which its first plan was seen; None when that was before all records."""
        seen = next((day for day, plan in zip(self.seen, self.planned, strict=True) if plan), None)
        return seen or None

    def on(self, day: int) -> tuple[int, int] | None:
        """Return the first plan and the one known on a day; None where there was none."""
        known = bisect_right(self.seen, day)
        now = self.planned[known - 1] if known else None
        first = next((plan for plan in self.planned if plan is not None), None)
        return None if now is None or first is None else (first, now)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Remaining:
    """What remains of a milestone by its plan date."""

    days: Floats
    """Calendar days, at the middles of ``GRID`` equal strata, ascending."""
    trust: float
    """How far this may count beside a team's pace, from 0 to 1: as far as it rests on the program's
    own past."""


class OutsideView:
    """Reads the plan dates of a portfolio's milestones, each in the light of all finished ones."""

    def __init__(self, portfolio: Portfolio, prior: Prior | None = None) -> None:
        self._as_of = portfolio.as_of
        self._prior = prior or shipped()
        self._outcomes: dict[MilestoneKind | None, list[tuple[date, Outcome]]] = defaultdict(list)
        for milestone in portfolio.milestones.values():
            outcome = _outcome(milestone)
            if outcome is not None and milestone.actual is not None:
                self._outcomes[_box(milestone)].append((milestone.actual, outcome))
        ended = (
            _ended(milestone, portfolio.calendars[milestone.calendar])
            for milestone in portfolio.milestones.values()
        )
        self._boxes = BoxEnds([each for each in ended if each is not None], self._prior)
        self._calendars = portfolio.calendars
        self._records: Mapping[MilestoneKind | None, Record] = {
            kind: self._record(kind, date.max) for kind in (None, MilestoneKind.SPRINT)
        }

    def remaining(self, milestone: Milestone) -> Remaining | None:
        """Return what remains of it by its plan date; None without evidence.

        There is none without a plan date, nor before work has begun: a date that people have held
        for four weeks tells as much.
        """
        plan = milestone.plan or milestone.commitment
        if plan is None:
            return None
        plans = _plans(milestone)
        known = plans.on(self._as_of.toordinal())
        moved = plan.toordinal() - known[0] if known else 0
        record = self._records[_box(milestone)]
        found = self._read(milestone, plans, self._as_of, (plan.toordinal(), moved), record)
        if found is None or milestone.kind is not MilestoneKind.SPRINT:
            return found
        boxed = self._boxes.remaining(
            milestone.program,
            milestone.project,
            plan.toordinal(),
            self._as_of.toordinal(),
            self._calendars[milestone.calendar],
        )
        return found if boxed is None else replace(found, days=boxed)

    def looked_back(self, milestone: Milestone, days: Sequence[date]) -> list[Remaining | None]:
        """Return what remained of a finished one by the plans of some days, oldest first.

        In the light of what was finished before the first of them.
        """
        plans, record = _plans(milestone), self._record(_box(milestone), days[0])
        found: list[Remaining | None] = []
        for day in days:
            known = plans.on(day.toordinal())
            said = known and (known[1], known[1] - known[0])
            found.append(said and self._read(milestone, plans, day, said, record))
        return found

    def _record(self, kind: MilestoneKind | None, before: date) -> Record:
        known = [outcome for actual, outcome in self._outcomes[kind] if actual < before]
        return Record(known, self._prior.slippage(kind), self._prior)

    def _read(
        self,
        milestone: Milestone,
        plans: _Plans,
        day: date,
        plan: tuple[int, int],
        record: Record,
    ) -> Remaining | None:
        """Read a plan on a day, given with the days by which it had moved, by a record."""
        today = day.toordinal()
        begun = _work_began(milestone, day)
        if begun is None and plans.first is not None and today - plans.first >= _HELD:
            begun = plans.first
        if begun is None:
            return None
        said = Estimates.of([_said(begun, today, *plan)])
        bias = record.bias(milestone.program, milestone.project, float(said.stage[0]))
        slippage = self._prior.slippage(_box(milestone))
        days = remaining_days(said, slippage, self._prior.age_root, bias)
        return Remaining(days=days, trust=bias.trust)

    @property
    def is_proven(self) -> bool:
        """Whether anything finished here tells what plan dates are worth, sprints aside."""
        return self._records[None].units > 0

    @property
    def pace_off(self) -> float:
        """By how much the pace of a team is off, see ``Prior``."""
        return self._prior.pace_off


def _work_began(milestone: Milestone, by: date) -> int | None:
    """Return the day on which work began, as planned or in truth; None when it has not.

    An item's work may be older than the sprint or the release it is in.
    """
    known = (milestone.plan_start, milestone.started)
    return next((day.toordinal() for day in known if day is not None and day <= by), None)


def _ended(milestone: Milestone, calendar: WorkCalendar) -> Ended | None:
    """Tell how a time box ended that is over."""
    if milestone.kind is not MilestoneKind.SPRINT:
        return None
    if milestone.actual is None or milestone.plan is None:
        return None
    return Ended(
        program=milestone.program,
        project=milestone.project,
        closed=milestone.actual.toordinal(),
        slip=calendar.between(milestone.plan, milestone.actual),
    )


def _outcome(milestone: Milestone) -> Outcome | None:
    """Look back at the life of a finished milestone, with the plans known at the time."""
    if milestone.actual is None or milestone.external:
        return None
    plans = _plans(milestone)
    began = _work_began(milestone, milestone.actual)
    begun, end = plans.first if began is None else began, milestone.actual.toordinal() + 1
    if begun is None or end - begun < _LOOKS:
        return None
    looks = list(_looks(plans, begun, end))
    if not looks:
        return None
    return Outcome(
        program=milestone.program,
        project=milestone.project,
        said=[said for said, _ in looks],
        actual=[remained for _, remained in looks],
    )


def _looks(
    plans: _Plans, begun: int, end: int
) -> Iterator[tuple[tuple[float, float, float], float]]:
    for look in range(_LOOKS):
        day = begun + round((end - begun) * (look + 0.5) / _LOOKS)
        known = plans.on(day)
        if known is not None and day < end:
            first, plan = known
            yield _said(begun, day, plan, plan - first), end - day


def _said(begun: int, day: int, plan: int, moved: int) -> tuple[float, float, float]:
    return day - begun, plan + 1 - day, moved


def _plans(milestone: Milestone) -> _Plans:
    """Read the ledger; a baseline that it does not begin with was the plan before it.

    The end of a sprint is set when it begins, and hardly ever moved.
    """
    seen = [(o.at.date().toordinal(), o.value) for o in milestone.history]
    before = milestone.baseline.finish
    if milestone.kind is MilestoneKind.SPRINT:
        before = milestone.plan
    if before is not None and before != next((plan for _, plan in seen if plan is not None), None):
        seen.insert(0, (0, before))
    return _Plans(
        seen=tuple(day for day, _ in seen),
        planned=tuple(None if plan is None else plan.toordinal() for _, plan in seen),
    )


def _box(milestone: Milestone) -> MilestoneKind | None:
    """Tell time boxes, which end by the calendar, from all else."""
    return MilestoneKind.SPRINT if milestone.kind is MilestoneKind.SPRINT else None
