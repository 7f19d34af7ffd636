"""Each channel hands its message to a real receiver, and says what to do when that fails."""

import hashlib
import hmac
import socket
import time

import msgspec
import pytest

from slipwatch.config.base import MissingSecretError
from slipwatch.config.notifications import ChannelSettings
from slipwatch.exporters.notifications import channel as channels
from slipwatch.exporters.notifications.channel import Channel, Envelope, GiveUp, TryLater
from slipwatch.exporters.notifications.message import Message, from_body
from slipwatch.exporters.notifications.table import CHANNELS, make_channel
from tests.receivers import HttpReceiver, MailReceiver, Reply

SECRET = "s3cret-of-the-receiver"


def make(kind: str, **settings: object) -> Channel:
    return make_channel(ChannelSettings.model_validate({kind: settings}))


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch, http: HttpReceiver) -> None:
    monkeypatch.setenv("SECRET", SECRET)
    monkeypatch.setenv("URL", f"{http.url}/{SECRET}")
    monkeypatch.setattr(channels, "READ", 0.3)


@pytest.fixture
def over_http(http: HttpReceiver) -> dict[str, Channel]:
    """Give the channels that speak HTTP."""
    url, secret = {"env": "URL"}, {"env": "SECRET"}
    return {
        "webhook": make("webhook", url=f"{http.url}/hook", secret=secret),
        "slack": make("slack", url=url),
        "bot": make("slack", token=secret, channel="C1", api=http.url),
        "teams": make("teams", url=url),
        "pagerduty": make("pagerduty", routing_key=secret, url=http.url),
    }


def test_every_kind_that_the_settings_know_is_in_the_table() -> None:
    assert list(CHANNELS) == list(ChannelSettings.model_fields)


def test_a_webhook_is_signed_and_the_same_bytes_each_time(
    http: HttpReceiver, message: Message, opening: Envelope
) -> None:
    channel = make("webhook", url=f"{http.url}/hook", secret={"env": "SECRET"})
    channel.send(message, opening)
    channel.send(message, opening)
    first, second = http.received
    assert first.body == second.body
    digest = hmac.new(SECRET.encode(), first.body, hashlib.sha256).hexdigest()
    assert first.headers["x-slipwatch-signature-256"] == f"sha256={digest}"
    assert first.headers["x-slipwatch-delivery"] == message.key
    assert first.json["schema"] == "slipwatch/notification/1"
    assert from_body(first.json) == message


def test_slack_gets_blocks_and_a_bot_answers_in_its_thread(
    http: HttpReceiver, message: Message, opening: Envelope, answer: Envelope
) -> None:
    make("slack", url={"env": "URL"}).send(message, opening)
    assert [block["type"] for block in http.received[0].json["blocks"]] == [
        "header",
        "rich_text",
        "rich_text",
        "rich_text",
        "context",
    ]
    bot = make("slack", token={"env": "SECRET"}, channel="C1", api=http.url)
    http.answer = lambda _: Reply(body=b'{"ok": true, "ts": "1.2"}')
    assert bot.send(message, opening) == "1.2"
    assert bot.send(message, answer) == "1.2"
    _, alone, threaded = http.received
    assert alone.path == "/chat.postMessage"
    assert alone.headers["authorization"] == f"Bearer {SECRET}"
    assert "thread_ts" not in alone.json
    assert (threaded.json["channel"], threaded.json["thread_ts"]) == ("C1", "1764000000.000100")


@pytest.mark.parametrize("error", ["", "edit_window_closed", "message_not_found"])
def test_a_bot_marks_the_first_message_when_all_of_a_matter_is_over(
    http: HttpReceiver, message: Message, answer: Envelope, error: str
) -> None:
    bot = make("slack", token={"env": "SECRET"}, channel="C1", api=http.url)
    refusal = Reply(body=f'{{"ok": false, "error": "{error}"}}'.encode())
    taken = Reply(body=b'{"ok": true, "ts": "1.2"}')
    http.answer = lambda sent: refusal if error and sent.path == "/chat.update" else taken
    over = msgspec.structs.replace(message, open=0)
    assert bot.send(over, answer) == "1.2"
    edited, replied = http.received
    assert (edited.path, replied.path) == ("/chat.update", "/chat.postMessage")
    assert (edited.json["channel"], edited.json["ts"]) == ("C1", "1764000000.000100")
    assert edited.json["text"] == "✅ Over since 2026-11-23: API 2.0 will be late."
    assert "API 2.0 will be late." in str(edited.json["blocks"][1])
    assert replied.json["thread_ts"] == "1764000000.000100"


def test_a_bot_that_cannot_mark_it_now_answers_only_once_it_has(
    http: HttpReceiver, message: Message, answer: Envelope
) -> None:
    bot = make("slack", token={"env": "SECRET"}, channel="C1", api=http.url)
    over = msgspec.structs.replace(message, open=0)
    http.answer = lambda _: Reply(body=b'{"ok": false, "error": "ratelimited"}')
    with pytest.raises(TryLater, match=r"^answered ratelimited$"):
        bot.send(over, answer)
    http.answer = lambda _: Reply(body=b'{"ok": true, "ts": "1.2"}')
    bot.send(over, answer)
    assert [sent.path for sent in http.received] == [
        "/chat.update",
        "/chat.update",
        "/chat.postMessage",
    ]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"ok": false, "error": "ratelimited"}', TryLater),
        (b'{"ok": false, "error": "channel_not_found"}', TryLater),
        (b'{"ok": false, "error": "invalid_blocks"}', GiveUp),
        (b"<html>", TryLater),
    ],
)
def test_what_slack_says_with_200_counts(
    http: HttpReceiver, message: Message, opening: Envelope, body: bytes, error: type[Exception]
) -> None:
    http.answer = lambda _: Reply(body=body)
    bot = make("slack", token={"env": "SECRET"}, channel="C1", api=http.url)
    with pytest.raises(error):
        bot.send(message, opening)


def test_teams_gets_an_adaptive_card(
    http: HttpReceiver, message: Message, opening: Envelope
) -> None:
    make("teams", url={"env": "URL"}).send(message, opening)
    (received,) = http.received
    (attachment,) = received.json["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert [part["type"] for part in card["body"]].count("ActionSet") == 2


def test_pagerduty_has_one_incident_for_a_matter_and_resolves_it(
    http: HttpReceiver, message: Message, answer: Envelope
) -> None:
    channel = make("pagerduty", routing_key={"env": "SECRET"}, url=http.url)
    channel.send(message, answer)
    channel.send(msgspec.structs.replace(message, key="k3", open=0), answer)
    events = [received.json for received in http.received]
    assert [event["event_action"] for event in events] == ["trigger", "resolve"]
    assert {event["dedup_key"] for event in events} == {"slipwatch-k1"}
    assert events[0]["payload"]["severity"] == "error"
    assert events[0]["routing_key"] == SECRET
    assert events[0]["links"] == [
        {"href": "https://acme.example/7", "text": "Open API 2.0 is late."}
    ]


@pytest.mark.parametrize("status", [301, 401, 403, 404, 408, 429, 500, 503])
def test_an_error_of_the_receiver_is_tried_again(
    http: HttpReceiver,
    over_http: dict[str, Channel],
    message: Message,
    opening: Envelope,
    status: int,
) -> None:
    headers = {"Retry-After": "17", "Location": http.url}
    http.answer = lambda _: Reply(status, headers=headers)
    for name, channel in over_http.items():
        with pytest.raises(TryLater, match=f"^answered {status}$") as caught:
            channel.send(message, opening)
        assert caught.value.retry_after == 17, name
    assert len(http.received) == len(over_http)


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_message_that_is_refused_is_given_up(
    http: HttpReceiver,
    over_http: dict[str, Channel],
    message: Message,
    opening: Envelope,
    status: int,
) -> None:
    http.answer = lambda _: Reply(status)
    for channel in over_http.values():
        with pytest.raises(GiveUp, match=f"^refused with {status}$"):
            channel.send(message, opening)


def test_a_receiver_that_hangs_up_or_is_silent_is_tried_again(
    http: HttpReceiver, over_http: dict[str, Channel], message: Message, opening: Envelope
) -> None:
    http.answer = lambda _: Reply(None)
    for channel in over_http.values():
        with pytest.raises(TryLater, match=r"^no answer \(ConnectionError\)$"):
            channel.send(message, opening)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(TryLater, match=r"^no answer \(ReadTimeout\)$"):
            make("webhook", url=url, secret={"env": "SECRET"}).send(message, opening)
        assert time.monotonic() - began < 5


def test_no_error_shows_an_address_or_a_secret(
    http: HttpReceiver,
    over_http: dict[str, Channel],
    message: Message,
    opening: Envelope,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    for reply in (Reply(500, SECRET.encode()), Reply(400, SECRET.encode()), Reply(None)):
        http.answer = lambda _, reply=reply: reply  # type: ignore[misc]
        for channel in over_http.values():
            with pytest.raises((TryLater, GiveUp)) as caught:
                channel.send(message, opening)
            said.append(str(caught.value))
    monkeypatch.setenv("URL", SECRET)
    with pytest.raises(TryLater) as wrong:
        over_http["slack"].send(message, opening)
    said.append(str(wrong.value))
    assert not [text for text in said if SECRET in text or "127.0.0.1" in text]


def test_a_secret_that_is_missing_is_named(
    over_http: dict[str, Channel],
    message: Message,
    opening: Envelope,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SECRET")
    with pytest.raises(MissingSecretError, match="SECRET is not set"):
        over_http["webhook"].send(message, opening)


def mailer(mail: MailReceiver, **more: object) -> Channel:
    settings = {
        "host": "127.0.0.1",
        "port": mail.port,
        "tls": "none",
        "sender": "slipwatch@acme.example",
        "to": ["sam@acme.example", "dana@acme.example"],
    }
    return make("smtp", **{**settings, **more})


def test_a_mail_has_two_parts_and_says_that_a_machine_wrote_it(
    mail: MailReceiver, message: Message, opening: Envelope
) -> None:
    mailer(mail).send(message, opening)
    (received,) = mail.mails
    assert mail.recipients == [["sam@acme.example", "dana@acme.example"]]
    assert received["Subject"] == "[slipwatch] API 2.0 is late."
    assert received["Message-ID"] == "<k2@acme.example>"
    assert received["Auto-Submitted"] == "auto-generated"
    assert received["List-Id"] == "slipwatch <slipwatch.acme.example>"
    assert (received["In-Reply-To"], received["References"]) == (None, None)
    text, page = received.iter_parts()
    assert (text.get_content_type(), page.get_content_type()) == ("text/plain", "text/html")
    assert "Worse, high: API 2.0 is late. (SCH-001)" in text.get_content()
    assert '<a href="https://acme.example/7">' in page.get_content()
    assert "… and 2 more." in page.get_content()


def test_mails_about_one_matter_form_a_thread(
    mail: MailReceiver, message: Message, answer: Envelope
) -> None:
    mailer(mail).send(message, answer)
    (received,) = mail.mails
    assert received["Subject"] == "Re: [slipwatch] API 2.0 will be late."
    assert received["In-Reply-To"] == received["References"] == "<k1@acme.example>"
    assert received.get_body(("plain",)).get_content().startswith("API 2.0 is late.\r\n")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("command", "reply", "error"),
    [
        ("RCPT", b"550 unknown", GiveUp),
        ("RCPT", b"451 greylisted", TryLater),
        ("MAIL", b"421 busy", TryLater),
        ("MAIL", b"552 too large", GiveUp),
        ("DATA", b"554 spam", GiveUp),
        ("DATA", b"452 full", TryLater),
    ],
)
def test_what_a_mail_server_answers_decides(
    mail: MailReceiver,
    message: Message,
    opening: Envelope,
    command: str,
    reply: bytes,
    error: type[Exception],
) -> None:
    mail.replies[command] = reply
    with pytest.raises(error, match=reply[:3].decode()):
        mailer(mail).send(message, opening)
    assert mail.mails == []


def test_a_mail_that_was_taken_is_not_sent_again_because_of_a_bad_goodbye(
    mail: MailReceiver, message: Message, opening: Envelope
) -> None:
    mail.replies["QUIT"] = b"500 what?"
    mailer(mail).send(message, opening)
    mail.hangs_up_after_mail = True
    mailer(mail).send(message, opening)
    assert len(mail.mails) == 2


def test_a_mail_server_without_encryption_is_given_no_mail(
    mail: MailReceiver, message: Message, opening: Envelope
) -> None:
    with pytest.raises(TryLater, match="SMTPNotSupportedError"):
        mailer(mail, tls="starttls").send(message, opening)
    with pytest.raises(TryLater, match="SSLError"):
        mailer(mail, tls="implicit").send(message, opening)
    assert mail.mails == []


def test_a_mail_server_that_is_not_there_is_tried_again(
    mail: MailReceiver, message: Message, opening: Envelope
) -> None:
    with pytest.raises(TryLater, match="ConnectionRefusedError"):
        mailer(mail, port=1).send(message, opening)


def test_alertmanager_gets_an_alert_for_each_finding_and_its_end(
    http: HttpReceiver, message: Message, opening: Envelope
) -> None:
    channel = make("alertmanager", urls=[http.url])
    channel.send(message, opening)
    (received,) = http.received
    assert received.path == "/api/v2/alerts"
    firing, over = received.json
    assert firing["labels"]["alertname"] == "SlipwatchFinding"
    assert firing["labels"]["severity"] == "warning"
    assert firing["endsAt"] == "2026-11-23T09:04:00+00:00"
    assert over["endsAt"] == "2026-11-23T09:00:00+00:00"


def test_one_member_of_a_cluster_that_takes_the_alerts_is_enough(
    http: HttpReceiver, message: Message, opening: Envelope
) -> None:
    with HttpReceiver() as other:
        channel = make("alertmanager", urls=[http.url, other.url])
        http.answer = lambda _: Reply(500)
        channel.send(message, opening)
        assert len(http.received) == len(other.received) == 1
        other.answer = http.answer
        with pytest.raises(TryLater):
            channel.send(message, opening)
