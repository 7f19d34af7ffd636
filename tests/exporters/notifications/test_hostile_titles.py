"""What somebody wrote into a title is read by people, and obeyed by nothing."""

from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest

from slipwatch.aggregator.assessment import Assessment
from slipwatch.config.notifications import ChannelSettings, SmtpSettings
from slipwatch.exporters.notifications.channel import Envelope, encode
from slipwatch.exporters.notifications.channels.mail import compose as compose_mail
from slipwatch.exporters.notifications.channels.slack import blocks
from slipwatch.exporters.notifications.channels.teams import card
from slipwatch.exporters.notifications.describing import Describer, safe_link
from slipwatch.exporters.notifications.message import Line, Message
from slipwatch.exporters.notifications.table import make_channel
from slipwatch.exporters.notifications.wording import as_text
from tests.receivers import HttpReceiver

MARKUP = "<!channel> @channel @here <@U024BE7LH> *bold* [click](javascript:alert(1)) `x` &lt; <b>"
ATTACK = (
    MARKUP + '</title></td><script>alert("x")</script>\r\nBcc: all@acme.example\x1b[31m\u202e\ud800'
)
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
OURS = {"https://github.com/acme/web/milestone/3", "https://slipwatch.acme.example/#checkout"}
"""The links that a message may have."""
SMTP = SmtpSettings(host="h", sender="slipwatch@acme.example", to=("sam@acme.example",))


@pytest.fixture
def line(entitle: Callable[[str, str], Assessment]) -> Line:
    """Give a finding of a tracker in which everything is called so."""
    assessment = entitle(ATTACK, "javascript:alert(1)")
    describer = Describer(assessment, {})
    return describer.line(assessment.findings[1], "new")


@pytest.fixture
def hostile(line: Line, compose: Callable[..., Message]) -> Message:
    """Give the message about it."""
    return msgspec.structs.replace(compose(line.title), lines=(line,))


def texts(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield every key and value of a JSON value."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield str(key), one
            yield from texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts(one)


def test_descriptions_are_single_lines_without_controls(line: Line) -> None:
    said = [line.title, line.message, line.cause, line.hits, line.subject]
    assert all(text.isprintable() for text in said), said
    assert max(map(len, said)) <= 300
    assert line.link == "https://github.com/acme/web/milestone/3"


@pytest.mark.parametrize("url", LINKS)
def test_only_sound_addresses_become_links(url: str) -> None:
    assert safe_link(url) == ""
    assert safe_link("https://acme.example/browse/PAY-1?x=1&y=2#z") != ""


def test_text_has_no_line_that_a_title_began(hostile: Message) -> None:
    assert not [row for row in as_text(hostile).splitlines() if row.startswith("Bcc")]
    assert all(row.isprintable() for row in as_text(hostile).splitlines())


def test_slack_shows_markup_and_mentions_as_they_are_written(hostile: Message) -> None:
    shown = list(texts(blocks(hostile)))
    assert {kind for key, kind in shown if key == "type"} <= {
        "header", "plain_text", "rich_text", "rich_text_section", "text", "link", "context",
    }  # fmt: skip
    assert {url for key, url in shown if key == "url"} == OURS


def test_slacks_notifications_mention_nobody(
    hostile: Message, http: HttpReceiver, opening: Envelope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("URL", http.url)
    make_channel(ChannelSettings.model_validate({"slack": {"url": {"env": "URL"}}})).send(
        hostile, opening
    )
    sent = http.received[0].json
    assert "<" not in sent["text"]
    assert "&lt;!channel&gt;" in sent["text"]
    assert (sent["mrkdwn"], sent["parse"], sent["link_names"]) == (False, "none", False)


def test_a_card_for_teams_has_nothing_that_reads_markdown(hostile: Message) -> None:
    shown = list(texts(card(hostile)))
    kinds = {kind for key, kind in shown if key == "type"}
    assert kinds <= {"AdaptiveCard", "RichTextBlock", "TextRun", "ActionSet", "Action.OpenUrl"}
    assert not [key for key, _ in shown if key in {"entities", "facts", "markdown"}]


class Page(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: set[str | None] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links.update(
            value for name, value in attrs if name not in {"style", "lang", "charset"}
        )


def test_a_mail_has_our_tags_and_headers_only(hostile: Message, opening: Envelope) -> None:
    mail = compose_mail(hostile, opening, SMTP)
    assert mail["Bcc"] is None
    assert "\n" not in mail["Subject"]
    page = Page()
    body = mail.get_body(("html",))
    assert body is not None
    page.feed(body.get_content())
    assert page.tags == {"html", "head", "meta", "title", "body", "h2", "div", "strong", "p", "a"}
    assert page.links == OURS
    assert b"\x1b" not in bytes(mail)


def test_a_hostile_message_is_sound_json(hostile: Message) -> None:
    assert encode(blocks(hostile)).decode()
    assert encode(card(hostile)).decode()
