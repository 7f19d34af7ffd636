"""PagerDuty: an incident for each matter, which is resolved when all of it is over."""

from slipwatch.config.notifications import PagerDutySettings

from ..channel import Envelope, encode, post
from ..message import Message
from ..wording import as_text

_SEVERITIES = {
    "critical": "critical",
    "high": "error",
    "medium": "warning",
    "low": "info",
    "info": "info",
}


class PagerDutyChannel:
    """Sends events; those of one matter have one dedup key."""

    def __init__(self, settings: PagerDutySettings) -> None:
        self._settings = settings

    def send(self, message: Message, envelope: Envelope) -> None:
        """Trigger or resolve; the dedup key makes a repeated event no second incident."""
        event = {
            "routing_key": self._settings.routing_key.reveal(),
            "event_action": "trigger" if message.open else "resolve",
            "dedup_key": f"slipwatch-{message.thread}",
            "client": "slipwatch",
            **({"client_url": message.page} if message.page else {}),
            "links": [
                {"href": line.link, "text": f"Open {line.title}"}
                for line in message.lines
                if line.link
            ],
            "payload": {
                "summary": message.title[:1024],
                "source": "slipwatch",
                "severity": _SEVERITIES[message.severity],
                "custom_details": {"text": as_text(message)},
            },
        }
        post(self._settings.url, encode(event))
