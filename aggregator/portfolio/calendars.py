"""From the calendars of the file to those that days are counted with."""

from collections.abc import Mapping
from datetime import date

from slipwatch.config.settings import CalendarSettings

from ..calendar import WorkCalendar

ISO_WEEKDAYS = {"mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6, "sun": 7}
YEARS_BACK = 8
YEARS_AHEAD = 15


def calendars(written: Mapping[str, CalendarSettings], as_of: date) -> dict[str, WorkCalendar]:
    """Build the calendars of the file, with ``default`` where it names none."""
    years = range(as_of.year - YEARS_BACK, as_of.year + YEARS_AHEAD + 1)
    settings = {"default": CalendarSettings(), **written}
    return {
        name: WorkCalendar.from_rules(
            workdays=[ISO_WEEKDAYS[day] for day in calendar.workdays],
            country=calendar.country,
            subdivision=calendar.subdivision,
            holidays=calendar.holidays,
            closed=calendar.closed,
            years=years,
        )
        for name, calendar in settings.items()
    }
