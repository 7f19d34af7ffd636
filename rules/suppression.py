"""Suppression: a finding that another one explains is kept, linked to it and not counted again.

A milestone that is late only because another one is late tells nothing new: whoever mends the
cause mends both. So its finding is suppressed while an open finding about the cause is as grave,
in the same program, and without the cause's own slip the milestone would be in time.
"""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from slipwatch.aggregator.assessment import FindingView, Severity

from .base import Rule
from .world import Subject, World

SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")


def suppress(
    findings: Iterable[FindingView], world: World, rules: Mapping[str, type[Rule]]
) -> tuple[FindingView, ...]:
    """Suppress what is explained; of several causes the one that costs most days is named."""
    found = tuple(findings)
    by_subject: dict[str, dict[str, FindingView]] = {}
    for finding in found:
        if finding.state == "open":
            by_subject.setdefault(finding.subject, {})[finding.rule] = finding
    causes: dict[str, FindingView] = {}
    for finding in found:
        rule, milestone = rules.get(finding.rule), world.get(finding.subject)
        if rule is None or not rule.explained_by or milestone is None or finding.state != "open":
            continue
        cause = _cause(finding, milestone, rule.explained_by, by_subject)
        if cause is not None:
            causes[finding.fingerprint] = cause
    return tuple(_linked(finding, causes) for finding in found)


def _cause(
    finding: FindingView,
    milestone: Subject,
    explained_by: Iterable[str],
    by_subject: Mapping[str, Mapping[str, FindingView]],
) -> FindingView | None:
    late = _days_late(milestone)
    if late <= 0:
        return None
    for cause in sorted(milestone.view.caused_by, key=lambda one: (-one.but_for, one.milestone)):
        if cause.milestone == milestone.id or cause.but_for < late:
            continue
        known = by_subject.get(cause.milestone, {})
        for rule in explained_by:
            other = known.get(rule)
            if other is not None and _may_stand_for(other, finding):
                return other
    return None


def _days_late(milestone: Subject) -> int:
    """Count the working days by which it misses its commitment, or else the one it leads to."""
    late, spare = (
        milestone.view.slip.forecast_vs_commitment,
        milestone.view.network.commitment_float,
    )
    if late is not None:
        return late
    return -spare if spare is not None else 0


def _may_stand_for(cause: FindingView, finding: FindingView) -> bool:
    return cause.program == finding.program and SEVERITIES.index(
        cause.severity
    ) >= SEVERITIES.index(finding.severity)


def _linked(finding: FindingView, causes: Mapping[str, FindingView]) -> FindingView:
    """Link a finding to the root of its causes, which nothing else explains."""
    seen = {finding.fingerprint}
    root = causes.get(finding.fingerprint)
    while root is not None and root.fingerprint in causes and root.fingerprint not in seen:
        seen.add(root.fingerprint)
        root = causes[root.fingerprint]
    if root is None or root.fingerprint in seen:
        return finding
    return replace(finding, state="suppressed", cause=root.fingerprint)
