"""DEP: whether the network of dependencies is one: its logic, its order, its ends."""

from collections.abc import Mapping
from dataclasses import dataclass

from slipwatch.aggregator.portfolio.model import (
    Dependency,
    DependencyType,
    Portfolio,
    Project,
)
from slipwatch.aggregator.portfolio.upkeep import BrokenLink
from slipwatch.aggregator.quality.logic import in_plan, loose_ends

from .base import (
    Failed,
    MilestoneRule,
    NotApplicable,
    Passed,
    ProjectRule,
    Rule,
    Unknown,
    Verdict,
    parameter,
)
from .dependencies import DependencyRule, after_lag, say_lag
from .words import say_count, say_day, say_days, say_list
from .world import Edge, Subject, World

_SHOWN = 20


class OutOfSequence(DependencyRule):
    """Work began before what it waits for was finished.

    What it catches:
        A finish-to-start dependency whose downstream milestone was begun before the upstream
        one's actual finish and the lag were over, or while the upstream one is still open. Work
        that was not begun cannot be out of sequence. Where items are in work and no tracker tells
        since when, the rule cannot tell.

    Why it matters:
        Either the dependency is not what it says, and the forecast waits for nothing, or somebody
        builds on what is not there yet, and will do part of it twice.

    Example that fires:
        Cart waits for Login GA to be finished, which is open. The first item of Cart was begun on
        2 March.

    What to do:
        Ask the team what they work on. If it needs nothing of the other, declare the real type
        (partial, or finish-to-finish). If it does, expect rework, and say so in the plan.
        ``logic: override`` in the program lets the rest go on regardless.

    Source:
        GAO-16-89G best practices 2 (sequence) and 9 (update the schedule with actual progress).
    """

    id = "DEP-001"
    title = "Begun out of sequence"
    severity = "medium"
    at_once = True
    timeless = "dependencies of the file, and links whose time no tracker tells"

    def judge_dependency(self, world: World, edge: Edge) -> Verdict:
        downstream, upstream = edge.downstream.model, edge.upstream.model
        if edge.model.type is not DependencyType.FS:
            return NotApplicable(edge.id)
        begun = downstream.started
        if begun is None:
            if any(item.doing for item in downstream.open_items):
                return Unknown(edge.id, "items are in work, and nobody knows since when")
            return NotApplicable(edge.id)
        free = None if upstream.actual is None else after_lag(world, edge, upstream.actual)
        if free is not None and begun >= free:
            return Passed(edge.id)
        if upstream.actual is None:
            state, early = "which is still open", edge.downstream.days(begun, world.as_of)
        else:
            assert free is not None
            state = f"which was finished on {say_day(upstream.actual, world.as_of)}"
            early = edge.downstream.days(begun, free)
        return Failed(
            subject=edge.id,
            value=early,
            threshold=0,
            message=f"{edge.downstream.name} was begun on {say_day(begun, world.as_of)} and waits "
            f"for {edge.upstream.name}{say_lag(edge.model.lag)}, {state}.",
            evidence={
                "begun": begun,
                "upstream_finish": upstream.actual,
                "possible_start": free,
                "lag": str(edge.model.lag),
                "declared": edge.model.declared,
                "items": edge.model.evidence[:_SHOWN],
            },
            links=(*edge.upstream.links, *edge.downstream.links),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseEnds(ProjectRule):
    """Milestones of the project hang in the air.

    What it catches:
        Open milestones that wait for nothing and that nothing waits for, and those from which no
        way leads to a commitment. More than ``share`` of a project's open milestones make it
        medium. One finding per project, with the milestones listed.

        Sprints are time boxes and are left out, and so is what is declared standalone. A
        program of a single open milestone has nothing to link it with, and in a program without
        an open commitment nobody is asked to reach one.

    Why it matters:
        A slip that goes nowhere warns nobody. Nearly always the link exists in somebody's head:
        the forecast of the others is too early by what is not linked.

    Example that fires:
        Of 12 open milestones of Web, Search beta is linked with none, and no commitment waits
        for Style guide: 17 %.

    What to do:
        Ask what each of them is for. Link it (in the trackers, or ``depends_on``), give it a
        commitment, or declare it ``standalone: true``.

    Source:
        DCMA 14-point check 1 (logic, at most 5 %), PAM 200.1; GAO-16-89G best practice 2.
    """

    id = "DEP-008"
    title = "Milestones without logic"
    severity = "low"
    timeless = "dependencies of the file, and links whose time no tracker tells"

    share: float = parameter(0.05, "A larger share of a project's milestones is medium.", maximum=1)

    def judge_project(self, world: World, project: Project) -> Verdict:
        own = [m for m in world.of_project(project.id) if in_plan(m.model)]
        if not own:
            return NotApplicable(project.id)
        ends = world.once(loose_ends)
        loose = [(m, ends[m.id]) for m in own if m.id in ends]
        if not loose:
            return Passed(project.id)
        share = len(loose) / len(own)
        names = say_list([milestone.name for milestone, _ in loose])
        return Failed(
            subject=project.id,
            severity="medium" if share > self.share else None,
            value=share,
            threshold=self.share,
            message=f"{say_count(len(loose), 'open milestone')} of {len(own)} in "
            f"{world.name(project)} {'hangs' if len(loose) == 1 else 'hang'} in the air: {names}.",
            evidence={
                "open_milestones": len(own),
                "loose": len(loose),
                "ends": [{"milestone": m.id, "why": why} for m, why in loose[:_SHOWN]],
            },
            links=tuple(link for m, _ in loose[:_SHOWN] for link in m.links),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentSlip(MilestoneRule):
    """A small slip of the milestone would move many others.

    What it catches:
        An open milestone with at most ``float_days`` working days of float to the nearest
        commitment (or, where none depends on it, to the end of its program) whose slip of more
        than five working days would move at least ``milestones`` others, or milestones of at
        least ``projects`` other projects. Where it has no dates, the rule cannot tell.

    Why it matters:
        Nothing is late yet. This is where a week lost is lost for many at once, and the cheapest
        place to put a buffer, a second pair of eyes or the best people.

    Example that fires:
        Login GA has 3 working days of float. A slip by six would move 7 milestones of 3 projects.

    What to do:
        Look at it every week, whatever its colour. Hand usable parts over earlier, or loosen the
        dependencies that do not really need all of it.

    Source:
        Our own. Float: DCMA 14-point check 6.
    """

    id = "DEP-009"
    title = "Small slip, many hit"
    severity = "medium"
    timeless = "dependencies of the file, and links whose time no tracker tells"

    milestones: int = parameter(5, "So many others that would move are a finding.", minimum=1)
    projects: int = parameter(3, "So many other projects that would be hit are one.", minimum=1)
    float_days: int = parameter(5, "With more working days of float it is none.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        network = milestone.view.network
        if milestone.over:
            return NotApplicable(milestone.id)
        radius, projects = network.latent_radius, network.latent_projects
        spare = network.commitment_float
        spare = network.total_float if spare is None else spare
        if radius is None or projects is None or spare is None:
            return Unknown(milestone.id, milestone.why_no_forecast)
        wide = radius >= self.milestones or projects >= self.projects
        if not wide or spare > self.float_days:
            return Passed(milestone.id)
        others = f" in {say_count(projects, 'other project')}" if projects else ""
        return Failed(
            subject=milestone.id,
            value=radius,
            threshold=self.milestones,
            message=f"A slip of {milestone.name} by more than 5 working days would move "
            f"{say_count(radius, 'other milestone')}{others}; it has {say_days(spare)} of float.",
            evidence={
                "latent_radius": radius,
                "latent_projects": projects,
                "float": spare,
                "to_commitment": network.commitment_float is not None,
                "waiting": [m.id for m in world.nearest_downstream(milestone.id, _SHOWN)],
            },
            links=milestone.links,
        )


class BrokenLinks(ProjectRule):
    """Open items wait for what will never be done, or for what nobody can see.

    What it catches:
        A link "blocks" or "depends" from an open item of the project to one that was dropped,
        deleted or moved out of everything that is read, that the account may not see any more, or
        whose key no source knows; and a declared dependency on a milestone that is not there.
        Keys that only stand in a text are left out where nobody knows them. One finding per
        project, with 20 of the links.

    Why it matters:
        The one that waits waits for ever, or for something that nobody watches. Whether it was
        meant to be done is a question that the plan does not answer.

    Example that fires:
        PAY-31 is blocked by WEB-7, which was closed as "won't do" in March.

    What to do:
        Ask the owner of the item whether it still needs anything. Then take the link away, put
        what replaces the other one in its place, or add its project to the sources.

    Source:
        Our own; a schedule with dangling logic fails GAO-16-89G best practice 5.
    """

    id = "DEP-011"
    title = "Waits for what is gone"
    severity = "medium"
    at_once = True
    timeless = "dependencies of the file, and links whose time no tracker tells"

    def judge_project(self, world: World, project: Project) -> Verdict:
        broken = project.upkeep.broken
        absent = world.once(_absent).get(project.id, [])
        if not project.flow.arrived and not absent and not world.of_project(project.id):
            return NotApplicable(project.id)
        if not broken and not absent:
            return Passed(project.id)
        ties = [f"{link.item} for {link.upstream} ({link.why})" for link in broken]
        ties += [f"{d.downstream} for {d.upstream} (not there)" for d in absent]
        return Failed(
            subject=project.id,
            value=len(ties),
            threshold=0,
            message=f"{say_count(len(ties), 'link')} of {world.name(project)} "
            f"{'leads' if len(ties) == 1 else 'lead'} nowhere: {say_list(ties)}.",
            evidence={
                "links": len(ties),
                "items": [_evidence(link) for link in broken[:_SHOWN]],
                "dependencies": [(d.upstream, d.downstream) for d in absent[:_SHOWN]],
            },
            links=tuple(dict.fromkeys(link.url for link in broken[:_SHOWN] if link.url)),
        )


RULES: tuple[type[Rule], ...] = (OutOfSequence, LooseEnds, LatentSlip, BrokenLinks)


def _absent(portfolio: Portfolio) -> Mapping[str, list[Dependency]]:
    """Find the declared dependencies on milestones that are not there, by project."""
    found: dict[str, list[Dependency]] = {}
    for tie in portfolio.dependencies:
        if tie.declared and tie.upstream not in portfolio.milestones:
            found.setdefault(tie.downstream.rpartition("/")[0], []).append(tie)
    return found


def _evidence(link: BrokenLink) -> dict[str, str]:
    return {"item": link.item, "upstream": link.upstream, "why": link.why}
