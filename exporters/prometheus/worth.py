"""What the metrics of benefits and strategy read off an assessment: pure functions to samples."""

from collections.abc import Callable, Iterator, Mapping

from slipwatch.aggregator.assessment import Assessment, ProgramView
from slipwatch.aggregator.benefits.views import BenefitView, MoneyKpi, ProgramAimsView

from .samples import Sample, Samples


def per_benefit(value: Callable[[BenefitView], float | None]) -> Samples:
    """Give a number of each benefit that has it."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for program, benefit in _benefits(assessment):
            found = value(benefit)
            if found is not None:
                yield (program.id, benefit.id), float(found)

    return samples


def money_per_benefit(value: Callable[[BenefitView], float | None]) -> Samples:
    """Give an amount of each benefit that has one, with its currency."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for program, benefit in _benefits(assessment):
            found = value(benefit)
            if found is not None and benefit.currency is not None:
                yield (program.id, benefit.id, benefit.currency), float(found)

    return samples


def per_program(parts: Callable[[ProgramAimsView], Mapping[str, float | None]]) -> Samples:
    """Give numbers of each program that one more label tells apart."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for program in assessment.programs:
            if program.aims is not None:
                for label, found in parts(program.aims).items():
                    if found is not None:
                        yield (program.id, label), float(found)

    return samples


def number_per_program(value: Callable[[ProgramAimsView], float | None]) -> Samples:
    """Give a number of each program that has it."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for program in assessment.programs:
            found = None if program.aims is None else value(program.aims)
            if found is not None:
                yield (program.id,), float(found)

    return samples


def benefit_info(assessment: Assessment) -> Iterator[Sample]:
    for program, benefit in _benefits(assessment):
        labels = (
            program.id,
            benefit.id,
            benefit.title,
            benefit.unit,
            benefit.owner or "",
            benefit.kind,
            benefit.objective or "",
        )
        yield labels, 1.0


def present_value(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        case = None if program.aims is None else program.aims.case
        if case is None or case.currency is None:
            continue
        for name, worth in (("planned", case.before), ("estimated", case.after)):
            if worth is not None:
                yield (program.id, case.currency, name), worth.npv


def cost_savings(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        savings = None if program.aims is None else program.aims.indicators.savings
        if savings is None:
            continue
        for name, amount in (("realised", savings.value), ("planned", savings.planned)):
            if amount is not None:
                yield (program.id, savings.currency, name), amount


def budget_of(value: Callable[[MoneyKpi], float]) -> Samples:
    """Give an amount of each program whose projects have budgets, with its currency."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for program in assessment.programs:
            found = None if program.aims is None else program.aims.indicators.aligned_budget
            if found is not None:
                yield (program.id, found.currency), value(found)

    return samples


def objective_projects(assessment: Assessment) -> Iterator[Sample]:
    if assessment.strategy is not None:
        for objective in assessment.strategy.objectives:
            yield (objective.id, objective.title), float(len(objective.projects))


def project_rank(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        if project.aims.rank is not None:
            yield (project.program, project.id), float(project.aims.rank)


def cost_of_slips(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        for cause in () if program.aims is None else program.aims.causes:
            for currency, cost in cause.cost.items():
                yield (program.id, cause.milestone, currency), cost


def _benefits(assessment: Assessment) -> Iterator[tuple[ProgramView, BenefitView]]:
    for program in assessment.programs:
        for benefit in program.benefits:
            yield program, benefit
