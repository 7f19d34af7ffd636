"""What no tracker of the simulated company says: promises, declared work, and their days."""

from dataclasses import dataclass
from datetime import date, timedelta

from .workdays import add_workdays, workdays_between


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the file says that no tracker does, as of one day."""

    start: date
    """A Monday: the first day of the story."""
    today: date
    audit_start: date
    audit_end: date
    """The first working day after it."""
    audit_planned: int
    bank_promise: date
    bank_confirmed: date
    launch_days: int
    launch_started: date | None
    launch_end: date | None

    def monday(self, weeks: int) -> date:
        """Give the Monday so many weeks after the first day."""
        return self.start + timedelta(weeks=weeks)

    def friday(self, weeks: int) -> date:
        """Give the Friday of that week."""
        return self.start + timedelta(weeks=weeks, days=4)

    def last_report(self) -> date:
        """Give the Friday before the story begins, when all was reported to be well."""
        return self.start - timedelta(days=3)

    def baseline(self, finish: int, own: int) -> str:
        """Write work of ``own`` days, done ``finish`` days after the first: it has to wait."""
        end = add_workdays(self.start, finish)
        return f"{{start: {self.start}, finish: {end}, duration: {own}wd}}"

    def audit_baseline(self) -> str:
        """Write what was agreed with the auditors."""
        finish = add_workdays(self.audit_start, self.audit_planned - 1)
        return f"{{start: {self.audit_start}, finish: {finish}, duration: {self.audit_planned}wd}}"

    def progress(self, started: date | None, end: date | None, days: int) -> str:
        """Say how far declared work is: days not begun, days left, or the day it was done."""
        indent = " " * 12
        if started is None or end is None:
            return f"{indent}duration: {days}wd"
        if self.today >= end:
            done = end - timedelta(days=3 if end.weekday() == 0 else 1)
            return f"{indent}started: {started}\n{indent}finished: {done}"
        left = workdays_between(self.today, end)
        return f"{indent}started: {started}\n{indent}duration: {left}wd"
