"""DEP: what waits for what, and what that does to others."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Literal

from slipwatch.aggregator.assessment import Cause
from slipwatch.aggregator.portfolio.model import DependencyType, Lag

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_day, say_days, say_list
from .world import Edge, Subject, World

ITEM_PAIRS_SHOWN = 20


class DependencyRule(Rule):
    """A rule whose subjects are the dependencies."""

    __slots__ = ()

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every dependency; those on which nobody waits any more are left out."""
        for edge in world.dependencies:
            if edge.holds and not edge.downstream.over:
                yield self.judge_dependency(world, edge)
            else:
                yield NotApplicable(edge.id)

    @abstractmethod
    def judge_dependency(self, world: World, edge: Edge) -> Verdict:
        """Answer for one dependency whose downstream milestone is open."""


class PlannedTooEarly(DependencyRule):
    """The plan lets a milestone start before the one it waits for can be finished.

    What it catches:
        A finish-to-start dependency whose downstream milestone has a planned start before the
        upstream milestone's finish and the lag are over. The finish is the actual one, or else
        the later of plan (or promise) and P50, and never before the as-of day while it is open.

        Other types of dependency do not hold up a start. Work that has started already is no
        matter of planning any more, and a start-no-earlier date is a bound, not a plan: both
        stay silent. Without any upstream date the rule cannot tell.

    Why it matters:
        The two plans contradict each other, most often over a border between teams or trackers.
        People are booked for work that cannot begin, and the downstream date is fiction.

    Example that fires:
        The web team plans to start Cart on 2 November. It needs Login GA, whose P50 is
        10 November, and 2 working days for the roll-out: 9 working days too early.

    What to do:
        Move the downstream start, hand a usable part over earlier, or say so if the dependency
        is not finish-to-start (then declare its real type).

    Source:
        DCMA 14-point checks 1 (logic) and 12 (critical path test), PAM 200.1.
    """

    id = "DEP-002"
    title = "Planned before it can start"
    severity = "high"
    timeless = "dependencies of the file, and links whose time no tracker tells"

    def judge_dependency(self, world: World, edge: Edge) -> Verdict:
        start = edge.downstream.model.plan_start
        waits = edge.model.type is DependencyType.FS
        if not waits or start is None or edge.downstream.model.started is not None:
            return NotApplicable(edge.id)
        finish = _finish(world, edge.upstream)
        if finish is None:
            return Unknown(edge.id, f"nobody knows when {edge.upstream.name} will be finished")
        bound = after_lag(world, edge, finish)
        gap = edge.downstream.calendar.workdays(start.toordinal(), bound.toordinal())
        if gap <= 0 or (edge.upstream.over and bound <= world.as_of):
            return Passed(edge.id)
        lag = edge.model.lag
        return Failed(
            subject=edge.id,
            value=gap,
            threshold=0,
            message=f"{edge.downstream.name} is planned to start on {say_day(start, world.as_of)}, "
            f"{say_days(gap)} too early: it needs {edge.upstream.name}, finished on "
            f"{say_day(finish, world.as_of)}{say_lag(lag)}.",
            evidence={
                "planned_start": start,
                "possible_start": bound,
                "upstream_finish": finish,
                "upstream_plan": edge.upstream.model.plan,
                "upstream_p50": edge.upstream.view.forecast.p50,
                "lag": str(lag),
                "gap": gap,
                "declared": edge.model.declared,
                "items": edge.model.evidence[:ITEM_PAIRS_SHOWN],
            },
            links=(*edge.upstream.links, *edge.downstream.links),
        )


class CycleRule(Rule):
    """A rule whose subjects are milestones in a cycle, of which the first by id speaks for all."""

    __slots__ = ()

    kind: ClassVar[Literal["deadlock", "interleaved"]]
    sentence: ClassVar[str]

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every milestone that has a dependency; the others cannot be in a cycle."""
        cycles = {
            member: sorted(cycle.members)
            for cycle in world.assessment.cycles
            if cycle.kind == self.kind
            for member in cycle.members
        }
        linked = {end.id for d in world.dependencies for end in (d.upstream, d.downstream)}
        for milestone in world.milestones:
            members = cycles.get(milestone.id)
            if members is not None and milestone.id == members[0]:
                yield self._failed(world, members)
            elif members is None and milestone.id in linked:
                yield Passed(milestone.id)
            else:
                yield NotApplicable(milestone.id)

    def _failed(self, world: World, members: Sequence[str]) -> Failed:
        milestones = [m for m in map(world.get, members) if m is not None]
        edges = [
            edge
            for edge in world.dependencies
            if edge.upstream.id in members and edge.downstream.id in members
        ]
        return Failed(
            subject=members[0],
            value=len(members),
            message=self.sentence.format(names=say_list([m.name for m in milestones], most=5)),
            evidence={
                "members": members,
                "edges": [_edge_evidence(edge) for edge in edges],
                "item_pairs": sum(len(edge.model.evidence) for edge in edges),
            },
            links=tuple(link for m in milestones for link in m.links),
        )


class Deadlock(CycleRule):
    """Milestones wait for one another in a circle, down to their items.

    What it catches:
        A cycle of dependencies that is still one when the items behind the milestones are looked
        at, or that is declared. One finding per cycle, at its first milestone by id.

    Why it matters:
        As written, none of them can ever be finished. They and all that waits for them have no
        forecast, only a lower bound.

    Example that fires:
        PAY-3 blocks acme/api#7, which blocks PAY-9, which blocks PAY-3.

    What to do:
        One of the links is wrong or too coarse. Ask both ends of each edge in the evidence,
        beginning with the one that was declared or linked last, and remove or retype it.

    Source:
        Critical path method: a network has dates only if it is acyclic.
    """

    id = "DEP-004"
    title = "Dependency deadlock"
    severity = "high"
    timeless = "dependencies of the file, and links whose time no tracker tells"

    kind = "deadlock"
    sentence = "{names} wait for one another, so that none of them can ever be finished."


class Interleaved(CycleRule):
    """Milestones wait for one another in turns, though no item waits for itself.

    What it catches:
        A cycle of dependencies between milestones whose items, looked at one by one, can be done
        in some order. One finding per cycle, at its first milestone by id.

    Why it matters:
        The work is possible, but no milestone of the cycle can be called done before the others
        nearly are. Their dates cannot be planned or forecast apart.

    Example that fires:
        An item of API GA waits for an item of Login GA, and another item of Login GA waits for
        another one of API GA.

    What to do:
        Split one of the milestones at the handover (Login beta, Login GA), or move the items in
        the evidence to the milestone that they really belong to.

    Source:
        Our own: a cycle of milestones is often only interleaving of items.
    """

    id = "DEP-005"
    title = "Interleaved milestones"
    severity = "medium"
    timeless = "dependencies of the file, and links whose time no tracker tells"

    kind = "interleaved"
    sentence = "{names} wait for one another in turns: item by item it works, date by date not."


@dataclass(frozen=True, slots=True, kw_only=True)
class DelaysOthers(Rule):
    """A milestone's own slip costs another project's commitment days.

    What it catches:
        A milestone whose own slip makes an open commitment of another project at least ``days``
        working days later: so much earlier would that one be if this slip alone were undone
        (but-for). One finding per causing milestone, with all the commitments it hits.

        Where a commitment that depends on it has no forecast, or the milestone has no baseline
        to have slipped from, the rule cannot tell.

    Why it matters:
        Those who slip often do not see whom they hit, and those who are hit do not see why. Of
        all that is late, this is where a day won is a day won for the program.

    Example that fires:
        Login GA takes 8 working days longer than planned. The launch, a commitment of another
        project, would be 6 working days earlier without that.

    What to do:
        Help this milestone first. Tell the owners of the commitments in the evidence, and let
        them decide what the days are worth.

    Source:
        AACE 29R-03, MIP 3.9 (modelled, subtractive: collapsed as-built); Shapley value for the
        shares. The five days are ours.
    """

    id = "DEP-010"
    title = "Own slip delays others"
    severity = "high"
    timeless = "dependencies of the file, and links whose time no tracker tells"
    needs = frozenset({"causes"})

    days: int = parameter(5, "So many but-for working days are a finding.", minimum=1)

    def judge(self, world: World) -> Iterator[Verdict]:
        targets = [milestone for milestone in world.milestones if milestone.committed]
        blind = [target for target in targets if target.view.forecast.p50 is None]
        asked, unsure = _of_other_projects(world, targets), _of_other_projects(world, blind)
        hits: dict[str, list[tuple[Subject, Cause]]] = {}
        for target in targets:
            for cause in target.view.caused_by:
                if cause.but_for >= self.days:
                    hits.setdefault(cause.milestone, []).append((target, cause))
        for milestone in world.milestones:
            others = [h for h in hits.get(milestone.id, ()) if is_foreign(milestone, h[0])]
            baseline = milestone.model.baseline
            if others:
                yield self._failed(world, milestone, others)
            elif milestone.id not in asked:
                yield NotApplicable(milestone.id)
            elif milestone.id in unsure:
                yield Unknown(milestone.id, "a commitment that waits for it has no forecast")
            elif baseline.finish is None and baseline.duration is None:
                yield Unknown(milestone.id, "it has no baseline to have slipped from")
            else:
                yield Passed(milestone.id)

    def _failed(
        self, world: World, milestone: Subject, hits: Sequence[tuple[Subject, Cause]]
    ) -> Failed:
        hits = sorted(hits, key=lambda hit: (-hit[1].but_for, hit[0].id))
        target, worst = hits[0]
        others = f" and hits {len(hits) - 1} more" if len(hits) > 1 else ""
        return Failed(
            subject=milestone.id,
            value=worst.but_for,
            threshold=self.days,
            message=f"The slip of {milestone.name} by {say_days(worst.own_slip)} makes "
            f"{target.name}, a commitment of {target.model.project}, {say_days(worst.but_for)} "
            f"later{others}.",
            evidence={
                "own_slip": worst.own_slip,
                "owner": milestone.model.owner,
                "commitments": [
                    {
                        "milestone": hit.id,
                        "commitment": hit.model.commitment,
                        "but_for": cause.but_for,
                        "shapley": cause.shapley,
                        "path": _way(world, milestone, hit),
                    }
                    for hit, cause in hits
                ],
            },
            links=(*milestone.links, *target.links),
        )


RULES: tuple[type[Rule], ...] = (
    PlannedTooEarly,
    Deadlock,
    Interleaved,
    DelaysOthers,
)


def is_foreign(milestone: Subject, target: Subject) -> bool:
    """Say whether two milestones are of different projects."""
    return milestone.model.project != target.model.project


def _of_other_projects(world: World, targets: Iterable[Subject]) -> set[str]:
    """Collect the milestones that one of the targets, of another project, waits for."""
    waiting = world.waiting_projects(targets)
    return {
        milestone.id
        for milestone in world.milestones
        if any(project != milestone.model.project for project in waiting.get(milestone.id, ()))
    }


def _way(world: World, milestone: Subject, target: Subject) -> tuple[str, ...]:
    def arrived(place: str) -> bool:
        return place == target.id

    return world.way(milestone.id, arrived, driving=True) or world.way(milestone.id, arrived)


def _finish(world: World, milestone: Subject) -> date | None:
    """Return the last day on which somebody waits for it, by plan or forecast."""
    model = milestone.model
    if model.actual is not None:
        return model.actual
    plan = model.plan if model.plan is not None else model.promise
    known = [day for day in (plan, milestone.view.forecast.p50) if day is not None]
    return max(*known, world.as_of) if known else None


def after_lag(world: World, edge: Edge, finish: date) -> date:
    """Return the first day on which the downstream milestone can start."""
    lag = edge.model.lag
    free = finish.toordinal() + 1
    if lag.elapsed:
        moved = free + lag.amount
    else:
        calendars = world.portfolio.calendars
        calendar = calendars[lag.calendar] if lag.calendar else edge.downstream.calendar
        moved = calendar.add(free, lag.amount)
    return date.fromordinal(edge.downstream.calendar.up(moved))


def say_lag(lag: Lag) -> str:
    return f" with a lag of {lag}" if lag.amount else ""


def _edge_evidence(edge: Edge) -> Mapping[str, Any]:
    return {
        "from": edge.upstream.id,
        "to": edge.downstream.id,
        "type": edge.model.type.value,
        "declared": edge.model.declared,
        "items": edge.model.evidence[:ITEM_PAIRS_SHOWN],
    }
