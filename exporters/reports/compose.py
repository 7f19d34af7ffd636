"""Puts a report together: what people must know of a program, the worst first, on a page or two."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from slipwatch.aggregator.assessment import (
    Assessment,
    FindingView,
    MilestoneView,
    ProgramView,
)
from slipwatch.aggregator.percent import percent

from ..glance import at_a_glance
from ..health import overall, reasons_of
from ..notifications.describing import Describer, clean, safe_link
from ..order import milestones_by_urgency
from ..path import root_cause
from ..wording import say_beside, say_counted, say_days, say_late
from .benefits import benefits_of, worth_of
from .changes import what_changed
from .decisions import decisions_of
from .health import health_section
from .model import Commitment, Finding, Material, Report, Threat, Trend
from .money import costs_of
from .oversight import oversight
from .schedule import schedule

MOST_REASONS = 5
MOST_COMMITMENTS = 10
MOST_THREATS = 4
MOST_DECISIONS = 6
MOST_FINDINGS = 5
MOST_BENEFITS = 4
LONGEST_NAME = 80
LONGEST_SENTENCE = 240

T = TypeVar("T")


def compose(material: Material) -> Report:
    """Make the report on a program; raises ``KeyError`` for a program that there is not."""
    now, before = material.assessment, material.before
    program = _program(now, material.program)
    if program is None:
        raise KeyError(material.program)
    earlier = _program(before, material.program) if before is not None else None
    own = milestones_by_urgency(tuple(m for m in now.milestones if m.program == program.id))
    reasons, more_reasons = _first(MOST_REASONS, map(_sentence, reasons_of(program)))
    committed = [view for view in own if view.dates.commitment is not None]
    commitments, more_commitments = _first(
        MOST_COMMITMENTS, (_commitment(view, before) for view in committed)
    )
    decisions, more_decisions = _first(
        MOST_DECISIONS, decisions_of(now, program, own, material.ending)
    )
    threats, more_threats = _first(MOST_THREATS, _threats(now, own))
    findings, more_findings = _first(MOST_FINDINGS, _findings(now, program.id))
    benefits, more_benefits = _first(MOST_BENEFITS, benefits_of(program))
    people = (("sponsor", program.sponsor), ("manager", program.manager))
    return Report(
        program=program.id,
        title=clean(program.title or program.id, LONGEST_NAME),
        audience=clean(material.audience, LONGEST_NAME),
        status=overall(program),
        status_before=overall(earlier) if earlier is not None else None,
        people=tuple(f"{role} {clean(name, 40)}" for role, name in people if name),
        as_of=now.as_of,
        since=before.as_of if before is not None else None,
        generated_at=now.generated_at,
        timezone=now.timezone,
        reasons=reasons,
        more_reasons=more_reasons,
        glance=tuple(at_a_glance(program)),
        doubts=tuple(_doubts(now)),
        changes=what_changed(material),
        commitments=commitments,
        more_commitments=more_commitments,
        decisions=decisions,
        more_decisions=more_decisions,
        threats=threats,
        more_threats=more_threats,
        topics=tuple(oversight(program)),
        benefits=benefits,
        more_benefits=more_benefits,
        worth=tuple(map(_sentence, worth_of(now, program))),
        findings=findings,
        more_findings=more_findings,
        schedule=schedule(now, program),
        costs=costs_of(now, program),
        health=health_section(now, program),
    )


def summary(report: Report) -> tuple[str, ...]:
    """Say what a report says in a few sentences, for those who get no more than that."""
    counts = Counter(one.status for one in report.commitments)
    listed = ", ".join(f"{number} {status}" for status, number in counts.items())
    statuses = (line for one in report.changes if one.about == "Status" for line in one.lines[:3])
    return (
        *([f"Commitments: {listed}."] if listed else ()),
        *(f"{reason.removesuffix('.')}." for reason in report.reasons[:3]),
        *statuses,
        *(f"To decide: {one}" for one in report.decisions[:3]),
    )


def _program(assessment: Assessment, program: str) -> ProgramView | None:
    return next((view for view in assessment.programs if view.id == program), None)


def _first(most: int, found: Iterable[T]) -> tuple[tuple[T, ...], int]:
    """Take what there is room for; count what is left out."""
    every = tuple(found)
    return every[:most], max(0, len(every) - most)


def _sentence(text: str) -> str:
    return clean(text, LONGEST_SENTENCE)


def _doubts(assessment: Assessment) -> Iterator[str]:
    """Say what the data lacks: unknown is not green."""
    for source in assessment.sources:
        last = f"{source.last_success:%Y-%m-%d %H:%M} UTC" if source.last_success else "never"
        if source.status != "ok":
            yield f"Source {clean(source.name, 40)} is {source.status}; last read: {last}."


def _commitment(view: MilestoneView, before: Assessment | None) -> Commitment:
    earlier = before.milestone(view.id) if before is not None else None
    chance = view.forecast.p_on_time if view.dates.actual is None else None
    last = earlier.forecast.p_on_time if earlier is not None else None
    late = view.slip.forecast_vs_commitment
    assert view.dates.commitment is not None
    return Commitment(
        id=view.id,
        title=clean(view.title or view.id, LONGEST_NAME),
        url=safe_link(view.url),
        status=view.status,
        owner=clean(view.owner or "", 40),
        day=view.dates.commitment,
        finish=_finish(view),
        counted=say_counted(view.forecast.points) if view.dates.actual is None else "",
        p85=view.forecast.p85 if view.dates.actual is None else None,
        chance="" if chance is None else percent(chance),
        chance_before="" if chance is None or last is None else percent(last),
        trend=_trend(chance, last),
        late="" if late is None else say_late(late),
    )


def _finish(view: MilestoneView) -> str:
    if view.dates.actual is not None:
        return f"done {view.dates.actual}"
    if view.forecast.p50 is None and view.forecast.lower_bound is not None:
        return f"not before {view.forecast.lower_bound}"
    return str(view.forecast.p50 or "unknown")


def _trend(now: float | None, before: float | None) -> Trend:
    if now is None or before is None:
        return ""
    if percent(now) == percent(before):
        return "as before"
    return "better" if now > before else "worse"


def _threats(assessment: Assessment, own: Sequence[MilestoneView]) -> Iterator[Threat]:
    """Say of what is open and not green why, and whom it hits."""
    describer = Describer(assessment, {})
    for view in own:
        if view.dates.actual is not None or view.status == "green":
            continue
        worst = root_cause(view)
        slip = ""
        if worst is not None and worst.milestone == view.id:
            slip = f"Its own slip costs it {say_days(worst.but_for)}."
        beside = say_beside(view.concurrent) if view.concurrent > 0 else ""
        found = (slip, describer.cause(view), beside, describer.hits(view))
        sentences = tuple(_sentence(one) for one in found if one)
        if sentences:
            yield Threat(title=describer.name(view.id), sentences=sentences)


def _findings(assessment: Assessment, program: str) -> Iterator[Finding]:
    describer = Describer(assessment, {})
    known = {finding.fingerprint: finding for finding in assessment.findings}
    for finding in assessment.findings:
        if finding.program == program:
            yield _finding(describer, finding, known.get(finding.cause or ""))


def _short(describer: Describer, finding: FindingView) -> str:
    view = describer.about(finding)
    about = describer.name(view.id) if view is not None else clean(finding.subject, LONGEST_NAME)
    return f"{about} ({finding.rule})"


def _finding(describer: Describer, finding: FindingView, cause: FindingView | None) -> Finding:
    view = describer.about(finding)
    links = [*finding.links, *([view.url] if view is not None else [])]
    return Finding(
        severity=finding.severity,
        waived=finding.state == "waived",
        explained_by="" if cause is None else _short(describer, cause),
        rule=finding.rule,
        title=describer.titled(finding),
        message=_sentence(finding.message),
        since=finding.since,
        link=next(filter(None, map(safe_link, links)), ""),
    )
