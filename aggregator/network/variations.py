"""What would move if one activity were different: every change in a lane of its own.

Lanes are carried along only as far as they make a difference, so that many changes in a large
network cost little more than the dates that they move.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from .model import Edge
from .placement import Bounds, LocalState, Placement, bounds, place
from .recall import Begin, Recall

Lanes = NDArray[np.signedinteger[Any]]

_NO_DATES: Final = np.empty((len(Placement._fields), 0), np.int32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Moved:
    """Those changes that move an activity."""

    id: str
    changes: tuple[str, ...]
    """The activities that were changed."""
    finishes: IntArray
    """Its finish with each of them."""
    days: IntArray
    """Against its finish as it is, in signed working days of its calendar."""


def vary(
    order: Sequence[str],
    incoming: Mapping[str, Sequence[Edge]],
    states: Mapping[str, LocalState],
    placements: Mapping[str, Placement],
    changes: Mapping[str, LocalState],
    recall: Begin | None = None,
) -> Iterator[Moved]:
    """Put each of ``changes`` in place of its activity's state, one at a time.

    ``placements`` are the dates without changes. Yields each activity whose finish moves.
    ``recall`` begins a pass in which what is known of an activity is not found again.
    """
    names = [node for node in order if node in changes]
    found = Recall[_Varied]() if recall is None else recall(tuple(names))
    number = {node: n for n, node in enumerate(names)}
    varied: dict[str, _Varied] = {}
    for node in order:
        one = found.get(node)
        if one is None:
            placed = _vary(node, number.get(node), incoming, states, placements, changes, varied)
            one = _Varied(*placed, _moved(node, names, placed, states[node], placements[node]))
            found.keep(node, one)
        if one.lanes.size:
            varied[node] = one
        if one.moved is not None:
            yield one.moved


class _Varied(NamedTuple):
    """How an activity is moved; the same for all that move with it."""

    lanes: Lanes
    """The numbers of the changes that make a difference to it."""
    dates: IntArray
    """Its dates with each of them, in the order of ``Placement``."""
    moved: Moved | None


def _vary(
    node: str,
    own: int | None,
    incoming: Mapping[str, Sequence[Edge]],
    states: Mapping[str, LocalState],
    placements: Mapping[str, Placement],
    changes: Mapping[str, LocalState],
    varied: Mapping[str, _Varied],
) -> tuple[Lanes, IntArray]:
    """Place an activity in all lanes that can move it; keep those that do."""
    edges = incoming[node]
    upstream = {edge.upstream for edge in edges if edge.upstream in varied}
    parts = [varied[one].lanes for one in upstream]
    lanes = union([*parts, np.array([] if own is None else [own], np.intp)])
    if not lanes.size:
        return lanes, _NO_DATES
    given = {
        edge.upstream: _in_lanes(lanes, varied[edge.upstream], placements[edge.upstream])
        if edge.upstream in upstream
        else placements[edge.upstream]
        for edge in edges
    }
    bound = bounds(edges, given, states[node].calendar)
    placed = np.empty((len(Placement._fields), lanes.size), np.int32)
    for row, t in zip(placed, place(states[node], bound), strict=True):
        row[:] = t
    if own is not None:
        lane = int(np.searchsorted(lanes, own))
        alone = Bounds(*(t if t is None or t.size == 1 else t[lane : lane + 1] for t in bound))
        placed[:, lane : lane + 1] = place(changes[node], alone)
    differs = placed != np.array(placements[node])
    kept = np.flatnonzero(np.logical_or.reduce(differs, axis=0))
    return lanes[kept], placed[:, kept]


def _moved(
    node: str,
    names: Sequence[str],
    placed: tuple[Lanes, IntArray],
    state: LocalState,
    before: Placement,
) -> Moved | None:
    lanes, finish = placed[0], Placement(*placed[1]).finish
    moves = np.flatnonzero(finish != before.finish)
    if not moves.size:
        return None
    return Moved(
        id=node,
        changes=tuple(names[n] for n in map(int, lanes[moves])),
        finishes=finish[moves],
        days=state.calendar.workdays(before.finish, finish[moves]),
    )


def union(parts: Sequence[Lanes]) -> Lanes:
    """Return all numbers of some arrays once, in order."""
    numbers = np.sort(np.concatenate(parts))
    new = np.ones(numbers.shape, np.bool_)
    new[1:] = numbers[1:] != numbers[:-1]
    return numbers[new]


def _in_lanes(lanes: Lanes, varied: _Varied, as_it_is: Placement) -> Placement:
    dates = np.empty((len(varied.dates), lanes.size), np.int32)
    dates[:] = as_it_is
    dates[:, np.searchsorted(lanes, varied.lanes)] = varied.dates
    return Placement(*dates)
