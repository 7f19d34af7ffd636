"""Plans in files: sheets and documents, their mistakes, and reading them again."""

import hashlib
import json
import os
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from slipwatch.aggregator.connector import Connector, Context, Retry, Stop
from slipwatch.aggregator.records import (
    ALWAYS,
    Batch,
    Category,
    ChangedField,
    Item,
    Level,
    Link,
    LinkKind,
    MilestoneKind,
    Outcome,
    TrackerMilestone,
)
from slipwatch.connectors.file.connector import BATCH, FileConnector
from slipwatch.connectors.file.settings import FileSettings
from slipwatch.connectors.file.sheet import COLUMNS, SECTIONS

NOW = datetime(2020, 3, 2, 9, tzinfo=UTC)
DOCUMENTATION = Path(__file__).parents[3] / "docs" / "file-connector.md"

Write = Callable[..., FileConnector]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str | bytes, name: str = "plan.csv", **columns: str) -> FileConnector:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        settings = FileSettings(kind="file", path=path, columns=columns)
        return FileConnector("plan", settings, Context(now=lambda: NOW, sleep=lambda _: None))

    return write


def pull(connector: Connector, cursor: dict[str, object] | None = None) -> list[Batch]:
    (scope,) = connector.scopes()
    return list(connector.pull(scope, cursor))


def only(connector: Connector) -> Batch:
    (batch,) = pull(connector)
    return batch


def problems(connector: Connector) -> list[str]:
    with pytest.raises(Stop) as stopped:
        pull(connector)
    first, *lines = str(stopped.value).splitlines()
    assert first.startswith("plan: plan")
    return lines


def example(language: str) -> str:
    blocks = re.findall(rf"```{language}\n(.*?)```", DOCUMENTATION.read_text(), re.DOTALL)
    return str(blocks[-1])


def noon(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def test_the_documented_sheet_loads(write: Write) -> None:
    batch = only(write(example("csv")))
    assert batch.milestones == (
        TrackerMilestone(
            id="M1",
            scope="PLANT",
            kind=MilestoneKind.MILESTONE,
            name="Line accepted",
            start_date=date(2026, 1, 12),
            due_date=date(2026, 6, 30),
        ),
    )
    assert [item.key for item in batch.items] == ["V-1", "V-2", "V-3"]
    ordered, installed, trained = batch.items
    assert ordered == Item(
        id="V-1",
        key="V-1",
        scope="PLANT",
        level=Level.WORK,
        title="Order the press",
        url="",
        type="Task",
        status="Done",
        category=Category.DONE,
        outcome=Outcome.COMPLETED,
        created_at=noon("2026-01-05"),
        updated_at=ordered.updated_at,
        started_at=noon("2026-01-12"),
        done_at=noon("2026-02-02"),
        points=3.0,
        assignee="ana",
        labels=("purchase",),
        milestones=("M1",),
    )
    assert installed.category is Category.DOING
    assert installed.labels == ("site", "night")
    assert installed.due_date == date(2026, 4, 17)
    assert trained.category is Category.TODO
    assert [(link.upstream, link.downstream, link.owner) for link in batch.links] == [
        ("V-1", "V-2", "V-2"),
        ("acme/api#7", "V-2", "V-2"),
        ("V-2", "V-3", "V-3"),
    ]
    assert batch.total == 3
    assert batch.warnings == ()


def test_the_documented_document_loads(write: Write) -> None:
    batch = only(write(example("yaml"), "plan.yaml"))
    assert [item.milestones for item in batch.items] == [("M1",), ("M1",)]
    assert batch.items[0].started_at == datetime(2026, 1, 12, 8, tzinfo=UTC)
    assert batch.links == (
        Link(owner="V-2", kind=LinkKind.BLOCKS, upstream="V-1", downstream="V-2", label="needs"),
    )
    moved, begun = batch.changes
    assert (moved.item, moved.field, moved.old, moved.new, moved.actor) == (
        "M1",
        ChangedField.DUE,
        "2026-05-29",
        "2026-06-30",
        "ana",
    )
    assert (begun.item, begun.old, begun.new) == ("V-1", "todo:Planned", "doing:In progress")
    assert len({change.id for change in batch.changes}) == 2


def test_every_column_and_key_is_documented() -> None:
    text = DOCUMENTATION.read_text()
    for column in {*COLUMNS, *SECTIONS, *(key for keys in SECTIONS.values() for key in keys)}:
        assert f"`{column}`" in text


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("Planned", "todo:Planned"),
        ("Released", "completed:Released"),
        ("Won't do", "dropped:Won't do"),
        ("cancelled", "dropped:cancelled"),
    ],
)
def test_a_changed_status_tells_how_an_item_had_ended(write: Write, status: str, told: str) -> None:
    document = {
        "items": [{"key": "A", "title": "a"}],
        "changes": [
            {"item": "A", "at": "2026-01-05", "field": "status", "old": status, "new": "Planned"},
            {"item": "A", "at": "2026-01-06", "field": "status", "old": "Planned", "new": status},
        ],
    }
    opened, ended = only(write(json.dumps(document), "plan.json")).changes
    assert (opened.old, opened.new) == (told, "todo:Planned")
    assert (ended.old, ended.new) == ("todo:Planned", told)


def test_a_changed_type_tells_what_an_item_was(write: Write) -> None:
    change = {"item": "A", "at": "2026-01-05", "field": "type", "old": "Sub-task", "new": "Story"}
    document = {"items": [{"key": "A", "title": "a", "type": "Story"}], "changes": [change]}
    (told,) = only(write(json.dumps(document), "plan.json")).changes
    assert (told.old, told.new) == ("subtask:Sub-task", "work:Story")


def test_json_holds_the_same_as_yaml(write: Write) -> None:
    row = {"key": 7, "title": "T", "due": "2026-01-05T23:00:00", "labels": ["a"], "blocked": True}
    as_json = only(write(json.dumps({"items": [row]}), "plan.json"))
    as_yaml = only(write(json.dumps([row]), "plan.yml"))
    (item,) = as_json.items
    assert (item.key, item.due_date, item.labels) == ("7", date(2026, 1, 5), ("a",))
    assert item.blocked
    assert as_yaml.items[0].key == "7"


def test_a_sheet_needs_no_more_than_key_and_title(write: Write) -> None:
    (item,) = only(write("key,title\nA,Do it\n", "vendor.csv")).items
    assert (item.scope, item.category, item.status) == ("vendor", Category.TODO, "todo")
    assert item.created_at == ALWAYS


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffKEY;Title;Blocked by\r\nA;Do it;B\r\n",
        "Key\ttitle\tblocked-by\nA\tDo it\tB",
        'key,title,BLOCKED_BY\n\n"A", Do it ,B\n,,\n',
    ],
)
def test_sheets_of_any_office_program_are_read(write: Write, text: str) -> None:
    batch = only(write(text))
    assert [(item.key, item.title) for item in batch.items] == [("A", "Do it")]
    assert [link.upstream for link in batch.links] == ["B"]


def test_a_sheet_may_call_its_columns_otherwise(write: Write) -> None:
    connector = write(
        "No.,What,Deadline\n1,Do it,2026-01-05\n", key="No.", title="what", due="DEADLINE"
    )
    (item,) = only(connector).items
    assert (item.key, item.title, item.due_date) == ("1", "Do it", date(2026, 1, 5))


def test_columns_that_are_not_read_are_named(write: Write) -> None:
    warned, _ = pull(write("key,title,Colour,duedate\nA,B,red,x\n"))
    assert warned.warnings == ("columns that are not read: Colour, duedate",)


@pytest.mark.parametrize(
    ("cells", "category", "outcome"),
    [
        ("done,,", Category.DONE, Outcome.COMPLETED),
        ("dropped,,", Category.DONE, Outcome.DROPPED),
        (",Won't do,", Category.DONE, Outcome.DROPPED),
        (",In-Progress,", Category.DOING, None),
        (",Reopened,2026-01-05", Category.TODO, None),
        (",,2026-01-05", Category.DONE, Outcome.COMPLETED),
        ("doing,Done,2026-01-05", Category.DOING, None),
    ],
)
def test_category_wins_over_status_and_status_over_dates(
    write: Write, cells: str, category: Category, outcome: Outcome | None
) -> None:
    (item,) = only(write(f"key,title,category,status,done\nA,B,{cells}\n")).items
    assert (item.category, item.outcome) == (category, outcome)
    assert (item.done_at is not None) <= (category is Category.DONE)


def test_milestones_without_a_row_are_known_by_name_in_their_project(write: Write) -> None:
    batch = only(write("key,title,project,milestone\nA,a,P,GA; Beta\nB,b,P,ga\nC,c,Q,GA\n"))
    assert [item.milestones for item in batch.items] == [("P/GA", "P/Beta"), ("P/GA",), ("Q/GA",)]
    assert [m.id for m in batch.milestones] == ["P/GA", "P/Beta", "Q/GA"]


def test_a_milestone_keeps_its_id_when_it_gets_a_row(write: Write) -> None:
    before = only(write("key,title,milestone\nA,a,GA\n"))
    after = only(write("kind,key,title,milestone,due\nitem,A,a,GA,\nmilestone,,GA,,2026-01-05\n"))
    assert [m.id for m in before.milestones] == [m.id for m in after.milestones] == ["plan/GA"]


def test_a_milestone_that_is_done_is_closed(write: Write) -> None:
    (milestone,) = only(write("kind,key,title,done\nmilestone,M,GA,2026-01-05\n")).milestones
    assert milestone.closed
    assert milestone.closed_on == date(2026, 1, 5)


def test_every_mistake_is_reported_at_once_with_its_place(write: Write) -> None:
    text = (
        "kind,key,title,due,done,points,blocked,url,category,blocked_by\n"
        "item,A,,05.01.2026,,,,,,\n"
        'item,B,"two\nlines",,yesterday,nan,maybe,javascript:x,open,\n'
        "item,A,again,,,,,,,\n"
        "item,,nameless,,,,,,,\n"
        "milestone,M,GA,,,,,,,A\n"
    )
    assert problems(write(text)) == [
        (
            "line 7, column blocked_by: a milestone has none: "
            "declare what it waits for in slipwatch.yaml, depends_on"
        ),
        "line 2, column title: is missing",
        "line 2, column due: '05.01.2026' is no date: write it as 2026-01-05",
        (
            "line 3, column done: 'yesterday' is no time: "
            "write it as 2026-01-05 or 2026-01-05T10:15:00Z"
        ),
        "line 3, column category: 'open' is none of todo, doing, done, dropped",
        "line 3, column url: 'javascript:x' is no web address: begin it with https://",
        "line 3, column points: 'nan' is no number: write it as 3 or 0.5",
        "line 3, column blocked: 'maybe' is neither yes nor no",
        "line 5, column key: 'A' stands at line 2 already: give each row its own",
        "line 6, column key: is missing: every item needs one that stays the same",
    ]


def test_a_mistake_is_shown_under_the_sheets_own_header(write: Write) -> None:
    (problem,) = problems(write("key,title,Deadline\nA,B,soon\n", due="deadline"))
    assert problem.startswith("line 2, column Deadline: 'soon' is no date")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: expected a header with at least key and title"),
        ("name,due\n", "line 1: expected a header with at least key and title"),
        ("key,title,Due,due\n", "line 1: two columns are called due"),
        ("key,title\nA,B,C\n", "line 2: 3 cells under 2 headers"),
        ('key,title\nA,"B\n', "line 2: unexpected end of data"),
        ("kind,key,title\nepic,A,B\n", "line 2, column kind: expected item or milestone"),
        (b"key,title\nA,\xfc\n", "line 2 is not UTF-8"),
    ],
)
def test_a_sheet_that_is_no_sheet_says_where(write: Write, text: str | bytes, message: str) -> None:
    (problem,) = problems(write(text))
    assert problem.startswith(message)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("plan.yaml", "items:\n  - {key: A, titel: B}", "line 2, items[0]: 'titel' not known"),
        ("plan.yaml", "items:\n - key: A\n   title: B\n   due: x", "line 2, items[0], due: 'x'"),
        ("plan.yaml", "items: [A]", "items[0]: expected keys such as id, key"),
        ("plan.yaml", "items: {}", "items: expected a list"),
        ("plan.yaml", "tasks: []", "'tasks' is no part of a plan: choose from items"),
        ("plan.yaml", "a: b: c", "line 1, column 5: "),
        ("plan.yaml", "just words", "expected items, milestones"),
        ("plan.yaml", "items: [!!python/object:os.system {}]", "line 1, column 9: "),
        ("plan.json", '{"items": [}', "line 1, column 12: "),
        ("plan.json", "[" * 100_000, "it is nested too deeply"),
        ("plan.xlsx", "PK", ".xlsx says no format"),
        ("plan.json", '{"links": [{"upstream": "A", "downstream": "B"}]}', "links[0], upstream: n"),
        ("plan.json", '{"changes": [{"item": "A", "at": "2026-01-05", "field": "due"}]}',
         "changes[0], item: no item of this file has this key"),
        ("plan.json", '{"changes": [{"milestone": "A", "at": "2026-01-05", "field": "due"}]}',
         "changes[0], milestone: no milestone of this file"),
    ],
)  # fmt: skip
def test_a_document_that_is_none_says_where(
    write: Write, name: str, text: str, message: str
) -> None:
    (problem,) = problems(write(text, name))
    assert problem.startswith(message)


def test_a_change_says_what_and_when(write: Write) -> None:
    document = {
        "items": [{"key": "A", "title": "a"}],
        "changes": [{"item": "A", "field": "title"}, {"item": "A", "milestone": "M"}],
    }
    assert problems(write(json.dumps(document), "plan.json")) == [
        "changes[0], at: is missing: say when it changed",
        (
            "changes[0], field: 'title' is none of due, start, milestone, status, "
            "points, parent, assignee, type, key"
        ),
        "changes[1], item: write either item or milestone",
        "changes[1], at: is missing: say when it changed",
        (
            "changes[1], field: is missing: choose from due, start, milestone, status, "
            "points, parent, assignee, type, key"
        ),
    ]


def test_a_long_list_of_mistakes_is_cut(write: Write) -> None:
    lines = problems(write("key,title,due\n" + "A,B,x\n" * 100))
    assert len(lines) == 51
    assert lines[-1] == "and 149 more"


def test_a_file_that_did_not_change_is_not_converted_again(write: Write) -> None:
    text = "key,title\nA,B\n"
    cursor = dict(only(write(text)).cursor)
    (again,) = pull(write(text), cursor)
    assert again == Batch(cursor=cursor)
    (changed,) = pull(write("key,title\nA,C\n"), cursor)
    assert changed.items[0].title == "C"
    (renamed,) = pull(write("key,Name\nA,C\n", title="Name"), dict(changed.cursor))
    assert renamed.items


def test_a_file_that_an_earlier_release_read_is_read_anew(write: Write, tmp_path: Path) -> None:
    made = write("key,title\nA,B\n")
    digest = hashlib.sha256((tmp_path / "plan.csv").read_bytes())
    digest.update(b"{}")
    digest.update(b"plan.csv")
    first = only(write("key,title\nA,B\n"))
    earlier = dict(first.cursor) | {"sha256": digest.hexdigest()}
    (again,) = pull(made, earlier)
    assert again.items == first.items


def test_a_file_from_a_backup_or_from_the_future_is_still_newer(
    write: Write, tmp_path: Path
) -> None:
    first = only(write("key,title\nA,B\n"))
    assert first.items[0].updated_at == NOW, "the file is younger than the test's clock"
    older = write("key,title\nA,C\n")
    os.utime(tmp_path / "plan.csv", (0, 0))
    (restored,) = pull(older, dict(first.cursor))
    assert restored.items[0].updated_at == NOW
    (alone,) = pull(older)
    assert alone.items[0].updated_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_a_large_file_comes_in_batches_that_are_safe_to_resume_from(write: Write) -> None:
    rows = "".join(f"{n},Item {n},{n - 1}\n" for n in range(BATCH * 2 + 1))
    connector = write("key,title,blocked_by\n" + rows)
    batches = pull(connector)
    assert [len(batch.items) for batch in batches] == [BATCH, BATCH, 1]
    for batch in batches:
        assert {link.owner for link in batch.links} == {item.id for item in batch.items}
    assert [bool(batch.cursor) for batch in batches] == [False, False, True]
    assert pull(connector, dict(batches[0].cursor)) == batches


def test_a_missing_file_stops_the_source(tmp_path: Path) -> None:
    settings = FileSettings(kind="file", path=tmp_path / "gone.csv")
    connector = FileConnector("plan", settings, Context(now=lambda: NOW, sleep=lambda _: None))
    with pytest.raises(Stop, match=r"there is no file .*gone\.csv"):
        pull(connector)


def test_a_directory_stops_the_source(tmp_path: Path) -> None:
    settings = FileSettings(kind="file", path=tmp_path)
    connector = FileConnector("plan", settings, Context(now=lambda: NOW, sleep=lambda _: None))
    with pytest.raises((Stop, Retry)):
        pull(connector)


def test_a_recorded_document_converts_without_the_file(write: Write) -> None:
    connector = write("")
    batch = connector.convert([{"items": [{"key": "A", "title": "a"}]}, {"milestones": None}])
    assert [item.key for item in batch.items] == ["A"]
    assert batch.items[0].updated_at == NOW
    assert batch.cursor == {}
    assert connector.convert([]) == Batch(cursor={}, total=0)
    with pytest.raises(ValueError, match=r"items\[0\]: 'fields' not known"):
        connector.convert([{"key": "A", "fields": {}}])
    connector.close()


def test_settings_refuse_a_column_that_does_not_exist() -> None:
    with pytest.raises(ValidationError, match="'deadline' is no column: choose from kind, id"):
        FileSettings(kind="file", path=Path("x.csv"), columns={"deadline": "D"})
