"""Facts that come from no tracker: what is measured and what is spent."""

import time
from collections.abc import Callable

from slipwatch.aggregator.store import Store
from slipwatch.config.settings import SlipwatchSettings

from . import costing
from .benefits import measures_in, read_benefits
from .wiring import Clock


def feeds_in(settings: SlipwatchSettings) -> tuple[object, ...]:
    """Give what the feeds of the file depend on: another one is to be read at once."""
    return (*measures_in(settings), *costing.feeds_in(settings))


def read_feeds(
    settings: SlipwatchSettings,
    store: Store,
    *,
    now: Clock,
    sleep: Callable[[float], None] = time.sleep,
    stop: Callable[[], bool] = lambda: False,
) -> bool:
    """Read what is due; return whether something is new. Raises ``StoreError`` alone."""
    measured = read_benefits(settings, store, now=now, sleep=sleep, stop=stop)
    spent = costing.read_costs(settings, store, now=now, sleep=sleep)
    return spent or any(result.readings or result.error for result in measured)
