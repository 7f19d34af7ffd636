"""The forward pass over the layers of a network (DOMAIN.md 1.4)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from ..calendar import IntArray
from .layers import GATE, Group, Layer, Layers, Rows, combined, spread
from .placement import Bounds, LocalState, Placement, later, place
from .recall import Recall


class Inputs(Protocol):
    """What activities and edges are worth in a pass, in arrays of shape (members, trials)."""

    def state(self, layer: Layer) -> LocalState:
        """Return what the dates of a layer depend on besides edges; 0 days for what is unknown."""
        ...

    def blocked(self, group: Group) -> IntArray:
        """Return the working days of the blocked part behind each gate."""
        ...


class Book(Protocol):
    """Where the dates of a pass are kept."""

    def upstream(self, group: Group) -> IntArray:
        """Return the instants that the edges of a group run from, as an array of its own."""
        ...

    def enter(self, layer: Layer, placed: Placement, implied: Sequence[IntArray]) -> None:
        """Keep the dates of a layer, and what each of its groups of edges implies."""
        ...


class Forward(NamedTuple):
    """What a pass finds for a layer."""

    placed: Placement
    implied: Sequence[IntArray]
    """What each group of edges implies."""


def forward(
    layers: Layers, inputs: Inputs, book: Book, known: Recall[Forward] | None = None
) -> None:
    """Place every activity as early as possible, with no time for what is unknown.

    Layers that are ``known`` are not placed again.
    """
    for layer in layers:
        found = _placed(layer, inputs, book) if known is None else _kept(known, layer, inputs, book)
        book.enter(layer, found.placed, found.implied)


def _kept(known: Recall[Forward], layer: Layer, inputs: Inputs, book: Book) -> Forward:
    nodes = [activity.id for activity in layer.activities]
    found = known.get_together(nodes)
    if found is None:
        found = _placed(layer, inputs, book)
        known.keep_together(nodes, found)
    return found


def _placed(layer: Layer, inputs: Inputs, book: Book) -> Forward:
    implied: list[IntArray] = []
    for group in layer.groups:
        t = group.delayed(book.upstream(group), layer.calendar)
        if group.bounds == GATE:
            t = layer.calendar.add(t, inputs.blocked(group))
        implied.append(t)
    return Forward(place_layer(layer, inputs.state(layer), bound(layer, implied)), implied)


def bound(layer: Layer, implied: Sequence[IntArray]) -> Bounds:
    """Combine what the groups of edges into a layer imply."""
    return combined(
        (group.bounds, spread(layer, group, t))
        for group, t in zip(layer.groups, implied, strict=True)
    )


def place_layer(layer: Layer, state: LocalState, bound: Bounds) -> Placement:
    """Place a layer like work that has not begun, then put right what is something else."""
    placed = place(state, bound)
    if not layer.irregular:
        return placed
    start, resume, worked, finish = (np.array(t) for t in np.broadcast_arrays(*placed))
    if layer.unknown.size:
        # It may begin before a bound on its finish, which long work would meet anyway.
        rows = layer.unknown
        earliest = _rows(later(bound.start, state.anchor), rows)
        start[rows] = resume[rows] = earliest
        worked[rows] = np.maximum(earliest, _rows(bound.finish, rows))
        finish[rows] = np.maximum(worked[rows], _rows(bound.gate, rows))
    if layer.pinned.size and state.duration is not None:
        rows = layer.pinned
        alone = place(
            replace(state, anchor=state.anchor[rows], duration=state.duration[rows]), Bounds()
        )
        for t, own in zip((start, resume, worked, finish), alone, strict=True):
            t[rows] = own
    if layer.started.size:
        start[layer.started] = layer.starts
    if layer.finished.size:
        rows = layer.finished
        start[rows] = resume[rows] = layer.actual_starts
        worked[rows] = finish[rows] = layer.actual_finishes
    return Placement(start, resume, worked, finish)


def _rows(t: IntArray | None, rows: Rows) -> IntArray | int:
    return 0 if t is None else t[rows]
