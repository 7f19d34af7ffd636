"""Big worlds for tests: many projects and repositories, with histories, links and dates."""

import random
from datetime import UTC, datetime, timedelta

from .github_records import Repository
from .github_site import GithubSite
from .jira_objects import JiraProject
from .jira_site import JiraSite
from .people import User
from .world import World

_PEOPLE = tuple(User(f"user{number}", f"User {number}", 100 + number) for number in range(20))
_SPAN = timedelta(days=180)
_NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


def bulk_world(
    *,
    projects: int = 40,
    data_center_projects: int = 0,
    repositories: int = 0,
    issues: int = 1000,
    seed: int = 0,
    now: datetime = _NOW,
) -> World:
    """Make a world with ``issues`` issues in each project (``T000``, …) and repository.

    Projects are named alike on both Jira sites; repositories are ``acme/r000``, …. The same
    arguments give the same world. About a quarter of the issues has a changelog, one in five
    hundred one of 120 entries, every tenth a link (across projects where there are several).
    """
    world = World(now=now)
    world.github.rate_limit = 1_000_000  # its clock stands still: no next hour would ever come
    rng = random.Random(seed)
    for number in range(projects):
        _fill_project(world.jira_cloud, number, issues, rng, now)
    for number in range(data_center_projects):
        _fill_project(world.jira_dc, number, issues, rng, now)
    for number in range(repositories):
        _fill_repository(world.github, number, issues, rng, now)
    for site in (world.jira_cloud, world.jira_dc):
        _link_jira(site, rng, now)
    _link_github(world.github, rng, now)
    return world


def _moment(rng: random.Random, after: datetime, now: datetime) -> datetime:
    """Return a whole second between two times."""
    seconds = int((now - after).total_seconds())
    return after + timedelta(seconds=rng.randint(1, max(1, seconds - 1)))


def _fill_project(
    site: JiraSite, number: int, issues: int, rng: random.Random, now: datetime
) -> None:
    project = site.add_project(f"T{number:03}", f"Test project {number}", rng.choice(_PEOPLE))
    today = now.date()
    versions = [
        site.add_version(
            project,
            f"{release}.0",
            start=today + timedelta(days=60 * release - 120),
            release=today + timedelta(days=60 * release - 60),
            released=release < 1,
        )
        for release in range(4)
    ]
    epic = site.add_issue(project, "Epic of the project", at=now - _SPAN, type_name="Epic")
    for index in range(1, issues):
        created = _moment(rng, now - _SPAN, now)
        issue = site.add_issue(
            project,
            f"Issue {index} of {project.key}",
            at=created,
            type_name=rng.choice(("Story", "Task", "Bug")),
            by=rng.choice(_PEOPLE),
            parent=epic if index % 3 == 0 else None,
            versions=(rng.choice(versions),) if index % 2 else (),
            description="Text of an issue.",
            points=rng.choice((1.0, 2.0, 3.0, 5.0, None)),
            due=today + timedelta(days=rng.randint(-30, 90)) if index % 5 == 0 else None,
        )
        if index % 4 == 0:
            _work_on(site, project, index, rng, now)
        if index % 500 == 1:
            for turn in range(120):
                at = issue.updated + timedelta(seconds=1)
                site.set_flag(issue, flagged=turn % 2 == 0, at=at, by=rng.choice(_PEOPLE))


def _work_on(
    site: JiraSite, project: JiraProject, index: int, rng: random.Random, now: datetime
) -> None:
    issue, who = project.issues[index], rng.choice(_PEOPLE)
    at = _moment(rng, issue.created, now)
    site.assign(issue, who, at=at, by=who)
    site.transition(issue, "In Progress", at=at, by=who)
    site.set_due(issue, at.date() + timedelta(days=rng.randint(1, 40)), at=at, by=who)
    if index % 8 == 0:
        done = _moment(rng, at, now)
        site.transition(issue, "Done", at=done, by=who, resolution="Done")


def _link_jira(site: JiraSite, rng: random.Random, now: datetime) -> None:
    issues = list(site.issues.values())
    for source in issues[::10]:
        target = rng.choice(issues)
        if target is not source:
            at = _moment(rng, max(source.updated, target.updated), now)
            site.link("Blocks", source, target, at=at, by=rng.choice(_PEOPLE))


def _fill_repository(
    site: GithubSite, number: int, issues: int, rng: random.Random, now: datetime
) -> None:
    repository = site.add_repository(f"acme/r{number:03}", at=now - _SPAN)
    milestones = [
        site.add_milestone(
            repository,
            f"v{release}",
            at=now - _SPAN,
            due=now.date() + timedelta(days=60 * release - 60),
        )
        for release in range(4)
    ]
    for index in range(1, issues + 1):
        created = _moment(rng, now - _SPAN, now)
        pull = index % 7 == 0
        site.add_issue(
            repository,
            f"Issue {index} of {repository.full_name}",
            at=created,
            by=rng.choice(_PEOPLE),
            body="Text of an issue.",
            milestone=rng.choice(milestones) if index % 2 else None,
            labels=("bug",) if index % 3 == 0 else (),
            pull_request=pull,
        )
        if index % 4 == 0:
            _close(site, repository, index, rng, now)


def _close(
    site: GithubSite, repository: Repository, index: int, rng: random.Random, now: datetime
) -> None:
    issue, who = repository.issues[index], rng.choice(_PEOPLE)
    at = _moment(rng, issue.created, now)
    site.assign(issue, who, at=at)
    reason = "not_planned" if index % 20 == 0 else "completed"
    site.close(issue, at=_moment(rng, at, now), by=who, reason=reason)


def _link_github(site: GithubSite, rng: random.Random, now: datetime) -> None:
    issues = [
        issue
        for repository in site.repositories.values()
        for issue in repository.issues.values()
        if not issue.pull_request
    ]
    for blocked in issues[::10]:
        blocker = rng.choice(issues)
        if blocker is not blocked:
            site.block(
                blocked, blocker, at=_moment(rng, max(blocked.updated, blocker.updated), now)
            )
    for parent, child in zip(issues[5::40], issues[6::40], strict=False):
        site.add_sub_issue(parent, child, at=_moment(rng, parent.updated, now))
