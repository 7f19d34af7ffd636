"""Which findings go to which channel."""

from collections.abc import Callable, Iterable

from slipwatch.aggregator.assessment import Severity
from slipwatch.config.notifications import RouteSettings

from .message import SEVERITIES


def route_of(
    routes: Iterable[RouteSettings],
    leads_there: Callable[[RouteSettings], bool],
    *,
    program: str,
    rule: str,
    people: Iterable[str],
    severity: Severity | None = None,
) -> RouteSettings | None:
    """Find the first route that a finding takes, of any severity where none is given."""
    those = set(people)
    for route in routes:
        if (
            leads_there(route)
            and (not route.programs or program in route.programs)
            and (not route.rules or rule in route.rules or rule.partition("-")[0] in route.rules)
            and (not route.audience or not those.isdisjoint(route.audience))
            and (severity is None or rank(severity) >= rank(route.min_severity))
        ):
            return route
    return None


def rank(severity: Severity) -> int:
    """Order severities, the worst last."""
    return SEVERITIES.index(severity)
