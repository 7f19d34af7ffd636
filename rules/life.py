"""The life of findings: what happened to each of them, and by what."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from slipwatch.aggregator.assessment import ChanceMoved, DaysMoved, FindingView, Severity
from slipwatch.aggregator.store import FindingEvent, FindingState, RuleMemory

from .suppression import SEVERITIES
from .world import Subject, World

Cause = Literal["date", "pace", "scope", "upstream", "data", "file"]

_PARTS: Mapping[str, Cause] = {
    "pace": "pace",
    "scope": "scope",
    "upstream": "upstream",
    "dates": "date",
    "calendar": "file",
    "model": "data",
    "data": "data",
}
"""Parts by which a forecast moved, and what moved it."""

_TURNS: Mapping[str, tuple[str, str]] = {
    "waived": ("waived", "unwaived"),
    "suppressed": ("suppressed", "unsuppressed"),
}
"""States beside open: how it is called that a finding gets into one, and out of it."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells what became of the findings that were known, and which are new."""

    world: World
    facts: frozenset[str]
    """Rules that state what is recorded."""
    marks: Mapping[str, str]
    """How each rule was asked."""
    memory: RuleMemory

    def tell(
        self, findings: Iterable[FindingView], closed: Iterable[FindingState]
    ) -> tuple[FindingEvent, ...]:
        """Compare what is shown now with what was shown last time."""
        events = [
            event
            for finding in findings
            for event in self._shown(finding, self.memory.states.get(finding.fingerprint))
        ]
        events += [self._closed(state) for state in closed]
        return tuple(sorted(events, key=lambda one: (one.rule, one.subject)))

    def _shown(self, finding: FindingView, before: FindingState | None) -> Iterator[FindingEvent]:
        if before is None or before.state is None:
            yield self._event(finding, "opened", self._cause(finding.rule, finding.subject))
            if finding.state != "open":
                yield self._event(finding, _TURNS[finding.state][0], _why(finding.state))
            return
        if before.state != finding.state:
            yield from self._turned(finding, before.state)
        old, new = _rank(before.severity), _rank(finding.severity)
        if old != new:
            event = "worsened" if new > old else "eased"
            yield self._event(finding, event, self._cause(finding.rule, finding.subject))

    def _turned(self, finding: FindingView, before: str) -> Iterator[FindingEvent]:
        if before in _TURNS:
            expired = "expired_waiver" in finding.evidence
            yield self._event(finding, _TURNS[before][1], "date" if expired else _why(before))
        if finding.state in _TURNS:
            yield self._event(finding, _TURNS[finding.state][0], _why(finding.state))

    def _closed(self, state: FindingState) -> FindingEvent:
        milestone = self.world.get(state.subject)
        cause = self._cause(state.rule, state.subject)
        if state.rule not in self.marks:
            cause = "file"
        elif milestone is not None and milestone.over:
            cause = "pace"
        return FindingEvent(
            fingerprint=state.fingerprint,
            rule=state.rule,
            subject=state.subject,
            day=self.world.as_of,
            event="closed",
            cause=cause,
            severity=state.severity or "",
            message=str(state.finding.get("message", "")),
        )

    def _cause(self, rule: str, subject: str) -> Cause:
        """Say by what a rule's answer changed: its settings, what moved the forecast, a date."""
        known = self.memory.rules.get(rule)
        if known is not None and known != self.marks.get(rule):
            return "file"
        if rule in self.facts:
            return "data" if subject.startswith("source:") else "date"
        milestone = self.world.get(subject.rpartition(" -> ")[0] or subject)
        return "data" if milestone is None else _moved_by(milestone)

    def _event(self, finding: FindingView, event: str, cause: Cause) -> FindingEvent:
        return FindingEvent(
            fingerprint=finding.fingerprint,
            rule=finding.rule,
            subject=finding.subject,
            day=self.world.as_of,
            event=event,
            cause=cause,
            severity=finding.severity,
            message=finding.message,
        )


def _moved_by(milestone: Subject) -> Cause:
    """Name the largest part by which its forecast moved lately."""
    movement = milestone.view.movement
    moved: ChanceMoved | DaysMoved | None = None
    if movement is not None:
        moved = movement.p_on_time or movement.p50
    if moved is None:
        return "data"
    largest = max(_PARTS, key=lambda part: abs(getattr(moved, part)))
    return _PARTS[largest] if getattr(moved, largest) else "data"


def _why(state: str) -> Cause:
    return "file" if state == "waived" else "upstream"


def _rank(severity: str | Severity | None) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else -1
