"""What would move if one activity were different: every change in a lane of its own.

Lanes are carried along only as far as they make a difference, so that many changes in a large
network cost little more than the dates that they move.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from .model import Edge
from .placement import Bounds, LocalState, Placement, bounds, place

Lanes = NDArray[np.signedinteger[Any]]


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
) -> Iterator[Moved]:
    """Put each of ``changes`` in place of its activity's state, one at a time.

    ``placements`` are the dates without changes. Yields each activity whose finish moves.
    """
    names = [node for node in order if node in changes]
    number = {node: n for n, node in enumerate(names)}
    lanes_of: dict[str, Lanes] = {}
    varied: dict[str, Placement] = {}
    for node in order:
        edges = incoming[node]
        upstream = {edge.upstream for edge in edges if edge.upstream in lanes_of}
        own = number.get(node)
        if own is None and not upstream:
            continue
        parts = [lanes_of[one] for one in upstream]
        lanes = union([*parts, np.array([] if own is None else [own], np.intp)])
        given = {
            edge.upstream: _in_lanes(
                lanes, lanes_of[edge.upstream], varied[edge.upstream], placements[edge.upstream]
            )
            if edge.upstream in upstream
            else placements[edge.upstream]
            for edge in edges
        }
        state, before = states[node], placements[node]
        bound = bounds(edges, given, state.calendar)
        placed = Placement(
            *(np.array(np.broadcast_to(t, lanes.shape)) for t in place(state, bound))
        )
        if own is not None:
            lane = int(np.searchsorted(lanes, own))
            alone = Bounds(*(t if t is None or t.size == 1 else t[lane : lane + 1] for t in bound))
            for t, changed in zip(placed, place(changes[node], alone), strict=True):
                t[lane] = changed[0]
        kept = np.zeros(lanes.shape, np.bool_)
        for t, as_it_is in zip(placed, before, strict=True):
            kept |= t != as_it_is
        if not kept.any():
            continue
        lanes_of[node] = lanes[kept]
        varied[node] = Placement(*(t[kept] for t in placed))
        finish = varied[node].finish
        days = state.calendar.workdays(before.finish, finish)
        moves = np.flatnonzero(finish != before.finish)
        if moves.size:
            yield Moved(
                id=node,
                changes=tuple(names[n] for n in lanes_of[node][moves]),
                finishes=finish[moves],
                days=days[moves],
            )


def union(parts: Sequence[Lanes]) -> Lanes:
    """Return all numbers of some arrays once, in order."""
    numbers = np.sort(np.concatenate(parts))
    new = np.ones(numbers.shape, np.bool_)
    new[1:] = numbers[1:] != numbers[:-1]
    return numbers[new]


def _in_lanes(lanes: Lanes, own: Lanes, varied: Placement, as_it_is: Placement) -> Placement:
    at = np.searchsorted(lanes, own)
    dates: list[IntArray] = []
    for t, same in zip(varied, as_it_is, strict=True):
        spread = np.full(lanes.shape, same[0], np.int32)
        spread[at] = t
        dates.append(spread)
    return Placement(*dates)
