"""From replayed cases to the result that people and programs get."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from ..calendar import WorkCalendar, display_finish
from .cases import HORIZON_DAYS, OURS, Case
from .held import Pair
from .result import Backtest, Group, MilestoneResult, PastForecast
from .scores import Samples, quantile
from .scoring import checkpoints
from .subjects import Subject

Scope = Literal["program", "project", "stream"]

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
