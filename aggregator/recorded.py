"""What was concluded on a past day, for a replay of that day: it has a history of its own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import msgspec

from .assessment import FindingView, SourceView
from .communication.model import OpenFinding
from .portfolio.model import Portfolio
from .portfolio.sources import SourceState, SourceStatus


class Recorded(msgspec.Struct, frozen=True):
    """The part of a stored assessment that nothing else tells again."""

    as_of: date
    findings: tuple[FindingView, ...] = ()
    asked: dict[str, str] = {}
    sources: tuple[SourceView, ...] = ()

    def open_findings(self) -> tuple[OpenFinding, ...]:
        """Give its findings as the next assessment knew them."""
        return tuple(
            OpenFinding(
                rule=one.rule,
                severity=one.severity,
                subject=one.subject,
                program=one.program,
                since=one.since,
                fingerprint=one.fingerprint,
                state=one.state,
            )
            for one in self.findings
        )


def read_recorded(body: bytes) -> Recorded | None:
    """Read a stored assessment; None for one of a version that cannot be read."""
    try:
        return msgspec.json.decode(body, type=Recorded)
    except msgspec.DecodeError:
        return None


def as_seen(portfolio: Portfolio, recorded: Recorded) -> Portfolio:
    """Let sources be as fresh as they were then: the store keeps of them the last sync alone."""
    then: Mapping[str, SourceView] = {one.name: one for one in recorded.sources}
    sources = tuple(_seen(one, then.get(one.name)) for one in portfolio.sources)
    return replace(portfolio, sources=sources)


def _seen(state: SourceState, then: SourceView | None) -> SourceState:
    if then is None:
        return state
    return SourceState(
        name=then.name,
        status=SourceStatus(then.status),
        last_success=then.last_success,
        items=then.items,
        invisible=then.invisible,
    )
