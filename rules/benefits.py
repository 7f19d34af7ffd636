"""BEN: benefits that nobody could measure, that are not measured, or that do not come."""

from collections.abc import Iterator
from dataclasses import dataclass

from slipwatch.aggregator.assessment import ProgramView
from slipwatch.aggregator.benefits.views import BenefitView
from slipwatch.aggregator.percent import percent

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_count, say_day, say_list
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitUndefined(Rule):
    """A benefit lacks what it takes to tell whether it came.

    What it catches:
        A benefit without an owner, a measure, a baseline, a target, or a day for one of start and
        target.

    Why it matters:
        A benefit that cannot be measured cannot be missed, and nobody steers by it. Unclear
        benefits at the outset are what audits of programs find first.

    Example that fires:
        Faster onboarding has a target of 7 days and no owner, and nothing says how onboarding is
        measured.

    What to do:
        Write `owner`, `measure`, `baseline`, `target` and `start` under `benefits`, together with
        whoever will work with the result. If nobody can, it is no benefit: leave it out.

    Source:
        MSP: a benefit is validated by description, observable outcome, attribution and measurement
        (DOAM).
    """

    id = "BEN-001"
    title = "Benefit not defined"
    severity = "medium"
    at_once = True
    timeless = "how a benefit is defined"

    def judge(self, world: World) -> Iterator[Verdict]:
        for _, benefit in benefits_of(world):
            missing = [name for name, value in _needed(benefit) if value is None]
            if not missing:
                yield Passed(benefit.subject)
                continue
            yield Failed(
                subject=benefit.subject,
                value=len(missing),
                threshold=0,
                message=f"{name_of(benefit)} lacks {say_list(missing, len(missing))}: "
                "nobody can tell whether it comes.",
                evidence={"missing": missing, "owner": benefit.owner, "measure": benefit.measure},
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingStale(Rule):
    """A benefit was not measured as often as was agreed.

    What it catches:
        A benefit with a measure whose newest reading is older than ``cadences`` times its cadence,
        from its start on; without any reading, the time since its start counts. A fetch that
        failed, or that gave no number, is no reading.

    Why it matters:
        Benefits come after the project, when its people have gone on to the next one. What is not
        looked at is not kept.

    Example that fires:
        Faster onboarding is to be measured every month. The last reading is of 3 March, 52 days
        ago: the query has given no sample since then.

    What to do:
        Look at the error in the evidence (``slipwatch reading list --failures``) and mend the
        measure, or tell the value with ``slipwatch reading add``.

    Source:
        MSP: benefits reviews at the cadence of their profiles. One and a half cadences are ours.
    """

    id = "BEN-002"
    title = "Benefit not measured"
    severity = "medium"
    at_once = True

    cadences: float = parameter(1.5, "So many cadences without a reading are a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        for _, benefit in benefits_of(world):
            yield self._judge(world, benefit)

    def _judge(self, world: World, benefit: BenefitView) -> Verdict:
        if benefit.measure is None:
            return Unknown(benefit.subject, "it has no measure")
        if benefit.start is not None and world.as_of < benefit.start:
            return NotApplicable(benefit.subject)
        since = benefit.read_on or benefit.start
        if since is None:
            return Unknown(benefit.subject, "it has no reading, and no start to count from")
        age = (world.as_of - since).days
        bound = self.cadences * benefit.cadence_days
        if age <= bound:
            return Passed(benefit.subject)
        last = (
            f"was last measured on {say_day(since, world.as_of)}"
            if benefit.read_on is not None
            else f"was never measured since it began on {say_day(since, world.as_of)}"
        )
        return Failed(
            subject=benefit.subject,
            value=age,
            threshold=round(bound, 1),
            message=f"{name_of(benefit)} {last}, {say_count(age, 'day')} ago; it is to be measured "
            f"every {say_count(round(benefit.cadence_days), 'day')}.",
            evidence={
                "read_on": benefit.read_on,
                "days": age,
                "cadence": benefit.cadence,
                "measure": benefit.measure,
                "failures": benefit.failures,
                "error": benefit.error,
                "owner": benefit.owner,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitBehind(Rule):
    """A benefit comes slower than it was planned.

    What it catches:
        A benefit whose realisation ratio, the change that came by the change that was due on the
        day of the newest reading, is under ``below``; under ``high_below`` the finding is high. It
        is judged from one cadence after the start on. Of a disbenefit, more than was planned is
        what is bad: it fires as far above the plan, above 1.2 and above 1.5 by default.

    Why it matters:
        The program was approved for this change. While it is still there, its people can do
        something about a product that nobody uses.

    Example that fires:
        Onboarding was to fall from 100 to 79.9 days by 1 October, and stands at 88: 59 % of the
        change that was due.

    What to do:
        Ask the benefit's owner what holds it back. If what enables it was late, the evidence has
        the ratio against the shifted curve; if that is good, the delay is the cause. Else change
        the product, the training or the target.

    Source:
        PMI, benefits realisation management: actual against planned benefits. The bounds are ours.
    """

    id = "BEN-003"
    title = "Benefit behind plan"
    severity = "medium"

    below: float = parameter(0.8, "A smaller ratio is a finding.", maximum=1)
    high_below: float = parameter(0.5, "A smaller one is a high one.", maximum=1)

    def judge(self, world: World) -> Iterator[Verdict]:
        for _, benefit in benefits_of(world):
            yield self._judge(world, benefit)

    def _judge(self, world: World, benefit: BenefitView) -> Verdict:
        if benefit.start is None or benefit.expected is None:
            return Unknown(benefit.subject, "nothing says what is due of it by when")
        if (world.as_of - benefit.start).days <= benefit.cadence_days:
            return NotApplicable(benefit.subject)
        ratio = benefit.realisation_ratio
        if ratio is None:
            reason = "it has no reading" if benefit.value is None else "nothing was due at its last"
            return Unknown(benefit.subject, f"{reason} since it began")
        judged = 2 - ratio if benefit.kind == "disbenefit" else ratio
        if judged >= self.below:
            return Passed(benefit.subject)
        late = benefit.ratio_after_slip
        explained = late is not None and benefit.kind == "benefit" and late >= self.below
        because = "; that is what the delay of its enablers makes of it" if explained else ""
        return Failed(
            subject=benefit.subject,
            severity="high" if judged < self.high_below else None,
            value=ratio,
            threshold=self.below if benefit.kind == "benefit" else 2 - self.below,
            message=f"{name_of(benefit)} stands at {_value(benefit, benefit.value)} where "
            f"{_value(benefit, benefit.expected_at_reading)} was due: "
            f"{percent(ratio)} of the change"
            f"{because}.",
            evidence={
                "value": benefit.value,
                "read_on": benefit.read_on,
                "expected": benefit.expected_at_reading,
                "baseline": benefit.baseline,
                "target": benefit.target,
                "ratio": ratio,
                "ratio_after_slip": late,
                "owner": benefit.owner,
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MapGap(Rule):
    """Work that brings no benefit, or a benefit that no work brings.

    What it catches:
        A benefit that no milestone enables, and an active project of a program with benefits none
        of which its milestones enable.

    Why it matters:
        In a benefits map every output leads to a benefit. A gap is work without a reason, or a
        promise without work.

    Example that fires:
        The program has three benefits. No milestone of Mobile app enables one of them.

    What to do:
        Write the milestone under the benefit's `enabled_by`. If there is none, ask whether the
        benefit, or the project, belongs to this program.

    Source:
        MSP: the benefits map leads from outputs over capabilities and outcomes to benefits.
    """

    id = "BEN-005"
    title = "Gap in the benefits map"
    severity = "medium"
    at_once = True
    timeless = "what enables a benefit"

    def judge(self, world: World) -> Iterator[Verdict]:
        with_benefits = {program.id for program, _ in benefits_of(world)}
        for _, benefit in benefits_of(world):
            if benefit.enabled_by:
                yield Passed(benefit.subject)
            else:
                yield Failed(
                    subject=benefit.subject,
                    value=0,
                    threshold=1,
                    message=f"No milestone enables {name_of(benefit)}: nothing that is planned "
                    "brings it.",
                    evidence={"objective": benefit.objective, "owner": benefit.owner},
                )
        for project in world.assessment.projects:
            if project.program not in with_benefits or not project.aims.active:
                yield NotApplicable(project.id)
            elif project.aims.benefits:
                yield Passed(project.id)
            else:
                title = " ".join(project.title.split()) or project.id
                yield Failed(
                    subject=project.id,
                    value=0,
                    threshold=1,
                    message=f"{title} enables no benefit of its program.",
                    evidence={"lead": project.lead, "objectives": list(project.aims.objectives)},
                )


RULES: tuple[type[Rule], ...] = (BenefitUndefined, ReadingStale, BenefitBehind, MapGap)


def benefits_of(world: World) -> Iterator[tuple[ProgramView, BenefitView]]:
    for program in world.assessment.programs:
        for benefit in program.benefits:
            yield program, benefit


def name_of(benefit: BenefitView) -> str:
    """Give its title on one line, or else its id."""
    return " ".join(benefit.title.split()) or benefit.id


def _needed(benefit: BenefitView) -> Iterator[tuple[str, object]]:
    yield "an owner", benefit.owner
    yield "a measure", benefit.measure
    yield "a baseline", benefit.baseline
    yield "a target", benefit.target
    yield "a start", benefit.start
    yield "a day for its target", benefit.target_date


def _value(benefit: BenefitView, value: float | None) -> str:
    if value is None:
        return "nothing"
    return f"{value:.4g}{' ' + ' '.join(benefit.unit.split()) if benefit.unit else ''}"
