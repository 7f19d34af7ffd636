"""BEN: benefits that come late, programs that are worth less than they cost, or never reviewed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipwatch.aggregator.assessment import ProgramView
from slipwatch.aggregator.benefits.views import BenefitView

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .benefits import benefits_of, name_of
from .words import say_count, say_day, say_list, say_money
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitLate(Rule):
    """What enables a benefit will be done long after the benefit was to begin.

    What it catches:
        A benefit with an enabling milestone whose P50, or the day it was done, is ``days`` or more
        calendar days after the benefit's start; or one of which the delay of its enablers defers
        ``value`` or more. ``value`` 0 looks at days alone. A disbenefit that comes late harms
        nobody.

    Why it matters:
        A day of delay costs a day of the benefit, and nobody sees it on a plan that holds dates
        only. This is what a slip is worth, in money.

    Example that fires:
        Faster onboarding begins on 1 July, and Launch, which enables it, is expected on 15 August,
        45 days later. That defers 29,589 EUR.

    What to do:
        ``slipwatch explain`` tells what makes the milestone late, ``slipwatch levers`` what it
        takes to get days back: compare that with the cost of delay per day in the evidence. If the
        date stands, tell the benefit's owner, and move its start.

    Source:
        Reinertsen, cost of delay. A month and the value are ours.
    """

    id = "BEN-004"
    title = "Benefit deferred"
    severity = "high"

    days: int = parameter(30, "So many calendar days late are a finding.", minimum=1)
    value: float = parameter(0.0, "So much deferred value is a finding; 0 is never.")

    def judge(self, world: World) -> Iterator[Verdict]:
        for _, benefit in benefits_of(world):
            yield self._judge(world, benefit)

    def _judge(self, world: World, benefit: BenefitView) -> Verdict:
        if not benefit.enabled_by or benefit.kind == "disbenefit":
            return NotApplicable(benefit.subject)
        if benefit.start is None:
            return Unknown(benefit.subject, "it has no start")
        late: dict[str, int] = {}
        for enabler in benefit.enabled_by:
            milestone = world.get(enabler.milestone)
            day = None
            if milestone is not None:
                day = milestone.view.dates.actual or milestone.view.forecast.p50
            if day is not None:
                late[enabler.milestone] = (day - benefit.start).days
        worst = max(late, key=lambda one: (late[one], one), default=None)
        deferred = benefit.deferred_value or 0.0
        by_days = worst is not None and late[worst] >= self.days
        by_value = self.value > 0 and deferred >= self.value
        if by_days or by_value:
            return self._failed(world, benefit, late, worst)
        unknown = [one.milestone for one in benefit.enabled_by if one.milestone not in late]
        if unknown:
            return Unknown(benefit.subject, f"nobody knows when {say_list(unknown)} will be done")
        return Passed(benefit.subject)

    def _failed(
        self, world: World, benefit: BenefitView, late: dict[str, int], worst: str | None
    ) -> Verdict:
        milestone = None if worst is None else world.get(worst)
        days = 0 if worst is None else late[worst]
        told = (
            f"{name_of(benefit)} begins "
            f"{'' if benefit.start is None else 'on ' + say_day(benefit.start, world.as_of)}"
        )
        if milestone is not None:
            told += f"; {milestone.name}, which enables it, is done {say_count(days, 'day')} later"
        if benefit.deferred_value and benefit.currency:
            told += (
                f". The delay of its enablers defers "
                f"{say_money(benefit.deferred_value, benefit.currency)}"
            )
        return Failed(
            subject=benefit.subject,
            value=days,
            threshold=self.days,
            message=f"{told}.",
            evidence={
                "start": benefit.start,
                "days_by_milestone": late,
                "shift_days": benefit.shift_days,
                "deferred_value": benefit.deferred_value,
                "lost_value": benefit.lost_value,
                "currency": benefit.currency,
                "cost_of_delay_per_day": benefit.cost_of_delay_per_day,
                "owner": benefit.owner,
            },
            links=() if milestone is None else milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotWorthIt(Rule):
    """A program will cost more than it brings.

    What it catches:
        A program whose net present value, with its cost as it is estimated now and its benefits as
        late as their enablers make them, is under ``below``. The rule cannot tell while the cost,
        or something of a benefit with a value, is unknown.

    Why it matters:
        A business case is approved once and looked at never again. Delay defers benefits and costs
        money at the same time: both can eat up what was a good case.

    Example that fires:
        With 45 days of delay and an estimate of 266,667 EUR the program is worth -18,000 EUR in
        five years; as planned it was 42,000 EUR.

    What to do:
        Bring it before those who approved it: end it, cut what costs and brings nothing, or decide
        for it again with these numbers.

    Source:
        Continued business justification (PRINCE2, MSP); net present value.
    """

    id = "BEN-006"
    title = "Business case gone"
    severity = "high"

    below: float = parameter(0.0, "A smaller net present value is a finding.", minimum=-1e15)

    def judge(self, world: World) -> Iterator[Verdict]:
        for program in world.assessment.programs:
            if program.aims is not None:
                yield self._judge(program)

    def _judge(self, program: ProgramView) -> Verdict:
        assert program.aims is not None
        case = program.aims.case
        if not any(benefit.annual_value for benefit in program.benefits):
            return NotApplicable(program.id)
        if case.before is None or case.after is None or case.currency is None:
            return Unknown(program.id, f"the file lacks {say_list(case.missing)}")
        if case.after.npv >= self.below:
            return Passed(program.id)
        title = " ".join(program.title.split()) or program.id
        return Failed(
            subject=program.id,
            value=case.after.npv,
            threshold=self.below,
            message=f"{title} is worth {say_money(case.after.npv, case.currency)} in "
            f"{say_count(case.years, 'year')}, where it was to be "
            f"{say_money(case.before.npv, case.currency)}.",
            evidence={
                "npv": {"before": case.before.npv, "after": case.after.npv},
                "roi": {"before": case.before.roi, "after": case.after.roi},
                "cost": {"before": case.before.cost, "after": case.after.cost},
                "rate": case.rate,
                "currency": case.currency,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoBenefitsReview(Rule):
    """A program was closed, and nobody will look whether its benefits came.

    What it catches:
        A program whose day of closing is over, without a day for the review of its benefits; and
        one whose review was to be held ``overdue`` or more days ago, and was not. Where the close
        names no day, every benefit with a review after it will do.

    Why it matters:
        Most benefits come when the program is over. Without somebody who has to look, they are
        taken for granted.

    Example that fires:
        Checkout was closed on 31 March. `close` names no `review`.

    What to do:
        Agree with the owners of the benefits on a day, and write it as `close: {review: …}`; once
        it was held, write `reviewed` and `by`.

    Source:
        MSP and PMI: sustainment, and the post-program benefits review.
    """

    id = "BEN-007"
    title = "No benefits review"
    severity = "medium"
    at_once = True
    timeless = "which reviews of benefits are planned"

    overdue: int = parameter(1, "So many days after its day a review not held is a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        for program in world.assessment.programs:
            yield self._judge(world, program)

    def _judge(self, world: World, program: ProgramView) -> Verdict:
        close = None if program.aims is None else program.aims.close
        if close is None or close.day > world.as_of:
            return NotApplicable(program.id)
        title = " ".join(program.title.split()) or program.id
        planned = close.review
        if planned is None:
            after = [
                min((day for day in one.reviews if day >= close.day), default=None)
                for one in program.benefits
            ]
            known = [day for day in after if day is not None]
            planned = max(known) if known and len(known) == len(after) else None
        evidence: dict[str, Any] = {
            "closed_on": close.day,
            "review": planned,
            "reviewed": close.reviewed,
            "manager": program.manager,
        }
        if close.reviewed is not None and close.reviewed <= world.as_of:
            return Passed(program.id)
        if planned is None:
            return Failed(
                subject=program.id,
                message=f"{title} was closed on {say_day(close.day, world.as_of)}, and no review "
                "of its benefits is planned.",
                evidence=evidence,
            )
        late = (world.as_of - planned).days
        if late < self.overdue:
            return Passed(program.id)
        return Failed(
            subject=program.id,
            value=late,
            threshold=self.overdue,
            message=f"The benefits of {title} were to be reviewed on "
            f"{say_day(planned, world.as_of)}; nobody wrote down that they were.",
            evidence=evidence,
        )


RULES: tuple[type[Rule], ...] = (BenefitLate, NotWorthIt, NoBenefitsReview)
