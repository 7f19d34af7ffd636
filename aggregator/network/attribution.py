"""What each cause costs a date, and whom it hits (DOMAIN.md 3.2 and 3.3).

The value of a set of activities is the shift of the target's finish, in signed working days of
its calendar, against all-baseline when only that set is in its current local state. But-for is
what the target would gain were one cause at its baseline; it is neither additive nor bounded by
the slip, so the Shapley value, which adds up to the slip, stands beside it.

Many targets share one pass over the network: each activity is placed in all coalitions of the
causes that can make a difference to it at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .baseline import BaselineState, Comparison, compare
from .placement import Bounds, Placement, bounds, place
from .schedule import Network
from .shapley import EXACT, PERMUTATIONS, Coalitions, Days, Index, Orders, Subsets

MAX_LANES: Final = 1024
"""So many causes are put back to baseline, one in each lane, in one pass."""
MAX_PLACED: Final = 8_000_000
"""So many placements are kept at once while orders are sampled: about 100 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseShare:
    """What one activity's own change costs a target, in signed working days."""

    id: str
    but_for: int
    """How much earlier the target would be were this one at its baseline."""
    shapley: float
    """Its share of the total; exact up to 12 causes, sampled beyond."""
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Whom a slip hits, and by how many working days (but-for)."""

    target: str
    days: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Study:
    comparison: Comparison
    causes: tuple[str, ...]
    """Whatever differs from its baseline, in order of id; bit n of a set means cause n."""
    relevant: Mapping[str, int]
    """The set of causes that can make a difference to each activity."""
    now: Mapping[str, Placement]
    planned: Mapping[str, Placement]

    def affected(self, causes: int) -> list[str]:
        """Return the activities that any of the causes can move, upstream first."""
        return [node for node in self.comparison.order if self.relevant[node] & causes]

    def count(self, node: str, placements: Mapping[str, Placement], lanes: int = 1) -> Days:
        """Return the working days before a node's finish, in each lane."""
        days = self.comparison.current[node].calendar.count(placements[node].finish)
        return np.broadcast_to(days.astype(np.int64), (lanes,))


def attribute(
    network: Network, baselines: Mapping[str, BaselineState], as_of: int, target: str
) -> Attribution | None:
    """Explain one target; None when it has no forecast (a cycle or an unknown before it)."""
    return attribute_all(network, baselines, as_of, (target,)).get(target)


def attribute_all(
    network: Network,
    baselines: Mapping[str, BaselineState],
    as_of: int,
    targets: Iterable[str] | None = None,
) -> dict[str, Attribution]:
    """Explain many targets (default: all) that share their passes; those without one are left out.

    Raises ValueError for a network with several trials.
    """
    asked = network.activities if targets is None else targets
    wanted = [target for target in asked if target in network.complete]
    study = _study(network, baselines, as_of, wanted)
    but_for: dict[str, dict[int, int]] = {target: {} for target in wanted}
    for target, cause, days in _but_for(study, wanted):
        but_for[target][cause] = days
    shares = _shares(study, wanted)
    own = _own_slips(study)
    return {
        target: _attribution(study, target, but_for[target], shares.get(target, {}), own)
        for target in wanted
    }


def hits(
    network: Network, baselines: Mapping[str, BaselineState], as_of: int
) -> dict[str, tuple[Hit, ...]]:
    """Return whom each activity that differs from its baseline hits, the hardest hit first.

    Itself is not among them; one that hits nobody is left out. Raises ValueError for a network
    with several trials.
    """
    wanted = [node for node in network.order if node in network.complete]
    study = _study(network, baselines, as_of, wanted)
    found: dict[str, list[Hit]] = {}
    for target, cause, days in _but_for(study, wanted):
        if study.causes[cause] != target:
            found.setdefault(study.causes[cause], []).append(Hit(target=target, days=days))
    return {
        cause: tuple(sorted(found[cause], key=lambda hit: (-hit.days, hit.target)))
        for cause in sorted(found)
    }


def _study(
    network: Network,
    baselines: Mapping[str, BaselineState],
    as_of: int,
    targets: Sequence[str],
) -> _Study:
    network.schedule(as_of).require_single_trial()
    comparison = compare(network, baselines, as_of, targets)
    causes = tuple(sorted(comparison.baseline))
    bit = {cause: 1 << n for n, cause in enumerate(causes)}
    relevant: dict[str, int] = {}
    for node in comparison.order:
        reached = bit.get(node, 0)
        for edge in comparison.incoming[node]:
            if edge in comparison.sensitive:
                reached |= relevant[edge.upstream]
        relevant[node] = reached
    nothing = np.zeros(1, np.bool_)
    return _Study(
        comparison=comparison,
        causes=causes,
        relevant=relevant,
        now=_play(comparison, {}, comparison.order, {}),
        planned=_play(comparison, dict.fromkeys(causes, nothing), comparison.order, {}),
    )


def _play(
    comparison: Comparison,
    masks: Mapping[str, NDArray[np.bool_]],
    nodes: Iterable[str],
    given: Mapping[str, Placement],
) -> dict[str, Placement]:
    """Place ``nodes`` in every lane of the masks; a cause without a mask is as it is now."""
    placements = dict(given)
    for node in nodes:
        placements[node] = comparison.place(node, placements, masks.get(node))
    return placements


def _but_for(study: _Study, targets: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield (target, cause, days) for every but-for that is not zero."""
    for first in range(0, len(study.causes), MAX_LANES):
        chunk = study.causes[first : first + MAX_LANES]
        mask = ~np.eye(len(chunk), dtype=np.bool_)
        members = ((1 << len(chunk)) - 1) << first
        masks = dict(zip(chunk, mask, strict=True))
        nodes = study.affected(members)
        placements = _play(study.comparison, masks, nodes, study.now)
        for target in targets:
            days = study.count(target, study.now) - study.count(target, placements, len(chunk))
            for cause in np.flatnonzero(days):
                yield target, first + int(cause), int(days[cause])


def _own_slips(study: _Study) -> dict[str, int]:
    found: dict[str, int] = {}
    comparison = study.comparison
    for cause in study.causes:
        now, planned = comparison.current[cause], comparison.baseline[cause]
        waits = bounds(comparison.incoming[cause], study.planned, now.calendar)
        own = [place(state, Bounds(start=waits.start)).finish for state in (planned, now)]
        found[cause] = int(now.calendar.workdays(own[0], own[1])[0])
    return found


def _shares(study: _Study, targets: Sequence[str]) -> dict[str, dict[int, float]]:
    """Return the Shapley values of every target that has causes."""
    sizes = {target: study.relevant[target].bit_count() for target in targets}
    few = [target for target, size in sizes.items() if 0 < size <= EXACT]
    many = [target for target, size in sizes.items() if size > EXACT]
    return _exact(study, few) | _sampled(study, many)


def _exact(study: _Study, targets: Sequence[str]) -> dict[str, dict[int, float]]:
    subsets = Subsets()
    nodes = _leading_to(study, targets)
    finishes = _games(study, subsets, nodes)
    return {
        target: subsets.shares(
            nodes[target], study.count(target, finishes, subsets.size(nodes[target]))
        )
        for target in targets
    }


def _sampled(study: _Study, targets: Sequence[str]) -> dict[str, dict[int, float]]:
    if not targets:
        return {}
    nodes = _leading_to(study, targets)
    gains = {target: np.zeros(len(nodes[target]), np.int64) for target in targets}
    orders = Orders.sampled(study.causes)
    lanes_per_order = sum(len(players) + 1 for players in nodes.values())
    at_once = 2 * max(1, MAX_PLACED // lanes_per_order // 2)
    for first in range(0, PERMUTATIONS, at_once):
        chunk = orders.part(first, at_once)
        finishes = _games(study, chunk, nodes)
        for target in targets:
            values = study.count(target, finishes, chunk.size(nodes[target]))
            gains[target] += chunk.gains(nodes[target], values)
    return {
        target: {
            player: int(g) / PERMUTATIONS for player, g in zip(nodes[target], gain, strict=True)
        }
        for target, gain in gains.items()
    }


def _leading_to(study: _Study, targets: Iterable[str]) -> dict[str, list[int]]:
    """Return the players of the targets' games and of those before them, upstream first."""
    comparison = study.comparison
    found = set(targets)
    for node in reversed(comparison.order):
        if node in found:
            sensitive = (e for e in comparison.incoming[node] if e in comparison.sensitive)
            found.update(edge.upstream for edge in sensitive if study.relevant[edge.upstream])
    return {node: _bits(study.relevant[node]) for node in comparison.order if node in found}


def _games(
    study: _Study, coalitions: Coalitions, nodes: Mapping[str, Sequence[int]]
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
    study: _Study,
    target: str,
    but_for: Mapping[int, int],
    shares: Mapping[int, float],
    own: Mapping[str, int],
) -> Attribution:
    causes = [
        CauseShare(
            id=study.causes[cause],
            but_for=but_for.get(cause, 0),
            shapley=share,
            own_slip=own[study.causes[cause]],
        )
        for cause, share in shares.items()
        if share or but_for.get(cause)
    ]
    causes.sort(key=lambda c: (-c.shapley, -c.but_for, c.id))
    total = int(study.count(target, study.now)[0] - study.count(target, study.planned)[0])
    return Attribution(
        target=target,
        total=total,
        causes=tuple(causes),
        concurrent=total - sum(but_for.values()),
    )


def _bits(members: int) -> list[int]:
    return [n for n in range(members.bit_length()) if members >> n & 1]
