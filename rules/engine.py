"""Asks every rule about the world and turns the answers into findings and counts."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache

import msgspec

from slipwatch.aggregator.assessment import FindingView, RuleCount, Severity
from slipwatch.aggregator.collector import collector_at_rest
from slipwatch.aggregator.judging.health import Evaluable
from slipwatch.aggregator.judging.places import places_of
from slipwatch.aggregator.store import Evaluated, RuleMemory
from slipwatch.config.rules import RuleOverrides, RulesSettings, WaiverSettings

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict
from .choosing import NOWHERE, Choice, choose
from .hysteresis import Asked, Settled, Turn, settle
from .life import Teller
from .places import Places
from .suppression import SEVERITIES, suppress
from .waivers import Waivers
from .world import World


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
    evaluated: Evaluated | None = None
    """What the next evaluation must know; None where this one knew of none before."""
    evaluable: Evaluable = field(default_factory=Evaluable)
    asked: Mapping[str, str] = field(default_factory=dict[str, str])
    """How each rule was asked, by id."""


@dataclass(frozen=True, slots=True)
class _Judged:
    """One rule's answers, each given by the form of the rule that is meant there."""

    choice: Choice
    passed: Sequence[Passed] = ()
    failed: Sequence[Failed] = ()
    unknown: Sequence[Unknown] = ()
    not_applicable: int = 0
    forms: Mapping[str, Rule] = field(default_factory=dict[str, Rule])
    """By subject; empty where the rule has one form only."""
    error: Exception | None = None

    def form(self, subject: str) -> Rule | None:
        """Give the form of the rule that a subject was judged by."""
        return self.forms.get(subject, self.choice.everywhere)

    def count(self) -> RuleCount:
        return RuleCount(
            rule=self.choice.id,
            passed=len(self.passed),
            failed=len(self.failed),
            unknown=1 if self.error else len(self.unknown),
            not_applicable=self.not_applicable,
        )

    def untold(self) -> list[Untold]:
        return [Untold(self.choice.id, one.subject, one.reason) for one in self.unknown]


@collector_at_rest()
def evaluate(
    world: World,
    rules: Iterable[type[Rule]],
    settings: RulesSettings,
    waivers: Sequence[WaiverSettings] = (),
    since: Mapping[str, date] | None = None,
    *,
    overrides: Mapping[str, RuleOverrides] = NOWHERE,
    memory: RuleMemory | None = None,
    naming: str = "",
) -> Evaluation:
    """Judge the world.

    ``since`` holds, by fingerprint, the day on which a finding that is known already first
    failed, ``memory`` what the evaluation before left behind: without it every answer counts at
    once, and so does what was told under another ``naming`` of people. ``overrides`` are by program
    and ``program/project``. Raises ``RuleSettingsError``.
    """
    known = {rule.id: rule for rule in rules}
    places = Places(world)
    judged = [_judge(one, world, places) for one in choose(known.values(), settings, overrides)]
    asked = [
        _asked(one, known[one.choice.id], places, world.as_of, since or {}, naming)
        for one in judged
    ]
    turn = Turn(world.as_of, world.assessment.generated_at)
    settled = settle(asked, memory or RuleMemory(), turn, since or {})
    shown = _shown(settled.findings, judged, world, Waivers(waivers, world.as_of), known)
    unknown = [untold for one in judged for untold in one.untold()]
    evaluated = None
    if memory is not None:
        teller = Teller(
            world=world,
            facts=frozenset(rule.id for rule in known.values() if rule.at_once),
            marks={one.rule: one.mark for one in asked},
            memory=memory,
        )
        evaluated = _evaluated(settled, shown, teller)
    return Evaluation(
        findings=shown,
        counts=tuple(one.count() for one in judged),
        unknown=tuple(sorted(unknown, key=lambda untold: (untold.rule, untold.subject))),
        errors=tuple(RuleFault(one.choice.id, one.error) for one in judged if one.error),
        evaluated=evaluated,
        evaluable=_evaluable(judged),
        asked={one.rule: one.mark for one in asked},
    )


def fingerprint(rule: str, subject: str) -> str:
    """Return what a finding is known by for as long as it lives, in every process."""
    return hashlib.sha256(f"{rule}\n{subject}".encode()).hexdigest()[:16]


def _judge(choice: Choice, world: World, places: Places) -> _Judged:
    try:
        if not choice.nearer and choice.everywhere is not None:
            return _sorted(choice, _answers(choice.everywhere, world), {})
        by_form = {rule: _answers(rule, world) for rule in choice.instances()}
    except Exception as error:  # noqa: BLE001 - one broken rule must not silence the others
        return _Judged(choice, error=error)
    answers: dict[str, Verdict] = {}
    forms: dict[str, Rule] = {}
    for rule, said in by_form.items():
        for subject, verdict in said.items():
            if choice.at(places.of(subject)) == rule:
                answers[subject], forms[subject] = verdict, rule
    return _sorted(choice, answers, forms)


def _sorted(choice: Choice, answers: Mapping[str, Verdict], forms: Mapping[str, Rule]) -> _Judged:
    passed: list[Passed] = []
    failed: list[Failed] = []
    unknown: list[Unknown] = []
    not_applicable = 0
    for verdict in answers.values():
        match verdict:
            case NotApplicable():
                not_applicable += 1
            case Passed():
                passed.append(verdict)
            case Failed():
                failed.append(verdict)
            case Unknown():
                unknown.append(verdict)
    return _Judged(choice, passed, failed, unknown, not_applicable, forms)


def _evaluable(judged: Iterable[_Judged]) -> Evaluable:
    """Name the programs and projects of which each rule could tell something, or could not."""
    told: set[tuple[str, str]] = set()
    untold: set[tuple[str, str]] = set()
    around = cache(places_of)
    for one in judged:
        for verdicts, found in (
            (one.passed, told),
            (one.failed, told),
            (one.unknown, untold),
        ):
            places = {place for verdict in verdicts for place in around(verdict.subject)}
            found.update((one.choice.id, place) for place in places)
    return Evaluable(told=frozenset(told), untold=frozenset(untold))


def _answers(rule: Rule, world: World) -> dict[str, Verdict]:
    worst: dict[str, Verdict] = {}
    for verdict in rule.judge(world):
        known = worst.setdefault(verdict.subject, verdict)
        if known is not verdict and _badness(rule, verdict) > _badness(rule, known):
            worst[verdict.subject] = verdict
    return worst


def _badness(rule: Rule, verdict: Verdict) -> tuple[int, float]:
    match verdict:
        case NotApplicable():
            return (0, 0.0)
        case Passed():
            return (1, 0.0)
        case Unknown():
            return (2, 0.0)
        case Failed():
            severity = SEVERITIES.index(verdict.severity or rule.severity)
            return (3 + severity, abs(verdict.value or 0.0))


def _asked(
    judged: _Judged,
    rule: type[Rule],
    places: Places,
    day: date,
    since: Mapping[str, date],
    naming: str,
) -> Asked:
    findings = [_finding(rule, verdict, places, day, since) for verdict in judged.failed]
    return Asked(
        rule=rule.id,
        mark=judged.choice.mark + naming,
        at_once=rule.at_once,
        failing={finding.fingerprint: finding for finding in findings},
        wavering=frozenset(
            [one.subject for one in judged.passed] + [one.subject for one in judged.unknown]
        ),
        fault=judged.error is not None,
    )


def _finding(
    rule: type[Rule], verdict: Failed, places: Places, day: date, since: Mapping[str, date]
) -> FindingView:
    mark = fingerprint(rule.id, verdict.subject)
    evidence = msgspec.json.decode(msgspec.json.encode(dict(verdict.evidence)))
    return FindingView(
        rule=rule.id,
        severity=verdict.severity or rule.severity,
        subject=verdict.subject,
        program=places.program_of(verdict.subject, evidence),
        state="open",
        since=since.get(mark, day),
        value=verdict.value,
        threshold=verdict.threshold,
        message=verdict.message,
        evidence=evidence,
        links=verdict.links,
        fingerprint=mark,
    )


def _shown(
    findings: Iterable[FindingView],
    judged: Iterable[_Judged],
    world: World,
    waivers: Waivers,
    rules: Mapping[str, type[Rule]],
) -> tuple[FindingView, ...]:
    """Age findings, waive what is accepted, suppress what is explained, and put them in order."""
    by_rule = {one.choice.id: one for one in judged}
    found = (
        waivers.apply(_aged(finding, by_rule.get(finding.rule), world.as_of))
        for finding in findings
    )
    return in_order(suppress(found, world, rules))


def _evaluated(settled: Settled, shown: Iterable[FindingView], teller: Teller) -> Evaluated:
    """Put together what the next evaluation must know: states, as they were shown, and events."""
    by_mark = {finding.fingerprint: finding for finding in shown}
    states = dict(settled.states)
    for mark, finding in by_mark.items():
        state = states[mark]
        if (state.state, state.severity) != (finding.state, finding.severity):
            states[mark] = replace(state, state=finding.state, severity=finding.severity)
    return Evaluated(
        memory=teller.memory,
        rules=teller.marks,
        states=states,
        events=teller.tell(by_mark.values(), settled.closed),
    )


def _aged(finding: FindingView, judged: _Judged | None, today: date) -> FindingView:
    """Make a finding that has been open for long one severity worse."""
    rule = None if judged is None else judged.form(finding.subject)
    if rule is None or not rule.worse_after or (today - finding.since).days < rule.worse_after:
        return finding
    worse: Severity = SEVERITIES[min(SEVERITIES.index(finding.severity) + 1, len(SEVERITIES) - 1)]
    return msgspec.structs.replace(finding, severity=worse)


def in_order(findings: Iterable[FindingView]) -> tuple[FindingView, ...]:
    """Put findings in the order in which they are shown."""
    return tuple(sorted(findings, key=_order))


def _order(finding: FindingView) -> tuple[int, str, str]:
    return (-SEVERITIES.index(finding.severity), finding.rule, finding.subject)
