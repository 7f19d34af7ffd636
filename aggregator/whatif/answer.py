"""The answer to "what if": every milestone that looks otherwise in the changed world.

Both worlds are assessed afresh, with the same random numbers: what differs is the change.
It is also the JSON of ``slipwatch whatif --format json``, whose schema is committed beside this
file. Day counts are working days of the milestone's calendar, later positive.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final, Literal

import msgspec

from ..assess import assess_portfolio
from ..assessment import MilestoneView, Status
from ..calendar import WorkCalendar
from ..outlook import TRIALS, WINDOW
from ..portfolio.model import Portfolio
from .changes import Change, change

SCHEMA: Final = "slipwatch/whatif/1"


class ChangeView(msgspec.Struct, frozen=True, kw_only=True):
    """One change: the option that says it, what it is about, and what that is changed to or by."""

    kind: str
    subject: str
    value: str


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How a milestone stands in one of the two worlds."""

    status: Status
    commitment: date | None
    p50: date | None
    p85: date | None
    p_on_time: float | None
    lower_bound: date | None


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """A milestone whose status, P50, P85 or P(on time) is another one."""

    id: str
    title: str
    program: str
    project: str
    before: Standing
    after: Standing
    p50_days: int | None
    p85_days: int | None
    """By how many working days they move; None where one of the two is not known."""
    p_on_time: float | None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    schema: Literal["slipwatch/whatif/1"]
    as_of: date
    seed: int
    trials: int
    changes: tuple[ChangeView, ...]
    milestones: tuple[Difference, ...]
    """Those that stay as they are, as far as can be told, are left out."""


def what_if(
    portfolio: Portfolio,
    changes: Sequence[Change],
    *,
    seed: int,
    trials: int = TRIALS,
    window: int = WINDOW,
) -> Answer:
    """Forecast a portfolio as it is and as it would be."""

    def forecast(world: Portfolio) -> tuple[MilestoneView, ...]:
        return assess_portfolio(
            world, seed=seed, trials=trials, window=window, causes=False
        ).assessment.milestones

    return Answer(
        schema=SCHEMA,
        as_of=portfolio.as_of,
        seed=seed,
        trials=trials,
        changes=tuple(
            ChangeView(kind=told.kind, subject=told.subject, value=told.value)
            for told in (one.told() for one in changes)
        ),
        milestones=tuple(
            _differences(portfolio, forecast(portfolio), forecast(change(portfolio, changes)))
        ),
    )


def to_json(answer: msgspec.Struct) -> bytes:
    """Encode for people and programs: two spaces, a final newline, the same bytes every time."""
    return msgspec.json.format(msgspec.json.encode(answer), indent=2) + b"\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the interface."""
    return msgspec.json.schema(Answer)


def standing(view: MilestoneView) -> Standing:
    """Take from a milestone's assessment how it stands."""
    return Standing(
        status=view.status,
        commitment=view.dates.commitment,
        p50=view.forecast.p50,
        p85=view.forecast.p85,
        p_on_time=view.forecast.p_on_time,
        lower_bound=view.forecast.lower_bound,
    )


def _differences(
    portfolio: Portfolio, given: Sequence[MilestoneView], changed: Sequence[MilestoneView]
) -> Iterator[Difference]:
    for view, other in zip(given, changed, strict=True):
        before, after = standing(view), standing(other)
        if before == after:
            continue
        calendar = portfolio.calendars[portfolio.milestones[view.id].calendar]
        chance = None
        if before.p_on_time is not None and after.p_on_time is not None:
            chance = round(after.p_on_time - before.p_on_time, 6)
        yield Difference(
            id=view.id,
            title=view.title,
            program=view.program,
            project=view.project,
            before=before,
            after=after,
            p50_days=_days(calendar, before.p50, after.p50),
            p85_days=_days(calendar, before.p85, after.p85),
            p_on_time=chance,
        )


def _days(calendar: WorkCalendar, before: date | None, after: date | None) -> int | None:
    return None if before is None or after is None else calendar.between(before, after)
