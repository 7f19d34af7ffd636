"""One pull of a GitLab project or group: what is listed whole, then what changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from msgspec.structs import replace

from slipwatch.aggregator.connector import Skip
from slipwatch.aggregator.records import (
    Batch,
    Change,
    Item,
    Link,
    Listing,
    MilestoneKind,
    TrackerMilestone,
)

from ..portions import portions
from . import convert, moves
from .client import GitLabClient, decode
from .payloads import Epic, Event, Issue, Iteration, Linked, Milestone
from .settings import GitLabSettings
from .walk import MAX_SEEN, Dated, Page, Position, decode_each, listed, pages, stamp, walk

NO_TIER = frozenset({403, 404})
"""What lists are answered with that the site's tier does not have."""

_D = TypeVar("_D", bound=Dated)
_B = TypeVar("_B", Milestone, Iteration)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked(Generic[_D]):
    """What is walked through: the issues of a project, or the epics of a group."""

    path: str
    kind: type[_D]
    mark: str
    """What stands between path and number in a key."""
    query: Mapping[str, str]
    prefix: str = ""
    """What stands before its ids."""

    def walk(
        self,
        client: GitLabClient,
        base: str,
        *,
        scope: str,
        now: datetime,
        since: datetime | None = None,
        by: str = "updated",
    ) -> Iterator[Page[_D]]:
        """Walk through it in the order of change, or of creation."""
        path = f"{base}/{self.path}"
        return walk(
            client,
            path,
            self.kind,
            scope=scope,
            since=since,
            now=now,
            by=by,
            query=self.query,
            mark=self.mark,
        )


ISSUES = Walked(path="issues", kind=Issue, mark="#", query={"state": "all", "scope": "all"})
EPICS = Walked(
    path="epics",
    kind=Epic,
    mark="&",
    query={"state": "all", "include_descendant_groups": "false"},
    prefix="epic:",
)
"""Those of subgroups are theirs: they come when the subgroup is configured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Timeboxes:
    """Milestones or iterations as a project lists them, with those of its groups."""

    records: tuple[TrackerMilestone, ...]
    warnings: tuple[str, ...]
    listings: tuple[Listing, ...]
    """None where something was left out of the list."""


@dataclass(slots=True, kw_only=True)
class _Read:
    """What a page came to."""

    items: list[Item] = field(default_factory=list[Item])
    links: list[Link] = field(default_factory=list[Link])
    changes: list[Change] = field(default_factory=list[Change])
    left: list[Issue] = field(default_factory=list[Issue])
    """Those that were moved to another project."""
    warnings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pull:
    """One project or group on its way."""

    client: GitLabClient
    settings: GitLabSettings
    reading: convert.Reading
    names: dict[str, str]
    """Scopes by their folded path of today."""
    scope: str
    base: str
    """Where the API has it, by id."""
    now: datetime

    def project(self, position: Position) -> Iterator[Batch]:
        """Yield all milestones and iterations of a project, then the issues that changed."""
        milestones, iterations = self._milestones(), self._iterations()
        has_milestones, has_iterations = bool(milestones.records), bool(iterations.records)
        yield Batch(
            cursor=position.cursor(),
            milestones=(*milestones.records, *iterations.records),
            warnings=(*milestones.warnings, *iterations.warnings),
            listings=(*milestones.listings, *iterations.listings),
        )

        def take(issue: Issue, read: _Read) -> None:
            self._take_issue(issue, read, milestones=has_milestones, iterations=has_iterations)

        yield from self._walk(ISSUES, position, take)

    def issues(self, position: Position, numbers: Mapping[str, str]) -> Iterator[Batch]:
        """Yield issues by id and number, a request each and what belongs to them."""

        def take(issue: Issue, read: _Read) -> None:
            self._take_issue(issue, read, milestones=True, iterations=True)

        return self._single(ISSUES, position, numbers, take)

    def epics(self, position: Position, numbers: Mapping[str, str]) -> Iterator[Batch]:
        """Yield epics by id and number, a request each."""
        return self._single(EPICS, position, numbers, self._take_epic)

    def group(self, position: Position) -> Iterator[Batch]:
        """Yield a group's epics that changed; none where its tier has none."""
        first = self.client.get(
            f"{self.base}/epics", {"per_page": "1"}, scope=self.scope, accept=NO_TIER
        )
        if first.status in NO_TIER:
            yield Batch(cursor=position.cursor())
            return

        yield from self._walk(EPICS, position, self._take_epic)

    def _take_issue(self, issue: Issue, read: _Read, *, milestones: bool, iterations: bool) -> None:
        """Read an issue with its links, and its history as far as there can be any."""
        item = convert.item_of(issue, self.reading)
        where = f"{self.base}/issues/{issue.iid}"
        read.items.append(item)
        linked = self._linked(where, read.warnings)
        read.links += convert.links_of(issue, item, self.reading, linked)
        events = self._events(
            issue, where, read.warnings, milestones=milestones, iterations=iterations
        )
        read.changes += convert.changes_of(issue, events)
        if issue.has_left:
            read.left.append(issue)

    def _take_epic(self, epic: Epic, read: _Read) -> None:
        item = convert.epic_of(epic, self.reading)
        read.items.append(item)
        read.links += convert.links_of(epic, item, self.reading)

    def _walk(
        self, walked: Walked[_D], position: Position, take: Callable[[_D, _Read], None]
    ) -> Iterator[Batch]:
        """Yield a batch per page; an entry that cannot be read is named."""
        walking = walked.walk(
            self.client, self.base, scope=self.scope, now=self.now, since=position.since
        )
        for page in walking:
            position = self._named(position, walked.mark, page.entries)
            fresh, position = _fresh(page, position)
            yield self._batch(walked, position, fresh, page.warnings, take)

    def _single(
        self,
        walked: Walked[_D],
        position: Position,
        numbers: Mapping[str, str],
        take: Callable[[_D, _Read], None],
    ) -> Iterator[Batch]:
        """Yield entries by id and number; those that went or cannot be read are left out."""
        for portion in portions(sorted(numbers)):
            found = [
                entry
                for one in portion
                if (entry := self._entry(walked, numbers[one])) is not None
                and f"{walked.prefix}{entry.id}" == one
            ]
            yield self._batch(walked, position, found, (), take)

    def _entry(self, walked: Walked[_D], number: str) -> _D | None:
        path = f"{self.base}/{walked.path}/{number}"
        answer = self.client.get(path, scope=self.scope, accept=NO_TIER)
        if answer.status in NO_TIER:
            return None
        with suppress(Skip):
            return decode(answer, walked.kind, self.scope)
        return None

    def _batch(
        self,
        walked: Walked[_D],
        position: Position,
        entries: Sequence[_D],
        warnings: Sequence[str],
        take: Callable[[_D, _Read], None],
    ) -> Batch:
        """Read what belongs to entries; one that cannot be read is named."""
        read = _Read(warnings=list(warnings))
        for entry in entries:
            try:
                take(entry, read)
            except ValueError as error:
                name = f"{self.scope}{walked.mark}{entry.iid}"
                read.warnings.append(f"{name} could not be read: {error}")
        return Batch(
            cursor=position.cursor(),
            items=tuple(read.items),
            links=tuple(read.links),
            changes=tuple(read.changes),
            absences=tuple(moves.left_of(self.client, self.scope, read.left, self.reading)),
            warnings=tuple(read.warnings),
        )

    def _named(self, position: Position, mark: str, entries: Sequence[Dated]) -> Position:
        """Learn what GitLab calls a project or group today, from what is in it."""
        full = next((one.references.full for one in entries if one.references is not None), "")
        path = full.rpartition(mark)[0]
        if not path or path.casefold() == self.scope.casefold():
            return position
        self.names[path.casefold()] = self.scope
        return replace(position, name=path)

    def _milestones(self) -> _Timeboxes:
        return self._timeboxes(
            "milestones",
            Milestone,
            lambda one: convert.milestone_of(one, self.reading, scope=self.scope),
            MilestoneKind.MILESTONE,
            query={"include_ancestors": "true"},
            absent=frozenset({403}),
        )

    def _iterations(self) -> _Timeboxes:
        return self._timeboxes(
            "iterations",
            Iteration,
            lambda one: convert.iteration_of(one, self.reading, scope=self.scope),
            MilestoneKind.SPRINT,
            absent=NO_TIER,
        )

    def _timeboxes(
        self,
        name: str,
        kind: type[_B],
        record: Callable[[_B], TrackerMilestone],
        which: MilestoneKind,
        *,
        absent: frozenset[int],
        query: Mapping[str, str] | None = None,
    ) -> _Timeboxes:
        """List what a project and the groups above it have; nothing is known of a refused list."""
        found: list[_B] = []
        warnings: list[str] = []
        refused = True
        for answer in pages(
            self.client, f"{self.base}/{name}", scope=self.scope, query=query, absent=absent
        ):
            refused = False
            entries, unread = decode_each(answer, kind, f"{self.scope}: {name}")
            found += entries
            warnings += unread
        parts = [] if refused or warnings else self.scope.split("/")
        return _Timeboxes(
            records=tuple(map(record, found)),
            warnings=tuple(warnings),
            listings=tuple(
                Listing(scope="/".join(parts[:end]), kind=which) for end in range(len(parts), 0, -1)
            ),
        )

    def _linked(self, where: str, warnings: list[str]) -> list[Linked]:
        if not self.settings.links:
            return []
        path = f"{where}/links"
        return listed(
            self.client, path, Linked, scope=self.scope, warnings=warnings, absent=NO_TIER
        )

    def _events(
        self,
        issue: Issue,
        where: str,
        warnings: list[str],
        *,
        milestones: bool,
        iterations: bool,
    ) -> Iterator[Event]:
        """Ask for what happened to an issue, as far as there can be anything.

        An issue that never changed since it was opened has never been closed.
        """
        if not self.settings.history:
            return
        asked = {
            "resource_state_events": issue.updated_at > issue.created_at,
            "resource_milestone_events": milestones,
            "resource_iteration_events": iterations,
        }
        for kind in (name for name, worthwhile in asked.items() if worthwhile):
            yield from listed(
                self.client,
                f"{where}/{kind}",
                Event,
                scope=self.scope,
                warnings=warnings,
                absent=NO_TIER,
            )


def _fresh(page: Page[_D], position: Position) -> tuple[list[_D], Position]:
    """Leave out what is stored already, and say where a walk goes on behind a page.

    What changed within the last minute is read once more: a link that it gets in that minute is
    no change of it.
    """
    seen = position.seen
    fresh = [one for one in page.entries if seen.get(str(one.id)) != stamp(one.updated_at)]
    final = {str(one.id): stamp(one.updated_at) for one in page.entries if page.is_final(one)}
    marks = seen | final
    since = page.since
    marks = {one: at for one, at in marks.items() if since and at >= stamp(since)}
    known = marks if page.last and len(marks) <= MAX_SEEN else {}
    return fresh, replace(position, since=since, seen=known)
