"""What was planned, earned and spent, and what it comes to in the end."""

from .panels import PAINT, PanelBuilder, Place, Query, column, figure, history, thresholds
from .queries import PROGRAM, PROJECT, of

NO_BUDGET = "No budget: write `budget` in slipwatch.yaml"
_LINES = (
    ("planned_value", "planned (PV)", "grey"),
    ("earned_value", "earned (EV)", "green"),
    ("actual_cost", "spent (AC)", "red"),
)


def program_money() -> tuple[Place, ...]:
    """Make the row about the money of a program."""
    return _row("program", PROGRAM)


def project_money() -> tuple[Place, ...]:
    """Make the row about the money of a project, with how fast its baseline is done."""
    curves, *figures = _row("project", PROJECT)
    spi = "slipwatch_project_schedule_performance_ratio"
    pace = history(
        "Baseline done in time (SPI(t))",
        "How much of the baseline is done, in time, by the time that went by: below 1 "
        "is behind. It needs no budget.",
        [Query(expr=f"max({of(spi, PROJECT)})", legend="SPI(t)", history=True)],
        unit="none",
        empty="No work of a baseline has begun",
    )
    narrow = (Place(3, place.panel) for place in figures)
    return Place(9, curves.panel), *narrow, Place(6, pace.min(0))


def portfolio_money() -> tuple[Place, ...]:
    """Make the row about the money of all programs."""
    spent, earned = (of(f"slipwatch_program_{name}") for name in ("actual_cost", "earned_value"))
    end = of("slipwatch_program_estimate_at_completion")
    budget = of("slipwatch_program_budget_at_completion")
    by = "max by (program, currency)"
    efficiency = history(
        "What each unit of money has earned (CPI)",
        "Earned value by actual cost of each program: below 1 it costs more than planned.",
        [
            Query(
                expr=f"{by} ({earned})\n/ ({by} ({spent}) > 0)",
                legend="{{program}}",
                history=True,
            )
        ],
        unit="none",
        empty=NO_BUDGET,
    )
    overrun = history(
        "Over or under budget in the end",
        "By which share of its budget each program ends over it, if the rest costs as the past "
        "did; negative is under it.",
        [
            Query(
                expr=f"{by} ({end})\n/ {by} ({budget}) - 1",
                legend="{{program}}",
                history=True,
            )
        ],
        unit="percentunit",
        empty=NO_BUDGET,
    )
    return Place(12, efficiency), Place(12, overrun)


def _row(level: str, where: str) -> tuple[Place, ...]:
    def amount(name: str) -> str:
        return f"max by (currency) ({of(f'slipwatch_{level}_{name}', where)})"

    ev, ac, pv = (amount(name) for name in ("earned_value", "actual_cost", "planned_value"))
    curves = history(
        "Money: planned, earned, spent",
        "What was to be spent by its plan, the part of the budget that goes with the work done, "
        "and what was spent; what it comes to in the end (EAC), and the budget (BAC).",
        [
            *(
                Query(expr=amount(name), legend=legend, ref=ref, history=True)
                for ref, (name, legend, _) in zip("ABC", _LINES, strict=True)
            ),
            Query(
                expr=amount("estimate_at_completion"),
                legend="in the end (EAC)",
                ref="D",
                history=True,
            ),
            Query(
                expr=amount("budget_at_completion"), legend="budget (BAC)", ref="E", history=True
            ),
        ],
        unit="none",
        empty=NO_BUDGET,
    )
    for _, legend, colour in _LINES:
        looks = column(color={"mode": "fixed", "fixedColor": PAINT[colour]})
        curves = curves.override_by_name(legend, looks)
    figures: tuple[PanelBuilder, ...] = (
        figure(
            "CPI",
            "Earned value by actual cost: below 1 it costs more than planned.",
            Query(expr=f"{ev}\n/ ({ac} > 0)", legend="{{currency}}"),
            unit="none",
            empty=NO_BUDGET,
        ).thresholds(thresholds(0.95, 0.9)),
        figure(
            "SPI",
            "Earned value by planned value: below 1 less is done than was planned.",
            Query(expr=f"{ev}\n/ ({pv} > 0)", legend="{{currency}}"),
            unit="none",
            empty=NO_BUDGET,
        ).thresholds(thresholds(0.95, 0.9)),
        figure(
            "Contingency left",
            "Money kept beside the budget that is not used up.",
            Query(expr=amount("contingency_left"), legend="{{currency}}"),
            unit="none",
            empty="No contingency: write `contingency` in slipwatch.yaml",
        ),
    )
    return Place(12, curves), *(Place(4, panel) for panel in figures)
