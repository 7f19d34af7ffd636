"""Why forecasts moved over the last week: which past day is compared, and how often it is told."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from time import monotonic

import msgspec

from slipwatch.aggregator.assessment import Assessment, Forecast, Movement
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.store.store import Store
from slipwatch.aggregator.whatif.kept import decode, encode
from slipwatch.aggregator.whatif.movement import Said, movements
from slipwatch.config.settings import AssessSettings

WEEK = timedelta(days=7)
KEPT = 3 * WEEK
SHARE = 0.05
"""Of its time, at most, that a service spends on telling why forecasts moved."""


class Mover:
    """Tells why forecasts moved, anew only once they are others.

    They are compared with the latest day that is a week or more ago; in the first week of a store,
    with its first day. What was told stands for that day until there is time to tell it anew.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._told: tuple[object, ...] = ()
        self._day: date | None = None
        self._found: Mapping[str, Movement] = {}
        self._again = 0.0
        self._kept: tuple[date, bytes] | None = None

    def tell(
        self, store: Store, settings: AssessSettings, portfolio: Portfolio, assessment: Assessment
    ) -> Assessment:
        """Add to an assessment of a portfolio why its forecasts moved."""
        past = _past(store, portfolio.as_of)
        if past is None:
            return assessment
        said = _said(store, past[0])
        now = {view.id: Said.by(view.forecast) for view in assessment.milestones}
        about = (past, said, now)
        new_day = self._day != portfolio.as_of
        if about != self._told and (new_day or self._clock() >= self._again):
            began = self._clock()
            self._day = portfolio.as_of
            then = decode(past[1])
            self._found = {}
            if then is not None:
                self._found = movements(
                    then,
                    said,
                    portfolio,
                    assessment.milestones,
                    seed=settings.seed,
                    trials=settings.trials,
                    window=settings.window,
                )
            self._told = about
            self._again = self._clock() + (self._clock() - began) / SHARE
        return msgspec.structs.replace(
            assessment,
            milestones=tuple(
                msgspec.structs.replace(view, movement=self._found.get(view.id))
                for view in assessment.milestones
            ),
        )

    def keep(self, store: Store, portfolio: Portfolio) -> None:
        """Keep what today's assessment is made of, for the days to come."""
        kept = portfolio.as_of, encode(portfolio)
        if kept != self._kept:
            store.save_portfolio(*kept, keep=KEPT)
            self._kept = kept


def _past(store: Store, today: date) -> tuple[date, bytes] | None:
    week_ago = today - WEEK
    return store.portfolio(today - KEPT, week_ago) or store.portfolio(
        week_ago, today - timedelta(days=1), oldest=True
    )


class _View(msgspec.Struct):
    id: str
    forecast: Forecast


class _Assessment(msgspec.Struct):
    """The part of a stored assessment that is read, whatever else its version says."""

    milestones: tuple[_View, ...]


def _said(store: Store, day: date) -> Mapping[str, Said] | None:
    """Read what was forecast on a day; None where that is not known (any more)."""
    stored = store.assessment(day)
    if stored is None:
        return None
    try:
        kept = msgspec.json.decode(stored.body, type=_Assessment)
    except msgspec.DecodeError:
        return None
    return {view.id: Said.by(view.forecast) for view in kept.milestones}
