"""What a recording rule and an alert consist of."""

from dataclasses import dataclass
from typing import Literal

About = Literal["milestone", "cause", "program", "service"]
Severity = Literal["critical", "warning", "info"]

TIER = "<of this weight>"
"""Where in the expression of an alert by weight the milestones of one weight are selected."""


@dataclass(frozen=True, slots=True)
class Record:
    """A recording rule, named level:metric:operation."""

    name: str
    expr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """What somebody reads who got the message."""

    meaning: str
    impact: str
    diagnosis: str
    mitigation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert; of those by weight there is a critical and a warning rule.

    An alert about a milestone gets the label ``root_cause``: the milestone whose slip costs it
    the most days, or itself.
    """

    name: str
    expr: str
    severity: Severity | Literal["by weight"]
    summary: str
    """The same for all alerts of this name, since they are told of together."""
    description: str
    """A template of Prometheus."""
    runbook: Runbook
    lasts: str = ""
    keeps: str = ""
    about: About = "milestone"
    """A milestone, the cause of what happens to many in a program, a program, or the service."""
    waived_by: str = ""
    """The rule whose waiver for the milestone silences the alert."""


@dataclass(frozen=True, slots=True)
class Group:
    """Rules that are evaluated together."""

    name: str
    rules: tuple[Record, ...] | tuple[Alert, ...]
