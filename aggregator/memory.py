"""What one assessment leaves for the next: only what has changed is computed again."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final, TypeVar

from .attributing import Attributed, attribute_portfolio
from .calendar import WorkCalendar
from .making import Kept
from .network.recall import Recalls
from .plan import Plan
from .portfolio.kept import Kept as KeptParts
from .portfolio.model import Dependency, Portfolio

MOST: Final = 2000
"""Open milestones; of more nothing is kept, since each takes 60 kB at 10,000 trials, and more."""

_T = TypeVar("_T")


class Memory:
    """Results by what they come from: with it an assessment says the same as without, to the byte.

    It serves one assessment after the other, not two at once, and holds the last one alone.
    """

    def __init__(self) -> None:
        self.parts: Final = KeptParts()
        """What the portfolio is made of."""
        self.recalls: Final = Recalls()
        """What passes over the network found."""
        self._plan: Plan | None = None
        self._basis: object = None
        self._origins: Mapping[str, object] = {}
        self._attributed: tuple[Plan, Mapping[str, Attributed]] | None = None

    def settled(self, portfolio: Portfolio) -> Portfolio:
        """Put the parts of the portfolio before in place of those that are equal to them.

        So what has not changed is the same object, and comparing it takes no time.
        """
        if self._plan is None:
            return portfolio
        before = self._plan.portfolio
        return replace(
            portfolio,
            milestones=_settled(portfolio.milestones, before.milestones),
            streams=_settled(portfolio.streams, before.streams),
            dependencies=_dependencies(portfolio.dependencies, before.dependencies),
            calendars={
                name: _calendar(calendar, before.calendars.get(name))
                for name, calendar in portfolio.calendars.items()
            },
        )

    def plan(self, basis: object) -> Plan | None:
        """Return the plan before where it was made of the same."""
        return self._plan if basis == self._basis else None

    def before(self, origins: Mapping[str, object]) -> tuple[Kept | None, frozenset[str]]:
        """Return what is kept, and the milestones whose samples come from the same as then.

        ``origins`` gives what the samples of each milestone come from, the same object for all
        that are sampled together.
        """
        same: dict[int, bool] = {}
        for name, origin in origins.items():
            if id(origin) not in same:
                same[id(origin)] = self._origins.get(name) == origin
        kept = None if self._plan is None else self._plan.kept
        return kept, frozenset(name for name, origin in origins.items() if same[id(origin)])

    def keep(self, plan: Plan, basis: object, origins: Mapping[str, object]) -> None:
        """Keep what an assessment leaves for the next one."""
        self._plan, self._basis, self._origins = plan, basis, origins

    def attribute(self, plan: Plan) -> Mapping[str, Attributed]:
        """Find the causes and hits of a plan, once."""
        if self._attributed is None or self._attributed[0] is not plan:
            self._attributed = plan, attribute_portfolio(plan)
        return self._attributed[1]


def _settled(parts: Mapping[str, _T], before: Mapping[str, _T]) -> dict[str, _T]:
    return {
        name: known if known is not None and (known is part or known == part) else part
        for name, part in parts.items()
        for known in [before.get(name)]
    }


def _dependencies(
    parts: Sequence[Dependency], before: Iterable[Dependency]
) -> tuple[Dependency, ...]:
    known = {(one.upstream, one.downstream, one.type): one for one in before}
    found = ((one, known.get((one.upstream, one.downstream, one.type))) for one in parts)
    return tuple(old if old is not None and old == new else new for new, old in found)


def _calendar(calendar: WorkCalendar, before: WorkCalendar | None) -> WorkCalendar:
    if before is None or calendar is before:
        return calendar
    return before if before.to_bits() == calendar.to_bits() else calendar
