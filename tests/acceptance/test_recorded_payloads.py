"""Recorded payloads of real sites through the command line: every field read is the payload's.

What is expected is read from the raw JSON here, by other means than the connectors'.
"""

import json
import shutil
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from slipwatch.aggregator.records import Item, LinkOrigin, MilestoneKind, TrackerMilestone
from slipwatch.aggregator.store import open_store

from .commands import Forks

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="the recorded payloads (../shared/data) are not here"
)

Json = dict[str, Any]
Fact = tuple[object, ...]

CATEGORIES = {"new": "todo", "undefined": "todo", "indeterminate": "doing", "done": "done"}
BUILT_IN = {"1": "todo", "3": "doing", "4": "todo", "5": "done", "6": "done"}
NOT_DONE = {
    "Cannot Reproduce", "Duplicate", "Invalid", "Needs more info", "Won't Do", "Won't Fix",
}  # fmt: skip
"""Resolutions in these files that say an issue was given up."""


def files(*patterns: str) -> list[str]:
    """Name the recorded files; something, so that there is a test to skip where there is none."""
    found = [path for pattern in patterns for path in sorted(DATA.glob(pattern))]
    names = [str(path.relative_to(DATA)) for path in found if ".meta." not in path.name]
    return names or ["none"]


JIRA = files(
    "jira-api-devlake/*.json",
    "backtest-jira-tidev/full_payload_sample.json",
    "backtest-jira-tidev/project_*.json",
)
GITHUB = files(
    "github-api-devlake/*.json",
    "github-api-freecad/*.json",
    "github-api-octokit-fixtures/*.raw.json",
    "github-api-octokit-fixtures/*.normalized.json",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What a file left in a store that was empty before."""

    items: dict[str, Item]
    milestones: dict[str, TrackerMilestone]
    tracker_links: set[Fact]
    changes: set[Fact]


class Loader:
    """Loads a file through the command line."""

    def __init__(self, folder: Path, forks: Forks) -> None:
        self._config = folder / "slipwatch.yaml"
        self._forks = forks
        self._store = f"sqlite:///{folder / 'slipwatch.db'}"
        auth = {"token": {"env": "NOBODY_ASKS_FOR_IT"}}
        sources = {
            "jira": {"url": "https://jira.example", "projects": ["ANY"], "auth": auth},
            "github": {"repositories": ["any/thing"], "auth": auth},
        }
        kinds = {name: {"kind": name, **source} for name, source in sources.items()}
        self._config.write_text(yaml.safe_dump({"store": self._store, "sources": kinds}))

    def load(self, source: str, name: str) -> Loaded:
        config = ("--config", str(self._config))
        self._forks.start("sync", "--source", source, "--load", str(DATA / name), *config)
        assert self._forks.wait() == 0
        with open_store(self._store) as store:
            return Loaded(
                items={item.id: item for _, item in store.items()},
                milestones={each.id: each for _, each in store.tracker_milestones()},
                tracker_links={
                    (link.owner, link.kind, link.upstream, link.downstream)
                    for _, link, _ in store.links()
                    if link.origin is LinkOrigin.TRACKER
                },
                changes={
                    (change.item, change.at, change.field, change.old, change.new)
                    for _, change in store.changes()
                },
            )


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Generator[Forks]:
    with Forks(tmp_path_factory.mktemp("forks")) as running:
        yield running


@pytest.fixture
def loader(tmp_path: Path, empty_file: Path, forks: Forks) -> Loader:
    shutil.copy(empty_file, tmp_path)
    return Loader(tmp_path, forks)


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def newest(payloads: list[Json], at: str) -> dict[str, Json]:
    """Keep one payload an id: the one that changed last, and of equals the last."""
    ordered = sorted(payloads, key=lambda each: str((each.get("fields") or each)[at]))
    return {str(each["id"]): each for each in ordered}


def moment(text: str | None) -> datetime | None:
    """Read the forms that Jira and GitHub write: ``+0800`` with a fraction, and ``Z``."""
    if not text:
        return None
    form = "%Y-%m-%dT%H:%M:%S.%f%z" if "." in text else "%Y-%m-%dT%H:%M:%S%z"
    return datetime.strptime(text, form).astimezone(UTC)


def day(text: str | None) -> date | None:
    return datetime.strptime(text[:10], "%Y-%m-%d").replace(tzinfo=UTC).date() if text else None


def name_of(value: Json | None, key: str = "name") -> Any:
    return (value or {}).get(key)


def test_the_files_hold_what_is_looked_for() -> None:
    """Without issues in them, everything below would be true of nothing."""
    jira = {name: sum("fields" in each for each in read(name)) for name in JIRA}
    github = {
        name: sum("repository_url" in each for each in github_objects(read(name)))
        for name in GITHUB
    }

    assert sum(jira.values()) == 159
    assert sum(github.values()) == 120


@pytest.mark.parametrize("name", JIRA)
def test_jira_payloads_are_stored_as_they_are(loader: Loader, name: str) -> None:
    payload = read(name)
    raw = payload if isinstance(payload, list) else [payload]
    recorded = [each for each in raw if "fields" in each]
    issues = newest(recorded, "updated")

    loaded = loader.load("jira", name)

    assert {id_: jira_fields_kept(item) for id_, item in loaded.items.items()} == {
        id_: jira_fields(issue, jira_statuses(recorded)) for id_, issue in issues.items()
    }
    assert loaded.milestones == {
        each.id: each
        for payload in raw
        for each in (*jira_versions(payload), *jira_sprints(payload))
    }
    assert loaded.tracker_links == {link for issue in issues.values() for link in jira_links(issue)}
    assert loaded.changes == set(jira_changes(issues, jira_statuses(recorded)))


def jira_fields_kept(item: Item) -> Fact:
    return (
        item.key, item.scope, item.level, item.title, item.url, item.type, item.status,
        item.category, item.outcome, item.created_at, item.updated_at, item.done_at,
        item.due_date, item.assignee, item.labels, item.components, item.milestones,
        item.parent, item.blocked,
    )  # fmt: skip


def jira_fields(issue: Json, statuses: dict[str, str]) -> Fact:
    """Read from the raw payload what ``jira_fields_kept`` gives, in the same order."""
    fields: Json = issue["fields"]
    kind: Json = fields["issuetype"]
    category = CATEGORIES[fields["status"]["statusCategory"]["key"]]
    level = "epic" if kind.get("hierarchyLevel", 0) > 0 or kind["name"] == "Epic" else "work"
    outcome = "dropped" if name_of(fields.get("resolution")) in NOT_DONE else "completed"
    done = category == "done"
    labels: list[str] = fields.get("labels") or []
    blocked = bool(fields.get("flagged")) or "blocked" in labels
    return (
        issue["key"],
        (fields.get("project") or {}).get("key") or issue["key"].split("-")[0],
        "subtask" if kind["subtask"] else level,
        fields["summary"].replace("\x00", "\ufffd"),
        f"https://jira.example/browse/{issue['key']}",
        kind["name"],
        fields["status"]["name"],
        category,
        outcome if done else None,
        moment(fields["created"]),
        moment(fields["updated"]),
        jira_done(issue, statuses) if done else None,
        day(fields.get("duedate")),
        name_of(fields.get("assignee"), "displayName"),
        tuple(labels),
        tuple(part["name"] for part in fields.get("components") or ()),
        (
            *(version["id"] for version in fields.get("fixVersions") or ()),
            *(f"sprint:{sprint['id']}" for sprint in sprints_of(fields)),
        ),
        name_of(fields.get("parent"), "key") or name_of(fields.get("epic"), "key"),
        blocked and not done,
    )


def sprints_of(fields: Json) -> list[Json]:
    current = fields.get("sprint")
    return [*(fields.get("closedSprints") or ()), *([current] if current else ())]


def jira_versions(project: Json) -> Iterator[TrackerMilestone]:
    """Read those that a project lists, or that an issue is in."""
    fields: Json = project.get("fields") or {}
    for version in project.get("versions") or fields.get("fixVersions") or ():
        key = project["key"].partition("-")[0]
        release = day(version.get("releaseDate"))
        yield TrackerMilestone(
            id=version["id"],
            scope=key,
            kind=MilestoneKind.VERSION,
            name=version["name"],
            url=f"https://jira.example/projects/{key}/versions/{version['id']}",
            start_date=day(version.get("startDate")),
            due_date=release,
            closed=version["released"],
            closed_on=release if version["released"] else None,
            archived=version["archived"],
        )


def jira_sprints(payload: Json) -> Iterator[TrackerMilestone]:
    """Read one of a listing, or those that an issue is and was in."""
    fields: Json = payload.get("fields") or {}
    listed = "state" in payload and "originBoardId" in payload
    for sprint in [payload] if listed else sprints_of(fields):
        closed, board = sprint["state"] == "closed", sprint.get("originBoardId")
        address = f"https://jira.example/secure/RapidBoard.jspa?rapidView={board}"
        yield TrackerMilestone(
            id=f"sprint:{sprint['id']}",
            scope="ANY" if listed else payload["key"].partition("-")[0],
            kind=MilestoneKind.SPRINT,
            name=sprint["name"],
            url=address if board is not None else "",
            start_date=day(sprint.get("startDate")),
            due_date=day(sprint.get("endDate")),
            closed=closed,
            closed_on=day(sprint.get("completeDate")) if closed else None,
        )


def jira_links(issue: Json) -> Iterator[Fact]:
    for link in issue["fields"].get("issuelinks") or ():
        ends = [issue["key"], name_of(link.get("outwardIssue"), "key")]
        if ends[1] is None:
            ends = [link["inwardIssue"]["key"], issue["key"]]
        yield issue["id"], "blocks" if link["type"]["name"] == "Blocks" else "relates", *ends


def jira_statuses(issues: list[Json]) -> dict[str, str]:
    """Learn categories as far as these files tell them; of two for one status, the later."""
    seen = [issue["fields"]["status"] for issue in issues]
    return BUILT_IN | {each["id"]: CATEGORIES[each["statusCategory"]["key"]] for each in seen}


def jira_changes(issues: dict[str, Json], statuses: dict[str, str]) -> Iterator[Fact]:
    """Give the changes that are kept; a side whose status has no known category is None."""
    for id_, issue in issues.items():
        for entry in (issue.get("changelog") or {}).get("histories", []):
            for change in entry["items"]:
                for field, *sides in jira_change(change):
                    if sides[0] != sides[1]:
                        yield id_, moment(entry["created"]), field, *sides
        for at, old, new in jira_standings(issue, statuses):
            if old != new:
                yield id_, at, "status", old, new


def jira_standings(issue: Json, statuses: dict[str, str]) -> Iterator[Fact]:
    """Walk back from what an issue shows to how it stood, with its outcome where it was done."""

    def standing() -> str | None:
        category = statuses.get(status)
        if category == "done":
            category = "dropped" if resolution in NOT_DONE else "completed"
        return category and f"{category}:{name}"

    status, name = issue["fields"]["status"]["id"], issue["fields"]["status"]["name"]
    resolution = name_of(issue["fields"].get("resolution"))
    entries: list[Json] = (issue.get("changelog") or {}).get("histories", [])
    entries = sorted(entries, key=lambda one: (moment(one["created"]), int(one["id"])))
    for entry in reversed(entries):
        told = {item["field"]: item for item in entry["items"]}
        if "status" in told:
            status, name = told["status"]["to"], told["status"]["toString"]
        new = standing()
        if "status" in told:
            status, name = told["status"]["from"], told["status"]["fromString"]
        if "resolution" in told:
            resolution = told["resolution"]["fromString"]
        yield moment(entry["created"]), standing(), new


def jira_done(issue: Json, statuses: dict[str, str]) -> datetime | None:
    """Give when an issue that is done came to be so: its last move if that says it."""
    resolved: str | None = issue["fields"]["resolutiondate"]
    for at, *sides in jira_standings(issue, statuses):
        old, new = [side and str(side).startswith(("completed:", "dropped:")) for side in sides]
        if new and old is False:
            return cast("datetime", at)
        if new is False:
            break
    return None if resolved is None else moment(resolved)


def jira_change(change: Json) -> Iterator[tuple[str | None, ...]]:
    ends = [("from", "fromString"), ("to", "toString")]
    values = [change[value] for value, _ in ends]
    texts = [change[text] or None for _, text in ends]
    if change["fieldtype"] == "custom":
        return  # which custom field is which, only the site's list of fields says
    match change["field"]:
        case "Fix Version":
            yield "milestone", *values
        case "duedate":
            yield "due", *values
        case "assignee":
            yield "assignee", *texts
        case "IssueParentAssociation" | "Parent":
            yield "parent", *texts
        case "issuetype":
            levels = {"Epic": "epic", "Sub-task": "subtask", "Subtask": "subtask"}
            yield "type", *[name and f"{levels.get(name, 'work')}:{name}" for name in texts]
        case "Key":
            yield "key", *texts
        case _:
            return


@pytest.mark.parametrize("name", GITHUB)
def test_github_payloads_are_stored_as_they_are(loader: Loader, name: str) -> None:
    objects = list(github_objects(read(name)))
    issues = newest([each for each in objects if "repository_url" in each], "updated_at")
    alone = [each for each in objects if "repository_url" not in each]
    within = [each["milestone"] for each in issues.values() if each["milestone"]]
    milestones = newest([*within, *alone], "updated_at")

    loaded = loader.load("github", name)

    assert {id_: github_fields_kept(item) for id_, item in loaded.items.items()} == {
        id_: github_fields(issue) for id_, issue in issues.items()
    }
    assert loaded.milestones == {
        id_: github_milestone(milestone) for id_, milestone in milestones.items()
    }
    assert loaded.tracker_links == set()
    assert loaded.changes == set()


def github_objects(payload: Any) -> Iterator[Json]:
    """Give the issues and milestones that were answered, alone, in lists and in searches."""
    if isinstance(payload, list):
        for each in payload:
            yield from github_objects(each)
    elif isinstance(payload, dict) and "response" in payload:
        yield from github_objects(payload["response"])
    elif isinstance(payload, dict) and "items" in payload:
        yield from github_objects(payload["items"])
    elif isinstance(payload, dict) and "number" in payload:
        is_issue = "repository_url" in payload and "comments_url" in payload
        if is_issue or "closed_issues" in payload:
            yield payload


def github_fields_kept(item: Item) -> Fact:
    return (
        item.key, item.scope, item.level, item.title, item.url, item.type, item.status,
        item.category, item.outcome, item.created_at, item.updated_at, item.done_at,
        item.assignee, item.labels, item.milestones, item.parent, item.blocked,
    )  # fmt: skip


def github_fields(issue: Json) -> Fact:
    """Read from the raw payload what ``github_fields_kept`` gives, in the same order."""
    repository = "/".join(issue["repository_url"].split("/")[-2:])
    pull: Json | None = issue.get("pull_request")
    labels = tuple(label["name"] for label in issue["labels"])
    assignee = name_of(issue["assignee"], "login")
    kind = name_of(issue.get("type")) or github_type(labels)
    category = "doing" if pull is not None or assignee else "todo"
    outcome = done_at = None
    if issue["state"] == "closed":
        given_up = issue.get("state_reason") in ("not_planned", "duplicate")
        if pull is not None:
            given_up = pull.get("merged_at", "unknown") is None
        category, outcome = "done", "dropped" if given_up else "completed"
        done_at = moment((pull or {}).get("merged_at") or issue["closed_at"])
    milestone: Json | None = issue["milestone"]
    return (
        f"{repository}#{issue['number']}",
        repository,
        "work" if pull is None else "pull_request",
        issue["title"],
        issue["html_url"],
        kind if pull is None else "Pull request",
        issue["state"],
        category,
        outcome,
        moment(issue["created_at"]),
        moment(issue["updated_at"]),
        done_at,
        assignee,
        labels,
        (str(milestone["id"]),) if milestone else (),
        None,
        "blocked" in labels,
    )


def github_type(labels: tuple[str, ...]) -> str:
    said = {"bug": "Bug", "enhancement": "Feature", "Type: Bug": "Bug", "Type: Feature": "Feature"}
    return next((said[label] for label in said if label in labels), "Issue")


def github_milestone(milestone: Json) -> TrackerMilestone:
    closed = milestone["state"] == "closed"
    return TrackerMilestone(
        id=str(milestone["id"]),
        scope="/".join(milestone["url"].split("/")[-4:-2]),
        kind=MilestoneKind.MILESTONE,
        name=milestone["title"],
        url=milestone["html_url"],
        due_date=day(milestone["due_on"]),
        closed=closed,
        closed_on=day(milestone["closed_at"]) if closed else None,
    )
