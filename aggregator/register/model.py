"""What a program's registers hold as of a day, from the file and from trackers."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

Level = Literal["low", "medium", "high", "critical"]
Response = Literal["avoid", "mitigate", "transfer", "accept", "escalate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the entries of all registers have in common."""

    id: str
    """As findings name it: ``checkout/risk:R1``."""
    title: str
    url: str = ""
    owner: str | None = None
    raised: date | None = None
    due: date | None = None
    """Of a risk: when it is to be reviewed."""
    done: date | None = None
    """The day it was settled, done or decided; None as long as it is open."""
    milestones: tuple[str, ...] = ()
    """The milestones it is about; none where it is about the whole program."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk(Entry):
    """Something that may go wrong."""

    probability: float | None = None
    impact: float | None = None
    """What it would cost, in the program's currency."""
    response: Response = "mitigate"
    mitigation: str = ""
    reviewed: date | None = None
    approver: str | None = None
    expires: date | None = None

    @property
    def exposure(self) -> float | None:
        """Probability times impact; None where one of the two is not known."""
        if self.probability is None or self.impact is None:
            return None
        return self.probability * self.impact


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue(Entry):
    """Something that went wrong and has to be settled."""

    severity: Level | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Entry):
    """Something that somebody has to do."""

    about: str | None = None
    """The id of the risk or issue that it is to settle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Entry):
    """Something that has to be decided or was."""

    by: str | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bands:
    """From which exposure on a risk is how grave; what is less is low."""

    medium: float
    high: float
    critical: float

    def of(self, exposure: float) -> Level:
        """Name the band of an exposure."""
        if exposure >= self.critical:
            return "critical"
        if exposure >= self.high:
            return "high"
        return "medium" if exposure >= self.medium else "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """What all open risks of a program came to on a day."""

    day: date
    exposure: float
    risks: int
    """So many were open, measured or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """The registers of one program; ``raised`` later than the day is not in them."""

    bands: Bands
    risks: tuple[Risk, ...] = ()
    issues: tuple[Issue, ...] = ()
    actions: tuple[Action, ...] = ()
    decisions: tuple[Decision, ...] = ()
    steered: tuple[date, ...] = ()
    """The days on which its steering committee met, oldest first."""
    minutes: str = ""
    """Page of the minutes of the last of these meetings."""
    steering: bool = False
    """Meetings or decisions are written down at all."""
    exposures: tuple[Exposure, ...] = field(default=())
    """As the assessments of earlier days said, oldest first."""
