"""One milestone, from what the operator wrote and what the trackers say."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from slipwatch.config.programs import BaselineSettings, MilestoneSettings

from ..money.model import Package
from ..records import Category, Item, MilestoneKind, Outcome, Presence
from .earning import package_of, tasks_of
from .estimates import estimates_of
from .facts import Facts, Ref
from .kept import Kept
from .ledger import latest, merge_observations
from .lift import ItemGraph
from .model import Baseline, Milestone, Observation, OpenItem, Scope, Spread
from .origins import Origin, members_of
from .select import Index, is_work, selector_name


class Base(NamedTuple):
    """What a milestone has from its place in the file."""

    id: str
    title: str
    program: str
    project: str
    calendar: str
    stream: str


class Whole(NamedTuple):
    """A milestone, and what else is told from the same facts."""

    milestone: Milestone
    members: frozenset[Ref]
    """Its work items, without dropped ones."""
    package: Package
    """The work of its baseline."""


class MilestoneReader:
    """Reads milestones out of facts, as of one day."""

    def __init__(
        self,
        facts: Facts,
        index: Index,
        graph: ItemGraph,
        kept: Kept,
        *,
        as_of: date,
        zone: ZoneInfo,
        together: timedelta,
    ) -> None:
        """Take moves that are no further apart than ``together`` as seen by one sync."""
        self._facts = facts
        self._index = index
        self._graph = graph
        self._kept = kept
        self._as_of = as_of
        self._zone = zone
        self._together = together

    def origin(self, settings: MilestoneSettings) -> Origin:
        """Find what a milestone's ``from`` selects."""
        items: dict[Ref, None] = {}
        milestones: dict[Ref, None] = {}
        epics: dict[Ref, None] = {}
        loose: dict[Ref, None] = {}
        missing: list[str] = []
        for selector in settings.from_:
            selected = dict.fromkeys(self._index.milestone_items(selector))
            named = self._index.tracker_milestones(selector)
            epic = self._index.epic(selector)
            items.update(selected)
            milestones.update(dict.fromkeys(named))
            if epic is not None:
                epics[epic] = None
            if (name := selector_name(selector)) is None:
                loose.update((ref, None) for ref in selected if not self._index.has_left(ref))
            elif epic is None and not named:
                missing.append(f"{name} in {selector.source}")
            elif all(self._is_gone(ref) for ref in named) and epic is None:
                missing.append(f"{name} in {selector.source} any more")
        return Origin(
            items=tuple(items),
            tracker_milestones=tuple(milestones),
            epics=tuple(epics),
            loose=tuple(loose),
            missing=tuple(missing),
            asked=tuple(
                (selector.source, selector.project or selector.repository or "")
                for selector in settings.from_
            ),
        )

    def declared(self, settings: MilestoneSettings, base: Base, origin: Origin) -> Whole:
        """Read a milestone that the operator listed; a day of it that is yet to come is a plan."""
        facts, name = self._facts, base.id
        dates = facts.commitments.get(name), facts.declared_baselines.get(name)
        given = (
            self._as_of,
            (base, settings, origin, dates, facts.promises.get(name)),
            self._given(name, origin),
        )

        def make() -> Whole:
            milestone = self._declared(settings, Milestone(**base._asdict()))
            found = self._told(milestone, origin) if settings.from_ else milestone
            return self._whole(settings, found, origin)

        return self._kept.part("milestone", name, given, make)

    def discovered(self, base: Base, milestone: Ref, items: Sequence[Ref]) -> Whole:
        """Read a tracker milestone that the operator did not list."""
        origin = Origin(items=tuple(items), tracker_milestones=(milestone,))

        def make() -> Whole:
            title = self._facts.tracker_milestones[milestone].name
            found = replace(Milestone(**base._asdict()), title=title, discovered=True)
            return self._whole(None, self._told(found, origin), origin)

        given = self._day_that_matters(milestone), base, origin, self._given(base.id, origin)
        return self._kept.part("milestone", base.id, given, make)

    def _day_that_matters(self, milestone: Ref) -> date | None:
        """Give the day where it tells more than facts do: when one was over that is closed."""
        known, seen = (
            self._facts.tracker_milestones[milestone],
            self._facts.closed_at.get(milestone),
        )
        told = [day for day in (known.closed_on, seen and self._day(seen)) if day is not None]
        settled = known.closed_on is not None and max(told) <= self._as_of
        return self._as_of if known.closed and not settled else None

    def _declared(self, settings: MilestoneSettings, base: Milestone) -> Milestone:
        """Add what the operator wrote."""
        finished, started = self._past(settings.finished), self._past(settings.started)
        return replace(
            base,
            title=settings.title or base.title,
            url=settings.url,
            owner=settings.owner,
            weight=settings.weight,
            rank=settings.rank,
            external=settings.external,
            standalone=settings.standalone,
            commitment=settings.commitment,
            promise=settings.promise,
            promise_confirmed=self._past(settings.confirmed),
            started=started,
            actual=finished,
            closed=finished is not None,
            start_no_earlier=latest([settings.start_no_earlier, settings.started]),
            must_start_on=settings.must_start_on,
            must_finish_on=settings.must_finish_on,
            duration=settings.duration,
            spread=(
                Spread(p50=settings.spread.p50, p85=settings.spread.p85)
                if settings.spread is not None
                else None
            ),
            scope=Scope(remaining=settings.remaining or 0),
            commitments=tuple(self._facts.commitments.get(base.id, ())),
            declared_baselines=tuple(self._facts.declared_baselines.get(base.id, ())),
            history=tuple(self._facts.promises.get(base.id, ())),
        )

    def _whole(
        self, settings: MilestoneSettings | None, milestone: Milestone, origin: Origin
    ) -> Whole:
        """Add the baseline and what became of it."""
        versions = self._facts.versions.get(milestone.id, ())
        milestone = replace(
            milestone,
            baseline=self._baseline(settings, milestone),
            baselines=tuple(each.version for each in versions if each.version is not None),
        )
        recorded, items = self._facts.baselines.get(milestone.id), self._facts.items
        tasks = tasks_of(milestone, recorded, items, self._zone)
        return Whole(
            milestone=replace(milestone, tasks=tasks),
            members=frozenset(members_of(origin, items)),
            package=package_of(milestone, recorded, items, self._zone),
        )

    def _given(self, milestone_id: str, origin: Origin) -> object:
        """Give all that trackers say of a milestone, and what is recorded of its baselines."""
        facts, graph = self._facts, self._graph
        refs = (*origin.items, *origin.epics)
        recorded = facts.baselines.get(milestone_id)
        planned = () if recorded is None else recorded.items
        return (
            [facts.items[ref] for ref in refs],
            [facts.absences.get(ref) for ref in refs] if facts.absences else None,
            [
                [(facts.items[up], graph.seen[up, ref]) for up in graph.upstream[ref]]
                for ref in origin.items
                if ref in graph.upstream
            ],
            [facts.item_dates.get(ref) for ref in origin.epics],
            [
                (facts.tracker_milestones[ref], facts.milestone_dates.get(ref), closed)
                for ref in origin.tracker_milestones
                for closed in [facts.closed_at.get(ref)]
            ],
            recorded,
            facts.versions.get(milestone_id),
            [facts.items.get(ref) for ref in planned],
            [facts.changes.get(ref) for ref in planned],
        )

    def _told(self, milestone: Milestone, origin: Origin) -> Milestone:
        facts = self._facts
        trackers = [facts.tracker_milestones[ref] for ref in origin.tracker_milestones]
        epics = [facts.items[ref] for ref in origin.epics]
        work = [ref for ref in origin.items if is_work(facts.items[ref])]
        items = [facts.items[ref] for ref in work]
        scopes = {*origin.asked}
        scopes |= {(ref[0], facts.items[ref].scope) for ref in (*origin.items, *origin.epics)}
        scopes |= {
            (ref[0], facts.tracker_milestones[ref].scope) for ref in origin.tracker_milestones
        }
        dues = [m.due_date for m in trackers] + [e.due_date for e in epics]
        starts = [m.start_date for m in trackers] + [e.start_date for e in epics]
        kinds = {m.kind for m in trackers} if not epics else set[MilestoneKind]()
        flags = [m.closed for m in trackers] + [e.category is Category.DONE for e in epics]
        flags += [facts.items[ref].category is Category.DONE for ref in origin.loose]
        closed = milestone.closed or (bool(flags) and all(flags) and not origin.missing)
        urls = [url for url in [*(m.url for m in trackers), *(e.url for e in epics)] if url]
        history = merge_observations(
            [facts.milestone_dates.get(ref, ()) for ref in origin.tracker_milestones]
            + [self._epic_dates(ref) for ref in origin.epics],
            together=self._together,
        )
        return replace(
            milestone,
            url=milestone.url or (urls[0] if urls else ""),
            tracked=True,
            kind=kinds.pop() if len(kinds) == 1 else None,
            sources=tuple(sorted({source for source, _ in scopes})),
            scopes=tuple(sorted(scopes)),
            missing=origin.missing,
            invisible=tuple(sorted(self._invisible((*work, *origin.epics)))),
            plan=latest(dues),
            plan_start=min((s for s in starts if s is not None), default=None),
            started=milestone.started or self._started(items),
            closed=closed,
            actual=milestone.actual
            or (self._actual(origin, items, latest(dues)) if closed else None),
            stated=self._typed(origin) if closed else None,
            scope=self._scope(milestone.id, work, items),
            finished=tuple(
                sorted(
                    self._day(item.done_at)
                    for item in items
                    if item.outcome is Outcome.COMPLETED and item.done_at is not None
                )
            ),
            open_items=tuple(self._open_item(ref) for ref in work if self._graph.is_open(ref)),
            heads=tuple(sorted(self._graph.name(ref) for ref in origin.epics)),
            history=history or milestone.history,
        )

    def _is_gone(self, ref: Ref) -> bool:
        return self._facts.tracker_milestones[ref].gone_at is not None

    def _invisible(self, refs: Iterable[Ref]) -> Iterator[str]:
        for ref in dict.fromkeys(refs):
            absence = self._facts.absences.get(ref)
            if absence is not None and absence.presence is Presence.INVISIBLE:
                yield self._graph.name(ref)

    def _epic_dates(self, ref: Ref) -> Sequence[Observation]:
        """Give an epic's dates; one without a changelog has had its date from the beginning."""
        epic = self._facts.items[ref]
        return self._facts.item_dates.get(ref) or (Observation(epic.created_at, epic.due_date),)

    def _started(self, items: Sequence[Item]) -> date | None:
        times = [
            item.started_at or (item.done_at if item.outcome is Outcome.COMPLETED else None)
            for item in items
        ]
        return min((self._day(at) for at in times if at is not None), default=None)

    def _actual(self, origin: Origin, items: Sequence[Item], plan: date | None) -> date:
        """Find the day a closed milestone was done.

        A tracker's own closing day counts; where there is none (or a release date typed for
        later), the last item's completion does. What nothing closes is over with its last item.
        """
        facts = self._facts
        stated = [self._closed_on(ref, origin) for ref in origin.tracker_milestones]
        stated += [
            self._day(done)
            for ref in (*origin.epics, *origin.loose)
            if (done := facts.items[ref].done_at) is not None
        ]
        known = [day for day in stated if day is not None and day <= self._as_of]
        if known:
            return max(known)
        finished = [self._day(item.done_at) for item in items if item.done_at is not None]
        return max(finished, default=min(plan or self._as_of, self._as_of))

    def _closed_on(self, ref: Ref, origin: Origin) -> date | None:
        """Find the day a tracker milestone was over.

        A version's is typed by people: its last item tells better, or with work left in it the sync
        that first saw it released.
        """
        facts = self._facts
        milestone = facts.tracker_milestones[ref]
        if milestone.kind is not MilestoneKind.VERSION:
            return milestone.closed_on
        seen = facts.closed_at.get(ref)
        released = None if seen is None else self._day(seen)
        held = [facts.items[each] for each in origin.items if each[0] == ref[0]]
        items = [item for item in held if ref[1] in item.milestones and is_work(item)]
        finished = [
            self._day(item.done_at)
            for item in items
            if item.outcome is Outcome.COMPLETED and item.done_at is not None
        ]
        if not finished or any(item.category is not Category.DONE for item in items):
            return released or milestone.closed_on
        return min(max(finished), released or max(finished))

    def _typed(self, origin: Origin) -> date | None:
        known = (self._facts.tracker_milestones[ref] for ref in origin.tracker_milestones)
        return latest(m.closed_on for m in known if m.kind is MilestoneKind.VERSION)

    def _scope(self, milestone_id: str, refs: Sequence[Ref], items: Sequence[Item]) -> Scope:
        recorded = self._facts.baselines.get(milestone_id)
        dropped = {
            ref for ref, item in zip(refs, items, strict=True) if item.outcome is Outcome.DROPPED
        }
        now = set(refs) - dropped
        done = sum(1 for item in items if item.outcome is Outcome.COMPLETED)
        return Scope(
            done=done,
            remaining=len(now) - done,
            dropped=len(dropped),
            baseline=len(recorded.items) if recorded is not None else None,
            added=len(now - recorded.items) if recorded is not None else None,
            removed=len(recorded.items - now) if recorded is not None else None,
            since=recorded.recorded_on if recorded is not None else None,
            estimates=estimates_of(
                recorded, now, self._facts.items, self._facts.changes, self._zone
            )
            if recorded is not None
            else None,
        )

    def _open_item(self, ref: Ref) -> OpenItem:
        item = self._facts.items[ref]
        blockers = self._graph.blockers(ref)
        times = [
            seen.link.since or seen.seen_at
            for up in blockers
            for seen in [self._graph.seen[up, ref]]
        ]
        if item.blocked:
            times.append(item.blocked_since or item.updated_at)
        return OpenItem(
            source=ref[0],
            key=item.key,
            title=item.title,
            url=item.url,
            assignee=item.assignee,
            blocked_since=min(times, default=None),
            blockers=tuple(sorted(self._graph.name(up) for up in blockers)),
            doing=item.category is Category.DOING,
            begun=(
                self._day(item.started_at)
                if item.category is Category.DOING and item.started_at is not None
                else None
            ),
        )

    def _baseline(self, settings: MilestoneSettings | None, milestone: Milestone) -> Baseline:
        """Take the approved one, else the file's, else the first date and the recorded work."""
        written = settings.baseline if settings is not None else BaselineSettings()
        recorded = self._facts.baselines.get(milestone.id)
        if recorded is not None and recorded.approved and recorded.version is not None:
            return Baseline(
                start=recorded.version.start,
                finish=recorded.version.finish,
                duration=recorded.duration,
                scope=milestone.scope.baseline,
            )
        first = next((seen.value for seen in milestone.history if seen.value is not None), None)
        start, duration = written.start, written.duration
        spans = written.start is not None and written.finish is not None
        if recorded is not None and duration is None and not spans:
            start, duration = start or recorded.start, recorded.duration
        return Baseline(
            start=start,
            finish=written.finish or first,
            duration=duration,
            scope=milestone.scope.baseline,
        )

    def _past(self, day: date | None) -> date | None:
        return day if day is not None and day <= self._as_of else None

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()
