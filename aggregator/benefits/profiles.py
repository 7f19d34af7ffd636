"""From the file and the store's readings to benefits as of one day."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from slipwatch.config.programs import ProgramSettings, ProjectSettings
from slipwatch.config.references import program_reference
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.strategy import AmountSettings, BenefitSettings

from .model import (
    Amount,
    Benefit,
    BusinessCase,
    Close,
    Enabler,
    Fetching,
    Objective,
    ProgramAims,
    ProjectAims,
    Reading,
    Strategy,
    Wsjf,
)

CADENCE_DAYS = {"D": 1.0, "W": 7.0, "M": 365.25 / 12}


def subject(program: str, benefit: str) -> str:
    """Give what findings and the store call a benefit."""
    return f"{program}/benefit:{benefit}"


def strategy_of(settings: SlipwatchSettings) -> Strategy:
    """Read the objectives and criteria of the file."""
    return Strategy(
        objectives=tuple(
            Objective(
                id=one.id, title=one.title or one.id, owner=one.owner or None, weight=one.weight
            )
            for one in settings.objectives
        ),
        weights=settings.prioritisation.weights,
    )


def program_aims(
    program: ProgramSettings,
    readings: Mapping[str, Sequence[Reading]],
    fetching: Mapping[str, Fetching],
) -> ProgramAims:
    """Read what a program is for; readings and how fetching them goes are by ``subject``."""
    case, close = program.business_case, program.close
    return ProgramAims(
        objectives=program.objectives,
        benefits=tuple(
            _benefit(
                program.id,
                benefit,
                tuple(readings.get(subject(program.id, benefit.id), ())),
                fetching.get(subject(program.id, benefit.id), Fetching()),
            )
            for benefit in program.benefits
        ),
        case=BusinessCase(
            rate=case.rate, years=case.years, begins=case.begins, cost=_amount(case.cost)
        ),
        close=None
        if close is None
        else Close(day=close.date, review=close.review, reviewed=close.reviewed, by=close.by),
    )


def project_aims(project: ProjectSettings) -> ProjectAims:
    """Read what a project works for and is ranked by."""
    wsjf = project.wsjf
    return ProjectAims(
        objectives=project.objectives,
        wsjf=None
        if wsjf is None
        else Wsjf(
            value=wsjf.value,
            time_criticality=wsjf.time_criticality,
            risk_reduction=wsjf.risk_reduction,
            size=wsjf.size,
        ),
        scores=project.scores,
    )


def _benefit(
    program: str, written: BenefitSettings, readings: tuple[Reading, ...], fetching: Fetching
) -> Benefit:
    baseline, target = written.baseline, written.target
    return Benefit(
        id=subject(program, written.id),
        name=written.id,
        title=written.title or written.id,
        program=program,
        kind=written.kind,
        objective=written.objective,
        owner=written.owner or None,
        responsible=written.responsible or None,
        description=written.description,
        outcome=written.outcome,
        tangible=written.tangible,
        priority=written.priority,
        unit=written.unit,
        baseline=None if baseline is None else baseline.value,
        target=None if target is None else target.value,
        start=written.start,
        target_date=None if target is None else target.by,
        curve=written.curve,
        annual_value=_amount(written.annual_value),
        cadence=str(written.cadence),
        cadence_days=written.cadence.count * CADENCE_DAYS[written.cadence.unit],
        reviews=tuple(sorted(written.reviews)),
        enabled_by=tuple(
            Enabler(program_reference(one.milestone, program), one.contribution / 100)
            for one in written.enabled_by
        ),
        expires_on=written.expires_on,
        measure=None if written.measure is None else written.measure.kind,
        readings=readings,
        fetching=fetching,
    )


def _amount(written: AmountSettings | None) -> Amount | None:
    return None if written is None else Amount(written.amount, written.currency)


def known_readings(readings: Sequence[Reading], moment: datetime) -> tuple[Reading, ...]:
    """Keep the readings of a benefit before a moment, one for each time, oldest first.

    Of several for the same time the last one that was fetched by the moment counts: it corrects the
    others. Where all were fetched later, as with a history that was loaded, the first one does.
    """
    by_time: dict[datetime, Reading] = {}
    for reading in sorted(readings, key=lambda one: one.fetched_at):
        if reading.at >= moment:
            continue
        if reading.at not in by_time or reading.fetched_at <= moment:
            by_time[reading.at] = reading
    return tuple(by_time[at] for at in sorted(by_time))


def known_fetching(fetching: Fetching, moment: datetime) -> Fetching:
    """Leave out how an attempt went that was made after a moment."""
    later = fetching.last_attempt is not None and fetching.last_attempt > moment
    return replace(fetching, last_attempt=None, error=None) if later else fetching
