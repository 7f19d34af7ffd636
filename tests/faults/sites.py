"""The sites on trial: a small one for each way that a connector reads, and what is true there.

The first five are read for the first time. A census is read a day later, when an issue has been
missing before; the others lack what makes the first ways possible, so that a connector takes
another one.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from slipwatch.demo import DemoServer, DemoServers, User, World, bulk_world
from slipwatch.demo.github_projects import Iteration, Project
from slipwatch.demo.gitlab import GitlabApp
from slipwatch.demo.gitlab_site import GitlabIssue, GitlabSite
from slipwatch.demo.jira_site import JiraSite
from slipwatch.demo.jira_worklogs import WITH_ISSUE

from ..acceptance.worlds import Kind, Size, edit, server_of, true_facts
from .front import Asked, Reply, Site

TOKEN = "very-secret-token"  # opens nothing but the simulated sites
DAY = timedelta(days=1)
_DANA = User("dana", "Dana", 7)


class Tracker(StrEnum):
    """A tracker, and the way it is read."""

    CLOUD = "jira cloud"
    DATACENTER = "jira datacenter"
    REST = "github rest"
    GRAPHQL = "github graphql"
    GITLAB = "gitlab"
    CLOUD_CENSUS = "jira cloud, census"
    DATACENTER_CENSUS = "jira datacenter, census"
    GITHUB_CENSUS = "github, census"
    GRAPHQL_CENSUS = "github graphql, census"
    GITLAB_CENSUS = "gitlab, census"
    CLOUD_WITHOUT_3 = "jira cloud, changelogs by version 2"
    CLOUD_WITHOUT_BULK = "jira cloud, changelogs one by one"
    CLOUD_HIDDEN = "jira cloud, hides what it is"
    DATACENTER_CUT = "jira datacenter, changelogs cut off"
    GITHUB_OF_A_USER = "github, project of a user"
    GITLAB_MOVED = "gitlab, issue moved away"

    @property
    def family(self) -> str:
        """Whose it is."""
        return self.partition(" ")[0].rstrip(",")

    @property
    def kind(self) -> Kind | None:
        """Which API it speaks; None is GitLab's."""
        return next((kind for kind in Kind if self.startswith(_FAMILIES[kind])), None)

    @property
    def takes_census(self) -> bool:
        """Whether it is about what comes a day later."""
        return self.endswith("census")


_FAMILIES = {
    Kind.CLOUD: "jira cloud",
    Kind.DATACENTER: "jira datacenter",
    Kind.GITHUB: "github",
}
READ_FIRST = (
    Tracker.CLOUD,
    Tracker.DATACENTER,
    Tracker.REST,
    Tracker.GRAPHQL,
    Tracker.GITLAB,
)
"""One of each API, read as it usually is."""


def honest(asked: Asked, site: Site) -> Reply:
    """Answer as the site does."""
    return site(asked)


@dataclass(slots=True, kw_only=True)
class SmallSite:
    """A site, what a ``slipwatch.yaml`` says about it, and what is true in it."""

    world: World
    server: DemoServer
    names: list[str]
    """Its scopes."""
    settings: dict[str, Any]
    ids: Callable[[], dict[str, set[str]]]
    """What else requests call each scope: by its id, or by its issues'."""
    truth: Callable[[], list[str]] | None
    edit: Callable[[int, int, timedelta], list[str]]
    """Lets time pass and then works on some issues; gives their keys."""
    delete: Callable[[], None]
    """Deletes an issue of the last scope."""
    answer: Callable[[Asked, Site], Reply] = field(default=honest)
    """Stands in for what the simulated server has not, or has too much."""


def build(tracker: Tracker, scopes: int = 2) -> SmallSite:
    """Make a site of so many projects or repositories; the same every time."""
    if tracker.kind is None:
        return _gitlab(tracker, scopes)
    if tracker.kind is Kind.GITHUB:
        return _github(tracker, scopes)
    return _jira(tracker, tracker.kind, scopes)


def _world(size: Size) -> World:
    """Make a world in which nothing is still moving."""
    world = bulk_world(
        projects=size.scopes if size.kind is Kind.CLOUD else 0,
        data_center_projects=size.scopes if size.kind is Kind.DATACENTER else 0,
        repositories=size.scopes if size.kind is Kind.GITHUB else 0,
        issues=size.issues,
    )
    world.now += timedelta(hours=1)
    return world


def _said(status: int, payload: object) -> Reply:
    headers = {"content-type": "application/json"}
    return Reply(status=status, headers=headers, body=json.dumps(payload).encode())


# Jira ------------------------------------------------------------------------------------------

_SPRINT = {
    "id": 37,
    "name": "Sprint 37",
    "state": "active",
    "originBoardId": 12,
    "startDate": "2026-01-01T08:00:00.000Z",
    "endDate": "2026-01-14T17:00:00.000Z",
}
_BOARDS = {
    "/board": [{"id": 12, "name": "Board", "type": "scrum"}],
    "/board/12/sprint": [_SPRINT],
}


def _jira(tracker: Tracker, kind: Kind, scopes: int) -> SmallSite:
    size = Size(kind=kind, scopes=scopes, issues=4)
    world = _world(size)
    site = world.jira_cloud if kind is Kind.CLOUD else world.jira_dc
    _leave_a_status(site, world.now)
    _log_much_time(site, world.now)
    site.token = TOKEN
    auth: dict[str, Any] = {"token": {"file": "token"}}
    fields = {"points": "Story Points", "flagged": "Flagged"}
    if kind is Kind.CLOUD:
        auth["email"] = "slipwatch@acme.example"
    else:
        fields["epic"] = "Epic Link"
    sprint = ["milestone", "sprint:37", "T000", "Sprint 37", "2026-01-01", "2026-01-14", False]

    def truth() -> list[str]:
        return sorted([*true_facts(world, kind), json.dumps(sprint)])

    return SmallSite(
        world=world,
        server=server_of(DemoServers(world), kind),
        names=size.names(),
        settings={
            "kind": "jira",
            "auth": auth,
            "projects": size.names(),
            "remote_links": True,
            "worklogs": True,
            "fields": fields,
        },
        ids=lambda: {
            project.key: {str(project.id), *(str(issue.id) for issue in project.issues)}
            for project in site.projects.values()
        },
        truth=truth,
        edit=lambda count, seed, after: edit(world, kind, count, seed, after),
        delete=lambda: site.delete_issue(site.projects[size.names()[-1]].issues[-1]),
        answer=_JIRA_ANSWERS.get(tracker, _with_boards),
    )


def _leave_a_status(site: JiraSite, now: datetime) -> None:
    """Let an issue of each project have been where none is now."""
    for project in site.projects.values():
        for name in ("In Review", "To Do"):
            site.transition(project.issues[1], name, at=now - timedelta(hours=1), by=_DANA)


def _log_much_time(site: JiraSite, now: datetime) -> None:
    """Let an issue have more worklogs than come with it."""
    issue = next(iter(site.projects.values())).issues[1]
    for number in range(WITH_ISSUE + 2):
        started = now - timedelta(days=1, minutes=number)
        site.log_work(issue, 60 * (number + 1), started=started, at=now, by=_DANA)


def _with_boards(asked: Asked, site: Site) -> Reply:
    """Have one board, in the first project."""
    _, agile, rest = asked.path.partition("/rest/agile/1.0")
    if not agile:
        return site(asked)
    found = _BOARDS.get(rest, [] if rest == "/board" else None)
    if found is None:
        return _said(404, {"errorMessages": ["no"]})
    if rest == "/board" and "T000" not in asked.query:
        found = []
    return _said(200, {"isLast": True, "startAt": 0, "values": found})


def _without(*missing: str) -> Callable[[Asked, Site], Reply]:
    def answer(asked: Asked, site: Site) -> Reply:
        if asked.path in missing:
            return _said(404, {"errorMessages": ["no"]})
        return _with_boards(asked, site)

    return answer


def _cut(asked: Asked, site: Site) -> Reply:
    """Give no changelog in a search, and say that there is one."""
    reply = _with_boards(asked, site)
    if not asked.path.endswith("/search") or reply.status != 200:
        return reply
    page = json.loads(reply.body)
    for issue in page["issues"]:
        if "changelog" in issue:
            issue["changelog"]["histories"] = []
    return _said_again(reply, page)


def _said_again(reply: Reply, payload: object) -> Reply:
    return replace(reply, body=json.dumps(payload).encode())


_BULK = ("/rest/api/3/changelog/bulkfetch", "/rest/api/2/changelog/bulkfetch")
_JIRA_ANSWERS = {
    Tracker.CLOUD_WITHOUT_3: _without(_BULK[0]),
    Tracker.CLOUD_WITHOUT_BULK: _without(*_BULK),
    Tracker.CLOUD_HIDDEN: _without("/rest/api/2/serverInfo"),
    Tracker.DATACENTER_CUT: _cut,
}


# GitHub ----------------------------------------------------------------------------------------


def _github(tracker: Tracker, scopes: int) -> SmallSite:
    size = Size(kind=Kind.GITHUB, scopes=scopes, issues=4)
    world = _world(size)
    site = world.github
    site.token = TOKEN
    site.names_fields = False
    repositories = list(site.repositories.values())
    planned, sized = (next(iter(one.issues.values())) for one in repositories[:2])
    sprint = Iteration(id="it1", title="Sprint 1", start=world.now.date())
    project = Project(number=1, owner="acme", iterations=[sprint])
    at = world.now - timedelta(hours=2)
    end = world.now.date() + 9 * DAY
    project.put(planned, at=at, target_date=end, iteration=sprint)
    world.github_projects.append(project)
    sized.field_values = {"Estimate": 3.0}
    for issue in list(repositories[-1].issues.values())[:3]:
        # So many of one moment that a page does not hold them.
        site.touch(issue, world.now - timedelta(hours=1))

    def truth() -> list[str]:
        facts = map(json.loads, true_facts(world, Kind.GITHUB))
        last = sprint.start + (sprint.days - 1) * DAY
        box = ["milestone", "iteration:it1", "acme/projects/1", "Sprint 1"]
        facts_ = [[*box, sprint.start.isoformat(), last.isoformat(), False]]
        for fact in facts:
            if fact[:2] == ["item", str(planned.id)]:
                fact[10], fact[11] = end.isoformat(), sorted([*fact[11], "iteration:it1"])
            if fact[:2] == ["item", str(sized.id)]:
                fact[13] = 3.0
            facts_.append(fact)
        return sorted(map(json.dumps, facts_))

    def ids() -> dict[str, set[str]]:
        return {
            one.full_name: {str(one.id), *(each.node_id for each in one.issues.values())}
            for one in site.repositories.values()
        }

    by_graphql = tracker in {Tracker.GRAPHQL, Tracker.GRAPHQL_CENSUS}
    settings: dict[str, Any] = {
        "kind": "github",
        "auth": {"token": {"file": "token"}},
        "organizations": ["acme"],
        "projects": [{"owner": "acme", "number": 1}],
        "api": "graphql" if by_graphql else "rest",
        "cross_references": True,
    }
    return SmallSite(
        world=world,
        server=server_of(DemoServers(world), Kind.GITHUB),
        names=size.names(),
        settings=settings,
        ids=ids,
        truth=truth,
        edit=lambda count, seed, after: edit(world, Kind.GITHUB, count, seed, after),
        delete=lambda: site.delete_issue(list(repositories[-1].issues.values())[-1]),
        answer=_GITHUB_ANSWERS.get(tracker, honest),
    )


def _long_histories(asked: Asked, site: Site) -> Reply:
    """Say that there is more of every history than came along."""
    reply = site(asked)
    if not asked.path.endswith("/graphql") or reply.status != 200:
        return reply
    said = json.loads(reply.body)
    for node in said["data"]["nodes"]:
        if node and node.get("timelineItems", {}).get("nodes"):
            node["timelineItems"]["pageInfo"]["hasNextPage"] = True
    return _said_again(reply, said)


def _of_a_user(asked: Asked, site: Site) -> Reply:
    """Let the project be a user's, whom an organization's name would not find."""
    if asked.path.startswith("/orgs/acme/projectsV2"):
        return _said(404, {"message": "Not Found"})
    users, orgs = "/users/acme/projectsV2", "/orgs/acme/projectsV2"
    reply = site(replace(asked, path=asked.path.replace(users, orgs)))
    headers = {name: value.replace(orgs, users) for name, value in reply.headers.items()}
    return replace(reply, headers=headers)


_GITHUB_ANSWERS = {
    Tracker.GRAPHQL: _long_histories,
    Tracker.GITHUB_OF_A_USER: _of_a_user,
}


# GitLab ----------------------------------------------------------------------------------------


def _gitlab(tracker: Tracker, scopes: int) -> SmallSite:
    world = World(now=datetime(2026, 1, 5, 10, 0, tzinfo=UTC))
    site = GitlabSite(token=TOKEN, access_level=20)
    at = world.now - 30 * DAY
    goal = None
    names = [f"acme/r{number:03}" for number in range(scopes)]
    for name in names:
        project = site.add_project(name)
        goal = goal or site.add_milestone("acme", "v2", due=date(2026, 2, 1))
        own = site.add_milestone(name, "v1", due=date(2026, 3, 1))
        issues = [site.add_issue(project, f"Issue {n}", at=at + n * DAY) for n in range(5)]
        site.set_milestone(issues[0], goal, at=at + 6 * DAY)
        site.set_milestone(issues[1], own, at=at + 7 * DAY)
        site.set_milestone(issues[1], goal, at=at + 8 * DAY)
        site.close(issues[2], at=at + 9 * DAY)
        site.link("blocks", issues[3], issues[4], at=at + 10 * DAY)
    sprint = site.add_iteration("acme", "Sprint 1", date(2026, 1, 1), date(2026, 1, 14))
    for project in site.projects.values():
        site.set_iteration(project.issues[4], sprint, at=at + 11 * DAY)
    epics = [site.add_epic("acme", f"Epic {n}", at=at + n * DAY) for n in range(3)]
    site.projects["acme/r000"].issues[1].epic = epics[0]

    if tracker is Tracker.GITLAB_MOVED:
        here, there, *_ = site.projects.values()
        site.move(here.issues[5], there, at=at + 12 * DAY)

    def ids() -> dict[str, set[str]]:
        projects = {one.path: {str(one.id)} for one in site.projects.values()}
        return {**projects, "acme": {str(site.groups["acme"])}}

    def work(count: int, seed: int, after: timedelta) -> list[str]:
        world.now += after
        issues = [one for project in site.projects.values() for one in project.issues.values()]
        chosen = random.Random(seed).sample(issues, count)
        for issue in chosen:
            act = site.close if issue.closed is None else site.reopen
            act(issue, at=world.now)
        return [issue.key for issue in chosen]

    def delete() -> None:
        del site.projects[names[-1]].issues[5]
        site.epics.remove(epics[-1])

    return SmallSite(
        world=world,
        server=DemoServer(world, GitlabApp(site), "gitlab"),
        names=[*names, "acme"],
        settings={
            "kind": "gitlab",
            "auth": {"token": {"file": "token"}},
            "groups": ["acme"],
        },
        ids=ids,
        truth=None if tracker is Tracker.GITLAB_MOVED else lambda: sorted(_gitlab_truth(site)),
        edit=work,
        delete=delete,
    )


def _gitlab_truth(site: GitlabSite) -> Iterator[str]:
    for project in site.projects.values():
        for issue in project.issues.values():
            yield _gitlab_item(issue)
            for kind, other, _ in issue.links:
                up, down = (issue, other) if kind == "blocks" else (other, issue)
                yield json.dumps(["link", str(issue.id), "blocks", up.key, down.key])
            yield from _gitlab_changes(issue)
    for epic in site.epics:
        yield json.dumps(
            ["item", f"epic:{epic.id}", f"{epic.group}&{epic.iid}", epic.group, "opened", "todo",
             None, _at(epic.created), _at(epic.updated), None, None, [], None, None, None]
        )  # fmt: skip
    for box in site.milestones:
        due = box.due and box.due.isoformat()
        yield json.dumps(["milestone", str(box.id), box.path, box.title, None, due, False])
    for box in site.iterations:
        days = [day and day.isoformat() for day in (box.start, box.due)]
        yield json.dumps(["milestone", f"iteration:{box.id}", box.path, box.title, *days, False])


def _gitlab_item(issue: GitlabIssue) -> str:
    done = issue.closed is not None
    boxes = [str(issue.milestone.id)] if issue.milestone else []
    boxes += [f"iteration:{issue.iteration.id}"] if issue.iteration else []
    return json.dumps(
        ["item", str(issue.id), issue.key, issue.project.path, "closed" if done else "opened",
         "done" if done else "todo", "completed" if done else None, _at(issue.created),
         _at(issue.updated), issue.closed and _at(issue.closed), None, sorted(boxes),
         issue.epic and f"{issue.epic.group}&{issue.epic.iid}", None, issue.assignee]
    )  # fmt: skip


def _gitlab_changes(issue: GitlabIssue) -> Iterator[str]:
    before = "todo"  # how it was called then, no event tells
    inside: dict[str, str] = {}
    for event in issue.events:
        told: list[list[str | None]] = []
        if event.kind == "state":
            after = "done" if event.action == "closed" else "todo"
            told = [["status", before, f"{after}:{event.action}"]]
            before = after
        else:
            assert event.timebox is not None
            box = f"{'iteration:' if event.kind == 'iteration' else ''}{event.timebox.id}"
            # An event names the one that came alone; what it took the place of was left.
            left = box if event.action == "remove" else inside.pop(event.kind, None)
            told = [] if left is None else [["milestone", left, None]]
            if event.action == "add":
                told.append(["milestone", None, box])
                inside[event.kind] = box
        for one in told:
            yield json.dumps(["change", str(issue.id), _at(event.at), *one])


def _at(at: datetime) -> str:
    return at.isoformat()
