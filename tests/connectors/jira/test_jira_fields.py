"""Which fields hold what: found by type, in any language, or as the operator says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from slipwatch.aggregator.connector import Stop
from slipwatch.aggregator.records import ChangedField, Item, Level

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes:"
AGILE = "com.pyxis.greenhopper.jira:"
PLANS = "com.atlassian.jpo:"


def field(number: int, name: str, custom: str, **more: Any) -> dict[str, Any]:
    schema = {"type": "any", "custom": custom, "customId": number}
    return {"id": f"customfield_{number}", "name": name, "custom": True, "schema": schema, **more}


GERMAN = [
    {"id": "summary", "name": "Zusammenfassung", "custom": False, "schema": {"type": "string"}},
    field(1, "Zielstart", f"{PLANS}jpo-custom-field-baseline-start"),
    field(2, "Zielende", f"{PLANS}jpo-custom-field-baseline-end"),
    field(3, "Story-Point-Schätzung", f"{AGILE}jsw-story-points"),
    field(4, "Epos-Verknüpfung", f"{AGILE}gh-epic-link"),
    field(5, "Markiert", f"{PLATFORM}multicheckboxes", untranslatedName="Flagged"),
    field(6, "Übergeordnete Verknüpfung", f"{PLANS}jpo-custom-field-parent"),
    field(7, "Story Points", f"{PLATFORM}float"),
    field(8, "Startdatum", f"{PLATFORM}datepicker", untranslatedName="Start date"),
    field(9, "Budget", f"{PLATFORM}float"),
    field(10, "Freigabe", f"{PLATFORM}datepicker"),
]


def pulled(site: Any, connector: Any) -> Item:
    (batch,) = connector.pull("PAY", None)
    assert batch.warnings == ()
    item: Item
    (item,) = batch.items
    return item


def test_fields_are_found_by_their_type(site: Any, connect: Any, make_issue: Any) -> None:
    site.fields = GERMAN
    site.issues = [
        make_issue(
            1,
            NOW - DAY,
            customfield_1="2026-01-02",
            customfield_2="2026-02-03",
            customfield_3=5,
            customfield_4="PAY-9",
            customfield_5=[{"value": "Impediment"}],
            customfield_9=1000,
            customfield_10="2030-01-01",
        )
    ]

    item = pulled(site, connect(site.url))

    assert (item.start_date, item.due_date) == (date(2026, 1, 2), date(2026, 2, 3))
    assert (item.points, item.parent, item.blocked) == (5.0, "PAY-9", True)
    asked = next(query for query in site.queries if "jql" in query)["fields"].split(",")
    assert {f"customfield_{number}" for number in range(1, 9)} <= set(asked)
    assert not {"customfield_9", "customfield_10"} & set(asked)


@pytest.mark.parametrize(
    ("fields", "points", "start"),
    [
        ({"customfield_3": 3, "customfield_7": 8}, 3.0, None),
        ({"customfield_3": None, "customfield_7": 8}, 8.0, None),
        ({"customfield_8": "2026-01-04"}, None, date(2026, 1, 4)),
        ({"customfield_1": "2026-01-02", "customfield_8": "2026-01-04"}, None, date(2026, 1, 2)),
    ],
    ids=str,
)
def test_of_several_candidates_the_first_that_is_set_counts(
    site: Any,
    connect: Any,
    make_issue: Any,
    fields: dict[str, Any],
    points: float | None,
    start: date | None,
) -> None:
    site.fields = GERMAN
    site.issues = [make_issue(1, NOW - DAY, **fields)]

    item = pulled(site, connect(site.url))

    assert (item.points, item.start_date) == (points, start)


def test_a_target_end_that_nobody_named_gives_way_to_the_due_date(
    site: Any, connect: Any, make_issue: Any
) -> None:
    site.fields = GERMAN
    site.issues = [make_issue(1, NOW - DAY, duedate="2026-02-01", customfield_2="2026-03-01")]

    assert pulled(site, connect(site.url)).due_date == date(2026, 2, 1)
    named = connect(site.url, fields={"end": "Target end"})
    assert pulled(site, named).due_date == date(2026, 3, 1)


def test_a_target_end_that_gave_way_to_a_due_date_stays_in_the_history(
    site: Any, connect: Any, make_issue: Any
) -> None:
    site.fields = GERMAN
    items = [{"field": "duedate", "fieldId": "duedate", "from": None, "to": "2026-04-01"}]
    entry = {"id": "1", "created": "2025-12-05T10:00:00.000+0100", "items": items}
    dates = {"duedate": "2026-04-01", "customfield_2": "2026-03-01"}
    site.issues = [make_issue(1, NOW - DAY, **dates, histories=[entry])]

    batches = list(connect(site.url).pull("PAY", None))

    changes = [change for batch in batches for change in batch.changes]
    assert [(change.old, change.new) for change in changes] == [("2026-03-01", "2026-04-01")]


def test_what_the_operator_names_wins_and_has_to_be_there(
    site: Any, connect: Any, make_issue: Any
) -> None:
    site.fields = [*GERMAN, field(11, "Größe", f"{PLATFORM}float")]
    site.issues = [make_issue(1, NOW - DAY, customfield_3=3, customfield_11=13)]

    assert pulled(site, connect(site.url, fields={"points": "größe"})).points == 13.0
    with pytest.raises(Stop, match=r"fields: 'Size': no field has this name"):
        pulled(site, connect(site.url, fields={"points": "Size"}))


def test_fields_of_registers_are_read_by_name_or_id_whatever_they_hold(
    site: Any, connect: Any, make_issue: Any
) -> None:
    site.fields = [
        *GERMAN,
        field(20, "Likelihood", f"{PLATFORM}select"),
        field(22, "Risk owner", f"{PLATFORM}userpicker"),
        field(23, "Next review", f"{PLATFORM}datepicker"),
        field(24, "Mitigation", f"{PLATFORM}textarea"),
        field(25, "Response", f"{PLATFORM}radiobuttons"),
    ]
    held = {
        "customfield_20": {"id": "1", "value": "Very likely"},
        "customfield_21": 80000.5,
        "customfield_22": {"displayName": "Ana Ruiz", "accountId": "7"},
        "customfield_23": "2026-02-02",
        "customfield_24": "Ask a second\nbank: now",
        "customfield_25": None,
    }
    site.issues = [make_issue(1, NOW - DAY, **held)]
    register = {
        "probability": "Likelihood",
        "impact": "customfield_21",
        "owner": "risk owner",
        "review": "Next review",
        "mitigation": "Mitigation",
        "response": "Response",
    }

    item = pulled(site, connect(site.url, fields={"register": register}))

    assert set(item.told) == {
        "probability:Very likely",
        "impact:80000.5",
        "owner:Ana Ruiz",
        "review:2026-02-02",
        "mitigation:Ask a second bank: now",
    }
    with pytest.raises(Stop, match=r"fields: 'Cost of it': no field has this name"):
        pulled(site, connect(site.url, fields={"register": {"impact": "Cost of it"}}))


@pytest.mark.parametrize("status", [404, 410])
def test_a_site_that_does_not_list_its_fields_is_read_without_them(
    site: Any, connect: Any, make_issue: Any, status: int
) -> None:
    site.fail(status, {"errorMessages": ["No"]}, path="/field")
    site.issues = [make_issue(1, NOW - DAY, customfield_3=3)]

    assert pulled(site, connect(site.url)).points is None
    assert pulled(site, connect(site.url, fields={"points": "customfield_3"})).points == 3.0
    with pytest.raises(Stop, match=f"answered {status}"):
        pulled(site, connect(site.url, fields={"points": "Story Points"}))


def test_fields_are_asked_for_once(site: Any, connect: Any, make_issue: Any) -> None:
    site.fields = GERMAN
    site.issues = [make_issue(1, NOW - DAY)]
    (batch,) = connect(site.url).pull("PAY", None)
    site.asked.clear()

    list(connect(site.url).pull("PAY", batch.cursor))

    assert site.asked == ["project/PAY/versions", "search/jql" if site.cloud else "search"]


def test_names_in_a_changelog_without_ids_are_those_of_the_found_fields(
    datacenter: Any, connect: Any, make_issue: Any
) -> None:
    datacenter.fields = GERMAN
    entry = {
        "id": "5",
        "created": "2025-12-02T10:00:00.000+0000",
        "items": [
            {
                "field": name,
                "fieldtype": "custom",
                "from": None,
                "fromString": old,
                "to": None,
                "toString": new,
            }
            for name, old, new in (
                ("Story Points", "3", "8"),
                ("Epos-Verknüpfung", "PAY-8", "PAY-9"),
                ("Zielende", None, "2026-02-03"),
                ("Budget", "1", "2"),
                ("status", "a", "b"),
            )
        ],
    }
    datacenter.issues = [make_issue(1, NOW - DAY, customfield_2="2026-02-03", histories=[entry])]

    (batch,) = connect(datacenter.url).pull("PAY", None)

    assert [(c.id, c.field, c.old, c.new) for c in batch.changes] == [
        ("5:customfield_7", ChangedField.POINTS, "3", "8"),
        ("5:customfield_4", ChangedField.PARENT, "PAY-8", "PAY-9"),
        ("5:customfield_2", ChangedField.DUE, None, "2026-02-03"),
    ]


@pytest.mark.parametrize(
    ("fields", "parent"),
    [
        ({"customfield_6": "PROG-1"}, "PROG-1"),
        ({"customfield_6": {"data": {"id": 5, "key": "PROG-1"}, "showField": True}}, "PROG-1"),
        ({"customfield_6": {"showField": False, "hasEpicLinkFieldDependency": True}}, None),
        ({"customfield_4": "PAY-9", "customfield_6": "PROG-1"}, "PAY-9"),
        ({"parent": {"key": "PAY-7"}, "customfield_6": "PROG-1"}, "PAY-7"),
    ],
    ids=str,
)
def test_a_parent_link_leads_above_the_epic(
    site: Any, connect: Any, make_issue: Any, fields: dict[str, Any], parent: str | None
) -> None:
    site.fields = GERMAN
    kind = {"name": "Epic", "subtask": False}
    site.issues = [make_issue(1, NOW - DAY, issuetype=kind, **fields)]

    item = pulled(site, connect(site.url))

    assert (item.level, item.parent) == (Level.EPIC, parent)
