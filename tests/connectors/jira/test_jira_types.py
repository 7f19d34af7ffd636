"""An issue was of another type before: a changelog tells which, by id and by its name of then."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.records import Batch, ChangedField, Level

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STORY = ("1", "Story")


def became(old: tuple[str, str], new: tuple[str, str], *more: dict[str, Any]) -> dict[str, Any]:
    """Make a changelog entry of an issue that was given another type."""
    change = {"field": "issuetype", "fieldId": "issuetype", "fieldtype": "jira"}
    change |= {"from": old[0], "fromString": old[1], "to": new[0], "toString": new[1]}
    return {"id": "5", "created": "2025-12-05T10:00:00.000+0000", "items": [change, *more]}


def told(batches: list[Batch], field: ChangedField = ChangedField.TYPE) -> list[Any]:
    changes = [change for batch in batches for change in batch.changes]
    return [(change.old, change.new) for change in changes if change.field is field]


@pytest.mark.parametrize(
    ("former", "value"),
    [
        (("7", "Sub-task"), "subtask:Sub-task"),
        (("7", "Epic"), "epic:Epic"),
        (("7", "Bug"), "work:Bug"),
        (("7", None), None),
    ],
)
def test_a_type_that_no_issue_has_is_known_by_its_name(
    convert: Any, make_issue: Any, former: Any, value: str | None
) -> None:
    batch = convert(make_issue(1, NOW, histories=[became(former, STORY)]))

    assert told([batch]) == [(value, "work:Story")]


def test_a_type_that_became_itself_is_no_change(convert: Any, make_issue: Any) -> None:
    assert told([convert(make_issue(1, NOW, histories=[became(STORY, STORY)]))]) == []


def test_data_center_names_the_field_alone(convert: Any, make_issue: Any) -> None:
    entry = became(("7", "Sub-task"), STORY)
    del entry["items"][0]["fieldId"]

    assert told([convert(make_issue(1, NOW, histories=[entry]))]) == [
        ("subtask:Sub-task", "work:Story")
    ]


@pytest.mark.parametrize("shown", [{"subtask": True}, {"subtask": False, "hierarchyLevel": -1}])
def test_a_type_that_issues_have_is_known_by_them_in_every_later_pull(
    cloud: Any, connect: Any, make_issue: Any, shown: dict[str, Any]
) -> None:
    kind = {"id": "7", "name": "Teilaufgabe", **shown}
    converted = make_issue(2, NOW, histories=[became(("7", "Teilaufgabe"), STORY)])
    cloud.issues = [make_issue(1, NOW - 2 * DAY, issuetype=kind)]
    first = list(connect(cloud.url).pull("PAY", None))
    cloud.issues = [converted]

    second = list(connect(cloud.url).pull("PAY", first[-1].cursor))

    assert [item.level for batch in first for item in batch.items] == [Level.SUBTASK]
    assert told(second) == [("subtask:Teilaufgabe", "work:Story")]


@pytest.mark.parametrize("bulk", [True, False])
def test_a_former_sub_task_has_left_its_parent_however_changelogs_are_asked_for(
    cloud: Any, connect: Any, make_issue: Any, bulk: bool
) -> None:
    left = {"field": "Parent", "fieldtype": "jira", "from": "10009", "fromString": "PAY-9"}
    entry = became(("7", "Sub-task"), STORY, left | {"to": None, "toString": None})
    cloud.bulk = bulk
    cloud.issues = [make_issue(1, NOW, histories=[entry])]

    pulled = list(connect(cloud.url).pull("PAY", None))

    assert told(pulled) == [("subtask:Sub-task", "work:Story")]
    assert told(pulled, ChangedField.PARENT) == [("PAY-9", None)]
