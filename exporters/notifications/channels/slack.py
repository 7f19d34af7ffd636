"""Slack: rich text blocks, whose texts Slack shows as they are, without markup or mentions."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec

from slipwatch.config.notifications import SlackSettings

from ..channel import Envelope, GiveUp, TryLater, encode, post
from ..document import Document
from ..message import Line, Message
from ..wording import (
    ICONS,
    IN_TRACKER,
    WHOLE_DOCUMENT,
    footer,
    head,
    is_over,
    own_links,
    sentences,
)

_FOR_EVER = frozenset(
    {"invalid_blocks", "invalid_arguments", "msg_too_long", "msg_blocks_too_long"}
)
"""Errors of the API that are about the message itself."""

_CANNOT_EDIT = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
"""Errors about a message that nobody can change any more."""


class SlackChannel:
    """Posts to an incoming webhook, or as a bot, which answers in the thread of a matter."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings

    def send(self, message: Message, envelope: Envelope) -> str | None:
        """Post the message; a bot's has a time stamp that names it.

        When all of a matter is over, a bot says so in the message that began it, too.
        """
        payload = _payload(message.title, blocks(message))
        if self._settings.url is not None:
            post(self._settings.url.reveal(), encode(payload))
            return None
        if envelope.receipt is None:
            return self._call("chat.postMessage", payload).timestamp()
        if envelope.first is not None and not message.open:
            # First of all: to do it again, should the answer below fail, changes nothing.
            self._close(envelope.first, envelope.receipt, message.as_of)
        return self._call(
            "chat.postMessage", {**payload, "thread_ts": envelope.receipt}
        ).timestamp()

    def publish(self, document: Document, *, now: datetime) -> None:
        """Post what a document says in short, and where it is."""
        payload = _payload(document.title, document_blocks(document))
        if self._settings.url is not None:
            post(self._settings.url.reveal(), encode(payload))
        else:
            self._call("chat.postMessage", payload).timestamp()

    def _close(self, first: Message, receipt: str, day: date) -> None:
        """Mark the message that began a matter; where that cannot be done, the answer says it."""
        title = f"✅ Over since {day}: {first.title}"
        payload = _payload(title, closed_blocks(first, title))
        answer = self._call("chat.update", {**payload, "ts": receipt})
        if answer.error not in _CANNOT_EDIT:
            answer.timestamp()

    def _call(self, method: str, payload: Mapping[str, object]) -> "_Answer":
        token = self._settings.token
        assert token is not None
        answer = post(
            f"{self._settings.api}/{method}",
            encode({**payload, "channel": self._settings.channel}),
            {
                "Authorization": f"Bearer {token.reveal()}",
                "Content-Type": "application/json; charset=utf-8",
            },
        )
        try:
            return msgspec.json.decode(answer, type=_Answer)
        except msgspec.DecodeError:
            raise TryLater("answered something that is not Slack's") from None


def _payload(title: str, blocks: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        # Shown by notifications, which do read markup: this escapes all of it.
        "text": _escaped(title),
        "mrkdwn": False,
        "parse": "none",
        "link_names": False,
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": blocks,
    }


def blocks(message: Message) -> list[dict[str, Any]]:
    """Write a message as Block Kit blocks."""
    return [
        _header(message.title),
        *(_rich(*_elements(line)) for line in message.lines),
        *(_rich(_link(url, name)) for name, url in own_links(message)),
        {
            "type": "context",
            "elements": [{"type": "plain_text", "text": footer(message), "emoji": False}],
        },
    ]


def closed_blocks(first: Message, title: str) -> list[dict[str, Any]]:
    """Write again what a message told, now that all of it is over."""
    return [_header(title), *(_rich(*_elements(line)) for line in first.lines)]


def document_blocks(document: Document) -> list[dict[str, Any]]:
    """Write what a document says in short as Block Kit blocks."""
    link = [_link(document.link, WHOLE_DOCUMENT)] if document.link else []
    sentences = [{"type": "text", "text": f"{sentence}\n"} for sentence in document.summary]
    return [_header(document.title), *([_rich(*sentences, *link)] if sentences or link else ())]


def _header(title: str) -> dict[str, Any]:
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": title[:150], "emoji": False},
    }


def _rich(*elements: dict[str, Any]) -> dict[str, Any]:
    section = {"type": "rich_text_section", "elements": list(elements)}
    return {"type": "rich_text", "elements": [section]}


def _link(url: str, text: str) -> dict[str, Any]:
    return {"type": "link", "url": url, "text": text}


def _elements(line: Line) -> list[dict[str, Any]]:
    icon = "✅" if is_over(line) else ICONS[line.severity]
    bold = {"type": "text", "text": f"{icon} {head(line)}", "style": {"bold": True}}
    elements: list[dict[str, Any]] = [
        bold,
        *({"type": "text", "text": f"\n{sentence}"} for sentence in sentences(line)),
    ]
    if line.link:
        elements += [
            {"type": "text", "text": "\n"},
            _link(line.link, IN_TRACKER),
        ]
    return elements


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class _Answer(msgspec.Struct):
    """The answer of the API, which comes with 200 for failures too."""

    ok: bool
    ts: str | None = None
    error: str = "an error without a name"

    def timestamp(self) -> str | None:
        """Give what names the message; raises ``TryLater`` and ``GiveUp``."""
        if self.ok:
            return self.ts
        if self.error in _FOR_EVER:
            raise GiveUp(f"refused with {self.error}")
        raise TryLater(f"answered {self.error[:60]}")
