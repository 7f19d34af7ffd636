"""Reports and self-reported colours as an assessment shows them."""

from datetime import date

import msgspec

from ..health.views import Status


class ReportView(msgspec.Struct, frozen=True, kw_only=True):
    """A status report that an audience gets again and again."""

    audience: str
    cadence: str
    last: date | None
    """The day of the last one; None before the first."""
    due: date | None
    """The day after which it is late by half a cadence; None where that cannot be said."""
    overdue: bool
    moved_since: int = 0
    """Milestones of the program whose date has moved since the last one."""
    turned_since: int = 0
    """Colours of the program and its projects that have changed since the last one."""
    same: int = 0
    """So many in a row say the same words, the last one included."""


class ReportedView(msgspec.Struct, frozen=True, kw_only=True):
    """The colour that people report beside the computed one (GAO: dashboards rosier than data)."""

    status: Status
    on: date
    by: str | None = None
    text: str = ""
    origin: str = "file"
    computed: Status
    """The worst of what is measured: without what rules find, so that this finding does not feed
    itself."""
    gap: int | None
    """By how many levels the reported colour is better, negative where it is worse; None where the
    computed one is grey."""
    since: date | None = None
    """The day from which it has been better without a break."""
