"""From Jira's payloads to items and milestones, and what is refused."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from slipwatch.aggregator.records import (
    Category,
    Item,
    Level,
    Outcome,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DONE = {"id": "6", "name": "Closed", "statusCategory": {"key": "done"}}


def test_an_issue_becomes_an_item(item: Any) -> None:
    made = item(
        summary="Take payments",
        assignee={"displayName": "Ana", "name": "ana", "active": False},
        labels=["checkout"],
        components=[{"id": "1", "name": "API"}],
        fixVersions=[{"id": "7", "name": "2.0"}, {"id": "8"}],
        parent={"id": "1", "key": "PAY-9"},
        duedate="2026-02-01",
        customfield_1="2026-01-02",
        customfield_3=5,
    )

    assert made == Item(
        id="10001",
        key="PAY-1",
        scope="PAY",
        level=Level.WORK,
        title="Take payments",
        url="https://jira.example/base/browse/PAY-1",
        type="Story",
        status="Open",
        category=Category.TODO,
        created_at=datetime(2025, 12, 1, 9, tzinfo=UTC),
        updated_at=NOW,
        start_date=date(2026, 1, 2),
        due_date=date(2026, 2, 1),
        points=5.0,
        assignee="Ana",
        assignee_active=False,
        labels=("checkout",),
        components=("API",),
        milestones=("7", "8"),
        parent="PAY-9",
    )


def test_every_optional_field_may_be_null_or_missing(convert: Any, make_issue: Any) -> None:
    whole = make_issue(1, NOW)
    kept = {"created", "updated"}
    names = [
        "summary",
        "description",
        "issuetype",
        "project",
        "status",
        "resolution",
        "resolutiondate",
        "duedate",
        "assignee",
        "labels",
        "components",
        "fixVersions",
        "parent",
        "epic",
        "flagged",
        "issuelinks",
        "customfield_1",
        "customfield_2",
        "customfield_3",
        "customfield_4",
        "customfield_5",
    ]
    stamps = {name: whole["fields"][name] for name in kept}
    nulls = {**whole, "changelog": None, "fields": {**dict.fromkeys(names), **stamps}}
    missing = {"id": "10001", "key": "PAY-1", "fields": stamps}

    assert convert(nulls) == convert(missing)
    (made,) = convert(missing).items
    assert (made.scope, made.level, made.category) == ("PAY", Level.WORK, Category.TODO)


def test_nulls_inside_of_objects_are_nothing(convert: Any, make_issue: Any) -> None:
    odd = make_issue(
        1,
        NOW,
        issuetype={"name": None, "subtask": None, "hierarchyLevel": None},
        status={"id": None, "name": None, "statusCategory": None},
        assignee={"displayName": None},
        components=[{"id": "1", "name": None}],
        fixVersions=[{"id": None, "name": None}],
        issuelinks=[
            {"type": None, "outwardIssue": {"key": "PAY-2"}},
            {"type": {"name": "Blocks"}, "outwardIssue": None, "inwardIssue": None},
            {"type": {"name": "Blocks"}, "outwardIssue": {"key": None}},
        ],
        histories=[
            {"id": None, "created": None, "items": None},
            {"id": "2", "created": "2025-12-01T10:00:00.000+0000", "items": None, "author": None},
            {"id": "3", "created": "2025-12-01T10:00:00.000+0000", "items": [{"field": None}]},
        ],
    )

    batch = convert(odd)

    assert (batch.links, batch.changes) == ((), ())
    assert batch.items[0].milestones == ()


@pytest.mark.parametrize(
    ("issuetype", "level"),
    [
        ({"name": "Story", "subtask": False}, Level.WORK),
        ({"name": "Sub-task", "subtask": True}, Level.SUBTASK),
        ({"name": "Teilaufgabe", "hierarchyLevel": -1}, Level.SUBTASK),
        ({"name": "Epic", "subtask": False}, Level.EPIC),
        ({"name": "Epos", "untranslatedName": "Epic"}, Level.EPIC),
        ({"name": "Initiative", "hierarchyLevel": 2}, Level.EPIC),
        ({"name": "Bug", "hierarchyLevel": 0}, Level.WORK),
    ],
)
def test_levels_are_told_by_hierarchy_and_type(
    item: Any, issuetype: dict[str, Any], level: Level
) -> None:
    assert item(issuetype=issuetype).level is level


@pytest.mark.parametrize(
    ("key", "category"),
    [
        ("new", Category.TODO),
        ("indeterminate", Category.DOING),
        ("done", Category.DONE),
        ("undefined", Category.TODO),
        ("invented", Category.TODO),
    ],
)
def test_categories_are_jiras_own(item: Any, key: str, category: Category) -> None:
    assert (
        item(status={"id": "9", "name": "Any", "statusCategory": {"key": key}}).category is category
    )


@pytest.mark.parametrize(
    ("resolution", "status", "outcome"),
    [
        ("Done", "Closed", Outcome.COMPLETED),
        ("Fixed", "Closed", Outcome.COMPLETED),
        (None, "Done", Outcome.COMPLETED),
        ("Won't Do", "Closed", Outcome.DROPPED),
        ("Won’t Fix", "Closed", Outcome.DROPPED),
        ("DUPLICATE", "Closed", Outcome.DROPPED),
        ("Cannot Reproduce", "Closed", Outcome.DROPPED),
        ("Declined", "Closed", Outcome.DROPPED),
        ("Incomplete", "Closed", Outcome.DROPPED),
        (None, "Cancelled", Outcome.DROPPED),
        ("Wird nicht erledigt", "Closed", Outcome.DROPPED),
    ],
)
def test_done_work_is_told_from_dropped_scope(
    item: Any, resolution: str | None, status: str, outcome: Outcome
) -> None:
    made = item(
        status={**DONE, "name": status},
        resolution=None if resolution is None else {"name": resolution},
    )

    assert made.outcome is outcome


def test_an_open_issue_has_no_outcome_whatever_its_resolution_says(item: Any) -> None:
    made = item(resolution={"name": "Won't Do"}, resolutiondate="2025-12-20T10:00:00.000+0000")

    assert (made.outcome, made.done_at) == (None, None)


@pytest.mark.parametrize(
    ("fields", "parent"),
    [
        ({"parent": {"key": "PAY-2"}, "customfield_4": "PAY-3"}, "PAY-2"),
        ({"customfield_4": "PAY-3"}, "PAY-3"),
        ({"customfield_4": {"key": "PAY-4"}}, "PAY-4"),
        ({"epic": {"id": 1, "key": "PAY-5"}}, "PAY-5"),
        ({}, None),
    ],
    ids=str,
)
def test_parents_are_issues_or_epics(item: Any, fields: dict[str, Any], parent: str | None) -> None:
    assert item(**fields).parent == parent


@pytest.mark.parametrize(
    ("points", "read"),
    [(3, 3.0), ("5.0", 5.0), (True, None), ("XL", None), ("nan", None), ([], None)],
)
def test_points_are_numbers(item: Any, points: object, read: float | None) -> None:
    assert item(customfield_3=points).points == read


def test_a_project_with_versions_gives_its_milestones(convert: Any) -> None:
    project = {
        "id": "10",
        "key": "WEB",
        "versions": [
            {
                "id": "7",
                "name": "2.0",
                "releaseDate": "2026-02-01",
                "released": False,
                "archived": True,
            },
            {"id": 8, "name": None, "releaseDate": None, "startDate": "soon"},
        ],
    }

    first, second = convert(project).milestones

    assert (
        first.id,
        first.scope,
        first.due_date,
        first.closed,
        first.closed_on,
        first.archived,
    ) == (
        "7",
        "WEB",
        date(2026, 2, 1),
        False,
        None,
        True,
    )
    assert (second.id, second.name, second.start_date, second.due_date) == ("8", "", None, None)


def test_a_list_of_versions_belongs_to_the_project_it_names(convert: Any, make_issue: Any) -> None:
    version = {"id": "7", "name": "2.0", "released": False, "projectId": 10}
    other = make_issue(1, NOW, project="WEB")

    assert convert([[version]]).milestones[0].scope == "PAY"
    assert convert([[version], {"issues": [other]}]).milestones[0].scope == "WEB"


def test_an_issue_that_was_recorded_twice_comes_once(convert: Any, make_issue: Any) -> None:
    batch = convert([make_issue(1, NOW, summary="old"), make_issue(1, NOW, summary="new")])

    assert [made.title for made in batch.items] == ["new"]


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        (3, "payload: expected an object of Jira's API"),
        ([{"a": 1}], r"payload\[0\]: not a payload of Jira's API"),
        ({"errorMessages": ["secret"]}, "payload: not a payload"),
        (
            {"issues": [{"id": 1, "key": "A-1", "fields": {}}]},
            r"payload.issues\[0\]: Expected `str`",
        ),
        ({"values": [{"released": True}]}, r"payload.values\[0\]: Object missing .* `id`"),
        ([{"id": "1", "key": "A-1", "fields": {}}], r"payload\[0\]: it has no time of creation"),
        ([{"id": "1", "key": "A-1", "fields": {"labels": 1}}], r"payload\[0\]: Expected .*labels"),
        ({"key": "A", "versions": [None]}, r"payload.versions\[0\]: Expected `object`"),
    ],
)
def test_what_is_no_payload_is_refused_with_its_place(
    convert: Any, payload: object, problem: str
) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        convert(payload)

    assert "secret" not in str(caught.value)
