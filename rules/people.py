"""RES: more is planned for people and teams than they can do, or too much hangs on one of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from slipwatch.aggregator.people.model import Overload, Person, overloads
from slipwatch.aggregator.people.views import StreamView
from slipwatch.aggregator.percent import percent

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_count, say_day, say_list
from .world import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Overallocated(Rule):
    """More of somebody's time is planned than she has.

    What it catches:
        A person for whom, from today on, more than ``above`` of her ``capacity`` is planned under
        ``allocations`` for at least ``days`` days without a break. Where it is more than
        ``high_above`` for that long the finding is high. The subject is ``person:ID``.

    Why it matters:
        Two projects that each count on the same person are both late, and neither knows why: no
        plan of a single project shows it.

    Example that fires:
        80 % of Ana's time is planned for payments, and from 2 March 50 % of it for identity too:
        130 % until 30 April.

    What to do:
        Decide which of the projects comes first, and change the other's plan or put somebody else
        on it; then write that as ``allocations``.

    Source:
        GAO-16-89G best practice 3 (assigning resources); the bounds are ours.
    """

    id = "RES-001"
    title = "More planned than there is time"
    severity = "medium"
    at_once = True

    above: float = parameter(1.0, "More of what a person works, planned, is a finding.")
    high_above: float = parameter(1.2, "More of it is a high one.")
    days: int = parameter(14, "Days without a break, shorter ones do not matter.", minimum=1)

    def judge(self, world: World) -> Iterator[Verdict]:
        for person in world.portfolio.people:
            yield self._judge(world, person)

    def _judge(self, world: World, person: Person) -> Verdict:
        subject = f"person:{person.id}"
        if not person.allocations:
            return NotApplicable(subject)
        found = [one for one in overloads(person, world.as_of, self.above) if one.days >= self.days]
        if not found:
            return Passed(subject)
        higher = overloads(person, world.as_of, self.high_above)
        grave = [one for one in higher if one.days >= self.days]
        worst = max(grave or found, key=lambda one: one.peak)
        return Failed(
            subject=subject,
            severity="high" if grave else None,
            value=worst.peak,
            threshold=self.high_above if grave else self.above,
            message=f"{percent(worst.peak)} of {person.id}'s time is planned "
            f"{_span(worst, world.as_of)}, for {say_list(worst.projects)}.",
            evidence={
                "projects": list(worst.projects),
                "from": worst.start,
                "to": worst.end,
                "capacity": person.capacity,
                "allocations": [
                    {"project": one.project, "share": one.share, "from": one.start, "to": one.end}
                    for one in person.allocations
                ],
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadThin(Rule):
    """Somebody has work in progress in many projects at once.

    What it catches:
        A person with items in work in more than ``projects`` projects, counted over all trackers
        whose accounts ``people`` joins. The subject is ``person:ID``. Nothing is said about how
        much anybody finishes.

    Why it matters:
        Every switch costs, and what is begun in four places moves in none. It is a plan that has
        not been made, not a fault of the person.

    Example that fires:
        Bo has items in work in payments, web, identity and mobile.

    What to do:
        Agree with the leads of these projects which of the items rest until others are done.

    Source:
        Kanban Guide (limit work in progress); Weinberg, Quality Software Management, on the cost
        of switching. Three projects are ours.
    """

    id = "RES-002"
    title = "Work in many projects"
    severity = "low"

    projects: int = parameter(3, "Work in progress in more projects is a finding.", minimum=1)

    def judge(self, world: World) -> Iterator[Verdict]:
        for person in world.portfolio.people:
            subject = f"person:{person.id}"
            number = len(person.doing)
            if not number:
                yield NotApplicable(subject)
            elif number <= self.projects:
                yield Passed(subject)
            else:
                names = sorted(person.doing)
                yield Failed(
                    subject=subject,
                    value=number,
                    threshold=self.projects,
                    message=f"{person.id} has {say_count(sum(person.doing.values()), 'item')} in "
                    f"work in {number} projects: {say_list(names)}.",
                    evidence={"projects": names, "items": dict(sorted(person.doing.items()))},
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPerson(Rule):
    """A commitment hangs on one person.

    What it catches:
        A project with an open commitment in which one person finished more than ``above`` of the
        items of the last eight weeks. With fewer than 20 finished items, or where no item says
        whose it was, the rule cannot tell. Who it is is not said.

    Why it matters:
        A holiday, an illness or a new job then decides about the commitment. It is a question
        about the plan and about who could learn what, not about anybody's performance.

    Example that fires:
        In payments, 31 of the 40 items finished in eight weeks are one person's: 78 %. API GA is
        committed for 15 January.

    What to do:
        Let somebody else take the next item of that kind, with the one who knows it beside.

    Source:
        Key-person risk (ISO 31000, PMI practice); half of it in eight weeks is ours.
    """

    id = "RES-003"
    title = "Commitment hangs on one person"
    severity = "medium"

    above: float = parameter(0.5, "A larger share of one person is a finding.", maximum=1)

    def judge(self, world: World) -> Iterator[Verdict]:
        committed: dict[str, list[str]] = {}
        for milestone in world.milestones:
            if milestone.committed:
                committed.setdefault(milestone.model.project, []).append(milestone.id)
        for project in world.portfolio.projects:
            share, flow = project.flow.key_person_share, project.flow
            if project.id not in committed:
                yield NotApplicable(project.id)
            elif share is None:
                number = say_count(flow.finished_in_eight_weeks, "item")
                yield Unknown(project.id, f"{number} finished in eight weeks say too little")
            elif share <= self.above:
                yield Passed(project.id)
            else:
                yield Failed(
                    subject=project.id,
                    value=round(share, 4),
                    threshold=self.above,
                    message=f"{percent(share)} of the {flow.finished_in_eight_weeks} items "
                    f"finished in eight weeks are one person's, and "
                    f"{say_count(len(committed[project.id]), 'commitment')} "
                    f"{'hangs' if len(committed[project.id]) == 1 else 'hang'} on it.",
                    evidence={
                        "milestones": committed[project.id],
                        "finished": flow.finished_in_eight_weeks,
                    },
                )


class StreamOvercommitted(Rule):
    """A team has promised more than it usually finishes.

    What it catches:
        A stream (a team, or the projects that share one) whose open commitments need more items a
        week than the median of its last 13 weeks. What a commitment needs is its remaining items
        over the weeks left, at least one; weeks in which people of the team are away (``leave``)
        count less. The subject is the project, or the first of the
        projects that share the stream. With fewer than four weeks of history it cannot tell.

    Why it matters:
        Each commitment may look possible by itself; together they are not. The forecast already
        queues them, and this says it before dates are missed.

    Example that fires:
        The core team finishes 6 items in a usual week. API GA needs 5 a week until its day and
        Cart 4: together 9.

    What to do:
        Move one of the commitments, take items out, or move people to the team. The evidence
        lists the commitments, the hungriest first.

    Source:
        DOMAIN 2.2 (one team is one throughput); Little's law. The comparison with P50 is ours.
    """

    id = "RES-004"
    title = "Team promised more than it finishes"
    severity = "high"

    def judge(self, world: World) -> Iterator[Verdict]:
        people = world.assessment.people
        for stream in people.streams if people is not None else ():
            yield _overcommitted(world, stream)


def _overcommitted(world: World, stream: StreamView) -> Verdict:
    subject = stream.projects[0]
    if stream.pace is None:
        return Unknown(subject, f"its team has {say_count(stream.weeks, 'week')} of history")
    if stream.needed <= stream.pace:
        return Passed(subject)
    named = [subject_.name for one in stream.commitments if (subject_ := world.get(one))]
    return Failed(
        subject=subject,
        value=stream.needed,
        threshold=stream.pace,
        message=f"{say_list(named)} need {say_count(stream.needed, 'item')} a week; the team "
        f"finishes {stream.pace:g} in a usual one.",
        evidence={
            "stream": stream.id,
            "projects": list(stream.projects),
            "milestones": list(stream.commitments),
            "weeks": stream.weeks,
        },
    )


def _span(overload: Overload, as_of: date) -> str:
    begin = "from today" if overload.start <= as_of else f"from {say_day(overload.start, as_of)}"
    if overload.end is None or overload.end - as_of > timedelta(days=3650):
        return f"{begin} on"
    return f"{begin} until {say_day(overload.end, as_of)}"


RULES: tuple[type[Rule], ...] = (Overallocated, SpreadThin, KeyPerson, StreamOvercommitted)
