"""What would move if one activity were different: every change in a lane of its own.

Lanes are carried along only as far as they make a difference, so that many changes in a large
network cost little more than the dates that they move. Several questions are answered side by
side: each of them has rows of the network of its own, and all of a layer is placed at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..calendar import IntArray
from .lanes import NO_LANES, Front, Keys, Lanes, States, counted, gates
from .layers import Layer, Layers, Rows
from .placement import Bounds, LocalState
from .recall import Begin, Recall
from .schedule import Schedule


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


class Dates(NamedTuple):
    """When the activities of a network happen, by row, and what each of its edges implies."""

    start: IntArray
    finish: IntArray
    implied: IntArray

    @classmethod
    def of(cls, schedule: Schedule) -> "Dates":
        """Read the dates of a schedule with a single trial."""
        schedule.require_single_trial()
        dates = schedule.dates
        return cls(dates.start[:, 0], dates.finish[:, 0], dates.implied[:, 0])

    def among(self, every: Layers, layers: Layers) -> "Dates":
        """Give the dates of some of the activities, between which there may be other edges."""
        if layers is every:
            return self
        rows = [every.row[activity.id] for activity in layers.activities]
        start, finish = self.start[rows], self.finish[rows]
        implied = np.empty(len(layers.edges), np.int32)
        blocked = gates(layers.waits)
        for layer in layers:
            front = Front.of(layers, layer, np.ones((1, len(layer.activities)), np.bool_))
            edges = np.arange(front.edges.size)
            t = np.where(front.from_start, start[front.upstream], finish[front.upstream])
            implied[front.edges] = front.implied(t, edges, np.ones_like(edges), edges, blocked)
        return Dates(start, finish, implied)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What would move if some activities were different, one at a time."""

    changes: Mapping[str, LocalState]
    """What each of them would be."""
    among: Collection[str] | None = None
    """The only activities that are asked about; what they wait for is among them. None for all."""
    recall: Begin | None = None
    """Begins a pass in which what is known of an activity is not found again: there, whether an
    activity is changed, and how, has to follow from its print."""


class _Varied(NamedTuple):
    """How an activity is moved; the same for all that move with it."""

    lanes: Lanes
    moved: Moved | None


_STILL: Final = _Varied(NO_LANES, None)


def vary(
    layers: Layers, states: Mapping[str, LocalState], dates: Dates, asked: Sequence[Question]
) -> list[list[Moved]]:
    """Put each of the changes in place of its activity's state, one at a time.

    ``dates`` are those without changes. Returns each activity whose finish moves, question by
    question, in the order of ``states``.
    """
    names = tuple(sorted(states))
    recalls = [Recall[_Varied]() if one.recall is None else one.recall(names) for one in asked]
    passes = _Variations(layers, states, dates, asked, names, recalls)
    for layer in layers:
        passes.enter(layer)
    return [passes.answer(number, recall) for number, recall in enumerate(recalls)]


class _Variations:
    """Row r of question q has the number q * rows + r."""

    def __init__(
        self,
        layers: Layers,
        states: Mapping[str, LocalState],
        dates: Dates,
        asked: Sequence[Question],
        names: Sequence[str],
        recalls: Sequence[Recall[_Varied]],
    ) -> None:
        self._layers, self._states, self._dates = layers, states, dates
        self._asked, self._names = asked, names
        self._bits, self._gates = len(names).bit_length(), gates(layers.waits)
        row, size = layers.row, len(layers.activities)
        self._varied: dict[int, _Varied] = {}
        shape = len(asked), size
        self._moving, self._open, self._changed = np.zeros((3, *shape), np.bool_)
        self._number = np.zeros(size, np.int32)
        self._number[[row[node] for node in names]] = np.arange(len(names))
        for n, (one, recall) in enumerate(zip(asked, recalls, strict=True)):
            among = states if one.among is None else one.among
            known = {row[node]: found for node in among if (found := recall.get(node)) is not None}
            self._varied |= {n * size + at: found for at, found in known.items()}
            self._moving[n, [at for at, found in known.items() if found.lanes.number.size]] = True
            self._open[n, [row[node] for node in among]] = True
            self._open[n, list(known)] = False
            self._changed[n, [row[node] for node in one.changes if node in states]] = True

    def answer(self, number: int, recall: Recall[_Varied]) -> list[Moved]:
        """Return what moves in the changes of one question."""
        among, size = self._asked[number].among, len(self._layers.activities)
        moved: list[Moved] = []
        for node in self._states:
            if among is not None and node not in among:
                continue
            one = self._varied.get(number * size + self._layers.row[node], _STILL)
            recall.keep(node, one)
            if one.moved is not None:
                moved.append(one.moved)
        return moved

    def enter(self, layer: Layer) -> None:
        """Place what can move of a layer in all lanes that can move it; keep those that do."""
        waits = self._layers.waits
        into = waits.into(layer)
        wanted = self._changed[:, layer.rows].copy()
        questions, edges = self._moving[:, waits.upstream[into]].nonzero()
        wanted[questions, waits.downstream[into][edges] - layer.rows.start] = True
        front = Front.of(self._layers, layer, wanted & self._open[:, layer.rows])
        if not front.rows.size:
            return
        own = self._changed.reshape(-1)[front.numbers].nonzero()[0]
        keys, bound = self._carried(front, own)
        self._keep(front, keys, *self._placed(front, keys, own, bound))

    def _carried(self, front: Front, own: Rows) -> tuple[Keys, Bounds]:
        """Join the lanes of a front; say what its edges imply in all of those."""
        moving = self._moving.reshape(-1)[front.upstream].nonzero()[0]
        upstream = [self._varied[n].lanes for n in front.upstream[moving].tolist()]
        sizes, numbers = counted(upstream)
        down, own_numbers = front.down[moving], self._number[front.rows[own]]
        parts = [(down, sizes, numbers), (own, np.ones_like(own), own_numbers)]
        keys = Keys(front.rows.size, self._bits, parts)
        long = (keys.last - keys.first)[front.down]
        wide = self._dates.implied[front.edges].repeat(long)
        ends = long.cumsum()
        if moving.size:
            first = ends - keys.last[front.down]
            at = first[moving].repeat(sizes) + keys.places[0]
            t = front.instants(upstream, moving)
            wide[at] = front.implied(t, moving, sizes, numbers, self._gates)
        of_edges = pairwise([0, *ends.tolist()])
        return keys, front.bound(keys, (wide[a:b] for a, b in of_edges))

    def _placed(
        self, front: Front, keys: Keys, own: Rows, bound: Bounds
    ) -> tuple[IntArray, IntArray]:
        ids = [self._layers.activities[row].id for row in front.rows.tolist()]
        questions = (front.numbers[own] // len(self._layers.activities)).tolist()
        states = [self._states[node] for node in ids]
        states += [
            self._asked[number].changes[ids[n]]
            for number, n in zip(questions, own.tolist(), strict=True)
        ]
        which = keys.which.copy()
        which[keys.places[1]] = np.arange(len(ids), len(states))
        found = States.of(front.layer.calendar, states)
        anchor, duration = found.anchor[:, 0].take(which), found.duration[:, 0].take(which)
        return found.place(lambda: which, anchor, duration, bound)

    def _keep(self, front: Front, keys: Keys, start: IntArray, finish: IntArray) -> None:
        row = front.rows[keys.which]
        late = self._dates.finish[row]
        moves = finish != late
        kept = (moves | (start != self._dates.start[row])).nonzero()[0]
        days = front.layer.calendar.workdays(late[kept], finish[kept])
        moves, done = moves[kept], 0
        for row, number, lanes in zip(
            front.rows.tolist(),
            front.numbers.tolist(),
            keys.split(kept, start, finish),
            strict=True,
        ):
            some = slice(done, done + lanes.number.size)
            done = some.stop
            if lanes.number.size:
                self._varied[number] = _Varied(
                    lanes, self._moved(row, lanes, days[some], moves[some])
                )
                self._moving.reshape(-1)[number] = True

    def _moved(
        self, row: int, lanes: Lanes, days: IntArray, moves: NDArray[np.bool_]
    ) -> Moved | None:
        which: list[int] = lanes.number[moves].tolist()
        if not which:
            return None
        return Moved(
            id=self._layers.activities[row].id,
            changes=tuple(self._names[n] for n in which),
            finishes=lanes.finish[moves],
            days=days[moves],
        )
