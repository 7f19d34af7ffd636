"""DEP: what one side of a dependency has to say to the other, by when, and whether it holds."""

from collections.abc import Sequence
from dataclasses import dataclass

from slipwatch.aggregator.portfolio.model import DependencyType

from .base import (
    AGING,
    Failed,
    MilestoneRule,
    NotApplicable,
    Passed,
    Rule,
    Unknown,
    Verdict,
    parameter,
)
from .dependencies import ITEM_PAIRS_SHOWN, DependencyRule, is_foreign
from .words import say_count, say_day, say_days, say_list
from .world import Edge, Subject, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Unagreed(DependencyRule):
    """Two projects depend on one another, and it is not said who answers for it, or by when.

    What it catches:
        A dependency between two projects for which at least one of three facts is missing: who
        answers for the upstream milestone, who answers for the downstream one (its ``owner``, or
        else the ``lead`` of its project), and a day. The day is the ``need_by`` of the
        dependency, or else what the upstream side says: its promise, commitment or plan.

        Dependencies inside a project, and those of which one end is over, do not matter here.

    Why it matters:
        A handover between teams fails most often because nobody on one side knew of it. Without
        two names and a day nobody can be asked whether it still holds.

    Example that fires:
        Cart of the web project needs Login GA of the identity project. Login GA has no owner,
        its project no lead, and neither side has named a day.

    What to do:
        Name a ``lead`` for the project or an ``owner`` for the milestone in slipwatch.yaml, let
        the two agree on a day, and write it as ``need_by``.

    Source:
        PMI, The Standard for Program Management (interdependencies have owners); GAO-16-89G best
        practice 5 (horizontal traceability of handovers).
    """

    id = "DEP-003"
    title = "Handover nobody agreed on"
    severity = "medium"
    at_once = True
    timeless = "owners, and the days that handovers are needed by"

    worse_after: int = parameter(30, AGING)

    def judge_dependency(self, world: World, edge: Edge) -> Verdict:
        provider, consumer = edge.upstream, edge.downstream
        if not is_foreign(provider, consumer) or provider.over:
            return NotApplicable(edge.id)
        named, model = edge.model.need_by, provider.model
        days = (named, model.promise, model.commitment, model.plan)
        evidence = {
            "provider_owner": world.owner(provider),
            "consumer_owner": world.owner(consumer),
            "need_by": next((day for day in days if day is not None), None),
        }
        if None not in evidence.values():
            return Passed(edge.id)
        missing = {
            "provider_owner": f"who answers for {provider.name}",
            "consumer_owner": f"who answers for {consumer.name}",
            "need_by": "by when it is needed",
        }
        unsaid = [words for field, words in missing.items() if evidence[field] is None]
        return Failed(
            subject=edge.id,
            value=len(unsaid),
            threshold=0,
            message=f"{consumer.name} needs {provider.name} of {provider.model.project}, and "
            f"nobody has said {say_list(unsaid)}.",
            evidence={
                **evidence,
                "declared": edge.model.declared,
                "items": edge.model.evidence[:ITEM_PAIRS_SHOWN],
            },
            links=(*provider.links, *consumer.links),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unconfirmed(MilestoneRule):
    """An outside party's delivery that others wait for has no date, or a stale one.

    What it catches:
        An open external milestone that has a commitment or that an open milestone waits for, and
        for which there is no ``promise``, or one that was last heard more than ``days`` days ago.
        A promise is heard when it is confirmed (``confirmed`` in slipwatch.yaml), when it moves,
        and when slipwatch first sees it.

    Why it matters:
        Suppliers seldom say by themselves that they will be late. The older a promise is, the
        less it is worth; the forecast takes it for less certain from the same day on.

    Example that fires:
        The bank promised its contract for 1 December. That was last confirmed on 2 November, 21
        days ago.

    What to do:
        Ask the supplier, and write what they say as ``promise`` and today as ``confirmed``.

    Source:
        IPA (Infrastructure and Projects Authority) review guidance on supplier dates; the 14 days
        are ours.
    """

    id = "DEP-006"
    title = "Supplier's date not confirmed"
    severity = "medium"
    at_once = True
    timeless = "confirmations before the last one"

    days: int = parameter(14, "After more days than this a promise counts as stale.", minimum=1)

    def judge_milestone(self, world: World, milestone: Subject) -> Verdict:
        if not milestone.model.external or milestone.over:
            return NotApplicable(milestone.id)
        waiting = [one for one in world.downstream(milestone.id) if not one.over]
        if not waiting and not milestone.committed:
            return NotApplicable(milestone.id)
        promise = milestone.model.promise or milestone.model.plan
        heard = milestone.model.promise_heard(world.as_of)
        age = (world.as_of - heard).days
        if promise is not None and age <= self.days:
            return Passed(milestone.id)
        stale = promise is not None
        words = (
            f"was last heard on {say_day(heard, world.as_of)}, {say_count(age, 'day')} ago"
            if stale
            else "does not exist"
        )
        return Failed(
            subject=milestone.id,
            value=age if stale else None,
            threshold=self.days if stale else None,
            message=f"The promise of {milestone.name} {words}"
            f"{_say_waiting([one.name for one in waiting])}.",
            evidence={
                "promise": promise,
                "last_heard": heard if stale else None,
                "owner": world.owner(milestone),
                "waiting": [one.id for one in waiting[:ITEM_PAIRS_SHOWN]],
            },
            links=milestone.links,
        )


class DeliveredAfterNeed(DependencyRule):
    """A provider will probably deliver later than the consumer needs it.

    What it catches:
        A dependency with a ``need_by`` day on which the upstream milestone is open and its P85
        lies at least one of the consumer's working days after it. Dependencies on the start of
        the upstream milestone have no delivery to judge. Without a forecast of the provider the
        rule cannot tell.

    Why it matters:
        The need-by day is what the consumer plans with. At P85 it holds in six cases of seven;
        if it does not, the consumer should know before that day.

    Example that fires:
        Web needs Login GA by 27 November. Its P85 is 3 December, 4 working days later.

    What to do:
        Bring provider and consumer together: a smaller first delivery, a stand-in, or another
        need-by day. ``slipwatch explain`` on the provider tells what drives it.

    Source:
        GAO-16-89G best practice 5 (horizontal traceability of handovers).
    """

    id = "DEP-007"
    title = "Delivered after it is needed"
    severity = "high"
    timeless = "the days that handovers are needed by"

    def judge_dependency(self, world: World, edge: Edge) -> Verdict:
        need_by = edge.model.need_by
        delivers = edge.model.type not in {DependencyType.SS, DependencyType.SF}
        if need_by is None or not delivers or edge.upstream.over:
            return NotApplicable(edge.id)
        p85 = edge.upstream.view.forecast.p85
        if p85 is None:
            return Unknown(edge.id, edge.upstream.why_no_forecast)
        gap = edge.downstream.days(need_by, p85)
        if gap <= 0:
            return Passed(edge.id)
        return Failed(
            subject=edge.id,
            value=gap,
            threshold=0,
            message=f"{edge.downstream.name} needs {edge.upstream.name} by "
            f"{say_day(need_by, world.as_of)}; P85 is {say_day(p85, world.as_of)}, "
            f"{say_days(gap)} later.",
            evidence={
                "need_by": need_by,
                "p50": edge.upstream.view.forecast.p50,
                "p85": p85,
                "gap": gap,
                "provider_owner": edge.upstream.model.owner,
                "consumer_owner": edge.downstream.model.owner,
            },
            links=(*edge.upstream.links, *edge.downstream.links),
        )


RULES: tuple[type[Rule], ...] = (Unagreed, Unconfirmed, DeliveredAfterNeed)


def _say_waiting(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f"; {say_list(names)} {'waits' if len(names) == 1 else 'wait'} for it"
