"""Who was told what, and what is still to be sent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from .findings import Acknowledgement


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What one channel knows of one finding."""

    channel: str
    fingerprint: str
    present: bool
    """Whether the finding was there when it was last looked for."""
    changed_at: datetime
    """Since when it is there, or is not."""
    root: str
    """What findings are grouped by: the milestone that causes them."""
    line: Mapping[str, Any]
    """The finding as it was last described, for the message that says it is over."""
    thread: str | None = None
    """Key of the message that began the conversation; None while nothing was said."""
    severity: str | None = None
    """The worst that was told."""
    days: int | None = None
    """The most working days late that were told."""
    told_at: datetime | None = None
    reminders: int = 0
    """How often it was told again without being worse."""
    raised_at: datetime | None = None
    """Since when an answer is waited for: it was told, or got worse though somebody knew of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A message that is to be sent; ``body`` and ``quiet`` are JSON objects of the sender's."""

    key: str
    """The same for the same change of the same findings, however often it is decided or sent."""
    channel: str
    thread: str
    body: Mapping[str, Any]
    quiet: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is to be said, and what is then known."""

    drafts: tuple[Draft, ...] = ()
    notices: tuple[Notice, ...] = ()
    """Those that are new or different."""
    forgotten: frozenset[tuple[str, str]] = frozenset()
    """Channel and fingerprint of those that are over."""
    ended: frozenset[str] = frozenset()
    """Fingerprints of the findings whose acknowledgement no longer holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said so far, for a decision to go by."""

    notices: Mapping[tuple[str, str], Notice]
    """By channel and fingerprint."""
    waiting: frozenset[tuple[str, str]]
    """Channel and thread of the messages that are still to be delivered."""
    acknowledged: Mapping[str, Acknowledgement] = field(default_factory=dict[str, Acknowledgement])
    """Those that hold, by fingerprint."""
    mark: tuple[object, ...] = ()
    """Another one once there was another decision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message and how far it has come."""

    seq: int
    key: str
    channel: str
    thread: str
    body: Mapping[str, Any]
    quiet: Mapping[str, Any] | None
    created_at: datetime
    attempts: int = 0
    not_before: datetime | None = None
    sent_at: datetime | None = None
    dead_at: datetime | None = None
    error: str | None = None
    """Why the last attempt failed."""
    receipt: str | None = None
    """What the channel calls it, where it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """A report that is to be frozen."""

    program: str
    audience: str
    """Empty where it is kept and sent to nobody."""
    period: date | None
    """First day of the time it stands for; None for one that was asked for."""
    as_of: date
    made_at: datetime
    title: str
    summary: tuple[str, ...]
    """What it says in a few sentences."""
    form: str
    """html, md or pdf."""
    content: bytes
    """The report in that form."""
    basis: bytes
    """The assessment behind it, its program only: what the next one is compared with."""
    text: bytes | None = None
    """It as Markdown and as HTML, beside ``content``, for channels that bring both."""
    html: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FrozenReport(NewReport):
    """A report as its audience got it; it is never changed."""

    number: int
    sha256: str
    """Of ``content``."""
