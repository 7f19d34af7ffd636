"""The colour of a dimension by its numbers alone."""

from dataclasses import dataclass

from ..health.views import HealthReason, Status

COVERED_FROM = 0.8
"""Where less of it is known, nothing green can be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """The colour of a dimension by its numbers alone."""

    status: Status
    reasons: tuple[HealthReason, ...]
    coverage: float | None = None
    whole: bool = True
    """Its numbers speak for all of the dimension: only a critical finding overrides them."""


def lacking(text: str, coverage: float) -> HealthReason:
    """Say that too little is known."""
    return HealthReason(status="grey", text=text, value=coverage, threshold=COVERED_FROM)
