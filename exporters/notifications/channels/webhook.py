"""A signed webhook: the message as JSON to a program of the operator's."""

import hashlib
import hmac

from slipwatch.config.notifications import SignedWebhookSettings

from ..channel import Envelope, encode, post
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
        body = encode(
            {"schema": "slipwatch/notification/1", "text": as_text(message), **to_body(message)}
        )
        digest = hmac.new(self._settings.secret.reveal().encode(), body, hashlib.sha256).hexdigest()
        post(self._settings.url, body, {SIGNATURE: f"sha256={digest}", DELIVERY: message.key})
