"""From replayed cases to the result that people and programs get."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from statistics import fmean
from typing import Literal, NamedTuple

import numpy as np

from ..calendar import WorkCalendar, display_finish
from ..portfolio.calibration import PIT_LEVELS, Resolved
from ..portfolio.facts import Facts
from ..records import MilestoneKind
from .cases import HORIZON_DAYS, OURS, Case
from .result import Backtest, Group, MilestoneResult, PastForecast
from .scores import Samples, pit, quantile
from .scoring import checkpoints
from .subjects import Subject

Scope = Literal["program", "project", "stream"]

MIDDLE = range(25, 76)
"""Checkpoints by which a program's calibration is judged: before, little is known to anybody, and
after, little is left to tell."""

_LEVELS = (0.5, 0.85, 0.95)

Pair = tuple[Subject, Case]

_GROUPS: Mapping[Scope, Callable[[Subject], str]] = {
    "program": lambda subject: subject.program,
    "project": lambda subject: subject.project,
    "stream": lambda subject: subject.stream,
}


def report(
    pairs: Sequence[Pair],
    calendars: Mapping[str, WorkCalendar],
    *,
    as_of: date,
    scope: Scope,
    trials: int,
    seed: int,
    hindsight: Iterable[str] = (),
) -> Backtest:
    """Put a result together; ``calendars`` turn the working days of forecasts into dates."""
    groups: dict[str, list[Case]] = defaultdict(list)
    for subject, case in pairs:
        groups[_GROUPS[scope](subject)].append(case)
    return Backtest(
        as_of=as_of,
        scope=scope,
        trials=trials,
        seed=seed,
        hindsight=tuple(hindsight),
        checkpoints=checkpoints([case for _, case in pairs], seed=seed),
        groups=tuple(
            Group(id=name, checkpoints=checkpoints(groups[name], seed=seed))
            for name in sorted(groups)
        ),
        milestones=tuple(_milestones(pairs, calendars)),
    )


def calibrations(pairs: Sequence[Pair], as_of: date) -> Mapping[str, Resolved]:
    """Say how the forecasts of each program held; one milestone is one unit of weight."""
    held: dict[str, dict[str, list[_Point]]] = defaultdict(lambda: defaultdict(list))
    for subject, case in pairs:
        samples = case.forecasts.get(OURS)
        if samples is not None and case.at in MIDDLE and not case.unfinished:
            held[subject.program][subject.id].append(
                _Point(
                    tuple(case.outcome <= quantile(samples, level) for level in _LEVELS),
                    pit(samples, case.outcome),
                )
            )
    return {program: _calibration(list(each.values()), as_of) for program, each in held.items()}


class _Point(NamedTuple):
    """One forecast against its outcome."""

    held: tuple[bool, ...]
    """Of each of ``_LEVELS``."""
    pit: float


def _calibration(points: Sequence[Sequence[_Point]], as_of: date) -> Resolved:
    p50, p85, p95 = (
        round(fmean(fmean(point.held[level] for point in one) for one in points), 4)
        for level in range(len(_LEVELS))
    )
    return Resolved(
        as_of=as_of,
        n=len(points),
        coverage_p50=p50,
        coverage_p85=p85,
        coverage_p95=p95,
        pit=_pits(points),
    )


def _pits(points: Sequence[Sequence[_Point]]) -> tuple[float, ...]:
    """Give the quantiles of where outcomes lay; a milestone's points share its weight."""
    weighed = sorted((point.pit, 1 / len(one)) for one in points for point in one)
    places = np.array([place for place, _ in weighed])
    middles = np.cumsum([weight for _, weight in weighed]) - [weight / 2 for _, weight in weighed]
    return tuple(
        round(float(each), 4) for each in np.interp(PIT_LEVELS, middles / len(points), places)
    )


def hindsight(facts: Facts) -> tuple[str, ...]:
    """Name what a replay of these facts takes as it is today, for want of a history."""
    told: list[str] = []
    changed = {source for source, _ in facts.changes}
    for source in sorted({source for source, _ in facts.items}):
        if source not in changed:
            told.append(
                f"{source}: no changes of items are known; which milestone an item belongs to, its "
                "estimate and its due date are those of today"
            )
        kinds = {
            each.kind for (name, _), each in facts.tracker_milestones.items() if name == source
        }
        if MilestoneKind.SPRINT in kinds:
            told.append(f"{source}: the planned days of a sprint are those of today")
    told.append("titles, types, labels and links without a time are those of today")
    told.append("so are commitments, ranks and dependencies in the operator's file")
    return tuple(told)


def _milestones(
    pairs: Sequence[Pair], calendars: Mapping[str, WorkCalendar]
) -> Iterable[MilestoneResult]:
    of: dict[str, list[Pair]] = defaultdict(list)
    for subject, case in pairs:
        of[subject.id].append((subject, case))
    for name in sorted(of):
        subject = of[name][0][0]
        cases = sorted((case for _, case in of[name]), key=lambda case: case.at)
        calendar = calendars[subject.calendar]
        committed = [case for case in cases if case.commitment is not None]
        yield MilestoneResult(
            id=name,
            title=subject.title,
            project=subject.project,
            start=subject.start,
            finish=subject.finish if subject.due is None else None,
            commitment=committed[-1].committed if committed else None,
            forecasts=tuple(_past(case, calendar) for case in cases),
        )


def _past(case: Case, calendar: WorkCalendar) -> PastForecast:
    samples = case.forecasts.get(OURS)

    def day(level: float) -> date | None:
        return None if samples is None else _day(samples, level, case.as_of, calendar)

    return PastForecast(
        at=case.at,
        as_of=case.as_of,
        status=case.status,
        p10=day(0.1),
        p50=day(0.5),
        p85=day(0.85),
        p95=day(0.95),
    )


def _day(samples: Samples, level: float, today: date, calendar: WorkCalendar) -> date | None:
    days = quantile(samples, level)
    if days >= HORIZON_DAYS:
        return None
    finish = calendar.add(today.toordinal(), round(days))
    return max(display_finish(finish, calendar), today + timedelta(days=1))
