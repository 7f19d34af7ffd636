"""GitHub's payloads to records: by hand, and as recorded from the real API."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from slipwatch.aggregator.records import (
    Batch,
    Category,
    Item,
    Level,
    LinkKind,
    LinkOrigin,
    Outcome,
    TrackerMilestone,
)
from slipwatch.connectors.github import payloads
from slipwatch.connectors.github.convert import Reading
from slipwatch.connectors.github.recorded import convert
from slipwatch.connectors.labels import plain

SHARED = Path(__file__).parents[4] / "shared" / "data"
READING = Reading()


def issue(**fields: Any) -> dict[str, Any]:
    """The least that GitHub sends, with a null wherever its description allows one."""
    return {
        "id": 42,
        "number": 7,
        "title": "Pay with cards",
        "state": "open",
        "repository_url": "https://api.github.com/repos/acme/api",
        "comments_url": "https://api.github.com/repos/acme/api/issues/7/comments",
        "html_url": "https://github.com/acme/api/issues/7",
        "created_at": "2026-01-05T10:00:00Z",
        "updated_at": "2026-01-06T12:00:00+02:00",
        "closed_at": None,
        "state_reason": None,
        "body": None,
        "labels": None,
        "assignee": None,
        "assignees": None,
        "milestone": None,
        "type": None,
        "parent_issue_url": None,
        "sub_issues_summary": None,
        "issue_dependencies_summary": None,
        **fields,
    }


def item_of(reading: Reading = READING, /, **fields: Any) -> Item:
    (item,) = convert(issue(**fields), reading).items
    return item


def test_an_issue_with_nothing_but_nulls_converts() -> None:
    assert item_of() == Item(
        id="42",
        key="acme/api#7",
        scope="acme/api",
        level=Level.WORK,
        title="Pay with cards",
        url="https://github.com/acme/api/issues/7",
        type="Issue",
        status="open",
        category=Category.TODO,
        created_at=datetime(2026, 1, 5, 10, tzinfo=UTC),
        updated_at=datetime(2026, 1, 6, 10, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("fields", "category", "outcome"),
    [
        ({"state_reason": "reopened"}, Category.TODO, None),
        ({"assignees": [{"login": "ana"}]}, Category.DOING, None),
        ({"labels": [{"name": "status: In-Progress"}]}, Category.DOING, None),
        ({"labels": ["Doing"]}, Category.DOING, None),
        ({"labels": [{"name": None}]}, Category.TODO, None),
        ({"state": "closed"}, Category.DONE, Outcome.COMPLETED),
        ({"state": "closed", "state_reason": "completed"}, Category.DONE, Outcome.COMPLETED),
        ({"state": "closed", "state_reason": "not_planned"}, Category.DONE, Outcome.DROPPED),
        ({"state": "closed", "state_reason": "duplicate"}, Category.DONE, Outcome.DROPPED),
        ({"pull_request": {"merged_at": None}}, Category.DOING, None),
        ({"state": "closed", "pull_request": {"merged_at": None}}, Category.DONE, Outcome.DROPPED),
        ({"state": "closed", "pull_request": {}}, Category.DONE, Outcome.COMPLETED),
        (
            {"state": "closed", "pull_request": {"merged_at": "2026-01-07T10:00:00Z"}},
            Category.DONE,
            Outcome.COMPLETED,
        ),
    ],
)
def test_where_an_issue_stands(
    fields: dict[str, Any], category: Category, outcome: Outcome | None
) -> None:
    item = item_of(**fields)
    assert (item.category, item.outcome) == (category, outcome)
    assert (item.done_at is not None) is (category is Category.DONE)


def test_a_closed_issue_was_done_when_it_was_closed_or_merged() -> None:
    closed: dict[str, Any] = {"state": "closed", "closed_at": "2026-01-08T10:00:00Z"}
    assert item_of(**closed).done_at == datetime(2026, 1, 8, 10, tzinfo=UTC)
    merged: dict[str, Any] = {"pull_request": {"merged_at": "2026-01-07T10:00:00Z"}}
    assert item_of(**closed, **merged).done_at == datetime(2026, 1, 7, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "kind", "level"),
    [
        ({"type": {"name": "Feature"}, "labels": [{"name": "bug"}]}, "Feature", Level.WORK),
        ({"labels": [{"name": "kind/bug"}]}, "Bug", Level.WORK),
        ({"labels": [{"name": "enhancement"}]}, "Feature", Level.WORK),
        ({"labels": [{"name": "Type: Epic"}]}, "Epic", Level.EPIC),
        ({"type": {"name": "Epic"}}, "Epic", Level.EPIC),
        ({"type": {"name": "Bug"}, "pull_request": {}}, "Pull request", Level.PULL_REQUEST),
    ],
)
def test_the_type_is_the_organizations_or_a_label(
    fields: dict[str, Any], kind: str, level: Level
) -> None:
    item = item_of(**fields)
    assert (item.type, item.level) == (kind, level)


def test_what_else_an_issue_says() -> None:
    item = item_of(
        Reading(blocked_labels=frozenset({plain("On Hold")})),
        labels=[{"name": "on-hold"}, {"name": "checkout"}],
        assignee={"login": "ana"},
        assignees=[{"login": "ben"}],
        parent_issue_url="https://api.github.com/repos/acme/plan/issues/3",
        milestone={"id": 9, "number": 1, "title": "GA", "due_on": "2026-07-01T07:00:00Z"},
    )
    assert item.blocked
    assert item.labels == ("on-hold", "checkout")
    assert item.assignee == "ana"
    assert item.parent == "acme/plan#3"
    assert item.milestones == ("9",)


def test_pull_requests_are_left_out_on_demand() -> None:
    reading = Reading(pull_requests="skip")
    assert convert([issue(pull_request={})], reading) == Batch(cursor={})


def test_the_text_states_dependencies_of_its_own_issue() -> None:
    batch = convert(
        issue(title="acme/api#7 blocked by #3", body="requires PAY-3\nblocks acme/api#7\n"), READING
    )
    assert [
        (k.kind, k.upstream, k.downstream, k.origin, k.label, k.owner) for k in batch.links
    ] == [
        (LinkKind.BLOCKS, "acme/api#3", "acme/api#7", LinkOrigin.TEXT, "blocked by", "42"),
        (LinkKind.DEPENDS, "PAY-3", "acme/api#7", LinkOrigin.TEXT, "requires", "42"),
    ]


@pytest.mark.parametrize(
    ("due_on", "day"),
    [
        ("2026-07-01T07:00:00Z", date(2026, 7, 1)),
        ("2026-01-15T08:00:00Z", date(2026, 1, 15)),
        ("2026-01-15T00:00:00Z", date(2026, 1, 15)),
        ("2026-01-15T23:59:59Z", date(2026, 1, 15)),
        (None, None),
    ],
)
def test_a_due_date_is_the_day_that_was_picked(due_on: str | None, day: date | None) -> None:
    payload = {
        "url": "https://api.github.com/repos/acme/api/milestones/1",
        "id": 9,
        "number": 1,
        "title": "GA",
        "open_issues": 1,
        "closed_issues": 0,
        "state": "open",
        "due_on": due_on,
        "closed_at": None,
    }
    (milestone,) = convert([[payload]], READING).milestones
    assert (milestone.due_date, milestone.scope, milestone.id) == (day, "acme/api", "9")


@pytest.mark.parametrize(
    "address",
    [
        {"repository_url": "https://ghe.example/api/v3/repos/acme/api"},
        {"repository_url": "", "html_url": "https://ghe.example/acme/api/issues/7"},
    ],
)
def test_an_enterprise_server_has_other_addresses(address: dict[str, Any]) -> None:
    assert item_of(**address).key == "acme/api#7"


@pytest.mark.parametrize("payload", [[], [[]], {"total_count": 0, "items": []}, ()])
def test_an_empty_answer_is_an_empty_batch(payload: object) -> None:
    assert convert(payload, READING) == Batch(cursor={})


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        (None, r"^\$: expected an object or a list, not NoneType"),
        ("issues", r"^\$: expected an object or a list, not str"),
        ([[issue()], [7]], r"^\$\[1\]\[0\]: expected an object"),
        ([{"id": "10001", "key": "PAY-3", "fields": {}}], r"^\$\[0\]: no answer of GitHub"),
        ([issue(), issue(updated_at=None)], r"^\$\[1\]: .*null.*updated_at"),
        ([issue(updated_at="2026-01-05T10:00:00")], r"^\$\[0\]: .*updated_at"),
        ([issue(milestone={"id": "x", "title": "GA"})], r"^\$\[0\]: .*milestone.id"),
        ({"total_count": 1, "items": [issue(number="7")]}, r"^\$.items\[0\]: .*number"),
    ],
)
def test_what_is_no_payload_says_where(payload: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        convert(payload, READING)


def recorded(pattern: str) -> list[Any]:
    found = sorted(SHARED.glob(pattern))
    if not found:
        return [pytest.param(None, marks=pytest.mark.skip(reason="no recorded payloads here"))]
    return [pytest.param(path, id=f"{path.parent.name}/{path.stem}") for path in found]


@pytest.mark.parametrize("path", recorded("github-api-*/*.json"))
def test_every_recorded_payload_loads(path: Path) -> None:
    batch = convert(json.loads(path.read_text()), READING)
    assert {link.owner for link in batch.links} <= {item.id for item in batch.items}
    for item in batch.items:
        assert item.key.startswith(f"{item.scope}#")
        assert item.url.startswith("https://")


@pytest.mark.parametrize("path", recorded("github-api-freecad/*.json"))
def test_todays_issues_say_what_github_says(path: Path) -> None:
    page = json.loads(path.read_text())
    batch = convert(page, READING)
    assert [item.key for item in batch.items] == [f"FreeCAD/FreeCAD#{p['number']}" for p in page]
    assert {item.type for item in batch.items} >= {"Bug", "Feature", "Pull request"}
    late = next(m for m in batch.milestones if m.closed)
    assert (late.due_date, late.closed_on) == (date(2025, 10, 15), date(2026, 3, 23))


@pytest.mark.parametrize("path", recorded("github-api-devlake/github_api_milestones.json"))
def test_a_recorded_milestone_converts(path: Path) -> None:
    (milestone,) = convert(json.loads(path.read_text()), READING).milestones
    assert isinstance(milestone, TrackerMilestone)
    assert (milestone.name, milestone.scope) == ("v0.11.0", "apache/incubator-devlake")


READ: dict[str, type[msgspec.Struct]] = {
    "issue": payloads.Issue,
    "milestone": payloads.Milestone,
    "pull_request": payloads.PullRequest,
    "type": payloads.IssueType,
    "assignee": payloads.Account,
    "sub_issues_summary": payloads.SubIssues,
    "issue_dependencies_summary": payloads.Dependencies,
}
NOT_RECORDED = {"parent_issue_url", "issue_field_values"}
"""Absent where an issue has no parent or its organization no fields, as with all recorded ones."""


@pytest.mark.parametrize("path", recorded("github-api-freecad/*.json"))
@pytest.mark.parametrize("name", READ)
def test_every_field_that_is_read_is_one_that_github_sends(path: Path, name: str) -> None:
    page = json.loads(path.read_text())
    parts = page if name == "issue" else [issue[name] for issue in page if issue.get(name)]
    sent = {key for part in parts for key in part}
    read = {field.encode_name for field in msgspec.structs.fields(READ[name])}
    if name == "assignee" and not parts:
        pytest.skip("nobody is assigned in this page")
    assert read - NOT_RECORDED <= sent
