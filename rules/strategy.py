"""GOV: objectives nobody works for, work that is for no objective, and the wrong work first."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from slipwatch.aggregator.assessment import ProjectView

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_count, say_days, say_list
from .world import Subject, World


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveUnserved(Rule):
    """Nobody works for an objective of the organisation.

    What it catches:
        An objective with a weight to which no active project is traced: none names it, and no
        milestone of one enables a benefit that serves it. Where budgets are written down, one of
        its projects has to have one.

    Why it matters:
        A strategy is what is worked on. An objective without a funded project is a wish. The
        finding goes to the first program in the file that names the objective; where none does,
        to routes without `programs`.

    Example that fires:
        Cut onboarding time has a weight of 5, and its only project was finished in March.

    What to do:
        Start or fund a project for it, name it under the `objectives` of one that is for it
        already, or give it up.

    Source:
        MSP and PMI, strategic alignment: programs realise the objectives of the organisation.
    """

    id = "GOV-006"
    title = "Objective without a project"
    severity = "medium"
    at_once = True
    timeless = "objectives, and what serves them"

    def judge(self, world: World) -> Iterator[Verdict]:
        strategy = world.assessment.strategy
        for objective in () if strategy is None else strategy.objectives:
            subject = f"objective:{objective.id}"
            title = " ".join(objective.title.split()) or objective.id
            if objective.weight <= 0:
                yield NotApplicable(subject)
            elif objective.projects and objective.funded is not False:
                yield Passed(subject)
            else:
                lack = (
                    f"no project that works for it has a budget: {say_list(objective.projects)}"
                    if objective.projects
                    else "no active project works for it"
                )
                yield Failed(
                    subject=subject,
                    value=len(objective.projects),
                    threshold=1,
                    message=f"{title}: {lack}.",
                    evidence={
                        "owner": objective.owner,
                        "weight": objective.weight,
                        "programs": list(objective.programs),
                        "projects": list(objective.projects),
                        "benefits": list(objective.benefits),
                        "funded": objective.funded,
                    },
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectUnaligned(Rule):
    """An active project works for no objective.

    What it catches:
        A project with something left to do that names no objective itself, and of which no
        milestone enables a benefit that serves one. It does not inherit its program's objectives:
        they say what the program is for, not that each of its projects is needed for that. Without
        any `objectives` in the file the question does not arise.

    Why it matters:
        Work that serves no objective competes for the same people as work that does.

    Example that fires:
        Mobile app has 40 open items. The program is for Grow online revenue, and nothing says what
        the app has to do with that.

    What to do:
        Write the project's `objectives`, or put its milestone under the `enabled_by` of a benefit.
        If neither can be said, ask whether it should go on.

    Source:
        MSP and PMI, strategic alignment.
    """

    id = "GOV-007"
    title = "Project without an objective"
    severity = "medium"
    at_once = True
    timeless = "which objectives a project serves"

    def judge(self, world: World) -> Iterator[Verdict]:
        strategy = world.assessment.strategy
        for project in world.assessment.projects:
            aims = project.aims
            if strategy is None or not strategy.objectives or not aims.active:
                yield NotApplicable(project.id)
            elif aims.traced_to:
                yield Passed(project.id)
            else:
                yield Failed(
                    subject=project.id,
                    value=0,
                    threshold=1,
                    message=f"{_title(project)} works for no objective{_left(aims.open_items)}.",
                    evidence={
                        "lead": project.lead,
                        "open_items": aims.open_items,
                        "benefits": list(aims.benefits),
                    },
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongWorkFirst(Rule):
    """A team works on what ranks lower while what ranks higher is late.

    What it catches:
        Two projects of one stream that are ranked: of the team's items in work, at least ``share``
        belong to the one that ranks lower, while an open commitment of the one that ranks higher is
        forecast late. Projects are ranked by weighted score, by WSJF, or by cost of delay for each
        day of work left: by the first that two of them have.

    Why it matters:
        One team has one capacity. Whatever it gives to the less important work, it takes from the
        commitment that is late.

    Example that fires:
        Web and Mobile share a team. Web ranks 1 and is 8 working days late, and 6 of the team's 9
        items in work are Mobile's, which ranks 4.

    What to do:
        Let the team stop starting on the lower project until the higher one is on time again, or
        say openly that the ranks have changed.

    Source:
        Prioritisation by cost of delay (Reinertsen); one team's capacity is never counted twice.
    """

    id = "GOV-011"
    title = "Lower-ranked work first"
    severity = "medium"
    timeless = "ranks, and which projects share a team"

    share: float = parameter(
        0.2, "So large a share of the team's items in work is a finding.", maximum=1
    )

    def judge(self, world: World) -> Iterator[Verdict]:
        late = _late(world)
        for team in _teams(world):
            yield from self._judge(team, late)

    def _judge(self, team: Sequence[ProjectView], late: Mapping[str, Subject]) -> Iterator[Verdict]:
        doing = sum(project.flow.doing for project in team)
        for project in team:
            rank = project.aims.rank
            if rank is None:
                yield Unknown(project.id, "it is not ranked")
                continue
            above = [
                other
                for other in team
                if other.aims.rank is not None and other.aims.rank < rank and other.id in late
            ]
            held = project.flow.doing / doing if doing else 0.0
            if not above or held < self.share or not project.flow.doing:
                yield Passed(project.id)
                continue
            first = min(above, key=lambda other: (other.aims.rank or 0, other.id))
            milestone = late[first.id]
            days = milestone.view.slip.forecast_vs_commitment or 0
            yield Failed(
                subject=project.id,
                value=round(held, 3),
                threshold=self.share,
                message=f"{_title(project)}, rank {rank}, has {project.flow.doing} of the "
                f"{say_count(doing, 'item')} that its team has in work, while "
                f"{_title(first)}, rank {first.aims.rank}, is {say_days(days)} late with "
                f"{milestone.name}.",
                evidence={
                    "rank": rank,
                    "shares": {
                        one.id: round(one.flow.doing / doing, 3) for one in team if one.flow.doing
                    },
                    "late": {
                        one.id: {
                            "rank": one.aims.rank,
                            "milestone": late[one.id].id,
                            "days": late[one.id].view.slip.forecast_vs_commitment,
                        }
                        for one in above
                    },
                },
                links=milestone.links,
            )


RULES: tuple[type[Rule], ...] = (ObjectiveUnserved, ProjectUnaligned, WrongWorkFirst)


def _left(items: int) -> str:
    return f"; it has {say_count(items, 'open item')}" if items else ""


def _title(project: ProjectView) -> str:
    return " ".join(project.title.split()) or project.id


def _teams(world: World) -> Iterator[Sequence[ProjectView]]:
    """Give the projects of each stream that several share."""
    streams: dict[str, set[str]] = defaultdict(set)
    for milestone in world.milestones:
        if milestone.model.stream is not None:
            streams[milestone.model.stream].add(milestone.model.project)
    for _, projects in sorted(streams.items()):
        if len(projects) > 1:
            yield [view for view in world.assessment.projects if view.id in projects]


def _late(world: World) -> Mapping[str, Subject]:
    """Give by project its open commitment that is the latest against its date."""
    found: dict[str, Subject] = {}
    for milestone in world.milestones:
        days = milestone.view.slip.forecast_vs_commitment
        if not milestone.committed or days is None or days <= 0:
            continue
        worst = found.get(milestone.model.project)
        if worst is None or days > (worst.view.slip.forecast_vs_commitment or 0):
            found[milestone.model.project] = milestone
    return found
