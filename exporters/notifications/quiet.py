"""When people are left alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.config.notifications import QuietSettings


@dataclass(frozen=True, slots=True)
class Clockwork:
    """Tells working hours: the time, where it is that time, and which days are worked."""

    now: datetime
    zone: ZoneInfo
    calendars: Mapping[str, WorkCalendar]
    around_the_clock: bool = False
    """As if there were no quiet hours."""

    def is_quiet(self, quiet: QuietSettings | None) -> bool:
        """Say whether nothing may be sent now."""
        if quiet is None or self.around_the_clock:
            return False
        local = self.now.astimezone(self.zone)
        begin, end = quiet.outside
        if not begin <= local.time() < end:
            return True
        calendar = self._calendar(quiet)
        day = local.toordinal()
        return calendar.ord(day) == calendar.ord(day - 1)

    def working_days_since(self, then: datetime, quiet: QuietSettings) -> int:
        """Count the working days that have passed."""
        days = (one.astimezone(self.zone).date() for one in (then, self.now))
        return self._calendar(quiet).between(*days)

    def _calendar(self, quiet: QuietSettings) -> WorkCalendar:
        return self.calendars.get(quiet.calendar, self.calendars["default"])

    def is_quiet_for(self, kept: Mapping[str, Any] | None) -> bool:
        """Say the same of quiet hours as the store keeps them."""
        return self.is_quiet(None if kept is None else QuietSettings.model_validate(kept))
