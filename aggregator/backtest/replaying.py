"""Replays what a store knows as of past days, and forecasts there with today's code."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from msgspec import structs

from slipwatch.config.settings import SlipwatchSettings

from ..assessment import Status
from ..calendar import WorkCalendar
from ..forecast.quantiles import CENSORED, Days, probability_by
from ..forecast.recalibration import Recalibration
from ..making import commitment_instant
from ..outlook import WINDOW, forecast_portfolio
from ..portfolio.build import Built, build_portfolio, end_of_day
from ..portfolio.facts import Facts, Ref
from ..portfolio.model import Milestone, Portfolio
from ..portfolio.series import Series
from ..records import ChangedField
from ..status import colour
from .baselines import BASELINES, Baseline, Standing
from .cases import OURS, Case, distribution
from .held import Pair, calibrations
from .needed import needed
from .past import unspoilt
from .subjects import CHECKPOINTS, Choice, Subject, finishes_of, subjects_of

_WEEK = timedelta(weeks=1)
TRIALS = 1000
"""Enough: what is scored is a milestone, and chance between milestones is far larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How the past is replayed."""

    checkpoints: Sequence[int] = CHECKPOINTS
    trials: int = TRIALS
    seed: int = 0
    window: int = WINDOW
    baselines: Mapping[str, Baseline] = field(default_factory=lambda: BASELINES)
    last_week: bool = False
    """Whether to score the forecast of a week before too (B5); it takes twice as long."""


def find_subjects(
    settings: SlipwatchSettings, facts: Facts, today: date, *, now: datetime, choice: Choice
) -> list[Subject]:
    """Find the milestones of a store that are over; archived ones were alive once."""
    return list(subjects_of(_alive(settings, facts, today, now).portfolio, choice))


def _alive(settings: SlipwatchSettings, facts: Facts, today: date, now: datetime) -> Built:
    """Build today's portfolio, with archived milestones."""
    alive = replace(
        facts,
        tracker_milestones={
            ref: structs.replace(milestone, archived=False)
            for ref, milestone in facts.tracker_milestones.items()
        },
    )
    return build_portfolio(settings, alive, today, now=now)


def _finishes(built: Built, found: Iterable[Subject]) -> Mapping[Ref, date]:
    """Say when each tracker milestone was really over: with the first that is made of it."""
    over = {
        **finishes_of(built.portfolio),
        **{subject.id: subject.finish for subject in found},
    }
    finishes: dict[Ref, date] = {}
    for name, finish in over.items():
        for ref in built.made_of.get(name, ()):
            finishes[ref] = min(finishes.get(ref, finish), finish)
    return finishes


def replay(
    settings: SlipwatchSettings,
    facts: Facts,
    found: Sequence[Subject],
    *,
    now: datetime,
    how: Replay,
) -> Iterator[tuple[Subject, Case]]:
    """Yield a case for each checkpoint of each milestone that is over, in the order of days.

    ``facts`` must hold the changes of items. Every forecast rests on what was known by the end of
    its day; every milestone is open until it was really finished, whatever day was typed for it.
    It is corrected by how forecasts held that were over by then, as somebody would have had it who
    had run a back-test on that day.
    """
    days: dict[date, list[tuple[Subject, int]]] = defaultdict(list)
    weeks_before: dict[date, list[Subject]] = defaultdict(list)
    for subject in found:
        for at in how.checkpoints:
            day = subject.day(at)
            if day < subject.finish:
                days[day].append((subject, at))
                if how.last_week:
                    weeks_before[day - _WEEK].append(subject)
    zone = ZoneInfo(settings.timezone)
    finishes = _finishes(_alive(settings, facts, now.astimezone(zone).date(), now), found)
    earlier: dict[tuple[str, date], Days] = {}
    track, series = _Track(), Series(facts)
    for day in sorted({*days, *weeks_before}):
        unfinished = {ref for ref, finish in finishes.items() if finish > day}
        past = unspoilt(facts, end_of_day(day, zone), unfinished)
        built = build_portfolio(settings, past, day, now=now, series=series)
        open_ones = {subject.id for subject in found if subject.finish > day}
        wanted = [*weeks_before[day], *(subject for subject, _ in days[day])]
        known = _reopened(built, open_ones)
        then = _Day(known, past, zone, how, track.recalibrations(day), wanted)
        for subject in weeks_before[day]:
            finish = then.finish(subject)
            if finish is not None:
                earlier[subject.id, day] = finish
        for subject, at in days[day]:
            case = then.case(subject, at, earlier.get((subject.id, day - _WEEK)))
            if case is not None:
                track.add(subject, case)
                yield subject, case


class _Track:
    """How the forecasts of a replay held so far."""

    def __init__(self) -> None:
        self._open: list[Pair] = []
        self._over: list[Pair] = []
        self._found: Mapping[str, Recalibration] = {}

    def add(self, subject: Subject, case: Case) -> None:
        """Take in a forecast whose outcome is known later."""
        if not case.unfinished:
            self._open.append((subject, case))

    def recalibrations(self, day: date) -> Mapping[str, Recalibration]:
        """Say by program how forecasts are corrected whose milestones were over before a day."""
        resolved = [pair for pair in self._open if pair[0].finish < day]
        if resolved:
            self._open = [pair for pair in self._open if pair[0].finish >= day]
            self._over += resolved
            found = calibrations(self._over, day)
            self._found = {program: Recalibration(each) for program, each in found.items()}
        return self._found


def _reopened(built: Built, open_ones: set[str]) -> Built:
    """Keep milestones open whose typed day came before their last work."""
    milestones = {
        name: replace(known, closed=False, actual=None, stated=None)
        if name in open_ones and known.closed
        else known
        for name, known in built.portfolio.milestones.items()
    }
    return replace(built, portfolio=replace(built.portfolio, milestones=milestones))


class _Day:
    def __init__(
        self,
        built: Built,
        facts: Facts,
        zone: ZoneInfo,
        how: Replay,
        recalibrations: Mapping[str, Recalibration],
        wanted: Iterable[Subject],
    ) -> None:
        self._members = built.members
        self._portfolio: Portfolio = built.portfolio
        self._facts = facts
        self._zone = zone
        self._how = how
        self._recalibrations = recalibrations
        self._plan = forecast_portfolio(
            needed(built.portfolio, [subject.id for subject in wanted]),
            seed=how.seed,
            trials=how.trials,
            window=how.window,
        )

    def finish(self, subject: Subject) -> Days | None:
        """Give the finish instant of a milestone in every trial, as far as it can be forecast."""
        finish, recalibration = self._uncorrected(subject), self._recalibration(subject)
        if finish is None or recalibration is None:
            return finish
        return self._plan.corrected_by(recalibration, subject.id, finish)

    def _uncorrected(self, subject: Subject) -> Days | None:
        return self._plan.finishes.get(subject.id)

    def _recalibration(self, subject: Subject) -> Recalibration | None:
        found = self._recalibrations.get(subject.program)
        return found if found is not None and found.corrects else None

    def case(self, subject: Subject, at: int, earlier: Days | None) -> Case | None:
        """Forecast a milestone and do all else that a forecast is compared with.

        ``earlier`` is its finish as it was forecast a week before. None for one that was not there.
        """
        milestone = self._portfolio.milestones.get(subject.id)
        if milestone is None:
            return None
        day = self._portfolio.as_of
        calendar = self._portfolio.calendars[milestone.calendar]
        committed = milestone.commitment or milestone.plan or milestone.promise
        samples, raw = self.finish(subject), None
        if samples is not None and self._recalibration(subject) is not None:
            raw = self._uncorrected(subject)
        standing = self._standing(milestone, calendar)
        return Case(
            milestone=subject.id,
            title=subject.title,
            group=subject.project,
            at=at,
            as_of=day,
            outcome=_days(day, subject.finish, calendar),
            unfinished=subject.due is not None,
            forecasts={
                OURS: None if samples is None else _from(day, samples, calendar),
                **{name: make(standing) for name, make in self._how.baselines.items()},
                "last_week": None if earlier is None else _from(day, earlier, calendar),
            },
            uncorrected=None if raw is None else _from(day, raw, calendar),
            commitment=None if committed is None else _days(day, committed, calendar),
            committed=committed,
            status=_status(samples, committed, day),
        )

    def _standing(self, milestone: Milestone, calendar: WorkCalendar) -> Standing:
        portfolio = self._portfolio
        return Standing(
            milestone=milestone,
            stream=portfolio.streams[milestone.stream or ""],
            calendar=calendar,
            as_of=portfolio.as_of,
            joined=[self._joined(ref) for ref in self._members.get(milestone.id, ())],
            slips=[
                calendar.between(other.baseline.finish, other.actual)
                for other in portfolio.milestones.values()
                if other.program == milestone.program
                and other.actual is not None
                and other.baseline.finish is not None
            ],
            trials=self._how.trials,
            seed=self._how.seed,
        )

    def _joined(self, ref: Ref) -> date:
        """Find since when an item is in its milestone: it moved there, or was made there."""
        moved = [
            day
            for change in self._facts.changes.get(ref, ())
            if change.field is ChangedField.MILESTONE and change.new is not None
            for day in [change.at.astimezone(self._zone).date()]
            if day <= self._portfolio.as_of
        ]
        made = self._facts.items[ref].created_at.astimezone(self._zone).date()
        return max(moved, default=made)


def _days(today: date, day: date, calendar: WorkCalendar) -> float:
    return float(calendar.workdays(today.toordinal(), commitment_instant(day)))


def _from(today: date, finishes: Days, calendar: WorkCalendar) -> np.ndarray:
    days = calendar.workdays(today.toordinal(), finishes)
    return distribution(np.where(finishes >= CENSORED, CENSORED, days).astype(np.int32))


def _status(samples: Days | None, committed: date | None, today: date) -> Status | None:
    if committed is None:
        return None
    if committed < today:
        return "red"
    if samples is None:
        return "grey"
    return colour(probability_by(samples, commitment_instant(committed)))
