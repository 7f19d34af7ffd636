"""Changelogs are whole however a site gives them, and say the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Retry
from slipwatch.aggregator.records import Batch, Change, ChangedField

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SYSTEM_IDS = {"Fix Version": "fixVersions"}
WITHOUT_ID = {"IssueParentAssociation", "Link", "Key"}


def item(field: str, old: str | None, new: str | None, **more: Any) -> dict[str, Any]:
    made = {"field": field, "fieldtype": "jira", "from": old, "fromString": old}
    made |= {"to": new, "toString": new, **more}
    return made if field in WITHOUT_ID else {"fieldId": SYSTEM_IDS.get(field, field), **made}


def entry(number: int, *items: dict[str, Any]) -> dict[str, Any]:
    at = datetime(2025, 11, 1, tzinfo=UTC) + timedelta(hours=number)
    return {"id": str(number), "created": at.isoformat(timespec="milliseconds"), "items": [*items]}


def filled(site: Any, make_issue: Any) -> None:
    """Put issues with all kinds of changes into a site; one of them has moved, one a parent."""
    histories = [
        entry(1, item("status", "1", "3"), item("assignee", "Ana", "Bo")),
        entry(2, item("duedate", None, "2026-02-01"), item("description", "a", "b")),
        entry(3, item("Fix Version", "7", None), item("Fix Version", None, "8")),
        entry(4, item("project", "1", "2"), item("Key", "OLD-4", "PAY-1")),
        entry(5, item("description", "b", "c")),
    ]
    related = [
        entry(6, item("IssueParentAssociation", None, "PAY-9")),
        entry(7, item("Link", None, "PAY-1"), item("status", "3", "5")),
    ]
    link = {"type": {"id": "1", "name": "Blocks"}, "inwardIssue": {"key": "PAY-1"}}
    site.issues = [
        make_issue(1, NOW - 3 * DAY, histories=histories),
        make_issue(2, NOW - 2 * DAY, histories=related, parent={"key": "PAY-9"}, issuelinks=[link]),
        make_issue(3, NOW - DAY),
    ]


def told(batches: list[Batch]) -> tuple[list[Change], list[Any]]:
    changes = [change for batch in batches for change in batch.changes]
    items = [item for batch in batches for item in batch.items]
    return sorted(changes, key=lambda each: each.id), items


EXPECTED = {
    "1:assignee": (ChangedField.ASSIGNEE, "Ana", "Bo"),
    "1:status": (ChangedField.STATUS, "todo:1", "doing:3"),
    "2:duedate": (ChangedField.DUE, None, "2026-02-01"),
    "3:fixVersions": (ChangedField.MILESTONE, "7", None),
    "3:fixVersions:1": (ChangedField.MILESTONE, None, "8"),
    "4:key": (ChangedField.KEY, "OLD-4", "PAY-1"),
    "6:parent": (ChangedField.PARENT, None, "PAY-9"),
    "7:status": (ChangedField.STATUS, "doing:3", "completed:5"),
}


@pytest.mark.parametrize("entries", [1, 2, 1000])
@pytest.mark.parametrize("way", ["bulk", "search", "cut off", "cut off, then bulk"])
def test_a_changelog_is_the_same_however_it_was_asked_for(
    cloud: Any, connect: Any, make_issue: Any, way: str, entries: int
) -> None:
    filled(cloud, make_issue)
    cloud.bulk_page = entries
    cloud.bulk = "bulk" in way
    cloud.shown_histories = 1 if "cut" in way else 100
    cursor = None
    if way == "cut off, then bulk":
        kept, cloud.issues = cloud.issues, []
        ((start),) = connect(cloud.url).pull("PAY", None)
        cursor = {**start.cursor, "updated": 1}
        cloud.issues = kept

    changes, items = told(list(connect(cloud.url).pull("PAY", cursor)))

    assert {change.id: (change.field, change.old, change.new) for change in changes} == EXPECTED
    assert [each.former_keys for each in items] == [("OLD-4",), (), ()]
    used = any("bulkfetch" in asked for asked in cloud.asked)
    assert used or not cloud.bulk


def test_a_data_center_that_cuts_a_changelog_off_is_asked_for_the_issue(
    datacenter: Any, connect: Any, make_issue: Any
) -> None:
    filled(datacenter, make_issue)
    datacenter.shown_histories = 1

    changes, _ = told(list(connect(datacenter.url).pull("PAY", None)))

    assert {change.id for change in changes} == EXPECTED.keys()


def test_more_fields_than_may_be_asked_for_at_once_are_asked_for_in_turn(
    cloud: Any, connect: Any, make_issue: Any
) -> None:
    filled(cloud, make_issue)
    fields = {role: f"customfield_{n}" for n, role in enumerate(("start", "end", "points"), 1)}
    fields |= {"epic": "customfield_4", "flagged": "customfield_5"}

    list(connect(cloud.url, fields=fields).pull("PAY", None))

    asked = [body["fieldIds"] for body in cloud.bodies if "fieldIds" in body]
    assert [len(each) for each in asked] == [10, 3]
    assert {*fields.values(), "duedate", "fixVersions"} <= {*asked[0], *asked[1]}


def test_history_is_asked_for_what_changed_alone(cloud: Any, connect: Any, make_issue: Any) -> None:
    filled(cloud, make_issue)
    first = list(connect(cloud.url).pull("PAY", None))
    assert all(len(body.get("fieldIds", ())) <= 10 for body in cloud.bodies)
    whole = [body["issueIdsOrKeys"] for body in cloud.bodies if "fieldIds" not in body]
    assert whole == [["10002", "10001"]]

    cloud.bodies.clear()
    cloud.asked.clear()
    cloud.now = NOW + timedelta(hours=1)
    cloud.touch("PAY-3", NOW, summary="edited")
    list(connect(cloud.url).pull("PAY", first[-1].cursor))

    assert cloud.bodies == []
    assert cloud.asked == ["project/PAY/versions", "search/jql"]


@pytest.mark.parametrize("status", [400, 403, 404, 405, 410, 501])
def test_a_site_without_the_bulk_endpoint_is_read_by_searches(
    cloud: Any, connect: Any, make_issue: Any, status: int
) -> None:
    filled(cloud, make_issue)
    cloud.fail(status, {"errorMessages": ["No"]}, path="changelog/bulkfetch")

    batches = list(connect(cloud.url).pull("PAY", None))

    assert {change.id for change in told(batches)[0]} == EXPECTED.keys()
    # It is not tried again.
    cloud.asked.clear()
    list(connect(cloud.url).pull("PAY", batches[-1].cursor))
    assert not any("bulkfetch" in asked for asked in cloud.asked)


def test_the_bulk_endpoint_of_the_second_api_is_used_where_there_is_no_third(
    cloud: Any, connect: Any, make_issue: Any
) -> None:
    filled(cloud, make_issue)
    cloud.bulk_api = "2"

    changes, _ = told(list(connect(cloud.url).pull("PAY", None)))

    assert "changelog/bulkfetch" in cloud.asked
    assert {change.id for change in changes} == EXPECTED.keys()


def test_pages_that_go_in_a_circle_are_refused(cloud: Any, connect: Any, make_issue: Any) -> None:
    filled(cloud, make_issue)
    cloud.fail(200, {"issueChangeLogs": [], "nextPageToken": "again"}, path="changelog/bulkfetch")

    with pytest.raises(Retry, match="same next page twice"):
        list(connect(cloud.url).pull("PAY", None))
