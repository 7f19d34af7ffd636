"""Pulls Jira projects: what changed since the last pull, page by page.

Edits of versions touch no issue and have no history, so a project's versions are listed at
every pull, and so are the sprints that are not over. Issues are walked in the order they
changed. What the site says about itself (which Jira it is, which fields have which role, the
categories of statuses, how it gives changelogs) is kept in the cursor: a pull of a project in
which nothing changed costs two requests, and one per board with sprints.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import chain

import msgspec

from slipwatch.aggregator.connector import Context, Delivery, FoundScope, Retry, Site, Skip
from slipwatch.aggregator.records import (
    Absence,
    Batch,
    Category,
    Cursor,
)

from ..portions import portions
from . import census, explore, history, hooks, moves, worklogs
from .account import check_account, check_permission
from .batches import Pull, batch_of
from .bookmark import Bookmark, next_start, reads_with
from .changelogs import AT_ONCE, IN_SEARCH, BulkChangelogs, NoBulkError, completed, is_cut_off
from .client import JiraClient
from .convert import Converted, Reading, convert_issue, convert_version
from .fields import RoleFields, are_named, roles
from .payloads import Changelog, Fields, Issue, text
from .recorded import sort_out
from .renaming import begin_anew, watch_keys
from .search import Page, Query, cloud_pages, datacenter_pages, together
from .settings import JiraSettings
from .sprints import Sprints, convert_sprint
from .types import levels_in, types_of


class JiraConnector:
    """One Jira site."""

    def __init__(self, name: str, settings: JiraSettings, context: Context) -> None:
        self._name = name
        self._settings = settings
        self._now = context.now
        self._client = JiraClient(name, settings, context)
        self._browse_url = settings.browse_url or settings.url
        self._roles = context.roles
        self._reads = reads_with(settings, context.roles)
        self._deployment: str | None = None
        self._fields: RoleFields | None = None
        self._changelogs: str | None = None
        self._site_statuses: dict[str, str] = {}

    @property
    def name(self) -> str:
        """The source's name in slipwatch.yaml."""
        return self._name

    def scopes(self) -> Sequence[str]:
        """Give the keys of the configured projects."""
        return self._settings.projects

    def pull(self, scope: str, cursor: Cursor | None) -> Iterator[Batch]:
        """Yield a project's versions, its sprints and the issues that changed since ``cursor``."""
        bookmark = Bookmark.of(cursor, self._reads)
        versions = self._client.versions(scope)
        check_account(self._client)
        bookmark = self._ask_site(bookmark)
        pull = Pull(
            scope,
            bookmark,
            tuple(convert_version(each, self._browse_url, scope=scope) for each in versions),
        )
        self._read_sprints(pull)
        yield from self._walk(pull)
        if pull.renamed is not None:
            begin_anew(pull)
            yield from self._walk(pull)
        if pull.trouble is not None:
            raise pull.trouble

    def _walk(self, pull: Pull) -> Iterator[Batch]:
        """Walk over the issues; where a site has no bulk endpoint, by its searches."""
        try:
            yield from self._walk_on(pull)
        except NoBulkError:
            yield from self._walk_on(pull)

    def _walk_on(self, pull: Pull) -> Iterator[Batch]:
        """Walk over the issues from where a pull is to the end."""
        bookmark = pull.bookmark
        since = bookmark.updated
        is_cloud = bookmark.deployment == "cloud"
        in_bulk = is_cloud and since is None and self._changelogs != IN_SEARCH
        reading = self._reading(bookmark)
        query = Query(
            project=pull.scope,
            since=since,
            layout=reading.layout,
            page_size=self._settings.page_size,
            changelog=not in_bulk,
        )
        pages = (cloud_pages if is_cloud else datacenter_pages)(self._client, query)
        clock: datetime | None = None
        seen, first = False, True
        for page in together(pages, AT_ONCE) if in_bulk else pages:
            whole = self._with_changelogs(page.issues, bookmark, in_bulk=in_bulk)
            watch_keys(self._client, pull, page.issues)
            clock, first = page.server_time if first else clock, False
            seen = seen or bool(page.issues)
            if page.last and not seen and since is None:
                # What it holds would be older than where the next pull goes on.
                check_permission(self._client, pull.scope)
            start = page.reached
            if page.last:
                start = next_start(since, page.reached if seen else None, clock)
            if page.last and pull.renamed is not None:
                # Broken off before all is read anew, the next pull has to see this again.
                start = since
            batch = self._batch(pull, page, start, reading, whole)
            if not pull.began or page.last or batch.items or batch.warnings:
                yield pull.open_batch(batch)

    def convert(self, payload: object) -> Batch:
        """Convert recorded payloads; names of fields need a recorded ``/field``, or a pull."""
        found = sort_out(payload)
        ids = roles(self._settings, found.fields)
        reading = Reading.of(self._settings, fields=ids, statuses={}, roles=self._roles)
        issues = found.read_issues(reading.layout)
        reading = replace(
            reading,
            statuses={**reading.statuses, **found.statuses},
            types=types_of(issue for _, issue in issues),
        )
        only = self._settings.projects[0] if len(self._settings.projects) == 1 else None
        converted: dict[str, Converted] = {}
        for place, issue in issues:
            try:
                converted[issue.id] = convert_issue(issue, reading)
            except ValueError as error:
                raise ValueError(f"{place}: {error}") from None
        versions = [
            convert_version(
                version,
                self._browse_url,
                scope=key or found.projects.get(text(version.project_id) or "") or only or "",
            )
            for version, key in found.all_versions()
        ]
        listed = (
            convert_sprint(each, self._browse_url, scope=only or "", boards={})
            for each in found.sprints
        )
        # A listing of a sprint is about it, and an issue only holds it.
        sprints = {each.id: each for issue in converted.values() for each in issue.sprints}
        sprints |= {each.id: each for each in listed if each is not None}
        return batch_of(
            tuple(converted.values()), cursor={}, milestones=(*versions, *sprints.values())
        )

    def identify(self) -> Site:
        """Say which Jira answers there and who is asking."""
        return explore.identify(self._client, self._settings)

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
        check_account(self._client)
        listing = census.cloud_ids if deployment == "cloud" else census.datacenter_ids
        return census.credible(self._client, scope, listing(self._client, scope))

    def locate(self, scope: str, items: Mapping[str, str]) -> Iterator[Absence]:
        """Find out what became of issues that their project lists no more."""
        read = self._settings.projects
        return census.locate(self._client, scope, items, read=read, now=self._now)

    def read(self, scope: str, items: Mapping[str, str], cursor: Cursor | None) -> Iterator[Batch]:
        """Yield issues by id, as a pull that found them would.

        Of fifty of which one is gone by then none comes: Jira refuses to search for them.
        """
        bookmark = self._ask_site(Bookmark.of(cursor, self._reads))
        pull = Pull(scope, bookmark, (), began=True)
        reading = self._reading(bookmark)
        walk = cloud_pages if bookmark.deployment == "cloud" else datacenter_pages
        for portion in portions(sorted(items)):
            query = Query(
                project=scope,
                since=None,
                only=tuple(portion),
                layout=reading.layout,
                page_size=self._settings.page_size,
            )
            with suppress(Skip):
                for page in walk(self._client, query):
                    whole = self._with_changelogs(page.issues, bookmark, in_bulk=False)
                    yield self._batch(pull, page, bookmark.updated, reading, whole)

    def close(self) -> None:
        """Let go of connections."""
        self._client.close()

    def _ask_site(self, bookmark: Bookmark) -> Bookmark:
        """Complete what a bookmark knows about the site; one that was used before knows all."""
        deployment = self._settings.deployment or bookmark.deployment or self._deployment
        if deployment is None:
            deployment = self._client.deployment()
        known = bookmark.fields if bookmark.fields is not None else self._fields
        if known is None:
            listed = self._client.field_list(needed=are_named(self._settings))
            known = roles(self._settings, listed, must_be_known_to=self._name)
        self._deployment, self._fields = deployment, known
        self._changelogs = self._changelogs or bookmark.changelogs
        return msgspec.structs.replace(bookmark, deployment=deployment, fields=known)

    def _reading(self, bookmark: Bookmark) -> Reading:
        return Reading.of(
            self._settings,
            fields=bookmark.fields or {},
            statuses={key: Category(value) for key, value in bookmark.statuses.items() if value},
            types=levels_in(bookmark.types),
            boards=bookmark.sprints.boards,
            former=tuple(bookmark.prefixes[:-1]),
            roles=self._roles,
        )

    def _read_sprints(self, pull: Pull) -> None:
        """List the project's sprints; a site without any is not asked.

        Trouble with them is no reason to leave out the issues: it is told of after those.
        """
        if not self._settings.sprints or "sprint" not in (pull.bookmark.fields or {}):
            return
        sprints = Sprints(
            self._client,
            scope=pull.scope,
            projects=self._settings.projects,
            now=self._now(),
        )
        try:
            found, known = sprints.read(pull.bookmark.sprints)
        except Retry as error:
            if error.retry_at is not None:
                raise
            pull.trouble = error
            return
        pull.bookmark = msgspec.structs.replace(pull.bookmark, sprints=known)
        listed = [
            made
            for each in found
            if (
                made := convert_sprint(
                    each, self._browse_url, scope=pull.scope, boards=known.boards
                )
            )
            is not None
        ]
        pull.sprints = {sprint.id for sprint in listed}
        pull.gone = tuple(map(moves.sprint_id, sprints.gone))
        pull.milestones = (*pull.milestones, *listed)

    def _batch(
        self,
        pull: Pull,
        page: Page,
        start: int | None,
        reading: Reading,
        whole: Mapping[str, Changelog],
    ) -> Batch:
        """Convert a page; an issue that cannot be read is a warning, and does not stop the rest.

        ``whole`` holds changelogs by issue that replace those of the page.
        """
        bookmark = pull.bookmark
        issues = page.issues
        for issue in issues:
            issue.changelog = whole.get(issue.id, issue.changelog)
        logs = [history.log_of(issue.changelog, reading.watched) for issue in issues]
        statuses = self._learn_statuses(issues, logs, bookmark.statuses)
        types = {**levels_in(bookmark.types), **types_of(issues)}
        pull.bookmark = bookmark = msgspec.structs.replace(
            bookmark,
            updated=start,
            statuses=statuses,
            types={key: level.value for key, level in types.items()},
            changelogs=self._changelogs,
        )
        reading = replace(
            reading,
            statuses=history.BUILT_IN_STATUSES
            | {key: Category(value) for key, value in statuses.items() if value},
            types=types,
        )
        warnings = list(page.warnings)
        converted: list[Converted] = []
        for issue, log in zip(issues, logs, strict=True):
            remote = self._client.remote_links(issue.id) if self._settings.remote_links else ()
            if reading.worklogs:
                worklogs.complete(self._client, issue, scope=pull.scope)
            try:
                converted.append(
                    convert_issue(issue, reading, log=log, scope=pull.scope, remote_links=remote)
                )
            except ValueError as error:
                warnings.append(f"{issue.key} could not be read: {error}")
        sprints = {
            sprint.id: sprint
            for each in converted
            for sprint in each.sprints
            if sprint.id not in pull.sprints
        }
        pull.sprints |= sprints.keys()
        return batch_of(
            converted,
            cursor=msgspec.to_builtins(bookmark),
            milestones=tuple(sprints.values()),
            total=page.total,
            warnings=tuple(warnings),
        )

    def _with_changelogs(
        self, issues: Sequence[Issue[Fields]], bookmark: Bookmark, *, in_bulk: bool
    ) -> Mapping[str, Changelog]:
        """Give the whole changelogs of those that lack some of it, by id.

        Raises ``NoBulkError`` if they came without any.
        """
        lacking = [issue for issue in issues if in_bulk or is_cut_off(issue)]
        if not lacking:
            return {}
        if bookmark.deployment == "cloud" and self._changelogs != IN_SEARCH:
            ids = tuple(chain.from_iterable((bookmark.fields or {}).values()))
            bulk = BulkChangelogs(self._client, self._changelogs, ids)
            try:
                whole = bulk.complete(lacking)
            except NoBulkError:
                self._changelogs = IN_SEARCH
                if in_bulk:
                    raise
            else:
                self._changelogs = bulk.way
                return whole
        return {issue.id: completed(self._client, issue) for issue in lacking}

    def _learn_statuses(
        self, issues: Sequence[Issue[Fields]], logs: Sequence[history.Log], known: Mapping[str, str]
    ) -> dict[str, str]:
        """Give the categories of all statuses that issues and their changelogs mention.

        The site is asked for its list when a changelog names one that no issue was seen in.
        """
        statuses = dict(known)
        for current in map(history.current_status, issues):
            if current is not None:
                statuses[current[0]] = current[1].value
        unknown = (
            history.mentioned_statuses(logs) - statuses.keys() - history.BUILT_IN_STATUSES.keys()
        )
        if unknown - self._site_statuses.keys():
            for status in self._client.statuses():
                if status.id is not None and status.status_category is not None:
                    category = history.category_of(status.status_category.key)
                    self._site_statuses[str(status.id)] = category.value
        return statuses | {status: self._site_statuses.get(status, "") for status in unknown}
