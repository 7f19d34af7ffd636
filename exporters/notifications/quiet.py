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

    def is_quiet(self, quiet: QuietSettings | None) -> bool:
        """Say whether nothing may be sent now."""
        if quiet is None:
            return False
        local = self.now.astimezone(self.zone)
        begin, end = quiet.outside
        if not begin <= local.time() < end:
            return True
        calendar = self.calendars.get(quiet.calendar, self.calendars["default"])
        day = local.toordinal()
        return calendar.ord(day) == calendar.ord(day - 1)

    def is_quiet_for(self, kept: Mapping[str, Any] | None) -> bool:
        """Say the same of quiet hours as the store keeps them."""
        return self.is_quiet(None if kept is None else QuietSettings.model_validate(kept))
