"""Dependencies that the operator's file declares."""

from collections.abc import Iterable, Iterator, Mapping

from slipwatch.config.programs import (
    PREDECESSOR,
    DependencySettings,
    MilestoneSettings,
    ProgramSettings,
    ProjectSettings,
)
from slipwatch.config.references import resolve_reference

from .model import Dependency, DependencyType, Lag, Milestone


def declared_dependencies(
    programs: Iterable[ProgramSettings], milestones: Mapping[str, Milestone]
) -> Iterator[Dependency]:
    """Yield what milestones of the file wait for; of ``milestones`` there may not be all."""
    for program in programs:
        for project in program.projects:
            for milestone in project.milestones:
                yield from _depends_on(program.id, project, milestone, milestones)


def _depends_on(
    program_id: str,
    project: ProjectSettings,
    milestone: MilestoneSettings,
    milestones: Mapping[str, Milestone],
) -> Iterator[Dependency]:
    for written in milestone.depends_on:
        upstream = resolve_reference(written.milestone, program_id, project.id)
        yield Dependency(
            upstream=upstream,
            downstream=f"{program_id}/{project.id}/{milestone.id}",
            type=DependencyType(written.type),
            lag=_lag(written, milestones.get(upstream)),
            need_by=written.need_by,
            # A milestone that is to be discovered may not be there (yet, or any more).
            broken=upstream not in milestones,
        )


def _lag(written: DependencySettings, upstream: Milestone | None) -> Lag:
    calendar = written.lag_calendar
    if calendar == PREDECESSOR:
        calendar = None if upstream is None else upstream.calendar
    return Lag(amount=int(written.lag[:-2]), elapsed=written.lag.endswith("ed"), calendar=calendar)
