"""From numbers and findings to the colours of every place, worst of all and with reasons.

It is judged twice: by numbers alone, which rules compare with what people report, and once more
with what the rules found.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import get_args

import msgspec

from ..assessment import Assessment, FindingView
from ..health.history import OVERALL, PORTFOLIO, History
from ..health.views import (
    WORST_FIRST,
    Dimension,
    DimensionHealth,
    Health,
    HealthReason,
    Status,
    worst,
)
from ..percent import percent
from ..portfolio.model import Portfolio
from .coverage import forecast_coverage
from .dimensions import MEASURES, dimension_of, distribution
from .measured import Measured
from .places import Place, concerned, places

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
EVALUABLE_FROM = 0.5
"""Where fewer of a dimension's rules can tell, nothing green can be said."""
MOST_REASONS = 12

RuleAt = tuple[str, str]
"""A rule's id, and the place (a program or a project) of what it was asked about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluable:
    """Where rules could tell something, and where they could not."""

    told: AbstractSet[RuleAt] = field(default_factory=frozenset[RuleAt])
    untold: AbstractSet[RuleAt] = field(default_factory=frozenset[RuleAt])


def measure(portfolio: Portfolio, assessment: Assessment) -> Assessment:
    """Judge every place by its numbers alone: what rules hold self-reported colours against."""
    return judge_health(portfolio, assessment, Evaluable())


def judge_health(portfolio: Portfolio, assessment: Assessment, evaluable: Evaluable) -> Assessment:
    """Judge every place by its numbers, by the findings of the assessment, and by what is unknown.

    A waived finding is accepted, and colours nothing.
    """
    findings: dict[str, list[FindingView]] = defaultdict(list)
    for finding in assessment.findings:
        if finding.state == "open":
            for place in concerned(finding):
                findings[place].append(finding)
    told, untold = _by_place(evaluable.told), _by_place(evaluable.untold - evaluable.told)
    covered = forecast_coverage(assessment)
    history = History(portfolio.colours, portfolio.as_of)
    found = {
        place.id: _dated(
            place.id,
            _judge_place(
                place, covered, findings[place.id], told.get(place.id, ()), untold.get(place.id, ())
            ),
            history,
        )
        for place in places(assessment)
    }
    programs = {view.id: found[view.id] for view in assessment.programs}
    return msgspec.structs.replace(
        assessment,
        projects=tuple(
            msgspec.structs.replace(view, health=found[view.id]) for view in assessment.projects
        ),
        programs=tuple(
            msgspec.structs.replace(view, health=found[view.id]) for view in assessment.programs
        ),
        health=_dated(PORTFOLIO, _roll_up(programs), history) if programs else None,
    )


def _dated(subject: str, health: Health, history: History) -> Health:
    """Say since when each colour has been what it is."""
    return msgspec.structs.replace(
        health,
        dimensions=tuple(
            msgspec.structs.replace(each, since=history.since(subject, each.dimension, each.status))
            for each in health.dimensions
        ),
        since=history.since(subject, OVERALL, health.status),
    )


def _by_place(pairs: Iterable[RuleAt]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for rule, place in pairs:
        found[place].append(rule)
    return found


def _judge_place(
    place: Place,
    covered: Mapping[str, float],
    findings: Sequence[FindingView],
    told: Sequence[str],
    untold: Sequence[str],
) -> Health:
    can_tell = Counter(map(dimension_of, told))
    cannot_tell = Counter(map(dimension_of, untold))
    found: dict[Dimension | None, list[FindingView]] = defaultdict(list)
    for finding in findings:
        found[dimension_of(finding.rule)].append(finding)
    dimensions = tuple(
        judged
        for name in DIMENSIONS
        for judged in [
            _judge_dimension(
                name,
                MEASURES[name](place, covered) if name in MEASURES else None,
                found[name],
                told=can_tell[name],
                untold=cannot_tell[name],
            )
        ]
        if judged is not None
    )
    status, reasons = _overall(dimensions, committed=place.committed)
    return Health(
        status=status,
        reasons=reasons,
        dimensions=dimensions,
        distribution=distribution(place.deciding),
    )


def _judge_dimension(
    name: Dimension,
    measured: Measured | None,
    findings: Sequence[FindingView],
    *,
    told: int,
    untold: int,
) -> DimensionHealth | None:
    """Judge a dimension; None where it is not measured, and no rule applies to it here."""
    asked = told + untold
    if measured is None and not asked:
        return None
    reasons = list(measured.reasons if measured is not None else ())
    statuses: list[Status] = [measured.status if measured is not None else "green"]
    for finding in findings:
        status = _by_severity(finding, measured=measured is not None and measured.whole)
        if status != "green":
            statuses.append(status)
            reasons.append(_by_finding(finding, status))
    status = worst(statuses)
    if asked and told / asked < EVALUABLE_FROM:
        share = told / asked
        reasons.append(
            HealthReason(
                status="grey",
                text=f"only {told} of its {asked} rules can tell ({percent(share)})",
                value=round(share, 4),
                threshold=EVALUABLE_FROM,
            )
        )
        status = "grey" if status == "green" else status
    if not reasons:
        lesser = f"; {len(findings)} lesser {_are(findings)} open" if findings else ""
        rules = "its rule has no" if asked == 1 else f"none of its {asked} rules has a"
        text = f"{rules} high or critical finding{lesser}"
        reasons.append(
            HealthReason(status="green", text=text, value=float(len(findings)), threshold=None)
        )
    reasons.sort(key=lambda reason: WORST_FIRST.index(reason.status))
    return DimensionHealth(
        dimension=name,
        status=status,
        reasons=tuple(reasons[:MOST_REASONS]),
        coverage=measured.coverage if measured is not None else None,
        rules_asked=asked,
        rules_told=told,
    )


def _by_severity(finding: FindingView, *, measured: bool) -> Status:
    """Give the colour that a finding makes a dimension.

    Where there are numbers they speak for themselves, and only what is critical overrides them.
    """
    if finding.severity == "critical":
        return "red"
    return "amber" if finding.severity == "high" and not measured else "green"


def _by_finding(finding: FindingView, status: Status) -> HealthReason:
    return HealthReason(
        status=status,
        text=f"{finding.rule}, {finding.severity}: {finding.message}",
        subject=finding.subject,
        value=finding.value,
        threshold=finding.threshold,
        rule=finding.rule,
    )


def _overall(
    dimensions: Sequence[DimensionHealth], *, committed: bool
) -> tuple[Status, tuple[str, ...]]:
    """Take the worst of what can be judged; green only where nothing promised is unknown."""
    grey = [each for each in dimensions if each.status == "grey"]
    status = worst([each.status for each in dimensions if each.status != "grey"])
    decisive = committed or any(each.dimension == "schedule" for each in grey)
    if status == "green" and grey and decisive:
        status = "grey"
    blamed = [each for each in dimensions if each.status == status]
    reasons = tuple(f"{each.dimension} is {each.status}: {each.reasons[0].text}" for each in blamed)
    return status, reasons or ("nothing is known of it",)


def _roll_up(programs: Mapping[str, Health]) -> Health:
    """Judge all programs together: each dimension is the worst of theirs."""
    dimensions: list[DimensionHealth] = []
    for name in DIMENSIONS:
        parts = [
            (program, part)
            for program, health in programs.items()
            if (part := health.dimension(name)) is not None
        ]
        if not parts:
            continue
        ordered = sorted(parts, key=lambda one: (WORST_FIRST.index(one[1].status), one[0]))
        known = [part.coverage for _, part in parts if part.coverage is not None]
        dimensions.append(
            DimensionHealth(
                dimension=name,
                status=ordered[0][1].status,
                reasons=tuple(
                    msgspec.structs.replace(
                        part.reasons[0],
                        status=part.status,
                        text=f"{program} is {part.status}: {part.reasons[0].text}",
                        subject=part.reasons[0].subject or program,
                    )
                    for program, part in ordered[:MOST_REASONS]
                ),
                coverage=min(known, default=None),
                rules_asked=sum(part.rules_asked for _, part in parts),
                rules_told=sum(part.rules_told for _, part in parts),
            )
        )
    spread: dict[str, float] = defaultdict(float)
    for health in programs.values():
        for status, weight in health.distribution.items():
            spread[status] += weight
    status = worst({health.status for health in programs.values()})
    reasons = tuple(
        f"{program} is {health.status}: {health.reasons[0]}"
        for program, health in programs.items()
        if health.status == status
    )
    return Health(
        status=status,
        reasons=reasons,
        dimensions=tuple(dimensions),
        distribution=dict(sorted(spread.items())),
    )


def _are(findings: Sequence[object]) -> str:
    return "one is" if len(findings) == 1 else "ones are"
