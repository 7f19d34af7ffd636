"""Who gets a status report, how often, and by which channels."""

import re
from dataclasses import dataclass
from datetime import date, time
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from .base import Day, Settings
from .forms import Identifier

_CADENCE = r"^P([1-9][0-9]{0,2})([DWM])$"
_MONDAY = date(1970, 1, 5).toordinal()
"""Weeks are counted from here, so that all who report every two weeks do so in the same ones."""


@dataclass(frozen=True, slots=True)
class Cadence:
    """How often something is due: every so many days, weeks or months."""

    count: int
    unit: Literal["D", "W", "M"]

    def __str__(self) -> str:
        return f"P{self.count}{self.unit}"

    def period(self, day: date) -> tuple[date, date]:
        """Give the first day of the time that a day belongs to, and of the time after it.

        Weeks begin on Monday, months on their first.
        """
        if self.unit == "M":
            month = day.year * 12 + day.month - 1
            first = month - month % self.count
            return _month(first), _month(first + self.count)
        length = self.count * (7 if self.unit == "W" else 1)
        first = day.toordinal() - (day.toordinal() - _MONDAY) % length
        return date.fromordinal(first), date.fromordinal(first + length)


def _month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _cadence(value: object) -> object:
    if isinstance(value, Cadence):
        return value
    match = re.fullmatch(_CADENCE, value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected days, weeks or months such as P1D, P2W or P1M")
    return Cadence(int(match[1]), match[2])  # type: ignore[arg-type]  # the pattern knows three


Every = Annotated[
    Cadence,
    BeforeValidator(_cadence),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"type": "string", "pattern": _CADENCE, "examples": ["P1W"]}),
]
"""How often, written ``P1D``, ``P2W`` or ``P1M``."""


def _time(value: object) -> object:
    if isinstance(value, time):
        return value
    if isinstance(value, str) and re.fullmatch(r"[0-2][0-9]:[0-5][0-9]", value):
        hour, minute = map(int, value.split(":"))
        if hour < 24:
            return time(hour, minute)
    raise ValueError('expected a time of day such as "09:00", in quotes')


TimeOfDay = Annotated[
    time,
    BeforeValidator(_time),
    PlainSerializer(lambda value: f"{value:%H:%M}", return_type=str),
    WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "examples": ["09:00"]}),
]
"""A time of day, written ``09:00``."""


class ReportSettings(Settings):
    """A status report that one audience gets again and again."""

    audience: Identifier = Field(description="Whom it is for, such as steering.")
    cadence: Every = Field(
        default=Cadence(1, "W"),
        description="How often: every so many days (P1D), weeks (P2W) or months (P1M), on the "
        "first working day of each.",
    )
    at: TimeOfDay = Field(
        default=time(9), description="From when on that day, in the time zone of the file."
    )
    calendar: Identifier = Field(
        default="default", description="The calendar that says which days are worked."
    )
    to: tuple[Identifier, ...] = Field(
        default=(),
        description="Names of the channels, as under `notifications.channels`; without any the "
        "report is only kept, to be read under /reports.",
    )
    format: Literal["html", "md", "pdf"] = Field(
        default="html",
        description="What is kept and sent; pdf, for mail, needs Chromium where slipwatch runs.",
    )
    last_sent: Day | None = Field(
        default=None,
        description="The day the last one went out by other means: none is due before its time.",
    )
