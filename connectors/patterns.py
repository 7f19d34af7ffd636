"""Patterns that choose by name, with ``*``, ``?`` and ``[abc]``; capitals do not matter."""

from collections.abc import Iterable
from fnmatch import fnmatchcase


def chosen(name: str, *, include: Iterable[str], exclude: Iterable[str]) -> bool:
    """Tell whether a name fits a pattern that includes it, and none that excludes it."""
    return _fits(name, include) and not _fits(name, exclude)


def _fits(name: str, patterns: Iterable[str]) -> bool:
    folded = name.casefold()
    return any(fnmatchcase(folded, pattern.casefold()) for pattern in patterns)
