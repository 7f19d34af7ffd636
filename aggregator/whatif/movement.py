"""Why a forecast is another one than it was, in seven parts that sum to the whole.

The old portfolio is walked to the new one stage by stage (``stages.py``), every stage is forecast
with the same random numbers, and what a stage moves is that part's. At every stage a milestone is
also forecast with its own change and the old dates of what it waits for: the rest of its move
comes from upstream. By what today's forecast of the old portfolio differs from what was said then,
the model moved it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Generic, TypeVar

from ..assessment import ChanceMoved, DaysMoved, Forecast, MilestoneView, Movement
from ..calendar import WorkCalendar
from ..memory import Memory
from ..outlook import TRIALS, WINDOW, Outlook
from ..portfolio.model import Portfolio
from .stages import stages, start, waiting

PARTS: Final = ("pace", "scope", "upstream", "dates", "calendar", "model", "data")

SAMPLES: Final = 2_000_000
"""Trials times milestones of a stage: five forecasts more take neither long nor much memory so."""
FEWEST: Final = 500
"""Trials; with fewer a P50 would wander by days."""
_DIGITS = 6
"""Probabilities are rounded to as many before they are shown."""

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Said:
    """What an assessment said of a milestone."""

    p50: date | None
    p_on_time: float | None

    @classmethod
    def by(cls, forecast: Forecast) -> "Said":
        """Keep of a forecast what can be seen to move."""
        return cls(forecast.p50, forecast.p_on_time)


def movements(
    then: Portfolio,
    said_then: Mapping[str, Said] | None,
    now: Portfolio,
    views: Iterable[MilestoneView],
    *,
    seed: int,
    trials: int = TRIALS,
    window: int = WINDOW,
    samples: int = SAMPLES,
) -> dict[str, Movement]:
    """Explain how the forecasts of ``views``, made of ``now``, came from those of an earlier day.

    ``said_then`` is what was said that day; without it, today's forecast of the old portfolio
    stands for it, and nothing is the model's. Milestones that did not move are left out, and those
    that were not there, or not known, on one of the two days. With more milestones than ``samples``
    allow all ``trials`` for, fewer are made: what that makes of a forecast is the model's, too.
    """
    few = min(trials, max(samples // max(len(now.milestones), 1), FEWEST))
    said_now = {view.id: Said.by(view.forecast) for view in views if view.id in then.milestones}
    if said_then is not None and not _moved(said_then, said_now):
        return {}

    memory = Memory()

    def look_ahead(portfolio: Portfolio) -> Outlook:
        return Outlook(portfolio, seed=seed, trials=few, window=window, memory=memory)

    outlook = look_ahead(start(then, now))
    first = {name: Said.by(outlook.forecast(name)) for name in said_now}
    begin = first if said_then is None else said_then
    stories = {
        name: _Story(begin[name], said_now[name], now.calendars[now.milestones[name].calendar])
        for name in _moved(begin, said_now)
    }
    if not stories:
        return {}
    for name, story in stories.items():
        story.move("model", first[name], first[name])
    held = {*waiting(then), *waiting(now)}
    for stage in stages(then, now):
        if stage.portfolio is now:
            break
        later = look_ahead(stage.portfolio)
        for name, story in stories.items():
            whole = Said.by(later.forecast(name))
            own = Said.by(later.forecast_after(outlook, name)) if name in held else whole
            story.move(stage.part, own, whole)
        outlook = later
    # With all trials, the views are the forecasts of the last stage.
    last = look_ahead(now) if few < trials else None
    for name, story in stories.items():
        whole = said_now[name] if last is None else Said.by(last.forecast(name))
        story.move("upstream" if name in held else "model", whole, whole)
        story.move("model", said_now[name], said_now[name])
    return {
        name: movement
        for name, story in stories.items()
        if (movement := story.told(then.as_of)) is not None
    }


def _moved(before: Mapping[str, Said], after: Mapping[str, Said]) -> list[str]:
    return [name for name, said in after.items() if before.get(name, said) != said]


class _Account(Generic[_Number]):
    """By what one number moves, part by part; what is unknown in between is carried on."""

    def __init__(self, before: _Number) -> None:
        self._at: _Number = before
        self.parts: dict[str, _Number] = {}

    def move(self, part: str, own: _Number | None, whole: _Number | None) -> None:
        if whole is None:
            return
        own = whole if own is None else own
        self._add(part, own - self._at)
        self._add("upstream", whole - own)
        self._at = whole

    def _add(self, part: str, by: _Number) -> None:
        self.parts[part] = self.parts[part] + by if part in self.parts else by


class _Story:
    """How one milestone's forecast moved."""

    def __init__(self, before: Said, after: Said, calendar: WorkCalendar) -> None:
        self._before, self._after = before, after
        self._calendar = calendar
        self._days: _Account[int] | None = None
        self._chance: _Account[float] | None = None
        if before.p50 is not None and after.p50 is not None:
            self._days = _Account(self._calendar.ord(before.p50.toordinal()))
        if before.p_on_time is not None and after.p_on_time is not None:
            self._chance = _Account(before.p_on_time)

    def move(self, part: str, own: Said, whole: Said) -> None:
        """Enter one stage: its forecast, and that with the old dates of what is waited for."""
        if self._days is not None:
            self._days.move(part, self._count(own.p50), self._count(whole.p50))
        if self._chance is not None:
            self._chance.move(part, own.p_on_time, whole.p_on_time)

    def told(self, since: date) -> Movement | None:
        """Sum it up; None where neither number is known on both days."""
        p50 = p_on_time = None
        before, after = self._before, self._after
        if self._days is not None and before.p50 is not None and after.p50 is not None:
            p50 = DaysMoved(
                before=before.p50,
                after=after.p50,
                total=self._calendar.between(before.p50, after.p50),
                **{part: self._days.parts.get(part, 0) for part in PARTS},
            )
        if self._chance is not None and before.p_on_time is not None:
            assert after.p_on_time is not None
            p_on_time = ChanceMoved(
                before=before.p_on_time,
                after=after.p_on_time,
                total=round(after.p_on_time - before.p_on_time, _DIGITS),
                **{part: round(self._chance.parts.get(part, 0.0), _DIGITS) for part in PARTS},
            )
        if p50 is None and p_on_time is None:
            return None
        return Movement(since=since, p50=p50, p_on_time=p_on_time)

    def _count(self, day: date | None) -> int | None:
        return None if day is None else self._calendar.ord(day.toordinal())
