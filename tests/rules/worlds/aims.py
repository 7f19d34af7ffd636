"""Benefits, objectives and ranks of a world, written as plain data.

``benefits`` by subject, ``aims`` by program (``objectives``, ``case``, ``close``), ``works_for`` by
project (its ``aims``, with ``title``, ``lead`` and ``flow``), ``objectives`` in order.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from slipwatch.aggregator.assessment import Assessment, ProgramView, ProjectView
from slipwatch.aggregator.benefits.views import (
    BenefitView,
    CaseView,
    CloseView,
    Indicators,
    Kpi,
    ObjectiveView,
    ProgramAimsView,
    ProjectAimsView,
    StrategyView,
)
from slipwatch.aggregator.portfolio.flow import Flow

Convert = Callable[[Any, Any], Any]
NOTHING = Kpi(value=None, numerator=0, denominator=0)
INDICATORS = Indicators(aligned_work=NOTHING, kept_baselines=NOTHING, kept_commitments=NOTHING)


def with_aims(data: Mapping[str, Any], assessment: Assessment, convert: Convert) -> Assessment:
    """Add what a case says of benefits and strategy."""
    benefits = [
        _benefit(subject, fields, convert) for subject, fields in data.get("benefits", {}).items()
    ]
    aims: Mapping[str, Mapping[str, Any]] = data.get("aims", {})
    programs = {view.id: view for view in assessment.programs}
    named = {one.subject.partition("/")[0] for one in benefits} | aims.keys()
    for id_ in sorted(named - programs.keys()):
        programs[id_] = ProgramView(
            id=id_, title=id_, sponsor=None, manager=None, status="green", reasons=()
        )
    return msgspec.structs.replace(
        assessment,
        programs=tuple(
            msgspec.structs.replace(
                view,
                benefits=tuple(one for one in benefits if one.subject.partition("/")[0] == view.id),
                aims=_program(aims.get(view.id, {}), convert),
            )
            for view in programs.values()
        ),
        projects=(
            *assessment.projects,
            *(_project(id_, own, convert) for id_, own in data.get("works_for", {}).items()),
        ),
        strategy=StrategyView(
            aligned_work=NOTHING,
            objectives=convert(data.get("objectives", []), tuple[ObjectiveView, ...]),
        ),
    )


def _benefit(subject: str, fields: Mapping[str, Any], convert: Convert) -> BenefitView:
    name = subject.partition(":")[2]
    defaults = {
        "id": name,
        "subject": subject,
        "title": f"Faster {name}",
        "kind": "benefit",
        "cadence": "P1M",
        "cadence_days": 30.0,
        "owner": "jane",
        "measure": "manual",
        "start": "2025-12-01",
        "target_date": "2026-06-01",
        "baseline": 100.0,
        "target": 60.0,
    }
    view: BenefitView = convert({**defaults, **fields}, BenefitView)
    return view


def _program(fields: Mapping[str, Any], convert: Convert) -> ProgramAimsView:
    close = fields.get("close")
    return ProgramAimsView(
        objectives=convert(fields.get("objectives", []), tuple[str, ...]),
        indicators=INDICATORS,
        case=convert({"rate": 0.08, "years": 5, **fields.get("case", {})}, CaseView),
        close=None if close is None else convert(close, CloseView),
    )


def _project(id_: str, fields: Mapping[str, Any], convert: Convert) -> ProjectView:
    return ProjectView(
        id=id_,
        title=fields.get("title", id_.rpartition("/")[2].title()),
        program=id_.partition("/")[0],
        lead=fields.get("lead"),
        status="green",
        flow=convert(fields.get("flow", {}), Flow),
        aims=convert(fields.get("aims", {}), ProjectAimsView),
    )
