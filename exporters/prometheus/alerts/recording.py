"""Recording rules: each series once per job, however often slipwatch was restarted or runs.

Prometheus tells a pod that was replaced from the one before by ``instance`` and ``pod``; an alert
that carried them would end and begin anew with every restart.
"""

from .model import Record
from .policy import Policy
from .words import INFO

PER_MILESTONE = (
    "slipwatch_milestone_info",
    "slipwatch_milestone_weight",
    "slipwatch_milestone_commitment_timestamp_seconds",
    "slipwatch_milestone_plan_timestamp_seconds",
    "slipwatch_milestone_completed_timestamp_seconds",
    "slipwatch_milestone_on_time_probability",
    "slipwatch_milestone_float_workdays",
)
"""Recorded as they are, as ``milestone:NAME:max``."""

IMPACT = "milestone_root_cause:slipwatch_slip_impact_workdays:max"
FOREIGN_IMPACT = "milestone_root_cause:slipwatch_slip_impact_workdays:max_foreign"
SLIP = "milestone:slipwatch_milestone_slip_workdays:max"
SLIPPED = "milestone:slipwatch_milestone_slip_workdays:delta1w"
GROWTH = "milestone:slipwatch_milestone_scope_changes_per_baseline_items:ratio"
GREY = "milestone:slipwatch_milestone_status:grey"
MOVED = "milestone:slipwatch_milestone_date_moves:increase1d"
FINDING = "milestone_rule_subject:slipwatch_finding_info:max"
WAIVED = "milestone_rule:slipwatch_finding_waived_info:max"
ROOT_CAUSE = "milestone:slipwatch_milestone_root_cause_info:max"
COMMITMENT = "milestone:slipwatch_milestone_commitment_timestamp_seconds:max"
PLAN = "milestone:slipwatch_milestone_plan_timestamp_seconds:max"
COMPLETED = "milestone:slipwatch_milestone_completed_timestamp_seconds:max"
PROBABILITY = "milestone:slipwatch_milestone_on_time_probability:max"
FLOAT = "milestone:slipwatch_milestone_float_workdays:max"
WEIGHT = "milestone:slipwatch_milestone_weight:max"
MOVEMENT = "milestone_part:slipwatch_milestone_forecast_movement_workdays:max"


def records(policy: Policy) -> tuple[Record, ...]:
    """Give the recording rules, in the order in which they need one another."""
    job = policy.selector
    return (
        *(
            Record(f"milestone:{metric}:max", _once(f"{metric}{{{job}}}"))
            for metric in PER_MILESTONE
        ),
        *_slips(job),
        *_moves(job),
        _growth(job),
        Record(GREY, _once(f'slipwatch_milestone_status{{{job},status="grey"}}', "status")),
        _root_cause(job),
        *_impacts(job),
        Record(FINDING, _of_milestone(f"slipwatch_finding_info{{{job}}}", "severity")),
        Record(WAIVED, _of_milestone(f"slipwatch_finding_waived_info{{{job}}}", "subject")),
    )


def _slips(job: str) -> tuple[Record, ...]:
    slip = f'slipwatch_milestone_slip_workdays{{{job},against="commitment"}}'
    week_ago = _once(f"avg_over_time({slip}[1d] offset 6d)", "against")
    return Record(SLIP, _once(slip, "against")), Record(SLIPPED, f"{SLIP}\n-\n{week_ago}")


def _moves(job: str) -> tuple[Record, ...]:
    later = f'slipwatch_milestone_date_moves_total{{{job},direction="later"}}'
    return (
        Record(MOVED, _once(f"increase({later}[1d])", "direction")),
        Record(MOVEMENT, _once(f"slipwatch_milestone_forecast_movement_workdays{{{job}}}")),
    )


def _growth(job: str) -> Record:
    came = f'slipwatch_milestone_scope_changes{{{job},change="added"}}'
    left = f'slipwatch_milestone_scope_changes{{{job},change="removed"}}'
    return Record(
        GROWTH,
        "(\n"
        f"{_once(came, 'change')}\n"
        "-\n"
        f"{_once(left, 'change')}\n"
        ")\n"
        "/\n"
        f"({_once(f'slipwatch_milestone_baseline_items{{{job}}}')} > 0)",
    )


def _root_cause(job: str) -> Record:
    """Give each milestone a root cause: what the assessment names, else the milestone itself."""
    return Record(
        ROOT_CAUSE,
        f"{_once(f'slipwatch_milestone_root_cause_info{{{job}}}')}\n"
        "or on (job, milestone)\n"
        "label_replace(\n"
        f"  max without (title, url, milestone_owner) ({INFO}),\n"
        '  "root_cause", "$1", "milestone", "(.+)"\n'
        ")",
    )


def _impacts(job: str) -> tuple[Record, ...]:
    """Tell what slips cost others: all of them, and those in another project."""
    return (
        Record(
            IMPACT,
            "max without (instance, pod, cause) (\n"
            "  label_replace(\n"
            f"    slipwatch_slip_impact_workdays{{{job}}},\n"
            '    "root_cause", "$1", "cause", "(.+)"\n'
            "  )\n"
            ")\n"
            "* on (job, milestone) group_left (program, project)\n"
            f"max without (title, url, milestone_owner) ({INFO})",
        ),
        Record(
            FOREIGN_IMPACT,
            f"{IMPACT}\n"
            "unless on (job, root_cause, milestone, project)\n"
            "label_replace(\n"
            f"  {IMPACT},\n"
            '  "project", "$1", "root_cause", "(.+)/[^/]+"\n'
            ")",
        ),
    )


def _once(series: str, *dropped: str) -> str:
    return f"max without ({', '.join(('instance', 'pod', *dropped))}) ({series})"


def _of_milestone(series: str, dropped: str) -> str:
    """Name the milestone of a finding: a dependency is the trouble of its downstream end."""
    return (
        f"max without (instance, pod, {dropped}) (\n"
        "  label_replace(\n"
        f"    {series},\n"
        '    "milestone", "$1", "subject", "(?:.* -> )?(.+)"\n'
        "  )\n"
        ")"
    )
