"""What a colour is asked of: a project or a program, with what belongs to it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ..assessment import Assessment, FindingView, MilestoneView, ProgramView, ProjectView
from ..register.views import RiskView


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A program or a project, with its milestones."""

    id: str
    """``program`` or ``program/project``."""
    view: ProgramView | ProjectView
    milestones: Sequence[MilestoneView]
    as_of: date
    risks: tuple[RiskView, ...] | None = None
    """Its open ones, of a project those that name a milestone of it; None without a register."""

    @property
    def promised(self) -> tuple[MilestoneView, ...]:
        """Its open commitments, or its open milestones where nothing was ever committed."""
        committed = [m for m in self.milestones if m.dates.commitment is not None]
        return tuple(m for m in committed or self.milestones if m.dates.actual is None)

    @property
    def deciding(self) -> tuple[MilestoneView, ...]:
        """What its schedule is judged by: of a project, all that is open."""
        if isinstance(self.view, ProgramView):
            return self.promised
        return tuple(m for m in self.milestones if m.dates.actual is None)

    @property
    def committed(self) -> bool:
        """Whether a day that was promised is still to come, or has passed unmet."""
        return any(
            m.dates.commitment is not None and m.dates.actual is None for m in self.milestones
        )


def places(assessment: Assessment) -> tuple[Place, ...]:
    """List the projects, then the programs."""
    by_project: dict[str, list[MilestoneView]] = defaultdict(list)
    by_program: dict[str, list[MilestoneView]] = defaultdict(list)
    for milestone in assessment.milestones:
        by_project[f"{milestone.program}/{milestone.project}"].append(milestone)
        by_program[milestone.program].append(milestone)
    day = assessment.as_of
    risks = {view.id: _open_risks(view) for view in assessment.programs}
    return (
        *(
            Place(
                id=v.id,
                view=v,
                milestones=by_project[v.id],
                as_of=day,
                risks=_about(v.id, risks.get(v.program)),
            )
            for v in assessment.projects
        ),
        *(
            Place(id=v.id, view=v, milestones=by_program[v.id], as_of=day, risks=risks[v.id])
            for v in assessment.programs
        ),
    )


def _open_risks(view: ProgramView) -> tuple[RiskView, ...] | None:
    if view.register is None:
        return None
    return tuple(one for one in view.register.risks if one.open)


def _about(project: str, risks: tuple[RiskView, ...] | None) -> tuple[RiskView, ...] | None:
    if risks is None:
        return None
    return tuple(
        one for one in risks if any(name.startswith(f"{project}/") for name in one.milestones)
    )


def places_of(subject: str) -> tuple[str, ...]:
    """Name the program and the project that a subject belongs to; a dependency is of who waits."""
    program, _, rest = subject.rpartition(" -> ")[2].partition("/")
    project, _, _ = rest.partition("/")
    return (program, f"{program}/{project}") if project else (program,)


def concerned(finding: FindingView) -> frozenset[str]:
    """Name the places that a finding is about.

    The evidence of what has no place of its own, such as a person, names its ``projects`` or
    ``milestones``.
    """
    return frozenset(place for subject in _subjects(finding) for place in places_of(subject))


def _subjects(finding: FindingView) -> Iterator[str]:
    yield finding.subject
    for key in ("projects", "milestones"):
        named = finding.evidence.get(key)
        # Evidence of a rule may hold anything, also a count of milestones.
        if isinstance(named, list):
            yield from (one for one in named if isinstance(one, str))
