"""What was said to whom, as a portfolio knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTold:
    """A report that was kept and sent."""

    program: str
    audience: str
    as_of: date
    made_at: datetime
    said: str
    """A digest of what it says in short: the same for the same words, whatever day it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportPlan:
    """A report that an audience gets again and again, and what it got so far."""

    audience: str
    cadence: str
    """As the file writes it, such as ``P2W``."""
    days: int
    """Of one cadence, counted in calendar days."""
    elsewhere: date | None = None
    """The day the last one went out by other means."""
    told: tuple[ReportTold, ...] = ()
    """Oldest first."""

    @property
    def last(self) -> date | None:
        """The day of the last one, however it went out."""
        known = [one.as_of for one in self.told[-1:]]
        return max([*known, *([self.elsewhere] if self.elsewhere else [])], default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What those who answer for a program or a project say of it themselves."""

    status: Literal["green", "amber", "red"]
    on: date | None = None
    """None where an item says it: trackers do not tell since when."""
    by: str | None = None
    text: str = ""
    origin: str = "file"
    """Where they say so: the file, or an item as ``source:KEY``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledged:
    """Somebody said that she knows of a finding; who did is nobody's business here."""

    fingerprint: str
    subject: str
    at: datetime
    given: bool = True
    """False where that ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFinding:
    """A finding of the assessment before: somebody could have heard of it."""

    rule: str
    severity: str
    subject: str
    program: str
    since: date
    fingerprint: str
    state: str = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What people were told, and what they answered."""

    wanted: bool = False
    """Whether findings are sent to anybody, who could acknowledge them."""
    watched_since: date | None = None
    """The day of the first assessment; what happened before, slipwatch could not see."""
    findings: tuple[OpenFinding, ...] | None = None
    """None where nobody knows which were open, as before the first assessment."""
    acknowledged: tuple[Acknowledged, ...] = ()
    """Oldest first."""

    def acknowledged_at(self) -> Mapping[str, datetime]:
        """Give since when acknowledgements that hold have held, by fingerprint."""
        found: dict[str, datetime] = {}
        for one in self.acknowledged:
            if one.given:
                found.setdefault(one.fingerprint, one.at)
            else:
                found.pop(one.fingerprint, None)
        return found
