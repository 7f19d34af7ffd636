"""How a rule would have done in the past: what ``slipwatch rules try`` gives.

Also as JSON, a stable interface whose schema is committed beside this file.
"""

from datetime import date
from typing import Any, Final, Literal

import msgspec

from .assessment import Severity

SCHEMA: Final = "slipwatch/rule-trial/1"

Outcome = Literal["missed", "slipped", "in_vain", "pending", "after", "undated"]


class TriedFinding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding that would have been open, and what became of its milestone."""

    subject: str
    severity: Severity
    """The worst one it had."""
    since: date
    """The first week in which it fired."""
    until: date
    """The last one."""
    message: str
    """What it said first."""
    milestone: str | None
    """Whose date it warned of: its own, or the next one that what it is about had to keep; None
    where that keeps no dates."""
    target: date | None
    """The date to be kept."""
    outcome: Outcome
    """Missed or slipped: it was right. After: it fired when that was known already. Pending: the
    day is still to come."""
    decided: date | None
    """The day on which that could be seen: the date was moved, or over."""
    lead: int | None
    """Working days from ``since`` to then; None unless it was right or came after."""


class Unwarned(msgspec.Struct, frozen=True, kw_only=True):
    """A date that was missed or moved in that time, of which the rule had said nothing before."""

    milestone: str
    target: date
    decided: date


class Untold(msgspec.Struct, frozen=True, kw_only=True):
    """Something that kept the rule from telling."""

    reason: str
    subjects: int
    """Of how many subjects it said so in any week."""


class RuleTrial(msgspec.Struct, frozen=True, kw_only=True):
    """How a rule would have done."""

    schema: Literal["slipwatch/rule-trial/1"] = SCHEMA
    rule: str
    settings: dict[str, float]
    """Its parameters."""
    first: date
    last: date
    weeks: int
    """Evaluations, one a week."""
    findings: tuple[TriedFinding, ...]
    right: int
    in_vain: int
    after: int
    pending: int
    undated: int
    precision: float | None
    """right / (right + in_vain); None where neither is known."""
    lead: float | None
    """Median working days of the right ones; None where there are none."""
    unwarned: tuple[Unwarned, ...]
    told: int = 0
    """Weeks in which it could tell something of anything."""
    untold: tuple[Untold, ...] = ()
    """The commonest reasons first, ten at most."""
    as_today: str = ""
    """What it looks at that has no history, and was taken as it is today; empty where all has."""


def to_json(trial: RuleTrial) -> bytes:
    """Encode for people and programs: two spaces, a final newline, the same bytes every time."""
    return msgspec.json.format(msgspec.json.encode(trial), indent=2) + b"\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the interface."""
    return msgspec.json.schema(RuleTrial)
