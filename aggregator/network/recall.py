"""What passes over a network found, kept for the activities that nothing has changed for.

The print of an activity stands for all that its dates depend on: its own numbers, what it waits
for, and the prints of that. Two that are alike give the same results.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar

from ..calendar import WorkCalendar
from .model import Activity, Edge

Prints = Mapping[str, bytes]

_T = TypeVar("_T")

Begin = Callable[[object], "Recall[Any]"]
"""Begins a pass in a context."""

Recaller = Callable[[str, object], "Recall[Any]"]
"""Begins a pass of a kind in a context."""


class Recall(Generic[_T]):
    """The results of one kind of pass, by activity; those of the pass before are known."""

    def __init__(self) -> None:
        self._context: object = None
        self._prints: Mapping[str, object] = {}
        self._found: dict[str, _T] = {}
        self._together: dict[str, Sequence[str]] = {}

    def begin(self, context: object, prints: Mapping[str, object]) -> None:
        """Forget what another pass would find: one in another context, or of another print."""
        before, now = self._prints, prints.get
        if context == self._context:
            self._found = {
                node: found for node, found in self._found.items() if before[node] == now(node)
            }
        else:
            self._found = {}
        self._together = {
            node: nodes for node, nodes in self._together.items() if node in self._found
        }
        self._context, self._prints = context, prints

    def get(self, node: str) -> _T | None:
        """Return what was found of an activity; None when it has to be found anew."""
        return self._found.get(node)

    @property
    def found(self) -> Mapping[str, _T]:
        """All that is known."""
        return self._found

    def keep(self, node: str, found: _T) -> None:
        """Keep what was found of an activity."""
        self._found[node] = found

    def keep_all(self, found: Mapping[str, _T]) -> None:
        """Keep what was found of some activities."""
        self._found.update(found)

    def get_together(self, nodes: Sequence[str]) -> _T | None:
        """Return what was found of some activities together; None unless all are as they were."""
        found = self._found.get(nodes[0])
        if found is None or self._together.get(nodes[0]) != nodes:
            return None
        return found if all(self._found.get(node) is found for node in nodes) else None

    def keep_together(self, nodes: Sequence[str], found: _T) -> None:
        """Keep what was found of some activities together, where all of them have prints."""
        if all(node in self._prints for node in nodes):
            self._found.update(dict.fromkeys(nodes, found))
            self._together[nodes[0]] = nodes

    def kept(self, node: str, find: Callable[[], _T]) -> _T:
        """Return what was found of an activity, and find it where that is not known."""
        found = self._found.get(node)
        if found is None:
            found = self._found[node] = find()
        return found


class Recalls:
    """What all passes over one network found, one recall for each kind of pass."""

    def __init__(self) -> None:
        self._kinds: dict[str, Recall[Any]] = {}

    def begin(self, kind: str, context: object, prints: Mapping[str, object]) -> Recall[Any]:
        """Begin a pass of a kind, and return what is known of it."""
        recall = self._kinds.setdefault(kind, Recall())
        recall.begin(context, prints)
        return recall


def nothing_known(kind: str, context: object) -> Recall[Any]:
    """Begin a pass of which nothing is known."""
    return Recall()


def recaller(recalls: Recalls, as_of: int, prints: Prints) -> Recaller:
    """Return what begins passes as of a day over activities of such prints."""
    return lambda kind, context: recalls.begin(kind, (as_of, context), prints)


class Marks:
    """Calendars by the days that they work: those of two portfolios are never the same object."""

    def __init__(self) -> None:
        self._known: dict[WorkCalendar, bytes] = {}

    def of(self, calendar: WorkCalendar | None) -> bytes | None:
        """Return the same bytes for calendars that work the same days."""
        if calendar is None:
            return None
        if calendar not in self._known:
            self._known[calendar] = _digest(repr(calendar.to_bits()).encode())
        return self._known[calendar]


def prints(
    order: Sequence[str],
    activities: Mapping[str, Activity],
    incoming: Mapping[str, Sequence[Edge]],
    also: Mapping[str, object],
    recalls: Recalls,
) -> Prints:
    """Take the print of each activity; ``order`` has those first that others wait for.

    ``also`` is what else is known of each, written the same way whenever it is the same. Activities
    and edges hold the numbers of one trial. What is the same object is not written again.
    """
    given = {node: (activities[node], incoming[node], also.get(node)) for node in order}
    known: Recall[bytes] = recalls.begin("prints", None, given)
    marks = Marks()
    own = {node: known.kept(node, partial(_written, *given[node], marks)) for node in order}
    return folded(order, incoming, own)


def _written(activity: Activity, incoming: Sequence[Edge], also: object, marks: Marks) -> bytes:
    edges = [(e.type, e.lag, e.elapsed, marks.of(e.lag_calendar), e.blocked) for e in incoming]
    own = activity.id, marks.of(activity.calendar), *_numbers(activity), also, edges
    return repr(own).encode()


def folded(
    order: Sequence[str], incoming: Mapping[str, Sequence[Edge]], own: Mapping[str, bytes]
) -> Prints:
    """Let the print of each activity stand for what it waits for as well."""
    found: dict[str, bytes] = {}
    for node in order:
        upstream = b"".join([found[edge.upstream] for edge in incoming[node]])
        found[node] = _digest(upstream + own[node])
    return found


_numbers: Final = attrgetter(*(n for n in Activity.__slots__ if n not in {"id", "calendar"}))


def _digest(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
