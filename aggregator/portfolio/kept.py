"""What building a portfolio leaves for the next time: each part, with all that it was made of."""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Kept:
    """Parts of a portfolio by kind and name; one that was made of the same is not made again.

    It serves one portfolio after the other, not two at once, and holds the parts of the last one
    alone. What they are made of is compared by value: facts that are the same objects take no time.
    """

    def __init__(self) -> None:
        self._basis: object = None
        self._before: dict[tuple[str, str], tuple[object, Any]] = {}
        self._now: dict[tuple[str, str], tuple[object, Any]] = {}

    def begin(self, basis: object) -> None:
        """Begin a portfolio; ``basis`` is what all of its parts depend on, such as its day."""
        self._before = self._now if basis == self._basis else {}
        self._basis, self._now = basis, {}

    def part(self, kind: str, name: str, given: object, make: Callable[[], T]) -> T:
        """Give a part that ``make`` makes of nothing but the basis and what is ``given``."""
        known = self._before.get((kind, name))
        if known is None or known[0] != given:
            known = given, make()
        self._now[kind, name] = known
        part: T = known[1]
        return part

    def end(self) -> None:
        """Let go of parts that the portfolio has no more."""
        self._before = {}
