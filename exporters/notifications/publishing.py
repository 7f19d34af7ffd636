"""Brings a document to people through the channel that settings describe."""

from dataclasses import replace
from datetime import datetime

from slipwatch.config.notifications import ChannelSettings

from .channel import GiveUp
from .describing import clean, safe_link
from .document import Document, Publisher
from .table import make_channel

MOST_SENTENCES = 10
"""What people read of a summary in a chat."""


def publish(settings: ChannelSettings, document: Document, *, now: datetime) -> None:
    """Deliver a document through the channel of these settings.

    Raises ``TryLater``, ``GiveUp`` (for channels that bring no documents, too) and
    ``MissingSecretError``.
    """
    channel = make_channel(settings)
    if not isinstance(channel, Publisher):
        raise GiveUp(f"a channel of kind {settings.kind} brings no documents")
    sentences = tuple(clean(sentence) for sentence in document.summary)
    harmless = replace(
        document,
        title=clean(document.title, 150),
        summary=tuple(filter(None, sentences))[:MOST_SENTENCES],
        text=_sound(document.text),
        html=_sound(document.html),
        link=safe_link(document.link),
    )
    channel.publish(harmless, now=now)


def _sound(text: str) -> str:
    """Replace halves of characters, which cannot be encoded."""
    return text.encode(errors="replace").decode()
