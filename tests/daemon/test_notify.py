"""Notifications as an operator sees them: the service, and slipwatch notify."""

import re
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.clock import TODAY
from tests.receivers import HttpReceiver, Received, Reply

from .running import Commands, Running, eventually, write_config


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as running:
        yield running


@pytest.fixture
def overdue(receiver: HttpReceiver, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Give settings with one milestone that is long overdue, and one channel."""
    monkeypatch.setenv("SECRET", "a-secret-of-the-receiver")
    milestone = {
        "id": "launch",
        "title": "Launch <!channel>",
        "duration": "5wd",
        "commitment": "2026-01-05",
    }
    return {
        "assess": {"every": "1s", "trials": 100},
        "programs": [
            {
                "id": "shop",
                "title": "Shop",
                "projects": [{"id": "web", "milestones": [milestone]}],
            }
        ],
        "notifications": {
            "channels": {"hook": {"webhook": {"url": receiver.url, "secret": {"env": "SECRET"}}}},
            "routes": [{"to": ["hook"], "rules": ["SCH-003"], "min_severity": "low"}],
            "settle": "1s",
        },
    }


def delivered(receiver: HttpReceiver) -> list[Received]:
    """List what arrived, what came twice only once."""
    return list({one.headers["x-slipwatch-delivery"]: one for one in receiver.received}.values())


def test_a_service_tells_of_a_finding_once_and_of_its_end_in_the_same_conversation(
    start: Callable[..., Running],
    receiver: HttpReceiver,
    overdue: dict[str, Any],
    tmp_path: Path,
) -> None:
    receiver.reply_once(Reply(None))
    with start(overdue) as service:
        eventually(lambda: receiver.received)
        eventually(lambda: service.metric("slipwatch_notification_failures_total", channel="hook"))
        assert service.metric("slipwatch_notifications_pending", channel="hook") == 1
        service.end(signal.SIGKILL)
    store = tmp_path / "slipwatch.db"
    _forget_waits(store)
    with start(overdue) as service:
        eventually(lambda: service.metric("slipwatch_notifications_pending", channel="hook") == 0)
        (first,) = delivered(receiver)
        assert first.json["lines"][0]["rule"] == "SCH-003"
        assert first.json["open"] == 1
        overdue["programs"][0]["projects"][0]["milestones"][0]["finished"] = str(TODAY)
        write_config(tmp_path, overdue)
        service.send(signal.SIGHUP)
        eventually(lambda: len(delivered(receiver)) == 2)
        over = delivered(receiver)[1].json
        assert (over["lines"][0]["change"], over["open"]) == ("resolved", 0)
        assert over["thread"] == first.json["key"]
        code, seconds = service.end()
        assert (code, seconds < 5) == (0, True)
        assert "a-secret-of-the-receiver" not in service.log


def _forget_waits(path: Path) -> None:
    """Let the half minute pass after which a service tries again."""
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE notifications SET not_before = NULL")
    connection.close()


def test_a_link_in_a_message_acknowledges_what_it_told(
    start: Callable[..., Running],
    slipwatch: Commands,
    receiver: HttpReceiver,
    overdue: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LINKS", "a-secret-that-signs-links-0123456789")
    outside = "https://slipwatch.acme.example/pm"
    overdue["external_url"] = f"{outside}/"
    overdue["notifications"]["acknowledge"] = {"secret": {"env": "LINKS"}}
    with start(overdue) as service:
        (told,) = eventually(lambda: delivered(receiver))
        link = told.json["acknowledge"]
        assert link.startswith(f"{outside}/ack/")
        assert f"Acknowledge: {link}" in told.json["text"]
        page = link.replace(outside, service.address)
        assert "Launch &lt;!channel&gt;" in httpx.get(page).text
        assert _acknowledged(service) == [None]
        assert httpx.post(page, data={"by": "Ana", "note": "we <b>know</b>"}).status_code == 200
        (known,) = _acknowledged(service)
        assert (known["by"], known["note"]) == ("Ana", "we <b>know</b>")
        landing = httpx.get(service.address).text
        assert "Acknowledged by Ana" in landing
        assert "we &lt;b&gt;know&lt;/b&gt;" in landing
        assert httpx.get(page[:-1] + ("A" if page[-1] != "A" else "B")).status_code == 404
        assert "Ana" in slipwatch("notify", "list").out
        private = {**overdue, "privacy": {"pseudonymise": True, "key": {"env": "LINKS"}}}
        write_config(tmp_path, private)
        listed = slipwatch("notify", "list").out
        assert "Ana" not in listed
        assert re.search(r" p-[0-9a-f]{10} ", listed)
        again = slipwatch("notify", "ack", "shop/web/launch", "--by", "Sam")
        assert again.code == 0
        assert re.fullmatch(r"[1-9]\d* acknowledged, 1 were before\.\n", again.out)
        assert "a-secret-that-signs" not in service.log
    assert b"a-secret-that-signs" not in (tmp_path / "slipwatch.db").read_bytes()


def _acknowledged(service: Running) -> list[Any]:
    """List who knows of the findings that are told."""
    found = httpx.get(f"{service.address}/api/v1/findings").json()
    return [one["acknowledged"] for one in found if one["rule"] == "SCH-003"]


def test_a_finding_is_acknowledged_by_a_command(
    slipwatch: Commands, overdue: dict[str, Any], tmp_path: Path
) -> None:
    write_config(tmp_path, overdue)
    assert slipwatch("assess").code == 0
    done = slipwatch("notify", "ack", "shop/web/launch", "--by", "Sam", "--note", "on it")
    assert done.code == 0
    assert re.fullmatch(r"[1-9]\d* acknowledged, 0 were before\.\n", done.out)
    missing = slipwatch("notify", "ack", "shop/web/lunch")
    assert missing.code == 2
    assert missing.err.startswith("no open finding is about shop/web/lunch; see slipwatch assess")


def test_a_channel_is_tried_by_a_command(
    slipwatch: Commands, receiver: HttpReceiver, overdue: dict[str, Any], tmp_path: Path
) -> None:
    write_config(tmp_path, overdue)
    done = slipwatch("notify", "test", "hook")
    assert (done.code, done.out) == (0, "hook took the message.\n")
    assert receiver.received[0].json["title"] == "slipwatch: a test, nothing has happened"
    receiver.answer = lambda _: Reply(503)
    refused = slipwatch("notify", "test", "hook")
    assert (refused.code, refused.err) == (3, "hook: answered 503\n")
    unknown = slipwatch("notify", "test", "pm")
    assert (unknown.code, unknown.err) == (2, "there is no channel pm; there are hook\n")


def test_what_would_be_told_and_what_was_can_be_looked_at(
    slipwatch: Commands, receiver: HttpReceiver, overdue: dict[str, Any], tmp_path: Path
) -> None:
    write_config(tmp_path, overdue)
    none = slipwatch("notify", "preview")
    assert (none.code, none.err) == (2, "there is no assessment yet\n")
    assert slipwatch("assess").code == 0
    preview = slipwatch("notify", "preview")
    assert preview.out.startswith("To hook: Shop: Launch <!channel> (1 new)\n\nNew, critical: ")
    assert receiver.received == []
    assert slipwatch("notify", "list").out.split() == [
        "Number", "Decided", "Channel", "State", "Acknowledged", "by", "Title",
    ]  # fmt: skip
    eventually(lambda: "waits" in (slipwatch("assess"), slipwatch("notify", "list"))[1].out)
    assert slipwatch("notify", "preview").out == "Nothing would be told.\n"
    assert slipwatch("notify", "preview", "--all").out == preview.out
    missing = slipwatch("notify", "retry", "1")
    assert missing.code == 2
    assert "there is no dead letter 1" in missing.err


def test_the_effective_settings_name_secrets_and_do_not_show_them(
    slipwatch: Commands, overdue: dict[str, Any], tmp_path: Path
) -> None:
    write_config(tmp_path, overdue)
    shown = slipwatch("config", "show").out
    assert "env: SECRET" in shown
    assert "a-secret-of-the-receiver" not in shown
