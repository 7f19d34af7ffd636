"""A message as it is decided and kept, before any channel puts it into its own form."""

from datetime import date
from typing import Any, Literal

import msgspec

from slipwatch.aggregator.assessment import Severity

Change = Literal["new", "worse", "escalated", "reminder", "resolved", "waived"]

MOST_LINES = 10
"""What people read of a message; the number of the others stands below."""

SEVERITIES: tuple[Severity, ...] = ("info", "low", "medium", "high", "critical")


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is to be said about one finding; texts come from trackers and may be hostile."""

    change: Change
    fingerprint: str
    rule: str
    severity: Severity
    subject: str
    title: str
    """What the subject is called."""
    since: date
    message: str
    program: str = ""
    root: str = ""
    """The milestone that causes it."""
    people: tuple[str, ...] = ()
    days: int | None = None
    """Working days late, against the commitment or else the baseline."""
    days_before: int | None = None
    """As they were told before."""
    severity_before: Severity | None = None
    unanswered: int | None = None
    """Working days that nobody has acknowledged it, where it is told because of that."""
    cause: str = ""
    """Cause and path as a sentence."""
    hits: str = ""
    """Who is hit, as a sentence."""
    todo: str = ""
    link: str = ""


class Message(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message: what changed about the findings that have one cause."""

    key: str
    thread: str
    """Key of the message that began the conversation, its own if it is the first."""
    title: str
    as_of: date
    lines: tuple[Line, ...]
    more: int = 0
    """Lines left out."""
    severity: Severity
    """The worst of its lines."""
    open: int
    """Findings of the conversation that are still there; 0 ends it."""
    page: str = ""
    """Our own page about it, where people can reach one."""
    acknowledge: str = ""
    """Where people say that they know; made when a message is sent, and never kept."""


def to_body(message: Message) -> dict[str, Any]:
    """Turn a message into what the store keeps."""
    body: dict[str, Any] = msgspec.to_builtins(message)
    return body


def from_body(body: object) -> Message:
    """Read what ``to_body`` made; raises ``msgspec.ValidationError`` for anything else."""
    return msgspec.convert(body, Message)
