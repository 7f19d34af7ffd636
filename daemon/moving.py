"""Why forecasts moved over the last week: which past day is compared, and how often it is told."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from functools import partial
from time import monotonic
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import structlog

from slipwatch.aggregator.assessment import Assessment, Forecast, MilestoneView, Movement
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.store.store import Store
from slipwatch.aggregator.whatif.kept import Encoder, decode
from slipwatch.aggregator.whatif.movement import Said, movements
from slipwatch.config.settings import AssessSettings

log = structlog.get_logger(__name__)

WEEK = timedelta(days=7)
KEPT = 3 * WEEK
SHARE = 0.05
"""Of its time, at most, that a service spends on telling why forecasts moved."""
SOON = 1.0
"""Seconds that nobody minds to wait for it before an assessment is shown."""


class Mover:
    """Tells why forecasts moved, anew only once they are others.

    They are compared with the latest day that is a week or more ago; in the first week of a store,
    with its first day. What was told stands for that day until there is time to tell it anew. One
    that is ``patient`` puts off what takes long until it is asked to ``catch_up``.
    """

    def __init__(self, clock: Callable[[], float] = monotonic, *, patient: bool = False) -> None:
        self._clock = clock
        self._patient = patient
        self._told = _Told()
        self._again = self._cost = 0.0
        self._job: Callable[[], None] | None = None
        self._encoder = Encoder()
        self._kept: tuple[date, bytes] | None = None

    def tell(
        self, store: Store, settings: AssessSettings, portfolio: Portfolio, assessment: Assessment
    ) -> Assessment:
        """Add to an assessment of a portfolio why its forecasts moved, as far as that is known."""
        past = _past(store, portfolio.as_of)
        if past is None:
            return assessment
        said = _said(store, past[0])
        now = {view.id: Said.by(view.forecast) for view in assessment.milestones}
        about = (past, said, now)
        told = self._told
        new_day = told.day != portfolio.as_of
        if about != told.about and (new_day or self._clock() >= self._again):
            views = assessment.milestones
            job = partial(self._explain, about, settings, past[1], said, portfolio, views)
            if self._patient and self._cost > SOON:
                self._job = job
            else:
                job()
        found = self._told.found
        return msgspec.structs.replace(
            assessment,
            compared_with=past[0],
            milestones=tuple(
                msgspec.structs.replace(view, movement=found.get(view.id))
                for view in assessment.milestones
            ),
        )

    def catch_up(self) -> None:
        """Do what was put off; it may be done beside another assessment."""
        job, self._job = self._job, None
        if job is not None:
            job()

    def _explain(
        self,
        about: object,
        settings: AssessSettings,
        body: bytes,
        said: Mapping[str, Said] | None,
        portfolio: Portfolio,
        views: Sequence[MilestoneView],
    ) -> None:
        began = self._clock()
        then = decode(body)
        found: Mapping[str, Movement] = {}
        try:
            if then is not None:
                found = movements(
                    then,
                    said,
                    portfolio,
                    views,
                    seed=settings.seed,
                    trials=settings.trials,
                    window=settings.window,
                )
        except Exception:  # the forecasts themselves are none the worse for it
            log.exception("it is not known why forecasts moved", since=str(then and then.as_of))
        self._told = _Told(about, portfolio.as_of, found)
        ended = self._clock()
        self._cost = ended - began
        self._again = ended + self._cost / SHARE

    def keep(self, store: Store, portfolio: Portfolio) -> None:
        """Keep what today's assessment is made of, for the days to come."""
        kept = portfolio.as_of, self._encoder.encode(portfolio)
        if kept != self._kept:
            store.save_portfolio(*kept, keep=KEPT)
            self._kept = kept


def _past(store: Store, today: date) -> tuple[date, bytes] | None:
    week_ago = today - WEEK
    return store.portfolio(today - KEPT, week_ago) or store.portfolio(
        week_ago, today - timedelta(days=1), oldest=True
    )


class _Told(NamedTuple):
    """Why forecasts moved, about which forecasts, and on which day that was told."""

    about: object = None
    day: date | None = None
    found: Mapping[str, Movement] = MappingProxyType({})


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
