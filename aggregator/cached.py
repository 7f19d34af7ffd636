"""How much is computed at once: what fits into the processor's cache."""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

_AT_ONCE: Final = 1 << 15
"""So many numbers fit into the processor's cache with all that is computed from them."""

_T = TypeVar("_T")


def in_cache(some: Sequence[_T], trials: int) -> Iterator[Sequence[_T]]:
    """Take so many at once, each with a number in every trial, as fit into the cache."""
    at_once = max(1, _AT_ONCE // max(trials, 1))
    for first in range(0, len(some), at_once):
        yield some[first : first + at_once]
