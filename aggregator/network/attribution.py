"""What each cause costs a date, and whom it hits (DOMAIN.md 3.2 and 3.3).

The value of a set of activities is the shift of the target's finish, in signed working days of
its calendar, against all-baseline when only that set is in its current local state. But-for is
what the target would gain were one cause at its baseline; it is neither additive nor bounded by
the slip, so the Shapley value, which adds up to the slip, stands beside it.

Many targets share one pass over the network: each activity is placed in all coalitions of the
causes that can make a difference to it at once.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Final, NamedTuple

import numpy as np

from .baseline import BaselineState, compare
from .ladders import climb
from .orders import Share, orders_of
from .placement import LocalState, Placement
from .recall import Recall, Recaller, nothing_known
from .schedule import Network, Schedule
from .shapley import EXACT, PERMUTATIONS, Days, Index, Subsets
from .variations import Dates, Moved, Question, vary

Ask = Callable[[Question], Sequence[Moved]]


class CauseShare(NamedTuple):
    """What one activity's own change costs a target, in signed working days."""

    id: str
    but_for: int
    """How much earlier the target would be were this one at its baseline."""
    shapley: float
    """Its share of the total; exact up to 12 causes, sampled beyond."""
    error: float
    """The standard error of that share; 0 where it is exact."""
    own_slip: int
    """How much later it finishes than its baseline with everything before it at baseline, on its
    own calendar and before gates on its finish absorb any of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Why a target finishes when it does."""

    target: str
    total: int
    """Its finish now against its finish with everything at baseline."""
    causes: tuple[CauseShare, ...]
    """Those with any effect, the greatest share first; the target itself may be among them."""
    concurrent: int
    """``total`` less all but-for: positive where parallel delays hide each other, negative where
    serial ones share a float."""


class Hit(NamedTuple):
    """Whom a slip hits, and by how many working days (but-for)."""

    target: str
    days: int


class Study:
    """All activities with dates as they are now, as they were planned, and with one cause less."""

    def __init__(
        self,
        network: Network,
        baselines: Mapping[str, BaselineState],
        as_of: int,
        *,
        schedule: Schedule | None = None,
        recall: Recaller = nothing_known,
        planned: Recall[LocalState] | None = None,
        ask: Ask | None = None,
    ) -> None:
        """Compare ``network`` with its baselines; raises ValueError if it has several trials.

        ``schedule`` is that of the network as of the day, where it is known already; ``recall``
        begins passes in which what is known of an earlier study is not found again, ``planned``
        holds baseline states. ``ask`` answers a question about all of the network beside others,
        where everything in it has dates.
        """
        schedule = schedule or network.schedule(as_of)
        schedule.require_single_trial()
        self.comparison: Final = compare(schedule, baselines, recall, planned)
        self.causes: Final = tuple(sorted(self.comparison.baseline))
        """Whatever differs from its baseline, in order of id; bit n of a set means cause n."""
        self.now: Final = schedule.placements
        self.recall: Final = recall
        every = schedule.network.layers
        self.dates: Final = Dates.of(schedule).among(every, self.comparison.layers)
        """The dates as they are now, by row of the comparison."""
        self._ask: Final = ask if self.comparison.layers is every else None

    @cached_property
    def relevant(self) -> Mapping[str, int]:
        """The set of causes that can make a difference to each activity."""
        bit = {cause: 1 << n for n, cause in enumerate(self.causes)}
        found: dict[str, int] = {}
        for node in self.comparison.order:
            reached = bit.get(node, 0)
            for edge in self.comparison.incoming[node]:
                if edge in self.comparison.sensitive:
                    reached |= found[edge.upstream]
            found[node] = reached
        return found

    @cached_property
    def but_for(self) -> Mapping[str, Mapping[str, int]]:
        """By target and cause: how much earlier the target would be, where that is not 0."""
        found: dict[str, dict[str, int]] = {}
        rows = [self.comparison.layers.row[cause] for cause in self.causes]
        asked = Question(
            changed=self.causes,
            states=self.comparison.then.take(np.array(rows, np.intp)),
            recall=partial(self.recall, "but for"),
        )
        for moved in (self._ask or self._alone)(asked):
            for cause, days in zip(moved.changes, moved.days, strict=True):
                if days:
                    found.setdefault(moved.id, {})[cause] = -days
        return found

    def _alone(self, asked: Question) -> Sequence[Moved]:
        comparison = self.comparison
        order = comparison.order
        (answer,) = vary(comparison.layers, order, comparison.now, self.dates, [asked])
        return answer

    def attributions(self, targets: Iterable[str]) -> dict[str, Attribution]:
        """Explain some targets; those without dates are left out."""
        wanted = [target for target in targets if target in self.now]
        recall: Recall[Attribution] = self.recall("attributions", self.causes)
        new = [target for target in wanted if recall.get(target) is None]
        shares = _shares(self, wanted, frozenset(new))
        for target in new:
            but_for = self.but_for.get(target, {})
            recall.keep(target, _attribution(self, target, but_for, shares.get(target, {})))
        return {target: found for target in wanted if (found := recall.get(target))}

    def hits(self) -> dict[str, tuple[Hit, ...]]:
        """Return whom each cause hits, the hardest hit first; itself is not among them."""
        found: dict[str, list[Hit]] = {}
        for target, causes in self.but_for.items():
            for cause, days in causes.items():
                if cause != target:
                    found.setdefault(cause, []).append(Hit(target, days))
        return {
            cause: tuple(sorted(found[cause], key=lambda hit: (-hit.days, hit.target)))
            for cause in sorted(found)
        }

    def count(self, node: str, placements: Mapping[str, Placement], lanes: int = 1) -> Days:
        """Return the working days before a node's finish, in each lane."""
        days = np.empty(lanes, np.int64)
        days[:] = self.comparison.current[node].calendar.count(placements[node].finish)
        return days


def attribute(
    network: Network, baselines: Mapping[str, BaselineState], as_of: int, target: str
) -> Attribution | None:
    """Explain one target; None when it has no forecast (a cycle or an unknown before it)."""
    return Study(network, baselines, as_of).attributions((target,)).get(target)


def attribute_all(
    network: Network, baselines: Mapping[str, BaselineState], as_of: int
) -> dict[str, Attribution]:
    """Explain all activities that have dates."""
    return Study(network, baselines, as_of).attributions(network.activities)


def hits(
    network: Network, baselines: Mapping[str, BaselineState], as_of: int
) -> dict[str, tuple[Hit, ...]]:
    """Return whom each activity that differs from its baseline hits, the hardest hit first."""
    return Study(network, baselines, as_of).hits()


def _shares(
    study: Study, targets: Sequence[str], new: Collection[str]
) -> dict[str, dict[str, Share]]:
    """Return the Shapley values of those new among the targets that have causes."""
    sizes = {target: study.relevant[target].bit_count() for target in targets}
    few = [target for target, size in sizes.items() if 0 < size <= EXACT and target in new]
    many = [target for target, size in sizes.items() if size > EXACT]
    return _exact(study, few) | _sampled(study, many, new)


def _exact(study: Study, targets: Sequence[str]) -> dict[str, dict[str, Share]]:
    subsets = Subsets()
    nodes = _leading_to(study, targets)
    finishes = _games(study, subsets, nodes)
    found: dict[str, dict[str, Share]] = {}
    for target in targets:
        values = study.count(target, finishes, subsets.size(nodes[target]))
        shares = subsets.shares(nodes[target], values)
        found[target] = {study.causes[n]: Share(share, 0.0) for n, share in shares.items()}
    return found


def _sampled(
    study: Study, targets: Sequence[str], new: Collection[str]
) -> dict[str, dict[str, Share]]:
    wanted = [target for target in targets if target in new]
    if not wanted:
        return {}
    comparison = study.comparison
    cone = set(comparison.leading_to(targets, along=comparison.sensitive))
    causes = [cause for cause in study.causes if cause in cone]
    orders = orders_of(tuple(causes), PERMUTATIONS)
    climbed = dict(
        climb(
            comparison,
            causes,
            orders,
            dict.fromkeys(wanted, np.ones(PERMUTATIONS, np.bool_)),
            still=study.dates,
            recall=partial(study.recall, "ladders"),
        )
    )
    days = [
        comparison.current[target].calendar.count(ladders.finish)
        for target, ladders in climbed.items()
    ]
    shares = orders.shares(list(climbed.values()), days)
    return {
        target: {causes[n]: share for n, share in found.items()}
        for target, found in zip(climbed, shares, strict=True)
    }


def _leading_to(study: Study, targets: Iterable[str]) -> dict[str, list[int]]:
    """Return the players of the targets' games and of those before them, upstream first."""
    comparison = study.comparison
    found = set(targets)
    for node in reversed(comparison.order):
        if node in found:
            sensitive = (e for e in comparison.incoming[node] if e in comparison.sensitive)
            found.update(edge.upstream for edge in sensitive if study.relevant[edge.upstream])
    return {node: _bits(study.relevant[node]) for node in comparison.order if node in found}


def _games(
    study: Study, coalitions: Subsets, nodes: Mapping[str, Sequence[int]]
) -> dict[str, Placement]:
    """Place every activity in the lanes of its own game.

    An edge that cannot make a difference takes the upstream activity as it is now.
    """
    comparison = study.comparison
    number = {cause: n for n, cause in enumerate(study.causes)}
    placements: dict[str, Placement] = {}
    for node, players in nodes.items():
        upstream: dict[str, Placement] = {}
        for edge in comparison.incoming[node]:
            upstream.setdefault(edge.upstream, study.now[edge.upstream])
            if edge in comparison.sensitive and edge.upstream in nodes:
                lanes = coalitions.gather(players, nodes[edge.upstream])
                upstream[edge.upstream] = _in_lanes(placements[edge.upstream], lanes)
        mask = coalitions.joined(players, number[node]) if node in number else None
        placements[node] = comparison.place(node, upstream, mask)
    return placements


def _in_lanes(placement: Placement, lanes: Index) -> Placement:
    start, finish = (t if t.size == 1 else t[lanes] for t in (placement.start, placement.finish))
    return Placement(start, start, finish, finish)


def _attribution(
    study: Study,
    target: str,
    but_for: Mapping[str, int],
    shares: Mapping[str, Share],
) -> Attribution:
    none, own_slips = Share(0.0, 0.0), study.comparison.own_slips
    causes: list[CauseShare] = []
    for cause in {**shares, **but_for}:
        (mean, error), days = shares.get(cause, none), but_for.get(cause, 0)
        if mean or days:
            causes.append(CauseShare(cause, days, mean, error, own_slips[cause]))
    causes.sort(key=lambda c: (-c.shapley, -c.but_for, c.id))
    planned, now = study.comparison.planned[target], int(study.now[target].finish[0])
    total = study.comparison.current[target].calendar.workdays(planned, now)
    return Attribution(
        target=target,
        total=total,
        causes=tuple(causes),
        concurrent=total - sum(but_for.values()),
    )


def _bits(members: int) -> list[int]:
    found: list[int] = []
    while members:
        lowest = members & -members
        found.append(lowest.bit_length() - 1)
        members ^= lowest
    return found
