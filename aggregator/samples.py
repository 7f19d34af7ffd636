"""What is sampled of activities and edges, packed: 40 kB for each at 10,000 trials."""

from collections.abc import Hashable, Sequence
from dataclasses import replace

import numpy as np

from .calendar import IntArray
from .network.model import Activity
from .network.placement import pin
from .packed import Packed, middle, pack, unpack


class Samples:
    """The samples of a network, kept beside its activities and edges.

    Begins of work and promises are rows of ``table``, in the order of the activities: whoever has
    placed one needs its row no longer, and may write its finish there.
    """

    def __init__(self, as_of: int, activities: Sequence[str], trials: int) -> None:
        shape = len(activities), trials
        self.table: Packed = np.empty(shape, np.uint16)
        self._lengths: Packed = np.empty(shape, np.uint16)
        self._as_of = as_of
        self._row = {activity: n for n, activity in enumerate(activities)}
        self._begins, self._promised, self._lasts = np.zeros((3, len(activities)), np.bool_)
        self._blocked: dict[Hashable, Packed] = {}

    def begin(self, activity: str, turns: Packed) -> int | None:
        """Keep after how many days an activity can begin; return the middle instant."""
        row = self._row[activity]
        self.table[row] = turns
        self._begins[row] = True
        return self._middle(row)

    def promise(self, activity: str, finish: IntArray) -> int | None:
        """Keep when others deliver an activity; return the middle instant."""
        row = self._row[activity]
        self.table[row] = pack(finish - self._as_of)
        self._promised[row] = True
        return self._middle(row)

    def last(self, activity: str, days: IntArray) -> int | None:
        """Keep how many working days an activity takes; return the middle."""
        row = self._row[activity]
        self._lengths[row] = pack(days)
        self._lasts[row] = True
        return middle(self._lengths[row])

    def block(self, key: Hashable, days: IntArray) -> int | None:
        """Keep how many working days the work behind a gate takes; return the middle."""
        self._blocked[key] = pack(days)
        return middle(self._blocked[key])

    def put(self, activity: Activity) -> Activity:
        """Return an activity with its samples in place of what they were taken together to."""
        row = self._row[activity.id]
        if self._promised[row]:
            return replace(activity, released=self._as_of + unpack(self.table[row]))
        if self._begins[row]:
            activity = replace(activity, earliest_start=self._as_of + unpack(self.table[row]))
        if self._lasts[row]:
            activity = replace(activity, duration=unpack(self._lengths[row]))
        return activity

    def anchors_and_durations(self, activities: Sequence[Activity]) -> tuple[IntArray, IntArray]:
        """Return where the remaining work of activities of one calendar can begin, and its days.

        Of shape (activities, trials), as ``placement.anchors_and_durations`` gives it.
        """
        at = np.array([self._row[activity.id] for activity in activities])
        anchor, duration = unpack(self.table[at]), unpack(self._lengths[at])
        anchor += np.int32(self._as_of)
        promised = self._promised[at]
        for n in np.flatnonzero(~(self._begins[at] | promised)).tolist():
            anchor[n] = np.maximum(activities[n].earliest_start or 0, self._as_of)
        duration[~self._lasts[at]] = 0
        if promised.any():
            due = anchor[promised]
            passed = activities[0].calendar.add(self._as_of, 1)
            anchor[promised] = np.where(due <= self._as_of, passed, due)
            duration[promised] = 0
        for n, activity in enumerate(activities):
            if activity.pinned:
                begin = pin(replace(activity, duration=duration[n]))
                anchor[n] = np.maximum(anchor[n], self._as_of if begin is None else begin)
        return anchor, duration

    def blocked(self, key: Hashable) -> IntArray | None:
        """Return the samples of the work behind a gate; None where there are none."""
        packed = self._blocked.get(key)
        return None if packed is None else unpack(packed)

    def durations(self, activity: str) -> Packed | None:
        """Return the packed working days of an activity; None where they are not sampled."""
        row = self._row[activity]
        return self._lengths[row] if self._lasts[row] else None

    def first(self, trials: int) -> "Samples":
        """Return a copy of the first trials."""
        few = Samples(self._as_of, list(self._row), 0)
        few.table, few._lengths = (t[:, :trials].copy() for t in (self.table, self._lengths))
        few._begins, few._promised, few._lasts = self._begins, self._promised, self._lasts
        few._blocked = {key: t[:trials].copy() for key, t in self._blocked.items()}
        return few

    def _middle(self, row: int) -> int | None:
        days = middle(self.table[row])
        return None if days is None else self._as_of + days
