"""The list of a repository's events, and the issues' own lists where that one is not enough."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from slipwatch.aggregator.records import Change

from .closings import Closings
from .ground import Ground
from .history import Happening, Titles, changes, identity_of
from .payloads import Event, EventIssue


class EventReader:
    """Turns pages of events, newest first, into changes.

    An issue's own list is read where a page leaves something open. What happened to an issue
    before it was transferred here has its old times, so that a walk back to a time misses it.
    And a walk that begins or ends in the middle does not see whether what was closed had been
    closed already. With ``resumed``, newer pages were read before.
    """

    def __init__(self, ground: Ground, titles: Titles, *, resumed: bool) -> None:
        self._ground = ground
        self._titles = titles
        self._resumed = resumed
        self._closings = Closings()
        self._arrived: set[int] = set()
        self._told: set[str] = set()
        """Items whose whole history is told."""

    def changes(self, events: Sequence[Event], until: datetime | None) -> list[Change]:
        """Give the changes of a page, none from before a time but those of issues read whole."""
        rest = [one for one in events if one.issue and str(one.issue.id) not in self._told]
        happenings = self._closings.mark(self._ground.happenings(rest, until))
        found = list(changes(happenings, self._titles))
        known = {happening.id: happening for happening in happenings}
        for event in rest:
            happening = known.get(identity_of(event) or "")
            if happening is None or event.issue is None or happening.item in self._told:
                continue
            if self._is_short(happening, event, until):
                found += self._whole(event.issue)
        return found

    def is_older(self, events: Sequence[Event], than: datetime) -> bool:
        """Say whether a page has come to what is older, but for issues that were transferred."""
        arrived = {e.issue.id for e in events if e.issue is not None and e.event == "transferred"}
        self._arrived |= arrived
        times = [
            one.created_at
            for one in events
            if one.created_at is not None
            and (one.issue is None or one.issue.id not in self._arrived)
        ]
        return bool(times) and max(times[len(times) // 2 :]) < than

    def _is_short(self, happening: Happening, event: Event, until: datetime | None) -> bool:
        if happening.kind == "transferred":
            return True
        if happening.kind != "closed" or happening.pull_request:
            return False
        if until is not None:
            return self._closings.is_earliest(happening)
        if not self._resumed or not self._closings.is_latest(happening):
            return False
        # Where it is closed for the same reason now, no later event has changed that.
        return event.issue is None or not _stands(event, event.issue)

    def _whole(self, issue: EventIssue) -> Iterator[Change]:
        self._told.add(str(issue.id))
        self._titles.forget(str(issue.id))
        return changes(self._ground.own_history(issue), self._titles)


def _stands(closing: Event, issue: EventIssue) -> bool:
    """Say whether an issue is closed for the reason that a closing gave; none means completed."""
    reason = closing.state_reason if isinstance(closing.state_reason, str) else None
    given = reason or "completed"
    return issue.state == "closed" and given == (issue.state_reason or "completed")
