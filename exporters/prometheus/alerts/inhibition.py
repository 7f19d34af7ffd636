"""An example for Alertmanager: one message per root cause, by program, in business hours."""

from typing import Any

CONSEQUENCES = (
    "SlipwatchCommitmentUnlikely",
    "SlipwatchForecastSlipping",
    "SlipwatchFloatUsedUp",
)
"""What follows from a slip that has been told of."""
WEAKER_THAN_MISSED = (
    "SlipwatchForecastSlipping",
    "SlipwatchFloatUsedUp",
    "SlipwatchDateMovedSilently",
)
WEAKER_THAN_UNLIKELY = ("SlipwatchForecastSlipping", "SlipwatchFloatUsedUp")

INHIBIT: tuple[dict[str, Any], ...] = (
    {
        "source_matchers": ['alertname="SlipwatchSlipReachesCommitment"'],
        "target_matchers": [f'alertname=~"{"|".join(CONSEQUENCES)}"'],
        "equal": ["job", "program", "root_cause"],
    },
    {
        "source_matchers": ['alertname="SlipwatchSlipReachesCommitment"', 'severity="critical"'],
        "target_matchers": ['alertname="SlipwatchSlipReachesCommitment"', 'severity="warning"'],
        "equal": ["job", "program", "root_cause"],
    },
    {
        "source_matchers": ['alertname="SlipwatchCommitmentMissed"'],
        "target_matchers": [f'alertname=~"{"|".join(WEAKER_THAN_MISSED)}"'],
        "equal": ["job", "milestone"],
    },
    {
        "source_matchers": ['alertname="SlipwatchCommitmentUnlikely"'],
        "target_matchers": [f'alertname=~"{"|".join(WEAKER_THAN_UNLIKELY)}"'],
        "equal": ["job", "milestone"],
    },
    {
        "source_matchers": ['alertname="SlipwatchDown"'],
        "target_matchers": [
            'alertname=~"Slipwatch(Source|RateLimit|Assessment|NoData|Notifications|Report|Config).*"',
        ],
        "equal": ["job"],
    },
    {
        "source_matchers": ['alertname=~"SlipwatchSourceStale|SlipwatchRateLimitNearlyUsedUp"'],
        "target_matchers": ['alertname="SlipwatchSourceFailing"'],
        "equal": ["job", "source"],
    },
    {
        "source_matchers": ['alertname="SlipwatchNotificationsFailing"'],
        "target_matchers": ['alertname="SlipwatchNotificationsGivenUp"'],
        "equal": ["job", "channel"],
    },
    {
        "source_matchers": ['alertname="SlipwatchAssessmentFailing"'],
        "target_matchers": ['alertname=~"SlipwatchAssessmentStale|SlipwatchNoData"'],
        "equal": ["job"],
    },
)
"""Which alert makes which other one needless. A label that both lack counts as equal."""


BUSINESS_HOURS: dict[str, Any] = {
    "name": "business-hours",
    "time_intervals": [
        {
            "weekdays": ["monday:friday"],
            "times": [{"start_time": "08:00", "end_time": "18:00"}],
            "location": "Europe/Berlin",
        }
    ],
}


def alertmanager() -> dict[str, Any]:
    """Give the configuration: the rules of inhibition as they are, the receivers to be filled in.

    Nobody is woken for a schedule: messages wait for business hours. Repeats come after four
    days, since Alertmanager forgets after five (``--data.retention``) what it has told of.
    """
    return {
        "global": {
            "smtp_smarthost": "mail.example.com:587",
            "smtp_from": "slipwatch@example.com",
        },
        "route": {
            "receiver": "program-office",
            "group_by": ["program", "root_cause"],
            "group_wait": "5m",
            "group_interval": "1h",
            "repeat_interval": "4d",
            "routes": _routes(),
        },
        "inhibit_rules": [dict(rule) for rule in INHIBIT],
        "receivers": [
            _mailbox("program-office"),
            _mailbox("checkout"),
            _mailbox("operators"),
            {"name": "shown-only"},
        ],
        "time_intervals": [BUSINESS_HOURS],
    }


def _routes() -> list[dict[str, Any]]:
    ours = 'alertname=~"Slipwatch.+"'
    return [
        {"receiver": "operators", "matchers": ['program=""', ours], "group_by": ["job"]},
        {"receiver": "shown-only", "matchers": ['severity="info"', ours]},
        _by_day("checkout", 'program="checkout"'),
        _by_day("program-office", ours),
    ]


def _by_day(receiver: str, matcher: str) -> dict[str, Any]:
    return {
        "receiver": receiver,
        "matchers": [matcher],
        "active_time_intervals": [BUSINESS_HOURS["name"]],
    }


def _mailbox(name: str) -> dict[str, Any]:
    return {
        "name": name,
        "email_configs": [{"to": f"{name}@example.com", "send_resolved": True}],
    }
