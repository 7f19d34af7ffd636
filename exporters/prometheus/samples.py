"""What the metrics read off an assessment: pure functions from it to samples.

The catalogue says what each of them means. Optional values are absent series, never NaN.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from slipwatch.aggregator.assessment import (
    Assessment,
    DependencyView,
    FindingView,
    MilestoneView,
)
from slipwatch.aggregator.portfolio.calibration import Calibration
from slipwatch.aggregator.portfolio.flow import Flow

Sample = tuple[tuple[str, ...], float]
"""Label values in the order of the metric's labels, and the value."""

Samples = Callable[[Assessment], Iterator[Sample]]

STATUSES = ("green", "amber", "red", "grey")
EDGE_STATUSES = ("ok", "violated", "broken")
"""The worst last."""

_NOT_SOURCES = frozenset({"source", "person", "objective"})
"""What a subject that is no item may begin with, before a colon."""

_DAYS = 4096
"""Of which the end is known without asking the calendar again: milestones share them."""

DAY = 86_400.0
"""Seconds."""


@lru_cache(_DAYS)
def end_of_day(day: date, zone: ZoneInfo) -> float:
    """Give the Unix time at which a day ends, for the last day of the calendar too.

    Where clocks go back at midnight the last second comes twice; the second one ends the day.
    """
    return datetime.combine(day, time(23, 59, 59, fold=1), tzinfo=zone).timestamp() + 1


def per_milestone(value: Callable[[MilestoneView], float | None]) -> Samples:
    """Give a number of each milestone that has it."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for milestone in assessment.milestones:
            found = value(milestone)
            if found is not None:
                yield _key(milestone), float(found)

    return samples


def parts_of_milestone(parts: Callable[[MilestoneView], Mapping[str, float | None]]) -> Samples:
    """Give numbers of each milestone that one more label tells apart."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for milestone in assessment.milestones:
            for label, found in parts(milestone).items():
                if found is not None:
                    yield (*_key(milestone), label), float(found)

    return samples


def day_of(day: Callable[[MilestoneView], date | None]) -> Samples:
    """Give the end of a day of each milestone that has it."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        zone = ZoneInfo(assessment.timezone)
        for milestone in assessment.milestones:
            found = day(milestone)
            if found is not None:
                yield _key(milestone), end_of_day(found, zone)

    return samples


def forecasts(assessment: Assessment) -> Iterator[Sample]:
    zone = ZoneInfo(assessment.timezone)
    for milestone in assessment.milestones:
        forecast = milestone.forecast
        for quantile, day in (
            ("0.5", forecast.p50),
            ("0.85", forecast.p85),
            ("0.95", forecast.p95),
        ):
            if day is not None:
                yield (*_key(milestone), quantile), end_of_day(day, zone)


def milestone_info(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        yield (*_key(milestone), milestone.title, milestone.url, milestone.owner or ""), 1.0


def milestone_status(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        yield from _states(_key(milestone), STATUSES, milestone.status)


def dependency_info(assessment: Assessment) -> Iterator[Sample]:
    for labels, edges in _ties(assessment):
        yield (*labels, "true" if edges[0].cross_project else "false"), 1.0


def dependency_status(assessment: Assessment) -> Iterator[Sample]:
    for labels, edges in _ties(assessment):
        worst = max((edge.status for edge in edges), key=EDGE_STATUSES.index)
        yield from _states(labels, EDGE_STATUSES, worst)


def dependency_slack(assessment: Assessment) -> Iterator[Sample]:
    for labels, edges in _ties(assessment):
        known = [edge.slack for edge in edges if edge.slack is not None]
        if known:
            yield labels, float(min(known))


def dependency_driving(assessment: Assessment) -> Iterator[Sample]:
    for labels, edges in _ties(assessment):
        yield labels, float(any(edge.driving for edge in edges))


def cycles(assessment: Assessment) -> Iterator[Sample]:
    counts = Counter(cycle.kind for cycle in assessment.cycles)
    for kind in ("deadlock", "interleaved"):
        yield (kind,), float(counts[kind])


def impacts(assessment: Assessment) -> Iterator[Sample]:
    for milestone in assessment.milestones:
        if milestone.dates.commitment is None:
            continue
        for cause in milestone.caused_by:
            if cause.but_for:
                yield (cause.milestone, milestone.id), float(cause.but_for)


def findings(assessment: Assessment) -> Iterator[Sample]:
    counts = Counter(
        (finding.program, finding.rule, finding.severity, finding.state)
        for finding in assessment.findings
    )
    for labels, number in sorted(counts.items()):
        yield labels, float(number)


def finding_info(assessment: Assessment) -> Iterator[Sample]:
    for finding, of_item in _findings_in(assessment, "open"):
        if not of_item:
            yield (finding.program, finding.rule, finding.severity, finding.subject), 1.0


def finding_waived_info(assessment: Assessment) -> Iterator[Sample]:
    for finding, of_item in _findings_in(assessment, "waived"):
        if not of_item:
            yield (finding.program, finding.rule, finding.subject), 1.0


def item_finding_info(assessment: Assessment) -> Iterator[Sample]:
    for finding, of_item in _findings_in(assessment, "open"):
        if of_item:
            yield (finding.program, finding.rule, finding.severity, finding.subject), 1.0


def rule_verdicts(assessment: Assessment) -> Iterator[Sample]:
    for rule in assessment.rules:
        for verdict in ("passed", "failed", "unknown", "not_applicable"):
            yield (rule.rule, verdict), float(getattr(rule, verdict))


def program_info(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        yield (program.id, program.title, program.sponsor or "", program.manager or ""), 1.0


def program_status(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        yield from _states((program.id,), STATUSES, program.status)


def coverage(assessment: Assessment) -> Iterator[Sample]:
    for program in assessment.programs:
        held = program.calibration
        if held is not None:
            yield (program.id, "0.5"), held.coverage_p50
            yield (program.id, "0.85"), held.coverage_p85
            yield (program.id, "0.95"), held.coverage_p95


def per_program(value: Callable[[Calibration], float]) -> Samples:
    """Give a number of each program whose forecasts were back-tested."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for program in assessment.programs:
            if program.calibration is not None:
                yield (program.id,), float(value(program.calibration))

    return samples


def project_info(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        yield (project.program, project.id, project.title, project.lead or ""), 1.0


def project_status(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        yield from _states((project.program, project.id), STATUSES, project.status)


def per_project(value: Callable[[Flow], float | None]) -> Samples:
    """Give a number of each project that has it."""

    def samples(assessment: Assessment) -> Iterator[Sample]:
        for project in assessment.projects:
            found = value(project.flow)
            if found is not None:
                yield (project.program, project.id), float(found)

    return samples


def project_items(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        for state in ("todo", "doing", "done"):
            yield (project.program, project.id, state), float(getattr(project.flow, state))


def cycle_times(assessment: Assessment) -> Iterator[Sample]:
    for project in assessment.projects:
        for quantile, days in (("0.5", project.flow.cycle_p50), ("0.85", project.flow.cycle_p85)):
            if days is not None:
                yield (project.program, project.id, quantile), days * DAY


def sources_up(assessment: Assessment) -> Iterator[Sample]:
    for source in assessment.sources:
        yield (source.name,), float(source.status == "ok")


def sources_success(assessment: Assessment) -> Iterator[Sample]:
    for source in assessment.sources:
        if source.last_success is not None:
            yield (source.name,), source.last_success.timestamp()


def source_items(assessment: Assessment) -> Iterator[Sample]:
    for source in assessment.sources:
        yield (source.name,), float(source.items)


def source_invisible(assessment: Assessment) -> Iterator[Sample]:
    for source in assessment.sources:
        yield (source.name,), float(source.invisible)


def _key(milestone: MilestoneView) -> tuple[str, str, str]:
    return milestone.program, f"{milestone.program}/{milestone.project}", milestone.id


def _states(labels: tuple[str, ...], states: Iterable[str], now: str) -> Iterator[Sample]:
    for state in states:
        yield (*labels, state), float(state == now)


def _ties(assessment: Assessment) -> Iterator[tuple[tuple[str, str, str], list[DependencyView]]]:
    """Give the edges by their labels: two milestones may be tied twice, with different lags."""
    ties: dict[tuple[str, str, str], list[DependencyView]] = {}
    for edge in assessment.dependencies:
        ties.setdefault((edge.downstream, edge.upstream, edge.type), []).append(edge)
    yield from ties.items()


def _findings_in(assessment: Assessment, state: str) -> Iterator[tuple[FindingView, bool]]:
    """Give the findings in a state, and of each whether it is about an item: ``source:KEY``.

    Of other subjects the ids have no colon, or something else than a source's name before it:
    ``checkout/risk:R1``; a source itself is ``source:NAME``. Those about a person are counted, and
    not listed: metrics name nobody.
    """
    for finding in assessment.findings:
        kind, colon, _ = finding.subject.partition(":")
        if finding.state == state and kind != "person":
            of_item = bool(colon) and "/" not in kind and kind not in _NOT_SOURCES
            yield finding, of_item
