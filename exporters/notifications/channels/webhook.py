"""A signed webhook: the message as JSON to a program of the operator's."""

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime

from slipwatch.config.notifications import SignedWebhookSettings

from ..channel import Envelope, encode, post
from ..document import Document
from ..message import Message, to_body
from ..wording import as_text

SIGNATURE = "X-Slipwatch-Signature-256"
DELIVERY = "X-Slipwatch-Delivery"


class WebhookChannel:
    """Posts signed JSON; a receiver takes each delivery id once."""

    def __init__(self, settings: SignedWebhookSettings) -> None:
        self._settings = settings

    def send(self, message: Message, envelope: Envelope) -> None:
        """Post the message, the same bytes each time it is tried."""
        said = {"schema": "slipwatch/notification/1", "text": as_text(message), **to_body(message)}
        self._post(said, message.key)

    def publish(self, document: Document, *, now: datetime) -> None:
        """Post a document, without its PDF."""
        said = {
            "schema": "slipwatch/document/1",
            "key": document.key,
            "title": document.title,
            "summary": document.summary,
            "text": document.text,
            "html": document.html,
            "link": document.link,
        }
        self._post(said, document.key)

    def _post(self, said: Mapping[str, object], delivery: str) -> None:
        body = encode(said)
        digest = hmac.new(self._settings.secret.reveal().encode(), body, hashlib.sha256).hexdigest()
        post(self._settings.url, body, {SIGNATURE: f"sha256={digest}", DELIVERY: delivery})
