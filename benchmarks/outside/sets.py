"""Reads the public histories of plans: weekly reports of projects, and sprints."""

import csv
import gzip
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from slipwatch.aggregator.calendar import WorkCalendar
from slipwatch.aggregator.forecast.record import Outcome

WEEKLY_REPORTS = "forecast-history/little2006_weekly_status.csv.gz"
SPRINTS = "backtest-jira-tidev/sprints.csv.gz"

LEARNED_UNTIL = datetime(2016, 1, 1, tzinfo=UTC)
"""Sprints that ended later are for the test."""

_LOOKS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedProject:
    """A project with a report a week: when its managers thought it would be released."""

    name: str
    start: date
    released: date
    reports: tuple[tuple[date, date], ...]
    """The day of each report and the release date that it gave; before the release, by day."""

    def day_at(self, share: float) -> date:
        """Return the day on which this share of its life had passed."""
        return self.start + timedelta(int(share * (self.released - self.start).days))

    def is_twin(self, other: "ReportedProject") -> bool:
        """Whether both have the same history: two of the codes stand for one release."""
        return (self.released, self.reports) == (other.released, other.reports)

    def outcome(self) -> Outcome:
        """Return its reports as evidence."""
        first = self.reports[0][1]
        return Outcome(
            program="reports",
            project=self.name,
            said=[
                ((day - self.start).days, (plan - day).days + 1, (plan - first).days)
                for day, plan in self.reports
            ],
            actual=[(self.released - day).days + 1 for day, _ in self.reports],
        )


def weekly_reports(data: Path) -> list[ReportedProject]:
    """Read the projects of Little (IEEE Software, 2006)."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in _rows(data / WEEKLY_REPORTS):
        rows[row["Project Code"]].append(row)
    return [_reported(name, found) for name, found in rows.items()]


def sprints(data: Path) -> list[Outcome]:
    """Read the sprints to learn from, each looked at twelve times; ten in a row are a project."""
    return [_sprint(i, *times) for i, times in enumerate(_sprints(data))]


def box_slips(data: Path) -> tuple[tuple[int, int], ...]:
    """Count the same sprints by the working days from their planned end to their closing."""
    weekdays = WorkCalendar(range(1, 6))
    slips = Counter(weekdays.between(plan.date(), over.date()) for _, plan, over in _sprints(data))
    return tuple(sorted(slips.items()))


def _sprints(data: Path) -> list[tuple[datetime, datetime, datetime]]:
    """Read when they began, were to end, and were closed."""
    found: list[tuple[datetime, datetime, datetime]] = []
    for row in _rows(data / SPRINTS):
        start, planned, over = (row[f"{name}_date"] for name in ("start", "end", "complete"))
        if start and planned and over:
            times = [datetime.fromisoformat(each) for each in (start, planned, over)]
            if times[0] < min(times[1:]) and times[2] < LEARNED_UNTIL:
                found.append((times[0], times[1], times[2]))
    return sorted(found)


def _reported(name: str, rows: list[dict[str, str]]) -> ReportedProject:
    start, released = _day(rows[0]["Start Date"]), _day(rows[0]["Actual Release"])
    reports = sorted((_day(row["Week End Date"]), _day(row["Est EndDate"])) for row in rows)
    return ReportedProject(
        name=name,
        start=start,
        released=released,
        reports=tuple(each for each in reports if start <= each[0] < released),
    )


def _sprint(index: int, start: datetime, planned: datetime, over: datetime) -> Outcome:
    life, plan = (over - start).total_seconds(), (planned - start).total_seconds()
    ages = [life * (look + 0.5) / _LOOKS for look in range(_LOOKS)]
    day = 86_400
    return Outcome(
        program="sprints",
        project=str(index // 10),
        said=[(age / day, (plan - age) / day, 0.0) for age in ages],
        actual=[(life - age) / day for age in ages],
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _day(text: str) -> date:
    month, day, year = (int(part) for part in text.split("/"))
    return date(year if year > 99 else 2000 + year, month, day)
