"""Alerts about the schedule itself: one that is too poor to be believed."""

from .model import Alert, Runbook
from .policy import Policy
from .words import looked_up

_FAILED = (
    " It fails: {{ range $i, $check := sortByLabel `check` . }}{{ if $i }}, {{ end }}"
    "{{ $check | label `check` }} ({{ $check | label `standard` | toUpper }} "
    "{{ $check | label `point` }}){{ end }}."
)


def alerts(policy: Policy) -> tuple[Alert, ...]:
    """Give the alerts of this family."""
    job = policy.selector
    failed = looked_up(
        f"slipwatch_program_schedule_check_passed{{{job},program=%q}} == 0",
        "$labels.program",
        _FAILED,
    )
    return (
        Alert(
            name="SlipwatchScheduleUnsound",
            severity="warning",
            expr="max without (instance, pod) (\n"
            f"  slipwatch_program_schedule_quality_ratio{{{job}}}\n"
            f") < {policy.sound:g}\n"
            "and on (program)\n"
            "sum by (program) (max without (instance, pod) (\n"
            f'  slipwatch_program_schedule_checks{{{job},result=~"passed|failed"}}\n'
            f")) >= {policy.checks:d}",
            lasts=policy.lasts,
            keeps=policy.gone,
            about="program",
            summary="Most checks of a schedule fail.",
            description="{{ $labels.program }} passes {{ $value | humanizePercentage }} of the "
            f"schedule checks that apply.{failed} Mend the schedule before its dates are believed.",
            runbook=Runbook(
                meaning="Of DCMA's 14 points and GAO's ten practices that apply to the program, "
                f"less than {policy.sound:.0%} are passed, and at least {policy.checks} of them "
                "can be told. The standard calls its points a catalyst for discussion: this is "
                "where the discussion is due.",
                impact="A forecast is as good as the schedule that it goes through: milestones "
                "without logic, dates that cannot be, work that is in no milestone make it look "
                "better, or worse, than it is.",
                diagnosis="1. `slipwatch report --program PROGRAM` and the program's page list "
                "every check with what fails it; `slipwatch assess --format json` has it as "
                "`programs[].quality`.\n"
                "2. The [page on schedule quality](../program-management.md#schedule-quality) says "
                "what each check counts.",
                mitigation="- Begin with logic: link each milestone with what it waits for and "
                "what waits for it, or say `standalone: true`.\n"
                "- Mend dates that cannot be, and close what is done.\n"
                "- Where a check does not fit the way the program works, agree on that, and "
                "silence this alert for it.",
            ),
        ),
    )
