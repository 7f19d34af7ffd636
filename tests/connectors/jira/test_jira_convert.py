"""From Jira's payloads to records, against hand-written and recorded payloads."""

import gzip
import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from slipwatch.aggregator.records import (
    Batch,
    Category,
    ChangedField,
    Item,
    Level,
    LinkKind,
    LinkOrigin,
    Outcome,
)

RECORDED = Path(__file__).parents[4] / "shared" / "data"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DONE = {"id": "6", "name": "Closed", "statusCategory": {"key": "done"}}
DOING = {"id": "3", "name": "In Progress", "statusCategory": {"key": "indeterminate"}}
SETTINGS: dict[str, Any] = {
    "fields": {
        "start": "customfield_1",
        "end": "customfield_2",
        "points": "customfield_3",
        "epic": "customfield_4",
        "flagged": "customfield_5",
    },
    "links": {"blocks": ["Blocks"], "depends": ["Depends"]},
    "dropped": ["Wird nicht erledigt"],
}


@pytest.fixture
def convert(connect: Any) -> Any:
    """Give the conversion of a connector with all custom fields configured."""
    return connect("https://jira.example/base", **SETTINGS).convert


@pytest.fixture
def item(convert: Any, make_issue: Any) -> Any:
    """Give a maker of items out of the fields of an issue."""

    def make(**fields: Any) -> Item:
        batch: Batch = convert(make_issue(1, NOW, **fields))
        (made,) = batch.items
        return made

    return make


def moved(number: int, day: int, old: str, new: str, field: str = "status") -> dict[str, Any]:
    """Make a changelog entry; values are their own texts."""
    change = {"field": field, "from": old, "fromString": old, "to": new, "toString": new}
    return {"id": str(number), "created": f"2025-12-{day:02}T10:00:00.000+0100", "items": [change]}


def at(day: int) -> datetime:
    return datetime(2025, 12, day, 9, tzinfo=UTC)


def test_an_issue_becomes_an_item(item: Any) -> None:
    made = item(
        summary="Take payments",
        assignee={"displayName": "Ana", "name": "ana"},
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


def test_done_is_the_resolution_date_else_the_last_transition_else_the_last_change(
    item: Any,
) -> None:
    reopened = [
        moved(1, 2, "1", "6"),
        moved(2, 3, "6", "4"),
        moved(3, 4, "4", "5"),
        moved(4, 5, "5", "6"),
    ]
    resolved = "2025-12-20T10:00:00.000-0500"

    assert item(status=DONE, resolutiondate=resolved, histories=reopened).done_at == datetime(
        2025, 12, 20, 15, tzinfo=UTC
    )
    assert item(status=DONE, histories=reopened).done_at == at(4)
    assert item(status=DONE).done_at == NOW


def test_work_started_with_the_first_transition_into_progress(item: Any) -> None:
    histories = [moved(3, 6, "4", "3"), moved(2, 5, "3", "4"), moved(1, 3, "1", "3")]

    assert item(status=DOING, histories=histories).started_at == at(3)


def test_work_that_was_created_in_progress_started_then(item: Any) -> None:
    created = datetime(2025, 12, 1, 9, tzinfo=UTC)

    assert item(status=DOING).started_at == created
    assert item(status=DONE, histories=[moved(1, 5, "3", "6")]).started_at == created


def test_work_that_went_straight_to_done_has_no_start(item: Any) -> None:
    assert item(status=DONE, histories=[moved(1, 5, "1", "6")]).started_at is None
    assert item().started_at is None


def test_a_status_of_unknown_category_counts_for_nothing(item: Any) -> None:
    made = item(status=DONE, histories=[moved(1, 2, "1", "99"), moved(2, 5, "99", "6")])

    assert made.started_at is None
    assert made.done_at == at(5)


def test_a_configured_end_wins_over_the_due_date_and_brings_its_own_history(
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
        ("2:0", ChangedField.DUE, None, "2026-03-01", "Ana"),
        ("2:1", ChangedField.START, "2026-01-01", None, "Ana"),
    ]
    assert batch.changes[0].at == datetime(2025, 12, 5, 10, tzinfo=UTC)

    batch = convert(make_issue(1, NOW, duedate="2026-02-01", histories=histories))
    assert batch.items[0].due_date == date(2026, 2, 1)
    assert [(c.id, c.field) for c in batch.changes] == [
        ("1:0", ChangedField.DUE),
        ("2:1", ChangedField.START),
    ]


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


def link(name: str, outward: str, end: str, key: str) -> dict[str, Any]:
    return {"type": {"name": name, "outward": outward}, f"{end}Issue": {"key": key}}


@pytest.mark.parametrize(
    ("given", "kind", "upstream", "downstream"),
    [
        (link("Blocks", "blocks", "outward", "WEB-2"), LinkKind.BLOCKS, "PAY-1", "WEB-2"),
        (link("Blocks", "blocks", "inward", "WEB-2"), LinkKind.BLOCKS, "WEB-2", "PAY-1"),
        (link("BLOCKS", "", "outward", "WEB-2"), LinkKind.BLOCKS, "PAY-1", "WEB-2"),
        (link("Blocks", "is blocked by", "outward", "WEB-2"), LinkKind.BLOCKS, "WEB-2", "PAY-1"),
        (link("Depends", "depends on", "outward", "WEB-2"), LinkKind.DEPENDS, "WEB-2", "PAY-1"),
        (link("Depends", "depends on", "inward", "WEB-2"), LinkKind.DEPENDS, "PAY-1", "WEB-2"),
        (link("Depends", "is required by", "outward", "WEB-2"), LinkKind.DEPENDS, "PAY-1", "WEB-2"),
    ],
)
def test_links_have_a_direction(
    convert: Any,
    make_issue: Any,
    given: dict[str, Any],
    kind: LinkKind,
    upstream: str,
    downstream: str,
) -> None:
    (made,) = convert(make_issue(1, NOW, issuelinks=[given])).links

    assert (made.kind, made.upstream, made.downstream) == (kind, upstream, downstream)
    assert (made.owner, made.origin, made.label) == (
        "10001",
        LinkOrigin.TRACKER,
        given["type"]["name"],
    )


def test_both_ends_of_a_link_report_the_same(convert: Any, make_issue: Any) -> None:
    batch = convert(
        {
            "issues": [
                make_issue(1, NOW, issuelinks=[link("Blocks", "blocks", "outward", "PAY-2")]),
                make_issue(2, NOW, issuelinks=[link("Blocks", "blocks", "inward", "PAY-1")]),
            ]
        }
    )

    assert {(made.upstream, made.downstream) for made in batch.links} == {("PAY-1", "PAY-2")}
    assert {made.owner for made in batch.links} == {"10001", "10002"}


def test_other_link_types_and_links_to_itself_are_left_out(convert: Any, make_issue: Any) -> None:
    links = [
        link("Relates", "relates to", "outward", "WEB-2"),
        link("Blocks", "blocks", "outward", "PAY-1"),
    ]

    assert convert(make_issue(1, NOW, issuelinks=links)).links == ()


def test_a_link_knows_since_when_it_is_there(convert: Any, make_issue: Any) -> None:
    history = moved(1, 4, "", "WEB-2", "Link")
    given = link("Blocks", "blocks", "inward", "WEB-2")

    (made,) = convert(make_issue(1, NOW, issuelinks=[given], histories=[history])).links

    assert made.since == at(4)


def test_dependencies_in_texts_are_links_unless_the_tracker_says_the_same(
    convert: Any, make_issue: Any
) -> None:
    batch = convert(
        make_issue(
            1,
            NOW,
            summary="Cart, blocked by WEB-2",
            description="Depends on acme/api#7.\nBlocks WEB-9.",
            issuelinks=[link("Blocks", "blocks", "inward", "WEB-2")],
        )
    )

    assert [(m.kind, m.upstream, m.downstream, m.origin) for m in batch.links] == [
        (LinkKind.BLOCKS, "WEB-2", "PAY-1", LinkOrigin.TRACKER),
        (LinkKind.DEPENDS, "acme/api#7", "PAY-1", LinkOrigin.TEXT),
        (LinkKind.BLOCKS, "PAY-1", "WEB-9", LinkOrigin.TEXT),
    ]


def test_no_record_keeps_a_description(convert: Any, make_issue: Any) -> None:
    batch = convert(make_issue(1, NOW, description="The password of the test account is hunter2"))

    assert "hunter2" not in repr(batch)


def test_a_rich_text_of_the_third_api_is_passed_over(convert: Any, make_issue: Any) -> None:
    document = {"type": "doc", "version": 1, "content": []}

    assert convert(make_issue(1, NOW, description=document)).links == ()


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


def test_statuses_in_a_recording_give_their_categories(convert: Any, make_issue: Any) -> None:
    history = [moved(1, 4, "1", "77"), moved(2, 6, "77", "6")]
    statuses = [{"id": "77", "name": "Build", "statusCategory": {"key": "indeterminate"}}]

    batch = convert([statuses, [make_issue(1, NOW, status=DONE, histories=history)]])

    assert batch.items[0].started_at == at(4)


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


@pytest.mark.skipif(not RECORDED.is_dir(), reason="the recorded payloads are not here")
class TestRecordedPayloads:
    """Payloads of real sites; what is expected was counted in the files by other means."""

    def load(self, name: str) -> Any:
        path = RECORDED / name
        if path.suffix == ".gz":
            with gzip.open(path, "rt", encoding="utf-8") as lines:
                return [json.loads(line) for line in lines]
        return json.loads(path.read_text(encoding="utf-8"))

    def test_every_endpoint_loads(self, convert: Any) -> None:
        names = sorted(
            path.relative_to(RECORDED).as_posix()
            for path in (RECORDED / "jira-api-devlake").glob("*.json")
            if not path.name.endswith(".meta.json")
        )
        batches = {name.rpartition("/")[2]: convert(self.load(name)) for name in names}

        assert {name: len(batch.items) for name, batch in batches.items() if batch.items} == {
            "jira_api_issues.json": 33,
            "jira_api_issue_relationships.json": 22,
            "jira_api_issues_for_due_date.json": 1,
            "jira_external_epics.json": 3,
        }
        links: Batch = batches["jira_api_issue_relationships.json"]
        assert {made.origin for made in links.links} == {LinkOrigin.TRACKER}
        pairs = [(made.upstream, made.downstream) for made in links.links]
        assert len(pairs) == 6
        epics: Batch = batches["jira_external_epics.json"]
        assert {made.parent for made in epics.items} <= {"K5-1", "K5-4", None}

    @pytest.mark.parametrize("project", ["AC", "ALOY", "DAEMON", "MOD"])
    def test_projects_give_their_versions(self, convert: Any, project: str) -> None:
        payload = self.load(f"backtest-jira-tidev/project_{project}.json")

        milestones = convert(payload).milestones

        assert len(milestones) == len(payload["versions"])
        assert {made.scope for made in milestones} == {project}
        assert sum(made.due_date is not None for made in milestones) == sum(
            bool(version.get("releaseDate")) for version in payload["versions"]
        )

    def test_whole_issues_load(self, convert: Any) -> None:
        payload = self.load("backtest-jira-tidev/full_payload_sample.json")

        assert {made.key for made in convert(payload).items} == {each["key"] for each in payload}

    @pytest.mark.parametrize(
        ("name", "issues"),
        [
            ("backtest-jira-tidev/issues.ndjson.gz", 6686),
            ("backtest-jira-duraspace/issues.ndjson.gz", 3036),
        ],
    )
    def test_archives_load(self, convert: Any, name: str, issues: int) -> None:
        payload = self.load(name)

        batch = convert(payload)

        assert len(batch.items) == issues
        done = sum(
            (each["fields"].get("status") or {}).get("statusCategory", {}).get("key") == "done"
            for each in payload
        )
        assert sum(made.category is Category.DONE for made in batch.items) == done
        assert all((made.outcome is None) == (made.done_at is None) for made in batch.items)
        assert len({(change.item, change.id) for change in batch.changes}) == len(batch.changes)

    def test_the_history_of_an_archive_is_complete(self, convert: Any) -> None:
        batch = convert(self.load("backtest-jira-duraspace/issues.ndjson.gz"))
        count = {
            kind: sum(change.field is kind for change in batch.changes) for kind in ChangedField
        }

        assert count[ChangedField.DUE] == 120
        assert count[ChangedField.MILESTONE] == 4486
        assert count[ChangedField.STATUS] == 5124
