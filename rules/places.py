"""Where a finding belongs: its program and its project."""

from collections.abc import Mapping
from typing import Any

from .world import World


class Places:
    """Finds the place of a subject in a world: ``program/project``, ``program``, or nothing."""

    def __init__(self, world: World) -> None:
        self._world = world
        programs = {program.id for program in world.portfolio.programs}
        projects = {project.id for project in world.portfolio.projects}
        projects |= {milestone.model.project for milestone in world.milestones}
        self._programs = frozenset(program.id for program in world.assessment.programs)
        self._known = programs | projects | {project.partition("/")[0] for project in projects}

    def of(self, subject: str) -> str:
        """Find the place of a subject; a dependency belongs to who waits, an item to its milestone.

        An item in work that is in no milestone belongs to its project.
        Of objectives, people and sources, which belong to no program, the place is empty.
        """
        name = subject.rpartition(" -> ")[2]
        if ":" in name:
            found = self._world.item(name)
            place = self._world.begun_in(name) if found is None else found[1].model.project
            if place is not None:
                return place
        program, _, rest = name.partition("/")
        project = f"{program}/{rest.partition('/')[0]}"
        return next((place for place in (project, program) if place in self._known), "")

    def program_of(self, subject: str, evidence: Mapping[str, Any]) -> str:
        """Return the id of the program a finding belongs to; empty when it belongs to none.

        A dependency belongs to the program that waits, an item to that of its first milestone,
        or else of its project, an objective to the first program that names it.
        """
        places = (
            subject.rpartition(" -> ")[2],
            *evidence.get("milestones", ()),
            evidence.get("project", ""),
            *evidence.get("programs", ()),
        )
        found = (place.partition("/")[0] for place in places)
        return next((program for program in found if program in self._programs), "")
