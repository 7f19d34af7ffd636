"""DQ: what teams leave out of their trackers, or put into them that cannot be."""

from dataclasses import dataclass
from datetime import date

from slipwatch.aggregator.portfolio.counting import Counting
from slipwatch.aggregator.portfolio.flow import FEWEST
from slipwatch.aggregator.portfolio.model import Project
from slipwatch.aggregator.portfolio.points import ESTIMATING
from slipwatch.aggregator.portfolio.upkeep import Listed
from slipwatch.aggregator.quality.dates import impossible_dates

from .base import Failed, NotApplicable, Passed, ProjectRule, Rule, Unknown, Verdict, parameter
from .words import say_count, say_day, say_list
from .world import World

_SHOWN = 20


class ImpossibleDates(ProjectRule):
    """Dates of the project cannot all be true.

    What it catches:
        An open item or milestone that starts after it is due; an item that was done in the
        future, before it was created or before it was begun; a milestone that was finished before
        it was begun, or is closed with a day of release that is yet to come. Of finished items
        only those of the last 13 weeks count, since the pace is told from them. One finding per
        project, with 20 of the dates.

    Why it matters:
        Forecasts, cycle times and colours are made of these dates. A date that cannot be is most
        often an import, a typing error or a field that is used for something else.

    Example that fires:
        PAY-12 starts on 9 March and is due on 2 March.

    What to do:
        Correct the field in the tracker. Where a field means something else in a project, map
        another one in the source's ``fields``.

    Source:
        DCMA 14-point check 9 (invalid dates), PAM 200.1.
    """

    id = "DQ-003"
    title = "Impossible dates"
    severity = "medium"
    at_once = True

    def judge_project(self, world: World, project: Project) -> Verdict:
        own = world.of_project(project.id)
        if not own and not (project.flow.todo or project.flow.doing or project.flow.done):
            return NotApplicable(project.id)
        found: list[tuple[str, str, date, date]] = [
            (i.item, i.what, i.earlier, i.later) for i in project.upkeep.impossible
        ]
        found += [
            (milestone.id, problem.what, problem.earlier, problem.later)
            for milestone in own
            for problem in impossible_dates(milestone.model, world.as_of)
        ]
        if not found:
            return Passed(project.id)
        said = [f"{name} is {what}" if what.startswith("done") else f"{name} {what}"
                for name, what, _, _ in found]  # fmt: skip
        return Failed(
            subject=project.id,
            value=len(found),
            threshold=0,
            message=f"Dates of {world.name(project)} cannot be true: {say_list(said)}.",
            evidence={
                "problems": len(found),
                "dates": [
                    {"of": name, "what": what, "earlier": earlier, "later": later}
                    for name, what, earlier, later in found[:_SHOWN]
                ],
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodysWork(ProjectRule):
    """Work is in progress that is nobody's.

    What it catches:
        Items in work that are assigned to nobody. More than ``share`` of all items in work make
        it medium. One finding per project, with 20 of the items.

    Why it matters:
        What is everybody's is nobody's: it is not asked for, and it is what turns out to be not
        even begun in the week before the date. Nobody can be asked when it is blocked, either.

    Example that fires:
        3 of 20 items in work of Payments are assigned to nobody.

    What to do:
        Assign them, or move back what nobody works on.

    Source:
        DCMA 14-point check 10 (resources), PAM 200.1; the tenth is ours.
    """

    id = "DQ-004"
    title = "Work of nobody"
    severity = "low"

    share: float = parameter(0.10, "A larger share of the items in work is medium.", maximum=1)

    def judge_project(self, world: World, project: Project) -> Verdict:
        begun = project.upkeep.begun
        if not begun:
            return NotApplicable(project.id)
        nobodys = [item for item in begun if item.assignee is None]
        if not nobodys:
            return Passed(project.id)
        share = len(nobodys) / len(begun)
        one = len(nobodys) == 1
        return Failed(
            subject=project.id,
            severity="medium" if share > self.share else None,
            value=share,
            threshold=self.share,
            message=f"{len(nobodys)} of {say_count(len(begun), 'item')} in work of "
            f"{world.name(project)} {'is' if one else 'are'} assigned to nobody: "
            f"{say_list([item.key for item in nobodys])}.",
            evidence={
                "in_work": len(begun),
                "unassigned": len(nobodys),
                "items": [item.item for item in nobodys[:_SHOWN]],
            },
            links=tuple(item.url for item in nobodys[:_SHOWN] if item.url),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unestimated(ProjectRule):
    """A team that estimates has not estimated what is left.

    What it catches:
        A project that estimates (at least ``estimating`` of its last 100 finished items carry
        points) and in which more than ``share`` of the open items carry none. With fewer than 15
        finished items nobody knows whether it estimates. A project that the file has forecast by
        points (``forecast_by``) estimates; where its team carries too few of them for that, the
        finding says so instead. One finding per project.

    Why it matters:
        Burn-ups and reports in points leave out what has none, so that the rest looks smaller
        than it is. slipwatch itself counts items, and is not misled; those who read points are.
        A forecast by points takes an item without any for a usual one.

    Example that fires:
        Of 46 open items of Storefront, 17 have no estimate; it estimates nearly all that it
        finishes.

    What to do:
        Estimate what is in the milestones that are next. What nobody means to do needs no
        estimate: drop it.

    Source:
        Jira's version report, which says how much of a version is unestimated. The shares are ours.
    """

    id = "DQ-005"
    title = "Unestimated work"
    severity = "low"

    share: float = parameter(0.20, "A larger share of open items is a finding.", maximum=1)
    estimating: float = parameter(
        0.50, "A project that estimates a smaller share does not estimate.", maximum=1
    )

    def judge_project(self, world: World, project: Project) -> Verdict:
        upkeep = project.upkeep
        if not upkeep.remaining:
            return NotApplicable(project.id)
        if project.counting is not None and project.counting.usual is None:
            return _not_by_points(world, project, project.counting)
        if upkeep.estimating is None:
            return Unknown(project.id, "too few items are finished to tell whether it estimates")
        if upkeep.estimating < self.estimating and project.counting is None:
            return NotApplicable(project.id)
        share = upkeep.unestimated.count / upkeep.remaining
        if share <= self.share:
            return Passed(project.id)
        return Failed(
            subject=project.id,
            value=share,
            threshold=self.share,
            message=f"{upkeep.unestimated.count} of {say_count(upkeep.remaining, 'open item')} of "
            f"{world.name(project)} have no estimate.",
            evidence={
                "remaining": upkeep.remaining,
                "unestimated": upkeep.unestimated.count,
                "finished_with_estimate": round(upkeep.estimating, 4),
                "items": upkeep.unestimated.shown,
            },
        )


def _not_by_points(world: World, project: Project, counting: Counting) -> Failed:
    share = counting.estimated / max(counting.finished, 1)
    return Failed(
        subject=project.id,
        value=share,
        threshold=ESTIMATING,
        message=f"{world.name(project)} is not forecast by points, as the file says, but by items: "
        f"{counting.estimated} of the last {say_count(counting.finished, 'finished item')} of its "
        f"team carry any; it takes half of them, and {FEWEST}.",
        evidence={"finished": counting.finished, "estimated": counting.estimated},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedUnbegun(ProjectRule):
    """Items are closed without ever having been in work, or many at once.

    What it catches:
        More than ``share`` of the items finished in the last eight weeks were never in work, of at
        least ``fewest``; or somebody closed ten items and more within ten minutes in these weeks.
        Where a tracker does not tell when work began, as GitHub does not, only bulk closes count.

    Why it matters:
        Whoever cleans up a board makes a team look fast for a week, and cycle times of items that
        skip a step are zero. slipwatch leaves bulk closes out of the pace; the habit behind them
        hides what the team really does.

    Example that fires:
        14 of 30 items that Payments finished in eight weeks were never in work, and 22 were closed
        together on 30 January.

    What to do:
        Move items when work on them begins, not when it ends. Close what was never done as "won't
        do", which is scope that was removed and no throughput.

    Source:
        Flow measures: cycle time begins with work. The bounds are ours.
    """

    id = "DQ-007"
    title = "Closed without work"
    severity = "low"

    share: float = parameter(0.30, "A larger share of closures is a finding.", maximum=1)
    fewest: int = parameter(10, "With fewer closures their share says little.", minimum=1)

    def judge_project(self, world: World, project: Project) -> Verdict:
        upkeep = project.upkeep
        if not project.flow.finished_in_eight_weeks:
            return NotApplicable(project.id)
        enough = upkeep.closed >= self.fewest
        share = upkeep.unbegun.count / upkeep.closed if enough else None
        skipped = share is not None and share > self.share
        if not skipped and not upkeep.bulk:
            if share is None:
                return Unknown(project.id, "of too few items it is told when they were begun")
            return Passed(project.id)
        parts: list[str] = []
        if skipped:
            parts.append(
                f"{upkeep.unbegun.count} of {say_count(upkeep.closed, 'item')} finished in eight "
                "weeks were never in work"
            )
        parts += [
            f"{bulk.items} were closed together on {say_day(bulk.day, world.as_of)}"
            for bulk in upkeep.bulk[-3:]
        ]
        return Failed(
            subject=project.id,
            value=share,
            threshold=self.share,
            message=f"In {world.name(project)}, {say_list(parts)}.",
            evidence={
                "closures": upkeep.closed,
                "never_in_work": upkeep.unbegun.count,
                "items": upkeep.unbegun.shown,
                "bulk": [{"day": bulk.day, "items": bulk.items} for bulk in upkeep.bulk],
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideThePlan(ProjectRule):
    """Work goes on that is in no milestone, or in two at once.

    What it catches:
        More than ``share`` of a project's items in work are in no milestone; or open items are in
        two open milestones of the project. A sprint beside a version is no second one. One
        finding per project, with 20 of the items.

    Why it matters:
        A plan that does not hold all the work is late by what it does not hold: the team's pace
        is shared with it. What is in two milestones is counted twice, and nobody knows which of
        them waits for it.

    Example that fires:
        6 of 20 items in work of the API are in no milestone; acme/api#41 is in API v2 and in API
        v2.1.

    What to do:
        Put the work into the milestone that it is for; make one for what only keeps things
        running, if there is much of it. Leave an item in the milestone that it ships with first.

    Source:
        GAO-16-89G best practice 1 (capture all activities). The tenth is ours.
    """

    id = "DQ-009"
    title = "Work outside the plan"
    severity = "low"

    share: float = parameter(0.10, "A larger share of the items in work is one.", maximum=1)

    def judge_project(self, world: World, project: Project) -> Verdict:
        upkeep = project.upkeep
        if not upkeep.remaining:
            return NotApplicable(project.id)
        share = upkeep.homeless.count / len(upkeep.begun) if upkeep.begun else 0.0
        outside = share > self.share
        if not outside and not upkeep.doubled:
            return Passed(project.id)
        parts: list[str] = []
        if outside:
            parts.append(
                f"{upkeep.homeless.count} of {say_count(len(upkeep.begun), 'item')} in work "
                f"{'is' if upkeep.homeless.count == 1 else 'are'} in no milestone"
            )
        if upkeep.doubled:
            names = say_list([item for item, _ in upkeep.doubled])
            one = len(upkeep.doubled) == 1
            parts.append(f"{names} {'is' if one else 'are'} in more than one")
        homeless = upkeep.homeless if outside else Listed()
        return Failed(
            subject=project.id,
            value=share,
            threshold=self.share,
            message=f"In {world.name(project)}, {' and '.join(parts)}.",
            evidence={
                "in_work": len(upkeep.begun),
                "in_no_milestone": upkeep.homeless.count,
                "items": homeless.shown,
                "in_several": len(upkeep.doubled),
                "several": [{"item": item, "of": homes} for item, homes in upkeep.doubled[:_SHOWN]],
            },
        )


RULES: tuple[type[Rule], ...] = (
    ImpossibleDates,
    NobodysWork,
    Unestimated,
    ClosedUnbegun,
    OutsideThePlan,
)
