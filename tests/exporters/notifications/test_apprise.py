"""Apprise delivers to a real receiver, and says neither where nor what when it cannot."""

import logging
import queue
import socket
import subprocess
import sys
from collections.abc import Callable
from logging.handlers import QueueHandler

import msgspec
import pytest

from slipwatch.config.notifications import ChannelSettings
from slipwatch.exporters.notifications.channel import Channel, Envelope, GiveUp, TryLater
from slipwatch.exporters.notifications.message import Message
from slipwatch.exporters.notifications.table import make_channel
from tests.receivers import HttpReceiver, Reply

SECRET = "s3cret-of-the-receiver"


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch, http: HttpReceiver) -> Channel:
    """Give a channel whose address holds a secret, twice."""
    monkeypatch.setenv("ADDRESS", f"json://sam:{SECRET}@127.0.0.1:{http.port}/{SECRET}")
    return make_channel(ChannelSettings.model_validate({"apprise": {"env": "ADDRESS"}}))


def test_a_service_gets_title_text_and_how_grave_it_is(
    channel: Channel, http: HttpReceiver, message: Message, opening: Envelope
) -> None:
    channel.send(message, opening)
    channel.send(msgspec.structs.replace(message, open=0), opening)
    first, over = (received.json for received in http.received)
    assert first["title"] == "API 2.0 is late."
    assert first["message"].startswith("Worse, high: API 2.0 is late. (SCH-001)\n")
    assert "https://acme.example/7" in first["message"]
    assert (first["type"], over["type"]) == ("failure", "success")


@pytest.mark.parametrize(
    ("reply", "error", "said"),
    [
        (Reply(400), GiveUp, "refused with 400"),
        (Reply(413), GiveUp, "refused with 413"),
        (Reply(302, headers={"Location": "http://127.0.0.1:9"}), TryLater, "answered 302"),
        (Reply(401), TryLater, "answered 401"),
        (Reply(429), TryLater, "answered 429"),
        (Reply(503, body=SECRET.encode()), TryLater, "answered 503"),
        (Reply(None), TryLater, "no answer that Apprise could use"),
    ],
)
def test_what_a_service_answers_decides_what_is_done_next(
    channel: Channel,
    http: HttpReceiver,
    message: Message,
    opening: Envelope,
    reply: Reply,
    error: type[Exception],
    said: str,
) -> None:
    http.answer = lambda _: reply
    with pytest.raises(error, match=f"^{said}$"):
        channel.send(message, opening)
    assert len(http.received) == 1


def test_a_silent_service_is_not_waited_for_longer_than_its_address_says(
    channel: Channel, message: Message, opening: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("ADDRESS", f"json://127.0.0.1:{port}/?rto=0.2")
        with pytest.raises(TryLater, match=r"^no answer that Apprise could use$"):
            channel.send(message, opening)


@pytest.mark.parametrize("address", [SECRET, f"unknown://{SECRET}", f"slack://{SECRET}", "json://"])
def test_an_address_that_is_none_is_not_repeated(
    channel: Channel,
    message: Message,
    opening: Envelope,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    monkeypatch.setenv("ADDRESS", address)
    with pytest.raises(TryLater, match="none that Apprise knows"):
        channel.send(message, opening)


def test_nothing_that_apprise_logs_is_heard(
    channel: Channel, http: HttpReceiver, message: Message, opening: Envelope
) -> None:
    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    ear = QueueHandler(records)
    logging.getLogger().addHandler(ear)
    try:
        for reply in (Reply(500, SECRET.encode()), Reply(None)):
            http.answer = lambda _, reply=reply: reply  # type: ignore[misc]
            with pytest.raises(TryLater):
                channel.send(message, opening)
    finally:
        logging.getLogger().removeHandler(ear)
    assert records.empty()


def test_no_service_mistakes_a_title_for_markup_or_a_mention(
    channel: Channel, http: HttpReceiver, compose: Callable[[str], Message], opening: Envelope
) -> None:
    channel.send(compose("<!channel> @all *b* [x](http://evil.example) <b> :fire: `x`"), opening)
    sent = http.received[0].json
    assert sent["title"] == "‹!channel› ＠all ∗b∗ ［x］（http：//evil.example） ‹b› ：fire： ˋxˋ"
    assert sent["title"] in sent["message"]


def test_a_service_without_such_a_channel_does_not_load_apprise() -> None:
    program = (
        "import sys, slipwatch.exporters.notifications.table, slipwatch.daemon.cli; "
        "sys.exit('apprise' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
