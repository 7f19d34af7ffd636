"""What each cause costs a date, and whom it hits (DOMAIN.md 3.2 and 3.3).

The value of a set of activities is the shift of the target's finish, in signed working days of
its calendar, against all-baseline when only that set is in its current local state. But-for is
what the target would gain were one cause at its baseline; it is neither additive nor bounded by
the slip, so the Shapley value, which adds up to the slip, stands beside it.

Many targets share one pass: a coalition of causes is a lane, and a pass over the network places
all of its activities in all lanes at once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..calendar import IntArray
from .baseline import BaselineState, Comparison, compare
from .placement import Bounds, Placement, bounds, place
from .schedule import Network
from .shapley import (
    EXACT,
    MAX_LANES,
    PERMUTATIONS,
    Days,
    all_coalitions,
    exact_shares,
    prefix_coalitions,
    sampled_gains,
    sampled_ranks,
)

EXACT_ROOM: Final = 8
SAMPLED_ROOM: Final = 64
"""Targets share a pass while their causes together are no more than this: small arrays cost
hardly more than one number, so a few lanes too many are cheaper than another pass."""


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
    nothing = np.zeros(1, np.int32)
    return _Study(
        comparison=comparison,
        causes=causes,
        relevant=relevant,
        now=_play(comparison, {}, comparison.order, {}),
        planned=_play(comparison, dict.fromkeys(causes, nothing), comparison.order, {}),
    )


def _play(
    comparison: Comparison,
    masks: Mapping[str, IntArray],
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
        mask = 1 - np.eye(len(chunk), dtype=np.int32)
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
    few: dict[str, int] = {}
    many: dict[str, int] = {}
    for target in targets:
        causes = study.relevant[target]
        if causes:
            (few if causes.bit_count() <= EXACT else many)[target] = causes
    found: dict[str, dict[int, float]] = {}
    for members, group in _cover(few, EXACT_ROOM):
        found |= _exact(study, members, group)
    for members, group in _cover(many, SAMPLED_ROOM):
        found |= _sampled(study, members, group)
    return found


def _cover(needs: Mapping[str, int], room: int) -> Iterator[tuple[int, list[str]]]:
    """Yield sets of causes with the targets that each one serves.

    First fit, the largest set first: a set joins another that contains it, or with which it
    stays within ``room``.
    """
    alike: dict[int, list[str]] = {}
    for target, causes in needs.items():
        alike.setdefault(causes, []).append(target)
    groups: list[tuple[int, list[str]]] = []
    for causes in sorted(alike, key=lambda c: (-c.bit_count(), c)):
        for n, (members, served) in enumerate(groups):
            union = members | causes
            if union == members or union.bit_count() <= room:
                groups[n] = (union, served + alike[causes])
                break
        else:
            groups.append((causes, alike[causes]))
    yield from groups


def _exact(study: _Study, members: int, targets: Sequence[str]) -> dict[str, dict[int, float]]:
    causes = _bits(members)
    masks = all_coalitions(len(causes))
    placements = _lanes(study, causes, masks, targets)
    found: dict[str, dict[int, float]] = {}
    for target in targets:
        players = _bits(study.relevant[target])
        values = study.count(target, placements, masks.shape[1])
        shares = exact_shares(values, [causes.index(player) for player in players])
        found[target] = dict(zip(players, shares, strict=True))
    return found


def _sampled(study: _Study, members: int, targets: Sequence[str]) -> dict[str, dict[int, float]]:
    causes = _bits(members)
    gains = {target: np.zeros(len(causes), np.int64) for target in targets}
    for masks in prefix_coalitions(sampled_ranks([study.causes[cause] for cause in causes])):
        placements = _lanes(study, causes, masks, targets)
        for target in targets:
            values = study.count(target, placements, masks.shape[1])
            gains[target] += sampled_gains(values, masks)
    return {
        target: {cause: int(g) / PERMUTATIONS for cause, g in zip(causes, gain, strict=True)}
        for target, gain in gains.items()
    }


def _lanes(
    study: _Study, causes: Sequence[int], masks: IntArray, targets: Sequence[str]
) -> dict[str, Placement]:
    """Place everything that lies between the causes and the targets."""
    named = {study.causes[cause]: mask for cause, mask in zip(causes, masks, strict=True)}
    between = _leading_to(study.comparison, targets)
    nodes = [node for node in study.affected(sum(1 << c for c in causes)) if node in between]
    return _play(study.comparison, named, nodes, study.now)


def _leading_to(comparison: Comparison, targets: Iterable[str]) -> set[str]:
    found = set(targets)
    ways = list(found)
    while ways:
        for edge in comparison.incoming[ways.pop()]:
            if edge in comparison.sensitive and edge.upstream not in found:
                found.add(edge.upstream)
                ways.append(edge.upstream)
    return found


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
