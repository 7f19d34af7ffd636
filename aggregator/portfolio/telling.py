"""From the file and the store to what was said, as of a day."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Literal

from slipwatch.config.people import ReportedSettings
from slipwatch.config.reports import Cadence, ReportSettings
from slipwatch.config.settings import SlipwatchSettings

from ..communication.model import Reported, ReportPlan, ReportTold, Talk
from ..records import Item
from .facts import Facts

_WORDS: Mapping[str, Literal["green", "amber", "red"]] = {
    "green": "green",
    "on track": "green",
    "on_track": "green",
    "amber": "amber",
    "yellow": "amber",
    "at risk": "amber",
    "at_risk": "amber",
    "red": "red",
    "off track": "red",
    "off_track": "red",
}
"""What fields of trackers say, GitHub's own updates of projects among them."""
_DAYS: Mapping[str, int] = {"D": 1, "W": 7, "M": 30}


def read_plans(
    program: str, reports: Iterable[ReportSettings], told: Iterable[ReportTold], moment: datetime
) -> Iterator[ReportPlan]:
    """Yield the reports on a program, with those that went out by a moment."""
    known = [one for one in told if one.program == program and one.made_at <= moment]
    for report in reports:
        elsewhere = report.last_sent
        yield ReportPlan(
            audience=report.audience,
            cadence=str(report.cadence),
            days=days_of(report.cadence),
            elsewhere=elsewhere if elsewhere is None or elsewhere < moment.date() else None,
            told=tuple(one for one in known if one.audience == report.audience),
        )


def days_of(cadence: Cadence) -> int:
    """Count the calendar days of a cadence; a month has thirty."""
    return cadence.count * _DAYS[cadence.unit]


def read_reported(
    written: ReportedSettings | None, moment: datetime, find: Callable[[str, str], Item | None]
) -> Reported | None:
    """Read what people report, in the file or in the item that it names.

    Nothing from after a moment counts, nor a word that no colour is known by.
    """
    if written is None:
        return None
    if written.from_ is not None:
        item = find(written.from_.source, written.from_.item)
        status = None if item is None else _WORDS.get((item.reported or "").strip().casefold())
        if status is None:
            return None
        return Reported(status=status, origin=f"{written.from_.source}:{written.from_.item}")
    assert written.status is not None
    if written.as_of is None or written.as_of >= moment.date():
        return None
    return Reported(status=written.status, on=written.as_of, by=written.by, text=written.text)


def read_talk(settings: SlipwatchSettings, facts: Facts, moment: datetime) -> Talk:
    """Read what people were told, and what they answered by a moment."""
    return Talk(
        wanted=bool(settings.notifications.routes),
        watched_since=facts.watched_since,
        findings=None if facts.findings is None else tuple(facts.findings),
        acknowledged=tuple(one for one in facts.acknowledged if one.at <= moment),
    )
