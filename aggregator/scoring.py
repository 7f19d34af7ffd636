"""How good the schedule of each program is, put into the assessment (DOMAIN.md 1.5 and 1.6)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import msgspec

from .assessment import Assessment, MilestoneView, ProjectView
from .calendar import WorkCalendar
from .percent import percent
from .portfolio.model import Dependency, Milestone, Portfolio
from .quality.logic import in_plan, loose_ends
from .quality.scheme import Scheme, Step
from .quality.scoring import score


def score_schedules(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Add to each program how good its schedule is."""
    found = {program: score(scheme) for program, scheme in _schemes(portfolio, assessment)}
    programs = tuple(
        msgspec.structs.replace(program, quality=found.get(program.id))
        for program in assessment.programs
    )
    return msgspec.structs.replace(assessment, programs=programs)


def _schemes(portfolio: Portfolio, assessment: Assessment) -> Iterator[tuple[str, Scheme]]:
    """Read the schedule of each program; each milestone and dependency is looked at once."""
    views = {view.id: view for view in assessment.milestones}
    loose = loose_ends(portfolio)
    steps: dict[str, list[Step]] = defaultdict(list)
    for model in portfolio.milestones.values():
        calendar = portfolio.calendars[model.calendar]
        teamless = _is_teamless(model, portfolio)
        steps[model.program].append(_step(model, views[model.id], calendar, teamless=teamless))
    ties: dict[str, list[Dependency]] = defaultdict(list)
    for tie in portfolio.dependencies:
        waiting = portfolio.milestones.get(tie.downstream)
        if waiting is not None and in_plan(waiting):
            ties[waiting.program].append(tie)
    violated = frozenset(
        (tie.upstream, tie.downstream)
        for tie in assessment.dependencies
        if tie.status == "violated"
    )
    active = _active(assessment)
    executions = {program.id: program.execution for program in assessment.programs}
    for program in portfolio.programs:
        own = tuple(steps[program.id])
        named = {source for step in own for source in step.model.sources}
        scheme = Scheme(
            as_of=portfolio.as_of,
            all=own,
            steps=tuple(step for step in own if in_plan(step.model)),
            loose=loose,
            ties=tuple(ties[program.id]),
            projects=tuple(p for p in portfolio.projects if p.program == program.id),
            sources={s.name: s.status for s in assessment.sources if s.name in named},
            violated=violated,
            execution=executions[program.id],
            overloaded=dict(_overloaded(assessment, program.id)),
            aimless=tuple(one.id for one in active[program.id] if not one.aims.traced_to),
            aimed=len(active[program.id]),
        )
        yield program.id, scheme


def _active(assessment: Assessment) -> Mapping[str, list[ProjectView]]:
    """Give the active projects of each program; none where there is no objective to serve."""
    found: dict[str, list[ProjectView]] = defaultdict(list)
    if assessment.strategy is not None and assessment.strategy.objectives:
        for project in assessment.projects:
            if project.aims.active:
                found[project.program].append(project)
    return found


def _is_teamless(model: Milestone, portfolio: Portfolio) -> bool:
    stream = portfolio.streams.get(model.stream or "")
    paced = stream is not None and bool(stream.samples or stream.finished)
    return model.scope.remaining > 0 and not paced


def _overloaded(assessment: Assessment, program: str) -> Iterator[tuple[str, str]]:
    """Name who has more than can be done, as RES-001 and RES-004 count it, and is needed here."""
    people = assessment.people
    if people is None:
        return
    for person in people.persons:
        here = any(one.project.partition("/")[0] == program for one in person.allocations)
        if here and person.load > 1:
            yield f"person:{person.id}", f"{percent(person.load)} of the time is planned for today"
    for stream in people.streams:
        own = [one for one in stream.projects if one.partition("/")[0] == program]
        if own and stream.pace is not None and stream.needed > stream.pace:
            why = f"{stream.needed:g} items a week are needed, and {stream.pace:g} are usual"
            yield own[0], why


def _step(model: Milestone, view: MilestoneView, calendar: WorkCalendar, *, teamless: bool) -> Step:
    network, forecast = view.network, view.forecast
    start, finish = model.started or network.early_start, network.early_finish
    duration = None
    if start is not None and finish is not None:
        duration = calendar.workdays(start.toordinal(), finish.toordinal() + 1)
    return Step(
        model=model,
        duration=duration,
        commitment_float=network.commitment_float,
        total_float=network.total_float,
        path_test=network.path_test,
        cpli=view.indexes.cpli,
        p_on_time=forecast.p_on_time,
        teamless=teamless,
        foreseen=forecast.method != "none" and model.id not in forecast.missing_inputs,
    )
