"""Jira's webhooks: verified over the raw body, and read for what its API does not keep."""

import hashlib
import hmac
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from slipwatch.aggregator.connector import Context, Delivery, HookRefusedError
from slipwatch.aggregator.records import Absence, ChangedField, DateMove, Presence
from slipwatch.connectors.jira.connector import JiraConnector
from slipwatch.connectors.jira.settings import JiraSettings

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
AT = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
SECRET = "a webhook's secret"

Json = dict[str, Any]

ISSUE: Json = {
    "id": "10003",
    "key": "PAY-3",
    "fields": {"summary": "Charge cards", "project": {"id": "10", "key": "PAY"}},
}
VERSION: Json = {
    "self": "https://jira.example/rest/api/2/version/77",
    "id": "77",
    "name": "2.0",
    "archived": False,
    "released": False,
    "startDate": "2026-01-05",
    "releaseDate": "2026-03-09",
    "userReleaseDate": "09/Mar/26",
    "projectId": 10,
}
SPRINT: Json = {
    "id": 196,
    "self": "https://jira.example/rest/agile/1.0/sprint/196",
    "state": "active",
    "name": "TES Sprint 2",
    "startDate": "2026-01-05T21:13:24.588Z",
    "endDate": "2026-01-20T21:13:00.000Z",
    "originBoardId": 9,
}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", SECRET)


@pytest.fixture
def connector() -> JiraConnector:
    return make()


def make(**more: object) -> JiraConnector:
    settings = {
        "kind": "jira",
        "url": "https://jira.example",
        "auth": {"token": {"env": "TOKEN"}},
        "projects": ["PAY", "WEB"],
        "webhook": {"secret": {"env": "HOOK"}},
        **more,
    }
    context = Context(now=lambda: NOW, sleep=lambda _seconds: None)
    return JiraConnector("jira", JiraSettings.model_validate(settings), context)


def tell(connector: JiraConnector, event: str, **more: Any) -> Delivery:
    payload = {"timestamp": round(AT.timestamp() * 1000), "webhookEvent": event, **more}
    body = json.dumps(payload).encode()
    return connector.receive(signed(body), body)


def signed(body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"x-atlassian-webhook-identifier": "d1", "x-hub-signature": f"sha256={digest}"}


def refusal(connector: JiraConnector, headers: dict[str, str], body: bytes) -> int:
    with pytest.raises(HookRefusedError) as refused:
        connector.receive(headers, body)
    return refused.value.status


def moved(field: str, old: str, new: str) -> Json:
    return {"items": [{"field": field, "fromString": old, "toString": new}]}


def test_a_delivery_is_verified_by_its_raw_body(connector: JiraConnector) -> None:
    body = json.dumps({"webhookEvent": "jira:issue_updated", "issue": ISSUE}).encode()
    right = signed(body)

    assert connector.receive(right, body).scopes == ("PAY",)
    assert refusal(connector, {"x-hub-signature-256": right["x-hub-signature"]}, body) == 401
    assert refusal(connector, {"x-hub-signature": right["x-hub-signature"].upper()}, body) == 401
    assert refusal(connector, {}, body) == 401
    assert refusal(connector, right, body.replace(b"PAY", b"WEB")) == 401


def test_data_center_signs_as_cloud_does() -> None:
    body = json.dumps({"webhookEvent": "jira:issue_updated", "issue": ISSUE}).encode()
    # Atlassian's example names this header alone.
    headers = {"x-hub-signature": signed(body)["x-hub-signature"]}
    connector = make(deployment="datacenter")

    told, again = (connector.receive(headers, body) for _ in range(2))

    assert (told.scopes, told.id) == (("PAY",), again.id)
    assert refusal(connector, headers, body + b" ") == 401
    assert refusal(connector, {}, body) == 401


def test_what_is_no_delivery_is_refused_even_if_it_is_signed(connector: JiraConnector) -> None:
    for body in (b"", b"{}", b'{"webhookEvent": 7}', b'{"webhookEvent": "x", "issue": {}}'):
        assert refusal(connector, signed(body), body) == 400


def test_an_issue_names_its_project(connector: JiraConnector) -> None:
    bare = {"id": 10003, "key": "WEB-3"}
    foreign = {"id": "1", "key": "OTHER-1", "fields": {"project": {"key": "OTHER"}}}

    updated = tell(connector, "jira:issue_updated", issue=ISSUE)

    assert (updated.id, updated.scopes, updated.about) == ("d1", ("PAY",), ("10003",))
    assert updated.batch is None
    assert tell(connector, "jira:issue_created", issue=bare).scopes == ("WEB",)
    assert tell(connector, "jira:issue_updated", issue=foreign).scopes == ()
    assert tell(connector, "comment_created", issue=ISSUE).scopes == ()


def test_a_deleted_issue_is_gone_from_then_on(connector: JiraConnector) -> None:
    told = tell(connector, "jira:issue_deleted", issue=ISSUE)

    assert told.batch is not None
    assert told.batch.absences == (Absence(item="10003", presence=Presence.GONE, at=AT),)


def test_an_issue_that_moves_is_read_where_it_was_and_where_it_is(
    connector: JiraConnector,
) -> None:
    here = {**ISSUE, "key": "WEB-9", "fields": {"project": {"key": "WEB"}}}
    there = {**ISSUE, "key": "OTHER-9", "fields": {"project": {"key": "OTHER"}}}
    changelog = moved("Key", "PAY-3", "WEB-9")

    within = tell(connector, "jira:issue_updated", issue=here, changelog=changelog)
    away = tell(
        connector, "jira:issue_updated", issue=there, changelog=moved("Key", "PAY-3", "OTHER-9")
    )

    assert (within.scopes, within.batch) == (("PAY", "WEB"), None)
    assert away.scopes == ("PAY",)
    assert away.batch is not None
    assert away.batch.absences == (
        Absence(item="10003", presence=Presence.MOVED, at=AT, moved_to="OTHER-9"),
    )


def test_a_versions_dates_are_stated_without_what_they_were(connector: JiraConnector) -> None:
    told = tell(connector, "jira:version_updated", version=VERSION)

    assert (told.scopes, told.about, told.otherwise) == ((), ("77",), ("PAY", "WEB"))
    assert told.batch is not None
    assert told.batch.moves == (
        DateMove(
            milestone="77",
            field=ChangedField.START,
            old_told=False,
            new=date(2026, 1, 5),
            at=AT,
        ),
        DateMove(
            milestone="77", field=ChangedField.DUE, old_told=False, new=date(2026, 3, 9), at=AT
        ),
    )


def test_a_deleted_version_has_dates_no_more(connector: JiraConnector) -> None:
    told = tell(
        connector, "jira:version_deleted", version=VERSION, mergedTo={**VERSION, "id": "78"}
    )

    assert told.about == ("77", "78")
    assert told.batch is not None
    assert [move.new for move in told.batch.moves] == [None, None]
    assert told.batch.gone == ("77",)


def test_a_deleted_sprint_is_gone(connector: JiraConnector) -> None:
    told = tell(connector, "sprint_deleted", sprint=SPRINT)

    assert told.batch is not None
    assert told.batch.gone == ("sprint:196",)


def test_a_sprint_comes_with_what_it_was_before(connector: JiraConnector) -> None:
    before = {**SPRINT, "endDate": "2026-01-19T21:13:00.000Z"}

    told = tell(connector, "sprint_updated", sprint=SPRINT, oldValue=before)
    started = tell(connector, "sprint_started", sprint=SPRINT)

    assert (told.about, told.otherwise) == (("sprint:196",), ("PAY", "WEB"))
    assert told.batch is not None
    (move,) = told.batch.moves
    assert (move.milestone, move.old, move.new, move.at) == (
        "sprint:196",
        date(2026, 1, 19),
        date(2026, 1, 20),
        AT,
    )
    assert started.batch is None
    assert tell(make(sprints=False), "sprint_updated", sprint=SPRINT).otherwise == ()


def test_a_link_is_read_at_both_ends(connector: JiraConnector) -> None:
    link = {"id": 10004, "sourceIssueId": 10072, "destinationIssueId": 10088}

    assert tell(connector, "issuelink_created", issueLink=link).about == ("10072", "10088")


def test_an_event_without_a_time_happens_when_it_comes(connector: JiraConnector) -> None:
    told = tell(connector, "jira:issue_deleted", issue=ISSUE, timestamp=None)

    assert told.batch is not None
    assert told.batch.absences[0].at == NOW


def test_a_delivery_without_an_id_is_known_by_itself(connector: JiraConnector) -> None:
    body = json.dumps({"webhookEvent": "jira:issue_updated", "issue": ISSUE}).encode()
    unnamed = {"x-hub-signature": signed(body)["x-hub-signature"]}

    first, again = connector.receive(unnamed, body), connector.receive(unnamed, body)

    assert first.id == again.id != "d1"
