"""SCH: what the indexes of a schedule say of its execution and its reserves."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from slipwatch.aggregator.assessment import ProjectView
from slipwatch.aggregator.indexes.views import Execution
from slipwatch.aggregator.percent import percent

from .base import Failed, MilestoneRule, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .schedule import ROOTS
from .words import say_day, say_days
from .world import Subject, World

_TASKS_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PathTooLong(MilestoneRule):
    """The path to a commitment must be worked off faster than it is planned.

    What it catches:
        An open milestone with a commitment whose critical path length index is under ``below``;
        under ``high_below`` the finding is high. The index is (length + float) / length: the
        working days from the as-of day to its early finish, and from there to its commitment.
        Where it cannot be forecast, the rule cannot tell.

    Why it matters:
        Negative float says how much is missing, the index how much that is of what is left. Two
        days are little in half a year and a fifth of the last two weeks.

    Example that fires:
        Three steps of 5, 3 and 4 working days end on 20 January; the commitment is 16 January. The
        index is (12 - 2) / 12 = 0.83.

    What to do:
        Below 0.95 the path needs attention: shorten it, or move work off it. Below 0.90 hardly any
        project has caught up by working harder; change scope or date.

    Source:
        DCMA 14-point check 13 (CPLI >= 0.95), PAM 200.1. The bound of a high finding is ours.
    """

    id = "SCH-007"
    title = "Path too long for its commitment"
    severity = "medium"
    explained_by = ROOTS

    below: float = parameter(0.95, "A smaller index is a finding.")
    high_below: float = parameter(0.90, "A smaller one is a high finding.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if not milestone.committed:
            return NotApplicable(milestone.id)
        indexes = milestone.view.indexes
        if indexes.cpli is None:
            return Unknown(milestone.id, milestone.why_no_forecast)
        if indexes.cpli >= self.below:
            return Passed(milestone.id)
        finish = milestone.view.network.early_finish
        return Failed(
            subject=milestone.id,
            severity="high" if indexes.cpli < self.high_below else None,
            value=indexes.cpli,
            threshold=self.below,
            message=f"The path to {milestone.name} takes {say_days(indexes.path_length or 0)} and "
            f"ends {say_days(-(indexes.path_float or 0))} after its commitment: an index of "
            f"{indexes.cpli:.2f}.",
            evidence={
                "cpli": indexes.cpli,
                "length": indexes.path_length,
                "float": indexes.path_float,
                "commitment": milestone.model.commitment,
                "early_finish": finish,
            },
            links=milestone.links,
        )


class ExecutionRule(Rule):
    """A rule whose subjects are the projects with tasks in their baselines."""

    __slots__ = ()

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every project."""
        for project in world.assessment.projects:
            if project.execution.tasks == 0:
                yield Unknown(project.id, "none of its milestones has a baseline with tasks")
            else:
                yield self.judge_execution(world, project, project.execution)

    @abstractmethod
    def judge_execution(self, world: World, project: ProjectView, execution: Execution) -> Verdict:
        """Answer for one project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionBehind(ExecutionRule):
    """A project finishes fewer tasks than its baselines planned by now.

    What it catches:
        A project whose baseline execution index is under ``below``; under ``high_below`` the
        finding is high. The index divides all tasks that are done by those that its baselines
        planned to be done by now. A task is an item that was open when the baseline of its
        milestone was taken, planned for the finish of that baseline; a declared milestone is one
        task. Without a baseline that holds tasks the rule cannot tell.

    Why it matters:
        The index has no memory of excuses: what was to be done by now is done, or it is not. One
        that stays under 0.95 shows a plan that the team does not follow, long before the last
        date of it.

    Example that fires:
        By Monday 40 items were to be done; 34 are, late ones and early ones together: 0.85.

    What to do:
        Look at the tasks in the evidence. Drop what is not needed any more, and plan the rest
        anew with dates that the team's pace can hold.

    Source:
        DCMA 14-point check 14 (BEI >= 0.95), PAM 200.1. The bound of a high finding is ours.
    """

    id = "SCH-008"
    title = "Execution behind the baseline"
    severity = "medium"
    at_once = True

    below: float = parameter(0.95, "A smaller index is a finding.")
    high_below: float = parameter(0.85, "A smaller one is a high finding.")

    def judge_execution(self, world: World, project: ProjectView, execution: Execution) -> Verdict:
        if execution.bei is None:
            return NotApplicable(project.id)
        if execution.bei >= self.below:
            return Passed(project.id)
        return Failed(
            subject=project.id,
            severity="high" if execution.bei < self.high_below else None,
            value=execution.bei,
            threshold=self.below,
            message=f"{_name(project)} has done {execution.completed} tasks where its baselines "
            f"planned {execution.due} by now: an index of {execution.bei:.2f}.",
            evidence={**_counts(execution), "bei": execution.bei},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TasksMissed(ExecutionRule):
    """Too many tasks of a project were not done by the day their baseline named.

    What it catches:
        A project in whose baselines at least ``least_due`` tasks are due, and of them more than
        ``share`` were done late or are still open. A task is an item that was open when the
        baseline of its milestone was taken; a declared milestone is one task. Without a baseline
        that holds tasks the rule cannot tell.

    Why it matters:
        A late task may be chance; every twentieth one is not. The share says how far the dates of
        this project can be believed at all, its future ones too.

    Example that fires:
        24 tasks were due by Monday. Two of them are open and one was done a week late: 13%.

    What to do:
        See whether the missed ones have something in common: a person, a supplier, a kind of
        work. Plan that with more time from now on.

    Source:
        DCMA 14-point check 11 (missed tasks <= 5 %), PAM 200.1. The twenty tasks are ours.
    """

    id = "SCH-013"
    title = "Tasks missed"
    severity = "medium"
    at_once = True

    share: float = parameter(0.05, "A larger share of those due is a finding.", maximum=1)
    least_due: int = parameter(20, "With fewer tasks due a share says nothing.", minimum=1)

    def judge_execution(self, world: World, project: ProjectView, execution: Execution) -> Verdict:
        if execution.due < self.least_due or execution.missed_share is None:
            return NotApplicable(project.id)
        if execution.missed_share <= self.share:
            return Passed(project.id)
        return Failed(
            subject=project.id,
            value=execution.missed_share,
            threshold=self.share,
            message=f"{_name(project)} missed {execution.missed} of the {execution.due} tasks that "
            f"its baselines planned by now, {percent(execution.missed_share)}.",
            evidence={**_counts(execution), "missed_share": execution.missed_share},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FloatThin(MilestoneRule):
    """A milestone of weight has hardly any float left.

    What it catches:
        An open milestone that weighs more than ``heavier_than`` and whose float to the nearest
        commitment is not negative, but ``days`` working days or fewer. Negative float is the
        business of SCH-006. Where a commitment depends on it and the float is not known, the
        rule cannot tell. The evidence tells how fast the float burns: what of that of the baseline
        is gone, and how much a week since the baseline was recorded.

    Why it matters:
        Float is spent by everybody and missed by the last one. Five days are a week's illness or
        one review that waits.

    Example that fires:
        Checkout Launch weighs 10. Between its early finish and its commitment are 3 working days;
        twelve weeks ago there were 15.

    What to do:
        Guard what is left: no new work on its path, and blocked items first.

    Source:
        GAO-16-89G best practice 7 (reasonable total float). The five days are ours.
    """

    id = "SCH-014"
    title = "Hardly any float left"
    severity = "low"
    explained_by = ROOTS

    days: int = parameter(5, "As many working days of float or fewer are a finding.")
    heavier_than: float = parameter(1.0, "Milestones of at most this weight are left out.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if milestone.over or milestone.model.weight <= self.heavier_than:
            return NotApplicable(milestone.id)
        spare = milestone.view.network.commitment_float
        if spare is None:
            if world.leads_to_commitment(milestone.id):
                return Unknown(milestone.id, milestone.why_no_forecast)
            return NotApplicable(milestone.id)
        if spare < 0:
            return NotApplicable(milestone.id)
        if spare > self.days:
            return Passed(milestone.id)
        had = _float_at_baseline(milestone)
        gone = had - spare if had is not None and had > spare else None
        since = milestone.model.scope.since
        weeks = None if since is None else (world.as_of - since).days / 7
        burn = round(gone / weeks, 2) if gone is not None and weeks else None
        pace = f" It burns {burn:g} a week." if burn else ""
        return Failed(
            subject=milestone.id,
            value=spare,
            threshold=self.days,
            message=f"{milestone.name} has {say_days(spare)} of float left to the commitment that "
            f"depends on it.{pace}",
            evidence={
                "float": spare,
                "weight": milestone.model.weight,
                "float_at_baseline": had,
                "burnt": gone,
                "burnt_a_week": burn,
                "early_finish": milestone.view.network.early_finish,
            },
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TooCoarse(MilestoneRule):
    """A milestone takes longer than two months, and nothing in between tells how it goes.

    What it catches:
        An open milestone that takes more than ``days`` working days, from its planned or actual
        start to its date, or by what remains, while no other milestone of its project that it
        waits for, directly or not, lies in that time. Where neither is known the rule cannot
        tell.

    Why it matters:
        Of work without a step in between one knows that it is on time until it is not. Two months
        are too long to find out.

    Example that fires:
        The version 3.0 was begun on 5 January and is planned for 30 April, 83 working days later.

    What to do:
        Put a milestone in between that somebody can see: a first delivery, a review, a test.

    Source:
        DCMA 14-point check 8 (duration over 44 working days), PAM 200.1.
    """

    id = "SCH-015"
    title = "Long without a step in between"
    severity = "low"
    at_once = True

    days: int = parameter(44, "More working days are a finding.", minimum=1)

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if milestone.over or milestone.model.external:
            return NotApplicable(milestone.id)
        span = _span(milestone)
        if span is None:
            return Unknown(milestone.id, "neither its start nor how long it takes is known")
        start, end = span
        days = milestone.calendar.workdays(start.toordinal(), end.toordinal() + 1)
        if days <= self.days or _step_between(world, milestone, start, end):
            return Passed(milestone.id)
        return Failed(
            subject=milestone.id,
            value=days,
            threshold=self.days,
            message=f"{milestone.name} takes {say_days(days)}, from {say_day(start, world.as_of)} "
            f"to {say_day(end, world.as_of)}, with no milestone in between.",
            evidence={"days": days, "start": start, "end": end},
            links=milestone.links,
        )


RULES: tuple[type[Rule], ...] = (
    PathTooLong,
    ExecutionBehind,
    TasksMissed,
    FloatThin,
    TooCoarse,
)


def _name(project: ProjectView) -> str:
    return " ".join(project.title.split()) or project.id


def _counts(execution: Execution) -> dict[str, Any]:
    return {
        "tasks": execution.tasks,
        "due": execution.due,
        "completed": execution.completed,
        "completed_due": execution.completed_due,
        "missed": execution.missed,
        "missed_tasks": execution.missed_tasks[:_TASKS_SHOWN],
    }


def _float_at_baseline(milestone: Subject) -> int | None:
    """Give the working days from the finish of its baseline to its own commitment."""
    finish, commitment = milestone.model.baseline.finish, milestone.model.commitment
    return None if finish is None or commitment is None else milestone.days(finish, commitment)


def _span(milestone: Subject) -> tuple[date, date] | None:
    """Give first and last day of its work: planned or actual, else of what remains."""
    model, network = milestone.model, milestone.view.network
    start = model.started or model.plan_start or model.baseline.start
    end = model.plan or model.commitment or network.early_finish
    if start is not None and end is not None and start <= end:
        return start, end
    if network.early_start is not None and network.early_finish is not None:
        return network.early_start, network.early_finish
    return None


def _step_between(world: World, milestone: Subject, start: date, end: date) -> bool:
    """Say whether a milestone of its project that it waits for lies within a time."""

    def day(other: Subject) -> date | None:
        return other.model.actual or other.model.plan or other.view.network.early_finish

    def may_lie_behind(other: Subject) -> bool:
        """What is over before the time waits for nothing within it."""
        known = day(other)
        return known is None or known >= start

    return any(
        other.model.project == milestone.model.project and known is not None and known < end
        for other in world.upstream_through(milestone.id, may_lie_behind)
        for known in [day(other)]
    )
