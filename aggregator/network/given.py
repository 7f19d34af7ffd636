"""What the activities and edges of a network say themselves, collected by layer."""

from dataclasses import dataclass

import numpy as np

from ..calendar import IntArray
from .lanes import States
from .layers import LONG_AGO, Group, Layer, Layers
from .placement import Columns, LocalState, column


class Given:
    """What the activities and edges themselves say, collected once for all days."""

    def __init__(self, layers: Layers, *, keep: bool) -> None:
        """Keep what is collected, or collect it whenever it is asked for: samples take room."""
        self._layers = layers
        self._keep = keep
        self._columns: dict[int, Columns] = {}
        self._blocked: dict[int, IntArray] = {}

    def durations(self) -> IntArray:
        """Return what remains of each row, in working days: nothing of promises and the unknown."""
        found = np.zeros(len(self._layers.activities), np.int32)
        for layer in self._layers:
            _, duration = self.anchors_and_durations(layer, LONG_AGO)
            found[layer.rows] = duration[:, 0]
        return found

    def anchors_and_durations(self, layer: Layer, as_of: int) -> tuple[IntArray, IntArray]:
        """Return what the dates of a layer depend on besides edges."""
        at = layer.rows.start
        columns = self._columns.get(at) or Columns.of(layer.activities)
        if self._keep:
            self._columns[at] = columns
        return columns.at(as_of)

    def blocked(self, group: Group) -> IntArray:
        """Return the working days of the blocked part behind each gate."""
        at = group.edges.start
        if at in self._blocked:
            return self._blocked[at]
        edges = self._layers.edges[group.edges]
        blocked = column([0 if edge.blocked is None else edge.blocked for edge in edges])
        if self._keep:
            self._blocked[at] = blocked
        return blocked

    def states(self, as_of: int) -> States:
        """Return the local states of all rows as of a day, where there is one trial."""
        rows = len(self._layers.activities)
        anchor, duration = np.empty((2, rows, 1), np.int32)
        free_start, pinned = np.zeros((2, rows), np.bool_)
        started, finished = (
            np.full(rows, LONG_AGO, np.int32),
            np.full((2, rows), LONG_AGO, np.int32),
        )
        for layer in self._layers:
            at, activities = layer.rows, layer.activities
            anchor[at], duration[at] = self.anchors_and_durations(layer, as_of)
            if layer.irregular:
                begun = at.start + layer.started
                started[begun] = layer.starts[:, 0]
                free_start[begun] = [activities[n].override for n in layer.started.tolist()]
                pinned[at.start + layer.pinned] = True
                over = at.start + layer.finished
                finished[:, over] = layer.actual_starts[:, 0], layer.actual_finishes[:, 0]
        return States(
            anchor=anchor,
            duration=duration,
            free_start=free_start,
            pinned=pinned,
            started=started,
            finished=finished,
        )


@dataclass(frozen=True, slots=True)
class AsOf:
    """What a forward pass asks for, as of a day."""

    given: Given
    as_of: int

    def state(self, layer: Layer) -> LocalState:
        anchor, duration = self.given.anchors_and_durations(layer, self.as_of)
        return LocalState(calendar=layer.calendar, anchor=anchor, duration=duration)

    def blocked(self, group: Group) -> IntArray:
        return self.given.blocked(group)
