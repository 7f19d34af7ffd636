"""Alerts about dependencies: what slipwatch's rules found between milestones."""

from .model import Alert, Runbook
from .policy import Policy
from .recording import FINDING, PLAN
from .words import cause, day, link, looked_up, name

THIS = "$labels.milestone"
_BEFORE = '(reReplaceAll " -> .*" "" $labels.subject)'
"""The upstream end of a dependency; its downstream end is the milestone."""
_EXPECTED = day("slipwatch_milestone_forecast_timestamp_seconds", _BEFORE, ',quantile="0.5"')
_PLANNED = looked_up(PLAN + "{milestone=%q}", THIS, f" of {day(PLAN, THIS)}")


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family; waived findings are none to Prometheus."""
    return (
        _dependency_violated(policy),
        _dependency_circular(policy),
        _dependency_unconfirmed(policy),
    )


def _dependency_violated(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchDependencyViolated",
        severity="warning",
        expr=f'{FINDING}{{rule=~"DEP-002|DEP-007"}}',
        lasts=policy.holds,
        keeps=policy.outage,
        summary="A milestone is planned for a day before what it needs can be there.",
        description=f"{name(THIS)} is planned for {day(PLAN, THIS)} and waits for "
        f"{name(_BEFORE)}, which is expected on {_EXPECTED}: too late.{cause()} Bring both "
        f"ends together, and change one of the two dates.{link(THIS)}",
        runbook=Runbook(
            meaning="Two plans contradict each other: a milestone is planned to start before "
            "the one it waits for can be finished ([DEP-002](../rules/DEP-002.md)), or it "
            "needs a delivery by a day that the provider will probably miss "
            "([DEP-007](../rules/DEP-007.md)).",
            impact="People are booked for work that cannot begin, and the downstream date "
            "is fiction.",
            diagnosis="1. The label `subject` names both ends, upstream first.\n"
            "2. `slipwatch assess` shows the finding with both dates and the gap.\n"
            "3. `slipwatch explain` for the upstream end tells what drives it.",
            mitigation="- Move the downstream start, or agree on a smaller first delivery.\n"
            "- If the dependency is not finish-to-start, declare its real type.\n"
            "- To accept it for a while, waive the finding; its subject is the label.",
        ),
    )


def _dependency_circular(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchDependencyCircular",
        severity="warning",
        expr=f'{FINDING}{{rule=~"DEP-004|DEP-005"}}',
        lasts=policy.holds,
        keeps=policy.outage,
        summary="Milestones wait for one another in a circle.",
        description=f"{name(THIS)} and others wait for one another, so that none of "
        f"them can be planned or forecast apart.{link(THIS)}",
        runbook=Runbook(
            meaning="A circle of dependencies: one that can never be worked off "
            "([DEP-004](../rules/DEP-004.md), a deadlock), or one that can be worked off item "
            "by item only ([DEP-005](../rules/DEP-005.md), interleaved). The alert is about "
            "the first member by id.",
            impact="The members of a deadlock and all that waits for them have no forecast: "
            "they are grey, and no other alert can fire for them.",
            diagnosis="1. `slipwatch assess` names all members, `--format json` the edges "
            "and the pairs of issues behind each.\n"
            "2. Begin with the edge that was declared or linked last.",
            mitigation="- Remove or retype the link that is wrong.\n"
            "- If all are right, split one of the milestones at the handover.",
        ),
    )


def _dependency_unconfirmed(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchDependencyUnconfirmed",
        severity="warning",
        expr=f'{FINDING}{{rule="DEP-006"}} > 0',
        lasts=policy.holds,
        keeps=policy.outage,
        summary="The date of a supplier is not confirmed.",
        description=f"{name(THIS)} comes from outside, and its date{_PLANNED} was not "
        f"confirmed for weeks, or never given. Ask for it, and write down what you hear."
        f"{link(THIS)}",
        runbook=Runbook(
            meaning="An external milestone that others wait for has no promise, or one that "
            "was last heard more than 14 days ago ([DEP-006](../rules/DEP-006.md)).",
            impact="Suppliers seldom say by themselves that they will be late. The forecast of "
            "all that waits for it rests on a date that nobody stands by.",
            diagnosis="1. `slipwatch assess` shows the finding, with the day on which the "
            "promise was last heard and who waits for it.\n"
            "2. `slipwatch explain MILESTONE` shows the commitments it decides.",
            mitigation="- Ask the supplier; write the date as `promise` and today as "
            "`confirmed` into slipwatch.yaml.\n"
            "- If nobody needs it any more, take the dependency out.\n"
            "- To accept it for a while, waive the finding; its subject is the milestone.",
        ),
    )
