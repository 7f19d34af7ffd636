"""Alerts about risks, gates and evidence: what slipwatch's rules found beside dates."""

from .model import Alert, Runbook
from .policy import Policy
from .words import HARMLESS

_WHAT = f'{{{{ reReplaceAll "^[^/]*/" "" $labels.subject | {HARMLESS} }}}}'
"""The subject without its program: ``risk:R1``."""


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family; waived findings are none to Prometheus."""

    def found(rules: str) -> str:
        return (
            "max without (instance, pod, severity) (\n"
            f'  slipwatch_finding_info{{{policy.selector},rule=~"{rules}"}}\n'
            ") > 0"
        )

    return (
        Alert(
            name="SlipwatchRiskUnattended",
            severity="warning",
            expr=found("RISK-001|RISK-005"),
            lasts=policy.holds,
            keeps=policy.outage,
            about="program",
            summary="A high risk has nobody who deals with it.",
            description=f"{_WHAT} of {{{{ $labels.program }}}} is a high risk, and nobody makes it "
            "smaller or has accepted it for a time ({{ $labels.rule }}). Name somebody.",
            runbook=Runbook(
                meaning="An open risk of high or critical exposure has neither an owner nor an "
                "action ([RISK-001](../rules/RISK-001.md)), or it is accepted without an approver "
                "or an end ([RISK-005](../rules/RISK-005.md)).",
                impact="It happens as often as a risk that nobody thought of, and costs as much.",
                diagnosis="1. The label `subject` names the risk.\n"
                "2. `slipwatch assess` shows its exposure, `slipwatch explain MILESTONE` the risks "
                "of a milestone.",
                mitigation="- Name an `owner`, or give somebody an action against it.\n"
                "- Or have it accepted: `response: accept`, `approver`, `expires`.\n"
                "- To put that off for a while, waive the finding; its subject is the label.",
            ),
        ),
        Alert(
            name="SlipwatchGateNotApproved",
            severity="warning",
            expr=found("GOV-003|GOV-004"),
            lasts=policy.holds,
            keeps=policy.outage,
            about="program",
            summary="A stage gate is not decided, or was passed without a yes.",
            description=f"{_WHAT} of {{{{ $labels.program }}}} waits for its decision, or work "
            "behind it has begun without one ({{ $labels.rule }}). Have it decided, or stop that "
            "work.",
            runbook=Runbook(
                meaning="The day of a gate has passed without an approval, or work on its next "
                "stage has begun ([GOV-003](../rules/GOV-003.md)); or its decision has been waited "
                "for more than ten working days ([GOV-004](../rules/GOV-004.md)).",
                impact="Money is spent on what nobody has decided, or people wait.",
                diagnosis="1. The label `subject` names the gate.\n"
                "2. `slipwatch assess --format json` lists its criteria and which of them are not "
                "met; so does `slipwatch explain` for a milestone behind it.",
                mitigation="- Decide it: close its issue, or write `decision` into "
                "slipwatch.yaml.\n"
                "- Where a criterion is not met, get that first.\n"
                "- To let work go on meanwhile, waive the finding; its subject is the label.",
            ),
        ),
        Alert(
            name="SlipwatchEvidenceMissing",
            severity="warning",
            expr=found("CMP-.+"),
            lasts=policy.holds,
            keeps=policy.outage,
            about="program",
            summary="A program cannot show what it has to.",
            description=f"{_WHAT} of {{{{ $labels.program }}}}: evidence is missing, out of date, "
            "or not independent ({{ $labels.rule }}). slipwatch shows gaps; it certifies nothing.",
            runbook=Runbook(
                meaning="Work for a control is done and nothing shows it "
                "([CMP-001](../rules/CMP-001.md)); evidence, an affirmation or an assessment is "
                "too old ([CMP-002](../rules/CMP-002.md)); an item of the plan of action runs "
                "out of its 180 days ([CMP-003](../rules/CMP-003.md)); there is no current risk "
                "analysis ([CMP-004](../rules/CMP-004.md)); somebody approved their own work "
                "([CMP-005](../rules/CMP-005.md)); or a provider has no agreement "
                "([CMP-006](../rules/CMP-006.md)). That none of these is found is no proof of "
                "compliance.",
                impact="What cannot be shown counts as not done. A conditional CMMC status "
                "expires; a regulator asks for the analysis first.",
                diagnosis="1. The label `subject` names the control, project or provider, `rule` "
                "what is wrong.\n"
                "2. `slipwatch assess --format json` has the citation and what was found, under "
                "`compliance` of the program.",
                mitigation="- Link the artefact, have it reviewed by somebody else, enter the "
                "day.\n"
                "- For the plan of action: close the item and have that verified in time.\n"
                "- To accept a gap for a while, waive the finding; its subject is the label.",
            ),
        ),
    )
