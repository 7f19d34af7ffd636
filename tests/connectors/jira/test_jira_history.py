"""What changelogs tell: when work began and ended, how dates moved, since when it is blocked."""

from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

import pytest

from slipwatch.aggregator.records import ChangedField, Outcome

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DONE = {"id": "6", "name": "Closed", "statusCategory": {"key": "done"}}
DOING = {"id": "3", "name": "In Progress", "statusCategory": {"key": "indeterminate"}}


def moved(number: int, day: int, old: str, new: str, field: str = "status") -> dict[str, Any]:
    """Make a changelog entry; values are their own texts."""
    change = {"field": field, "from": old, "fromString": old, "to": new, "toString": new}
    return {"id": str(number), "created": f"2025-12-{day:02}T10:00:00.000+0100", "items": [change]}


def at(day: int) -> datetime:
    return datetime(2025, 12, day, 9, tzinfo=UTC)


def test_done_is_the_last_move_into_a_done_status_whenever_it_was_resolved(item: Any) -> None:
    reopened = [
        moved(1, 2, "1", "6"),
        moved(2, 3, "6", "4"),
        moved(3, 4, "4", "5"),
        moved(4, 5, "5", "6"),
    ]

    for day in (1, 20):
        resolved = f"2025-12-{day:02}T10:00:00.000-0500"
        made = item(status=DONE, resolutiondate=resolved, histories=reopened)
        assert made.done_at == at(4)
    assert item(status=DONE, histories=reopened).done_at == at(4)


def test_what_never_moved_was_done_when_it_was_resolved_else_at_the_last_change(item: Any) -> None:
    resolved = "2025-12-20T10:00:00.000-0500"

    assert item(status=DONE, resolutiondate=resolved).done_at == datetime(
        2025, 12, 20, 15, tzinfo=UTC
    )
    assert item(status=DONE).done_at == NOW


@pytest.mark.parametrize(("resolved", "done"), [(3, 3), (20, 10)])
def test_a_move_out_of_an_unknown_status_may_be_that_of_a_new_workflow(
    item: Any, resolved: int, done: int
) -> None:
    histories = [moved(1, 3, "3", "99"), moved(2, 10, "99", "6")]

    made = item(
        status=DONE, resolutiondate=f"2025-12-{resolved:02}T09:00:00.000+0000", histories=histories
    )

    assert made.done_at == at(done)


def test_work_started_with_the_first_transition_into_progress(item: Any) -> None:
    histories = [moved(3, 6, "4", "3"), moved(2, 5, "3", "4"), moved(1, 3, "1", "3")]

    assert item(status=DOING, histories=histories).started_at == at(3)


def test_work_that_was_created_in_progress_started_then(item: Any) -> None:
    created = datetime(2025, 12, 1, 9, tzinfo=UTC)

    assert item(status=DOING).started_at == created
    assert item(status=DONE, histories=[moved(1, 5, "3", "6")]).started_at == created


@pytest.mark.parametrize("newest_first", [False, True])
def test_changes_of_one_moment_have_the_order_of_their_ids(item: Any, newest_first: bool) -> None:
    there, back = moved(9, 5, "1", "3"), moved(10, 5, "3", "1")
    histories = [back, there] if newest_first else [there, back]

    assert item(histories=histories).started_at == at(5)


def test_work_that_went_straight_to_done_has_no_start(item: Any) -> None:
    assert item(status=DONE, histories=[moved(1, 5, "1", "6")]).started_at is None
    assert item().started_at is None


def test_a_status_of_unknown_category_counts_for_nothing(item: Any) -> None:
    made = item(status=DONE, histories=[moved(1, 2, "1", "99"), moved(2, 5, "99", "6")])

    assert made.started_at is None
    assert made.done_at == at(5)


def resolved(
    number: int, day: int, old: str | None, new: str | None, *status: str
) -> dict[str, Any]:
    """Make a changelog entry of a resolution, and of a status in the same edit if one is given."""
    change = {"field": "resolution", "from": old, "fromString": old, "to": new, "toString": new}
    entry = moved(number, day, *status) if status else moved(number, day, "", "")
    entry["items"] = [change, *entry["items"]] if status else [change]
    return entry


@pytest.mark.parametrize(
    ("histories", "told"),
    [
        pytest.param(
            [
                resolved(1, 2, None, "Fixed", "1", "6"),
                resolved(2, 3, "Fixed", None, "6", "4"),
                resolved(3, 4, None, "Won't Fix", "4", "6"),
            ],
            [
                ("todo:1", "completed:6"),
                ("completed:6", "todo:4"),
                ("todo:4", "dropped:6"),
            ],
            id="completed, reopened and dropped",
        ),
        pytest.param(
            [moved(1, 2, "1", "6"), resolved(2, 3, None, "Won't Fix")],
            [("todo:1", "completed:6"), ("completed:6", "dropped:6")],
            id="resolved in an edit of its own, after the move",
        ),
        pytest.param(
            [resolved(1, 2, None, "Won't Fix"), moved(2, 3, "1", "6")],
            [("todo:1", "dropped:6")],
            id="resolved ahead of the move",
        ),
        pytest.param(
            [
                resolved(1, 2, None, "Fixed", "1", "5"),
                resolved(2, 3, "Fixed", "Duplicate"),
                resolved(3, 4, "Duplicate", "Won't Fix"),
                moved(4, 5, "5", "6"),
            ],
            [
                ("todo:1", "completed:5"),
                ("completed:5", "dropped:5"),
                ("dropped:5", "dropped:6"),
            ],
            id="resolved otherwise while it was done",
        ),
        pytest.param(
            [
                resolved(1, 2, None, "Fixed", "1", "5"),
                resolved(2, 3, "Fixed", "Won't Fix", "5", "6"),
            ],
            [("todo:1", "completed:5"), ("completed:5", "dropped:6")],
            id="resolved otherwise by a move from done to done",
        ),
        pytest.param(
            [moved(1, 2, "1", "6")],
            [("todo:1", "dropped:6")],
            id="a resolution without a history",
        ),
        pytest.param(
            [resolved(1, 2, "Fixed", "Won't Fix")],
            [("completed:Closed", "dropped:Closed")],
            id="no move at all",
        ),
    ],
)
def test_a_history_tells_how_an_issue_had_ended_each_time(
    convert: Any, make_issue: Any, histories: list[Any], told: list[tuple[str, str]]
) -> None:
    fields = {"status": DONE, "resolution": {"name": "Won't Fix"}}

    batch = convert(make_issue(1, NOW, histories=histories, **fields))

    moves = sorted(
        (each for each in batch.changes if each.field is ChangedField.STATUS),
        key=attrgetter("at"),
    )
    assert [(each.old, each.new) for each in moves] == told
    assert batch.items[0].outcome is Outcome.DROPPED


def test_a_status_that_was_left_may_have_meant_dropped(convert: Any, make_issue: Any) -> None:
    entry = moved(1, 5, "6", "3")
    entry["items"][0] |= {"fromString": "Rejected", "toString": "In Progress"}

    (change,) = convert(make_issue(1, NOW, status=DOING, histories=[entry])).changes

    assert (change.old, change.new) == ("dropped:Rejected", "doing:In Progress")


def test_a_configured_end_wins_over_the_due_date_from_the_day_it_was_set(
    convert: Any, make_issue: Any
) -> None:
    histories = [
        moved(1, 2, "2026-01-01", "2026-02-01", "duedate"),
        {
            "id": "2",
            "created": 1764928800000,
            "author": {"displayName": "Ana"},
            "items": [
                {
                    "field": "Target end",
                    "fieldId": "customfield_2",
                    "from": None,
                    "to": "2026-03-01",
                },
                {"field": "Start", "fieldId": "customfield_1", "from": "2026-01-01", "to": None},
            ],
        },
    ]

    batch = convert(
        make_issue(1, NOW, duedate="2026-02-01", customfield_2="2026-03-01", histories=histories)
    )
    assert batch.items[0].due_date == date(2026, 3, 1)
    assert [(c.id, c.field, c.old, c.new, c.actor) for c in batch.changes] == [
        ("1:duedate", ChangedField.DUE, "2026-01-01", "2026-02-01", None),
        ("2:customfield_2", ChangedField.DUE, "2026-02-01", "2026-03-01", "Ana"),
        ("2:customfield_1", ChangedField.START, "2026-01-01", None, "Ana"),
    ]
    assert batch.changes[1].at == datetime(2025, 12, 5, 10, tzinfo=UTC)

    batch = convert(make_issue(1, NOW, duedate="2026-02-01", histories=histories))
    assert batch.items[0].due_date == date(2026, 2, 1)
    assert [(c.id, c.field) for c in batch.changes] == [
        ("1:duedate", ChangedField.DUE),
        ("2:customfield_1", ChangedField.START),
    ]


def test_the_history_of_a_planned_end_goes_from_one_field_to_the_other(
    convert: Any, make_issue: Any
) -> None:
    def set_to(field: str, old: str | None, new: str | None) -> dict[str, Any]:
        return {"field": field, "fieldId": field, "from": old, "to": new}

    histories = [
        moved(number, number, "", "") | {"items": items}
        for number, items in enumerate(
            [
                [set_to("customfield_2", "2026-03-01", "2026-03-05")],
                [set_to("duedate", None, "2026-03-20")],
                [set_to("customfield_2", "2026-03-05", None)],
                [
                    set_to("duedate", "2026-03-20", None),
                    set_to("customfield_2", None, "2026-03-25"),
                ],
            ],
            start=1,
        )
    ]

    batch = convert(make_issue(1, NOW, customfield_2="2026-03-25", histories=histories))

    assert [(c.old, c.new, c.at) for c in batch.changes] == [
        ("2026-03-01", "2026-03-05", at(1)),
        ("2026-03-05", "2026-03-20", at(3)),
        ("2026-03-20", "2026-03-25", at(4)),
    ]
    assert batch.items[0].due_date == date(2026, 3, 25)


def test_versions_joined_and_left_are_changes_by_id(convert: Any, make_issue: Any) -> None:
    entry = {
        "id": "5",
        "created": "2025-12-02T10:00:00.000+0000",
        "items": [
            {
                "field": "Fix Version",
                "fieldId": "fixVersions",
                "from": "7",
                "fromString": "1.0",
                "to": None,
            },
            {"field": "Fix Version", "from": None, "to": "8", "toString": "2.0"},
            {"field": "Version", "fieldId": "versions", "from": "1", "to": "2"},
        ],
    }

    changes = convert(make_issue(1, NOW, histories=[entry])).changes

    assert [(c.field, c.old, c.new) for c in changes] == [
        (ChangedField.MILESTONE, "7", None),
        (ChangedField.MILESTONE, None, "8"),
    ]


def test_dates_that_old_sites_write_as_texts_are_read(convert: Any, make_issue: Any) -> None:
    item = {
        "field": "duedate",
        "from": None,
        "fromString": None,
        "to": None,
        "toString": "2009-04-28 00:00:00.0",
    }
    entry = {"id": "5", "created": "2009-04-01T10:00:00.000+0000", "items": [item]}

    (change,) = convert(make_issue(1, NOW, histories=[entry])).changes

    assert (change.old, change.new) == (None, "2009-04-28")


@pytest.mark.parametrize(
    ("fields", "history"),
    [
        ({"labels": ["Blocked"]}, moved(1, 4, "a", "a blocked", "labels")),
        ({"status": {**DOING, "name": "Impeded"}}, moved(1, 4, "Open", "Impeded")),
        ({"flagged": True}, moved(1, 4, "", "Impediment", "Flagged")),
        ({"customfield_5": [{"value": "Impediment"}]}, moved(1, 4, "", "Impediment", "Flagged")),
    ],
    ids=["label", "status", "board flag", "flag field"],
)
def test_blocked_is_said_by_status_label_or_flag(
    item: Any, fields: dict[str, Any], history: dict[str, Any]
) -> None:
    made = item(**fields, histories=[history])
    assert (made.blocked, made.blocked_since) == (True, at(4))

    assert item(**fields).blocked
    assert item(**{**fields, "status": DONE, "labels": ["blocked"]}).blocked is False


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"status": {**DOING, "name": "Unblocked"}},
        {"labels": ["blocked-by-nobody"]},
        {"customfield_5": []},
        {"flagged": False},
    ],
    ids=str,
)
def test_nothing_else_is_blocked(item: Any, fields: dict[str, Any]) -> None:
    assert item(**fields).blocked is False


def test_a_link_knows_since_when_it_is_there(convert: Any, make_issue: Any) -> None:
    history = moved(1, 4, "", "WEB-2", "Link")
    given = {"type": {"name": "Blocks"}, "inwardIssue": {"key": "WEB-2"}}

    (made,) = convert(make_issue(1, NOW, issuelinks=[given], histories=[history])).links

    assert made.since == at(4)


def test_statuses_in_a_recording_give_their_categories(convert: Any, make_issue: Any) -> None:
    history = [moved(1, 4, "1", "77"), moved(2, 6, "77", "6")]
    statuses = [{"id": "77", "name": "Build", "statusCategory": {"key": "indeterminate"}}]

    batch = convert([statuses, [make_issue(1, NOW, status=DONE, histories=history)]])

    assert batch.items[0].started_at == at(4)
