"""FLOW: work that does not move."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slipwatch.aggregator.portfolio.model import OpenItem, Project
from slipwatch.aggregator.portfolio.upkeep import Begun

from .base import (
    Failed,
    NotApplicable,
    Passed,
    ProjectRule,
    Rule,
    Unknown,
    Verdict,
    parameter,
)
from .words import say_count, say_day, say_days, say_list
from .world import Subject, World

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Untouched(ProjectRule):
    """Items are in work and nothing happens to them.

    What it catches:
        Items in work of which the tracker has seen no change for at least ``days`` working days of
        the project's calendar. One finding per project, with 20 of the items, the oldest first.

    Why it matters:
        Either nobody works on them, or they move where nobody can see it. Both are how "90 % done"
        comes about, and neither is in the forecast.

    Example that fires:
        Of 14 items in work of Identity, 5 were not touched for two weeks of work, the oldest for
        31 days.

    What to do:
        Ask whose they are what they wait for. Move back what nobody works on: less begun is more
        finished.

    Source:
        Kanban Guide: actively manage items in progress. The ten days are ours.
    """

    id = "FLOW-001"
    title = "Begun and left alone"
    severity = "low"
    timeless = "comments before the last one"

    days: int = parameter(10, "So many working days without a change are a finding.", minimum=1)

    def judge_project(self, world: World, project: Project) -> Verdict:
        begun = project.upkeep.begun
        if not begun:
            return NotApplicable(project.id)
        calendar = world.portfolio.calendars[project.calendar]
        ages = [(calendar.between(item.updated, world.as_of), item) for item in begun]
        left = sorted(
            (each for each in ages if each[0] >= self.days), key=lambda e: (-e[0], e[1].item)
        )
        if not left:
            return Passed(project.id)
        oldest = left[0][0]
        return Failed(
            subject=project.id,
            value=oldest,
            threshold=self.days,
            message=f"{len(left)} of {say_count(len(begun), 'item')} in work of "
            f"{world.name(project)} {'was' if len(left) == 1 else 'were'} not touched for "
            f"{say_days(self.days)} and more: {say_list([item.key for _, item in left])}; the "
            f"oldest for {oldest}.",
            evidence={
                "in_work": len(begun),
                "untouched": len(left),
                "items": [
                    {"item": item.item, "last_change": item.updated, "days": days}
                    for days, item in left[:_SHOWN]
                ],
            },
            links=tuple(item.url for _, item in left[:_SHOWN] if item.url),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Aging(Rule):
    """An item has been in work for longer than nearly all before it.

    What it catches:
        An item in work that is older than 85 of 100 of the project's last 100 finished items were
        when they were done (P85 of its cycle time, in calendar days); older than 95 of 100 it is
        high. The subject is ``source:KEY``. Where fewer than 15 finished items tell how long work
        takes, or nobody knows since when an item is in work, the rule cannot tell.

        Of each project the ``most`` oldest items are findings of their own. The others are one
        finding of the project.

    Why it matters:
        The older an item is, the longer it is likely to go on: the few that hang decide when a
        milestone is done. Every one of them is stuck for a reason that somebody knows.

    Example that fires:
        PAY-17 is in work since 3 March, 41 days. 85 of 100 items of Payments take 17 days.

    What to do:
        Talk about it today, before new work is begun: split it, pair on it, or drop it.

    Source:
        Kanban Guide: work item age against the service level expectation (P85 of cycle time).
    """

    id = "FLOW-002"
    title = "Older than usual"
    severity = "medium"

    most: int = parameter(20, "So many items of a project are findings of their own.", minimum=1)

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every item in work."""
        for project in world.portfolio.projects:
            yield from self._of_project(world, project)

    def _of_project(self, world: World, project: Project) -> Iterator[Verdict]:
        usual = project.flow.cycle_p85
        if not project.upkeep.begun:
            yield NotApplicable(project.id)
            return
        if usual is None:
            yield Unknown(project.id, "too few finished items tell how long work takes")
            return
        old: list[Failed] = []
        for item in project.upkeep.begun:
            if item.since is None:
                yield Unknown(item.item, "nobody knows since when it is in work")
                continue
            age = (world.as_of - item.since).days
            if age <= usual:
                yield Passed(item.item)
                continue
            old.append(self._failed(world, project, item, age))
        yield from _capped(project.id, old, self.most, "older than usual")

    def _failed(self, world: World, project: Project, item: Begun, age: int) -> Failed:
        flow = project.flow
        assert item.since is not None
        assert flow.cycle_p85 is not None
        assert flow.cycle_p95 is not None
        return Failed(
            subject=item.item,
            severity="high" if age > flow.cycle_p95 else None,
            value=age,
            threshold=flow.cycle_p85,
            message=f"{item.key} is in work since {say_day(item.since, world.as_of)}, "
            f"{say_count(age, 'day')}; 85 of 100 items of {world.name(project)} take "
            f"{say_count(flow.cycle_p85, 'day')} or less.",
            evidence={
                "title": item.title,
                "assignee": item.assignee,
                "since": item.since,
                "age": age,
                "p50": flow.cycle_p50,
                "p85": flow.cycle_p85,
                "p95": flow.cycle_p95,
                "project": project.id,
                "milestones": item.milestones,
            },
            links=(item.url,) if item.url else (),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedTooLong(Rule):
    """An item has been blocked for more than a week of work.

    What it catches:
        An open item of an open milestone that has been blocked (flagged, labelled, or waiting for
        another open item) for more than ``days`` working days of the milestone's calendar; for
        more than ``high_days`` the finding is high. An item that waits for others since nobody
        knows when is one about which the rule cannot tell. The subject is ``source:KEY``.

        Of each project the ``most`` items that have been blocked for longest are findings of their
        own. The others are one finding of the project.

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
    timeless = "items that were blocked then and are not any more"

    days: int = parameter(5, "More working days blocked are a finding.")
    high_days: int = parameter(10, "More working days blocked are a high one.")
    most: int = parameter(20, "So many items of a project are findings of their own.", minimum=1)

    def judge(self, world: World) -> Iterator[Verdict]:
        """Answer for every open item of an open milestone."""
        items: dict[str, OpenItem] = {}
        places: dict[str, list[Subject]] = {}
        for milestone in world.milestones:
            if not milestone.over:
                for found in milestone.model.open_items:
                    ref = f"{found.source}:{found.key}"
                    if items.setdefault(ref, found).blocked_since is not None:
                        places.setdefault(ref, []).append(milestone)
        blocked: dict[str, list[Failed]] = {}
        for ref, item in items.items():
            if item.blocked_since is not None:
                verdict = self._judge(world, ref, item, item.blocked_since, places[ref])
                if isinstance(verdict, Failed):
                    blocked.setdefault(places[ref][0].model.project, []).append(verdict)
                else:
                    yield verdict
            elif item.blockers:
                yield Unknown(ref, "nobody knows since when it waits")
            else:
                yield NotApplicable(ref)
        for project, failed in blocked.items():
            yield from _capped(project, failed, self.most, "blocked for too long")

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


RULES: tuple[type[Rule], ...] = (Untouched, Aging, BlockedTooLong)


def _capped(project: str, found: Sequence[Failed], most: int, what: str) -> Iterator[Failed]:
    """Give the worst items one by one, and the others as one finding of their project."""
    ordered = sorted(found, key=lambda failed: (-(failed.value or 0), failed.subject))
    yield from ordered[:most]
    rest = ordered[most:]
    if rest:
        worst = max(rest, key=lambda failed: failed.severity == "high")
        yield Failed(
            subject=project,
            severity=worst.severity,
            value=len(rest),
            threshold=0,
            message=f"{say_count(len(rest), 'more item')} of {project} "
            f"{'is' if len(rest) == 1 else 'are'} {what}, besides the {most} worst.",
            evidence={"items": [failed.subject for failed in rest[:_SHOWN]], "all": len(found)},
        )


def _blocker(world: World, ref: str) -> dict[str, Any]:
    found = world.item(ref)
    if found is None:
        return {"item": ref, "owner": None, "milestone": None}
    item, milestone = found
    return {"item": ref, "owner": item.assignee or milestone.model.owner, "milestone": milestone.id}
