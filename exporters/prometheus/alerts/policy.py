"""What an operator may want to change about the alerts: all of it in one place."""

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Selectors, links, thresholds and waits of all alerts.

    Waits are durations as Prometheus writes them. ``for`` waits until a signal has lasted,
    ``keep_firing_for`` until it has stayed away: a restart of slipwatch or one better forecast
    ends no alert.
    """

    job: str = "slipwatch"
    """The job under which Prometheus scrapes slipwatch."""
    runbooks: str = "https://slipwatch.example/docs/runbooks"
    """Where docs/runbooks/ can be read by those who get the messages."""
    grafana: str = ""
    """The Grafana that has slipwatch's dashboards; without it alerts link to none."""
    external_url: str = ""
    """Where people reach slipwatch's pages; without it alerts link to none."""
    interval: str = "1m"
    """How often rules are evaluated; past five minutes they miss one another's results."""

    unlikely: float = 0.5
    """A smaller chance to keep a commitment is an alert, as for SCH-001."""
    unsure: float = 0.85
    """A commitment is judged at P85: with a smaller chance it is threatened."""
    heavy: float = 5
    """Commitments of this weight and more are critical."""
    slipping_workdays: int = 5
    """So much later in a week is fast."""
    impact_workdays: int = 3
    """A slip that costs another project's commitment so many days has reached it."""
    growth: float = 0.2
    """Scope that grew by more than this share of its baseline."""
    overrun: float = 0.1
    """A program that costs more than its budget by this share, as for BUD-004."""
    inefficient: float = 0.9
    """A smaller cost performance index, as for a high finding of BUD-001."""
    sound: float = 0.5
    """A smaller share of passed schedule checks makes a schedule unsound."""
    checks: int = 8
    """With fewer checks that can be told nothing is said of a schedule."""
    evidence_days: int = 30
    """So many days before evidence stops counting it is time to review it."""
    source_age: int = 24 * 60 * 60
    """Seconds; as long as slipwatch itself takes a source for fresh."""
    requests_left: int = 100
    """With fewer requests before its rate limit a source is about to close."""
    assessment_age: int = 2 * 60 * 60
    """Seconds."""
    assessment_failures: int = 3
    """So many in an hour are no accident."""
    delivery_failures: int = 3
    """So many in an hour, on one channel, are no accident."""

    report_delay: int = 4 * 60 * 60
    """Seconds after which a report that was due is missed."""

    lasts: str = "2h"
    """For forecasts, which move with every sync."""
    reaches: str = "1h"
    """For the cause of other alerts, which has to be known before them."""
    holds: str = "1h"
    """For dates and findings, which hold until somebody acts."""
    gone: str = "12h"
    """Until what was forecast counts as over."""
    mended: str = "1d"
    """Until the cause of other alerts counts as over: after them, or they would speak up."""
    outage: str = "2h"
    """Longer than slipwatch may be down without an alert ending and beginning anew."""

    @property
    def selector(self) -> str:
        """Give the matcher that every selector of a metric of slipwatch has."""
        return f"job={json.dumps(self.job, ensure_ascii=False)}"
