"""What programs are for: whether benefits come, what delay costs, and what work is for."""

from .panels import PanelBuilder, Place, Query, arranged, history, listing, ranking
from .queries import DAY, PROGRAM, SELECTED, of

NO_BENEFIT = "No benefit: write `benefits` under the program in slipwatch.yaml"
NO_VALUE = "No benefit has an `annual_value`"


def benefits_of_program() -> tuple[Place, ...]:
    """Make the row of one program."""
    return (
        Place(9, _register()),
        Place(5, _realised(PROGRAM)),
        Place(5, _deferred()),
        Place(5, _present_value()),
    )


def worth_of_program() -> tuple[Place, ...]:
    """Make the row of what a program's delays cost, and of what its work and money are for."""
    panels = (_costly_slips(PROGRAM), _savings(), _alignment(PROGRAM), _kept(PROGRAM))
    return tuple(Place(6, panel) for panel in panels)


def benefits_of_all() -> tuple[Place, ...]:
    """Make the row of all programs."""
    panels = (_realised_value(), _costly_slips(SELECTED), _alignment(SELECTED), _kept(SELECTED))
    return tuple(Place(6, panel) for panel in panels)


def _register() -> PanelBuilder:
    by = "program, benefit"
    info = of("slipwatch_benefit_info", PROGRAM)
    value, due, ratio = (
        f"max by ({by}) ({of(f'slipwatch_benefit_{name}', PROGRAM)})"
        for name in ("value", "expected_value", "realisation_ratio")
    )
    read = f"time() - max by ({by}) ({of('slipwatch_benefit_reading_timestamp_seconds', PROGRAM)})"
    columns = (
        ("title", "Benefit"),
        ("benefit_owner", "Owner"),
        ("unit", "Unit"),
        ("Value #value", "Stands at"),
        ("Value #due", "Due by now"),
        ("Value #ratio", "Realised"),
        ("Value #read", "Measured (seconds ago)"),
        ("Value #late", "Late (days)"),
    )
    late = f"max by ({by}) ({of('slipwatch_benefit_delay_seconds', PROGRAM)}) / {DAY}"
    titled = f"max by ({by}, title, benefit_owner, unit) ({info})"
    return listing(
        "Benefits",
        "What the program is for: where each benefit stands, what was due by now, and by how many "
        "days what enables it is late.",
        [
            Query(expr=_entitled(query, titled), ref=ref)
            for ref, query in (
                ("value", value),
                ("due", due),
                ("ratio", ratio),
                ("read", read),
                ("late", late),
            )
        ],
        empty=NO_BENEFIT,
    ).with_transformation(arranged(columns))


def _entitled(query: str, titled: str) -> str:
    return f"{query}\n* on (program, benefit) group_left (title, benefit_owner, unit)\n{titled}"


def _realised(where: str) -> PanelBuilder:
    ratio = of("slipwatch_benefit_realisation_ratio", where)
    return history(
        "Benefits realised",
        "The change that came, as a share of the change that was due on the day it was measured. "
        "Below 80 % is a finding, below 50 % a high one.",
        [Query(expr=f"max by (benefit) ({ratio})", legend="{{benefit}}", history=True)],
        unit="percentunit",
        empty="No benefit that has begun was measured",
    )


def _deferred() -> PanelBuilder:
    deferred = of("slipwatch_benefit_deferred_value", PROGRAM)
    return history(
        "Deferred value",
        "What comes later because milestones that enable benefits are late, in each currency.",
        [
            Query(
                expr=f"sum by (benefit, currency) ({deferred})",
                legend="{{benefit}} ({{currency}})",
                history=True,
            )
        ],
        unit="none",
        empty=NO_VALUE,
    )


def _present_value() -> PanelBuilder:
    value = of("slipwatch_program_net_present_value", PROGRAM)
    return history(
        "Net present value",
        "What the program is worth, as planned, and with its cost and delays as they are estimated "
        "now. Below nought it costs more than it brings.",
        [
            Query(
                expr=f"max by (case, currency) ({value})",
                legend="{{case}} ({{currency}})",
                history=True,
            )
        ],
        unit="none",
        empty="Its cost, or what a benefit is worth, is not written down",
    )


def _savings() -> PanelBuilder:
    savings = of("slipwatch_program_cost_savings", PROGRAM)
    return history(
        "Benefits less cost to date",
        "The value of benefits that came less what was spent, and the value that was due by now "
        "less what was to be spent. Below nought the program has cost more than it brought.",
        [
            Query(
                expr=f"max by (case, currency) ({savings})",
                legend="{{case}} ({{currency}})",
                history=True,
            )
        ],
        unit="none",
        empty="What the program has cost is not known",
    )


def _kept(where: str) -> PanelBuilder:
    kept = f"sum by (against) ({of('slipwatch_program_kept_milestones', where)})"
    due = f"sum by (against) ({of('slipwatch_program_due_milestones', where)})"
    return (
        history(
            "Dates that were kept",
            "Of committed milestones whose date is over, the share that was done by then: by the "
            "baseline, and by the date committed to now.",
            [Query(expr=f"{kept}\n/ ({due} > 0)", legend="{{against}}", history=True)],
            unit="percentunit",
            empty="No committed date is over yet",
        )
        .min(0)
        .max(1)
    )


def _realised_value() -> PanelBuilder:
    ratio = of("slipwatch_program_benefits_realised_ratio")
    return history(
        "Value of benefits realised",
        "Of each program, the value of benefits that came, as a share of the value that was due.",
        [
            Query(
                expr=f"max by (program, currency) ({ratio})",
                legend="{{program}} ({{currency}})",
                history=True,
            )
        ],
        unit="percentunit",
        empty="No benefit with a value is due yet",
    )


def _costly_slips(where: str) -> PanelBuilder:
    cost = of("slipwatch_slip_deferred_value", where)
    return ranking(
        "Slips that defer most value",
        "Milestones by the value of benefits that their own slip defers, in its currency.",
        Query(
            expr=f"topk by (currency) (10, max by (cause, currency) ({cost}))",
            legend="{{cause}} ({{currency}})",
        ),
        unit="none",
        empty="No slip defers a benefit with a value",
        steps=(1_000, 10_000),
    )


def _alignment(where: str) -> PanelBuilder:
    def shared(part: str, whole: str, by: str) -> str:
        return f"max by ({by}) ({of(part, where)})\n/ (max by ({by}) ({of(whole, where)}) > 0)"

    items = shared("slipwatch_program_aligned_items", "slipwatch_program_open_items", "program")
    money = shared(
        "slipwatch_program_aligned_budgets",
        "slipwatch_program_project_budgets",
        "program, currency",
    )
    return (
        history(
            "Work and money that are for an objective",
            "The shares of a program's open items, and of its projects' budgets, whose project is "
            "traced to an objective.",
            [
                Query(expr=items, legend="{{program}}: open items", ref="A", history=True),
                Query(expr=money, legend="{{program}}: budgets", ref="B", history=True),
            ],
            unit="percentunit",
            empty="No program has open items",
        )
        .min(0)
        .max(1)
    )
