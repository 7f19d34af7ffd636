"""Who else is told of findings that nobody acknowledges."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cached_property

from slipwatch.aggregator.assessment import FindingView
from slipwatch.aggregator.store import Said
from slipwatch.config.notifications import (
    NotificationSettings,
    QuietSettings,
    Role,
    RouteSettings,
)

from .describing import Describer
from .quiet import Clockwork

OFFICE_HOURS = QuietSettings(outside=(time(8), time(18)))
"""When people are told of what others did not answer, on routes that are never quiet."""

_UPWARDS: tuple[Role, ...] = ("owner", "lead", "manager", "sponsor")


@dataclass(frozen=True)
class Escalation:
    """Follows the steps of routes upwards, from what was said."""

    settings: NotificationSettings
    clockwork: Clockwork
    describer: Describer
    told: Said

    @cached_property
    def ways(self) -> frozenset[str]:
        """Name the channels that lead to people."""
        return frozenset(person.way for person in self.settings.people.values())

    def in_working_hours(self, route: RouteSettings) -> RouteSettings:
        """Give a route the hours in which it may be escalated."""
        return route.model_copy(update={"quiet": route.quiet or OFFICE_HOURS})

    def unanswered(self, finding: FindingView, route: RouteSettings, way: str) -> int | None:
        """Count the working days without an answer, once they are enough to tell this person."""
        since = self._told_since(finding, route)
        if since is None or finding.fingerprint in self.told.acknowledged:
            return None
        days = self.clockwork.working_days_since(since, route.quiet or OFFICE_HOURS)
        roles = self.describer.roles(finding)
        due = any(
            days >= step.after and self._way(roles, step.to) == way for step in route.escalate
        )
        return days if due else None

    def _told_since(self, finding: FindingView, route: RouteSettings) -> datetime | None:
        """Say when those whom the route names first were told, or last told that it is worse."""
        known = [self.told.notices.get((name, finding.fingerprint)) for name in route.to]
        times = [one.raised_at or one.told_at for one in known if one is not None]
        return max(filter(None, times), default=None)

    def _way(self, roles: Mapping[Role, str], role: Role) -> str | None:
        """Find the way to who has a role, or else to the next one upwards who can be reached."""
        for one in _UPWARDS[_UPWARDS.index(role) :]:
            person = self.settings.people.get(roles.get(one, ""))
            if person is not None:
                return person.way
        return None
