"""When audiences last heard, and how what people report compares with what is computed."""

from datetime import date, timedelta

import msgspec

from ..assessment import Assessment, ProgramView, ProjectView
from ..communication.model import Reported, ReportPlan
from ..communication.views import ReportedView, ReportView
from ..health.history import REPORTED, History
from ..health.views import KNOWN, Health, Status
from ..portfolio.model import Portfolio, Program, Project

LATE_AFTER = 1.5
"""Cadences after which a report is late (COM-001)."""


def assess_communication(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add reports, and the reported colours beside those that are measured."""
    history = History(portfolio.colours, portfolio.as_of)
    programs = {program.id: program for program in portfolio.programs}
    projects = {project.id: project for project in portfolio.projects}
    return msgspec.structs.replace(
        assessment,
        programs=tuple(
            _program(portfolio, programs[view.id], view, history) for view in assessment.programs
        ),
        projects=tuple(
            msgspec.structs.replace(view, reported=_beside(projects[view.id], view, history))
            for view in assessment.projects
        ),
    )


def _program(
    portfolio: Portfolio, program: Program, view: ProgramView, history: History
) -> ProgramView:
    return msgspec.structs.replace(
        view,
        reports=tuple(_report(portfolio, program, plan) for plan in program.reports),
        reported=_beside(program, view, history),
    )


def late_on(plan: ReportPlan, watched_since: date | None) -> date | None:
    """Give the first day on which a report is late; None where nobody knows since when it is due.

    One that never went out is due from the day that slipwatch first looked.
    """
    begin = plan.last or watched_since
    if begin is None:
        return None
    return begin + timedelta(days=int(plan.days * LATE_AFTER) + 1)


def _report(portfolio: Portfolio, program: Program, plan: ReportPlan) -> ReportView:
    late = late_on(plan, portfolio.talk.watched_since)
    last = plan.told[-1] if plan.told else None
    since = last.made_at if last is not None else None
    moved = turned = 0
    if since is not None:
        moved = sum(
            any(seen.at > since for seen in milestone.history[1:])
            for milestone in portfolio.milestones.values()
            if milestone.program == program.id
        )
        turned = sum(
            change.at > since and change.before is not None
            for change in portfolio.colours
            if change.subject.partition("/")[0] == program.id
        )
    return ReportView(
        audience=plan.audience,
        cadence=plan.cadence,
        last=plan.last,
        due=late - timedelta(days=1) if late is not None else None,
        overdue=late is not None and portfolio.as_of >= late,
        moved_since=moved,
        turned_since=turned,
        same=_same(plan),
    )


def _same(plan: ReportPlan) -> int:
    """Count the last reports that say the same words."""
    number = 0
    for one in reversed(plan.told):
        if one.said != plan.told[-1].said:
            break
        number += 1
    return number


def _beside(
    model: Program | Project, view: ProgramView | ProjectView, history: History
) -> ReportedView | None:
    reported = model.reported
    if reported is None or view.health is None:
        return None
    computed = view.health.status
    gap = _gap(reported, computed)
    on = reported.on or history.since(model.id, REPORTED, reported.status)
    return ReportedView(
        status=reported.status,
        on=on,
        by=reported.by,
        text=reported.text,
        origin=reported.origin,
        computed=computed,
        gap=gap,
        since=_since(reported, on, model.id, view.health, history) if gap and gap > 0 else None,
    )


def _gap(reported: Reported, computed: Status) -> int | None:
    if computed == "grey":
        return None
    return KNOWN.index(reported.status) - KNOWN.index(computed)


def _since(reported: Reported, on: date, subject: str, health: Health, history: History) -> date:
    """Find the day from which something has been worse than what is reported of it."""
    bound = KNOWN[KNOWN.index(reported.status) - 1]
    bad = [
        history.as_bad_since(subject, each.dimension, bound)
        for each in health.dimensions
        if each.status in KNOWN and KNOWN.index(each.status) <= KNOWN.index(bound)
    ]
    return max(on, min(bad))
