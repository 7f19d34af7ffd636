"""What is sampled of activities and edges, packed: 30 kB for each at 10,000 trials."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from .calendar import IntArray
from .network.model import Activity
from .network.placement import pin
from .network.simulation import Own
from .packed import Few, Packed, middles, pack, pack_few, unpack


class Sampled(NamedTuple):
    """What is sampled of some activities, a row for each, and of gates."""

    dates: Packed
    """After how many days each can begin or, of those that are promised, is done."""
    begins: NDArray[np.bool_]
    promised: NDArray[np.bool_]
    days: Mapping[str, Packed | Few]
    """The working days of each."""
    gates: Mapping[Hashable, Packed | Few]
    """The working days of the work behind each gate."""


class Middles(NamedTuple):
    """The P50 of what is sampled; None where it is never."""

    dates: Mapping[str, int | None]
    """The instant at which each activity can begin or, of one that is promised, is done."""
    days: Mapping[str, int | None]
    """The working days of each activity."""
    gates: Mapping[Hashable, int | None]
    """The working days of the work behind each gate."""


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

    def begin(self, activity: str, turns: Packed) -> None:
        """Keep after how many days an activity can begin."""
        row = self._row[activity]
        self.table[row] = turns
        self._begins[row] = True

    def promise(self, activity: str, finish: IntArray) -> None:
        """Keep when others deliver an activity."""
        row = self._row[activity]
        self.table[row] = pack(finish - self._as_of)
        self._promised[row] = True

    def last(self, activity: str, days: IntArray) -> None:
        """Keep how many working days an activity takes."""
        self._days[activity] = pack_few(days)

    def block(self, key: Hashable, days: IntArray) -> None:
        """Keep how many working days the work behind a gate takes."""
        self._blocked[key] = pack_few(days)

    def middles(self, activities: Iterable[str], gates: Iterable[Hashable]) -> Middles:
        """Take the samples of some activities and gates together to their middles."""
        some = list(activities)
        is_dated = self._begins | self._promised
        dated = [name for name in some if is_dated[self._row[name]]]
        dates = middles([self.table[self._row[name]] for name in dated])
        return Middles(
            dates={
                name: None if days is None else self._as_of + days
                for name, days in zip(dated, dates, strict=True)
            },
            days=_middles({name: self._days[name] for name in some if name in self._days}),
            gates=_middles({key: self._blocked[key] for key in gates if key in self._blocked}),
        )

    def is_promised(self, activity: str) -> bool:
        """Say whether it is sampled when others deliver an activity."""
        return bool(self._promised[self._row[activity]])

    def in_trials(self, activity: Activity) -> Activity:
        """Return an activity of known length where it ends in some trials, if never at P50."""
        sampled = activity.id in self._days or self._promised[self._row[activity.id]]
        return replace(activity, duration=0) if activity.unknown and sampled else activity

    def of(self, activities: Sequence[str], gates: Iterable[Hashable]) -> Sampled:
        """Return all samples of some activities and gates."""
        rows = [self._row[activity] for activity in activities]
        return Sampled(
            dates=self.table[rows],
            begins=self._begins[rows],
            promised=self._promised[rows],
            days={one: self._days[one] for one in activities if one in self._days},
            gates={key: self._blocked[key] for key in gates if key in self._blocked},
        )

    def take(self, activities: Sequence[str], sampled: Sampled) -> None:
        """Keep the samples that another network has of some activities."""
        rows = [self._row[activity] for activity in activities]
        self.table[rows] = sampled.dates
        self._begins[rows], self._promised[rows] = sampled.begins, sampled.promised
        self._days.update(sampled.days)
        self._blocked.update(sampled.gates)

    def put(self, activity: Activity) -> Activity:
        """Return an activity with its samples in place of what they were taken together to."""
        row = self._row[activity.id]
        if self._promised[row]:
            return activity.with_numbers(
                duration=activity.duration,
                earliest_start=activity.earliest_start,
                released=self._as_of + unpack(self.table[row]),
            )
        days = self._days.get(activity.id)
        if days is None and not self._begins[row]:
            return activity
        begin = self._as_of + unpack(self.table[row]) if self._begins[row] else None
        return activity.with_numbers(
            duration=activity.duration if days is None else unpack(days),
            earliest_start=activity.earliest_start if begin is None else begin,
            released=activity.released,
        )

    def own(self, activity: Activity) -> Own:
        """Return where the remaining work of an activity can begin, and its days."""
        row = self._row[activity.id]
        days = self._days.get(activity.id)
        anchor = self.table[row]
        if self._promised[row]:
            passed = activity.calendar.add(self._as_of, 1) - self._as_of
            return Own(np.where(anchor == 0, np.uint16(passed), anchor), None)
        if not self._begins[row]:
            anchor = pack(np.array([(activity.earliest_start or 0) - self._as_of]))
        if activity.pinned:
            duration = 0 if days is None else unpack(days)
            begin = pin(replace(activity, duration=duration))
            if begin is not None:
                anchor = np.maximum(anchor, pack(begin - self._as_of))
        return Own(anchor, days)

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

    def first(self, trials: int, *, copied: bool) -> "Samples":
        """Return the first trials; not ``copied``, they change with these."""
        few = Samples(self._as_of, list(self._row), 0)
        few.table = self.table[:, :trials]
        few._begins, few._promised = self._begins, self._promised
        few._days = {name: days[:trials] for name, days in self._days.items()}
        few._blocked = {key: days[:trials] for key, days in self._blocked.items()}
        if copied:
            # All of them can be let go of, and the rows of the table be written over.
            few.table = few.table.copy()
            few._days = {name: days.copy() for name, days in few._days.items()}
            few._blocked = {key: days.copy() for key, days in few._blocked.items()}
        return few


_Key = TypeVar("_Key", bound=Hashable)


def _middles(sampled: Mapping[_Key, Packed | Few]) -> Mapping[_Key, int | None]:
    return dict(zip(sampled, middles(list(sampled.values())), strict=True))
