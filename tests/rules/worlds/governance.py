"""Worlds with registers, gates and compliance: the model as plain data, worked out as it is."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from msgspec import structs

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView
from slipwatch.aggregator.compliance.model import Compliance
from slipwatch.aggregator.gates.model import Gate
from slipwatch.aggregator.governance import govern
from slipwatch.aggregator.portfolio.model import Portfolio, Program
from slipwatch.aggregator.register.model import Register

BANDS = {"medium": 10_000.0, "high": 50_000.0, "critical": 250_000.0}


def add_governance(
    data: Mapping[str, Any],
    portfolio: Portfolio,
    assessment: Assessment,
    convert: Callable[[Any, Any], Any],
) -> tuple[Portfolio, Assessment]:
    """Read ``registers``, ``gates`` and ``compliance`` by program, ``statuses`` by project."""
    registers, compliance, gates = (
        data.get(key, {}) for key in ("registers", "compliance", "gates")
    )
    names = {*registers, *compliance, *gates}
    names |= {project.partition("/")[0] for project in data.get("statuses", {})}
    if not names:
        return portfolio, assessment
    programs = {program.id: program for program in portfolio.programs}
    views = {view.id: view for view in assessment.programs}
    for name in sorted(names):
        known = programs.get(name) or Program(id=name, title=name.upper())
        register = registers.get(name)
        programs[name] = replace(
            known,
            register=None if register is None else convert({"bands": BANDS, **register}, Register),
            gates=convert(gates.get(name, []), tuple[Gate, ...]),
            compliance=convert(compliance[name], Compliance) if name in compliance else None,
        )
        views[name] = views.get(name) or ProgramView(
            id=name, title=name.upper(), sponsor=None, manager=None, status="green", reasons=()
        )
    projects = [
        ProjectView(id=id_, title=id_, program=id_.partition("/")[0], lead=None, status=status)
        for id_, status in data.get("statuses", {}).items()
    ]
    portfolio = replace(portfolio, programs=tuple(programs.values()))
    assessment = structs.replace(
        assessment,
        programs=tuple(views[name] for name in sorted(views)),
        projects=(*assessment.projects, *projects),
    )
    return portfolio, govern(portfolio, assessment)
