"""Alerts about risks, gates and evidence: what slipwatch's rules found beside dates."""

from .model import Alert, Runbook
from .policy import Policy
from .words import DAY_SHIFT, HARMLESS, looked_up

_WHAT = f'{{{{ reReplaceAll "^[^/]*/" "" $labels.subject | {HARMLESS} }}}}'
"""The subject without its program: ``risk:R1``."""
_ENDS = "slipwatch_evidence_valid_until_timestamp_seconds"
_LAST_DAY = looked_up(
    f"{_ENDS}{{program=%q}} - {DAY_SHIFT}",
    "$labels.program",
    'until {{ (. | first | value | toTime).Format "2006-01-02" }} only',
    "for a short time only",
)
_CLOCK = looked_up(
    "slipwatch_poam_clock_days{program=%q}",
    "$labels.program",
    ', whose clock has run {{ . | first | value | printf "%.0f" }} days at the most',
)


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family; waived findings are none to Prometheus."""
    return (
        _risk_unattended(policy),
        _gate_not_approved(policy),
        _promise_changed(policy),
        _evidence_expiring(policy),
        _plan_of_action_runs_out(policy),
        _evidence_missing(policy),
    )


def _risk_unattended(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchRiskUnattended",
        severity="warning",
        expr=_found(policy, "RISK-001", "RISK-005"),
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
    )


def _gate_not_approved(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchGateNotApproved",
        severity="warning",
        expr=_found(policy, "GOV-003", "GOV-004"),
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
    )


def _promise_changed(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchPromiseChanged",
        severity="warning",
        expr=_found(policy, "GOV-008"),
        lasts=policy.holds,
        keeps=policy.outage,
        about="program",
        summary="A promised date was changed, and nobody has approved that.",
        description=f"The commitment or the baseline of {_WHAT} in {{{{ $labels.program }}}} "
        "was changed or taken out without an approval ({{ $labels.rule }}). Put it back, or "
        "have it approved.",
        runbook=Runbook(
            meaning="slipwatch.yaml has another commitment or baseline for a milestone than "
            "when it was last approved, or none any more, be it that the whole milestone was "
            "taken out ([GOV-008](../rules/GOV-008.md)).",
            impact="A plan that moves with the work is always kept. Those who count on the "
            "old date do not know of the new one.",
            diagnosis="1. The label `subject` names the milestone.\n"
            "2. `slipwatch assess --format json` has every change with its day in the "
            "finding's evidence; the history of slipwatch.yaml tells who made it.\n"
            "3. `slipwatch baseline list MILESTONE` shows what was approved.",
            mitigation="- Put the old date back.\n"
            "- Or have the new one approved and record it: `slipwatch baseline set MILESTONE "
            "--approver WHO --reason WHY --reference WHERE`.\n"
            "- To put that off for a while, waive the finding; its subject is the label.",
        ),
    )


def _evidence_expiring(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchEvidenceExpiring",
        severity="warning",
        expr="max without (instance, pod) (\n"
        f"  {_ENDS}{{{policy.selector}}}\n"
        f") - time() < {policy.evidence_days} * 86400",
        lasts=policy.holds,
        keeps=policy.outage,
        about="program",
        summary="Evidence is about to stop counting.",
        description=f"Evidence of {{{{ $labels.program }}}} counts {_LAST_DAY}. Have it "
        "reviewed again before that.",
        runbook=Runbook(
            meaning="The first of the evidence that counts today stops counting within "
            f"{policy.evidence_days} days: a year after its review, or what "
            "`evidence_valid_for` says.",
            impact="From that day on its control has no current evidence "
            "([CMP-002](../rules/CMP-002.md)), and a review takes weeks.",
            diagnosis="1. `slipwatch assess --format json` has `review_by` of every control, "
            "under `compliance` of the program.",
            mitigation="- Review the artefact, by somebody who did none of the work, and enter "
            "the day (`reviewed`), or close a new item with the label for evidence.\n"
            "- Where the control no longer applies, say why: `not_applicable`.",
        ),
    )


def _plan_of_action_runs_out(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchPlanOfActionRunsOut",
        severity="warning",
        expr=_found(policy, "CMP-003"),
        lasts=policy.holds,
        keeps=policy.outage,
        about="program",
        summary="The clock of a plan of action runs out.",
        description=f"{_WHAT} of {{{{ $labels.program }}}} is still in the plan of action and "
        f"milestones{_CLOCK}. A conditional CMMC status ends 180 days after its date.",
        runbook=Runbook(
            meaning="An item of the plan of action and milestones is open more than 150 days "
            "after the Conditional CMMC Status Date, or after it was opened "
            "([CMP-003](../rules/CMP-003.md)).",
            impact="A conditional status expires if an item is open after 180 days, and cannot "
            "be prolonged (32 CFR 170.21(b)). Contracts that need it end with it.",
            diagnosis="1. The label `subject` names the control, `slipwatch_poam_clock_days` "
            "the days of the oldest item.\n"
            "2. `slipwatch assess --format json` lists the plan under `compliance` of the "
            "program, with owners.",
            mitigation="- Close the item, and arrange the closeout assessment now: that takes "
            "weeks.\n"
            "- Then enter the day (`closed`), or close the tracker's item.",
        ),
    )


def _evidence_missing(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchEvidenceMissing",
        severity="warning",
        expr=_found(policy, "CMP-001", "CMP-002", "CMP-004", "CMP-005", "CMP-006"),
        lasts=policy.holds,
        keeps=policy.outage,
        about="program",
        summary="A program cannot show what it has to.",
        description=f"{_WHAT} of {{{{ $labels.program }}}}: evidence is missing, out of date, "
        "or not independent ({{ $labels.rule }}). slipwatch shows gaps; it certifies nothing.",
        runbook=Runbook(
            meaning="Work for a control is done and nothing shows it "
            "([CMP-001](../rules/CMP-001.md)); evidence, an affirmation or an assessment is "
            "too old ([CMP-002](../rules/CMP-002.md)); there is no current risk "
            "analysis ([CMP-004](../rules/CMP-004.md)); somebody approved their own work "
            "([CMP-005](../rules/CMP-005.md)); or a provider has no agreement "
            "([CMP-006](../rules/CMP-006.md)). That none of these is found is no proof of "
            "compliance.",
            impact="What cannot be shown counts as not done. A regulator asks for the analysis "
            "first.",
            diagnosis="1. The label `subject` names the control, project or provider, `rule` "
            "what is wrong.\n"
            "2. `slipwatch assess --format json` has the citation and what was found, under "
            "`compliance` of the program.",
            mitigation="- Link the artefact, have it reviewed by somebody else, enter the "
            "day.\n"
            "- To accept a gap for a while, waive the finding; its subject is the label.",
        ),
    )


def _found(policy: Policy, *rules: str) -> str:
    """Select the open findings of some rules."""
    matches = "=" if len(rules) == 1 else "=~"
    return (
        "max without (instance, pod, severity) (\n"
        f'  slipwatch_finding_info{{{policy.selector},rule{matches}"{"|".join(rules)}"}}\n'
        ") > 0"
    )
