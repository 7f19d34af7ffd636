"""Slipwatch / Program: what threatens its commitments, and since when."""

from grafana_foundation_sdk.models.dashboard import Dashboard

from .benefits import benefits_of_program, worth_of_program
from .calibration import calibration
from .commitments import commitments
from .figures import standing, trouble
from .governance import oversight
from .health import program_health
from .links import DEPENDENCIES, page_link
from .links import PROGRAM as UID
from .marks import marks
from .milestones import findings, impacts, moves, statuses, trend
from .money import program_money
from .network import network
from .panels import Place, Row, choice, made
from .quality import quality
from .queries import PROGRAM, of
from .ties import WAITING


def program() -> Dashboard:
    """Make the dashboard for who manages a program."""
    programs = f"label_values({of('slipwatch_program_info')}, program)"
    causes = impacts(
        "Causes",
        "By how many working days a commitment would be earlier without the cause's own slip; the "
        "cause may be in another program.",
        {"milestone": WAITING},
        empty="No slip hits a commitment of the program",
    )
    across = page_link("All of its dependencies", DEPENDENCIES, program="${program}")
    return made(
        UID,
        "Slipwatch / Program",
        "The commitments of a program, how their forecasts move, and what they wait for.",
        [
            Row(4, (*standing("program", PROGRAM), *trouble(PROGRAM))),
            *program_health(),
            Row(10, (Place(24, commitments(PROGRAM)),)),
            Row(10, (Place(12, trend(PROGRAM)), Place(12, statuses(PROGRAM)))),
            Row(9, program_money()),
            Row(14, (Place(12, network(WAITING).links([across])), Place(12, causes))),
            Row(
                9,
                (
                    Place(9, moves(PROGRAM)),
                    Place(6, calibration(PROGRAM)),
                    Place(9, findings(PROGRAM)),
                ),
            ),
            oversight(),
            Row(10, quality(PROGRAM)),
            Row(9, benefits_of_program()),
            Row(8, worth_of_program()),
        ],
        [choice("program", "Program", programs, several=False)],
        marks(PROGRAM, forecasts=False),
    )
