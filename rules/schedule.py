"""SCH: commitments that will not hold."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from slipwatch.aggregator.percent import percent

from .base import Failed, MilestoneRule, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_day, say_days, say_lateness, say_list
from .world import Subject, World

ROOTS = ("DEP-010", "SCH-003", "SCH-001", "SCH-006")
"""What a milestone is said to be late by itself with, which others are late for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentUnlikely(MilestoneRule):
    """The committed date will more probably be missed than met.

    What it catches:
        An open milestone with a commitment whose probability of being done by the end of that
        day is under ``below``. Under ``critical_below`` the finding is critical. Without a
        forecast the rule cannot tell, unless even the lower bound lies after the commitment.

    Why it matters:
        Somebody was promised that day. While it is still ahead, scope, people or the promise
        itself can be changed; on the day itself only the promise can be broken.

    Example that fires:
        API GA is committed for 15 January. In 31 of 100 simulated futures it is done by then;
        85 of 100 are done by 3 February, 13 working days late.

    What to do:
        Look at the drivers in the evidence (``slipwatch explain`` tells them as sentences) and
        take work or waiting out of that path. If that cannot be done, agree on a new commitment.

    Source:
        GAO-16-89G best practice 8 (schedule risk analysis); IPA delivery confidence: red is a
        delivery that appears unachievable. The bounds are ours.
    """

    id = "SCH-001"
    title = "Commitment unlikely"
    severity = "high"
    explained_by = ROOTS

    below: float = parameter(0.50, "A smaller probability is a finding.", maximum=1)
    critical_below: float = parameter(0.15, "A smaller one is critical.", maximum=1)

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if not milestone.committed:
            return NotApplicable(milestone.id)
        probability = _probability(milestone)
        if probability is None:
            return Unknown(milestone.id, milestone.why_no_forecast)
        if probability >= self.below:
            return Passed(milestone.id)
        return Failed(
            subject=milestone.id,
            severity="critical" if probability < self.critical_below else None,
            value=probability,
            threshold=self.below,
            message=_odds(world, milestone, probability),
            evidence=_outlook(milestone),
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentUnsure(MilestoneRule):
    """The committed date may well be missed.

    What it catches:
        An open milestone with a commitment whose probability of being done by the end of that
        day is at least ``at_least`` and under ``below``. Smaller ones are the business of
        SCH-001. Without a forecast the rule cannot tell.

    Why it matters:
        A commitment is judged at P85. Between even chances and P85 there is usually still time
        to do something small about it.

    Example that fires:
        Cart is committed for 27 February and will be done by then with 64 % probability; P85 is
        5 March, 4 working days late.

    What to do:
        Look at the drivers in the evidence. Protect that path: fewer interruptions, early
        reviews, unblocked items first.

    Source:
        GAO-16-89G best practice 8 (schedule risk analysis). The bounds are ours.
    """

    id = "SCH-002"
    title = "Commitment unsure"
    severity = "medium"
    explained_by = ROOTS

    at_least: float = parameter(0.50, "Smaller probabilities are left to SCH-001.", maximum=1)
    below: float = parameter(0.85, "A smaller probability is a finding.", maximum=1)

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if not milestone.committed:
            return NotApplicable(milestone.id)
        probability = _probability(milestone)
        if probability is None:
            return Unknown(milestone.id, milestone.why_no_forecast)
        if probability < self.at_least:
            return NotApplicable(milestone.id)
        if probability >= self.below:
            return Passed(milestone.id)
        return Failed(
            subject=milestone.id,
            value=probability,
            threshold=self.below,
            message=_odds(world, milestone, probability),
            evidence=_outlook(milestone),
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommitmentOverdue(MilestoneRule):
    """The committed date is past and the milestone is still open.

    What it catches:
        An open milestone whose commitment lies before the as-of day. It is critical when the
        commitment is more than ``critical_days`` working days old, or when another open
        milestone with a commitment waits for this one, directly or not.

    Why it matters:
        A missed promise that nobody renews is worse than a late one: those who wait have no day
        to plan with.

    Example that fires:
        API GA was committed for 15 January. It is 3 February, 13 working days later, 4 items are
        open, and the launch waits for it.

    What to do:
        Close it if it is done. If not, finish or drop what is left and give those who wait a new
        committed day.

    Source:
        DCMA 14-point checks 9 (invalid dates) and 11 (missed tasks), PAM 200.1. The ten days are
        ours.
    """

    id = "SCH-003"
    title = "Commitment overdue"
    severity = "high"
    at_once = True

    critical_days: int = parameter(10, "More working days overdue are critical.")

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        commitment = milestone.model.commitment
        if commitment is None or milestone.over:
            return NotApplicable(milestone.id)
        if commitment >= world.as_of:
            return Passed(milestone.id)
        overdue = milestone.days(commitment, world.as_of)
        gated = [m for m in world.downstream(milestone.id) if m.committed]
        waits = f"; {say_list([m.name for m in gated])} cannot do without it" if gated else ""
        return Failed(
            subject=milestone.id,
            severity="critical" if gated or overdue > self.critical_days else None,
            value=overdue,
            threshold=0,
            message=f"{milestone.name} was committed for {say_day(commitment, world.as_of)} and "
            f"is still open, {say_days(overdue)} later{waits}.",
            evidence={
                "commitment": commitment,
                "days_overdue": overdue,
                "open_items": milestone.view.scope.remaining,
                "gated": [m.id for m in gated],
            },
            links=milestone.links,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeFloat(MilestoneRule):
    """The plan cannot meet a commitment even if everything goes as expected.

    What it catches:
        An open milestone whose float to the nearest commitment that depends on it (its own or
        one further on) is below zero; at ``critical`` or less the finding is critical. Where a
        commitment depends on it and the float is not known, the rule cannot tell.

    Why it matters:
        Negative float is arithmetic, not bad luck: with the median duration of each piece of
        work the chain is too long by so many working days.

    Example that fires:
        Three milestones in a row need 12 working days from now; the last one is committed in 10.
        All three have -2 working days of float.

    What to do:
        Shorten the path in the evidence (less scope, work side by side, an earlier handover), or
        move the commitment. Work that is not on the path gains nothing.

    Source:
        DCMA 14-point check 7 (negative float), PAM 200.1; GAO-16-89G best practice 7. The ten days
        are ours.
    """

    id = "SCH-006"
    title = "Negative float"
    severity = "high"
    explained_by = ROOTS

    critical: int = parameter(
        -10, "Working days of float at which it is critical.", minimum=-10_000, maximum=-1
    )

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        value = milestone.view.network.commitment_float
        if milestone.over:
            return NotApplicable(milestone.id)
        if value is None:
            if world.leads_to_commitment(milestone.id):
                return Unknown(milestone.id, milestone.why_no_forecast)
            return NotApplicable(milestone.id)
        if value >= 0:
            return Passed(milestone.id)
        path = _way_to_missed(world, milestone, value)
        target = world.get(path[-1]) if path else None
        return Failed(
            subject=milestone.id,
            severity="critical" if value <= self.critical else None,
            value=value,
            threshold=0,
            message=f"{milestone.name} is {say_days(-value)} too late for "
            f"{_say_commitment(world, milestone, target)}, even if everything goes as expected.",
            evidence={
                "float": value,
                "commitment": target
                and {
                    "milestone": target.id,
                    "date": target.model.commitment,
                    "early_finish": target.view.network.early_finish,
                },
                "path": path,
            },
            links=milestone.links,
        )


RULES: tuple[type[Rule], ...] = (
    CommitmentUnlikely,
    CommitmentUnsure,
    CommitmentOverdue,
    NegativeFloat,
)


def _probability(milestone: Subject) -> float | None:
    """Return P(on time); without a forecast only a lower bound past the commitment gives one."""
    commitment, forecast = milestone.model.commitment, milestone.view.forecast
    if forecast.p_on_time is not None or commitment is None or forecast.lower_bound is None:
        return forecast.p_on_time
    return 0.0 if forecast.lower_bound > commitment else None


def _odds(world: World, milestone: Subject, probability: float) -> str:
    commitment, forecast = milestone.model.commitment, milestone.view.forecast
    assert commitment is not None
    if forecast.p85 is not None:
        late = say_lateness(milestone.days(commitment, forecast.p85))
        outlook = f"P85 is {say_day(forecast.p85, world.as_of)}, {late}"
    elif forecast.lower_bound is not None:
        outlook = f"it cannot be done before {say_day(forecast.lower_bound, world.as_of)}"
    else:
        outlook = "no later date can be given either"
    return (
        f"{milestone.name} will be done by {say_day(commitment, world.as_of)} "
        f"with {percent(probability)} probability; {outlook}."
    )


def _outlook(milestone: Subject) -> dict[str, Any]:
    commitment, forecast = milestone.model.commitment, milestone.view.forecast
    assert commitment is not None

    def late(day: date | None) -> int | None:
        return None if day is None else milestone.days(commitment, day)

    return {
        "p_on_time": forecast.p_on_time,
        "commitment": commitment,
        "p50": forecast.p50,
        "p85": forecast.p85,
        "p50_days_late": late(forecast.p50),
        "p85_days_late": late(forecast.p85),
        "lower_bound": forecast.lower_bound,
        "method": forecast.method,
        "confidence": forecast.confidence,
        "drivers": milestone.view.network.drivers,
    }


def _way_to_missed(world: World, milestone: Subject, float_: int) -> tuple[str, ...]:
    """Find the commitment that a negative float was measured to, and return the way there.

    The float does not name it. One that the milestone drives is missed by just as much; one
    that others drive is missed by more.
    """

    spare = world.spare
    return (
        world.way(milestone.id, lambda target: spare.get(target) == float_, driving=True)
        or world.way(milestone.id, lambda target: spare.get(target, 0) < float_)
        or world.way(milestone.id, lambda target: spare.get(target, 0) < 0)
    )


def _say_commitment(world: World, milestone: Subject, target: Subject | None) -> str:
    if target is None or target.model.commitment is None:
        return "a commitment that depends on it"
    whose = "its commitment" if target is milestone else f"the commitment of {target.name}"
    return f"{whose}, {say_day(target.model.commitment, world.as_of)}"
