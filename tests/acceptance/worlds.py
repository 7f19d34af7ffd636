"""Worlds as large as a company, and what is true in them."""

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

import yaml

from slipwatch.aggregator.store import Store
from slipwatch.demo import (
    CLOUD_TOKEN,
    DATA_CENTER_TOKEN,
    GITHUB_TOKEN,
    DemoServer,
    DemoServers,
    RequestSeen,
    User,
    World,
    bulk_world,
)
from slipwatch.demo.github_records import Event, GithubIssue
from slipwatch.demo.jira_objects import FieldChange, JiraIssue

SOURCE = "tracker"
LONG = 130
"""Moves of a due date in the one issue per project whose history Jira Cloud cuts off."""

_DANA = User("dana", "Dana", 7)
_CATEGORIES = {"new": "todo", "indeterminate": "doing", "done": "done"}
_STATUSES = {"To Do": "todo", "In Progress": "doing", "In Review": "doing"}
_KEPT = {
    "status": "status",
    "duedate": "due",
    "fixVersions": "milestone",
    "assignee": "assignee",
}


class Kind(StrEnum):
    """Which API a site speaks."""

    CLOUD = "cloud"
    DATACENTER = "datacenter"
    GITHUB = "github"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is in a world; ``scopes`` are projects or repositories."""

    kind: Kind
    scopes: int
    issues: int
    seed: int = 0

    def names(self) -> list[str]:
        """Name the projects or repositories."""
        form = "acme/r{:03}" if self.kind is Kind.GITHUB else "T{:03}"
        return [form.format(number) for number in range(self.scopes)]


def build(size: Size) -> World:
    """Make a world, in which one issue of each Jira project has a long history of its date."""
    world = bulk_world(
        projects=size.scopes if size.kind is Kind.CLOUD else 0,
        data_center_projects=size.scopes if size.kind is Kind.DATACENTER else 0,
        repositories=size.scopes if size.kind is Kind.GITHUB else 0,
        issues=size.issues,
        seed=size.seed,
    )
    for site in (world.jira_cloud, world.jira_dc):
        for project in site.projects.values():
            issue = min(project.issues, key=lambda each: each.updated)
            for turn in range(LONG):
                day = world.now.date() + timedelta(days=turn)
                site.set_due(issue, day, at=issue.updated + timedelta(seconds=1), by=_DANA)
    return world


def edit(
    world: World,
    kind: Kind,
    count: int,
    seed: int = 0,
    after: timedelta = timedelta(hours=1),
    over: timedelta = timedelta(0),
) -> list[str]:
    """Let time pass and then, ``over`` a time, work be done on some issues; give their keys."""
    chance = random.Random(seed)
    moments = [world.now + after + over * (number + 1) / count for number in range(count)]
    world.now += after + over
    if kind is Kind.GITHUB:
        repositories = world.github.repositories.values()
        issues = [issue for each in repositories for issue in each.issues.values()]
        chosen = chance.sample(issues, count)
        for issue, at in zip(chosen, moments, strict=True):
            world.github.assign(issue, _DANA, at=at)
        return [issue.key for issue in chosen]
    site = world.jira_cloud if kind is Kind.CLOUD else world.jira_dc
    worked_on = chance.sample(list(site.issues.values()), count)
    for ticket, at in zip(worked_on, moments, strict=True):
        now_in = "In Progress" if ticket.status.name == "In Review" else "In Review"
        site.transition(ticket, now_in, at=at, by=_DANA)
    return [ticket.key for ticket in worked_on]


def server_of(servers: DemoServers, kind: Kind) -> DemoServer:
    """Find the server that speaks an API."""
    return {
        Kind.CLOUD: servers.jira_cloud,
        Kind.DATACENTER: servers.jira_dc,
        Kind.GITHUB: servers.github,
    }[kind]


def write_config(
    folder: Path,
    kind: Kind,
    url: str,
    names: Iterable[str],
    page_size: int | None = None,
    store: str | None = None,
) -> Path:
    """Write a ``slipwatch.yaml`` that reads one site, into a database beside it or ``store``.

    ``page_size`` is Jira's; GitHub is always asked for its largest page.
    """
    token = {
        Kind.CLOUD: CLOUD_TOKEN,
        Kind.DATACENTER: DATA_CENTER_TOKEN,
        Kind.GITHUB: GITHUB_TOKEN,
    }[kind]
    (folder / "token").write_text(token)
    auth: dict[str, object] = {"token": {"file": str(folder / "token")}}
    if kind is Kind.GITHUB:
        source: dict[str, object] = {"kind": "github", "auth": auth, "repositories": list(names)}
    else:
        fields = {"points": "Story Points", "flagged": "Flagged"}
        if kind is Kind.CLOUD:
            auth["email"] = "slipwatch@acme.example"
        else:
            fields["epic"] = "Epic Link"
        source = {"kind": "jira", "auth": auth, "projects": list(names), "fields": fields}
        source |= {} if page_size is None else {"page_size": page_size}
    store = store or f"sqlite:///{folder / 'slipwatch.db'}"
    config = {"store": store, "sources": {SOURCE: {**source, "url": url}}}
    path = folder / "slipwatch.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


def true_facts(world: World, kind: Kind) -> list[str]:
    """Write out what a complete sync has to know, read from the world itself."""
    if kind is Kind.GITHUB:
        return sorted(_github_truth(world))
    return sorted(set(_jira_truth(world, kind)))


def stored_facts(store: Store) -> list[str]:
    """Write out what the store knows, in the same form."""
    return sorted(_stored(store))


def digest(facts: list[str]) -> str:
    """Condense facts to what can be compared at a glance."""
    return sha256("\n".join(facts).encode()).hexdigest()


def difference(expected: list[str], found: list[str]) -> list[str]:
    """Give some of the facts that are missing or too many; none where both say the same."""
    wanted, known = Counter(expected), Counter(found)
    missing = [f"missing {fact}" for fact in (wanted - known)]
    return [*missing[:5], *[f"too many {fact}" for fact in (known - wanted)][:5]]


def _line(*parts: object) -> str:
    return json.dumps(parts, default=_written)


def _written(value: object) -> str:
    assert isinstance(value, date)
    return value.isoformat()


def _stored(store: Store) -> Iterator[str]:
    for _, item in store.items(SOURCE):
        yield _line(
            "item", item.id, item.key, item.scope, item.status, item.category, item.outcome,
            item.created_at, item.updated_at, item.done_at, item.due_date,
            sorted(item.milestones), item.parent, item.points, item.assignee,
        )  # fmt: skip
    for _, kept in store.tracker_milestones(SOURCE):
        yield _line(
            "milestone", kept.id, kept.scope, kept.name, kept.start_date, kept.due_date, kept.closed
        )
    for _, link, _ in store.links(SOURCE):
        yield _line("link", link.owner, link.kind, link.upstream, link.downstream)
    for _, change in store.changes(SOURCE):
        yield _line("change", change.item, change.at, change.field, change.old, change.new)
    for (source, item_id), logged in store.worklogs().items():
        for one in logged if source == SOURCE else ():
            yield _line("worklog", item_id, one.started_at, one.seconds)


def _jira_truth(world: World, kind: Kind) -> Iterator[str]:
    site = world.jira_cloud if kind is Kind.CLOUD else world.jira_dc
    for issue in site.issues.values():
        done = issue.status.category == "done"
        outcome = "completed" if issue.resolution == "Done" else "dropped"
        parent, assignee = issue.parent, issue.assignee
        yield _line(
            "item", str(issue.id), issue.key, issue.project.key, issue.status.name,
            _CATEGORIES[issue.status.category], outcome if done else None,
            issue.created, issue.updated, issue.resolved if done else None, issue.due,
            sorted(str(version.id) for version in issue.versions),
            None if parent is None else parent.key, issue.points,
            None if assignee is None else assignee.name,
        )  # fmt: skip
        for link in issue.links:
            yield _line("link", str(issue.id), "blocks", link.source.key, link.target.key)
        for logged in issue.worklogs:
            yield _line("worklog", str(issue.id), logged.started, logged.seconds)
        yield from _true_changes(issue)
    for project in site.projects.values():
        for version in project.versions:
            yield _line(
                "milestone", str(version.id), project.key, version.name, version.start,
                version.release, version.released,
            )  # fmt: skip


def _true_changes(issue: JiraIssue) -> Iterator[str]:
    after: str | None = None
    for entry in issue.histories:
        told = {change.field_id: change for change in entry.changes}
        before, after = after, told["resolution"].new_text if "resolution" in told else after
        for change in entry.changes:
            if change.field_id in _KEPT:
                old, new = _sides(change, before, after)
                field = _KEPT[change.field_id]
                if old != new:
                    yield _line("change", str(issue.id), entry.at, field, old, new)


def _sides(
    change: FieldChange, before: str | None, after: str | None
) -> tuple[str | None, str | None]:
    """Give what a field was and is; ``before`` and ``after`` are the resolutions of the time."""
    if change.field_id == "assignee":
        return change.old_text, change.new_text
    if change.field_id != "status":
        return change.old, change.new
    return _standing(change.old_text or "", before), _standing(change.new_text or "", after)


def _standing(status: str, resolution: str | None) -> str:
    ended = "completed" if resolution == "Done" else "dropped"
    return f"{ended if status == 'Done' else _STATUSES[status]}:{status}"


def _github_truth(world: World) -> Iterator[str]:
    for repository in world.github.repositories.values():
        for issue in repository.issues.values():
            yield _github_item(issue)
            yield from _github_changes(issue)
            for child in issue.sub_issues:
                yield _line("link", str(issue.id), "parent", child.key, issue.key)
            for blocker in issue.blocked_by:
                yield _line("link", str(issue.id), "blocks", blocker.key, issue.key)
        for each in repository.milestones:
            yield _line(
                "milestone", str(each.id), repository.full_name, each.title, None, each.due,
                each.closed is not None,
            )  # fmt: skip


def _github_item(issue: GithubIssue) -> str:
    category, outcome = "todo", None
    if issue.closed is not None:
        category = "done"
        outcome = "dropped" if issue.state_reason == "not_planned" else "completed"
    elif issue.pull_request or issue.assignees:
        category = "doing"
    return _line(
        "item", str(issue.id), issue.key, issue.repository.full_name,
        "open" if issue.closed is None else "closed", category, outcome,
        issue.created, issue.updated, issue.closed, None,
        [] if issue.milestone is None else [str(issue.milestone.id)],
        None if issue.parent is None else issue.parent.key, None,
        issue.assignees[0].login if issue.assignees else None,
    )  # fmt: skip


def _github_changes(issue: GithubIssue) -> Iterator[str]:
    ids = {each.title: str(each.id) for each in issue.repository.milestones}
    begun = "doing:open" if issue.pull_request else "todo:open"
    opened = "dropped:closed" if issue.pull_request else "done:closed"
    state = begun
    for event in issue.events:
        subject = event.subject.login if isinstance(event.subject, User) else str(event.subject)
        told: dict[str, tuple[str, str | None, str | None]] = {
            "milestoned": ("milestone", None, ids.get(subject)),
            "demilestoned": ("milestone", ids.get(subject), None),
            "assigned": ("assignee", None, subject),
            "closed": ("status", state, _github_ended(event)),
            "reopened": ("status", opened, begun),
        }
        state = {"closed": "done:closed", "reopened": begun}.get(event.kind, state)
        if event.kind in told:
            yield _line("change", str(issue.id), event.at, *told[event.kind])


def _github_ended(closing: Event) -> str:
    issue = closing.issue
    if issue.pull_request:
        return f"{'completed' if issue.merged == closing.at else 'dropped'}:closed"
    return f"{'completed' if closing.subject == 'completed' else 'dropped'}:closed"


def asked(seen: RequestSeen) -> str:
    """Name what a request was about: its path, and the project that a search is for."""
    jql = parse_qs(seen.query).get("jql", [""])[0]
    project = re.search(r'project\s*=\s*"?(\w+)', jql)
    return seen.path if project is None else f"{seen.path} {project[1]}"
