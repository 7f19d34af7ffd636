"""The life of notifications in a test: what was said, and decisions from time to time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from slipwatch.aggregator.assessment import Assessment, FindingView
from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.store import Acknowledgement, Decision, Notice, Said
from slipwatch.config.notifications import NotificationSettings
from slipwatch.exporters.notifications.deciding import Situation, decide
from slipwatch.exporters.notifications.message import Message, from_body
from slipwatch.exporters.notifications.quiet import Clockwork

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""Ten o'clock in Berlin."""
BERLIN = ZoneInfo("Europe/Berlin")
SETTLE = timedelta(minutes=15)
DAY = timedelta(days=1)


def settings(
    *routes: Mapping[str, object], channels: Sequence[str] = ("pm",)
) -> NotificationSettings:
    webhook = {"webhook": {"url": "http://127.0.0.1/x", "secret": {"env": "SECRET"}}}
    return NotificationSettings.model_validate(
        {
            "channels": dict.fromkeys(channels, webhook),
            "routes": routes or [{"to": ["pm"]}],
        }
    )


@dataclass
class Life:
    """A store of what was said, and a service that decides from time to time."""

    settings: NotificationSettings
    now: datetime = MONDAY
    notices: dict[tuple[str, str], Notice] = field(default_factory=dict)
    waiting: set[tuple[str, str]] = field(default_factory=set)
    keys: list[str] = field(default_factory=list)
    channels: list[str] = field(default_factory=list)
    """Of the messages that were decided last."""
    home: str = ""
    acknowledged: dict[str, Acknowledgement] = field(default_factory=dict[str, Acknowledgement])

    def decide(
        self,
        assessment: Assessment,
        *,
        unknown: frozenset[tuple[str, str]] = frozenset(),
        silent: frozenset[str] = frozenset(),
    ) -> list[Message]:
        """Decide once, and take down what was decided."""
        situation = Situation(
            assessment=assessment,
            clockwork=Clockwork(self.now, BERLIN, {"default": WorkCalendar([1, 2, 3, 4, 5])}),
            unknown=unknown,
            silent=silent,
            home=self.home,
            advice={"SCH-001": "Cut scope, or move the date while it is still your own decision."},
        )
        said = Said(
            notices=self.notices,
            waiting=frozenset(self.waiting),
            acknowledged=self.acknowledged,
        )
        found: Decision = decide(self.settings, situation, said)
        for key in found.forgotten:
            self.notices.pop(key, None)
        for notice in found.notices:
            self.notices[notice.channel, notice.fingerprint] = notice
        for fingerprint in found.ended:
            del self.acknowledged[fingerprint]
        self.channels = [draft.channel for draft in found.drafts]
        self.keys += [draft.key for draft in found.drafts]
        return [from_body(draft.body) for draft in found.drafts]

    def acknowledge(self, finding: FindingView) -> None:
        """Let somebody know of a finding."""
        self.acknowledged[finding.fingerprint] = Acknowledgement(
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            subject=finding.subject,
            at=self.now,
            by="sam",
        )

    def settled(self, assessment: Assessment) -> list[Message]:
        """Decide now and once more when all has settled."""
        first = self.decide(assessment)
        self.now += SETTLE
        return first + self.decide(assessment)


def with_findings(assessment: Assessment, *findings: FindingView) -> Assessment:
    return msgspec.structs.replace(assessment, findings=findings)


def late(assessment: Assessment, days: int) -> Assessment:
    """Let Launch be so many working days late."""
    milestones = tuple(
        msgspec.structs.replace(
            view, slip=msgspec.structs.replace(view.slip, forecast_vs_commitment=days)
        )
        if view.id == "checkout/web/launch"
        else view
        for view in assessment.milestones
    )
    return msgspec.structs.replace(assessment, milestones=milestones)


def graver(assessment: Assessment) -> Assessment:
    first, *others = assessment.findings
    return with_findings(assessment, msgspec.structs.replace(first, severity="critical"), *others)


def changes(messages: list[Message]) -> list[list[str]]:
    return [[line.change for line in message.lines] for message in messages]
