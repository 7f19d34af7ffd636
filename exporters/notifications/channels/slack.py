"""Slack: rich text blocks, whose texts Slack shows as they are, without markup or mentions."""

from datetime import datetime
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


class SlackChannel:
    """Posts to an incoming webhook, or as a bot, which answers in the thread of a matter."""

    def __init__(self, settings: SlackSettings) -> None:
        self._settings = settings

    def send(self, message: Message, envelope: Envelope) -> str | None:
        """Post the message; a bot's has a time stamp that names it."""
        return self._post(message.title, blocks(message), envelope.receipt)

    def publish(self, document: Document, *, now: datetime) -> None:
        """Post what a document says in short, and where it is."""
        self._post(document.title, document_blocks(document))

    def _post(
        self, title: str, blocks: list[dict[str, Any]], receipt: str | None = None
    ) -> str | None:
        payload: dict[str, Any] = {
            # Shown by notifications, which do read markup: this escapes all of it.
            "text": _escaped(title),
            "mrkdwn": False,
            "parse": "none",
            "link_names": False,
            "unfurl_links": False,
            "unfurl_media": False,
            "blocks": blocks,
        }
        if self._settings.url is not None:
            post(self._settings.url.reveal(), encode(payload))
            return None
        assert self._settings.token is not None
        payload["channel"] = self._settings.channel
        if receipt is not None:
            payload["thread_ts"] = receipt
        answer = post(
            f"{self._settings.api}/chat.postMessage",
            encode(payload),
            {
                "Authorization": f"Bearer {self._settings.token.reveal()}",
                "Content-Type": "application/json; charset=utf-8",
            },
        )
        return _timestamp(answer)


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


def _timestamp(answer: bytes) -> str | None:
    """Read the answer of the API, which is 200 for failures too."""
    try:
        said = msgspec.json.decode(answer, type=_Answer)
    except msgspec.DecodeError:
        raise TryLater("answered something that is not Slack's") from None
    if said.ok:
        return said.ts
    if said.error in _FOR_EVER:
        raise GiveUp(f"refused with {said.error}")
    raise TryLater(f"answered {said.error[:60]}")


class _Answer(msgspec.Struct):
    ok: bool
    ts: str | None = None
    error: str = "an error without a name"
