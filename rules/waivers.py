"""Waivers: findings that somebody accepted, until a day."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec.structs import replace

from slipwatch.aggregator.assessment import FindingView
from slipwatch.config.rules import WaiverSettings


class Waivers:
    """What is accepted on a day. Of several for one finding, the one that lasts longest counts."""

    def __init__(self, waivers: Sequence[WaiverSettings], day: date) -> None:
        self._day = day
        self._known: dict[tuple[str, str], WaiverSettings] = {}
        for waiver in sorted(waivers, key=lambda one: (one.holds_on(day), one.expires)):
            if waiver.approved is None or waiver.approved <= day:
                self._known[waiver.rule, waiver.subject] = waiver

    def apply(self, finding: FindingView) -> FindingView:
        """Waive a finding, or let it say that its waiver has expired."""
        waiver = self._known.get((finding.rule, finding.subject))
        if waiver is None:
            return finding
        holds = waiver.holds_on(self._day)
        key = "waiver" if holds else "expired_waiver"
        return replace(
            finding,
            state="waived" if holds else "open",
            message=finding.message if holds else f"{finding.message} {_say_expired(waiver)}",
            evidence={**finding.evidence, key: _evidence(waiver)},
        )


def _say_expired(waiver: WaiverSettings) -> str:
    return f"It was accepted by {waiver.approver} until {waiver.expires.isoformat()}."


def _evidence(waiver: WaiverSettings) -> Mapping[str, Any]:
    return {
        "approver": waiver.approver,
        "reason": waiver.reason,
        "expires": waiver.expires.isoformat(),
    }
