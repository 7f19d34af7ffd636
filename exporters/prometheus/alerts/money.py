"""Alerts about money: a budget that will not do, and work that costs more than it was to cost."""

from .model import Alert, Runbook
from .policy import Policy
from .words import looked_up

_EARNED = "slipwatch_program_earned_value"
_SPENT = "slipwatch_program_actual_cost"
_BUDGET = "slipwatch_program_budget_at_completion"
_END = "slipwatch_program_estimate_at_completion"
_ON = "on (job, program, currency)"


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family."""
    return _budget_overrun(policy), _cost_inefficient(policy)


def _budget_overrun(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchBudgetOverrun",
        severity="warning",
        expr=f"{_newest(policy, _END)}\n/ {_ON}\n{_newest(policy, _BUDGET)}\n"
        f">= {1 + policy.overrun:g}",
        lasts=policy.lasts,
        keeps=policy.gone,
        about="program",
        summary="A program will cost more than its budget.",
        description="{{ $labels.program }} will cost "
        f"{_amount(policy, _END)} in the end if the rest costs as the past did; its budget is "
        f"{_amount(policy, _BUDGET)}. Decide what is left out, or who pays for it.",
        runbook=Runbook(
            meaning="The estimate at completion (EAC, the budget by the cost performance "
            f"index) is at least {policy.overrun:.0%} over the budget at completion, as for "
            "rule BUD-004.",
            impact="The money runs out before the work is done. The longer nobody decides, the "
            "less is left to choose from.",
            diagnosis="1. The panel *Money* of the program's dashboard shows planned value, "
            "earned value and actual cost, and since when they part.\n"
            "2. Is too much spent, or too little done? Compare CPI with SPI.\n"
            "3. Which project is it? Projects with budgets of their own have the same figures.",
            mitigation="- Take scope out that the program can do without.\n"
            "- Take the estimate to who approved the budget; a new one belongs into "
            "slipwatch.yaml with who approved it.",
        ),
    )


def _cost_inefficient(policy: Policy) -> Alert:
    return Alert(
        name="SlipwatchCostInefficient",
        severity="warning",
        expr=f"{_newest(policy, _EARNED)}\n/ {_ON}\n({_newest(policy, _SPENT)} > 0)\n"
        f"< {policy.inefficient:g}",
        lasts=policy.lasts,
        keeps=policy.gone,
        about="program",
        summary="The work of a program costs more than it was to cost.",
        description="{{ $labels.program }} has spent "
        f"{_amount(policy, _SPENT)} on work worth {_amount(policy, _EARNED)}: each "
        "{{ $labels.currency }} has earned "
        '{{ $value | printf "%.2f" }}.',
        runbook=Runbook(
            meaning="The cost performance index (CPI, earned value by actual cost) is under "
            f"{policy.inefficient:g}, as for a high finding of rule BUD-001.",
            impact="Indices like this hardly ever recover: what the past cost too much, the "
            "rest will.",
            diagnosis="1. Look at CPI over time on the program's dashboard: did it fall at "
            "once, or bit by bit?\n"
            "2. At once: is a large invoice booked before its work, or does a feed of costs "
            "hold rows twice?\n"
            "3. Bit by bit: compare hours and rates with what was planned, and what was "
            "reworked.",
            mitigation="- Mend what is wrong with the costs, if it is that.\n"
            "- Else plan the rest with what the past shows, and decide on scope or money.",
        ),
    )


def _newest(policy: Policy, metric: str) -> str:
    return f"max without (instance, pod) ({metric}{{{policy.selector}}})"


def _amount(policy: Policy, metric: str) -> str:
    """Write what a metric of the program says, in its currency."""
    return looked_up(
        f"max({metric}{{{policy.selector},program=%q}})",
        "$labels.program",
        '{{ . | first | value | printf "%.0f" }} {{ $labels.currency }}',
        "an unknown amount",
    )
