"""GOV: gates that were passed without a yes, and decisions that nobody takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from slipwatch.aggregator.gates.views import GateView

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .registers import registers
from .words import say_count, say_day, say_days
from .world import World


class PassedWithoutApproval(Rule):
    """Work goes on behind a gate that nobody opened, or its day is over.

    What it catches:
        A gate without a recorded approval whose day (`due`) has passed, or whose next stage
        (`before`) has begun; also one that was refused, and whose next stage has begun all the
        same. It is critical where a control is among its criteria, or the next stage works on
        protected data. A gate with neither a day nor a next stage is none of its business.

    Why it matters:
        A gate is where a program may still be stopped cheaply. Work behind it is money spent on
        what was not decided, and in regulated work it is a finding of the auditor's.

    Example that fires:
        Gate "Build" was to be passed by 1 November. It is the 26th, nothing is decided, and API GA
        has been worked on since the 16th.

    What to do:
        Have it decided, in its issue or with `decision` in slipwatch.yaml; or stop the work.

    Source:
        OGC Gateway Process; PRINCE2, manage by stages.
    """

    id = "GOV-003"
    title = "Gate passed without approval"
    severity = "high"
    at_once = True

    def judge(self, world: World) -> Iterator[Verdict]:
        for gate in gates(world):
            yield self._judge(world, gate)

    def _judge(self, world: World, gate: GateView) -> Verdict:
        if gate.state == "approved":
            return Passed(gate.id)
        if gate.due is None and not gate.before:
            return NotApplicable(gate.id)
        late = gate.state == "pending" and gate.due is not None and gate.due < world.as_of
        if not gate.begun and not late:
            return Passed(gate.id)
        said = "is not decided" if gate.state == "pending" else "was refused"
        due = f", though its day was {say_day(gate.due, world.as_of)}" if late and gate.due else ""
        work = f"; work behind it has begun: {say_count(len(gate.begun), 'milestone')}"
        return Failed(
            subject=gate.id,
            severity="critical" if gate.regulated else None,
            value=len(gate.begun),
            threshold=0,
            message=f"The gate {named(gate)} {said}{due}{work if gate.begun else ''}.",
            evidence={**shown(gate), "milestones": list(gate.begun)},
            links=links(gate),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GateUndecided(Rule):
    """The decision at a gate does not come.

    What it catches:
        A gate whose decision has been waited for more than ``days`` working days: since `asked`,
        or since its issue was raised, or since its day. Where none of these is known the rule
        cannot tell.

    Why it matters:
        A stage that may neither begin nor end costs its people's time, or begins unasked.

    Example that fires:
        The issue to approve gate "Build" was raised on 2 November; it is open on the 26th.

    What to do:
        Ask those who decide what they lack: the evidence names the criteria that are not met.

    Source:
        OGC Gateway Process. The span is ours.
    """

    id = "GOV-004"
    title = "Gate undecided"
    severity = "medium"
    at_once = True

    days: int = parameter(10, "More working days are a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        for gate in gates(world):
            yield self._judge(world, gate)

    def _judge(self, world: World, gate: GateView) -> Verdict:
        if gate.state != "pending":
            return NotApplicable(gate.id)
        if gate.waiting is None or gate.asked is None:
            ahead = gate.due is not None and gate.due >= world.as_of
            reason = "nobody knows since when its decision is waited for"
            return NotApplicable(gate.id) if ahead else Unknown(gate.id, reason)
        if gate.waiting <= self.days:
            return Passed(gate.id)
        return Failed(
            subject=gate.id,
            value=gate.waiting,
            threshold=self.days,
            message=f"The gate {named(gate)} is to be decided since "
            f"{say_day(gate.asked, world.as_of)}, {say_days(gate.waiting)}.",
            evidence={**shown(gate), "asked": gate.asked},
            links=links(gate),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotSteered(Rule):
    """Nobody has steered the program for a while.

    What it catches:
        A program whose steering committee neither met nor decided anything for more than ``days``
        days, as far as `steering` and `decisions` say. Where meetings and decisions are not
        written down the rule cannot tell.

    Why it matters:
        Programs seldom fail for want of work. They fail because those who could change scope, money
        or dates were not asked in time.

    Example that fires:
        The last minutes are of 1 September; it is 26 November.

    What to do:
        Hold the meeting, and write it down: `steering: [{held: 2026-11-26, minutes: …}]`.

    Source:
        GAO, critical factors of major IT acquisitions: executive and stakeholder engagement. The
        span is ours.
    """

    id = "GOV-009"
    title = "No steering"
    severity = "low"
    at_once = True

    days: int = parameter(45, "More days are a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        for program, register in registers(world):
            last = register.last_steered
            if not register.steering or last is None:
                yield Unknown(program.id, "no meeting and no decision is on record")
            elif (age := (world.as_of - last).days) <= self.days:
                yield Passed(program.id)
            else:
                yield Failed(
                    subject=program.id,
                    value=age,
                    threshold=self.days,
                    message=f"Nobody has steered {' '.join(program.title.split())} since "
                    f"{say_day(last, world.as_of)}, {say_count(age, 'day')} ago.",
                    evidence={
                        "last": last,
                        "pending": [one.id for one in register.decisions if one.open],
                    },
                    links=(register.minutes,) if register.minutes else (),
                )


RULES: tuple[type[Rule], ...] = (PassedWithoutApproval, GateUndecided, NotSteered)


def gates(world: World) -> Iterator[GateView]:
    """Give the gates of all programs."""
    for program in world.assessment.programs:
        yield from program.gates


def named(gate: GateView) -> str:
    """Name a gate by its title on one line, or else by its id."""
    return " ".join(gate.title.split()) or gate.id


def links(gate: GateView) -> tuple[str, ...]:
    """Give the page of its issue, if it has one."""
    return (gate.url,) if gate.url else ()


def shown(gate: GateView) -> dict[str, Any]:
    """Give a gate as evidence shows it."""
    return {
        "gate": gate.id,
        "title": gate.title,
        "state": gate.state,
        "by": list(gate.by),
        "decided": gate.decided,
        "due": gate.due,
        "not_met": [
            {"what": criterion.what, "detail": criterion.detail}
            for criterion in gate.criteria
            if not criterion.met
        ],
    }
