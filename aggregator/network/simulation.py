"""The forward pass in thousands of trials, in little memory, and what is critical how often.

Dates are kept as packed days, starts only where something runs from them; of each edge it is kept
in which trials it drives, one bit each (DOMAIN.md 2.3 and 3.3).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from ..packed import Packed, pack, unpack
from .forward import forward
from .layers import GATE, START, Group, Layer, Layers
from .model import Activity, Edge
from .placement import LocalState, Placement, column
from .schedule import Network

Bits = NDArray[np.uint8]
"""One bit per trial."""

LOOK_BACK: Final = 8192
"""So many days before as_of dates are told apart; nothing waits for what ended 22 years ago."""
AT_ONCE: Final = 1 << 15
"""So many numbers fit into the processor's cache with all that is computed from them."""
_ROOMY: Final = 16
"""Where layers may have so many activities, most networks need not be cut up anew."""


class Simulation:
    """The finish of each activity in each trial, and what drove it."""

    def __init__(self, network: Network, layers: Layers, book: "_Book") -> None:
        self.network: Final = network
        self._layers = layers
        self._book = book

    def __contains__(self, node: str) -> bool:
        return node in self.network.complete

    def finish(self, node: str) -> IntArray:
        """Return the finish instants of an activity that has dates."""
        return self._book.instants(self._book.finish(self._layers.row[node]))

    def ends(self, groups: Mapping[str, str]) -> dict[str, IntArray]:
        """Return the last finish among the members of each group."""
        return {group: self._book.instants(t) for group, t in self._ends(groups).items()}

    def criticality(self, groups: Mapping[str, str]) -> dict[str, float]:
        """Return in what share of all trials each activity drives the end of a group.

        ``groups`` names the group of each activity. The shares are those of the members that have
        dates.
        """
        ends = self._ends(groups)
        last = np.zeros((len(self._layers.activities), self._book.tight.shape[1]), np.uint8)
        for node in self.network.complete:
            row = self._layers.row[node]
            last[row] = np.packbits(self._book.finish(row) == ends[groups.get(node, "")])
        found = self._driving(last)
        return {
            node: int(np.bitwise_count(found[self._layers.row[node]]).sum()) / self._book.trials
            for node in self.network.complete
        }

    def _driving(self, finish: Bits) -> Bits:
        """Return the trials in which each activity drives those finishes; ``finish`` is used up."""
        start = np.zeros_like(finish)
        for layer in reversed(self._layers):
            for group in layer.groups:
                runs_from_start = set(group.from_start.tolist())
                for n, (up, down) in enumerate(zip(group.upstream, group.downstream, strict=True)):
                    driven = finish[down]
                    if group.bounds != GATE and down in self._book.gated:
                        driven = driven & ~self._book.gated[down]
                    if group.bounds != GATE and self._layers.activities[down].started is None:
                        driven = driven | start[down]
                    (start if n in runs_from_start else finish)[up] |= (
                        driven & self._book.tight[group.edges.start + n]
                    )
        return start | finish

    def _ends(self, groups: Mapping[str, str]) -> dict[str, Packed]:
        ends: dict[str, Packed] = {}
        for node in self.network.complete:
            group, own = groups.get(node, ""), self._book.finish(self._layers.row[node])
            ends[group] = np.maximum(ends[group], own) if group in ends else own
        return ends


def simulate(
    network: Network,
    as_of: int,
    finish: Packed,
    *,
    sampled: Callable[[Sequence[Activity]], tuple[IntArray, IntArray]],
    blocked: Callable[[Edge], int | IntArray],
) -> Simulation:
    """Place all activities in all trials, each as ``sampled`` gives it when its turn comes.

    ``sampled`` gives anchors and durations, as ``placement.anchors_and_durations`` does, and
    ``blocked`` the working days behind a partial gate. Nothing is kept of what they give.
    The finishes are written to ``finish``, of shape (activities, trials) in the order of
    ``network.activities``, each row after its activity was asked for: until then it may hold
    something else.
    """
    edges = [edge for edge in network.logic if network.holds(edge)]
    most = max(1, AT_ONCE // finish.shape[1])
    layers = network.layers if most >= _ROOMY else None
    if layers is None or layers.widest > most or len(edges) < len(layers.edges):
        layers = Layers(list(network.activities.values()), edges, most=most)
    book = _Book(layers, as_of - LOOK_BACK, finish, list(network.activities))
    forward(layers, _Sampled(layers, sampled, blocked), book)
    return Simulation(network, layers, book)


class _Sampled:
    def __init__(
        self,
        layers: Layers,
        sampled: Callable[[Sequence[Activity]], tuple[IntArray, IntArray]],
        blocked: Callable[[Edge], int | IntArray],
    ) -> None:
        self._edges = layers.edges
        self._sampled = sampled
        self._blocked = blocked

    def state(self, layer: Layer) -> LocalState:
        anchor, duration = self._sampled(layer.activities)
        return LocalState(calendar=layer.calendar, anchor=anchor, duration=duration)

    def blocked(self, group: Group) -> IntArray:
        return column([self._blocked(edge) for edge in self._edges[group.edges]])


class _Book:
    def __init__(self, layers: Layers, origin: int, finish: Packed, ids: Sequence[str]) -> None:
        self._finish = finish
        self._at = np.array([0] * len(ids), np.intp)
        self._at[[layers.row[one] for one in ids]] = np.arange(len(ids))
        self.trials = finish.shape[1]
        self.tight: Bits = np.zeros((len(layers.edges), -(-self.trials // 8)), np.uint8)
        """In which trials each edge holds the date that it bounds."""
        self.gated: dict[int, Bits] = {}
        """In which trials a gate holds up each finish that has one."""
        self._origin = origin
        self._start: dict[int, Packed] = {
            row: np.empty(0, np.uint16)
            for layer in layers
            for group in layer.groups
            for row in group.upstream[group.from_start].tolist()
        }
        self._finished = np.array([a.finished is not None for a in layers.activities], np.bool_)

    def finish(self, row: int) -> Packed:
        finish: Packed = self._finish[self._at[row]]
        return finish

    def instants(self, packed: Packed) -> IntArray:
        return self._origin + unpack(packed)

    def upstream(self, group: Group) -> IntArray:
        t = self._finish[self._at[group.upstream]]
        upstream: list[int] = group.upstream.tolist()
        for n in group.from_start.tolist():
            t[n] = self._start[upstream[n]]
        return self.instants(t)

    def enter(self, layer: Layer, placed: Placement, implied: Sequence[IntArray]) -> None:
        self._finish[self._at[layer.rows]] = pack(placed.finish - self._origin)
        first = layer.rows.start
        for row in range(first, layer.rows.stop):
            if row in self._start:
                self._start[row] = np.broadcast_to(
                    pack(placed.start[row - first] - self._origin), self.trials
                )
        for group, t in zip(layer.groups, implied, strict=True):
            self._enter_drivers(layer, group, placed, t)

    def _enter_drivers(self, layer: Layer, group: Group, placed: Placement, t: IntArray) -> None:
        count, down = layer.calendar.count, group.downstream - layer.rows.start
        if group.bounds == START:
            date = placed.resume[down]
        elif group.bounds == GATE:
            date = placed.finish[down]
            gated = count(placed.worked[down]) < count(date)
            self.gated.update(
                zip(group.downstream.tolist(), np.packbits(gated, axis=1), strict=True)
            )
        else:
            date = placed.worked[down]
            # Work that has to end at or after the bound ends with a working day.
            t = np.where(placed.resume[down] < date, layer.calendar.up(t - 1) + 1, t)
        tight = count(t) == count(date)
        tight &= ~self._finished[group.upstream, None]
        self.tight[group.edges] = np.packbits(tight, axis=1)
