"""What is sampled of activities and edges, packed: 30 kB for each at 10,000 trials."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

import numpy as np

from .calendar import IntArray
from .network.model import Activity
from .network.placement import pin
from .packed import Few, Packed, middle, pack, pack_few, unpack


class Sampled(NamedTuple):
    """What is sampled of one activity."""

    dates: Packed | None
    """After how many days it can begin or, of one that is promised, is done."""
    promised: bool
    days: Packed | Few | None
    """Its working days."""


class Samples:
    """The samples of a network, kept beside its activities and edges.

    Begins of work and promises are rows of ``table``, in the order of the activities: whoever has
    placed one needs its row no longer, and may write its finish there.
    """

    def __init__(self, as_of: int, activities: Sequence[str], trials: int) -> None:
        shape = len(activities), trials
        self.table: Packed = np.empty(shape, np.uint16)
        self._days: dict[str, Packed | Few] = {}
        self._as_of = as_of
        self._row = {activity: n for n, activity in enumerate(activities)}
        self._begins, self._promised = np.zeros((2, len(activities)), np.bool_)
        self._blocked: dict[Hashable, Packed | Few] = {}

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
        packed = self._days[activity] = pack_few(days)
        return middle(packed)

    def block(self, key: Hashable, days: IntArray) -> int | None:
        """Keep how many working days the work behind a gate takes; return the middle."""
        packed = self._blocked[key] = pack_few(days)
        return middle(packed)

    def take_block(self, key: Hashable, days: Packed | Few | None) -> int | None:
        """Keep the samples that another network has of the work behind a gate."""
        if days is None:
            return None
        self._blocked[key] = days
        return middle(days)

    def in_trials(self, activity: Activity) -> Activity:
        """Return an activity of known length where it ends in some trials, if never at P50."""
        sampled = activity.id in self._days or self._promised[self._row[activity.id]]
        return replace(activity, duration=0) if activity.unknown and sampled else activity

    def of(self, activity: str) -> Sampled:
        """Return all samples of an activity."""
        row = self._row[activity]
        promised = bool(self._promised[row])
        dated = promised or self._begins[row]
        return Sampled(
            dates=self.table[row] if dated else None,
            promised=promised,
            days=self.durations(activity),
        )

    def take(self, activity: str, sampled: Sampled) -> None:
        """Keep the samples that another network has of an activity."""
        row = self._row[activity]
        if sampled.dates is not None:
            self.table[row] = sampled.dates
            (self._promised if sampled.promised else self._begins)[row] = True
        if sampled.days is not None:
            self._days[activity] = sampled.days

    def put(self, activity: Activity) -> Activity:
        """Return an activity with its samples in place of what they were taken together to."""
        row = self._row[activity.id]
        if self._promised[row]:
            return replace(activity, released=self._as_of + unpack(self.table[row]))
        if self._begins[row]:
            activity = replace(activity, earliest_start=self._as_of + unpack(self.table[row]))
        if activity.id in self._days:
            activity = replace(activity, duration=unpack(self._days[activity.id]))
        return activity

    def anchors_and_durations(self, activities: Sequence[Activity]) -> tuple[IntArray, IntArray]:
        """Return where the remaining work of activities of one calendar can begin, and its days.

        Of shape (activities, trials), as ``placement.anchors_and_durations`` gives it.
        """
        at = np.array([self._row[activity.id] for activity in activities])
        anchor = unpack(self.table[at])
        anchor += np.int32(self._as_of)
        promised = self._promised[at]
        for n in np.flatnonzero(~(self._begins[at] | promised)).tolist():
            anchor[n] = np.maximum(activities[n].earliest_start or 0, self._as_of)
        duration = np.zeros_like(anchor)
        for row, activity in zip(duration, activities, strict=True):
            if activity.id in self._days:
                row[:] = unpack(self._days[activity.id])
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

    def gate(self, key: Hashable) -> Packed | Few | None:
        """Return the packed days of the work behind a gate; None where they are not sampled."""
        return self._blocked.get(key)

    def blocked(self, key: Hashable) -> IntArray | None:
        """Return the samples of the work behind a gate; None where there are none."""
        packed = self._blocked.get(key)
        return None if packed is None else unpack(packed)

    def mark(self, activity: str, gates: Iterable[Hashable]) -> bytes:
        """Return the same bytes for an activity and gates before it with the same samples."""
        row = self._row[activity]
        found = blake2b(digest_size=16)
        dated = self._begins[row] or self._promised[row]
        found.update(self.table[row].tobytes() if dated else b"-")
        found.update(self._days[activity].tobytes() if activity in self._days else b"-")
        for gate in gates:
            found.update(self._blocked[gate].tobytes() if gate in self._blocked else b"-")
        return found.digest()

    def durations(self, activity: str) -> Packed | Few | None:
        """Return the packed working days of an activity; None where they are not sampled."""
        return self._days.get(activity)

    def first(self, trials: int) -> "Samples":
        """Return a copy of the first trials."""
        few = Samples(self._as_of, list(self._row), 0)
        few.table = self.table[:, :trials].copy()
        few._begins, few._promised = self._begins, self._promised
        few._days = {name: t[:trials].copy() for name, t in self._days.items()}
        few._blocked = {key: t[:trials].copy() for key, t in self._blocked.items()}
        return few

    def _middle(self, row: int) -> int | None:
        days = middle(self.table[row])
        return None if days is None else self._as_of + days
