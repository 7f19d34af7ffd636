"""The day that it is, and the portfolio that is stored, without a rule being loaded."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from slipwatch.aggregator.portfolio.build import build_portfolio
from slipwatch.aggregator.portfolio.model import Portfolio
from slipwatch.aggregator.reading import read_facts
from slipwatch.aggregator.store.store import Store
from slipwatch.config.settings import SlipwatchSettings

from .wiring import system_clock


def present(store: Store) -> datetime:
    """Tell the time, but never a time before the newest fact: a demo's days run ahead."""
    times = [state.last_attempt for state in store.source_states().values()]
    return max([system_clock(), *times])


def today(settings: SlipwatchSettings, now: datetime) -> date:
    """Name the day that it is in the program's time zone."""
    return now.astimezone(ZoneInfo(settings.timezone)).date()


def stored_portfolio(
    settings: SlipwatchSettings, store: Store, *, now: datetime, as_of: date | None = None
) -> Portfolio:
    """Build what is stored, of today or as of another day, without judging it."""
    current = today(settings, now)
    day = as_of or current
    facts = read_facts(store, past=day != current)
    return build_portfolio(settings, facts, day, now=now).portfolio
