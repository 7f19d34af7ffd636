"""What was not there yet on a past day, though its own times say that it was.

An item that came out of another project or repository keeps the time at which it was created, and
a link often has no time at all.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from ..records import Change, ChangedField
from .facts import Facts, Ref, SeenLink

FIRST_SYNC: Final = timedelta(days=1)
"""Reading all of a source for the first time may take hours: what it finds it finds bit by bit."""


def arrived_at(facts: Facts) -> Mapping[Ref, datetime]:
    """Tell when items came that were elsewhere before.

    Where nobody knows where they came from, or where they are read there under another id: until
    then that other one stands for them. A tracker may copy what moves, with age and history.
    """
    found: dict[Ref, datetime] = {}
    for ref, changes in facts.changes.items():
        for change in changes:
            if change.field is ChangedField.KEY and change.old is None:
                found[ref] = change.at
    found.update(_in_place_of_others(facts))
    return found


def _in_place_of_others(facts: Facts) -> Iterator[tuple[Ref, datetime]]:
    left = {
        (ref[0], absence.moved_to.casefold()): (ref, absence.at)
        for ref, absence in facts.absences.items()
        if absence.moved_to is not None and ref in facts.items
    }
    if not left:
        return
    for ref, item in facts.items.items():
        before = left.get((ref[0], item.key.casefold()))
        if before is not None and before[0] != ref:
            yield ref, before[1]


def links_by(links: Sequence[SeenLink], moment: datetime) -> list[SeenLink]:
    """Keep the links that were there by a moment.

    One without a time has been there since it was seen, or all along if that was within a day of
    the first that was seen of its source.
    """
    watched: dict[str, datetime] = {}
    for seen in links:
        watched[seen.source] = min(watched.get(seen.source, seen.seen_at), seen.seen_at)
    return [seen for seen in links if _is_there(seen, watched[seen.source], moment)]


def _is_there(seen: SeenLink, watched: datetime, moment: datetime) -> bool:
    if seen.link.since is not None:
        return seen.link.since <= moment
    return seen.seen_at <= max(watched + FIRST_SYNC, moment)


def changes_by(changes: Sequence[Change], moment: datetime) -> Sequence[Change]:
    """Keep the changes that had been made by a moment, of some that stand oldest first."""
    if not changes or changes[-1].at <= moment:
        return changes
    return tuple(change for change in changes if change.at <= moment)
