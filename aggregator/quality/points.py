"""What a point is made of: a count of failing things against a bound, and a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from ..percent import percent
from .views import SHOWN, Failing, PointView, Result

Standard = Literal["dcma", "gao"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point that is still to be judged."""

    standard: Standard
    number: int
    title: str

    def not_applicable(self, why: str) -> PointView:
        """Say that the question does not arise."""
        return self._view("not_applicable", why)

    def unknown(self, why: str, *, counted: int = 0) -> PointView:
        """Say that inputs are missing."""
        return self._view("unknown", why, counted=counted)

    def share(
        self,
        failing: Sequence[Failing],
        counted: int,
        at_most: float,
        of: str,
        *,
        number: int | None = None,
    ) -> PointView:
        """Pass if no larger share of what was counted fails; ``number`` where not all are given."""
        number = len(failing) if number is None else number
        share = number / counted
        said = f"{number} of {counted} {of}, {percent(share)}; at most {percent(at_most)}"
        result: Result = "passed" if share <= at_most else "failed"
        view = self._view(result, said, share, at_most, counted, failing)
        return msgspec.structs.replace(view, more=number - len(view.failing))

    def none(self, failing: Sequence[Failing], counted: int, of: str) -> PointView:
        """Pass if nothing of what was counted fails."""
        said = f"{len(failing)} of {counted} {of}; there should be none"
        result: Result = "failed" if failing else "passed"
        return self._view(result, said, len(failing), 0, counted, failing)

    def measured(
        self, failing: Sequence[Failing], counted: int, of: str, *, number: int
    ) -> PointView:
        """Give a share that the standard sets no bound for; not all failing ones need be given."""
        share = number / counted
        said = f"{number} of {counted} {of}, {percent(share)}; there is no bound"
        view = self._view("measured", said, share, None, counted, failing)
        return msgspec.structs.replace(view, more=number - len(view.failing))

    def index(
        self, failing: Sequence[Failing], counted: int, value: float, at_least: float, of: str
    ) -> PointView:
        """Pass if an index is large enough."""
        result: Result = "passed" if value >= at_least else "failed"
        said = f"{of} is {value:.3f}; at least {at_least:g}"
        return self._view(result, said, value, at_least, counted, failing)

    def rests(
        self, result: Result, says: str, counted: int, failing: Sequence[Failing]
    ) -> PointView:
        """Give a result that rests on other points."""
        return self._view(result, says, None, None, counted, failing)

    def _view(
        self,
        result: Result,
        says: str,
        value: float | None = None,
        threshold: float | None = None,
        counted: int = 0,
        failing: Sequence[Failing] = (),
    ) -> PointView:
        ordered = sorted(failing, key=lambda one: (one.subject, one.why))
        return PointView(
            standard=self.standard,
            number=self.number,
            title=self.title,
            result=result,
            value=None if value is None else round(value, 6),
            threshold=threshold,
            counted=counted,
            says=says,
            failing=tuple(ordered[:SHOWN]),
            more=max(0, len(ordered) - SHOWN),
        )
