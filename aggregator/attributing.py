"""Causes and hits of every milestone, from the baselines of the portfolio (DOMAIN.md 3.2)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .making import commitment_instant
from .network.attribution import CauseShare, Hit, Study
from .network.baseline import BaselineState
from .network.chances import Chances
from .network.placement import LocalState
from .network.recall import Recall
from .plan import Plan
from .portfolio.model import Milestone, Portfolio

MOST: Final = 2000
"""In a portfolio with more open milestones than that, only commitments are told their causes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributed:
    """What a milestone's slip comes from, and whom its own slip hits."""

    causes: tuple[CauseShare, ...] = ()
    concurrent: int = 0
    hits: tuple[Hit, ...] = ()
    chances: Chances | None = None
    """What slips take from the probability to keep its commitment."""


NOTHING: Final = Attributed()


def attribute_portfolio(plan: Plan) -> Mapping[str, Attributed]:
    """Attribute every milestone that has a forecast, done ones left out."""
    baselines = baseline_states(plan.portfolio)
    targets = [
        milestone.id
        for milestone in plan.portfolio.milestones.values()
        if milestone.actual is None and milestone.id in plan.network.complete
    ]
    if not targets:
        return {}
    if len(targets) > MOST:
        targets = [one for one in targets if plan.portfolio.milestones[one].commitment is not None]
    study = Study(
        plan.network,
        baselines,
        plan.as_of,
        schedule=plan.schedule,
        recall=plan.recall,
        planned=_known(plan),
        ask=plan.ask,
    )
    explained, hit = study.attributions(targets), study.hits()
    taken = plan.chances(
        study.comparison,
        {
            target: commitment_instant(commitment)
            for target in targets
            if (commitment := plan.portfolio.milestones[target].commitment) is not None
        },
    )
    return {
        milestone: Attributed(
            causes=found.causes if (found := explained.get(milestone)) else (),
            concurrent=found.concurrent if found else 0,
            hits=hit.get(milestone, ()),
            chances=taken.get(milestone),
        )
        for milestone in sorted({*explained, *hit})
        if milestone in plan.portfolio.milestones
    }


def _known(plan: Plan) -> Recall[LocalState]:
    """Return what is known of baseline states: each comes from an activity and its baseline."""
    if plan.recalls is None:
        return Recall()
    activities, milestones = plan.network.activities, plan.portfolio.milestones
    given = {name: (activities[name], one.baseline) for name, one in milestones.items()}
    return plan.recalls.begin("planned", plan.as_of, given)


def baseline_states(portfolio: Portfolio) -> Mapping[str, BaselineState]:
    """Give what the approved plan says of each milestone, when somebody asks."""
    return _Baselines(portfolio.milestones)


class _Baselines(Mapping[str, BaselineState]):
    def __init__(self, milestones: Mapping[str, Milestone]) -> None:
        self._milestones = milestones

    def __getitem__(self, name: str) -> BaselineState:
        return _baseline_state(self._milestones[name])

    def __iter__(self) -> Iterator[str]:
        return iter(self._milestones)

    def __len__(self) -> int:
        return len(self._milestones)


def _baseline_state(milestone: Milestone) -> BaselineState:
    baseline = milestone.baseline
    return BaselineState(
        start=None if baseline.start is None else baseline.start.toordinal(),
        duration=baseline.duration,
        finish=None if baseline.finish is None else commitment_instant(baseline.finish),
    )
