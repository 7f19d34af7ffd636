"""What somebody wrote into a title is read by people, and obeyed by nothing, in every channel."""

import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.config.notifications import ChannelSettings
from slipwatch.exporters.notifications.channel import Envelope
from slipwatch.exporters.notifications.describing import clean, safe_link
from slipwatch.exporters.notifications.message import Message
from slipwatch.exporters.notifications.table import CHANNELS, make_channel
from tests.receivers import HttpReceiver, MailReceiver, Received, Reply

from .life import MONDAY, Life, settings

TITLES = {
    "HTML": '</td></title><script>alert("x")</script><img src=x onerror=alert(1)> &lt;b&gt;',
    "mentions": "<!channel> <!here> <@U024BE7LH> @channel @here @everyone <at>all</at>",
    "links": "<https://evil.example|click> [click](javascript:alert(1)) ![x](https://evil.example/i)",
    "markdown": "*b* __i__ ~~s~~ `c` # h | a | b | :fire: \\*",
    "controls": "a\x00\x07\x1b[31m\x1b]0;owned\x07\x9b2J\x7f\x08b",
    "bidirectional marks": "a\u202egnp.exe\u2066\u200f\u061cb",
    "quotes": '"\'; DROP TABLE x; --\\" ${jndi:ldap://x} {{ 7*7 }} {% raw %} %s $labels',
    "new lines": "a\r\nBcc: all@acme.example\r\n\r\n.\r\nQUIT\r\n\u2028\u2029\x85b",
    "half a character": "a\ud800b\udfff",
    "great length": "x" * 100_000,
    "nothing to see": " \t\r\n ",
}
READER = "sam@acme.example"
HOME = "https://slipwatch.acme.example"
TRACKER = "https://github.com/acme/web/milestone/3"
OURS = {TRACKER, f"{HOME}/#checkout", f"{HOME}/ack/token"}
"""The links that a message may have."""
LINKS = [
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example",
    'https://acme.example/"><script>',
    "https://acme.example/a b",
    "https://acme.example/|evil",
    "https://acme.example/\x00",
    "https://acme.example/\u202e",
    "https://acme.example/" + "x" * 2000,
    "",
]


@dataclass
class Sent:
    """What a channel delivered, taken apart as its receiver does."""

    texts: list[str] = field(default_factory=list[str])
    """What people read."""
    links: set[str] = field(default_factory=set[str])
    """What they can click on."""


class Page(HTMLParser):
    """Collects the tags, addresses and texts of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str] = set()
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        harmless = {"style", "lang", "charset", "name", "content"}
        self.links.update(value or "" for name, value in attrs if name not in harmless)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def values(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key and value of a JSON value."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield str(key), one
            yield from values(one)
    elif isinstance(value, list):
        for one in value:
            yield from values(one)


def every(value: Any, *keys: str) -> list[str]:
    """List the texts under some keys, however deep."""
    return [one for key, one in values(value) if key in keys and isinstance(one, str)]


def from_slack(received: Received) -> Sent:
    said = received.json
    assert set(every(said, "type")) <= {
        "header", "plain_text", "rich_text", "rich_text_section", "text", "link", "context",
    }  # fmt: skip
    assert (said["mrkdwn"], said["parse"], said["link_names"]) == (False, "none", False)
    assert not {"<", ">"} & set(said["text"])
    assert all(len(block.get("text", {}).get("text", "")) <= 150 for block in said["blocks"])
    return Sent(every(said["blocks"], "text"), set(every(said, "url")))


def from_teams(received: Received) -> Sent:
    card = received.json["attachments"][0]["content"]
    assert set(every(card, "type")) <= {
        "AdaptiveCard", "RichTextBlock", "TextRun", "ActionSet", "Action.OpenUrl",
    }  # fmt: skip
    assert not every(card, "entities", "facts", "markdown")
    return Sent(every(card, "text"), set(every(card, "url")))


def from_pagerduty(received: Received) -> Sent:
    said = received.json
    assert len(said["payload"]["summary"]) <= 1024
    assert set(said["payload"]["custom_details"]) == {"text"}
    return Sent(
        [said["payload"]["summary"], *every(said["links"], "text"), *every(said, "text")],
        {*every(said["links"], "href"), said["client_url"]},
    )


def from_webhook(received: Received) -> Sent:
    digest = hmac.new(b"s", received.body, hashlib.sha256).hexdigest()
    assert received.headers["x-slipwatch-signature-256"] == f"sha256={digest}"
    said = received.json
    texts = every(said, "title", "text", "message", "cause", "hits", "todo", "subject")
    assert all(name.isprintable() for line in said["lines"] for name in line["people"])
    return Sent(texts, {*every(said["lines"], "link"), said["page"], said["acknowledge"]})


def from_alertmanager(received: Received) -> Sent:
    (alert,) = received.json
    assert set(alert["labels"]) == {
        "alertname", "rule", "severity", "program", "subject", "root_cause",
    }  # fmt: skip
    assert set(alert["annotations"]) == {"summary", "description"}
    annotations = list(alert["annotations"].values())
    assert not set("<>@&[]*`|") & set("".join(annotations))
    return Sent([*alert["labels"].values(), *annotations], {alert["generatorURL"]})


def from_apprise(received: Received) -> Sent:
    said = received.json
    texts = [said["title"], said["message"]]
    assert not set("<>@&[]*`|") & set("".join(texts))
    return Sent(texts, {word for word in said["message"].split() if "://" in word})


HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "List-Id", "Auto-Submitted", "MIME-Version",
    "Content-Type",
}  # fmt: skip


def from_mail(received: EmailMessage) -> Sent:
    assert set(received.keys()) <= HEADERS
    assert received["To"] == READER
    text, page = received.iter_parts()
    shown = Page(page.get_content())
    assert shown.tags == {"html", "head", "meta", "title", "body", "h2", "div", "strong", "p", "a"}
    return Sent([str(received["Subject"]), text.get_content(), *shown.texts], shown.links)


APPRISE: dict[str, object] = {"env": "APPRISE"}
READERS: Mapping[str, tuple[str, dict[str, object], Callable[[Any], Sent]]] = {
    "Slack's webhook": ("slack", {"url": {"env": "URL"}}, from_slack),
    "Slack's bot": ("slack", {"token": {"env": "SECRET"}, "channel": "C"}, from_slack),
    "Teams": ("teams", {"url": {"env": "URL"}}, from_teams),
    "mail": (
        "smtp",
        {
            "host": "127.0.0.1",
            "tls": "none",
            "sender": "s@acme.example",
            "to": ["sam@acme.example"],
        },
        from_mail,
    ),
    "PagerDuty": ("pagerduty", {"routing_key": {"env": "SECRET"}}, from_pagerduty),
    "a signed webhook": ("webhook", {"secret": {"env": "SECRET"}}, from_webhook),
    "Alertmanager": ("alertmanager", {}, from_alertmanager),
    "Apprise": ("apprise", APPRISE, from_apprise),
    "Apprise, as Markdown": ("apprise", {**APPRISE, "?": "?format=markdown"}, from_apprise),
    "Apprise, as a page": ("apprise", {**APPRISE, "?": "?format=html"}, from_apprise),
}
"""By channel: its kind, its settings, and how its receiver reads what arrives."""


@pytest.fixture
def deliver(
    http: HttpReceiver, mail: MailReceiver, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str, Message], Sent]:
    """Give a function that sends a message and reads what arrived."""

    def send(name: str, message: Message) -> Sent:
        kind, given, read = READERS[name]
        own = {key: one for key, one in given.items() if key != "?"}
        places: dict[str, dict[str, object]] = {
            "pagerduty": {"url": http.url},
            "webhook": {"url": http.url},
            "alertmanager": {"urls": [http.url]},
            "smtp": {"port": mail.port},
        }
        own.update(places.get(kind, {}))
        if "token" in own:
            own["api"] = http.url
        monkeypatch.setenv("SECRET", "s")
        monkeypatch.setenv("URL", http.url)
        monkeypatch.setenv("APPRISE", f"json://127.0.0.1:{http.port}/{given.get('?', '')}")
        http.answer = lambda _: Reply(body=b'{"ok": true, "ts": "1.2"}')
        channel = make_channel(ChannelSettings.model_validate({kind: own}))
        channel.send(message, Envelope(at=MONDAY, now=MONDAY))
        return read(mail.mails[-1] if kind == "smtp" else http.received[-1])

    return send


def messages(entitle: Callable[[str, str], Assessment], title: str) -> list[Message]:
    """Write the messages about a tracker in which everything is called so."""
    found = Life(settings(), home=HOME).settled(entitle(title, "javascript:alert(1)"))
    return [msgspec.structs.replace(message, acknowledge=f"{HOME}/ack/token") for message in found]


def test_every_kind_of_channel_is_tried() -> None:
    assert {kind for kind, _, _ in READERS.values()} == set(CHANNELS)


@pytest.mark.parametrize("channel", READERS)
def test_no_title_is_more_than_a_text(
    entitle: Callable[[str, str], Assessment],
    deliver: Callable[[str, Message], Sent],
    channel: str,
) -> None:
    for kind, title in TITLES.items():
        for message in messages(entitle, title):
            sent = deliver(channel, message)
            lines = [line for text in sent.texts for line in text.splitlines()]
            assert all(line.isprintable() for line in lines), kind
            assert not [line for line in lines if line.strip().startswith(("Bcc", "QUIT", "."))]
            assert sent.links - {""} <= OURS, kind
            assert max(map(len, lines)) < 2000, kind


VERBATIM = ["Slack's webhook", "Teams", "mail", "PagerDuty", "a signed webhook"]


@pytest.mark.parametrize("channel", VERBATIM)
def test_people_read_what_was_written(
    entitle: Callable[[str, str], Assessment],
    deliver: Callable[[str, Message], Sent],
    channel: str,
) -> None:
    for kind in ("HTML", "mentions", "links", "markdown", "quotes"):
        shown = ""
        for message in messages(entitle, TITLES[kind]):
            shown += " ".join("".join(deliver(channel, message).texts).split())
        assert clean(TITLES[kind], 80) in shown, kind


@pytest.mark.parametrize("url", LINKS)
def test_only_sound_addresses_become_links(url: str) -> None:
    assert safe_link(url) == ""
    assert safe_link("https://acme.example/browse/PAY-1?x=1&y=2#z") != ""
