"""Money of a small world: ``costs`` by program or project, and ``earned`` by either.

Of a cost ``bac``, ``pv``, ``ev``, ``ac`` and ``estimate`` are given; the indices follow.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView
from slipwatch.aggregator.money.formulas import CostFigures
from slipwatch.aggregator.money.views import CostView, EarnedView

Convert = Callable[[Any, Any], Any]
INDICES = (
    "sv", "cv", "spi", "cpi", "eac", "eac_as_planned", "eac_with_delay", "vac", "tcpi_bac",
    "tcpi_eac", "spent", "complete",
)  # fmt: skip


def with_money(data: Mapping[str, Any], assessment: Assessment, convert: Convert) -> Assessment:
    """Add what a case says of money."""
    costs = {id_: _cost(one, convert) for id_, one in data.get("costs", {}).items()}
    earned = {id_: convert(one, EarnedView) for id_, one in data.get("earned", {}).items()}
    named = (
        costs.keys() | earned.keys() | {f"{m.program}/{m.project}" for m in assessment.milestones}
    )
    programs = {view.id: view for view in assessment.programs}
    projects = {view.id: view for view in assessment.projects}
    for id_ in sorted(named) if costs or earned or data.get("budgets") is False else ():
        if "/" not in id_:
            programs.setdefault(id_, _program(id_))
        elif id_ not in projects:
            projects[id_] = ProjectView(
                id=id_,
                title=id_.rpartition("/")[2].title(),
                program=id_.partition("/")[0],
                lead=None,
                status="green",
            )
    return replace(
        assessment,
        programs=tuple(
            replace(view, cost=costs.get(id_), earned=earned.get(id_))
            for id_, view in programs.items()
        ),
        projects=tuple(
            replace(view, cost=costs.get(id_), earned=earned.get(id_))
            for id_, view in projects.items()
        ),
    )


def _program(id_: str) -> ProgramView:
    return ProgramView(id=id_, title=id_, sponsor=None, manager=None, status="green", reasons=())


def _cost(fields: Mapping[str, Any], convert: Convert) -> CostView:
    given: dict[str, Any] = {"currency": "EUR", "bac": 200_000.0, **fields}
    found = CostFigures(
        bac=given["bac"],
        pv=given.get("pv"),
        ev=given.get("ev"),
        ac=given.get("ac"),
        estimate=given.get("estimate"),
    )
    indices = {name: getattr(found, name) for name in INDICES}
    rounded = {name: value and round(value, 4) for name, value in indices.items()}
    view: CostView = convert({**rounded, **given}, CostView)
    return view
