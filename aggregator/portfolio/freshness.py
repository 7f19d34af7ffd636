"""How fresh a source is, and how many of its items can still be seen."""

from collections.abc import Container
from dataclasses import replace
from datetime import datetime, timedelta

from slipwatch.config.settings import SlipwatchSettings

from ..records import Presence
from .facts import Facts
from .sources import SourceState, SourceStatus

STALE_AFTER = timedelta(hours=24)


def source_state(facts: Facts, name: str, *, every: timedelta, now: datetime) -> SourceState:
    """Judge a source that is read ``every`` so often."""
    state = next((s for s in facts.sources if s.name == name), None)
    if state is None:
        return SourceState(name=name, status=SourceStatus.STALE)
    state = replace(
        state,
        items=state.items - _absent(facts, name, {Presence.GONE, Presence.MOVED}),
        invisible=_absent(facts, name, {Presence.INVISIBLE}),
    )
    if state.last_success is None or state.status is SourceStatus.FAILED:
        return state
    doubted = tuple(census for census in state.doubted if census.taken_at <= now)
    stale = bool(doubted) or now - state.last_success > max(2 * every, STALE_AFTER)
    status = SourceStatus.STALE if stale else SourceStatus.OK
    return replace(state, status=status, doubted=doubted)


def between_syncs(settings: SlipwatchSettings) -> timedelta:
    """Say how long it takes until every source was read again."""
    every = (source.every or settings.sync.every for source in settings.sources.values())
    return max(every, default=timedelta(0))


def _absent(facts: Facts, source: str, presences: Container[Presence]) -> int:
    return sum(
        ref[0] == source and absence.presence in presences and ref in facts.items
        for ref, absence in facts.absences.items()
    )
