"""Reads the feeds of costs that the file names, and keeps what they say."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from slipwatch.aggregator.connector import Context, SourceError
from slipwatch.aggregator.money.model import (
    CostReading,
    Posting,
    actuals_feed,
    plan_feed,
)
from slipwatch.aggregator.store import Store
from slipwatch.config.money import BudgetSettings
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.connectors.costs.sheet import read_plan
from slipwatch.connectors.costs.table import read_actuals

from .wiring import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Feed:
    name: str
    read: Callable[[Context, ZoneInfo], tuple[Posting, ...]]


def feeds_in(settings: SlipwatchSettings) -> tuple[object, ...]:
    """Give what the feeds of the file depend on: another one is to be read at once."""
    return tuple(
        (subject, budget.plan, budget.actuals)
        for subject, budget in _budgets(settings)
        if any(_feeds_of(subject, budget))
    )


def read_costs(
    settings: SlipwatchSettings,
    store: Store,
    *,
    now: Clock,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Read every feed once; return whether one says something else than before.

    One that cannot be read is noted with the reason, and what it said before stays. Raises
    ``StoreError`` alone.
    """
    context = Context(now=now, sleep=sleep)
    zone = ZoneInfo(settings.timezone)
    noted = [store.note_cost(_reading(feed, context, zone)) for feed in _feeds(settings)]
    return any(noted)


def _reading(feed: _Feed, context: Context, zone: ZoneInfo) -> CostReading:
    try:
        return CostReading(feed=feed.name, at=context.now(), postings=feed.read(context, zone))
    except SourceError as error:
        log.warning("costs not read", feed=feed.name, error=str(error))
        return CostReading(feed=feed.name, at=context.now(), error=str(error))


def _feeds(settings: SlipwatchSettings) -> Iterator[_Feed]:
    for subject, budget in _budgets(settings):
        yield from _feeds_of(subject, budget)


def _feeds_of(subject: str, budget: BudgetSettings) -> Iterator[_Feed]:
    plan, actuals = budget.plan, budget.actuals
    if plan is not None:
        yield _Feed(plan_feed(subject), lambda _context, _zone: read_plan(plan))
    if actuals is not None and actuals.worklogs is None:
        name = actuals_feed(subject)
        yield _Feed(name, partial(read_actuals, name, actuals))


def _budgets(settings: SlipwatchSettings) -> Iterator[tuple[str, BudgetSettings]]:
    for program in settings.programs:
        if program.budget is not None:
            yield program.id, program.budget
        for project in program.projects:
            if project.budget is not None:
                yield f"{program.id}/{project.id}", project.budget
