"""What installed packages bring along: their entry points."""

import sys
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path


def plugins(group: str) -> tuple[EntryPoint, ...]:
    """Give the entry points of a group by name, also of what was installed a moment ago."""
    return _plugins(group, tuple((folder, _changed(folder)) for folder in sys.path))


@lru_cache(maxsize=4)
def _plugins(group: str, _folders: tuple[tuple[str, int], ...]) -> tuple[EntryPoint, ...]:
    """Read a file of every package that is installed: the most of what a command takes to begin."""
    return tuple(sorted(entry_points(group=group), key=lambda point: point.name))


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0
