"""Reads a program's registers, gates and compliance into its view."""

from msgspec import structs

from .assessment import Assessment, ProgramView
from .calendar import WorkCalendar
from .compliance.gaps import gaps
from .gates.standing import standing
from .portfolio.model import Portfolio
from .register.rollup import roll_up


def govern(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add to each program what its file says about it beside dates."""
    programs = {program.id: program for program in portfolio.programs}
    milestones = portfolio.milestones.values()
    begun = {m.id for m in milestones if m.started is not None or m.actual is not None}
    as_of = portfolio.as_of
    calendar = portfolio.calendars.get("default") or WorkCalendar({1, 2, 3, 4, 5})

    def seen(view: ProgramView) -> ProgramView:
        program = programs.get(view.id)
        if program is None:
            return view
        register, compliance = program.register, program.compliance
        return structs.replace(
            view,
            register=None if register is None else roll_up(register, as_of, calendar),
            compliance=None if compliance is None else gaps(compliance, as_of),
            gates=tuple(standing(gate, as_of, calendar, begun) for gate in program.gates),
        )

    return structs.replace(assessment, programs=tuple(map(seen, assessment.programs)))
