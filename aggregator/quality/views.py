"""How good a program's schedule is, point by point, as the assessment shows it."""

from typing import Final, Literal

import msgspec

Result = Literal["passed", "failed", "unknown", "not_applicable", "measured"]
"""``measured`` has a number and, by its standard, no bound that it could miss."""

SHOWN: Final = 50
"""Failing things that a point lists; the others are counted."""


class Failing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that keeps a point from being passed."""

    subject: str
    """Id of a milestone or project, ``a -> b`` of a dependency, ``source:KEY`` of an item."""
    why: str = ""


class PointView(msgspec.Struct, frozen=True, kw_only=True):
    """One point of a standard."""

    standard: Literal["dcma", "gao"]
    number: int
    title: str
    result: Result
    value: float | None = None
    """A share from 0 to 1, a number of things, or an index: what ``says`` names."""
    threshold: float | None = None
    counted: int = 0
    """What was looked at."""
    says: str
    """The result in one sentence."""
    failing: tuple[Failing, ...] = ()
    """At most 50, the first by id."""
    more: int = 0
    """Failing ones that are not listed."""


class QualityView(msgspec.Struct, frozen=True, kw_only=True):
    """DCMA's 14 points and GAO's ten practices; a list, and never a colour of its own."""

    passed: int
    applicable: int
    """Those that passed or failed: what nobody can know is neither."""
    points: tuple[PointView, ...] = ()

    @property
    def share(self) -> float | None:
        """How much of what applies is passed; None where nothing applies."""
        return self.passed / self.applicable if self.applicable else None
