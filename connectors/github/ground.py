"""One repository while it is read: where it answers, and what belongs to its issues."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace

from slipwatch.aggregator.connector import Skip
from slipwatch.aggregator.records import Absence

from . import census
from .client import MOVED
from .closings import whole
from .graphql import Nested
from .history import Happening, rest_happening
from .kit import Kit
from .payloads import Event, EventIssue, Issue, Reference
from .walk import collect, decode

GONE = frozenset({404, 410})


class Ground:
    """A repository under a pull, which moves ``base`` when it answers elsewhere."""

    def __init__(self, kit: Kit, scope: str, *, now: datetime) -> None:
        self.kit = kit
        self.scope = scope
        self.base = f"/repos/{scope}"
        self.unread: list[str] = []
        """Entries that could not be read, for the warnings of the next batch."""
        self.absences: list[Absence] = []
        """Issues that were found to be gone, for the next batch."""
        self._now = now

    def take_unread(self) -> tuple[str, ...]:
        """Give the warnings, once."""
        taken = tuple(self.unread)
        self.unread.clear()
        return taken

    def nested(self, issues: Sequence[Issue], *, owed: bool) -> dict[int, Nested]:
        """Ask GraphQL where it takes fewer requests than REST would, or as many.

        A page of issues takes one. The list of events takes one for each hundred of a repository;
        it is read anyway where history is ``owed``.
        """
        kit = self.kit
        edges = sum((one.sub_issues > 0) + (one.blockers > 0) for one in issues)
        edges += len(issues) * kit.cross_references
        wanted = edges > 0 or not owed or kit.always_graphql
        if not issues or kit.never_graphql or not wanted:
            return {}
        keys = {one.id: kit.reading.key(self.scope, one.number) for one in issues}
        return kit.graphql.about(issues, self.scope, keys)

    def related(
        self, issue: Issue, came: list[Reference] | None, path: str, count: int
    ) -> list[Reference]:
        """Give the sub-issues of an issue or what it waits for, ``count`` of them."""
        if came is not None:
            return came
        if not count:
            return []
        where = f"{self.base}/issues/{issue.number}/{path}"
        found = collect(self.kit.client, self.scope, where, Reference, self.unread)
        if found is None:
            self.look_for(issue.id, issue.number)
        return found or []

    def issue(self, number: int | str) -> Issue | None:
        """Read an issue; None for one that is not here. Raises ``Skip`` for one that is none."""
        path = f"{self.base}/issues/{number}"
        answer = self.kit.client.get(path, scope=self.scope, accept=GONE | MOVED)
        return decode(answer, Issue, self.scope) if answer.status == 200 else None

    def mentions(self, issue: Issue, came: Nested) -> list[Reference]:
        """Give the issues that mention an issue, where that is wanted."""
        if came.mentions is not None or not self.kit.cross_references:
            return came.mentions or []
        where = f"{self.base}/issues/{issue.number}/timeline"
        events = collect(self.kit.client, self.scope, where, Event, self.unread) or ()
        sources = [one.source for one in events if one.event == "cross-referenced"]
        return [one.issue for one in sources if one is not None and one.issue is not None]

    def look_for(self, issue: int, number: int) -> None:
        """Find out where an issue went that was here a moment ago; else the next census does."""
        with contextlib.suppress(Skip):
            self.absences += census.locate(
                self.kit.client,
                self.scope,
                {str(issue): f"{self.scope}#{number}"},
                base=self.base,
                reading=self.kit.reading,
                now=lambda: self._now,
            )

    def history_of(self, issue: Issue, came: Nested) -> list[Happening] | None:
        """Give an issue's whole history, newest first; None where nothing of it came along."""
        if not came.more:
            return came.happenings
        return self.own_history(
            EventIssue(issue.id, issue.number, issue.milestone, issue.pull_request)
        )

    def own_history(self, issue: EventIssue) -> list[Happening]:
        """Read an issue's own list of events, which is whole; newest first."""
        where = f"{self.base}/issues/{issue.number}/events"
        events = collect(self.kit.client, self.scope, where, Event, self.unread) or ()
        return whole(self.happenings((replace(one, issue=issue) for one in events), None))

    def happenings(self, events: Iterable[Event], until: datetime | None) -> Iterator[Happening]:
        """Read a list of events: of issues that are kept, and not from before a time."""
        reading = self.kit.reading
        for event in events:
            issue = event.issue
            if issue is None or not reading.keeps(issue.pull_request):
                continue
            happening = rest_happening(
                event,
                item=str(issue.id),
                key=reading.key(self.scope, issue.number),
                milestone=str(issue.milestone.id) if issue.milestone is not None else None,
                pull_request=issue.pull_request,
            )
            if happening is not None and (until is None or happening.at >= until):
                yield happening
