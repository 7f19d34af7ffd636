"""Asks every rule about the world and turns the answers into findings and counts."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from slipwatch.aggregator.assessment import Assessment, FindingView, RuleCount, Severity
from slipwatch.config.settings import RulesSettings, WaiverSettings

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict
from .world import World

_SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")


class RuleSettingsError(ValueError):
    """The settings name a rule or a parameter that is not there, or a value out of range.

    ``problems`` pairs the path of each key below ``rules.settings`` with what is wrong.
    """

    def __init__(self, problems: Sequence[tuple[tuple[str, ...], str]]) -> None:
        super().__init__("\n".join(message for _, message in problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Untold:
    """A rule could not tell about a subject."""

    rule: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuleFault:
    """A rule raised, which is a bug of the rule: it said nothing at all this time."""

    rule: str
    error: Exception


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What the rules say; findings in order of severity, rule and subject."""

    findings: tuple[FindingView, ...]
    counts: tuple[RuleCount, ...]
    unknown: tuple[Untold, ...] = ()
    errors: tuple[RuleFault, ...] = ()
    """For the caller to log; the rule counts as unknown."""


def evaluate(
    world: World,
    rules: Iterable[type[Rule]],
    settings: RulesSettings,
    waivers: Sequence[WaiverSettings] = (),
    since: Mapping[str, date] | None = None,
) -> Evaluation:
    """Judge the world.

    ``since`` holds, by fingerprint, the day on which a finding that is known already first
    failed. Raises ``RuleSettingsError``.
    """
    findings: list[FindingView] = []
    counts: list[RuleCount] = []
    unknown: list[Untold] = []
    errors: list[RuleFault] = []
    for rule in configure(rules, settings):
        try:
            verdicts = _judge(rule, world)
        except Exception as error:  # noqa: BLE001 - one broken rule must not silence the others
            errors.append(RuleFault(rule.id, error))
            counts.append(RuleCount(rule=rule.id, passed=0, failed=0, unknown=1, not_applicable=0))
            continue
        counts.append(_count(rule.id, verdicts))
        unknown += [
            Untold(rule.id, v.subject, v.reason) for v in verdicts if isinstance(v, Unknown)
        ]
        findings += [
            _finding(rule, v, world, waivers, since or {})
            for v in verdicts
            if isinstance(v, Failed)
        ]
    return Evaluation(
        findings=tuple(sorted(findings, key=_order)),
        counts=tuple(sorted(counts, key=lambda count: count.rule)),
        unknown=tuple(sorted(unknown, key=lambda untold: (untold.rule, untold.subject))),
        errors=tuple(errors),
    )


def configure(rules: Iterable[type[Rule]], settings: RulesSettings) -> tuple[Rule, ...]:
    """Make the rules that are not disabled, with the operator's parameters.

    A disabled rule that does not exist is as disabled as can be, and no error: a file may be
    older or newer than the program. Raises ``RuleSettingsError`` with all problems at once.
    """
    known = {rule.id: rule for rule in rules}
    problems: list[tuple[tuple[str, ...], str]] = [
        ((rule_id,), f"there is no rule {rule_id}; the rules are {', '.join(sorted(known))}")
        for rule_id in settings.settings
        if rule_id not in known
    ]
    configured: list[Rule] = []
    for rule_id, rule in sorted(known.items()):
        values, wrong = _parameters(rule, settings.settings.get(rule_id, {}))
        problems += wrong
        if not wrong and rule_id not in settings.disable:
            configured.append(rule(**values))
    if problems:
        raise RuleSettingsError(problems)
    return tuple(configured)


def fingerprint(rule: str, subject: str) -> str:
    """Return what a finding is known by for as long as it lives, in every process."""
    return hashlib.sha256(f"{rule}\n{subject}".encode()).hexdigest()[:16]


def program_of(finding: FindingView, assessment: Assessment) -> str:
    """Return the id of the program a finding belongs to; empty when it belongs to none.

    A dependency belongs to the program that waits, an item to that of its first milestone, or
    else of its project.
    """
    programs = {program.id for program in assessment.programs}
    places = [
        finding.subject.rpartition(" -> ")[2],
        *finding.evidence.get("milestones", ()),
        finding.evidence.get("project", ""),
    ]
    found = (place.partition("/")[0] for place in places)
    return next((program for program in found if program in programs), "")


def _parameters(
    rule: type[Rule], given: Mapping[str, float]
) -> tuple[dict[str, Any], list[tuple[tuple[str, ...], str]]]:
    known = {parameter.name: parameter for parameter in rule.parameters()}
    values: dict[str, Any] = {}
    problems: list[tuple[tuple[str, ...], str]] = []
    for name, value in given.items():
        if name not in known:
            choice = f"its parameters are {', '.join(known)}" if known else "it has none"
            problems.append(((rule.id, name), f"{rule.id} has no parameter {name}; {choice}"))
            continue
        try:
            values[name] = known[name].read(value)
        except ValueError as error:
            problems.append(((rule.id, name), f"{rule.id} {name}: {error}"))
    return values, problems


def _judge(rule: Rule, world: World) -> list[Verdict]:
    worst: dict[str, Verdict] = {}
    for verdict in rule.judge(world):
        known = worst.get(verdict.subject)
        if known is None or _badness(rule, verdict) > _badness(rule, known):
            worst[verdict.subject] = verdict
    return list(worst.values())


def _badness(rule: Rule, verdict: Verdict) -> tuple[int, float]:
    match verdict:
        case NotApplicable():
            return (0, 0.0)
        case Passed():
            return (1, 0.0)
        case Unknown():
            return (2, 0.0)
        case Failed():
            severity = _SEVERITIES.index(verdict.severity or rule.severity)
            return (3 + severity, abs(verdict.value or 0.0))


def _count(rule: str, verdicts: Sequence[Verdict]) -> RuleCount:
    def number(kind: type[Verdict]) -> int:
        return sum(isinstance(verdict, kind) for verdict in verdicts)

    return RuleCount(
        rule=rule,
        passed=number(Passed),
        failed=number(Failed),
        unknown=number(Unknown),
        not_applicable=number(NotApplicable),
    )


def _finding(
    rule: Rule,
    verdict: Failed,
    world: World,
    waivers: Sequence[WaiverSettings],
    since: Mapping[str, date],
) -> FindingView:
    mark = fingerprint(rule.id, verdict.subject)
    first = since.get(mark, world.as_of)
    waiver = _waiver(rule.id, verdict.subject, waivers)
    holds = waiver is not None and waiver.expires >= world.as_of
    evidence: dict[str, Any] = dict(verdict.evidence)
    if waiver is not None:
        evidence["waiver" if holds else "expired_waiver"] = {
            "approver": waiver.approver,
            "reason": waiver.reason,
            "expires": waiver.expires,
        }
    finding = FindingView(
        rule=rule.id,
        severity=_aged(rule, verdict.severity or rule.severity, (world.as_of - first).days),
        subject=verdict.subject,
        state="waived" if holds else "open",
        since=first,
        value=verdict.value,
        threshold=verdict.threshold,
        message=verdict.message,
        evidence=msgspec.json.decode(msgspec.json.encode(evidence)),
        links=verdict.links,
        fingerprint=mark,
    )
    return msgspec.structs.replace(finding, program=program_of(finding, world.assessment))


def _aged(rule: Rule, severity: Severity, days: int) -> Severity:
    """Give the severity of a finding that has been open for so many days."""
    worse = bool(rule.worse_after) and days >= rule.worse_after
    return _SEVERITIES[min(_SEVERITIES.index(severity) + worse, len(_SEVERITIES) - 1)]


def _waiver(rule: str, subject: str, waivers: Sequence[WaiverSettings]) -> WaiverSettings | None:
    """Find the waiver that lasts longest."""
    fitting = [w for w in waivers if w.rule == rule and w.subject == subject]
    return max(fitting, key=lambda waiver: waiver.expires, default=None)


def _order(finding: FindingView) -> tuple[int, str, str]:
    return (-_SEVERITIES.index(finding.severity), finding.rule, finding.subject)
