"""Alertmanager, for sites without Prometheus: an alert for each finding, sent again and again.

It keeps no alerts over a restart, and takes one for resolved that nobody repeats.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from slipwatch.config.notifications import AlertmanagerSettings

from ..channel import Envelope, GiveUp, TryLater, encode, post
from ..defusing import defused_line
from ..message import Line, Message
from ..wording import head, is_over, sentences

LASTS = timedelta(minutes=4)
"""How long an alert goes on that is not repeated: several rounds of a courier."""

_SEVERITIES = {
    "critical": "critical",
    "high": "warning",
    "medium": "warning",
    "low": "info",
    "info": "info",
}


class AlertmanagerChannel:
    """Posts alerts to every member of a cluster; one that takes them is enough."""

    def __init__(self, settings: AlertmanagerSettings) -> None:
        self._settings = settings

    def send(self, message: Message, envelope: Envelope) -> None:
        """Post what is new, and the end of what is over."""
        self._post([alert(line, now=envelope.now) for line in message.lines])

    def refresh(self, lines: Sequence[Line], *, now: datetime) -> None:
        """Post all that was told and is still there."""
        self._post([alert(line, now=now) for line in lines])

    def _post(self, alerts: Iterable[dict[str, Any]]) -> None:
        body = encode(list(alerts))
        failures: list[TryLater | GiveUp] = []
        for url in self._settings.urls:
            try:
                post(f"{url.rstrip('/')}/api/v2/alerts", body)
            except (TryLater, GiveUp) as error:
                failures.append(error)
        if len(failures) == len(self._settings.urls):
            raise failures[0]


def alert(line: Line, *, now: datetime) -> dict[str, Any]:
    """Write a finding as an alert; its labels are what tells it from others.

    What Alertmanager's receivers make of annotations is up to their templates.
    """
    said = defused_line(line)
    ends = now if is_over(line) else now + LASTS
    return {
        "labels": {
            "alertname": "SlipwatchFinding",
            "rule": line.rule,
            "severity": _SEVERITIES[line.severity],
            "program": line.program,
            "subject": line.subject,
            "root_cause": line.root,
        },
        "annotations": {"summary": head(said), "description": " ".join(sentences(said))},
        "startsAt": f"{line.since.isoformat()}T00:00:00Z",
        "endsAt": ends.isoformat(),
        "generatorURL": line.link,
    }
