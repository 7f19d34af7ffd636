"""Issues of a repository that are read by number: those that a census asks for."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime

from slipwatch.aggregator.connector import Skip
from slipwatch.aggregator.records import Batch, Cursor

from ..portions import portions
from .ground import Ground
from .kit import Kit
from .payloads import Issue
from .position import Position
from .projects import UNREAD_PLAN
from .pull import Pull


def read(
    kit: Kit,
    scope: str,
    items: Mapping[str, str],
    cursor: Cursor | None,
    *,
    now: datetime,
    base: str,
) -> Iterator[Batch]:
    """Yield issues, given as id and key, as the pull that ended with ``cursor`` would.

    One request each, and what their links and history take. What projects say of them stays what
    that pull heard. ``base`` is where the repository answers, if the cursor does not know.
    """
    ground = Ground(kit, scope, now=now)
    ground.base = Position.of(cursor).base or base
    for portion in portions(sorted(items)):
        found = [issue for one in portion if (issue := _issue(ground, one, items[one])) is not None]
        yield Pull(kit, scope, cursor, UNREAD_PLAN, now=now, base=ground.base).single(found)


def _issue(ground: Ground, item: str, key: str) -> Issue | None:
    """Read an issue; None where it is another by now, or cannot be read."""
    with suppress(Skip):
        issue = ground.issue(key.rpartition("#")[2])
        return issue if issue is not None and str(issue.id) == item else None
    return None
