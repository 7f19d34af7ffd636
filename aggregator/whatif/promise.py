"""The day that can be committed to today, with any confidence, from the trials of the forecast."""

from datetime import date
from typing import Any, Final, Literal

import msgspec

from ..assess import assess_portfolio
from ..assessment import Status
from ..outlook import TRIALS, WINDOW, Outlook
from ..portfolio.model import Portfolio
from .cone import cone

SCHEMA: Final = "slipwatch/promise/1"


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What can be said of a milestone today; also the JSON of ``slipwatch promise``."""

    schema: Literal["slipwatch/promise/1"]
    as_of: date
    milestone: str
    title: str
    confidence: float
    day: date | None
    """It is done by this day with that confidence; None where nobody can say so of any day."""
    commitment: date | None
    """The day that it is committed to now."""
    p_on_time: float | None
    lower_bound: date | None
    """Not before this day, where no day can be named."""
    status: Status
    reasons: tuple[str, ...]
    """Why no day can be named, or what else stands in the way of believing it."""


def promise(
    portfolio: Portfolio,
    milestone: str,
    confidence: float,
    *,
    seed: int,
    trials: int = TRIALS,
    window: int = WINDOW,
) -> Promise:
    """Find the first day by which a milestone is done in so large a share of the trials.

    Raises ``ValueError`` for a confidence that is not between 0 and 1, or closer to 1 than so
    many trials can tell.
    """
    if not 0 < confidence < 1:
        raise ValueError(
            f"a confidence of {confidence:g} makes no sense; write a share such as 0.85"
        )
    if confidence > 1 - 1 / trials + 1e-12:
        raise ValueError(
            f"{trials:,} trials cannot tell more than {1 - 1 / trials:.10g}; "
            f"a confidence of {confidence:.10g} would be the worst of them"
        )
    world = cone(portfolio, [milestone])
    outlook = Outlook(world, seed=seed, trials=trials, window=window)
    view = assess_portfolio(
        world, seed=seed, trials=trials, window=window, causes=False
    ).assessment.milestone(milestone)
    assert view is not None
    day = outlook.day_by(milestone, confidence)
    reasons: tuple[str, ...] = ()
    if view.dates.actual is not None:
        reasons = (f"it is done since {view.dates.actual}",)
    elif view.status == "grey":
        reasons = view.reasons
    elif day is None:
        few = f"less than {100 * confidence:.10g} % of the trials end within eight years"
        reasons = (few,) if view.forecast.p50 is not None else (few, *view.reasons)
    return Promise(
        schema=SCHEMA,
        as_of=portfolio.as_of,
        milestone=milestone,
        title=view.title,
        confidence=confidence,
        day=day,
        commitment=view.dates.commitment,
        p_on_time=view.forecast.p_on_time,
        lower_bound=view.forecast.lower_bound,
        status=view.status,
        reasons=reasons,
    )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of the interface."""
    return msgspec.json.schema(Promise)
