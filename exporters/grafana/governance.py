"""Risks, gates and evidence: what is open, and how much that comes to."""

from .links import PROGRAM as UID
from .links import series_link
from .panels import PanelBuilder, Place, Query, Row, figure, history, ranking
from .queries import PROGRAM, SELECTED, of, painted

NO_REGISTER = "The file keeps no register: write `risks`"
NO_GATES = "The file has no gates"
NO_CONTROLS = "The file says nothing of `compliance`"
GAPS = "missing|incomplete|stale"
CERTIFIES = "It shows gaps and certifies nothing."


def oversight() -> Row:
    """Make the row of a program."""
    return Row(
        8,
        (
            Place(7, _exposure(PROGRAM, "program")),
            Place(5, _risks()),
            Place(4, _entries()),
            Place(4, _gates(PROGRAM)),
            Place(4, _evidence()),
        ),
    )


def portfolio_oversight() -> Row:
    """Make the row of the portfolio."""
    gaps = f"sum by (program) ({of('slipwatch_controls', state=GAPS)})"
    return Row(
        8,
        (
            Place(
                10,
                _exposure(SELECTED, "program").data_links(
                    [series_link("Open the program", UID, "program")]
                ),
            ),
            Place(6, _gates(SELECTED)),
            Place(
                8,
                ranking(
                    "Controls without evidence",
                    "Controls of each program whose evidence is missing, incomplete or too old. "
                    + CERTIFIES,
                    Query(expr=gaps, legend="{{program}}"),
                    unit="none",
                    empty=NO_CONTROLS,
                    steps=(1, 20),
                ),
            ),
        ),
    )


def _exposure(where: str, by: str) -> PanelBuilder:
    return history(
        "Risk exposure",
        "What the open risks come to, probability times impact, in the program's currency. Risks "
        "that nobody has measured are not in it.",
        [
            Query(
                expr=f"max by ({by}) ({of('slipwatch_risk_exposure', where)})",
                legend="{{program}}",
                history=True,
            )
        ],
        unit="none",
        empty=NO_REGISTER,
    )


def _risks() -> PanelBuilder:
    return history(
        "Open risks",
        "By the band of their exposure; unknown is what nobody has measured.",
        [
            Query(
                expr=f"max by (severity) ({of('slipwatch_risks', PROGRAM)})",
                legend="{{severity}}",
                history=True,
            )
        ],
        unit="none",
        empty=NO_REGISTER,
    )


def _entries() -> PanelBuilder:
    found = of("slipwatch_register_entries", PROGRAM)
    return history(
        "Issues, actions, decisions",
        "Those that are open, in time or past their due day.",
        [
            Query(
                expr=f"max by (kind, state) ({found})",
                legend="{{kind}}, {{state}}",
                history=True,
            )
        ],
        unit="none",
        empty=NO_REGISTER,
    )


def _gates(where: str) -> PanelBuilder:
    return figure(
        "Gates",
        "Stage gates by what was decided.",
        Query(
            expr=f"sum by (state) (max by (program, state) ({of('slipwatch_gates', where)}))",
            legend="{{state}}",
        ),
        unit="none",
        empty=NO_GATES,
    )


def _evidence() -> PanelBuilder:
    plan = f"max ({of('slipwatch_poam_open_items', PROGRAM)})"
    clock = f"max ({of('slipwatch_poam_clock_days', PROGRAM)})"
    shown = f"max by (state) ({of('slipwatch_controls', PROGRAM)})"
    rows = (
        shown,
        painted(plan, state="plan of action"),
        painted(clock, state="days of its oldest item"),
    )
    return figure(
        "Controls",
        "Controls by the evidence there is for them, open items of the plan of action, and how "
        "long the clock of the oldest has run: a conditional status ends after 180 days. "
        + CERTIFIES,
        Query(expr="\nor\n".join(rows), legend="{{state}}"),
        unit="none",
        empty=NO_CONTROLS,
    )
