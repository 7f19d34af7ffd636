"""Pulls Jira projects: what changed since the last pull, page by page.

Edits of versions touch no issue and have no history, so a project's versions are listed at
every pull. Issues are walked in the order they changed. What the site says about itself
(which Jira it is, the ids of named fields, the categories of statuses) is kept in the cursor:
a pull of a project in which nothing changed costs two requests.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from slipwatch.aggregator.connector import Context, Delivery, FoundScope, Site
from slipwatch.aggregator.records import Absence, Batch, Category, Cursor, TrackerMilestone

from . import census, explore, history, hooks
from .client import JiraClient
from .convert import Converted, Reading, convert_issue, convert_version
from .payloads import REQUESTED_FIELDS, Changelog, Issue, epoch_ms, text
from .recorded import sort_out
from .search import Page, Query, cloud_pages, datacenter_pages
from .settings import JiraSettings

OVERLAP_MS = 15 * 60 * 1000
"""Jira's search index lags behind its data, after bulk edits by minutes."""

_CONVERSION = 1
"""Raised when records come to hold more, so that everything is read again."""

_FIELD_ID = re.compile(r"customfield_\d+")
_STANDARD_FIELDS = frozenset(("created", "duedate", "resolutiondate", "timeoriginalestimate"))


class Bookmark(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a cursor holds: where to go on, and what the site said about itself.

    ``updated`` is the first change to ask for, in epoch milliseconds. ``reads`` stands for the
    settings that decide what is read of an issue: with others, all issues are read again.
    ``statuses`` has categories by id, empty for a status that the site does not know.
    """

    reads: str
    updated: int | None = None
    deployment: str | None = None
    fields: dict[str, str] = {}
    statuses: dict[str, str] = {}


class JiraConnector:
    """One Jira site."""

    def __init__(self, name: str, settings: JiraSettings, context: Context) -> None:
        self._name = name
        self._settings = settings
        self._now = context.now
        self._client = JiraClient(name, settings, context)
        self._reads = _fingerprint(settings)
        self._deployment: str | None = None
        self._field_ids: dict[str, str] = {}
        self._site_statuses: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The source's name in slipwatch.yaml."""
        return self._name

    def scopes(self) -> Sequence[str]:
        """Give the keys of the configured projects."""
        return self._settings.projects

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield a project's versions and the issues that changed since ``cursor``."""
        bookmark = self._bookmark(cursor)
        versions = self._client.versions(scope)
        bookmark = self._ask_site(bookmark)
        browse_url = self._settings.browse_url or self._settings.url
        milestones = tuple(convert_version(each, browse_url, scope=scope) for each in versions)
        query = Query(
            project=scope,
            since=bookmark.updated,
            fields=tuple(dict.fromkeys((*REQUESTED_FIELDS, *self._custom_fields(bookmark)))),
            page_size=self._settings.page_size,
        )
        walk = cloud_pages if bookmark.deployment == "cloud" else datacenter_pages
        clock: datetime | None = None
        seen = False
        for number, page in enumerate(walk(self._client, query)):
            clock = page.server_time if number == 0 else clock
            seen = seen or bool(page.issues)
            start = page.reached
            if page.last:
                start = _next_start(query.since, page.reached if seen else None, clock)
            batch = self._batch(scope, page, msgspec.structs.replace(bookmark, updated=start))
            bookmark = msgspec.convert(batch.cursor, Bookmark)
            if number == 0:
                yield replace(batch, milestones=milestones)
            elif page.last or batch.items or batch.warnings:
                yield batch

    def convert(self, payload: object) -> Batch:
        """Convert recorded payloads; fields that are configured by name need a pull."""
        found = sort_out(payload)
        reading = Reading.of(self._settings, field_ids={}, statuses=found.statuses)
        converted: dict[str, Converted] = {}
        for place, issue in found.issues:
            try:
                converted[issue.id] = convert_issue(issue, reading)
            except ValueError as error:
                raise ValueError(f"{place}: {error}") from None
        only = self._settings.projects[0] if len(self._settings.projects) == 1 else None
        return _batch_of(
            tuple(converted.values()),
            cursor={},
            milestones=tuple(
                convert_version(
                    version,
                    reading.browse_url,
                    scope=key or found.projects.get(text(version.project_id) or "") or only or "",
                )
                for version, key in found.versions
            ),
        )

    def identify(self) -> Site:
        """Say which Jira answers there and who is asking."""
        return explore.identify(self._client, self._settings.url)

    def explore(self, groups: Sequence[str] = ()) -> Iterator[FoundScope]:
        """Yield the projects that the account sees; Jira has no groups of them."""
        return explore.projects(self._client)

    def look(self, scope: str) -> FoundScope:
        """Look into a project."""
        return explore.look(self._client, scope)

    def sample(self, scope: str, milestones: Sequence[str], requests: int) -> Batch:
        """Read some open issues of a project's versions."""
        return explore.sample(self._client, scope, milestones, requests, self.convert)

    def receive(self, headers: Mapping[str, str], body: bytes) -> Delivery:
        """Verify and read a webhook's delivery."""
        return hooks.receive(self._settings, headers, body, now=self._now())

    def ids(self, scope: str) -> Iterator[frozenset[str]]:
        """List the ids of a project's issues."""
        deployment = self._settings.deployment or self._deployment or self._client.deployment()
        listing = census.cloud_ids if deployment == "cloud" else census.datacenter_ids
        return listing(self._client, scope)

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        """Find out what became of issues that their project lists no more."""
        read = self._settings.projects
        return census.locate(self._client, scope, items, read=read, now=self._now)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _bookmark(self, cursor: Cursor | None) -> Bookmark:
        """Read a cursor; one of other settings, or of another release, begins again."""
        fresh = Bookmark(reads=self._reads)
        if not cursor:
            return fresh
        try:
            bookmark = msgspec.convert(dict(cursor), Bookmark)
        except msgspec.ValidationError:
            return fresh
        return bookmark if bookmark.reads == self._reads else fresh

    def _ask_site(self, bookmark: Bookmark) -> Bookmark:
        """Complete what a bookmark knows about the site; one that was used before knows all."""
        deployment = self._settings.deployment or bookmark.deployment or self._deployment
        if deployment is None:
            deployment = self._client.deployment()
        names = {
            name
            for name in self._settings.fields.named().values()
            if not _FIELD_ID.fullmatch(name) and name not in _STANDARD_FIELDS
        }
        known = {**self._field_ids, **bookmark.fields}
        if names - known.keys():
            known.update(self._client.field_ids(names))
        self._deployment, self._field_ids = deployment, known
        return msgspec.structs.replace(
            bookmark, deployment=deployment, fields={name: known[name] for name in sorted(names)}
        )

    def _custom_fields(self, bookmark: Bookmark) -> Iterator[str]:
        for name in self._settings.fields.named().values():
            yield bookmark.fields.get(name, name)

    def _batch(self, scope: str, page: Page, bookmark: Bookmark) -> Batch:
        """Convert a page; an issue that cannot be read is a warning, and does not stop the rest."""
        whole = bookmark.deployment == "datacenter"
        issues = [issue if whole else self._with_history(issue) for issue in page.issues]
        statuses = self._learn_statuses(issues, bookmark.statuses)
        bookmark = msgspec.structs.replace(bookmark, statuses=statuses)
        reading = Reading.of(
            self._settings,
            field_ids=bookmark.fields,
            statuses={status: Category(value) for status, value in statuses.items() if value},
        )
        warnings = list(page.warnings)
        converted: list[Converted] = []
        for issue in issues:
            remote = self._client.remote_links(issue) if self._settings.remote_links else ()
            try:
                converted.append(convert_issue(issue, reading, scope=scope, remote_links=remote))
            except ValueError as error:
                warnings.append(f"{issue.key} could not be read: {error}")
        return _batch_of(
            converted,
            cursor=msgspec.to_builtins(bookmark),
            total=page.total,
            warnings=tuple(warnings),
        )

    def _with_history(self, issue: Issue) -> Issue:
        log = issue.changelog
        if log is None or log.total is None or log.total <= len(log.histories or ()):
            return issue
        read = self._client.histories(issue)
        by_id = {text(each.id): each for each in (*(log.histories or ()), *read)}
        changelog = Changelog(histories=list(by_id.values()), total=log.total)
        return msgspec.structs.replace(issue, changelog=changelog)

    def _learn_statuses(self, issues: Sequence[Issue], known: Mapping[str, str]) -> dict[str, str]:
        """Give the categories of all statuses that issues and their changelogs mention.

        The site is asked for its list when a changelog names one that no issue was seen in.
        """
        statuses = dict(known)
        for current in map(history.current_status, issues):
            if current is not None:
                statuses[current[0]] = current[1].value
        mentioned = {status for issue in issues for status in history.mentioned_statuses(issue)}
        unknown = mentioned - statuses.keys() - history.BUILT_IN_STATUSES.keys()
        if unknown - self._site_statuses.keys():
            for status in self._client.statuses():
                if status.id is not None and status.status_category is not None:
                    category = history.category_of(status.status_category.key)
                    self._site_statuses[str(status.id)] = category.value
        return statuses | {status: self._site_statuses.get(status, "") for status in unknown}


def _batch_of(
    converted: Sequence[Converted],
    *,
    cursor: Cursor,
    milestones: tuple[TrackerMilestone, ...] = (),
    total: int | None = None,
    warnings: tuple[str, ...] = (),
) -> Batch:
    return Batch(
        cursor=cursor,
        items=tuple(each.item for each in converted),
        milestones=milestones,
        links=tuple(link for each in converted for link in each.links),
        changes=tuple(change for each in converted for change in each.changes),
        total=total,
        warnings=warnings,
    )


def _fingerprint(settings: JiraSettings) -> str:
    parts = (settings.fields, settings.links, settings.remote_links, settings.dropped)
    return hashlib.sha256(f"{_CONVERSION} {parts!r}".encode()).hexdigest()[:16]


def _next_start(since: int | None, reached: int | None, clock: datetime | None) -> int | None:
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
