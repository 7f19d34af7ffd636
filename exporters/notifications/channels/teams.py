"""Microsoft Teams: an adaptive card of rich text blocks, whose runs know no markdown."""

from datetime import datetime
from typing import Any

from slipwatch.config.notifications import TeamsSettings

from ..channel import Envelope, encode, post
from ..document import Document
from ..message import Line, Message
from ..wording import IN_TRACKER, WHOLE_DOCUMENT, footer, head, is_over, own_links, sentences

_COLORS = {"critical": "attention", "high": "attention", "medium": "warning"}


class TeamsChannel:
    """Posts to a workflow; cards cannot answer one another there."""

    def __init__(self, settings: TeamsSettings) -> None:
        self._settings = settings

    def send(self, message: Message, envelope: Envelope) -> None:
        """Post the message."""
        self._post(card(message))

    def publish(self, document: Document, *, now: datetime) -> None:
        """Post what a document says in short, and where it is."""
        self._post(document_card(document))

    def _post(self, content: dict[str, Any]) -> None:
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": content,
        }
        post(self._settings.url.reveal(), encode({"type": "message", "attachments": [attachment]}))


def card(message: Message) -> dict[str, Any]:
    """Write a message as an adaptive card."""
    return _card(
        message.title,
        *(block for line in message.lines for block in _blocks(line)),
        *(_button(url, name) for name, url in own_links(message)),
        _block(_run(footer(message), isSubtle=True)),
    )


def document_card(document: Document) -> dict[str, Any]:
    """Write what a document says in short as an adaptive card."""
    return _card(
        document.title,
        *(_block(_run(sentence)) for sentence in document.summary),
        *([_button(document.link, WHOLE_DOCUMENT)] if document.link else ()),
    )


def _card(title: str, *body: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "fallbackText": "A message of slipwatch.",
        "body": [_block(_run(title, size="large", weight="bolder")), *body],
    }


def _blocks(line: Line) -> list[dict[str, Any]]:
    color = "good" if is_over(line) else _COLORS.get(line.severity, "default")
    shown: list[dict[str, Any]] = [
        _block(_run(head(line), weight="bolder", color=color), separator=True),
        *(_block(_run(sentence)) for sentence in sentences(line)),
    ]
    if line.link:
        shown.append(_button(line.link, IN_TRACKER))
    return shown


def _button(url: str, title: str) -> dict[str, Any]:
    action = {"type": "Action.OpenUrl", "title": title, "url": url}
    return {"type": "ActionSet", "actions": [action]}


def _block(run: dict[str, Any], **layout: object) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [run], **layout}


def _run(text: str, **style: object) -> dict[str, Any]:
    return {"type": "TextRun", "text": text, **style}
