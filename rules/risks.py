"""RISK: risks that nobody looks after, and trouble that was not among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from slipwatch.aggregator.assessment import ProgramView, ProjectView
from slipwatch.aggregator.percent import percent
from slipwatch.aggregator.register.model import Exposure
from slipwatch.aggregator.register.views import EntryView, RegisterView, RiskView

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .registers import GRAVE, RiskRule, links, measured, named, registers
from .words import say_amount, say_count, say_day
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyMitigates(RiskRule):
    """A high risk has nobody who makes it smaller.

    What it catches:
        An open risk whose exposure is high or critical, with neither an owner nor an open action
        that somebody has. The bands are those of `risk_scale`. Accepted risks are left to RISK-005.
        Without a probability and an impact the rule cannot tell.

    Why it matters:
        A risk in a list that nobody owns is only written down. It happens as often as one that
        nobody thought of.

    Example that fires:
        "Acquiring bank withdraws" has a probability of 0.4 and an impact of 200,000: an exposure of
        80,000. Its owner left in October.

    What to do:
        Name an `owner`, or give somebody an action with `risk: R1`. If it is to be borne, accept
        it: `response: accept` with an `approver` and a day on which that `expires`.

    Source:
        ISO 31000:2018, 6.5.3 (treatment plans name who is accountable); PMI Standard for Risk
        Management. The bands are ours.
    """

    id = "RISK-001"
    title = "High risk without an owner"
    severity = "high"
    at_once = True
    timeless = "owners, probabilities and impacts of risks"

    def judge_risk(self, world: World, register: RegisterView, risk: RiskView) -> Verdict:
        if risk.response == "accept":
            return NotApplicable(risk.id)
        if risk.band is None:
            return Unknown(risk.id, "its probability or its impact is not known")
        if risk.band not in GRAVE or risk.owner or risk.helpers:
            return Passed(risk.id)
        return Failed(
            subject=risk.id,
            severity="critical" if risk.band == "critical" else None,
            value=risk.exposure,
            threshold=register.bands.high,
            message=f"{named(risk)} is a {risk.band} risk, with an exposure of "
            f"{say_amount(risk.exposure)}, and nobody is to make it smaller.",
            evidence=measured(risk),
            links=links(risk),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReviewed(RiskRule):
    """A risk was not looked at for too long.

    What it catches:
        An open risk whose `review_by` has passed, or that was last reviewed more than ``days`` days
        ago, ``high_days`` where it is high or critical. One that was never reviewed counts from
        the day it was raised. In a tracker the due date is the next review, and an edit is one.

    Why it matters:
        Probabilities and impacts are estimates of a day. A register that nobody goes through tells
        of the risks there were at kick-off.

    Example that fires:
        "Acquiring bank withdraws", a high risk, was last reviewed on 2 November; it is the 26th.

    What to do:
        Go through it with its owner: is it still as likely, does the mitigation work? Then write
        the day into `reviewed`, or edit it in the tracker.

    Source:
        ISO 31000:2018, 6.6 (monitoring and review); PMI Standard for Risk Management. The spans are
        ours.
    """

    id = "RISK-002"
    title = "Risk review overdue"
    severity = "medium"
    at_once = True
    timeless = "reviews of a risk before the last one"

    days: int = parameter(30, "A review that is longer ago is a finding.", minimum=1)
    high_days: int = parameter(14, "The same for high and critical risks.", minimum=1)

    def judge_risk(self, world: World, register: RegisterView, risk: RiskView) -> Verdict:
        last = max(filter(None, (risk.reviewed, risk.raised)), default=None)
        overdue = risk.due is not None and risk.due < world.as_of
        if last is None and risk.due is None:
            return Unknown(risk.id, "nobody knows when it was last reviewed")
        limit = self.high_days if risk.band in GRAVE else self.days
        age = None if last is None else (world.as_of - last).days
        if not overdue and (age is None or age <= limit):
            return Passed(risk.id)
        said = (
            f"was to be reviewed by {say_day(risk.due, world.as_of)}"
            if overdue and risk.due is not None
            else f"was last looked at {say_count(age or 0, 'day')} ago"
        )
        return Failed(
            subject=risk.id,
            value=age,
            threshold=limit,
            message=f"{named(risk)} {said}.",
            evidence={**measured(risk), "reviewed": risk.reviewed, "review_by": risk.due},
            links=links(risk),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureGrows(Rule):
    """A program's risks together are much larger than a month ago.

    What it catches:
        A program whose exposure, the sum of probability times impact over its open risks, is more
        than ``growth`` above what it was ``days`` days ago. A register that is not that old the
        rule cannot judge.

    Why it matters:
        Each risk alone may have its owner and its plan. That all of them together grow shows that
        the plans do not work, or that the program is becoming another one.

    Example that fires:
        On 26 October the open risks came to 120,000; now they come to 190,000, 58 % more.

    What to do:
        Look at which risks are new or larger, and whether contingency still covers them. Tell the
        sponsor before the budget does.

    Source:
        ISO 31000:2018, 6.6; PMI Standard for Risk Management (risk exposure trend). The share is
        ours.
    """

    id = "RISK-004"
    title = "Risk exposure grows"
    severity = "medium"

    growth: float = parameter(0.25, "A larger share is a finding.")
    days: int = parameter(30, "Compared with so many days ago.", minimum=1, maximum=89)

    def judge(self, world: World) -> Iterator[Verdict]:
        for program, register in registers(world):
            yield self._judge(world, program, register)

    def _judge(self, world: World, program: ProgramView, register: RegisterView) -> Verdict:
        now, then = register.exposures[-1], self._then(world, register)
        if then is None:
            return Unknown(program.id, f"nobody knows what it was {self.days} days ago")
        if now.exposure <= then.exposure * (1 + self.growth):
            return Passed(program.id)
        more = now.exposure / then.exposure - 1 if then.exposure else None
        return Failed(
            subject=program.id,
            value=more,
            threshold=self.growth,
            message=f"The open risks of {' '.join(program.title.split())} come to "
            f"{say_amount(now.exposure)}{'' if more is None else f', {percent(more)} more'}: on "
            f"{say_day(then.day, world.as_of)} they came to {say_amount(then.exposure)}.",
            evidence={
                "series": [
                    {"day": one.day, "exposure": one.exposure, "risks": one.risks}
                    for one in register.exposures
                    if one.day >= then.day
                ],
                "largest": [measured(risk) for risk in _largest(register)],
            },
        )

    def _then(self, world: World, register: RegisterView) -> Exposure | None:
        day = world.as_of - timedelta(days=self.days)
        return max(
            (one for one in register.exposures if one.day <= day),
            key=lambda one: one.day,
            default=None,
        )


class AcceptedByNobody(RiskRule):
    """A high risk is accepted, and nobody says by whom or until when.

    What it catches:
        An open risk with `response: accept` whose exposure is high or critical, without an
        `approver`, without a day on which that `expires`, or with one that has passed. Without a
        probability and an impact the rule cannot tell.

    Why it matters:
        To accept a risk is to decide who bears it. Without a name nobody does; without an end it
        stands long after what made it bearable has changed.

    Example that fires:
        "Old cipher suites" has an exposure of 90,000 and was accepted in spring, by nobody knows
        whom.

    What to do:
        Have it accepted by whoever would bear it, and for how long; or treat it.

    Source:
        ISO 31000:2018, 6.5.2 (retaining the risk by informed decision).
    """

    id = "RISK-005"
    title = "High risk accepted by nobody"
    severity = "high"
    at_once = True
    timeless = "who accepted a risk, and until when"

    def judge_risk(self, world: World, register: RegisterView, risk: RiskView) -> Verdict:
        if risk.response != "accept":
            return NotApplicable(risk.id)
        if risk.band is None:
            return Unknown(risk.id, "its probability or its impact is not known")
        over = risk.expires is not None and risk.expires < world.as_of
        lacks = [
            name
            for name, value in (("approver", risk.approver), ("end", risk.expires))
            if value is None
        ]
        if risk.band not in GRAVE or not (lacks or over):
            return Passed(risk.id)
        said = f"without {' or '.join(f'an {name}' for name in lacks)}"
        if not lacks and risk.expires is not None:
            said = f"until {say_day(risk.expires, world.as_of)} only"
        return Failed(
            subject=risk.id,
            value=risk.exposure,
            threshold=register.bands.high,
            message=f"{named(risk)}, a {risk.band} risk with an exposure of "
            f"{say_amount(risk.exposure)}, is accepted {said}.",
            evidence={
                **measured(risk),
                "approver": risk.approver,
                "expires": risk.expires,
                "missing": lacks,
            },
            links=links(risk),
        )


class TroubleWithoutRisks(Rule):
    """A project is red, and its register knows of nothing.

    What it catches:
        A project whose computed status is red and about which no open risk and no open issue is
        written down: none that names a milestone of it, and none about the whole program. Of a
        project that is grey the rule cannot tell.

    Why it matters:
        Trouble that shows in the dates and not in the register was neither foreseen nor is it dealt
        with. It is the commonest sign of risk management that exists on paper.

    Example that fires:
        Payments is red: its commitment is kept with 12 % probability. Its program's register is
        empty.

    What to do:
        Write down what threatens it, with an owner and what is done about it.

    Source:
        GAO reviews of the federal IT Dashboard: ratings and registers rosier than the data; ISO
        31000:2018, 6.4.2 (risk identification).
    """

    id = "RISK-006"
    title = "Trouble that no risk names"
    severity = "medium"

    def judge(self, world: World) -> Iterator[Verdict]:
        programs = {program.id: program for program in world.assessment.programs}
        for project in world.assessment.projects:
            yield self._judge(project, programs[project.program].register)

    def _judge(self, project: ProjectView, register: RegisterView | None) -> Verdict:
        if project.status == "grey":
            return Unknown(project.id, "its status is not known")
        if project.status != "red":
            return Passed(project.id)
        risks = [] if register is None else [one for one in register.risks if one.open]
        issues = [] if register is None else [one for one in register.issues if one.open]
        if any(_is_about(entry, project) for entry in (*risks, *issues)):
            return Passed(project.id)
        return Failed(
            subject=project.id,
            message=f"{' '.join(project.title.split())} is red, and no open risk or issue says "
            "why.",
            evidence={
                "status": project.status,
                "register": {"risks": len(risks), "issues": len(issues)},
            },
        )


RULES: tuple[type[Rule], ...] = (
    NobodyMitigates,
    NotReviewed,
    ExposureGrows,
    AcceptedByNobody,
    TroubleWithoutRisks,
)


def _largest(register: RegisterView, most: int = 5) -> list[RiskView]:
    known = [risk for risk in register.risks if risk.open and risk.exposure is not None]
    return sorted(known, key=lambda risk: (-(risk.exposure or 0), risk.id))[:most]


def _is_about(entry: EntryView, project: ProjectView) -> bool:
    return not entry.milestones or any(
        milestone.startswith(f"{project.id}/") for milestone in entry.milestones
    )
