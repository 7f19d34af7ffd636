"""Run as a process by test_notify_killed.py: decides and delivers, and is killed meanwhile.

Each round one more finding shows up, and another gets worse.
"""

import os
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection

from slipwatch.aggregator.assessment import SCHEMA, Assessment, FindingView, Severity
from slipwatch.aggregator.store import open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.daemon.deciding import preview_situation
from slipwatch.daemon.messenger import Courier
from slipwatch.exporters.notifications.deciding import decide
from slipwatch.exporters.notifications.table import make_channel
from slipwatch.exporters.prometheus.monitor import Monitor

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ROUNDS = 25
"""Findings; each is told as new, and three rounds later as worse."""


def settings(url: str) -> SlipwatchSettings:
    """Describe one webhook that is told everything at once."""
    return SlipwatchSettings.model_validate(
        {
            "notifications": {
                "channels": {"hook": {"webhook": {"url": url, "secret": {"env": "SECRET"}}}},
                "routes": [{"to": ["hook"], "remind_after": "never"}],
                "settle": "1s",
            }
        }
    )


def finding(number: int, severity: Severity) -> FindingView:
    """Make a finding that has a cause of its own."""
    return FindingView(
        rule="DQ-006",
        severity=severity,
        subject=f"source-{number:02}",
        state="open",
        since=START.date(),
        value=None,
        threshold=None,
        message="It was not read.",
        evidence={},
        links=(),
        fingerprint=f"f{number:02}",
    )


def assessment(findings: list[FindingView]) -> Assessment:
    """Make an assessment of nothing but findings."""
    return Assessment(
        schema=SCHEMA,
        as_of=START.date(),
        generated_at=START,
        timezone="UTC",
        seed=0,
        trials=100,
        sources=(),
        milestones=(),
        dependencies=(),
        cycles=(),
        projects=(),
        programs=(),
        findings=tuple(findings),
    )


def main(store_url: str, url: str, _parent: Connection) -> None:
    """Go on where the last process ended, until all is told."""
    os.environ["SECRET"] = "s"
    written = settings(url)
    with open_store(store_url) as store:
        began = len(store.findings_life())
        for number in range(began, ROUNDS + 10):
            now = START + timedelta(minutes=number)
            findings = [
                finding(one, "critical" if number - one >= 3 else "high")
                for one in range(min(number + 1, ROUNDS))
            ]
            shown = assessment(findings)
            situation = preview_situation(written, shown, now=now)
            store.record_findings(
                shown.as_of,
                {one.fingerprint: one.severity for one in findings},
                decide=lambda said, situation=situation: decide(  # type: ignore[misc]
                    written.notifications, situation, said
                ),
                at=now,
            )
            courier = Courier(
                store,
                "hook",
                make_channel(written.notifications.channels["hook"]),
                written,
                Monitor("0"),
                now=lambda now=now: now,  # type: ignore[misc]
                lease=timedelta(0),
            )
            courier.deliver_all(lambda: False)
