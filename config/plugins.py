"""What installed packages bring along: their entry points."""

import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

_OURS = "slipwatch."


def plugins(group: str) -> tuple[EntryPoint, ...]:
    """Give the entry points of a group by name, also of what was installed a moment ago.

    ``group`` begins with ``slipwatch.``.
    """
    return _by_group(tuple((folder, _changed(folder)) for folder in sys.path)).get(group, ())


@lru_cache(maxsize=2)
def _by_group(_folders: tuple[tuple[str, int], ...]) -> dict[str, tuple[EntryPoint, ...]]:
    """Read a file of every package that is installed, once: a command asks for two groups."""
    every = entry_points()
    return {
        group: tuple(sorted(every.select(group=group), key=lambda point: point.name))
        for group in every.groups
        if group.startswith(_OURS)
    }


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0
