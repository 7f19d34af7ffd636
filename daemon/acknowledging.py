"""Takes acknowledgements: from signed links, and from the command line."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import structlog

from slipwatch.aggregator.assessment import Assessment
from slipwatch.aggregator.people.names import Names
from slipwatch.aggregator.store import (
    Acknowledgement,
    Notice,
    Notification,
    Store,
    StoreError,
)
from slipwatch.config.base import MissingSecretError
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.notifications.deciding import kept_line
from slipwatch.exporters.notifications.describing import clean
from slipwatch.exporters.notifications.links import (
    BadLinkError,
    ExpiredLinkError,
    sign,
    verify,
)
from slipwatch.exporters.web.acknowledging import Acknowledged, LinkRefusedError, Told

from .wiring import Clock

log = structlog.get_logger(__name__)

NOT_OURS = "This link is not one of ours."
SOMEBODY = "somebody with the link"


def acknowledge_link(settings: SlipwatchSettings, kept: Notification) -> str:
    """Make the link that goes with a message; empty where the settings want none.

    It is the same however often the message is tried. Raises ``MissingSecretError``.
    """
    wanted = settings.notifications.acknowledge
    if wanted is None or settings.external_url is None:
        return ""
    token = sign(wanted.key(), kept.key, kept.created_at + wanted.valid_for)
    return settings.external_link(f"/ack/{token}")


def acknowledge_subject(
    store: Store, assessment: Assessment, about: str, *, by: str, note: str, at: datetime
) -> tuple[int, int]:
    """Acknowledge open findings by their subject or fingerprint.

    Returns how many such findings there are, and for how many that was new.
    """
    found = [
        Acknowledgement(
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            subject=finding.subject,
            at=at,
            by=by,
            note=note,
        )
        for finding in assessment.findings
        if finding.state == "open" and about in (finding.subject, finding.fingerprint)
    ]
    return len(found), store.acknowledge(found)


def shown(
    acknowledgements: Mapping[str, Acknowledgement], settings: SlipwatchSettings
) -> Mapping[str, Acknowledged]:
    """Give acknowledgements as pages show them, by pseudonyms where the settings ask for them.

    Raises ``MissingSecretError``.
    """
    names = Names(settings.people, settings.privacy.pseudonym_key())
    return {name: _shown(one, names) for name, one in acknowledgements.items()}


class AcknowledgementDesk:
    """The links of a running service; threads of the HTTP side call it."""

    def __init__(
        self,
        settings: SlipwatchSettings,
        store: Store,
        *,
        now: Clock,
        tell: Callable[[Mapping[str, Acknowledged]], None],
    ) -> None:
        """Take what hears of every change of what is acknowledged."""
        self._settings = settings
        self._store = store
        self._now = now
        self._tell = tell

    def follow(self, settings: SlipwatchSettings) -> None:
        """Do as the settings say."""
        self._settings = settings

    def told(self, token: str) -> Sequence[Told]:
        """Give what is still open of what a link is about; raises ``LinkRefusedError``."""
        try:
            return self._told(self._open(token))
        except (MissingSecretError, StoreError) as error:
            raise _unable(error) from None

    def acknowledge(self, token: str, by: str, note: str) -> Sequence[Told]:
        """Note that somebody knows of all of that; raises ``LinkRefusedError``."""
        try:
            notices = self._open(token)
            given = [_given(notice, by or SOMEBODY, note, self._now()) for notice in notices]
            if self._store.acknowledge(given):
                log.info("acknowledged", findings=len(given))
                self._tell(shown(self._store.acknowledgements(), self._settings))
            return self._told(notices)
        except (MissingSecretError, StoreError) as error:
            raise _unable(error) from None

    def _open(self, token: str) -> list[Notice]:
        """Find what a message told of and is still open; strangers cost no look at the store."""
        wanted = self._settings.notifications.acknowledge
        if wanted is None:
            raise LinkRefusedError(NOT_OURS, status=404)
        try:
            key = verify(wanted.key(), token, now=self._now())
        except BadLinkError:
            raise LinkRefusedError(NOT_OURS, status=404) from None
        except ExpiredLinkError:
            raise LinkRefusedError(
                "This link has expired. A newer message has one that works.", status=410
            ) from None
        message = self._store.notification(key)
        return [] if message is None else self._store.conversation(message.channel, message.thread)

    def _told(self, notices: Iterable[Notice]) -> list[Told]:
        known = shown(self._store.acknowledgements(), self._settings)
        return [
            Told(
                title=line.title,
                severity=line.severity,
                message=line.message,
                acknowledged=known.get(line.fingerprint),
            )
            for line in map(kept_line, notices)
        ]


def _given(notice: Notice, by: str, note: str, at: datetime) -> Acknowledgement:
    line = kept_line(notice)
    return Acknowledgement(
        fingerprint=line.fingerprint,
        rule=line.rule,
        subject=line.subject,
        at=at,
        by=clean(by, 80),
        note=clean(note),
    )


def _shown(one: Acknowledgement, names: Names) -> Acknowledged:
    by = one.by if one.by == SOMEBODY else names.of_person(one.by)
    return Acknowledged(by=by, at=one.at, note=one.note)


def _unable(error: Exception) -> LinkRefusedError:
    log.warning("not acknowledged", error=str(error))
    return LinkRefusedError("That cannot be noted now. Try again later.", status=503)
