"""Alerts about what people report: a status that is better than the data."""

from .model import Alert, Runbook
from .policy import Policy
from .words import looked_up

_COLOUR = '{{ . | first | label "status" }}'


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family; waived findings are none to Prometheus."""
    job = policy.selector
    program, project = (
        looked_up(
            f"slipwatch_{level}_reported_status{{{job},{level}=%q}} == 1",
            "$labels.subject",
            f" It is reported {_COLOUR}.",
        )
        for level in ("program", "project")
    )
    return (
        Alert(
            name="SlipwatchStatusTooGood",
            severity="warning",
            expr="max without (instance, pod, severity) (\n"
            f'  slipwatch_finding_info{{{job},rule="GOV-005"}}\n'
            ") == 1",
            lasts=policy.holds,
            keeps=policy.outage,
            about="program",
            summary="A status is reported better than it is.",
            description="What is reported of {{ $labels.subject }} is better than what its dates, "
            f"cost, scope and benefits say.{program}{project} Talk about the reasons of the "
            "finding: either the report is too good, or the data misses something.",
            runbook=Runbook(
                meaning="The rule [GOV-005](../rules/GOV-005.md) is open: the `reported` status is "
                "two levels better than the worst of what is measured, or one level for more than "
                "two weeks. Green outside and red inside is called a watermelon.",
                impact="Those who decide go by a picture that the data does not support, and hear "
                "of the slip when little can be done about it.",
                diagnosis="1. The finding's evidence names the measured colour and its reasons; "
                "`slipwatch health` lists every dimension with its numbers.\n"
                "2. When was the status reported, and what has changed since? "
                "`slipwatch health --changes` tells it by day and cause.",
                mitigation="- Report what the data says, with what is done about it.\n"
                "- Where the data is wrong, mend it: a commitment that was moved, work that is "
                "in no tracker, a dependency that no longer holds.\n"
                "- Where both are right for a time, waive GOV-005 for it, with a reason and an "
                "end.",
            ),
        ),
    )
