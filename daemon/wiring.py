"""Puts the parts together: which class reads a source, which clock, which database."""

import time
from collections.abc import Callable

from slipwatch.aggregator.connector import (
    Connector,
    Context,
    RequestSeen,
    Throttle,
    Unthrottled,
    go_on,
    ignore_request,
)
from slipwatch.aggregator.store import Store, open_store
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.connectors.table import kind_of

from .clock import Clock, system_clock
from .settings import read_settings

__all__ = [
    "Clock",
    "connect",
    "open_configured_store",
    "read_settings",
    "system_clock",
]


def open_configured_store(
    settings: SlipwatchSettings, *, stopping: Callable[[], bool] | None = None
) -> Store:
    """Open the database that the file names; raises ``StoreError`` or ``MissingSecretError``.

    Writers wait no longer for their turn once the program is ``stopping``.
    """
    return open_store(settings.store_url(), stopping=stopping)


def connect(
    settings: SlipwatchSettings,
    source: str,
    *,
    now: Clock,
    sleep: Callable[[float], None] = time.sleep,
    checkpoint: Callable[[], None] = go_on,
    on_request: Callable[[RequestSeen], None] = ignore_request,
    throttle: Throttle | None = None,
) -> Connector:
    """Make the connector of a source; raises ``MissingSecretError`` and ``SourceError``."""
    source_settings = settings.sources[source]
    context = Context(
        now=now,
        sleep=sleep,
        checkpoint=checkpoint,
        on_request=on_request,
        throttle=throttle or Unthrottled(),
        approvals=settings.approvals(source),
        roles=priced_roles(settings, source),
    )
    return kind_of(source_settings.kind).load()(source, source_settings, context)


def priced_roles(settings: SlipwatchSettings, source: str) -> dict[str, str]:
    """Give the roles that a budget has a rate for, by what a source calls those who have them."""
    priced = {
        role
        for program in settings.programs
        for budget in (program.budget, *(project.budget for project in program.projects))
        if budget is not None and budget.actuals is not None and budget.actuals.worklogs is not None
        for role in budget.actuals.worklogs.roles
    }
    return {
        name: role
        for person in settings.people
        if (role := person.role) is not None and role in priced
        for name in person.accounts.get(source, ())
    }
