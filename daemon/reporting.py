"""Makes reports: brings together what one is made of, and puts it into its form."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from importlib.metadata import version

import msgspec

from slipwatch.aggregator.assessment import Assessment, from_json, to_json
from slipwatch.aggregator.slips import Move, moves
from slipwatch.aggregator.store import NewReport, Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.exporters.reports.charts import pictures
from slipwatch.exporters.reports.compose import compose, summary
from slipwatch.exporters.reports.model import EndingWaiver, Material, Snapshot
from slipwatch.exporters.reports.printing import to_pdf
from slipwatch.exporters.reports.render import to_html, to_markdown

from .pipeline import Outcome, run_assessment

TREND = timedelta(weeks=26)
"""How far back the trend of a milestone is shown."""

MOST_POINTS = 40
"""Days that it is drawn from."""

WEEK = timedelta(days=7)
SOON = timedelta(days=14)
"""How long before its end a waiver is asked about."""


class Form(StrEnum):
    """What a report is written as."""

    HTML = "html"
    MD = "md"
    PDF = "pdf"


class UnknownProgramError(Exception):
    """The file has no such program; the message names those it has."""


def write_report(
    settings: SlipwatchSettings,
    store: Store,
    outcome: Outcome,
    program: str,
    *,
    form: Form,
    audience: str = "",
    before: Assessment | None = None,
    period: date | None = None,
    at: datetime,
) -> NewReport:
    """Write a report on an assessment that was made ``at`` a time.

    Raises ``UnknownProgramError``, ``DrawingError`` and ``PrintingError``.
    """
    assessment = outcome.assessment
    known = [view.id for view in assessment.programs]
    if program not in known:
        listed = ", ".join(known) or "none"
        raise UnknownProgramError(f"there is no program {program}; there are: {listed}")
    material = _material(settings, store, outcome, program, audience=audience, before=before)
    report, ours = compose(material), version("slipwatch")
    text = to_markdown(report, version=ours).encode()
    html = pdf = None
    if form is not Form.MD:
        page = to_html(report, pictures(material), version=ours)
        html = page.encode()
        pdf = to_pdf(page, at=assessment.generated_at) if form is Form.PDF else None
    return NewReport(
        program=program,
        audience=audience,
        period=period,
        as_of=assessment.as_of,
        made_at=at,
        title=f"{report.title}: {report.status}, as of {report.as_of}",
        summary=summary(report),
        form=form.value,
        content=pdf or html or text,
        text=text if form is not Form.MD else None,
        html=html if form is Form.PDF else None,
        basis=to_json(_only(assessment, program)),
    )


def _material(
    settings: SlipwatchSettings,
    store: Store,
    outcome: Outcome,
    program: str,
    *,
    audience: str,
    before: Assessment | None,
) -> Material:
    """Gather what a report is made from."""
    assessment = outcome.assessment
    return Material(
        program=program,
        assessment=assessment,
        before=before,
        moves=dict(_moves(outcome, program, before)),
        calendars={
            name: outcome.portfolio.calendars[milestone.calendar]
            for name, milestone in outcome.portfolio.milestones.items()
        },
        trend=tuple(_trend(store, assessment.as_of, program)),
        ending=tuple(_ending(settings, assessment, program)),
        audience=audience,
    )


def compared_with(
    store: Store, program: str, as_of: date, *, audience: str | None = None
) -> Assessment | None:
    """Find what a report is compared with: the last one, or else how it was a week ago.

    The last one is that to the ``audience``, or to any.
    """
    last = store.last_report(program, audience)
    if last is not None and last.as_of < as_of:
        return _decoded(last.basis)
    kept = store.assessment_days(as_of - TREND, as_of - timedelta(days=1))
    past = [day for day in kept if day <= as_of - WEEK]
    day = past[-1] if past else next(iter(kept), None)
    return None if day is None else _kept(store, day)


def as_it_was(settings: SlipwatchSettings, store: Store, day: date, now: datetime) -> Assessment:
    """Give the assessment of a past day: the one that was made then, or a replay."""
    kept = _kept(store, day)
    if kept is not None:
        return kept
    return run_assessment(settings, store, as_of=day, now=now, remember=False).assessment


def _kept(store: Store, day: date) -> Assessment | None:
    kept = store.assessment(day)
    return None if kept is None else _decoded(kept.body)


def _decoded(body: bytes) -> Assessment | None:
    """Read a stored assessment; None for one of another version."""
    try:
        return from_json(body)
    except msgspec.DecodeError:
        return None


def _only(assessment: Assessment, program: str) -> Assessment:
    """Leave out what other programs say."""
    own = tuple(view for view in assessment.milestones if view.program == program)
    ids = {view.id for view in own}
    return msgspec.structs.replace(
        assessment,
        milestones=own,
        dependencies=tuple(edge for edge in assessment.dependencies if edge.downstream in ids),
        cycles=tuple(cycle for cycle in assessment.cycles if ids & set(cycle.members)),
        projects=tuple(view for view in assessment.projects if view.program == program),
        programs=tuple(view for view in assessment.programs if view.id == program),
        findings=tuple(one for one in assessment.findings if one.program == program),
    )


def _moves(
    outcome: Outcome, program: str, before: Assessment | None
) -> Iterator[tuple[str, list[Move]]]:
    """Yield what the ledger says of each milestone since then."""
    if before is None:
        return
    portfolio = outcome.portfolio
    for milestone in portfolio.milestones.values():
        if milestone.program == program:
            every = moves(milestone.history, portfolio.calendars[milestone.calendar])
            yield milestone.id, [move for move in every if move.at > before.generated_at]


class _Forecast(msgspec.Struct, frozen=True):
    p85: date | None = None


class _Milestone(msgspec.Struct, frozen=True):
    id: str
    program: str
    forecast: _Forecast


class _Day(msgspec.Struct, frozen=True):
    """What the trend needs of a stored assessment."""

    milestones: tuple[_Milestone, ...]


def _trend(store: Store, as_of: date, program: str) -> Iterator[Snapshot]:
    days = store.assessment_days(as_of - TREND, as_of - timedelta(days=1))
    step = -(-len(days) // MOST_POINTS) or 1
    # Counted from the end: what was said last matters most.
    for day in days[::-1][::step][::-1]:
        kept = store.assessment(day)
        if kept is None:
            continue
        try:
            seen = msgspec.json.decode(kept.body, type=_Day)
        except msgspec.DecodeError:
            continue
        forecasts = {
            view.id: view.forecast.p85
            for view in seen.milestones
            if view.program == program and view.forecast.p85 is not None
        }
        yield Snapshot(day=day, p85=forecasts)


def _ending(
    settings: SlipwatchSettings, assessment: Assessment, program: str
) -> Iterator[EndingWaiver]:
    """Yield the waivers that end soon and still hide something."""
    hidden = {
        (finding.rule, finding.subject)
        for finding in assessment.findings
        if finding.state == "waived" and finding.program == program
    }
    for waiver in settings.waivers:
        ends_soon = waiver.expires - assessment.as_of <= SOON
        if ends_soon and (waiver.rule, waiver.subject) in hidden:
            yield EndingWaiver(rule=waiver.rule, subject=waiver.subject, expires=waiver.expires)
