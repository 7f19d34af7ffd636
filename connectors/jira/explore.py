"""What there is on a Jira site, before anything is configured.

Projects come page by page. Only into those that are chosen it is looked: their open versions,
and how far each is, which costs a request or two per version.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import msgspec

from slipwatch.aggregator.connector import FoundMilestone, FoundScope, Site, Stop, WrongSite
from slipwatch.aggregator.records import Batch, Item, Link, MilestoneKind

from ..answers import Answer
from .account import may_browse
from .client import JiraClient, Parameters
from .guide import GATEWAY, is_gateway
from .payloads import REQUESTED_FIELDS, ServerInfo, User, Version, day
from .settings import JiraSettings

_T = TypeVar("_T")

MOST_PROJECTS = 5000
"""More nobody reads in a list; a project beyond them can still be named by its key."""

_PAGE = 100
_COUNTED_VERSIONS = 20
_PASS_OVER = (400, 403, 404, 405)
_ADDRESS = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")


class _Server(ServerInfo, rename="camel"):
    base_url: str | None = None
    version: str | None = None


class _Account(User, rename="camel"):
    email_address: str | None = None
    time_zone: str | None = None


class _Project(msgspec.Struct):
    key: str
    name: str | None = None
    archived: bool = False


class _ProjectPage(msgspec.Struct, rename="camel"):
    values: list[_Project]
    is_last: bool | None = None


class _Counts(msgspec.Struct, rename="camel"):
    issues_unresolved_count: int | None = None
    issues_count: int | None = None
    issues_fixed_count: int | None = None


class _SearchPage(msgspec.Struct, rename="camel"):
    issues: list[dict[str, Any]]
    next_page_token: str | None = None
    is_last: bool | None = None
    total: int | None = None


def identify(client: JiraClient, settings: JiraSettings) -> Site:
    """Say which Jira it is, who asks, and what the account may not do."""
    url, extra = settings.url, dict[str, str]()
    try:
        server = client.server_info(_Server)
        account = _get(client, "myself", _Account)
    except WrongSite:
        raise
    except Stop as error:
        raise Stop(f"{error}{_about_tokens(settings)}") from None
    cloud = server.deployment_type == "Cloud"
    if server.deployment_type is None:
        if account.shown is None:
            raise WrongSite(f"{client.name}: GET {url}: no Jira answers there; check url")
        deployment = settings.deployment or client.deployment_by_api()
        cloud, extra = deployment == "cloud", {"deployment": deployment}
    known = account.time_zone in available_timezones()
    return Site(
        product="Jira Cloud" if cloud else f"Jira Data Center {server.version or ''}".strip(),
        account=_named(account),
        lacking=() if may_browse(client) else ("browse any project (permission Browse Projects)",),
        timezone=account.time_zone if known else None,
        settings=_browse_url(url, server) | extra,
    )


def projects(client: JiraClient) -> Iterator[FoundScope]:
    """Yield the projects that the account sees, page by page where the site has pages."""
    if client.deployment() != "cloud":
        found = _get(client, "project", list[_Project])
        yield from map(_scope, [one for one in found if not one.archived][:MOST_PROJECTS])
        return
    path, start = "project/search", 0
    while start < MOST_PROJECTS:
        parameters: Parameters = {"startAt": start, "maxResults": _PAGE, "orderBy": "key"}
        page = client.read(client.get(path, parameters), path, _ProjectPage)
        yield from map(_scope, page.values)
        start += len(page.values)
        if page.is_last or not page.values:
            return


def look(client: JiraClient, project: str) -> FoundScope:
    """Look into a project: its versions that are neither released nor archived."""
    path = f"project/{project}"
    found = client.read(client.get(path, scope=project), path, _Project)
    versions = [one for one in client.versions(found.key) if not (one.released or one.archived)]
    versions.sort(key=lambda one: (one.release_date is None, one.release_date or ""))
    milestones = [
        _milestone(client, version, counted=number < _COUNTED_VERSIONS)
        for number, version in enumerate(versions)
    ]
    return FoundScope(scope=found.key, title=found.name or found.key, milestones=tuple(milestones))


def sample(
    client: JiraClient,
    project: str,
    versions: Sequence[str],
    requests: int,
    convert: Callable[[object], Batch],
) -> Batch:
    """Read open issues of versions, given by id, the newest changes first.

    Reads at most ``requests`` pages. ``convert`` makes records of issues; one that cannot be
    read is left out.
    """
    if not versions:
        return Batch(cursor={})
    cloud = client.deployment() == "cloud"
    path = "search/jql" if cloud else "search"
    parameters: dict[str, str | int] = {
        "jql": f'project = "{project}" AND fixVersion in ({",".join(versions)}) '
        "AND statusCategory != Done ORDER BY updated DESC",
        "fields": ",".join(REQUESTED_FIELDS),
        "maxResults": _PAGE,
    }
    issues: list[dict[str, Any]] = []
    for _ in range(requests):
        page = client.read(client.get(path, parameters, scope=project), path, _SearchPage)
        issues += page.issues
        if cloud and page.next_page_token and not page.is_last:
            parameters["nextPageToken"] = page.next_page_token
        elif not cloud and page.issues and len(issues) < (page.total or 0):
            parameters["startAt"] = len(issues)
        else:
            break
    return _converted(issues, convert)


def _converted(issues: Sequence[dict[str, Any]], convert: Callable[[object], Batch]) -> Batch:
    items: list[Item] = []
    links: list[Link] = []
    for issue in issues:
        try:
            batch = convert([issue])
        except ValueError:
            continue
        items += batch.items
        links += batch.links
    return Batch(cursor={}, items=tuple(items), links=tuple(links))


def _get(client: JiraClient, path: str, kind: type[_T]) -> _T:
    return client.read(client.get(path), path, kind)


def _about_tokens(settings: JiraSettings) -> str:
    """What to add to a refusal: on Cloud a token belongs to an account, or to the gateway."""
    url = settings.url
    host = urlsplit(url).hostname or ""
    if not host.endswith(".atlassian.net"):
        alone = settings.auth.email is None and host != GATEWAY
        return "; on Jira Cloud an API token needs its account's e-mail address" if alone else ""
    return (
        f"; a token with scopes works at https://{GATEWAY}/ex/jira/ID only: ID is the cloudId that "
        f"{url}/_edge/tenant_info shows"
    )


def _named(account: _Account) -> str:
    name = account.shown or "an account without a name"
    return f"{name} ({account.email_address})" if account.email_address else name


def _browse_url(url: str, server: _Server) -> dict[str, str]:
    """Where people open issues, for a site that is read through Atlassian's gateway."""
    base = server.base_url or ""
    if not is_gateway(url) or _ADDRESS.fullmatch(base) is None:
        return {}
    return {"browse_url": base.rstrip("/")}


def _scope(project: _Project) -> FoundScope:
    return FoundScope(scope=project.key, title=project.name or project.key)


def _milestone(client: JiraClient, version: Version, *, counted: bool) -> FoundMilestone:
    done, total = _progress(client, version) if counted else (None, None)
    return FoundMilestone(
        id=str(version.id),
        name=version.name or "",
        kind=MilestoneKind.VERSION,
        due_date=day(version.release_date),
        done=done,
        total=total,
    )


def _progress(client: JiraClient, version: Version) -> tuple[int | None, int | None]:
    """Count a version's issues; Data Center tells their number in a place of its own."""
    unresolved = _counts(
        client, client.get(f"version/{version.id}/unresolvedIssueCount", accept=_PASS_OVER)
    )
    total = unresolved.issues_count
    if total is None and unresolved.issues_unresolved_count is not None:
        path = f"version/{version.id}/relatedIssueCounts"
        total = _counts(client, client.get(path, accept=_PASS_OVER)).issues_fixed_count
    if total is None or unresolved.issues_unresolved_count is None:
        return None, None
    return max(0, total - unresolved.issues_unresolved_count), total


def _counts(client: JiraClient, answer: Answer) -> _Counts:
    if answer.status != 200:
        return _Counts()
    return client.read(answer, "version", _Counts)
