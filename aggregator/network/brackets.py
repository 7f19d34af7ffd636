"""The earliest and the latest dates of activities, whichever causes have come true.

What bounds an activity moves it one way only: later bounds never make it earlier. So the dates of
all mixtures of what is planned and what is now lie between those two that are placed from the
earliest and from the latest dates of what it waits for.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from ..calendar import IntArray
from .baseline import Comparison
from .lanes import Front, States
from .layers import LONG_AGO, Layer, Rows
from .model import Edge
from .placement import Bounds, LocalState
from .recall import Begin, Recall

Gates = Callable[[Edge], int | IntArray | None]
"""Returns the working days of the blocked part behind a gate, in each trial."""


class Bracket(NamedTuple):
    """The earliest dates of an activity in each trial, and its latest ones; shape (2, trials)."""

    start: IntArray
    finish: IntArray


def brackets(
    comparison: Comparison,
    wanted: Iterable[str],
    *,
    trials: int,
    state: Callable[[str], LocalState],
    blocked: Gates,
    recall: Begin,
) -> dict[str, Bracket]:
    """Find the bracket of each wanted activity.

    ``state`` gives the current state of an activity in each trial. ``recall`` begins a pass in
    which what is known is not found again.
    """
    known: Recall[Bracket] = recall(trials)
    passes = _Passes(comparison, trials, state, blocked)
    passes.want(wanted, known)
    for layer in comparison.layers:
        for node, found in passes.enter(layer):
            known.keep(node, found)
    row = comparison.layers.row
    return {node: passes.found[row[node]] for node in wanted}


class _Passes:
    def __init__(
        self,
        comparison: Comparison,
        trials: int,
        state: Callable[[str], LocalState],
        blocked: Gates,
    ) -> None:
        self._layers = comparison.layers
        self._baseline = comparison.baseline
        self._trials = trials
        self._state = state
        self._gate = blocked
        self._open = np.zeros(len(self._layers.activities), np.bool_)
        self.found: dict[int, Bracket] = {}
        """By row."""

    def want(self, wanted: Iterable[str], known: Recall[Bracket]) -> None:
        """Find what has to be placed for some activities."""
        waits = self._layers.waits
        self._open[[self._layers.row[node] for node in wanted]] = True
        for layer in reversed(self._layers):
            for row in (np.flatnonzero(self._open[layer.rows]) + layer.rows.start).tolist():
                found = known.get(self._layers.activities[row].id)
                if found is not None:
                    self._open[row] = False
                    self.found[row] = found
            into = waits.into(layer)
            self._open[waits.upstream[into][self._open[waits.downstream[into]]]] = True

    def enter(self, layer: Layer) -> Iterable[tuple[str, Bracket]]:
        """Place a layer in both of its states, from the earliest and the latest bounds."""
        front = Front.of(self._layers, layer, self._open[None, layer.rows])
        if not front.rows.size:
            return
        ids = [self._layers.activities[row].id for row in front.rows.tolist()]
        bounds = self._bounds(front)
        start, finish = self._placed(layer, list(map(self._state, ids)), bounds)
        planned = [n for n, node in enumerate(ids) if node in self._baseline]
        if planned:
            some = Bounds(*(None if t is None else t[planned] for t in bounds))
            then = self._placed(layer, [self._baseline[ids[n]] for n in planned], some)
            for dates, others in zip((start, finish), then, strict=True):
                dates[planned, 0] = np.minimum(dates[planned, 0], others[:, 0])
                dates[planned, 1] = np.maximum(dates[planned, 1], others[:, 1])
        for n, row in enumerate(front.rows.tolist()):
            self.found[row] = Bracket(start[n], finish[n])
            yield ids[n], self.found[row]

    def _bounds(self, front: Front) -> Bounds:
        """Return what edges imply at the earliest and at the latest, for each activity."""
        if not front.edges.size:
            return Bounds()
        upstream = [self.found[row] for row in front.upstream.tolist()]
        t = np.stack(
            [
                one.start if from_start else one.finish
                for one, from_start in zip(upstream, front.from_start.tolist(), strict=True)
            ]
        )
        every = np.arange(front.edges.size)
        sizes = np.full_like(every, 2 * self._trials)
        trial = np.tile(np.arange(self._trials), 2 * front.edges.size)
        front.implied(t.reshape(-1), every, sizes, trial, self._blocked)
        found: list[IntArray | None] = [None, None, None]
        kinds = front.waits.bounds[front.edges].tolist()
        for n, down, what in zip(every.tolist(), front.down.tolist(), kinds, strict=True):
            latest = found[what]
            if latest is None:
                shape = (front.rows.size, *t.shape[1:])
                latest = found[what] = np.full(shape, LONG_AGO, np.int32)
            np.maximum(latest[down], t[n], out=latest[down])
        return Bounds(*found)

    def _placed(
        self, layer: Layer, states: list[LocalState], bounds: Bounds
    ) -> tuple[IntArray, IntArray]:
        found = States.of(states)
        shape = len(states), 2, self._trials

        def wide(values: IntArray) -> IntArray:
            return np.broadcast_to(values[:, None], shape).reshape(-1)

        dates = found.place(
            layer.calendar,
            lambda: np.arange(shape[0]).repeat(shape[1] * shape[2]),
            wide(found.anchor),
            wide(found.duration),
            Bounds(*(None if t is None else t.reshape(-1) for t in bounds)),
        )
        start, finish = (t.reshape(shape) for t in dates)
        return start, finish

    def _blocked(self, edge: int, trials: Rows) -> int | IntArray:
        days = self._gate(self._layers.edges[edge])
        if days is None or isinstance(days, int) or days.size == 1:
            return 0 if days is None else days
        return days.take(trials)
