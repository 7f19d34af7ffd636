"""What GitLab says, as records: history, groups, tiers, renames, and what is no longer there."""

import base64
import hashlib
import hmac
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from starlette.responses import Response

from slipwatch.aggregator.connector import HookRefusedError, Retry, Skip
from slipwatch.aggregator.records import (
    Category,
    ChangedField,
    Item,
    Level,
    LinkKind,
    MilestoneKind,
    Outcome,
    Presence,
)

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)


def items(connector: Any, scope: str = "acme/api", cursor: Any = None) -> dict[str, Item]:
    batches = list(connector.pull(scope, cursor))
    return {item.key: item for batch in batches for item in batch.items}


def test_an_issue_is_read_with_all_that_plans_it(site: Any, connect: Any) -> None:
    project = site.add_project("acme/api")
    issue = site.add_issue(project, "Log in", at=NOW - 9 * DAY)
    issue.weight, issue.due, issue.labels = 3, date(2026, 2, 1), ("workflow::in dev", "Blocked")
    issue.epic = site.add_epic("acme", "Identity", at=NOW - 9 * DAY)
    item = items(connect())["acme/api#1"]
    assert (item.points, item.due_date, item.parent) == (3, date(2026, 2, 1), "acme&1")
    assert (item.category, item.blocked, item.level) == (Category.DOING, True, Level.WORK)
    assert item.url.endswith("/acme/api/-/issues/1")


def test_history_tells_of_states_milestones_and_iterations(site: Any, connect: Any) -> None:
    project = site.add_project("acme/api")
    goal = site.add_milestone("acme/api", "v2")
    sprint = site.add_iteration("acme", None, date(2026, 1, 1), date(2026, 1, 14))
    issue = site.add_issue(project, "Log in", at=NOW - 9 * DAY)
    site.set_milestone(issue, goal, at=NOW - 8 * DAY)
    site.set_iteration(issue, sprint, at=NOW - 7 * DAY)
    site.close(issue, at=NOW - 6 * DAY)
    site.reopen(issue, at=NOW - 5 * DAY)
    batches = list(connect().pull("acme/api", None))
    told = {
        (change.field, change.old, change.new, change.at)
        for batch in batches
        for change in batch.changes
    }
    assert told == {
        (ChangedField.MILESTONE, None, str(goal.id), NOW - 8 * DAY),
        (ChangedField.MILESTONE, None, f"iteration:{sprint.id}", NOW - 7 * DAY),
        (ChangedField.STATUS, "todo", "done:closed", NOW - 6 * DAY),
        (ChangedField.STATUS, "done", "todo:reopened", NOW - 5 * DAY),
    }
    kinds = {m.id: (m.kind, m.name) for batch in batches for m in batch.milestones}
    assert kinds[f"iteration:{sprint.id}"] == (MilestoneKind.SPRINT, "2026-01-01 – 2026-01-14")


def test_an_issue_leaves_the_milestone_or_iteration_that_another_takes_the_place_of(
    site: Any, connect: Any
) -> None:
    project = site.add_project("acme/api")
    goals = [site.add_milestone("acme/api", title) for title in ("v1", "v2")]
    first, second = (str(goal.id) for goal in goals)
    sprints = [
        site.add_iteration("acme", None, date(2026, 1, day), date(2026, 1, day + 6))
        for day in (1, 8)
    ]
    issue = site.add_issue(project, "Log in", at=NOW - 9 * DAY)
    site.set_milestone(issue, goals[0], at=NOW - 8 * DAY)
    site.set_iteration(issue, sprints[0], at=NOW - 7 * DAY)
    site.set_milestone(issue, goals[1], at=NOW - 6 * DAY)
    site.set_iteration(issue, sprints[1], at=NOW - 5 * DAY)
    site.set_milestone(issue, None, at=NOW - 4 * DAY)
    changes = [change for batch in connect().pull("acme/api", None) for change in batch.changes]
    assert len({change.id for change in changes}) == len(changes)
    assert {(change.old, change.new, change.at) for change in changes} == {
        (None, first, NOW - 8 * DAY),
        (None, f"iteration:{sprints[0].id}", NOW - 7 * DAY),
        (first, None, NOW - 6 * DAY),
        (None, second, NOW - 6 * DAY),
        (f"iteration:{sprints[0].id}", None, NOW - 5 * DAY),
        (None, f"iteration:{sprints[1].id}", NOW - 5 * DAY),
        (second, None, NOW - 4 * DAY),
    }


def test_history_is_asked_for_changed_issues_only(site: Any, connect: Any, server: Any) -> None:
    project = site.add_project("acme/api")
    issues = [site.add_issue(project, f"Issue {n}", at=NOW - 9 * DAY) for n in range(5)]
    (*_, last) = connect().pull("acme/api", None)
    site.close(issues[3], at=NOW - DAY)
    server.requests.clear()
    assert list(items(connect(), cursor=last.cursor)) == ["acme/api#4"]
    about = [seen.path for seen in server.requests if "/issues/" in seen.path]
    assert {path.split("/issues/")[1] for path in about} == {"4/links", "4/resource_state_events"}


def test_links_of_every_type_are_read_from_this_end(site: Any, connect: Any) -> None:
    project, other = site.add_project("acme/api"), site.add_project("acme/web")
    mine = site.add_issue(project, "Mine", at=NOW - 9 * DAY)
    theirs = [site.add_issue(other, f"Theirs {n}", at=NOW - 9 * DAY) for n in range(3)]
    site.link("blocks", mine, theirs[0], at=NOW - 8 * DAY)
    site.link("blocks", theirs[1], mine, at=NOW - 8 * DAY)
    site.link("relates_to", mine, theirs[2], at=NOW - 8 * DAY)
    links = [link for batch in connect().pull("acme/api", None) for link in batch.links]
    assert {(link.kind, link.upstream, link.downstream) for link in links} == {
        (LinkKind.BLOCKS, "acme/api#1", "acme/web#1"),
        (LinkKind.BLOCKS, "acme/web#2", "acme/api#1"),
        (LinkKind.RELATES, "acme/api#1", "acme/web#3"),
    }


def test_a_link_made_within_a_minute_of_another_change_is_read(
    site: Any, world: Any, connect: Any
) -> None:
    project, changed = site.add_project("acme/api"), NOW - timedelta(seconds=20)
    mine = site.add_issue(project, "Mine", at=changed)
    theirs = site.add_issue(project, "Theirs", at=NOW - 9 * DAY)
    (*_, last) = connect().pull("acme/api", None)
    site.link("blocks", theirs, mine, at=NOW)
    mine.updated, theirs.updated = changed, NOW - 9 * DAY

    world.now = NOW + timedelta(minutes=4)
    batches = list(connect().pull("acme/api", last.cursor))

    assert [(i.upstream, i.downstream) for batch in batches for i in batch.links] == [
        ("acme/api#2", "acme/api#1")
    ]
    world.now += timedelta(minutes=1)
    assert items(connect(), cursor=batches[-1].cursor) == {}


def test_a_group_gives_its_living_projects_and_its_epics(site: Any, connect: Any) -> None:
    site.add_project("acme/platform/api")
    site.add_project("acme/old").archived = True
    site.add_epic("acme", "Identity", at=NOW - 9 * DAY)
    connector = connect(groups=["acme"])
    assert list(connector.scopes()) == ["acme", "acme/platform/api"]
    epic = items(connector, "acme")["acme&1"]
    assert (epic.level, epic.scope, epic.title) == (Level.EPIC, "acme", "Identity")
    assert [set(ids) for ids in connector.ids("acme")] == [{epic.id}]


def test_patterns_choose_among_the_projects_of_a_group(site: Any, connect: Any) -> None:
    for path in ("acme/api", "acme/Platform/core", "acme/platform/x-old", "acme/web"):
        site.add_project(path)
    group = {"path": "acme", "include": ["api", "platform/*"], "exclude": ["*-old"]}
    connector = connect(groups=[group, "nowhere"])
    assert list(connector.scopes()) == ["acme", "acme/api", "acme/Platform/core", "nowhere"]
    with pytest.raises(Skip, match="nowhere does not exist"):
        list(connector.pull("nowhere", None))


def test_a_site_without_epics_and_iterations_has_the_rest(site: Any, connect: Any) -> None:
    site.premium = False
    site.add_issue(site.add_project("acme/api"), "Log in", at=NOW - 9 * DAY)
    connector = connect(groups=["acme"])
    assert items(connector, "acme") == {}
    assert list(items(connector)) == ["acme/api#1"]


def test_a_renamed_project_keeps_its_keys_and_its_cursor(site: Any, connect: Any) -> None:
    project = site.add_project("acme/api")
    site.add_issue(project, "Before", at=NOW - 9 * DAY)
    (*_, last) = connect().pull("acme/api", None)
    site.rename(project, "acme/service")
    site.add_issue(project, "After", at=NOW - DAY)
    assert list(items(connect(), cursor=last.cursor)) == ["acme/api#2"]
    assert list(items(connect())) == ["acme/api#1", "acme/api#2"]


def test_a_moved_issue_is_followed_to_its_new_project(site: Any, connect: Any) -> None:
    project, other = site.add_project("acme/api"), site.add_project("acme/web")
    stays, moves, lost = (site.add_issue(project, f"Issue {n}", at=NOW - 9 * DAY) for n in range(3))
    site.move(moves, other, at=NOW - DAY)
    lost.moved_to = 4711
    site.close(lost, at=NOW - DAY)
    connector = connect(projects=["acme/api", "acme/web"])

    batches = list(connector.pull("acme/api", None))

    absences = {one.item: one for batch in batches for one in batch.absences}
    assert absences.keys() == {str(moves.id), str(lost.id)}
    assert {one.presence for one in absences.values()} == {Presence.MOVED}
    assert {one.at for one in absences.values()} == {NOW - DAY}
    assert absences[str(moves.id)].moved_to == "acme/web#1"
    assert absences[str(lost.id)].moved_to is None
    old = next(item for batch in batches for item in batch.items if item.id == str(moves.id))
    assert old.outcome is Outcome.DROPPED
    assert items(connector, "acme/web")["acme/web#1"].outcome is None
    assert [set(ids) for ids in connector.ids("acme/api")] == [{str(stays.id)}]
    (found,) = connector.locate("acme/api", {str(moves.id): "acme/api#2"})
    assert (found.presence, found.moved_to) == (Presence.MOVED, "acme/web#1")


@pytest.mark.parametrize(("level", "presence"), [(10, Presence.INVISIBLE), (20, Presence.GONE)])
def test_whether_a_missing_issue_is_gone_depends_on_what_the_account_may_see(
    site: Any, connect: Any, level: int, presence: Presence
) -> None:
    site.add_project("acme/api")
    site.access_level = level
    (absence,) = connect().locate("acme/api", {"17": "acme/api#17"})
    assert (absence.item, absence.presence) == ("17", presence)


def test_an_issue_that_becomes_confidential_is_invisible_to_a_guest_and_not_gone(
    site: Any, connect: Any
) -> None:
    issue = site.add_issue(site.add_project("acme/api"), "Log in", at=NOW - DAY)
    site.access_level = 10
    connector = connect()
    assert list(items(connector)) == [issue.key]

    issue.confidential = True

    assert [set(ids) for ids in connector.ids("acme/api")] == [set()]
    (absence,) = connector.locate("acme/api", {str(issue.id): issue.key})
    assert absence.presence is Presence.INVISIBLE


def test_times_of_a_server_in_another_zone_are_utc(site: Any, connect: Any) -> None:
    site.add_issue(site.add_project("acme/api"), "Log in", at=NOW - 9 * DAY)
    (issue,) = [item for batch in connect().pull("acme/api", None) for item in batch.items]
    payload = {
        "id": 1,
        "iid": 1,
        "project_id": 1,
        "title": "Log in",
        "state": "opened",
        "created_at": "2025-12-27T23:30:00.000-11:00",
        "updated_at": "2025-12-28T11:00:00.000+01:00",
        "closed_at": None,
        "assignees": [{"username": "ana", "state": "blocked"}],
        "web_url": "https://gitlab.example/acme/api/-/issues/1",
    }
    (converted,) = connect().convert([payload]).items
    assert converted.created_at == datetime(2025, 12, 28, 10, 30, tzinfo=UTC)
    assert (converted.assignee, converted.assignee_active) == ("ana", False)
    assert converted.updated_at.utcoffset() == issue.updated_at.utcoffset() == timedelta(0)


def test_a_used_up_limit_names_its_end_without_x(site: Any, connect: Any, server: Any) -> None:
    site.add_project("acme/api")
    reset = NOW + timedelta(minutes=10)
    headers = {"RateLimit-Remaining": "0", "RateLimit-Reset": str(int(reset.timestamp()))}

    def refuse(_request: object) -> Response:
        return Response(status_code=429, headers=headers)

    server.fault = refuse
    with pytest.raises(Retry) as raised:
        items(connect())
    assert raised.value.retry_at == reset


def test_a_due_date_that_moved_is_told_by_the_webhook(connect: Any, tmp_path: Any) -> None:
    (tmp_path / "hook").write_text("hook-secret")
    connector = connect(webhook={"secret": {"file": str(tmp_path / "hook")}})
    body = (
        b'{"object_kind": "issue", "user": {"username": "ana"}, '
        b'"project": {"path_with_namespace": "Acme/API"}, '
        b'"object_attributes": {"id": 7, "updated_at": "2026-01-05 08:00:00 UTC"}, '
        b'"changes": {"due_date": {"previous": null, "current": "2026-02-01"}}}'
    )
    delivery = connector.receive({"x-gitlab-token": "hook-secret"}, body)
    assert delivery.scopes == ("acme/api",)
    assert delivery.batch is not None
    (change,) = delivery.batch.changes
    assert (change.field, change.old, change.new) == (ChangedField.DUE, None, "2026-02-01")
    assert (change.actor, change.at) == ("ana", datetime(2026, 1, 5, 8, tzinfo=UTC))


def test_a_signed_delivery_is_believed_for_a_day(connect: Any, tmp_path: Any) -> None:
    key = b"0123456789abcdef0123456789abcdef"
    (tmp_path / "hook").write_text(f"whsec_{base64.b64encode(key).decode()}")
    connector = connect(webhook={"secret": {"file": str(tmp_path / "hook")}})
    body = b'{"object_kind": "issue", "project": {"path_with_namespace": "acme/api"}}'

    def headers(sent: datetime, identity: str = "f5e5f430") -> dict[str, str]:
        at = str(int(sent.timestamp()))
        digest = hmac.new(key, f"f5e5f430.{at}.".encode() + body, hashlib.sha256).digest()
        return {
            "webhook-id": identity,
            "webhook-timestamp": at,
            "webhook-signature": f"v1,c3RhbGU= v1,{base64.b64encode(digest).decode()}",
            "idempotency-key": "another",
        }

    delivery = connector.receive(headers(NOW - timedelta(hours=2)), body)
    assert (delivery.scopes, delivery.id) == (("acme/api",), "f5e5f430")
    unsigned = {"x-gitlab-token": (tmp_path / "hook").read_text()}
    for wrong in (headers(NOW - 2 * DAY), headers(NOW, identity="other"), unsigned, {}):
        with pytest.raises(HookRefusedError) as refused:
            connector.receive(wrong, body)
        assert refused.value.status == 401
