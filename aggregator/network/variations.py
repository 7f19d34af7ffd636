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

from ..calendar import IntArray
from .lanes import NO_LANES, Front, Keys, Lanes, States, blocked_days, counted
from .layers import Layer, Layers, Rows
from .placement import Bounds
from .recall import Begin, Recall
from .schedule import Schedule


class Moved(NamedTuple):
    """Those changes that move an activity."""

    id: str
    changes: Sequence[str]
    """The activities that were changed."""
    finishes: Sequence[int]
    """Its finish with each of them."""
    days: Sequence[int]
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
        blocked = blocked_days(layers.waits)
        for layer in layers:
            front = Front.of(layers, layer, np.ones((1, len(layer.activities)), np.bool_))
            t = np.where(front.from_start, start[front.upstream], finish[front.upstream])
            implied[front.edges] = front.implied_each(t, front.edges, blocked)
        return Dates(start, finish, implied)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What would move if some activities were different, one at a time."""

    changed: Sequence[str]
    states: States
    """What each of them would be; of one trial."""
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
    layers: Layers, order: Sequence[str], now: States, dates: Dates, asked: Sequence[Question]
) -> list[list[Moved]]:
    """Put each of the changes in place of its activity's state, one at a time.

    ``now`` has the states of all rows, ``dates`` are those without changes. Returns each activity
    whose finish moves, question by question, in ``order``: that has all that can be changed.
    """
    names = tuple(sorted(order))
    recalls = [Recall[_Varied]() if one.recall is None else one.recall(names) for one in asked]
    passes = _Variations(layers, order, names, now, dates, asked)
    for number, recall in enumerate(recalls):
        passes.open(number, recall.found)
    for layer in layers:
        passes.enter(layer)
    return [passes.answer(number, recall) for number, recall in enumerate(recalls)]


class _Variations:
    """Row r of question q has the number q * rows + r."""

    def __init__(
        self,
        layers: Layers,
        order: Sequence[str],
        names: Sequence[str],
        now: States,
        dates: Dates,
        asked: Sequence[Question],
    ) -> None:
        self._layers, self._dates = layers, dates
        self._asked, self._names = asked, names
        self._row = {node: layers.row[node] for node in order}
        self._bits, self._blocked = len(names).bit_length(), blocked_days(layers.waits)
        size = len(layers.activities)
        self._varied: dict[int, _Varied] = {}
        self._moving, self._open, self._changed = np.zeros((3, len(asked), size), np.bool_)
        self._number = np.zeros(size, np.int32)
        self._number[[self._row[node] for node in names]] = np.arange(len(names))
        self._states = States.joined([now, *(one.states for one in asked)])
        self._state = np.zeros(len(asked) * size, np.intp)
        """The number of what each activity is changed to."""
        first = size
        for n, one in enumerate(asked):
            rows = np.array([self._row[node] for node in one.changed], np.intp)
            self._changed[n, rows] = True
            self._state[n * size + rows] = np.arange(first, first + rows.size)
            first += rows.size

    def open(self, number: int, known: Mapping[str, _Varied]) -> None:
        """Open what has to be found for a question."""
        first, among = number * len(self._layers.activities), self._asked[number].among
        if among is None:
            self._open[number, list(self._row.values())] = True
        else:
            self._open[number, [self._row[node] for node in among]] = True
            known = {node: found for node, found in known.items() if node in among}
        rows = [self._row[node] for node in known]
        self._varied |= {first + at: one for at, one in zip(rows, known.values(), strict=True)}
        self._open[number, rows] = False
        moving = [one.lanes.number.size > 0 for one in known.values()]
        self._moving[number, rows] = moving

    def answer(self, number: int, recall: Recall[_Varied]) -> list[Moved]:
        """Return what moves in the changes of one question."""
        among, first = self._asked[number].among, number * len(self._layers.activities)
        found = {
            node: self._varied.get(first + row, _STILL)
            for node, row in self._row.items()
            if among is None or node in among
        }
        recall.keep_all(found)
        return [one.moved for one in found.values() if one.moved is not None]

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
            edges = front.edges[moving].repeat(sizes)
            wide[at] = front.implied_each(t, edges, self._blocked)
        of_edges = pairwise([0, *ends.tolist()])
        return keys, front.bound(keys, (wide[a:b] for a, b in of_edges))

    def _placed(
        self, front: Front, keys: Keys, own: Rows, bound: Bounds
    ) -> tuple[IntArray, IntArray]:
        which = front.rows[keys.which]
        which[keys.places[1]] = self._state[front.numbers[own]]
        anchor, duration = (
            t[:, 0].take(which) for t in (self._states.anchor, self._states.duration)
        )
        return self._states.place(front.layer.calendar, lambda: which, anchor, duration, bound)

    def _keep(self, front: Front, keys: Keys, start: IntArray, finish: IntArray) -> None:
        row = front.rows[keys.which]
        late = self._dates.finish[row]
        moves = finish != late
        kept = (moves | (start != self._dates.start[row])).nonzero()[0]
        some = kept[moves[kept]]
        days = front.layer.calendar.workdays(late[some], finish[some]).tolist()
        finishes = finish[some].tolist()
        numbers: list[int] = keys.number[some].tolist()
        names = [self._names[n] for n in numbers]
        ends = [0, *some.searchsorted(keys.last).tolist()]
        rows, places = front.rows.tolist(), front.numbers.tolist()
        varied = keys.split(kept, start, finish)
        self._moving.reshape(-1)[front.numbers] = [lanes.number.size > 0 for lanes in varied]
        for n, lanes in enumerate(varied):
            if lanes.number.size:
                first, last = ends[n], ends[n + 1]
                moved = None
                if first < last:
                    node, part = self._layers.activities[rows[n]].id, slice(first, last)
                    moved = Moved(node, names[part], finishes[part], days[part])
                self._varied[places[n]] = _Varied(lanes, moved)
