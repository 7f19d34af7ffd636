"""Apprise: whatever service it knows, by one address that holds all of its secrets."""

import logging
import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING

from slipwatch.config.base import Secret

from ..channel import Envelope, TryLater, judge
from ..defusing import defused, defused_message
from ..document import Document
from ..message import Message
from ..wording import as_text

if TYPE_CHECKING:
    from apprise import NotifyBase

_STATUS = re.compile(r"\berror=(\d{3})\b")

_statuses: ContextVar[list[int] | None] = ContextVar("statuses", default=None)


class AppriseChannel:
    """Sends plain text to the one service that an address stands for."""

    def __init__(self, address: Secret) -> None:
        self._address = address

    def send(self, message: Message, envelope: Envelope) -> None:
        """Send the message; a service that takes less text than it has gets its beginning."""
        harmless = defused_message(message)
        self._notify(harmless.title, as_text(harmless), _kind(message))

    def publish(self, document: Document, *, now: datetime) -> None:
        """Send what a document says in short, and where it is."""
        body = [*map(defused, document.summary), document.link]
        self._notify(defused(document.title), "\n".join(filter(None, body)), "info")

    def _notify(self, title: str, body: str, kind: str) -> None:
        # Apprise takes half a second to import, and most do not need it.
        from apprise import Apprise, NotifyFormat, NotifyType

        with _overhearing() as statuses:
            service = Apprise()
            service.add(self._service())
            if service.notify(
                body=body,
                title=title,
                notify_type=NotifyType(kind),
                body_format=NotifyFormat.TEXT,
            ):
                return
        for status in statuses:
            judge(status)
        raise TryLater("no answer that Apprise could use")

    def _service(self) -> "NotifyBase":
        from apprise import Apprise, AppriseAsset, NotifyFormat, OverflowMode

        asset = AppriseAsset(
            app_id="slipwatch", app_desc="slipwatch", async_mode=False, http_redirects=False
        )
        service = Apprise.instantiate(self._address.reveal(), asset=asset)
        if service is None:
            raise TryLater("what is said to be its address is none that Apprise knows")
        # Markdown would have backslashes in addresses, which not every service takes out again.
        service.notify_format = NotifyFormat.TEXT
        if service.overflow_mode == OverflowMode.UPSTREAM:
            service.overflow_mode = OverflowMode.TRUNCATE
        return service


def _kind(message: Message) -> str:
    if not message.open:
        return "success"
    return {"critical": "failure", "high": "failure", "medium": "warning"}.get(
        message.severity, "info"
    )


@contextmanager
def _overhearing() -> Generator[list[int]]:
    """Collect the HTTP statuses that Apprise meets: its log is the only place that has them.

    The log goes nowhere else, for it quotes addresses and answers.
    """
    logger = logging.getLogger("apprise")
    logger.propagate = False
    if not any(isinstance(handler, _Ear) for handler in logger.handlers):
        logger.addHandler(_Ear(logging.WARNING))
    heard: list[int] = []
    token = _statuses.set(heard)
    try:
        yield heard
    finally:
        _statuses.reset(token)


class _Ear(logging.Handler):
    """Notes statuses for the channel in whose context they are logged."""

    def emit(self, record: logging.LogRecord) -> None:
        heard = _statuses.get()
        if heard is not None:
            heard.extend(int(found) for found in _STATUS.findall(record.getMessage()))
