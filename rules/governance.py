"""GOV: nobody answers for it, it is no program, or it is reported better than it is."""

from collections.abc import Iterator
from dataclasses import dataclass

from slipwatch.aggregator.assessment import ProgramView, ProjectView
from slipwatch.aggregator.portfolio.model import Project

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_count, say_day, say_list
from .world import World


class NoSponsor(Rule):
    """A program that nobody at the top answers for.

    What it catches:
        A program without a ``sponsor``, the senior responsible owner who pays for it and can
        decide what its manager cannot. A project's sponsor is its program's.

    Why it matters:
        Lack of an executive who stands for it is the failure that programs name most often: what
        two projects cannot settle between them is settled by nobody.

    Example that fires:
        Checkout has a manager and no sponsor.

    What to do:
        Agree who it is, and write it as ``sponsor`` of the program.

    Source:
        IPA assurance reviews (senior responsible owner); MSP, organisation theme.
    """

    id = "GOV-001"
    title = "No sponsor"
    severity = "high"
    at_once = True
    timeless = "who sponsors a program"

    def judge(self, world: World) -> Iterator[Verdict]:
        for program in world.assessment.programs:
            if program.sponsor:
                yield Passed(program.id)
            else:
                yield Failed(
                    subject=program.id,
                    message=f"{program.title} has no sponsor: nobody answers for it at the top.",
                    evidence={"manager": program.manager},
                )


class NoLead(Rule):
    """A project that nobody leads.

    What it catches:
        A project with an open milestone and without a ``lead``, or whose lead has left: no account
        of hers that a tracker tells of is in use any more. A lead is known by her id under
        ``people``, or by what a tracker calls her. Jira and GitLab say of each item that they list
        whether its assignee's account is in use, so it shows with the next of her items that
        changes; GitHub says nothing of that.

    Why it matters:
        Alerts, questions and decisions about it reach nobody in particular.

    Example that fires:
        Web shop has three open milestones and no lead.

    What to do:
        Write who leads it as ``lead`` of the project, and hand over the items of who left.

    Source:
        MSP, organisation theme (accountability is one person's).
    """

    id = "GOV-002"
    title = "No lead"
    severity = "medium"
    at_once = True
    timeless = "who leads a project, and whether an account is in use"

    def judge(self, world: World) -> Iterator[Verdict]:
        alive: dict[str, int] = {}
        for milestone in world.milestones:
            if not milestone.over:
                alive[milestone.model.project] = alive.get(milestone.model.project, 0) + 1
        for project in world.portfolio.projects:
            if project.id not in alive:
                yield NotApplicable(project.id)
            elif project.lead and not project.lead_gone_from:
                yield Passed(project.id)
            else:
                yield _unled(project, alive[project.id])


def _unled(project: Project, milestones: int) -> Failed:
    title, count = project.title, say_count(milestones, "open milestone")
    message = f"Nobody leads {title}, which has {count}."
    if project.lead:
        where = say_list(project.lead_gone_from)
        message = (
            f"{project.lead}, who leads {title} with its {count}, has no account in use in {where}."
        )
    return Failed(
        subject=project.id,
        value=milestones,
        threshold=0,
        message=message,
        evidence={"lead": project.lead, "sources": list(project.lead_gone_from)}
        if project.lead
        else {},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Watermelon(Rule):
    """What is reported is greener than what is computed: green outside, red inside.

    What it catches:
        A program or a project with a ``reported`` status that is at least ``levels`` levels better
        than the worst of what is measured of it (schedule, cost, scope, benefits), or one level
        better for more than ``days`` days. Findings of rules do not count in the measured status,
        so that this one does not feed itself. Where what is measured is grey it cannot tell.

    Why it matters:
        Every level of a hierarchy makes bad news a little better. Steering then decides on a
        picture that the data never supported.

    Example that fires:
        Payments is reported green on 2 March. Its schedule is red: Payments 2.0 has 22 % by its
        commitment.

    What to do:
        Talk about the reasons in the evidence: either the report is too good, or what is measured
        misses something that can be written down.

    Source:
        GAO-10-701 and GAO-12-210 (dashboards rosier than the data). Two levels and 14 days are
        ours.
    """

    id = "GOV-005"
    title = "Reported better than it is"
    severity = "high"

    levels: int = parameter(2, "So many levels better are a finding at once.", minimum=1, maximum=2)
    days: int = parameter(14, "One level better for more days is a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        views: list[ProgramView | ProjectView] = [*world.assessment.programs]
        for view in [*views, *world.assessment.projects]:
            yield self._judge(world, view)

    def _judge(self, world: World, view: ProgramView | ProjectView) -> Verdict:
        reported = view.reported
        if reported is None:
            return NotApplicable(view.id)
        if reported.gap is None:
            return Unknown(view.id, "what is measured of it is grey")
        since = reported.since or world.as_of
        lasted = (world.as_of - since).days
        if reported.gap < 1 or (reported.gap < self.levels and lasted <= self.days):
            return Passed(view.id)
        reasons = list(view.health.reasons) if view.health is not None else []
        return Failed(
            subject=view.id,
            value=reported.gap,
            threshold=self.levels if reported.gap >= self.levels else 1,
            message=f"{view.title} is reported {reported.status} since "
            f"{say_day(reported.on, world.as_of)}, and is {reported.computed} by the data: "
            f"{say_list(reasons, 1)}.",
            evidence={
                "reported": reported.status,
                "reported_on": reported.on,
                "reported_by": reported.by,
                "reported_in": reported.origin,
                "computed": reported.computed,
                "days": lasted,
                "reasons": reasons,
            },
        )


class BigProject(Rule):
    """A "program" that is a big project.

    What it catches:
        A program with fewer than two projects; or one whose projects do not depend on one another
        and that has neither a benefit nor an objective of its own.

    Why it matters:
        A program is there for outcomes that no project reaches alone. One that is a project in
        disguise carries the meetings of a program and gets none of its use; or, worse, it is
        watched like a project while its benefits are nobody's.

    Example that fires:
        Website has one project and a sponsor.

    What to do:
        Split it where teams and outcomes differ, or write down which objective and benefits it is
        for; a project that belongs to another program moves there.

    Source:
        MSP and PMI on what a program is; the commonest of its classic failures.
    """

    id = "GOV-010"
    title = "Program that is a big project"
    severity = "info"
    at_once = True
    timeless = "which projects, benefits and objectives a program has"

    def judge(self, world: World) -> Iterator[Verdict]:
        projects: dict[str, int] = {}
        for project in world.portfolio.projects:
            projects[project.program] = projects.get(project.program, 0) + 1
        tied = {
            edge.downstream.model.program
            for edge in world.dependencies
            if edge.upstream.model.project != edge.downstream.model.project
        }
        for program in world.assessment.programs:
            number = projects.get(program.id, 0)
            evidence = {"projects": number, "depends": program.id in tied}
            if number < 2:
                said = f"{program.title} has {say_count(number, 'project')}"
            elif program.id not in tied and not _has_aim(program):
                said = f"the projects of {program.title} do not depend on one another"
            else:
                yield Passed(program.id)
                continue
            yield Failed(
                subject=program.id,
                value=number,
                threshold=2,
                message=f"{said[0].upper()}{said[1:]}: is it a program?",
                evidence=evidence,
            )


def _has_aim(program: ProgramView) -> bool:
    """Say whether anything is to come of it that is more than its projects."""
    aims = program.aims
    return bool(program.benefits) or (aims is not None and bool(aims.objectives))


RULES: tuple[type[Rule], ...] = (NoSponsor, NoLead, Watermelon, BigProject)
