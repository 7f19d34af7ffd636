"""What there is on a GitHub, before anything is configured.

Repositories come page by page; a token of a user lists those it may read, an App's installation
those it was installed on. Milestones carry their progress, so that looking into a repository
costs two requests.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import UTC
from urllib.parse import urlsplit

import msgspec

from slipwatch.aggregator.connector import FoundMilestone, FoundScope, Site, Skip
from slipwatch.aggregator.records import Batch, Item, Link, LinkKind, MilestoneKind

from ..answers import Answer
from ..http import PageGuard
from .client import PAGE, GitHubClient, next_page
from .convert import repository_of
from .guide import ENTERPRISE
from .payloads import Account, Issue, Milestone, Reference, Repository
from .walk import collect, decode

MOST_REPOSITORIES = 5000
"""More nobody reads in a list; a repository beyond them can still be named."""

_MILESTONE_PAGES = 5
_PER_PAGE = {"per_page": str(PAGE)}
_READS_PRIVATE = "repo"


class _Repository(Repository, frozen=True):
    open_issues_count: int | None = None
    has_issues: bool = True


class _Installation(msgspec.Struct, frozen=True):
    """A page of what an App was installed on."""

    repositories: list[_Repository]


class _Milestone(Milestone, frozen=True):
    open_issues: int | None = None
    closed_issues: int | None = None


def identify(client: GitHubClient, url: str) -> Site:
    """Say which GitHub it is, who asks, and what the token does not see."""
    answer = client.get("/user", accept={403})
    if answer.status == 200:
        account = decode(answer, Account, "GET /user").login
        listing = _get(client, "/user/repos", {"per_page": "1"})
    else:
        # An App is no user; what it may read is what it was installed on.
        account = "an installation of a GitHub App"
        listing = _get(client, "/installation/repositories", {"per_page": "1"})
    return Site(product=_product(url, listing), account=account, lacking=tuple(_lacking(listing)))


def repositories(client: GitHubClient, organizations: Sequence[str] = ()) -> Iterator[FoundScope]:
    """Yield the living repositories with issues that the account sees, or of organizations."""
    if organizations:
        for name in organizations:
            path = f"/orgs/{name}/repos"
            answer = _get(client, path, {**_PER_PAGE, "sort": "pushed"}, scope=name)
            yield from _listed(client, path, answer)
        return
    path = "/user/repos"
    answer = client.get(path, {**_PER_PAGE, "sort": "pushed"}, accept={403})
    if answer.status == 403:
        path = "/installation/repositories"
        answer = _get(client, path, _PER_PAGE)
    yield from _listed(client, path, answer)


def look(client: GitHubClient, repository: str) -> FoundScope:
    """Look into a repository, wherever it has been moved: its open milestones."""
    answer, base = client.get_list(f"/repos/{repository}", "", {}, scope=repository, accept={403})
    if answer.status == 403:
        raise _forbidden(answer, repository)
    found = decode(answer, _Repository, repository)
    query = {**_PER_PAGE, "state": "open", "sort": "due_on"}
    answer, _ = client.get_list(base, "/milestones", query, scope=repository)
    milestones = decode(answer, list[_Milestone], repository)
    guard = PageGuard(f"{repository}: the list of milestones")
    for _ in range(_MILESTONE_PAGES - 1):
        following = next_page(answer)
        if following is None:
            break
        answer = client.get(guard.check(following), scope=repository)
        milestones += decode(answer, list[_Milestone], repository)
    return FoundScope(
        scope=found.full_name,
        title=found.full_name.partition("/")[2],
        open_items=found.open_issues_count,
        milestones=tuple(map(_milestone, milestones)),
    )


def sample(
    client: GitHubClient,
    repository: str,
    milestones: Sequence[str],
    requests: int,
    convert: Callable[[object], Batch],
) -> Batch:
    """Read open issues of milestones, given by id, the newest changes first.

    Half of the requests go into pages of issues, the rest into the lists of what they wait for.
    """
    base = f"/repos/{repository}"
    query = {**_PER_PAGE, "state": "open", "milestone": "*", "sort": "updated"}
    answer, base = client.get_list(base, "/issues", query, scope=repository, accept={410})
    if answer.status == 410 or not milestones:
        return Batch(cursor={})
    raw: list[object] = decode(answer, list[object], repository)
    guard = PageGuard(f"{repository}: the list of issues")
    spent = 1
    while spent < requests / 2 and (following := next_page(answer)) is not None:
        answer = client.get(guard.check(following), scope=repository)
        raw += decode(answer, list[object], repository)
        spent += 1
    items: list[Item] = []
    links: list[Link] = []
    lists: list[tuple[str, LinkKind, Item]] = []
    for issue, batch in _converted(raw, set(milestones), convert):
        items += batch.items
        links += batch.links
        lists += [
            (f"{base}/issues/{issue.number}/{rest}", kind, item)
            for item in batch.items
            for rest, kind, count in (
                ("dependencies/blocked_by", LinkKind.BLOCKS, issue.blockers),
                ("sub_issues", LinkKind.PARENT, issue.sub_issues),
            )
            if count
        ]
    lists.sort(key=lambda one: one[1] is LinkKind.PARENT)
    for path, kind, item in lists[: max(0, requests - spent)]:
        for other in collect(client, repository, path, Reference, []) or ():
            key = f"{repository_of(other)}#{other.number}"
            links.append(Link(owner=item.id, kind=kind, upstream=key, downstream=item.key))
    return Batch(cursor={}, items=tuple(items), links=tuple(links))


def _converted(
    raw: Sequence[object], milestones: Collection[str], convert: Callable[[object], Batch]
) -> Iterator[tuple[Issue, Batch]]:
    """Convert the issues of milestones; one that cannot be read is left out."""
    for payload in raw:
        try:
            issue, batch = msgspec.convert(payload, Issue), convert([payload])
        except ValueError:
            continue
        if issue.milestone is not None and str(issue.milestone.id) in milestones:
            yield issue, batch


def _get(
    client: GitHubClient, path: str, parameters: Mapping[str, str], *, scope: str | None = None
) -> Answer:
    answer = client.get(path, parameters, scope=scope, accept={403})
    if answer.status == 403:
        raise _forbidden(answer, scope or f"GET {path}")
    return answer


def _forbidden(answer: Answer, what: str) -> Skip:
    if answer.headers.get("x-github-sso", "").startswith("required"):
        return Skip(
            f"{what}: the organization has single sign-on: authorise the token for it, with "
            "Configure SSO beside the token in GitHub's settings"
        )
    return Skip(f"{what}: the token may not read it: check its permissions and repositories")


def _listed(client: GitHubClient, path: str, answer: Answer) -> Iterator[FoundScope]:
    """Follow a list of repositories from its first page on."""
    guard = PageGuard(f"{path}: the list of repositories")
    read = 0
    while True:
        page = _page(answer, path)
        for one in page:
            if not (one.archived or one.disabled) and one.has_issues:
                title = one.full_name.partition("/")[2]
                yield FoundScope(scope=one.full_name, title=title, open_items=one.open_issues_count)
        read += len(page)
        following = next_page(answer)
        if following is None or read >= MOST_REPOSITORIES:
            return
        answer = client.get(guard.check(following))


def _page(answer: Answer, path: str) -> list[_Repository]:
    if path.startswith("/installation/"):
        return decode(answer, _Installation, path).repositories
    return decode(answer, list[_Repository], path)


def _product(url: str, answer: Answer) -> str:
    host = urlsplit(url).hostname or ""
    if host == "api.github.com":
        return "github.com"
    if host.endswith(".ghe.com"):
        return f"GitHub Enterprise Cloud ({host.removeprefix('api.')})"
    version = answer.headers.get("x-github-enterprise-version")
    if version is None and not url.endswith(ENTERPRISE):
        return f"github.com, through {host}"
    return f"GitHub Enterprise Server {version or ''}".strip()


def _lacking(answer: Answer) -> Iterator[str]:
    """What the headers of a listing say; only a classic token tells its scopes."""
    scopes = answer.headers.get("x-oauth-scopes")
    if scopes is not None and _READS_PRIVATE not in re.split(r"[,\s]+", scopes):
        yield "read private repositories (scope repo)"
    hidden = re.search(r"organizations=([0-9,]+)", answer.headers.get("x-github-sso", ""))
    if hidden is not None:
        count = len(hidden[1].split(","))
        yield (
            f"see the repositories of {count} organizations with single sign-on (authorise the "
            "token for them, with Configure SSO beside it in GitHub's settings)"
        )


def _milestone(milestone: _Milestone) -> FoundMilestone:
    done, left = milestone.closed_issues, milestone.open_issues
    return FoundMilestone(
        id=str(milestone.id),
        name=milestone.title,
        kind=MilestoneKind.MILESTONE,
        due_date=milestone.due_on.astimezone(UTC).date() if milestone.due_on else None,
        done=done,
        total=None if done is None or left is None else done + left,
    )
