"""Dates, sizes and iterations of projects and issue fields, none of which touches its issue."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from slipwatch.aggregator.records import Batch, ChangedField, Item, MilestoneKind, TrackerMilestone
from slipwatch.demo import DemoServers, World
from slipwatch.demo.github_projects import Iteration, Project
from slipwatch.demo.github_records import GithubIssue

SCOPE = "acme/r000"
BOARD = {"owner": "acme", "number": 3}
SPRINT = Iteration(id="a1b2", title="Sprint 7", start=date(2026, 1, 5))


@pytest.fixture
def world() -> World:
    made = World()
    site = made.github
    repository = site.add_repository(SCOPE, at=made.now - timedelta(days=90))
    for number in range(1, 6):
        site.add_issue(repository, f"Issue {number}", at=made.now - timedelta(days=60 - number))
    project = Project(number=3, owner="acme", iterations=[SPRINT])
    made.github_projects.append(project)
    project.put(
        repository.issues[1],
        at=made.now - timedelta(days=20),
        start_date=date(2026, 1, 7),
        target_date=date(2026, 2, 1),
        estimate=5,
        iteration=SPRINT,
    )
    project.put(repository.issues[2], at=made.now - timedelta(days=20))
    return made


@pytest.fixture
def servers(world: World) -> Iterator[DemoServers]:
    with DemoServers(world) as servers:
        yield servers


@pytest.fixture
def project(world: World) -> Project:
    return world.github_projects[0]


@pytest.fixture
def issues(world: World) -> dict[int, GithubIssue]:
    return world.github.by_name[SCOPE].issues


def sync(connector: Any, cursor: Any = None) -> list[Batch]:
    """One sync, which begins by naming the scopes."""
    connector.scopes()
    return list(connector.pull(SCOPE, cursor))


def items(batches: list[Batch]) -> dict[str, Item]:
    return {item.key: item for batch in batches for item in batch.items}


def sprints(batches: list[Batch]) -> list[TrackerMilestone]:
    found = (milestone for batch in batches for milestone in batch.milestones)
    return [one for one in found if one.kind is MilestoneKind.SPRINT]


def test_an_issue_that_a_census_reads_keeps_what_its_project_plans(
    servers: DemoServers, connect_to: Any
) -> None:
    connector = connect_to(servers, projects=[BOARD])
    pulled = sync(connector)
    planned = items(pulled)[f"{SCOPE}#1"]
    assert planned.due_date == date(2026, 2, 1)

    (batch,) = connector.read(SCOPE, {planned.id: planned.key}, pulled[-1].cursor)

    assert batch.items == (planned,)
    assert [change for change in batch.changes if change.field is ChangedField.DUE] == []


def test_a_project_plans_its_issues(servers: DemoServers, connect_to: Any) -> None:
    batches = sync(connect_to(servers, projects=[BOARD]))
    planned = items(batches)[f"{SCOPE}#1"]
    assert (planned.start_date, planned.due_date) == (date(2026, 1, 7), date(2026, 2, 1))
    assert planned.points == 5
    assert planned.milestones == ("iteration:a1b2",)
    assert items(batches)[f"{SCOPE}#2"].due_date is None
    assert sprints(batches) == [
        TrackerMilestone(
            id="iteration:a1b2",
            scope="acme/projects/3",
            kind=MilestoneKind.SPRINT,
            name="Sprint 7",
            start_date=date(2026, 1, 5),
            due_date=date(2026, 1, 18),
        )
    ]
    assert not any(batch.changes for batch in batches)


def test_a_plan_that_changes_is_seen_though_its_issue_was_not_touched(
    servers: DemoServers,
    connect_to: Any,
    world: World,
    project: Project,
    issues: dict[int, GithubIssue],
) -> None:
    connector = connect_to(servers, projects=[BOARD])
    first = sync(connector)
    world.now += timedelta(hours=2)
    project.put(issues[1], at=world.now, target_date=date(2026, 2, 8), estimate=8)
    project.put(issues[2], at=world.now, iteration=SPRINT)
    second = sync(connector, first[-1].cursor)
    found = items(second)
    assert found.keys() == {f"{SCOPE}#1", f"{SCOPE}#2"}
    assert found[f"{SCOPE}#1"].due_date == date(2026, 2, 8)
    changes = [change for batch in second for change in batch.changes]
    assert {(change.field, change.old, change.new) for change in changes} == {
        (ChangedField.DUE, "2026-02-01", "2026-02-08"),
        (ChangedField.POINTS, "5", "8"),
        (ChangedField.MILESTONE, None, "iteration:a1b2"),
    }
    assert {change.at for change in changes} == {world.now}
    world.now += timedelta(hours=2)
    project.remove(issues[1])
    third = sync(connector, second[-1].cursor)
    assert items(third)[f"{SCOPE}#1"].due_date is None
    assert items(sync(connector, third[-1].cursor)) == {}


def test_an_unchanged_project_costs_its_pages_alone(servers: DemoServers, connect_to: Any) -> None:
    connector = connect_to(servers, projects=[BOARD])
    first = sync(connector)
    servers.github.requests.clear()
    sync(connector, first[-1].cursor)
    assert [seen.path.rpartition("/")[2] for seen in servers.github.requests] == [
        "fields",
        "items",
        "milestones",
        "issues",
    ]


def test_iterations_keep_their_dates_when_they_are_over(
    servers: DemoServers, connect_to: Any, world: World
) -> None:
    world.now += timedelta(days=30)
    (sprint,) = sprints(sync(connect_to(servers, projects=[BOARD])))
    assert (sprint.due_date, sprint.closed) == (date(2026, 1, 18), True)


@pytest.mark.parametrize("status", [403, 404, 410, 500, 501, 200])
def test_a_project_that_cannot_be_read_changes_nothing(
    servers: DemoServers, connect_to: Any, world: World, status: int, issues: Any
) -> None:
    connector = connect_to(servers, projects=[BOARD])
    first = sync(connector)

    def refuse(request: Request) -> Response | None:
        refused = "/projectsV2/" in request.url.path
        return Response("<html>no</html>", status) if refused else None

    servers.github.fault = refuse
    world.now += timedelta(hours=1)
    world.github.touch(issues[1], world.now)
    second = sync(connector, first[-1].cursor)
    assert "acme/projects/3 could not be read" in second[0].warnings[0]
    assert items(second)[f"{SCOPE}#1"].due_date == date(2026, 2, 1)
    servers.github.fault = None
    assert items(sync(connector, second[-1].cursor)) == {}


def test_a_field_that_is_named_and_not_there_is_warned_of(
    servers: DemoServers, connect_to: Any
) -> None:
    batches = sync(connect_to(servers, projects=[{**BOARD, "end": "Deadline", "start": None}]))
    assert batches[0].warnings == ("acme/projects/3 has no field 'Deadline': check its spelling",)
    assert items(batches)[f"{SCOPE}#1"].due_date is None
    assert items(batches)[f"{SCOPE}#1"].points == 5


@pytest.mark.parametrize("named", [True, False])
def test_issue_fields_plan_an_issue_where_no_project_does(
    servers: DemoServers, connect_to: Any, world: World, issues: Any, named: bool
) -> None:
    world.github.names_fields = named
    for number in (1, 3):
        issues[number].field_values = {
            "Start date": date(2026, 3, 2),
            "Target date": date(2026, 3, 9),
            "Estimate": 3.0,
            "Cost": 900.0,
        }
    found = items(sync(connect_to(servers, projects=[BOARD])))
    by_field, by_project = found[f"{SCOPE}#3"], found[f"{SCOPE}#1"]
    assert (by_field.start_date, by_field.due_date) == (date(2026, 3, 2), date(2026, 3, 9))
    assert by_field.points == 3
    assert (by_project.due_date, by_project.points) == (date(2026, 2, 1), 5)


def test_fields_of_registers_are_read_from_issues_and_projects(
    servers: DemoServers, connect_to: Any, project: Project, issues: Any, world: World
) -> None:
    project.kinds = {**project.kinds, "Likelihood": "single_select"}
    likely = {"id": "f1", "name": {"raw": "High", "html": "High"}, "color": "RED"}
    project.put(issues[1], at=world.now, likelihood=likely)
    issues[1].field_values = {"Impact": 80_000.0, "Review": date(2026, 2, 2)}
    board = {**BOARD, "register": {"probability": "Likelihood", "owner": "Answers"}}
    register = {"impact": "impact", "review": "Review"}

    batches = sync(connect_to(servers, projects=[board], fields={"register": register}))

    found = items(batches)[f"{SCOPE}#1"].told
    assert set(found) == {"probability:High", "impact:80000", "review:2026-02-02"}
    warnings = [warning for batch in batches for warning in batch.warnings]
    assert warnings == ["acme/projects/3 has no field 'Answers': check its spelling"]


def test_fields_without_names_that_cannot_be_asked_for_are_warned_of(
    servers: DemoServers, connect_to: Any, world: World, issues: Any
) -> None:
    world.github.names_fields = False
    issues[3].field_values = {"Target date": date(2026, 3, 9)}

    def refuse(request: Request) -> Response | None:
        refused = request.url.path.endswith("/issue-fields")
        return Response('{"message": "Not Found"}', 404) if refused else None

    servers.github.fault = refuse
    batches = sync(connect_to(servers))
    warnings = [warning for batch in batches for warning in batch.warnings]
    assert len(warnings) == 1
    assert "acme: issue fields are not read" in warnings[0]
    assert items(batches)[f"{SCOPE}#3"].due_date is None


def test_pull_requests_may_be_work(servers: DemoServers, connect_to: Any, world: World) -> None:
    repository = world.github.by_name[SCOPE]
    world.github.add_issue(repository, "Merge me", at=world.now, pull_request=True)
    levels = {
        kind: items(sync(connect_to(servers, pull_requests=kind))).get(f"{SCOPE}#6")
        for kind in ("skip", "keep", "work")
    }
    assert levels["skip"] is None
    assert levels["keep"] is not None
    assert levels["keep"].level == "pull_request"
    assert levels["work"] is not None
    assert levels["work"].level == "work"
