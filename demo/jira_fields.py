"""The fields of the simulated Jira sites: what ``/field`` lists and what issues carry.

Custom field ids differ between the two sites, as they do between any two real ones. Cloud
states the hierarchy in ``parent`` at every level; Data Center has it for sub-tasks alone and
keeps epics in the custom field "Epic Link", and what is above epics in "Parent Link", whose
values are keys.
"""

from dataclasses import dataclass

_PLATFORM = "com.atlassian.jira.plugin.system.customfieldtypes:"
_AGILE = "com.pyxis.greenhopper.jira:"
_PLANS = "com.atlassian.jpo:"


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field: what it holds, by its role here, and what the two sites call it."""

    role: str
    name: str
    cloud: int | None
    data_center: int | None
    schema_type: str
    schema_custom: str

    def number(self, *, cloud: bool) -> int | None:
        return self.cloud if cloud else self.data_center


CUSTOM_FIELDS = (
    CustomField("start", "Start date", 10015, 10201, "date", f"{_PLATFORM}datepicker"),
    CustomField(
        "target_start",
        "Target start",
        10022,
        10202,
        "date",
        f"{_PLANS}jpo-custom-field-baseline-start",
    ),
    CustomField(
        "target_end", "Target end", 10023, 10203, "date", f"{_PLANS}jpo-custom-field-baseline-end"
    ),
    CustomField("points", "Story Points", 10024, 10106, "number", f"{_PLATFORM}float"),
    CustomField("reported", "Reported status", 10030, 10110, "option", f"{_PLATFORM}select"),
    CustomField("flagged", "Flagged", 10021, 10105, "array", f"{_PLATFORM}multicheckboxes"),
    CustomField("sprint", "Sprint", 10020, 10104, "array", f"{_AGILE}gh-sprint"),
    CustomField("epic_link", "Epic Link", None, 10101, "any", f"{_AGILE}gh-epic-link"),
    CustomField(
        "parent_link", "Parent Link", None, 10107, "any", f"{_PLANS}jpo-custom-field-parent"
    ),
    CustomField("epic_name", "Epic Name", None, 10103, "string", f"{_AGILE}gh-epic-label"),
)

SYSTEM_FIELDS = {
    "summary": ("Summary", "string"),
    "description": ("Description", "string"),
    "issuetype": ("Issue Type", "issuetype"),
    "project": ("Project", "project"),
    "status": ("Status", "status"),
    "statuscategorychangedate": ("Status Category Changed", "datetime"),
    "resolution": ("Resolution", "resolution"),
    "resolutiondate": ("Resolved", "datetime"),
    "created": ("Created", "datetime"),
    "updated": ("Updated", "datetime"),
    "duedate": ("Due date", "date"),
    "priority": ("Priority", "priority"),
    "assignee": ("Assignee", "user"),
    "reporter": ("Reporter", "user"),
    "creator": ("Creator", "user"),
    "labels": ("Labels", "array"),
    "components": ("Components", "array"),
    "fixVersions": ("Fix versions", "array"),
    "issuelinks": ("Linked Issues", "array"),
    "subtasks": ("Sub-tasks", "array"),
    "parent": ("Parent", "issuelink"),
    "worklog": ("Log Work", "array"),
}


def listing(*, cloud: bool) -> list[dict[str, object]]:
    """What ``GET /field`` answers."""
    fields: list[dict[str, object]] = []
    for field_id, (name, kind) in SYSTEM_FIELDS.items():
        fields.append(
            _field(field_id, name, {"type": kind, "system": field_id}, cloud=cloud, custom=False)
        )
    for field in CUSTOM_FIELDS:
        number = field.number(cloud=cloud)
        if number is not None:
            schema: dict[str, object] = {
                "type": field.schema_type,
                "custom": field.schema_custom,
                "customId": number,
            }
            fields.append(
                _field(f"customfield_{number}", field.name, schema, cloud=cloud, custom=True)
            )
    return fields


def option(api: str, number: str, value: str) -> dict[str, object]:
    """Write a choice of a field of choices."""
    return {"self": f"{api}/customFieldOption/{number}", "value": value, "id": number}


def _field(
    field_id: str, name: str, schema: dict[str, object], *, cloud: bool, custom: bool
) -> dict[str, object]:
    field: dict[str, object] = {"id": field_id}
    if cloud:
        field["key"] = field_id
    field["name"] = name
    if cloud and custom:
        field["untranslatedName"] = name
    number = field_id.removeprefix("customfield_")
    return field | {
        "custom": custom,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": [f"cf[{number}]", name] if custom else [field_id],
        "schema": schema,
    }
