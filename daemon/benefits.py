"""Reads the measures of benefits that are due; keeps what they gave, or why they gave nothing."""

import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from slipwatch.aggregator.benefits.model import Fetching
from slipwatch.aggregator.benefits.profiles import CADENCE_DAYS, subject
from slipwatch.aggregator.connector import Context, SourceError
from slipwatch.aggregator.store import Store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.strategy import BenefitSettings, MeasureSettings
from slipwatch.connectors.measures.table import read_measure

from .wiring import Clock

log = structlog.get_logger(__name__)

OFTEN, SELDOM = timedelta(hours=6), timedelta(hours=24)
"""A measure is read a few times in its cadence, between these two."""
PER_CADENCE = 4
AFTER_FAILURE = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How reading one measure went."""

    benefit: str
    """``program/benefit:B1``."""
    readings: int = 0
    """New ones."""
    error: str | None = None


def read_benefits(
    settings: SlipwatchSettings,
    store: Store,
    *,
    now: Clock,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
    at_once: bool = False,
) -> list[Measured]:
    """Read the measures that are due, or all ``at_once``; what goes wrong is kept and returned.

    Raises ``StoreError`` alone: without the store there is nowhere to keep anything.
    """
    known = store.fetching()
    results: list[Measured] = []
    for name, benefit, measure in _measured(settings):
        if stop():
            break
        if at_once or _is_due(benefit, measure, known.get(name, Fetching()), now()):
            results.append(_read(settings, store, name, measure, now=now, sleep=sleep))
    return results


def measures_in(settings: SlipwatchSettings) -> tuple[object, ...]:
    """Give what reading depends on, so that others can be told from these."""
    return tuple((name, measure) for name, _, measure in _measured(settings))


def _measured(
    settings: SlipwatchSettings,
) -> Iterator[tuple[str, BenefitSettings, MeasureSettings]]:
    """Go through the benefits whose measure is read, not told."""
    for program in settings.programs:
        for benefit in program.benefits:
            if benefit.measure is not None and not benefit.measure.manual:
                yield subject(program.id, benefit.id), benefit, benefit.measure


def _is_due(
    benefit: BenefitSettings, measure: MeasureSettings, fetching: Fetching, now: datetime
) -> bool:
    if fetching.last_attempt is None or fetching.measure != _digest(measure):
        return True
    days = benefit.cadence.count * CADENCE_DAYS[benefit.cadence.unit]
    every = min(max(timedelta(days=days / PER_CADENCE), OFTEN), SELDOM)
    if fetching.error is not None:
        every = min(every, AFTER_FAILURE)
    # A clock that was set back must not keep a measure unread.
    return not fetching.last_attempt <= now < fetching.last_attempt + every


def _read(
    settings: SlipwatchSettings,
    store: Store,
    name: str,
    measure: MeasureSettings,
    *,
    now: Clock,
    sleep: Callable[[float], None],
) -> Measured:
    context = Context(now=now, sleep=sleep)
    try:
        readings = read_measure(name, measure, context, ZoneInfo(settings.timezone))
    except SourceError as error:
        return _failed(store, name, measure, str(error), now())
    except Exception as error:  # noqa: BLE001  # one broken measure must not harm the others
        # Its text may quote what it was given; its type does not.
        log.error("measure broken", benefit=name, kind=type(error).__name__)  # noqa: TRY400
        return _failed(store, name, measure, f"{name}: {type(error).__name__} in its reader", now())
    new = store.record_readings(name, readings, attempted_at=now(), measure=_digest(measure))
    return Measured(benefit=name, readings=new)


def _failed(
    store: Store, name: str, measure: MeasureSettings, error: str, at: datetime
) -> Measured:
    log.warning("benefit not read", benefit=name, error=error)
    store.record_failed_fetch(name, at=at, error=error, measure=_digest(measure))
    return Measured(benefit=name, error=error)


def _digest(measure: MeasureSettings) -> str:
    """Tell a measure from another; it holds names of secrets, never secrets."""
    return hashlib.sha256(measure.model_dump_json().encode()).hexdigest()[:16]
