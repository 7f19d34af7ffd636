"""Everything that is shown, as tables: a table is a kind of record, a column one of its fields.

Columns follow the assessment, which is a stable interface; what is nested stands side by side, as
in ``dates_commitment``. Lists of records, such as a milestone's causes, are tables of their own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from slipwatch.aggregator.assessment import (
    Assessment,
    Cause,
    ChanceMoved,
    CycleView,
    DaysMoved,
    DependencyView,
    FindingView,
    Hit,
    MilestoneView,
    ProgramView,
    ProjectView,
    RuleCount,
    SourceView,
)
from slipwatch.aggregator.benefits.views import BenefitView, ObjectiveView
from slipwatch.aggregator.compliance.views import ControlView
from slipwatch.aggregator.delay.views import Delay, ProjectDelays, SprintShortfall
from slipwatch.aggregator.gates.views import GateView
from slipwatch.aggregator.money.views import CostPoint, CostView, EarnedView
from slipwatch.aggregator.portfolio.calibration import Calibration
from slipwatch.aggregator.portfolio.versions import BaselineVersion
from slipwatch.aggregator.register.views import ActionView, DecisionView, IssueView, RiskView

from ..ledger import LedgerLine
from . import oversight

Value = str | int | float | bool | date | datetime | None | tuple[str, ...]
Row = tuple[Value, ...]


Ledger = Mapping[str, Sequence[LedgerLine]]
"""By milestone id, oldest first."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be exported; ``kinds`` are the records behind its columns."""

    name: str
    help: str
    kinds: tuple[type, ...]
    records: Callable[[Assessment, Ledger], Iterable[tuple[Any, ...]]]
    keys: tuple[str, ...] = ()
    """Columns that stand before those of the records."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The header."""
        return (*self.keys, *(name for kind in self.kinds for name in _columns(kind)))

    def rows(self, assessment: Assessment, ledger: Ledger) -> Iterator[Row]:
        """Yield the rows, in the order of the assessment."""
        for record in self.records(assessment, ledger):
            yield tuple(cell for part in record for cell in _cells(part))


def _each(
    records: Callable[[Assessment], Sequence[Any]],
) -> Callable[[Assessment, Ledger], Iterator[tuple[Any]]]:
    def one_by_one(assessment: Assessment, _: Ledger) -> Iterator[tuple[Any]]:
        for record in records(assessment):
            yield (record,)

    return one_by_one


def _causes(assessment: Assessment, _: Ledger) -> Iterator[tuple[str, Cause]]:
    for view in assessment.milestones:
        for cause in view.caused_by:
            yield view.id, cause


def _hits(assessment: Assessment, _: Ledger) -> Iterator[tuple[str, Hit]]:
    for view in assessment.milestones:
        for hit in view.hits:
            yield view.id, hit


def _calibrations(assessment: Assessment, _: Ledger) -> Iterator[tuple[str, Calibration]]:
    for program in assessment.programs:
        if program.calibration is not None:
            yield program.id, program.calibration


def _movements(assessment: Assessment, _: Ledger) -> Iterator[tuple[str, date, DaysMoved]]:
    for view in assessment.milestones:
        if view.movement is not None and view.movement.p50 is not None:
            yield view.id, view.movement.since, view.movement.p50


def _chances(assessment: Assessment, _: Ledger) -> Iterator[tuple[str, date, ChanceMoved]]:
    for view in assessment.milestones:
        if view.movement is not None and view.movement.p_on_time is not None:
            yield view.id, view.movement.since, view.movement.p_on_time


def _watched(assessment: Assessment) -> Iterator[ProgramView | ProjectView]:
    yield from assessment.programs
    yield from assessment.projects


def _costs(assessment: Assessment, _: Ledger) -> Iterator[tuple[str, CostView]]:
    for view in _watched(assessment):
        if view.cost is not None:
            yield view.id, view.cost


def _cost_points(assessment: Assessment, ledger: Ledger) -> Iterator[tuple[str, str, CostPoint]]:
    for subject, cost in _costs(assessment, ledger):
        for point in cost.curve:
            yield subject, cost.currency, point


def _earned(assessment: Assessment, _: Ledger) -> Iterator[tuple[str, EarnedView]]:
    for view in _watched(assessment):
        if view.earned is not None:
            yield view.id, view.earned


def _benefits(assessment: Assessment, _: Ledger) -> Iterator[tuple[str, BenefitView]]:
    for program in assessment.programs:
        for benefit in program.benefits:
            yield program.id, benefit


def _objectives(assessment: Assessment) -> Sequence[ObjectiveView]:
    return assessment.strategy.objectives if assessment.strategy is not None else ()


def _delayed_projects(assessment: Assessment) -> Sequence[ProjectDelays]:
    return assessment.delays.projects if assessment.delays is not None else ()


def _delayed_items(assessment: Assessment) -> Sequence[Delay]:
    return assessment.delays.items if assessment.delays is not None else ()


def _sprints(assessment: Assessment) -> Sequence[SprintShortfall]:
    return assessment.delays.sprints if assessment.delays is not None else ()


def _ledger(assessment: Assessment, ledger: Ledger) -> Iterator[tuple[str, LedgerLine]]:
    for view in assessment.milestones:
        for line in ledger.get(view.id, ()):
            yield view.id, line


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("programs", "programs", (ProgramView,), _each(lambda a: a.programs)),
        Table("projects", "projects", (ProjectView,), _each(lambda a: a.projects)),
        Table(
            "milestones",
            "milestones with dates, forecasts, floats and slips",
            (MilestoneView,),
            _each(lambda a: a.milestones),
        ),
        Table(
            "calibrations",
            "how the forecasts of programs held",
            (Calibration,),
            _calibrations,
            ("program",),
        ),
        Table(
            "costs", "budgets, what is earned and what is spent", (CostView,), _costs, ("subject",)
        ),
        Table(
            "cost-curves",
            "what was to be spent, earned and spent by when",
            (CostPoint,),
            _cost_points,
            ("subject", "currency"),
        ),
        Table(
            "earned", "work done against baselines in weeks", (EarnedView,), _earned, ("subject",)
        ),
        Table(
            "benefits",
            "what was due of benefits, what came, and what delay costs",
            (BenefitView,),
            _benefits,
            ("program",),
        ),
        Table(
            "objectives", "objectives, and who works for them", (ObjectiveView,), _each(_objectives)
        ),
        Table("causes", "what makes milestones late", (Cause,), _causes, ("late_milestone",)),
        Table("hits", "whom slips hit", (Hit,), _hits, ("slipping_milestone",)),
        Table(
            "movements",
            "what moved the P50 of milestones, in working days",
            (DaysMoved,),
            _movements,
            ("milestone", "since"),
        ),
        Table(
            "chances",
            "what moved the probability of milestones to be on time",
            (ChanceMoved,),
            _chances,
            ("milestone", "since"),
        ),
        Table(
            "delays",
            "how likely items miss their day",
            (Delay,),
            _each(_delayed_items),
        ),
        Table(
            "project-delays",
            "how many items of projects will miss their day",
            (ProjectDelays,),
            _each(_delayed_projects),
        ),
        Table(
            "sprints",
            "how much of sprints under way will be left undone",
            (SprintShortfall,),
            _each(_sprints),
        ),
        Table(
            "dependencies",
            "dependencies with slack and evidence",
            (DependencyView,),
            _each(lambda a: a.dependencies),
        ),
        Table(
            "cycles", "dependencies that run in a cycle", (CycleView,), _each(lambda a: a.cycles)
        ),
        Table("findings", "what the rules found", (FindingView,), _each(lambda a: a.findings)),
        Table("risks", "what may go wrong", (RiskView,), _each(oversight.risks)),
        Table("issues", "what went wrong", (IssueView,), _each(oversight.issues)),
        Table("actions", "what somebody has to do", (ActionView,), _each(oversight.actions)),
        Table("decisions", "what is to be decided", (DecisionView,), _each(oversight.decisions)),
        Table("gates", "stage gates and their decisions", (GateView,), _each(oversight.gates)),
        Table(
            "controls",
            "which evidence there is for controls; it certifies nothing",
            (ControlView,),
            oversight.controls,
            ("program",),
        ),
        Table(
            "baselines",
            "every version of approved plans",
            (BaselineVersion,),
            oversight.baselines,
            ("milestone",),
        ),
        Table("ledger", "every date that a milestone had", (LedgerLine,), _ledger, ("milestone",)),
        Table("sources", "how fresh the data is", (SourceView,), _each(lambda a: a.sources)),
        Table("rules", "how often each rule passed", (RuleCount,), _each(lambda a: a.rules)),
    )
}


def _columns(kind: type) -> Iterator[str]:
    for _, column, held in _fields(kind):
        if _is_record(held):
            yield from (f"{column}_{name}" for name in _columns(held))
        elif not _holds_records(held):
            yield column


def _cells(value: Any) -> Iterator[Value]:
    """Give a record's cells, in the order of its columns."""
    if not _is_record(type(value)):
        yield value
        return
    for name, _, held in _fields(type(value)):
        own = getattr(value, name)
        if _is_record(held):
            yield from _cells(own)
        elif not _holds_records(held):
            yield _flat(own)


def _flat(value: Any) -> Value:
    if isinstance(value, tuple):
        return tuple(" -> ".join(one) if isinstance(one, tuple) else str(one) for one in value)
    if isinstance(value, dict):
        return msgspec.json.encode(value, order="sorted").decode()
    flat: Value = value
    return flat


def _fields(kind: Any) -> Iterator[tuple[str, str, Any]]:
    """Give name, column and type of each field of a record."""
    if is_dataclass(kind):
        yield from ((field.name, field.name, field.type) for field in fields(kind))
    else:
        for field in msgspec.structs.fields(kind):
            yield field.name, field.encode_name, field.type


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and (issubclass(kind, msgspec.Struct) or is_dataclass(kind))


def _holds_records(kind: Any) -> bool:
    return any(_is_record(one) for one in getattr(kind, "__args__", ()))
