"""RISK-003 and COM-005: actions and decisions that do not come."""

from collections.abc import Iterator
from dataclasses import dataclass

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .registers import links, named, registers
from .words import say_day, say_days
from .world import World


class ActionPastDue(Rule):
    """An action that is to make a risk smaller is past due.

    What it catches:
        An open action about a risk or an issue whose due date has passed. One without a due date
        the rule cannot judge; actions about neither are none of its business.

    Why it matters:
        The plan counts on the risk being smaller by then. As long as the action is open, it is as
        large as before.

    Example that fires:
        "Sign with a second bank" was due on 20 November; it is open, 4 working days later.

    What to do:
        Do it, give it to somebody who can, or agree on another day and look at the risk again.

    Source:
        ISO 31000:2018, 6.5.3; PMI Standard for Risk Management.
    """

    id = "RISK-003"
    title = "Mitigation past due"
    severity = "medium"
    at_once = True

    def judge(self, world: World) -> Iterator[Verdict]:
        for _, register in registers(world):
            for action in register.actions:
                if not action.open:
                    continue
                if action.about is None:
                    yield NotApplicable(action.id)
                elif action.due is None:
                    yield Unknown(action.id, "it has no due date")
                elif action.due >= world.as_of:
                    yield Passed(action.id)
                else:
                    yield Failed(
                        subject=action.id,
                        value=action.overdue,
                        threshold=0,
                        message=f"{named(action)} was due on {say_day(action.due, world.as_of)}, "
                        f"{say_days(action.overdue)} ago.",
                        evidence={
                            "title": action.title,
                            "owner": action.owner,
                            "due": action.due,
                            "about": action.about,
                        },
                        links=links(action),
                    )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionPending(Rule):
    """A decision does not come.

    What it catches:
        A decision of the register that was raised more than ``days`` working days ago and is not
        taken. One of which nobody says when it was raised the rule cannot judge.

    Why it matters:
        Those who wait for it either wait, or decide themselves and do not tell.

    Example that fires:
        "Which acquiring bank" was put to the steering committee on 2 November; it is the 26th.

    What to do:
        Put it on the next agenda with a recommendation and what each week costs; or let somebody
        else decide.

    Source:
        PRINCE2, management by exception: an exception is decided within the stage's tolerance.
        The span is ours.
    """

    id = "COM-005"
    title = "Decision pending"
    severity = "medium"
    at_once = True

    days: int = parameter(10, "More working days are a finding.")

    def judge(self, world: World) -> Iterator[Verdict]:
        for _, register in registers(world):
            for decision in register.decisions:
                if not decision.open:
                    continue
                if decision.age is None or decision.raised is None:
                    yield Unknown(decision.id, "nobody knows since when it is pending")
                elif decision.age <= self.days:
                    yield Passed(decision.id)
                else:
                    yield Failed(
                        subject=decision.id,
                        value=decision.age,
                        threshold=self.days,
                        message=f"{named(decision)} is to be decided since "
                        f"{say_day(decision.raised, world.as_of)}, {say_days(decision.age)}.",
                        evidence={
                            "title": decision.title,
                            "owner": decision.owner,
                            "raised": decision.raised,
                            "due": decision.due,
                            "milestones": list(decision.milestones),
                        },
                        links=links(decision),
                    )


RULES: tuple[type[Rule], ...] = (ActionPastDue, DecisionPending)
