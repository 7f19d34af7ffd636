"""Hysteresis: what is worked out must be said twice before a finding opens, or closes.

A forecast wavers. A finding that comes and goes with it is told, resolved and told again, and
after a week nobody reads it any more. So two evaluations in a row must agree, and two are only
those that can differ: of different days, or of facts that were fetched at least a minute apart.

At once opens and closes what is recorded rather than worked out (``Rule.at_once``), and all that
a rule says the first time that it is asked, ever or with other parameters. At once closes what a
rule no longer applies to.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import msgspec

from slipwatch.aggregator.assessment import FindingView
from slipwatch.aggregator.store import FindingPhase, FindingState, RuleMemory

APART = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule said this time, to whom it may concern."""

    rule: str
    mark: str
    """How it was asked."""
    at_once: bool
    failing: Mapping[str, FindingView]
    """By fingerprint."""
    wavering: frozenset[str]
    """Subjects that passed, or of which nothing could be told: no finding there may be chance."""
    fault: bool = False
    """It broke: what it said before stands."""


@dataclass(frozen=True, slots=True)
class Settled:
    """What is to be shown, and what is to be known next time."""

    findings: tuple[FindingView, ...]
    states: Mapping[str, FindingState]
    closed: tuple[FindingState, ...]
    """Those that were shown until now."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Which evaluation this is: of which day, with facts of what time."""

    day: date
    data_time: datetime

    def follows(self, state: FindingState) -> bool:
        """Say whether it is another one than that in which a finding turned."""
        if state.turned_on is None or state.turned_at is None:
            return True
        return self.day != state.turned_on or abs(self.data_time - state.turned_at) >= APART


def settle(
    asked: Iterable[Asked], memory: RuleMemory, turn: Turn, since: Mapping[str, date]
) -> Settled:
    """Take in what the rules said; ``since`` tells of findings from before there was a memory."""
    by_rule: dict[str, list[FindingState]] = {}
    for state in memory.states.values():
        by_rule.setdefault(state.rule, []).append(state)
    kept = [
        each
        for said in asked
        for each in _after(
            said,
            by_rule.get(said.rule, ()),
            anew=memory.rules.get(said.rule) != said.mark,
            turn=turn,
            since=since,
        )
    ]
    shown = {
        state.fingerprint: finding
        for state, finding in kept
        if state.phase is not FindingPhase.PENDING and finding is not None
    }
    return Settled(
        findings=tuple(shown.values()),
        states={state.fingerprint: state for state, _ in kept},
        closed=tuple(
            state
            for mark, state in memory.states.items()
            if mark not in shown and state.phase is not FindingPhase.PENDING
        ),
    )


_Kept = tuple[FindingState, FindingView | None]
"""What is known of a finding, and how it is shown; None where that cannot be read any more."""


def _after(
    said: Asked,
    known: Iterable[FindingState],
    *,
    anew: bool,
    turn: Turn,
    since: Mapping[str, date],
) -> Iterator[_Kept]:
    """Yield what is known of a rule's findings after it was asked; ``anew``: never like this."""
    before = {state.fingerprint: state for state in known}
    if said.fault:
        yield from ((state, _read(state)) for state in before.values())
        return
    at_once = said.at_once or anew
    for mark, finding in said.failing.items():
        yield _failed(finding, before.get(mark), at_once, turn, since.get(mark, turn.day))
    for mark, state in before.items():
        may_be_chance = not at_once and state.subject in said.wavering
        if mark not in said.failing and may_be_chance and not _is_over(state, turn):
            yield _closing(state, turn), _read(state)


def _failed(
    finding: FindingView, state: FindingState | None, at_once: bool, turn: Turn, since: date
) -> _Kept:
    sure = at_once
    turned: tuple[date | None, datetime | None] = (turn.day, turn.data_time)
    if state is not None:
        sure = at_once or state.phase is not FindingPhase.PENDING or turn.follows(state)
        since, turned = state.since, (state.turned_on, state.turned_at)
    if finding.since != since:
        finding = msgspec.structs.replace(finding, since=since)
    kept = FindingState(
        fingerprint=finding.fingerprint,
        rule=finding.rule,
        subject=finding.subject,
        phase=FindingPhase.OPEN if sure else FindingPhase.PENDING,
        since=since,
        turned_on=None if sure else turned[0],
        turned_at=None if sure else turned[1],
        finding=msgspec.json.decode(msgspec.json.encode(finding)),
        state=state.state if state else None,
        severity=state.severity if state else None,
    )
    return kept, finding


def _is_over(state: FindingState, turn: Turn) -> bool:
    """Say whether a finding that did not fail is gone: never sure, or gone for the second time."""
    if state.phase is FindingPhase.PENDING:
        return True
    return state.phase is FindingPhase.CLOSING and turn.follows(state)


def _closing(state: FindingState, turn: Turn) -> FindingState:
    if state.phase is FindingPhase.CLOSING:
        return state
    return replace(state, phase=FindingPhase.CLOSING, turned_on=turn.day, turned_at=turn.data_time)


def _read(state: FindingState) -> FindingView | None:
    """Read a finding as its rule told it; None where another version wrote it otherwise."""
    try:
        return msgspec.convert(state.finding, FindingView)
    except msgspec.ValidationError:
        return None
