"""Metrics of benefits, of what delay costs, and of how much work is for an objective."""

from .. import worth
from ..samples import DAY
from .metric import PROGRAM, PROJECT, Metric

BENEFIT = ("program", "benefit")
MONEY = (*BENEFIT, "currency")

METRICS: tuple[Metric, ...] = (
    Metric(
        "slipwatch_benefit_info",
        "What a benefit is called, what its values count, whose it is and what it is for; "
        "always 1.",
        (*BENEFIT, "title", "unit", "benefit_owner", "kind", "objective"),
        worth.benefit_info,
    ),
    Metric(
        "slipwatch_benefit_value",
        "The newest reading of a benefit, in its unit.",
        BENEFIT,
        worth.per_benefit(lambda benefit: benefit.value),
    ),
    Metric(
        "slipwatch_benefit_expected_value",
        "What is due of a benefit by today as planned, in its unit.",
        BENEFIT,
        worth.per_benefit(lambda benefit: benefit.expected),
    ),
    Metric(
        "slipwatch_benefit_realisation_ratio",
        "Change that came by change that was due on the day of the newest reading.",
        BENEFIT,
        worth.per_benefit(lambda benefit: benefit.realisation_ratio),
    ),
    Metric(
        "slipwatch_benefit_reading_timestamp_seconds",
        "When the newest reading of a benefit was measured.",
        BENEFIT,
        worth.per_benefit(
            lambda benefit: None if benefit.read_at is None else benefit.read_at.timestamp()
        ),
    ),
    Metric(
        "slipwatch_benefit_fetch_failures_total",
        "Attempts to read a benefit's measure that brought no number.",
        BENEFIT,
        worth.per_benefit(lambda benefit: benefit.failures),
        kind="counter",
    ),
    Metric(
        "slipwatch_benefit_delay_seconds",
        "By how much the milestones that enable a benefit make it later, in calendar days.",
        BENEFIT,
        worth.per_benefit(
            lambda benefit: None if benefit.shift_days is None else benefit.shift_days * DAY
        ),
    ),
    Metric(
        "slipwatch_benefit_deferred_value",
        "What of a benefit comes later because of that.",
        MONEY,
        worth.money_per_benefit(lambda benefit: benefit.deferred_value),
    ),
    Metric(
        "slipwatch_benefit_delay_cost_per_day",
        "What a calendar day of delay of a benefit costs.",
        MONEY,
        worth.money_per_benefit(lambda benefit: benefit.cost_of_delay_per_day),
    ),
    Metric(
        "slipwatch_slip_deferred_value",
        "Value of a program's benefits that a milestone's own slip defers.",
        ("program", "cause", "currency"),
        worth.cost_of_slips,
    ),
    Metric(
        "slipwatch_program_net_present_value",
        "What a program is worth: planned, and with cost and delays as they are estimated now.",
        ("program", "currency", "case"),
        worth.present_value,
    ),
    Metric(
        "slipwatch_program_benefits_realised_ratio",
        "Value of benefits that came by value that was due by now.",
        ("program", "currency"),
        worth.per_program(
            lambda aims: {
                currency: found.value
                for currency, found in aims.indicators.benefits_realised.items()
            }
        ),
    ),
    Metric(
        "slipwatch_program_benefits_due_value",
        "Value of benefits that was due by now, which that is a share of.",
        ("program", "currency"),
        worth.per_program(
            lambda aims: {
                currency: found.denominator
                for currency, found in aims.indicators.benefits_realised.items()
            }
        ),
    ),
    Metric(
        "slipwatch_program_due_milestones",
        "Committed milestones whose baseline, or whose commitment, is over.",
        ("program", "against"),
        worth.per_program(
            lambda aims: {
                "baseline": aims.indicators.kept_baselines.denominator,
                "commitment": aims.indicators.kept_commitments.denominator,
            }
        ),
    ),
    Metric(
        "slipwatch_program_kept_milestones",
        "Those of them that were done by then.",
        ("program", "against"),
        worth.per_program(
            lambda aims: {
                "baseline": aims.indicators.kept_baselines.numerator,
                "commitment": aims.indicators.kept_commitments.numerator,
            }
        ),
    ),
    Metric(
        "slipwatch_program_open_items",
        "Open items of a program's projects, which alignment is a share of.",
        PROGRAM,
        worth.number_per_program(lambda aims: aims.indicators.aligned_work.denominator),
    ),
    Metric(
        "slipwatch_program_aligned_items",
        "Those of projects that are traced to an objective.",
        PROGRAM,
        worth.number_per_program(lambda aims: aims.indicators.aligned_work.numerator),
    ),
    Metric(
        "slipwatch_program_project_budgets",
        "Budgets of a program's projects, which alignment is a share of.",
        ("program", "currency"),
        worth.budget_of(lambda found: found.denominator),
    ),
    Metric(
        "slipwatch_program_aligned_budgets",
        "Those of projects that are traced to an objective.",
        ("program", "currency"),
        worth.budget_of(lambda found: found.numerator),
    ),
    Metric(
        "slipwatch_program_cost_savings",
        "Value of benefits less cost to date: what came and was spent, and what was planned by "
        "now.",
        ("program", "currency", "case"),
        worth.cost_savings,
    ),
    Metric(
        "slipwatch_objective_projects",
        "Active projects that are traced to an objective.",
        ("objective", "title"),
        worth.objective_projects,
    ),
    Metric(
        "slipwatch_project_rank",
        "Place of a project among all that are ranked; 1 goes first.",
        PROJECT,
        worth.project_rank,
    ),
)
