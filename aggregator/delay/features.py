"""What can be known of an item at a moment that says something about its being late.

One row of numbers per item and moment, in the order of ``FEATURES``; NaN where nobody knows.
Nothing in a row was unknown at its moment, and none of it is a person's name.
"""

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from math import nan
from operator import attrgetter
from typing import Final

from ..portfolio.facts import Facts, Ref
from ..portfolio.kept import Kept
from .stints import Stints
from .tales import Event, Look, Past, Teller, grouped

FEATURES: Final = (
    "age",
    "days_left",
    "in_work",
    "days_in_work",
    "reopened",
    "due_moves",
    "reassigned",
    "milestones",
    "milestone_moves",
    "links",
    "blocks",
    "blocked_by",
    "blocked",
    "points",
    "epic",
    "late_of_its_kind",
    "late_of_its_assignee",
    "assignee_open",
)
"""An item has all but the last three by itself (``Look.own``)."""
OF_PEOPLE: Final = frozenset({"reassigned", "late_of_its_assignee", "assignee_open"})
"""Never shown as a reason: slipwatch does not point at people."""
MOST_CASES: Final = 20_000
"""The newest ones of the past; teams change, and more of them teach nothing new."""
PRIOR_ENDED: Final = 5
"""A kind's or an assignee's share of late items counts as much as that of so many items of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An item that had to be done by a day, as it was at a moment."""

    ref: Ref
    at: datetime
    due: date
    features: tuple[float, ...]
    late: bool | None
    """Whether it was; None while that is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """What there is to learn from, and what there is to tell."""

    past: tuple[Case, ...]
    """Oldest first, the newest there are; what was dropped was neither late nor in time."""
    open: tuple[Case, ...]
    """Items that are to be done by a day now, late ones among them."""


def collect(
    facts: Facts, stints: Stints, moment: datetime, *, told_by: datetime, kept: Kept | None = None
) -> Cases:
    """Collect the cases as of ``moment``; ``facts`` are rewound to it, their changes need not be.

    The past ones are those of which all was known by ``told_by``. Linear in items and changes, but
    for sorting. With what was ``kept`` of the last time, only items that are others are looked at,
    and past cases made again only where one of them or what happened before is another.
    """
    kept = kept or Kept()
    sprints = {ref: facts.milestone_dates.get(ref) for ref in stints.sprints}
    kept.begin((stints.zone, moment, told_by, stints.sprints, sprints))
    teller = Teller(stints=stints, moment=moment, told_by=told_by)
    tales = [
        kept.part("tale", str(number), group, partial(teller.tell, group))
        for number, group in enumerate(grouped(facts))
    ]
    given = [tale.past for tale in tales]
    past = kept.part("past", "", given, partial(_tell_past, given))
    kept.end()
    told = deepcopy(past.told)
    for event in (event for tale in tales for event in tale.today):
        told.happen(event)
    looks = sorted((look for tale in tales for look in tale.open), key=attrgetter("ref"))
    return Cases(past=past.cases, open=tuple(map(told.case, looks)))


@dataclass(frozen=True, slots=True)
class _PastCases:
    cases: tuple[Case, ...]
    told: "_Told"
    """What all items had come to when the day began."""


def _tell_past(given: Sequence[Past]) -> _PastCases:
    """Tell of the past in the order of time."""
    looks = sorted((look for past in given for look in past.looks), key=attrgetter("at", "ref"))
    events = sorted((event for past in given for event in past.events), key=attrgetter("at"))
    told, cases, happened = _Told(), list[Case](), 0
    for look in looks[-MOST_CASES:]:
        while happened < len(events) and events[happened].at <= look.at:
            told.happen(events[happened])
            happened += 1
        cases.append(told.case(look))
    for event in events[happened:]:
        told.happen(event)
    return _PastCases(tuple(cases), told)


class _Record:
    """How many of a kind ended, and how many of them late."""

    def __init__(self) -> None:
        self.ended: Counter[object] = Counter()
        self.late: Counter[object] = Counter()

    def add(self, kind: object, *, late: bool) -> None:
        self.ended[kind] += 1
        self.late[kind] += late

    def share(self, kind: object, base: float) -> float:
        return (self.late[kind] + PRIOR_ENDED * base) / (self.ended[kind] + PRIOR_ENDED)


class _Told:
    """What all items had come to by a moment, which tells the rest of the features."""

    def __init__(self) -> None:
        self._kinds, self._people, self._all = _Record(), _Record(), _Record()
        self._open: Counter[str | None] = Counter()

    def happen(self, event: Event) -> None:
        """Let an event happen; of several the order does not matter."""
        self._open[event.assignee] += event.opened
        if event.late is not None:
            for record, kind in (
                (self._kinds, event.kind),
                (self._people, event.assignee),
                (self._all, None),
            ):
                record.add(kind, late=event.late)

    def case(self, look: Look) -> Case:
        """Make a look complete."""
        base = self._all.share(None, 0.5)
        known = look.assignee is not None
        others = (
            self._kinds.share(look.kind, base),
            self._people.share(look.assignee, base) if known else nan,
            float(self._open[look.assignee]) if known else nan,
        )
        return Case(
            ref=look.ref, at=look.at, due=look.due, features=(*look.own, *others), late=look.late
        )
