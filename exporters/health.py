"""The colours of an assessment: the worst of each, and all by themselves."""

from typing import Any

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView, Status


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


def overall(view: ProgramView | ProjectView) -> Status:
    """Give the colour of the worst dimension; where none is judged, that of the dates."""
    return view.status if view.health is None else view.health.status


def reasons_of(view: ProgramView) -> tuple[str, ...]:
    """Say why it is of that colour."""
    return view.reasons if view.health is None else view.health.reasons


def _beside(view: ProgramView | ProjectView) -> dict[str, Any]:
    return {"health": view.health, "reported": view.reported}
