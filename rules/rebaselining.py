"""SCH: plans that are approved anew instead of being kept."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from slipwatch.aggregator.portfolio.versions import BaselineVersion

from .base import Failed, MilestoneRule, NotApplicable, Passed, Rule, Verdict, parameter
from .words import say_count, say_day, say_days
from .world import Subject, World


@dataclass(frozen=True, slots=True, kw_only=True)
class RebaselinedOften(MilestoneRule):
    """The plan was approved anew too often, or when its date was already near.

    What it catches:
        An open milestone whose baseline was set anew more than ``most`` times, or once within
        ``near_days`` working days of the date that it replaced, or after that date.

    Why it matters:
        A new baseline makes every variance zero. One that is set for a reason that was known for
        long, or just before the old date would have been missed, hides a slip instead of
        governing it.

    Example that fires:
        API GA was committed for 15 January. On 8 January, 5 working days before, a baseline with
        12 February was approved.

    What to do:
        Look at the reasons in the evidence. Measure against the original as well, which is kept
        for ever, and let the next change of the plan come with a plan that can be held.

    Source:
        GAO-16-89G best practice 10 (maintain the baseline). The two times and the twenty days are
        ours.
    """

    id = "SCH-004"
    title = "Baselined again and again"
    severity = "high"
    at_once = True

    most: int = parameter(2, "More baselines after the first one are a finding.")
    near_days: int = parameter(20, "Working days before the old date in which none should be set.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        versions = milestone.model.baselines
        if milestone.over or not versions:
            return NotApplicable(milestone.id)
        again = [(before, after) for before, after in pairwise(versions)]
        near = [
            (after, day, milestone.days(after.recorded_on, day))
            for before, after in again
            for day in [_date(before)]
            if day is not None and milestone.days(after.recorded_on, day) <= self.near_days
        ]
        if len(again) <= self.most and not near:
            return Passed(milestone.id)
        often = f"{milestone.name} was given another baseline {say_count(len(again), 'time')}"
        last = ""
        if near:
            version, day, notice = near[-1]
            last = f", on {say_day(version.recorded_on, world.as_of)} {_say_notice(notice)} "
            last += f"its date, {say_day(day, world.as_of)}"
        return Failed(
            subject=milestone.id,
            value=len(again),
            threshold=self.most,
            message=f"{often}{last}.",
            evidence={
                "versions": [
                    {
                        "version": one.version,
                        "recorded": one.recorded_on,
                        "finish": one.finish,
                        "commitment": one.commitment,
                        "approver": one.approver,
                        "reason": one.reason,
                        "reference": one.reference,
                    }
                    for one in versions
                ],
                "near": [
                    {"version": one.version, "date": day, "notice": notice}
                    for one, day, notice in near
                ],
            },
            links=milestone.links,
        )


RULES: tuple[type[Rule], ...] = (RebaselinedOften,)


def _date(version: BaselineVersion) -> date | None:
    """Give the day that a version promised: its commitment, or else its finish."""
    return version.commitment or version.finish


def _say_notice(days: int) -> str:
    return f"{say_days(abs(days))} {'before' if days >= 0 else 'after'}"
