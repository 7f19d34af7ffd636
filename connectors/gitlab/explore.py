"""What there is on a GitLab, before anything is configured.

Projects come page by page. Only into those that are chosen it is looked: their open milestones,
of groups above them too, and how far each is, which costs a request per milestone.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date
from itertools import islice

from msgspec import Struct

from slipwatch.aggregator.connector import FoundMilestone, FoundScope, Site
from slipwatch.aggregator.records import Batch, Item, Link, MilestoneKind

from . import convert
from .client import PAGE, GitLabClient, decode
from .guide import PUBLIC
from .payloads import Group, Issue, Linked, Milestone, Project
from .pull import NO_TIER
from .walk import decode_each, listed, pages

MOST_PROJECTS = 5000
"""More nobody reads in a list; a project beyond them can still be named."""

_MILESTONE_PAGES = 5
_COUNTED_MILESTONES = 20
_LIVING = {"archived": "false", "order_by": "id", "sort": "desc"}
_REFUSED = frozenset({400, 401, 403, 404})
_READS = frozenset({"api", "read_api"})


class _Account(Struct, frozen=True):
    username: str
    name: str | None = None


class _Version(Struct, frozen=True):
    version: str


class _Token(Struct, frozen=True):
    scopes: list[str]


class _Project(Project, frozen=True):
    name: str | None = None
    open_issues_count: int | None = None
    issues_access_level: str | None = None


class _Counts(Struct, frozen=True):
    all: int
    closed: int


class _Counted(Struct, frozen=True):
    counts: _Counts


class _Statistics(Struct, frozen=True):
    statistics: _Counted


def identify(client: GitLabClient, url: str) -> Site:
    """Say which GitLab it is, who asks, and what the token may not do."""
    account = decode(client.get("/user"), _Account, "GET /user")
    return Site(
        product="gitlab.com" if url == PUBLIC else f"GitLab {_version(client)}".strip(),
        account=f"{account.name or account.username} (@{account.username})",
        lacking=tuple(_lacking(client)),
    )


def projects(client: GitLabClient, groups: Sequence[str] = ()) -> Iterator[FoundScope]:
    """Yield the living projects with issues that the account is a member of, or of groups.

    The newest first: one that is made meanwhile moves the others on, and none is passed over.
    """
    if not groups:
        yield from _found(client, "/projects", _LIVING | {"membership": "true"}, scope=None)
    for group in groups:
        where = client.find("groups", group, Group)
        query = _LIVING | {"include_subgroups": "true", "with_shared": "false"}
        yield from _found(client, f"/groups/{where.id}/projects", query, scope=group)


def look(client: GitLabClient, project: str) -> FoundScope:
    """Look into a project, wherever it has been moved: its open milestones."""
    found = client.find("projects", project, _Project)
    milestones = listed(
        client,
        f"/projects/{found.id}/milestones",
        Milestone,
        scope=project,
        warnings=[],
        query={"state": "active", "include_ancestors": "true"},
        absent=NO_TIER,
        most_pages=_MILESTONE_PAGES,
    )
    milestones.sort(key=lambda one: (one.due_date is None, one.due_date or date.max))
    return _scope(
        found,
        tuple(
            _milestone(client, found, one, counted=number < _COUNTED_MILESTONES)
            for number, one in enumerate(milestones)
        ),
    )


def sample(
    client: GitLabClient,
    project: str,
    milestones: Sequence[str],
    requests: int,
    reading: convert.Reading,
) -> Batch:
    """Read open issues of milestones, given by id, the newest changes first.

    Half of the requests go into pages of issues, the rest into the lists of what they are
    linked with. An issue that cannot be read is left out.
    """
    if not milestones:
        return Batch(cursor={})
    base = f"/projects/{client.find('projects', project, Project).id}/issues"
    query = {
        "state": "opened",
        "scope": "all",
        "milestone": "Any",
        "order_by": "updated_at",
        "sort": "desc",
    }
    read: list[tuple[Issue, Item]] = []
    spent = 1
    for answer in islice(pages(client, base, scope=project, query=query), max(1, requests // 2)):
        spent += 1
        for issue in decode_each(answer, Issue, project)[0]:
            if issue.milestone is not None and str(issue.milestone.id) in milestones:
                with suppress(ValueError):
                    read.append((issue, convert.item_of(issue, reading)))
    links: list[Link] = []
    for number, (issue, item) in enumerate(read):
        linked: list[Linked] = []
        if spent + number < requests:
            path = f"{base}/{issue.iid}/links"
            linked = listed(client, path, Linked, scope=project, warnings=[], absent=NO_TIER)
        links += convert.links_of(issue, item, reading, linked)
    return Batch(cursor={}, items=tuple(item for _, item in read), links=tuple(links))


def _version(client: GitLabClient) -> str:
    """The version, where the site tells the account: ``17.5.1-ee``."""
    answer = client.get("/version", accept=_REFUSED)
    return decode(answer, _Version, "GET /version").version if answer.status == 200 else ""


def _lacking(client: GitLabClient) -> Iterator[str]:
    """What the token may not do; an OAuth token and an old site do not tell."""
    answer = client.get("/personal_access_tokens/self", accept=_REFUSED)
    if answer.status != 200:
        return
    scopes = decode(answer, _Token, "GET /personal_access_tokens/self").scopes
    if not _READS & set(scopes):
        yield "read projects and issues (scope read_api)"


def _found(
    client: GitLabClient, path: str, query: Mapping[str, str], *, scope: str | None
) -> Iterator[FoundScope]:
    for answer in islice(pages(client, path, scope=scope, query=query), MOST_PROJECTS // PAGE):
        for one in decode_each(answer, _Project, scope or "GET /projects")[0]:
            if one.issues_access_level != "disabled":
                yield _scope(one)


def _scope(project: _Project, milestones: tuple[FoundMilestone, ...] = ()) -> FoundScope:
    path = project.path_with_namespace
    return FoundScope(
        scope=path,
        title=project.name or path.rpartition("/")[2],
        open_items=project.open_issues_count,
        milestones=milestones,
    )


def _milestone(
    client: GitLabClient, project: _Project, milestone: Milestone, *, counted: bool
) -> FoundMilestone:
    done, total = _progress(client, project, milestone) if counted else (None, None)
    return FoundMilestone(
        id=str(milestone.id),
        name=milestone.title,
        kind=MilestoneKind.MILESTONE,
        due_date=milestone.due_date,
        done=done,
        total=total,
    )


def _progress(
    client: GitLabClient, project: _Project, milestone: Milestone
) -> tuple[int | None, int | None]:
    """Count a milestone's issues in one project; a milestone itself does not tell."""
    answer = client.get(
        f"/projects/{project.id}/issues_statistics",
        {"milestone": milestone.title, "scope": "all"},
        scope=project.path_with_namespace,
        accept=_REFUSED,
    )
    if answer.status != 200:
        return None, None
    counts = decode(answer, _Statistics, project.path_with_namespace).statistics.counts
    return counts.closed, counts.all
