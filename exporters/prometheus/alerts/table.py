"""All rules, group by group: the table that the files, their tests and the runbooks are made of."""

from collections.abc import Iterator

from . import (
    benefits,
    commitments,
    dependencies,
    forecasts,
    governance,
    money,
    quality,
    reported,
    service,
)
from .model import Alert, Group
from .policy import Policy
from .recording import records


def groups(policy: Policy) -> tuple[Group, ...]:
    """Give the groups in the order in which they need one another."""
    return (
        Group("slipwatch.rules", records(policy)),
        Group("slipwatch.commitments", commitments.alerts(policy)),
        Group("slipwatch.dependencies", dependencies.alerts(policy)),
        Group("slipwatch.forecasts", forecasts.alerts(policy)),
        Group("slipwatch.governance", (*governance.alerts(policy), *quality.alerts(policy))),
        Group("slipwatch.money", money.alerts(policy)),
        Group("slipwatch.benefits", benefits.alerts(policy)),
        Group("slipwatch.reported", reported.alerts(policy)),
        Group("slipwatch.service", service.alerts(policy)),
    )


def all_alerts(policy: Policy) -> Iterator[Alert]:
    """Give the alerts alone."""
    for group in groups(policy):
        yield from (rule for rule in group.rules if isinstance(rule, Alert))
