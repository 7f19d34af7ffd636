"""GitHub's webhooks: verified over the raw body, and read for what its API does not keep."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from slipwatch.aggregator.connector import Context, Delivery, HookRefusedError, ReceivesHooks
from slipwatch.aggregator.records import ChangedField, DateMove, Presence
from slipwatch.connectors.github.connector import GitHubConnector
from slipwatch.connectors.github.settings import GitHubSettings

EXAMPLES = Path(__file__).parents[4] / "shared" / "data" / "github-webhooks-examples"
NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
SECRET = "a webhook's secret"

Json = dict[str, Any]

API: Json = {"full_name": "acme/api", "id": 7}
MILESTONE: Json = {
    "id": 70,
    "number": 1,
    "title": "v2",
    "due_on": "2026-03-09T07:00:00Z",
    "updated_at": "2026-01-05T08:30:00Z",
}
ISSUE: Json = {"id": 700, "number": 3, "title": "Pay", "milestone": {"id": 70}}


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK", SECRET)


@pytest.fixture
def connector() -> GitHubConnector:
    return make()


def make(**more: object) -> GitHubConnector:
    settings = {
        "kind": "github",
        "auth": {"token": {"env": "TOKEN"}},
        "repositories": ["acme/api", "acme/Web"],
        "organizations": ["acme-labs", {"name": "acme-apps", "exclude": ["old-*"]}],
        "projects": [{"owner": "acme", "number": 1}],
        "webhook": {"secret": {"env": "HOOK"}},
        **more,
    }
    context = Context(now=lambda: NOW, sleep=lambda _seconds: None)
    return GitHubConnector("github", GitHubSettings.model_validate(settings), context)


def signed(event: str, body: bytes, **more: str) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": "d1",
        "x-hub-signature-256": f"sha256={digest}",
        **{name.replace("_", "-"): value for name, value in more.items()},
    }


def tell(connector: ReceivesHooks, event: str, payload: Json, **headers: str) -> Delivery:
    body = json.dumps({"repository": API, "sender": {"login": "dan"}, **payload}).encode()
    return connector.receive(signed(event, body, **headers), body)


def refusal(connector: GitHubConnector, headers: Mapping[str, str], body: bytes) -> int:
    with pytest.raises(HookRefusedError) as refused:
        connector.receive(headers, body)
    assert SECRET not in str(refused.value)
    return refused.value.status


def test_a_delivery_is_verified_by_its_raw_body(connector: GitHubConnector) -> None:
    body = b'{"zen": "Keep it logically awesome.", "hook_id": 1}'
    right = signed("ping", body)

    assert connector.receive(right, body) == Delivery(id="d1", event="ping")
    for wrong in (
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": right["x-hub-signature-256"][7:]},
        {"x-hub-signature-256": right["x-hub-signature-256"].replace("sha256", "sha1")},
        {"x-hub-signature-256": "sha256=\u00fc"},
        {"x-hub-signature": right["x-hub-signature-256"]},
    ):
        assert refusal(connector, wrong, body) == 401
    assert refusal(connector, right, body + b" ") == 401


def test_what_is_no_delivery_is_refused_even_if_it_is_signed(connector: GitHubConnector) -> None:
    deep = b"[" * 100_000
    for body in (b"", b"{", b"[]", b'{"issue": 7}', b'{"action": "\xff"}', deep):
        assert refusal(connector, signed("issues", body), body) == 400


def test_no_secret_no_hook() -> None:
    assert refusal(make(webhook=None), {}, b"{}") == 404


def test_a_moved_date_is_told_with_its_time_and_its_actor(connector: GitHubConnector) -> None:
    changes = {"due_on": {"from": "2026-03-02T08:00:00Z"}}

    told = tell(
        connector, "milestone", {"action": "edited", "milestone": MILESTONE, "changes": changes}
    )

    assert (told.event, told.scopes, told.about) == ("milestone.edited", ("acme/api",), ("70",))
    assert told.batch is not None
    assert told.batch.moves == (
        DateMove(
            milestone="70",
            field=ChangedField.DUE,
            old=date(2026, 3, 2),
            new=date(2026, 3, 9),
            at=datetime(2026, 1, 5, 8, 30, tzinfo=UTC),
            actor="dan",
        ),
    )


@pytest.mark.parametrize(
    ("changes", "due_on", "dates"),
    [
        ({"due_on": {"from": None}}, "2026-03-09T07:00:00Z", (None, date(2026, 3, 9))),
        ({"due_on": {}}, "2026-03-09T07:00:00Z", (None, date(2026, 3, 9))),
        ({"due_on": {"from": "2026-03-09T07:00:00Z"}}, None, (date(2026, 3, 9), None)),
        ({"title": {"from": "v1"}}, "2026-03-09T07:00:00Z", None),
        ({"due_on": {"from": "2026-03-09T08:00:00Z"}}, "2026-03-09T07:00:00Z", None),
    ],
)
def test_only_dates_that_moved_are_told(
    connector: GitHubConnector, changes: Json, due_on: str | None, dates: object
) -> None:
    milestone = {**MILESTONE, "due_on": due_on}

    told = tell(
        connector, "milestone", {"action": "edited", "milestone": milestone, "changes": changes}
    )

    moves = told.batch.moves if told.batch is not None else ()
    assert [(move.old, move.new) for move in moves] == ([] if dates is None else [dates])
    assert told.scopes == ("acme/api",)


def test_a_deleted_milestone_has_a_date_no_more(connector: GitHubConnector) -> None:
    told = tell(connector, "milestone", {"action": "deleted", "milestone": MILESTONE})

    assert told.batch is not None
    (move,) = told.batch.moves
    assert (move.old, move.new, move.at, move.actor) == (date(2026, 3, 9), None, NOW, "dan")
    assert told.batch.gone == (str(MILESTONE["id"]),)


def test_deleted_and_transferred_issues_are_told_of(connector: GitHubConnector) -> None:
    changes = {"new_issue": {"id": 900, "number": 12}, "new_repository": {"full_name": "ACME/web"}}

    deleted = tell(connector, "issues", {"action": "deleted", "issue": ISSUE})
    moved = tell(connector, "issues", {"action": "transferred", "issue": ISSUE, "changes": changes})

    assert deleted.batch is not None
    assert moved.batch is not None
    (gone,), (away,) = deleted.batch.absences, moved.batch.absences
    assert (gone.item, gone.presence, gone.at) == ("700", Presence.GONE, NOW)
    assert (away.presence, away.moved_to) == (Presence.MOVED, "acme/Web#12")
    assert moved.scopes == ("acme/api", "acme/Web")
    assert deleted.about == ("700", "70")


def test_scopes_are_named_as_the_operator_writes_them(connector: GitHubConnector) -> None:
    def scopes(full_name: str, event: str = "issues") -> tuple[str, ...]:
        payload = {"action": "edited", "issue": ISSUE, "repository": {"full_name": full_name}}
        return tell(connector, event, payload).scopes

    assert scopes("ACME/WEB") == ("acme/Web",)
    assert scopes("Acme-Labs/Try") == ("Acme-Labs/Try",)
    assert scopes("acme-apps/till") == ("acme-apps/till",)
    assert scopes("acme-apps/Old-till") == ()
    assert scopes("others/api") == ()
    assert scopes("acme/api", "star") == ()
    assert scopes("acme/api", "label") == ("acme/api",)


def test_a_renamed_repository_keeps_its_scope(connector: GitHubConnector) -> None:
    renamed = {
        "action": "renamed",
        "repository": {"full_name": "acme/core"},
        "changes": {"repository": {"name": {"from": "api"}}},
    }
    given = {
        "action": "transferred",
        "repository": {"full_name": "globex/core"},
        "changes": {"owner": {"from": {"organization": {"login": "acme"}}}},
    }

    assert tell(connector, "repository", renamed).scopes == ("acme/api",)
    assert tell(connector, "repository", given).scopes == ("acme/api",)
    later = {"action": "opened", "issue": ISSUE, "repository": {"full_name": "Globex/Core"}}
    assert tell(connector, "issues", later).scopes == ("acme/api",)


def test_a_hook_of_a_repository_that_nobody_knows_is_about_one_of_ours(
    connector: GitHubConnector,
) -> None:
    payload = {"action": "opened", "issue": ISSUE, "repository": {"full_name": "acme/core"}}
    hooked = "x_github_hook_installation_target_type"

    own = tell(connector, "issues", payload, **{hooked: "repository"})
    organizations = tell(connector, "issues", payload, **{hooked: "organization"})

    assert (own.scopes, own.otherwise) == ((), ("acme/api", "acme/Web"))
    assert organizations.otherwise == ()


def test_links_between_repositories_are_read_at_both_ends(connector: GitHubConnector) -> None:
    parts = {
        "action": "parent_issue_added",
        "parent_issue": {"id": 1},
        "parent_issue_repo": API,
        "sub_issue": {"id": 2},
        "sub_issue_repo": {"full_name": "acme/Web"},
    }
    waits = {
        "action": "blocked_by_added",
        "blocked_issue": {"id": 3},
        "blocking_issue": {"id": 4},
        "blocking_issue_repo": {"full_name": "acme/Web"},
    }

    whole, waiting = (
        tell(connector, "sub_issues", parts),
        tell(connector, "issue_dependencies", waits),
    )

    assert {*whole.scopes} == {*waiting.scopes} == {"acme/api", "acme/Web"}
    assert ({*whole.about}, {*waiting.about}) == ({"1", "2"}, {"3", "4"})


def test_issues_whose_links_are_others_now_are_named_for_their_change_is_none_to_github(
    connector: GitHubConnector,
) -> None:
    part = {"parent_issue": {"id": 1, "number": 11}, "sub_issue": {"id": 2, "number": 12}}
    waits = {"blocked_issue": {"id": 3, "number": 13}, "blocking_issue": {"id": 4, "number": 14}}
    web, strange = {"full_name": "acme/Web"}, {"full_name": "elsewhere/lib"}

    def items(event: str, **parts: Any) -> Any:
        return tell(connector, event, {"action": "whatever", **parts}).items

    assert items("sub_issues", **part, sub_issue_repo=web) == {
        "acme/api": {"1": "acme/api#11"},
        "acme/Web": {"2": "acme/Web#12"},
    }
    assert items("sub_issues", **part, parent_issue_repo=strange) == {
        "acme/api": {"2": "acme/api#12"}
    }
    assert items("issue_dependencies", **waits, blocking_issue_repo=web) == {
        "acme/api": {"3": "acme/api#13"}
    }
    assert items("issue_dependencies", **waits, blocked_issue_repo=web) == {
        "acme/Web": {"3": "acme/Web#13"}
    }
    assert items("issue_dependencies", blocked_issue={"id": 3}) == {}
    assert items("issues", issue=ISSUE) == {}


@pytest.mark.parametrize("action", ["field_added", "field_removed"])
def test_an_issue_whose_own_fields_are_others_now_is_named_as_well(
    connector: GitHubConnector, action: str
) -> None:
    value = {"id": 1, "issue_field_id": 7, "value": "2026-03-09"}
    body = {"action": action, "issue": ISSUE, "issue_field_value": value, "repository": API}
    assert tell(connector, "issues", body).items == {"acme/api": {"700": "acme/api#3"}}


def test_a_projects_item_leads_to_its_issue(connector: GitHubConnector) -> None:
    def about(content_type: str, node: str) -> tuple[str, ...]:
        item = {"content_type": content_type, "content_node_id": node}
        return tell(
            connector, "projects_v2_item", {"action": "edited", "projects_v2_item": item}
        ).about

    assert about("Issue", "I_kwDOCG5vGM5La0aB") == (str(0x4B6B4681),)
    assert about("DraftIssue", "DI_lADOAWcTxs07G84AIjOy") == ()
    for odd in ("", "I_", "I_%%%", "MDU6SXNzdWUx", "I_kw"):
        assert about("Issue", odd) == ()


def test_a_hook_that_sends_forms_is_read_too(connector: GitHubConnector) -> None:
    payload = json.dumps({"action": "opened", "issue": ISSUE, "repository": API})
    form = {"content_type": "application/x-www-form-urlencoded"}

    def receive(body: bytes) -> Delivery:
        return connector.receive(signed("issues", body, **form), body)

    assert receive(urlencode({"payload": payload}).encode()).scopes == ("acme/api",)
    for body in (b"", b"payload", b"other=1", b"payload=%7B"):
        assert refusal(connector, signed("issues", body, **form), body) == 400


def test_a_delivery_without_an_id_is_known_by_itself(connector: GitHubConnector) -> None:
    def identified(body: bytes, delivery: str) -> str:
        return connector.receive({**signed("ping", body), "x-github-delivery": delivery}, body).id

    assert identified(b"{}", "") == identified(b"{}", "x" * 1000)
    assert identified(b"{}", "") != identified(b"{ }", "")


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="GitHub's own examples are not here")
def test_githubs_own_examples_are_read() -> None:
    connector = make(repositories=["Codertocat/Hello-World"])
    read = scoped = absent = 0
    for path in sorted(EXAMPLES.glob("*.json")):
        for payload in json.loads(path.read_bytes()):
            body = json.dumps(payload).encode()
            told = connector.receive(signed(path.stem, body), body)
            read += 1
            scoped += bool(told.scopes)
            absent += len(told.batch.absences) if told.batch is not None else 0

    assert read > 80
    assert scoped > 30
    assert absent == 2
