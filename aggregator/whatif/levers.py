"""The cheapest single changes that turn a red commitment amber, or a red or amber one green.

Every lever is pulled as far as is enough and no further, by whole forecasts of the changed world:
searched with a tenth of the trials, confirmed with all of them. What they cost is not known to any
tracker: ``Costs`` weighs them all in working days, so that they can be put in an order
(docs/what-if.md).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from itertools import islice
from typing import Any, Final, Literal

import msgspec

from ..assess import assess_portfolio
from ..assessment import MilestoneView, Status
from ..memory import Memory
from ..outlook import TRIALS, WINDOW
from ..portfolio.model import DependencyType, Milestone, Portfolio, Scope
from .answer import ChangeView, Standing, standing
from .changes import Change, Commit, Drop, Items, Pace, Retype, Slip
from .cone import cone

SCHEMA: Final = "slipwatch/levers/1"
MOST_DAYS: Final = 60
"""A milestone is pulled by no more working days than a quarter of a year has."""
MOST_PACE: Final = 100
PACE_STEP: Final = 5
"""Per cent: a team is at most doubled, in steps that can be told apart."""
FEWEST: Final = 500
"""Trials with which a lever is looked for."""
_MORE: Final = 3
"""By so much further it is pulled at most, where that is not enough in all trials."""
RECENT: Final = timedelta(weeks=13)
_BETTER: Final[dict[Status, tuple[Status, ...]]] = {
    "red": ("amber", "green"),
    "amber": ("green",),
}
_AT_LEAST: Final[dict[Status, tuple[Status, ...]]] = {
    "amber": ("amber", "green"),
    "green": ("green",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What levers cost, in working days of a team."""

    cut: float = 1.0
    """Per working day that the cut items would have taken: it is not delivered."""
    pull: float = 1.0
    """Per working day by which somebody else's own work is shortened."""
    pace: float = 1.0
    """Per working day that is bought: a team 10 % faster for 50 days costs 5."""
    retype: float = 5.0
    """For two teams to agree on what exactly waits, and to work side by side."""
    drop: float = 10.0
    """For two teams to find a way around each other."""
    commit: float = 2.0
    """Per working day by which a promise is broken: others plan with it."""


class Lever(msgspec.Struct, frozen=True, kw_only=True):
    """A change that is enough by itself, and how the milestone stands then."""

    change: ChangeView
    cost: float
    after: Standing


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """What turns a milestone to a colour or better, the cheapest first."""

    to: Literal["amber", "green"]
    levers: tuple[Lever, ...]
    """Empty where no single lever does it."""


class Levers(msgspec.Struct, frozen=True, kw_only=True):
    """What can be done about a commitment; also the JSON of ``slipwatch levers``."""

    schema: Literal["slipwatch/levers/1"]
    as_of: date
    milestone: str
    title: str
    before: Standing
    turns: tuple[Turn, ...]
    reason: str | None
    """Why nothing was looked for."""


def levers(
    portfolio: Portfolio,
    milestone: str,
    *,
    seed: int,
    trials: int = TRIALS,
    window: int = WINDOW,
    costs: Costs | None = None,
) -> Levers:
    """Look for single levers on a milestone, on what drives it, and on what its teams do before."""
    world = cone(portfolio, [milestone])
    memories: dict[int, Memory] = {}

    def views(changed: Portfolio, of: int) -> dict[str, MilestoneView]:
        assessment = assess_portfolio(
            changed,
            seed=seed,
            trials=of,
            window=window,
            causes=False,
            memory=memories.setdefault(of, Memory()),
        ).assessment
        return {view.id: view for view in assessment.milestones}

    @cache
    def look(one: Change, of: int) -> MilestoneView:
        return views(one.apply(world), of)[milestone]

    before = views(world, trials)
    view = before[milestone]
    reason = _no_need(view)
    turns: list[Turn] = []
    if reason is None:
        search = _Search(world, milestone, before, look, trials)
        turns = [search.turn(to, costs or Costs()) for to in _BETTER[view.status]]
    return Levers(
        schema=SCHEMA,
        as_of=portfolio.as_of,
        milestone=milestone,
        title=view.title,
        before=standing(view),
        turns=tuple(turns),
        reason=reason,
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the interface."""
    return msgspec.json.schema(Levers)


def _no_need(view: MilestoneView) -> str | None:
    if view.dates.actual is not None:
        return f"it is done since {view.dates.actual}"
    if view.dates.commitment is None:
        return "it is committed to no day"
    if view.status == "green":
        return "it is green already"
    if view.status == "grey":
        return f"nobody can tell how it stands: {'; '.join(view.reasons)}"
    return None


class _Search:
    def __init__(
        self,
        portfolio: Portfolio,
        target: str,
        before: dict[str, MilestoneView],
        look: Callable[[Change, int], MilestoneView],
        trials: int,
    ) -> None:
        self._portfolio = portfolio
        self._target = portfolio.milestones[target]
        self._before = before
        self._look = look
        self._all = trials
        self._few = min(max(trials // 10, FEWEST), trials)
        self._drivers = self._driving()

    def turn(self, to: Status, costs: Costs) -> Turn:
        """Find every single lever that turns the target to a colour or better."""
        assert to in ("amber", "green")
        found = [
            Lever(
                change=ChangeView(kind=told.kind, subject=told.subject, value=told.value),
                cost=round(self._cost(one, costs), 1),
                after=standing(self._look(one, self._all)),
            )
            for one in self._enough(to)
            for told in [one.told()]
        ]
        found.sort(key=lambda lever: (lever.cost, lever.change.kind, lever.change.subject))
        return Turn(to=to, levers=tuple(found))

    def _enough(self, to: Status) -> Iterator[Change]:
        """Give each lever in the smallest measure that is enough."""
        works = partial(self._works, to, self._all)
        for make, most in self._measured():
            least = _smallest(make, partial(self._works, to, self._few), most)
            if least is not None:
                tried = (make(size) for size in range(least, min(least + _MORE, most) + 1))
                yield from islice(filter(works, tried), 1)
        yield from filter(works, self._ties())
        forecast = self._before[self._target.id].forecast
        day = forecast.p50 if to == "amber" else forecast.p85
        if day is not None and works(moved := Commit(self._target.id, day)):
            yield moved

    def _works(self, to: Status, trials: int, one: Change) -> bool:
        return self._look(one, trials).status in _AT_LEAST[to]

    def _measured(self) -> Iterator[tuple[Callable[[int], Change], int]]:
        """Give the levers that can be pulled more or less far, and how far at most."""
        streams: set[str] = set()
        for known in self._reach():
            by_items = self._before[known.id].forecast.method == "throughput"
            if by_items:
                streams.add(known.stream or "")
                yield partial(_cut, known.id), _most_cut(known.scope)
            if known.id in self._drivers and not (by_items and known.id == self._target.id):
                yield partial(_pull, known.id), MOST_DAYS
        for stream in sorted(streams):
            yield partial(_hasten, stream), MOST_PACE // PACE_STEP

    def _ties(self) -> Iterator[Change]:
        for dependency in self._portfolio.dependencies:
            ends = {dependency.upstream, dependency.downstream}
            if dependency.broken or not ends <= self._drivers:
                continue
            yield Drop(dependency.upstream, dependency.downstream)
            if dependency.type in (DependencyType.FS, DependencyType.SS):
                yield Retype(dependency.upstream, dependency.downstream, DependencyType.PARTIAL)

    def _driving(self) -> frozenset[str]:
        """Name what drives the target, itself among it."""
        found: set[str] = set()
        waiting = {self._target.id}
        while waiting:
            name = waiting.pop()
            if name in self._before and name not in found:
                found.add(name)
                waiting.update(self._before[name].network.drivers)
        return frozenset(found)

    def _reach(self) -> Sequence[Milestone]:
        """List the open milestones that drive the target, and those in the same queues."""
        streams = {self._portfolio.milestones[name].stream for name in self._drivers}
        return [
            known
            for known in self._portfolio.milestones.values()
            if known.actual is None and (known.id in self._drivers or known.stream in streams)
        ]

    def _cost(self, one: Change, costs: Costs) -> float:
        match one:
            case Items(milestone, items):
                return costs.cut * -items / self._rate(milestone)
            case Slip(_, days):
                return costs.pull * -days
            case Pace(_, factor):
                return costs.pace * (factor - 1) * self._days_left()
            case Commit(_, day):
                assert self._target.commitment is not None
                calendar = self._portfolio.calendars[self._target.calendar]
                return costs.commit * calendar.between(self._target.commitment, day)
            case Retype():
                return costs.retype
            case _:
                return costs.drop

    def _rate(self, milestone: str) -> float:
        """Give the items that a milestone's team finishes per working day, of late."""
        stream = self._portfolio.streams[self._portfolio.milestones[milestone].stream or ""]
        calendar = self._portfolio.calendars[stream.calendar]
        as_of = self._portfolio.as_of
        since = as_of - RECENT
        if stream.samples:
            per = len(stream.samples) * (5 if stream.samples_per_week else 1)
            return max(sum(stream.samples) / per, 0.1)
        done = sum(1 for day in stream.finished if since <= day < as_of)
        return max(done / calendar.workdays(since.toordinal(), as_of.toordinal()), 0.1)

    def _days_left(self) -> int:
        """Count the working days until the target is done at P50."""
        forecast = self._before[self._target.id].forecast
        calendar = self._portfolio.calendars[self._target.calendar]
        last = forecast.p50 or forecast.lower_bound or self._portfolio.as_of
        return max(calendar.between(self._portfolio.as_of, last) + 1, 1)


def _most_cut(scope: Scope) -> int:
    """Leave one item where none is done: without any, nobody could say what is left to do."""
    return scope.remaining if scope.done else scope.remaining - 1


def _cut(milestone: str, items: int) -> Change:
    return Items(milestone, -items)


def _pull(milestone: str, days: int) -> Change:
    return Slip(milestone, -days)


def _hasten(stream: str, steps: int) -> Change:
    return Pace(stream, 1 + steps * PACE_STEP / 100)


def _smallest(
    make: Callable[[int], Change], works: Callable[[Change], bool], most: int
) -> int | None:
    """Find the smallest measure that works, by halving; None where not even the most does."""
    if most < 1 or not works(make(most)):
        return None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        if works(make(middle)):
            high = middle
        else:
            low = middle
    return high
