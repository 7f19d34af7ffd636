"""FLOW: scope that grows, and a pace that does not keep up with it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from math import exp, lgamma, log

from slipwatch.aggregator.portfolio.model import Project

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
from .words import say_count, say_day, say_days, say_share
from .world import Subject, World

_MONTH = 365.25 / 12
"""Days."""
_LAST, _BEFORE = 4, 12
"""Weeks that are compared (DOMAIN.md 4, FLOW-006)."""
_CHANCE = 0.05
"""A fall of the pace that chance alone would bring more often than that is none."""
_RATE_WEEKS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeGrows(MilestoneRule):
    """More is in the milestone than when it was agreed.

    What it catches:
        An open milestone that holds more than ``share`` more items than its baseline did, dropped
        ones not counted; more than ``high_share``, or growth of more than ``monthly`` a month
        (compound, from the first month on), makes it medium. Growth by fewer than ``fewest``
        items is none. Without a recorded baseline the rule cannot tell. Where the items of the
        baseline were estimated, growth of their estimates by a larger share counts in its place:
        of what came in less what went out, and of what was estimated anew since.

    Why it matters:
        The date was agreed for the work that was known then. Growth is the quietest way to move
        it: each item is small, and nobody decides about their sum.

    Example that fires:
        Payments 2.0 held 54 items on 5 January and holds 70 on 2 March: 30 %, 15 % a month.

    What to do:
        Look at what came in: what belongs to it, what could ship later? Then decide about the
        date, and record the new baseline with a reason.

    Source:
        About 2 % a month is typical (SPR). 5 % is often called critical, though healthy small
        projects exceed it (Kulk and Verhoef 2008): a warning, no verdict. The shares are ours.
    """

    id = "FLOW-004"
    title = "Scope grows"
    severity = "low"

    share: float = parameter(0.10, "Growth by a larger share is a finding.")
    high_share: float = parameter(0.20, "Growth by a larger share is a medium one.")
    monthly: float = parameter(0.05, "So is growth by a larger share a month.")
    fewest: int = parameter(3, "Growth by fewer items is none.", minimum=1)

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        scope = milestone.model.scope
        if milestone.over or not milestone.model.tracked:
            return NotApplicable(milestone.id)
        if not scope.baseline or scope.since is None:
            return Unknown(milestone.id, "no baseline of its scope was recorded")
        now = scope.done + scope.remaining
        in_items = (now - scope.baseline) / scope.baseline
        if now - scope.baseline < self.fewest:
            in_items = min(in_items, 0.0)
        points = scope.estimates
        growth = in_items if points is None else max(in_items, points.growth)
        months = (world.as_of - scope.since).days / _MONTH
        monthly = (1 + growth) ** (1 / months) - 1 if months >= 1 else None
        fast = monthly is not None and monthly > self.monthly
        if growth <= self.share and not fast:
            return Passed(milestone.id)
        pace = "" if monthly is None else f", {say_share(monthly)} a month"
        held = (
            f"{milestone.name} held {say_count(scope.baseline, 'item')} on "
            f"{say_day(scope.since, world.as_of)} and holds {now}"
        )
        if points is not None and growth > in_items:
            end = points.baseline + points.added - points.removed + points.changed
            held += f"; their estimates went from {points.baseline:g} to {end:g} points"
        return Failed(
            subject=milestone.id,
            severity="medium" if fast or growth > self.high_share else None,
            value=growth,
            threshold=self.share,
            message=f"{held}: {say_share(growth)} more{pace}.",
            evidence={
                "baseline": scope.baseline,
                "baseline_day": scope.since,
                "items": now,
                "added": scope.added,
                "removed": scope.removed,
                "points": None if points is None else asdict(points),
                "monthly": None if monthly is None else round(monthly, 4),
            },
            links=milestone.links,
        )


class TooMuchBegun(MilestoneRule):
    """What the team has begun already fills the time to the commitment.

    What it catches:
        An open commitment with work left, whose project has more items in work than it finishes in
        the weeks that are left (items in work divided by items a week, over the last eight
        weeks). With less than four weeks of history, or where nothing was finished, the rule
        cannot tell.

    Why it matters:
        By Little's law that ratio is how long an item stays in work. Whatever of the milestone is
        not begun yet will not be done in time unless something begun is put aside.

    Example that fires:
        Payments has 18 items in work and finishes 6 a week: 3 weeks. Its commitment is in 2.

    What to do:
        Stop beginning. Finish what the commitment needs first, and put the rest back.

    Source:
        Little's law: time in work = items in work / throughput.
    """

    id = "FLOW-005"
    title = "Too much begun"
    severity = "medium"

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        commitment = milestone.model.commitment
        project = world.project(milestone.model.project)
        work_left = milestone.model.tracked and milestone.model.scope.remaining > 0
        if not milestone.committed or commitment is None or not work_left or project is None:
            return NotApplicable(milestone.id)
        if commitment < world.as_of:
            return NotApplicable(milestone.id)
        flow = project.flow
        if flow.weeks < _LAST:
            return Unknown(milestone.id, "its project has less than four weeks of history")
        weeks = min(flow.weeks, _RATE_WEEKS)
        rate = sum(flow.finished[-weeks:]) / weeks
        if not rate:
            return Unknown(milestone.id, f"its project finished nothing in {weeks} weeks")
        left = ((commitment - world.as_of).days + 1) / 7
        needed = flow.doing / rate
        if needed <= left:
            return Passed(milestone.id)
        return Failed(
            subject=milestone.id,
            value=needed,
            threshold=left,
            message=f"{world.name(project)} has {say_count(flow.doing, 'item')} in work and "
            f"finishes {rate:.1f} a week: {needed:.1f} weeks, and {milestone.name} is committed "
            f"in {left:.1f}.",
            evidence={
                "in_work": flow.doing,
                "a_week": round(rate, 2),
                "weeks_needed": round(needed, 2),
                "weeks_left": round(left, 2),
                "commitment": commitment,
                "remaining": milestone.model.scope.remaining,
            },
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PaceFell(ProjectRule):
    """The team finishes far less than it did.

    What it catches:
        A project that finished, per working day of the last four weeks, less than ``share`` of what
        it finished per working day of the twelve weeks before, where chance alone would bring so
        few less than once in 20 times. Days without work, such as holidays, and items that were
        closed in bulk do not count. With less than sixteen weeks of history the rule cannot tell.

    Why it matters:
        Something happened to the team: people left, another project took them, something blocks.
        It shows here weeks before it shows in dates.

    Example that fires:
        Identity finished 8 items a week from October to December, and 10 in all of January.

    What to do:
        Ask the team what changed. If it stays so, the forecast follows by itself within weeks;
        the commitments do not.

    Source:
        Statistical process control: x of n items in 4 of 16 weeks is binomial. The half is ours.
    """

    id = "FLOW-006"
    title = "Pace fell"
    severity = "medium"

    share: float = parameter(0.50, "A smaller share of the earlier pace is a finding.", maximum=1)

    def judge_project(self, world: World, project: Project) -> Verdict:
        flow = project.flow
        if not flow.todo and not flow.doing:
            return NotApplicable(project.id)
        if flow.weeks < _LAST + _BEFORE:
            return Unknown(project.id, "it has less than sixteen weeks of history")
        last, before = sum(flow.finished[-_LAST:]), sum(flow.finished[:_BEFORE])
        if not before:
            return NotApplicable(project.id)
        now_days, then_days = _workdays(world, project)
        if not now_days or not then_days:
            return Unknown(project.id, "nobody worked in one of the two periods")
        ratio = (last / now_days) / (before / then_days)
        chance = _at_most(last, last + before, now_days / (now_days + then_days))
        if ratio >= self.share or chance >= _CHANCE:
            return Passed(project.id)
        return Failed(
            subject=project.id,
            value=ratio,
            threshold=self.share,
            message=f"{world.name(project)} finished {say_count(last, 'item')} in four weeks and "
            f"{before} in the twelve before: {say_share(ratio)} of its pace per working day.",
            evidence={
                "finished_in_4_weeks": last,
                "finished_in_12_before": before,
                "working_days": [now_days, then_days],
                "p": round(chance, 4),
                "weeks": flow.finished,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotBegun(MilestoneRule):
    """The planned start is past and nobody has begun.

    What it catches:
        An open milestone whose planned start lies more than ``days`` working days back, and none
        of whose items was ever in work. Work that was begun is no matter of starts any more, and a
        milestone without a planned start has none to miss.

    Why it matters:
        What begins late ends late, and nobody has moved its date yet. Of all slips this is the one
        that can be seen first.

    Example that fires:
        Cart is planned to start on 2 March. On 11 March nothing of it is in work.

    What to do:
        Begin, or say when. If it waits for something, link that, and take the new dates from the
        forecast.

    Source:
        DCMA 14-point check 9 (invalid dates: a planned start in the past), PAM 200.1. The five
        days are ours.
    """

    id = "FLOW-007"
    title = "Start missed"
    severity = "medium"
    at_once = True

    days: int = parameter(5, "More working days after the planned start are a finding.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        model = milestone.model
        begun = model.started is not None or any(item.doing for item in model.open_items)
        if milestone.over or model.plan_start is None:
            return NotApplicable(milestone.id)
        if begun:
            return Passed(milestone.id)
        late = milestone.days(model.plan_start, world.as_of)
        if late <= self.days:
            return Passed(milestone.id)
        waits = [m.id for m in world.upstream([milestone]) if not m.over]
        return Failed(
            subject=milestone.id,
            value=late,
            threshold=self.days,
            message=f"{milestone.name} was to start on {say_day(model.plan_start, world.as_of)}, "
            f"{say_days(late)} ago, and nothing of it is in work.",
            evidence={
                "planned_start": model.plan_start,
                "days": late,
                "remaining": model.scope.remaining,
                "waits_for": waits[:20],
            },
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComesFaster(ProjectRule):
    """Work comes in faster than it is finished.

    What it catches:
        A project in which, in each of the last four weeks, more than ``ratio`` times as many items
        were created as were finished, and at least ``fewest`` in all. Dropped items do not count.
        With less than four weeks of history the rule cannot tell.

    Why it matters:
        A queue that grows every week is never worked off: what joins it last waits longest, and
        every date behind it moves.

    Example that fires:
        In four weeks 12, 14, 9 and 15 items came in and 8, 7, 7 and 9 were finished.

    What to do:
        Decide what is not done: drop, or leave for later. More people help in months, less scope
        helps today.

    Source:
        Queueing: a utilisation above one. The 1.2 is ours.
    """

    id = "FLOW-008"
    title = "Comes faster than it goes"
    severity = "medium"

    ratio: float = parameter(1.2, "More arrivals per finished item are a finding.")
    fewest: int = parameter(10, "With fewer arrivals in the four weeks there is none.", minimum=1)

    def judge_project(self, world: World, project: Project) -> Verdict:
        flow = project.flow
        if not flow.todo and not flow.doing:
            return NotApplicable(project.id)
        if flow.weeks < _LAST:
            return Unknown(project.id, "it has less than four weeks of history")
        came, went = flow.arrived[-_LAST:], flow.finished[-_LAST:]
        faster = all(c > self.ratio * w for c, w in zip(came, went, strict=True))
        if not faster or sum(came) < self.fewest:
            return Passed(project.id)
        return Failed(
            subject=project.id,
            value=sum(came) / sum(went) if sum(went) else None,
            threshold=self.ratio,
            message=f"In {world.name(project)}, {_series(came)} items came in in the last four "
            f"weeks and {_series(went)} were finished.",
            evidence={"arrived": came, "finished": went, "remaining": flow.todo + flow.doing},
        )


RULES: tuple[type[Rule], ...] = (ScopeGrows, TooMuchBegun, PaceFell, NotBegun, ComesFaster)


def _workdays(world: World, project: Project) -> tuple[int, int]:
    """Count the working days of the last four weeks and of the twelve before them."""
    calendar = world.portfolio.calendars[project.calendar]
    end = world.as_of
    middle = end - timedelta(weeks=_LAST)
    return (
        calendar.between(middle, end),
        calendar.between(middle - timedelta(weeks=_BEFORE), middle),
    )


def _at_most(count: int, of: int, share: float) -> float:
    """Give the chance that at most so many of so many fall into a part of so large a share."""
    within, without = log(share), log(1 - share)

    def exactly(n: int) -> float:
        ways = lgamma(of + 1) - lgamma(n + 1) - lgamma(of - n + 1)
        return exp(ways + n * within + (of - n) * without)

    return sum(map(exactly, range(count + 1)))


def _series(numbers: Sequence[int]) -> str:
    return f"{', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
