"""Which types of issues are above work or below it, today and in changelogs.

A changelog names types by id and by their name of that time. Levels come from the types that
issues were seen to have; one that none has (any more) is known by its name.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from slipwatch.aggregator.records import Level, type_value

from .links import plain
from .payloads import Fields, HistoryItem, Issue, IssueType, text

Types = Mapping[str, Level]
"""Levels by id of the type."""

_EPICS = frozenset(("epic", "initiative"))
"""Types above work on Data Center, which says of a type no more than whether it is a sub-task."""
_SUBTASKS = frozenset(("sub-task", "sub task", "subtask"))
"""What Jira calls its own type of sub-tasks, and what people make of it."""
_LEVELS: Mapping[str, Level] = {level.value: level for level in Level}


def level_of(kind: IssueType | None) -> Level:
    """Say what an issue of a type is."""
    if kind is None:
        return Level.WORK
    return _level_of(kind.name, kind.untranslated_name, kind.subtask, kind.hierarchy_level)


@lru_cache(maxsize=1024)
def _level_of(
    name: str | None, untranslated: str | None, subtask: bool | None, rank: int | None
) -> Level:
    if subtask or (rank is not None and rank < 0):
        return Level.SUBTASK
    if rank is not None and rank >= 1:
        return Level.EPIC
    names = {plain(each) for each in (name, untranslated) if each}
    above_work = names & _EPICS if rank is None else "epic" in names
    return Level.EPIC if above_work else Level.WORK


def types_of(issues: Iterable[Issue[Fields]]) -> Types:
    """Give the levels of the types that issues have now."""
    kinds = (issue.fields.issuetype for issue in issues)
    return {
        identity: level_of(kind)
        for kind in kinds
        if kind is not None and (identity := text(kind.id)) is not None
    }


def levels_in(known: Mapping[str, str]) -> Types:
    """Read what a bookmark holds; a level that no release of ours has is left out."""
    return {identity: _LEVELS[level] for identity, level in known.items() if level in _LEVELS}


def sides(item: HistoryItem, types: Types) -> tuple[str | None, str | None]:
    """Say what type an issue had before a change and has since."""
    return _side(item.old, item.old_text, types), _side(item.new, item.new_text, types)


def _side(identity: object, shown: object, types: Types) -> str | None:
    name, level = text(shown), types.get(text(identity) or "")
    if level is None and name is not None:
        level = Level.SUBTASK if plain(name) in _SUBTASKS else _level_of(name, None, None, None)
    return None if level is None else type_value(level, name or "")
