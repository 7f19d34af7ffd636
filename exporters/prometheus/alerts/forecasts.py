"""Alerts about the forecasts themselves: whether what they say can be believed."""

from .model import Alert, Runbook
from .policy import Policy
from .words import looked_up

_LOST = "slipwatch_forecast_calibration_lost"
_HELD = "slipwatch_forecast_coverage_ratio"
_NUMBER = "slipwatch_forecast_coverage_milestones"


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family."""
    job = policy.selector
    held = looked_up(
        f'max({_HELD}{{{job},quantile="0.85",program=%q}}) * 100',
        "$labels.program",
        '{{ . | first | value | printf "%.0f" }} %',
    )
    number = looked_up(
        f"max({_NUMBER}{{{job},program=%q}})", "$labels.program", "{{ . | first | value }}"
    )
    return (
        Alert(
            name="SlipwatchCalibrationLost",
            severity="warning",
            expr="max without (instance, pod, quantile) (\n"
            f'  {_HELD}{{{job},quantile="0.85"}}\n'
            ")\n"
            "and on (job, program)\n"
            f"(max without (instance, pod) ({_LOST}{{{job}}}) == 1)",
            lasts=policy.holds,
            keeps=policy.outage,
            about="program",
            summary="The forecasts of a program promise too much.",
            description="P85 of the forecasts of {{ $labels.program }} held for "
            f"{held} of its {number} finished milestones, where it should hold for 85 %: take its "
            "days for too early, and its chances for too high.",
            runbook=Runbook(
                meaning="When the forecasts of the program were replayed on its past, fewer than "
                "70 of 100 finished milestones were done by the P85 of their forecasts, and so "
                "few by accident in less than 5 of 100 cases (binomial).",
                impact="A green commitment of the program is less safe than it looks, and a red "
                "one is later than it looks.",
                diagnosis="1. `slipwatch backtest --scope project` shows at which part of their "
                "life, and in which projects, forecasts fail.\n"
                "2. Is work closed in bulk, or long after it is done? Then the tracker tells "
                "nothing of the pace.\n"
                "3. Does most of the scope come late? Compare the items of finished milestones "
                "with those at their begin.",
                mitigation="- Commit to P95 instead of P85 meanwhile.\n"
                "- Mend what the tracker does not tell: keep statuses up to date, create work "
                "when it is known, give milestones to items.\n"
                "- Run `slipwatch backtest` again once more milestones are finished; the alert "
                "goes by the last run.",
            ),
        ),
    )
