"""Where a pull of a Jira project goes on, and what is known about its site by then."""

import hashlib
from collections.abc import Mapping
from datetime import datetime

import msgspec

from slipwatch.aggregator.records import Cursor

from .fields import RoleFields
from .payloads import epoch_ms
from .settings import JiraSettings
from .sprints import Known

OVERLAP_MS = 15 * 60 * 1000
"""Jira's search index lags behind its data, after bulk edits by minutes."""

_CONVERSION = 3
"""Raised when records come to hold more, so that everything is read again."""


class Bookmark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a cursor holds: where to go on, and what the site said about itself.

    ``updated`` is the first change to ask for, in epoch milliseconds. ``reads`` stands for the
    settings that decide what is read of an issue: with others, all issues are read again.
    ``fields`` are ids by role, each with the names that changelogs have for it. ``statuses`` has
    categories by id, empty for a status that the site does not know. ``types`` has the levels of
    the types that issues had. ``changelogs`` is the way the site gives them. ``prefixes`` is what
    keys of the project began with, the latest last.
    """

    reads: str
    updated: int | None = None
    deployment: str | None = None
    fields: RoleFields | None = None
    statuses: dict[str, str] = {}
    types: dict[str, str] = {}
    changelogs: str | None = None
    sprints: Known = Known()
    prefixes: list[str] = []

    @classmethod
    def of(cls, cursor: Cursor | None, reads: str) -> "Bookmark":
        """Read a cursor; one of other settings, or of another release, begins again.

        It does not forget what the project's keys began with: Jira's issues do not tell it.
        """
        fresh = cls(reads=reads)
        if not cursor:
            return fresh
        try:
            bookmark = msgspec.convert(dict(cursor), cls)
        except msgspec.ValidationError:
            return fresh
        return bookmark if bookmark.reads == reads else cls(reads, prefixes=bookmark.prefixes)


def reads_with(settings: JiraSettings, roles: Mapping[str, str]) -> str:
    """Condense the settings that decide what is read of an issue."""
    parts = (
        settings.fields,
        settings.links,
        settings.remote_links,
        settings.sprints,
        settings.dropped,
        *(("worklogs",) if settings.worklogs else ()),
        *((sorted(roles.items()),) if settings.worklogs and roles else ()),
    )
    return hashlib.sha256(f"{_CONVERSION} {parts!r}".encode()).hexdigest()[:16]


def next_start(since: int | None, reached: int | None, clock: datetime | None) -> int | None:
    """Say where the next pull begins, once this one has seen everything.

    ``clock`` is the site's when the pull began. Changes younger than the index may be late are
    read again; after that the pull goes on behind the last change (``reached``), so that a
    quiet project answers with nothing.
    """
    if reached is None:
        if since is not None or clock is None:
            return since
        return epoch_ms(clock) - OVERLAP_MS
    if clock is None:
        start = reached - OVERLAP_MS
    else:
        # Jira's index keeps whole seconds, and would give the last one again every time.
        behind = (reached // 1000 + 1) * 1000
        start = min(behind, max(epoch_ms(clock), reached) - OVERLAP_MS)
    return start if since is None else max(start, since)
