"""What is said to a channel about one finding, and by what a message of several is known."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from slipwatch.aggregator.store import Notice
from slipwatch.config.notifications import QuietSettings

from .message import Line


@dataclass(frozen=True, slots=True)
class Saying:
    """A finding that is told now, and what the channel then knows of it."""

    notice: Notice
    line: Line
    quiet: QuietSettings | None


def advised_once(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Leave the advice out where a line above gives the same."""
    given: set[str] = set()
    kept: list[Line] = []
    for line in lines:
        kept.append(msgspec.structs.replace(line, todo="") if line.todo in given else line)
        given.add(line.todo)
    return tuple(kept)


def key_of(channel: str, sayings: Sequence[Saying]) -> str:
    """Name a message by the changes it tells."""
    changes = sorted(
        (
            saying.notice.fingerprint,
            saying.line.change,
            saying.line.severity,
            str(saying.line.days),
            saying.notice.changed_at.isoformat(),
            str(saying.notice.told_at),
        )
        for saying in sayings
    )
    return hashlib.sha256(msgspec.json.encode([channel, changes])).hexdigest()[:24]
