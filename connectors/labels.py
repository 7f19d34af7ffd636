"""What labels say where a tracker has no field for it."""

import re
from collections.abc import Iterable
from functools import lru_cache

_BEGUN = frozenset(
    {
        "doing",
        "in progress",
        "status doing",
        "status in progress",
        "wip",
        "workflow in dev",
        "workflow in progress",
    }
)
_NONE = frozenset[str]()


@lru_cache(maxsize=4096)
def plain(label: str) -> str:
    """Reduce a label to its words: ``status: In-Progress`` to ``status in progress``."""
    return " ".join(re.sub(r"[-_:/]+", " ", label.casefold()).split())


def words_of(labels: Iterable[str] | None) -> frozenset[str]:
    """Reduce all labels of an item."""
    return frozenset(map(plain, labels)) if labels else _NONE


def says_begun(words: frozenset[str]) -> bool:
    """Say whether one of an item's labels, reduced, means that work has begun."""
    return not words.isdisjoint(_BEGUN)
