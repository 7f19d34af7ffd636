"""What is sampled of activities and edges, packed: 40 kB for each at 10,000 trials."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from .calendar import IntArray
from .network.model import Activity, Edge
from .packed import Packed, pack, unpack


class Samples:
    """The samples of a network, taken out of its activities and edges and put back one at a time.

    Begins of work and promises are rows of ``table``, in the order of the activities: whoever has
    placed one needs its row no longer, and may write its finish there.
    """

    def __init__(self, as_of: int, activities: Sequence[str], trials: int) -> None:
        self.table: Packed = np.empty((len(activities), trials), np.uint16)
        self._as_of = as_of
        self._row = {activity: n for n, activity in enumerate(activities)}
        self._starts: set[str] = set()
        self._promised: set[str] = set()
        self._durations: dict[str, Packed] = {}
        self._blocked: dict[Hashable, Packed] = {}

    def take(self, activity: Activity) -> Activity:
        """Keep an activity's samples, and return it with a number in place of each."""
        name, start, released = activity.id, activity.earliest_start, activity.released
        if isinstance(released, np.ndarray):
            self.table[self._row[name]] = pack(released - self._as_of)
            self._promised.add(name)
            return replace(activity, released=self._as_of)
        if isinstance(start, np.ndarray):
            self.table[self._row[name]] = pack(start - self._as_of)
            self._starts.add(name)
            activity = replace(activity, earliest_start=self._as_of)
        if isinstance(activity.duration, np.ndarray):
            self._durations[name] = pack(activity.duration)
            activity = replace(activity, duration=0)
        return activity

    def put(self, activity: Activity) -> Activity:
        """Return an activity with its samples put back."""
        name = activity.id
        if name in self._promised:
            return replace(activity, released=self._later(name))
        if name in self._starts:
            activity = replace(activity, earliest_start=self._later(name))
        if name in self._durations:
            activity = replace(activity, duration=unpack(self._durations[name]))
        return activity

    def take_blocked(self, key: Hashable, edge: Edge) -> Edge:
        """Keep the samples of the work behind a gate."""
        if isinstance(edge.blocked, np.ndarray):
            self._blocked[key] = pack(edge.blocked)
            return replace(edge, blocked=None)
        return edge

    def blocked(self, key: Hashable) -> IntArray | None:
        """Return the samples of the work behind a gate; None where there are none."""
        packed = self._blocked.get(key)
        return None if packed is None else unpack(packed)

    def durations(self, activity: str) -> Packed | None:
        """Return the packed working days of an activity; None where they are not sampled."""
        return self._durations.get(activity)

    def first(self, trials: int) -> "Samples":
        """Return a copy of the first trials."""
        few = Samples(self._as_of, list(self._row), 0)
        few.table = self.table[:, :trials].copy()
        few._starts, few._promised = self._starts, self._promised
        few._durations = {name: t[:trials].copy() for name, t in self._durations.items()}
        few._blocked = {key: t[:trials].copy() for key, t in self._blocked.items()}
        return few

    def _later(self, name: str) -> IntArray:
        return self._as_of + unpack(self.table[self._row[name]])
