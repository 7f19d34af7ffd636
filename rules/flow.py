"""FLOW: work that does not move."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipwatch.aggregator.portfolio.model import OpenItem

from .base import Failed, NotApplicable, Passed, Rule, Unknown, Verdict, parameter
from .words import say_day, say_days, say_list
from .world import Subject, World


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedTooLong(Rule):
    """An item has been blocked for more than a week of work.

    What it catches:
        An open item of an open milestone that has been blocked (flagged, labelled, or waiting for
        another open item) for more than ``days`` working days of the milestone's calendar; for
        more than ``high_days`` the finding is high. An item that waits for others since nobody
        knows when is one about which the rule cannot tell. The subject is ``source:KEY``.

    Why it matters:
        Waiting is the largest part of most lead times, and the one that nobody works on. The
        forecast assumes that items move.

    Example that fires:
        PAY-3 waits for acme/api#7 since 2 March; it is 11 March, 7 working days later. #7 is
        Ben's.

    What to do:
        Talk to the owner of the blocker in the evidence. If nothing really blocks the item any
        more, take the flag or the link away.

    Source:
        Flow measures (Kanban Guide: actively manage items in progress). Five and ten days are
        ours.
    """

    id = "FLOW-003"
    title = "Blocked for too long"
    severity = "medium"
    at_once = True

    days: int = parameter(5, "More working days blocked are a finding.")
    high_days: int = parameter(10, "More working days blocked are a high one.")

    def judge(self, world: World) -> Iterator[Verdict]:
        places: dict[str, list[tuple[OpenItem, Subject]]] = {}
        for milestone in world.milestones:
            if not milestone.over:
                for item in milestone.model.open_items:
                    places.setdefault(f"{item.source}:{item.key}", []).append((item, milestone))
        for ref, found in places.items():
            item, milestone = found[0]
            if item.blocked_since is not None:
                yield self._judge(world, ref, item, item.blocked_since, [m for _, m in found])
            elif item.blockers:
                yield Unknown(ref, "nobody knows since when it waits")
            else:
                yield NotApplicable(ref)

    def _judge(
        self,
        world: World,
        ref: str,
        item: OpenItem,
        blocked_since: datetime,
        milestones: Sequence[Subject],
    ) -> Verdict:
        since = world.day_of(blocked_since)
        blocked = max(milestone.days(since, world.as_of) for milestone in milestones)
        if blocked <= self.days:
            return Passed(ref)
        waits = f", waiting for {say_list(item.blockers)}" if item.blockers else ""
        return Failed(
            subject=ref,
            severity="high" if blocked > self.high_days else None,
            value=blocked,
            threshold=self.days,
            message=f"{item.key} in {milestones[0].name} has been blocked since "
            f"{say_day(since, world.as_of)}, {say_days(blocked)}{waits}.",
            evidence={
                "title": item.title,
                "assignee": item.assignee,
                "blocked_since": since,
                "days": blocked,
                "blockers": [_blocker(world, blocker) for blocker in item.blockers],
                "milestones": [milestone.id for milestone in milestones],
            },
            links=(item.url,) if item.url else (),
        )


RULES: tuple[type[Rule], ...] = (BlockedTooLong,)


def _blocker(world: World, ref: str) -> dict[str, Any]:
    found = world.item(ref)
    if found is None:
        return {"item": ref, "owner": None, "milestone": None}
    item, milestone = found
    return {"item": ref, "owner": item.assignee or milestone.model.owner, "milestone": milestone.id}
