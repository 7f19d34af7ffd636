"""The colours of an assessment by themselves, for those who want nothing else."""

from typing import Any

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView


def health_of(assessment: Assessment, program: str | None = None) -> dict[str, Any]:
    """Give the colours of all programs together, of each of them, and of their projects."""
    return {
        "as_of": assessment.as_of,
        "portfolio": assessment.health if program is None else None,
        "programs": {
            view.id: _beside(view) for view in assessment.programs if program in (None, view.id)
        },
        "projects": {
            view.id: _beside(view)
            for view in assessment.projects
            if program in (None, view.program)
        },
    }


def _beside(view: ProgramView | ProjectView) -> dict[str, Any]:
    return {"health": view.health, "reported": view.reported}
