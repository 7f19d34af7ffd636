"""From the store to the facts that a portfolio is built of."""

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import itemgetter
from types import MappingProxyType
from typing import NamedTuple

from .collector import collector_at_rest
from .portfolio.facts import Facts, RecordedBaseline, Ref, SeenLink
from .portfolio.model import Observation
from .portfolio.sources import DoubtedCensus, SourceState, SourceStatus
from .portfolio.throughput import crowded, is_closing
from .portfolio.versions import BaselineVersion
from .records import Change, ChangedField, Item, MilestoneKind, Review, TrackerMilestone
from .store.facts import day, origin_of
from .store.marks import Mark, Scope, read_history
from .store.model import (
    Census,
    EntityKind,
    LedgerEntry,
    LedgerField,
    StoredBaseline,
    SyncState,
)
from .store.store import Snapshot, Store


def read_facts(store: Store, *, past: bool) -> Facts:
    """Read one consistent state of everything the trackers and the file said; see ``Reader``."""
    return Reader().read(store, past=past)


class Reader:
    """Reads facts, again and again: items and changes that are as they were stay the same objects.

    It serves one reading after the other, not two at once, and holds those of the last one alone.
    """

    def __init__(self) -> None:
        self._known = _Known()

    def read(self, store: Store, *, past: bool) -> Facts:
        """Read one consistent state of everything the trackers and the file said.

        Item changes, by far the most of it, are kept of items that have or had a day to be done by,
        and of all where a ``past`` day is to be replayed. Of the others only new estimates, and who
        closed those that were closed close to many: a pace leaves out what somebody cleaned up.
        """
        with collector_at_rest(), store.snapshot() as snapshot:
            states = snapshot.source_states()
            tracker_milestones = {
                (source, milestone.id): milestone
                for source, milestone in snapshot.tracker_milestones()
            }
            sprints = None if past else _sprints(tracker_milestones)
            scopes, items, other = self._read_items(snapshot, sprints)
            declared, recorded = _declared(snapshot), self._read_baselines(snapshot)
            versions = _versions(recorded)
            histories = self._read_histories(snapshot, scopes, items, other)
            self._known = _Known(scopes, items, histories, sprints, recorded)
            changes = {ref: found.changes for ref, found in histories.items() if found.changes}
            ledger = list(snapshot.ledger(EntityKind.MILESTONE))
            return Facts(
                items=items,
                tracker_milestones=tracker_milestones,
                absences={
                    (source, absence.item): absence for source, absence in snapshot.absences()
                },
                links=[
                    SeenLink(source=source, link=link, seen_at=seen_at)
                    for source, link, seen_at in snapshot.links()
                ],
                changes=changes,
                milestone_dates=_milestone_dates(ledger, items, changes, _DUE),
                milestone_starts=_milestone_dates(ledger, items, changes, _START),
                closed_at={
                    (entry.source, entry.entity): entry.at
                    for entry in ledger
                    if entry.field is LedgerField.CLOSED
                },
                item_dates={ref: found.dates for ref, found in histories.items() if found.dates},
                promises=declared[LedgerField.PROMISE],
                commitments=declared[LedgerField.COMMITMENT],
                declared_baselines=declared[LedgerField.BASELINE],
                retired=frozenset(declared[LedgerField.CLOSED]),
                slugs=snapshot.slugs(),
                baselines={milestone: known[-1] for milestone, known in versions.items()},
                versions={
                    milestone: known
                    for milestone, known in versions.items()
                    if any(each.approved for each in known)
                },
                exposures=snapshot.exposures(),
                calibrations=snapshot.calibrations(),
                costs=snapshot.costs(past=past),
                worklogs=snapshot.worklogs(),
                logging=snapshot.sources_of_worklogs(),
                pull_requests={
                    (source, found.key): found for source, found in snapshot.pull_requests()
                },
                reviews=_reviews(snapshot),
                readings=snapshot.readings(),
                fetching=snapshot.fetching(),
                colours=snapshot.colour_changes(milestones=False),
                reports=snapshot.reports_told(),
                acknowledged=snapshot.acknowledged(),
                watched_since=snapshot.first_assessment_day(),
                sources=[
                    _source(state, _doubted(snapshot.censuses(state.source).values()))
                    for state in states.values()
                ],
                data_time=_newest(list(states.values())),
            )

    def _read_items(
        self, snapshot: Snapshot, sprints: Collection[Ref] | None
    ) -> tuple[Mapping[Scope, "_Scope"], Mapping[Ref, Item], Container[Ref]]:
        """Read all items, those of another mark than before from their rows.

        Gives also those of whose histories something else may be kept. None for ``sprints`` keeps
        all of them.
        """
        texts, before = snapshot.scope_marks(), self._known.scopes
        same = {key for key, text in texts.items() if key in before and before[key].text == text}
        told = snapshot.item_marks(texts.keys() - same)
        was, now = _marks(before[key].marks for key in before.keys() - same), _marks(told.values())
        new = [ref for ref, mark in now.items() if was.get(ref) != mark]
        made = _make(snapshot, new, most=len(self._known.items) // 2)
        items = {**self._known.items, **{ref: made[ref] for ref in new}}
        for ref in was.keys() - now.keys():
            del items[ref]
        if was.keys() != now.keys():
            items = dict(sorted(items.items(), key=itemgetter(0)))
        if sprints != self._known.sprints:
            told = {**{key: before[key].marks for key in same}, **told}
        scopes = {
            key: _scope(text, told[key], items, sprints) if key in told else before[key]
            for key, text in texts.items()
        }
        return scopes, items, {*was, *_marks(told.values())}

    def _read_histories(
        self,
        snapshot: Snapshot,
        scopes: Mapping[Scope, "_Scope"],
        items: Mapping[Ref, Item],
        other: Container[Ref],
    ) -> Mapping[Ref, "_History"]:
        """Give the histories of all that have one, of items and of what is none."""
        timeless = frozenset[Ref]().union(*(scope.timeless for scope in scopes.values()))
        maybe_bulk = frozenset[Ref]().union(*(scope.crowded for scope in scopes.values()))
        before, found = self._known.histories, dict[Ref, _History]()
        for source, name, text in snapshot.histories():
            ref = source, name
            known = before.get(ref)
            if known is None or known.about[0] != text or ref in other:
                item = items.get(ref)
                created_at = None if item is None else item.created_at
                about = text, created_at, ref not in timeless, ref in maybe_bulk
                if known is None or known.about != about:
                    known = _history(name, about)
            found[ref] = known
        return found

    def _read_baselines(self, snapshot: Snapshot) -> Mapping["_Version", RecordedBaseline]:
        """Read those of which there are new versions; one that is there is never changed."""
        there, known = snapshot.baseline_versions(), self._known.baselines
        new = {version[0] for version in there if version not in known}
        some = [snapshot.baselines()] if len(new) > _FEW else map(snapshot.baselines, sorted(new))
        read = {_version(stored): stored for baselines in some for stored in baselines}
        return {
            version: known[version] if version in known else _recorded(read[version])
            for version in there
        }


class _Known(NamedTuple):
    """What the last reading left."""

    scopes: Mapping[Scope, "_Scope"] = MappingProxyType({})
    items: Mapping[Ref, Item] = MappingProxyType({})
    histories: Mapping[Ref, "_History"] = MappingProxyType({})
    sprints: Collection[Ref] | None = None
    baselines: Mapping["_Version", RecordedBaseline] = MappingProxyType({})


class _Scope(NamedTuple):
    """What is known of a project or repository from the last reading."""

    text: str
    """Of all marks."""
    marks: Mapping[Ref, Mark]
    timeless: frozenset[Ref]
    """The items that have neither a due date nor a sprint; none where a past day is read."""
    crowded: frozenset[Ref]
    """Those that were closed close to many others."""


class _History(NamedTuple):
    """What is kept of the changes of an item, or of what is none, such as a milestone."""

    about: "_About"
    changes: tuple[Change, ...]
    """Oldest first."""
    dates: tuple[Observation, ...]
    """When it was to be done by: the value it was created with, then each move."""


_Version = tuple[str, int, datetime]
"""Milestone, number and time of a baseline."""
_TOLD = tuple(field.name for field in fields(BaselineVersion))
_DUE = LedgerField.DUE, ChangedField.DUE
_START = LedgerField.START, ChangedField.START
_FEW = 20
"""Milestones whose baselines are read one by one; of more it is faster to read all there are."""
_SPRINTS = ("sprint:", "iteration:")
"""How the ids of sprints begin, as ``MilestoneKind`` has it."""
_About = tuple[str, datetime | None, bool, bool]
"""What a history is made of: the text of all changes, the time of creation, whether all changes are
kept for a day the item has, and whether those are that closed it."""


def _make(snapshot: Snapshot, refs: Sequence[Ref], *, most: int) -> Mapping[Ref, Item]:
    """Make items of their rows; of more than ``most`` it is faster to make all there are."""
    if len(refs) > most:
        return {(source, item.id): item for source, item in snapshot.items()}
    names: dict[str, list[str]] = defaultdict(list)
    for source, name in refs:
        names[source].append(name)
    return {
        (source, item.id): item
        for source, some in names.items()
        for item in snapshot.items_named(source, some)
    }


def _history(name: str, about: _About) -> _History:
    text, created_at, whole, closings = about
    changes = read_history(name, text)
    kept = (
        changes
        if whole or any(map(_tells_a_day, changes))
        else [
            change
            for change in changes
            if change.field is ChangedField.POINTS or (closings and is_closing(change))
        ]
    )
    return _History(about, tuple(kept), tuple(_moves(changes, created_at)))


def _tells_a_day(change: Change) -> bool:
    """Say whether a change gave an item a day to be done by, or took it away."""
    if change.field is ChangedField.MILESTONE:
        return any((side or "").startswith(_SPRINTS) for side in (change.old, change.new))
    return change.field is ChangedField.DUE


def _moves(changes: Iterable[Change], created_at: datetime | None) -> Iterator[Observation]:
    """Tell what days an item was to be done by; changelogs may arrive late and in any order."""
    moves = [change for change in changes if change.field is ChangedField.DUE]
    if not moves:
        return
    latest = day(moves[0].old)
    if created_at is not None:
        yield Observation(created_at, latest, origin_of(moves[0].id).value)
    for move in moves:
        value = day(move.new)
        if value != latest:
            latest = value
            yield Observation(move.at, value, origin_of(move.id).value, move.actor)


def _marks(scopes: Iterable[Mapping[Ref, Mark]]) -> dict[Ref, Mark]:
    return {ref: mark for marks in scopes for ref, mark in marks.items()}


def _scope(
    text: str, marks: Mapping[Ref, Mark], items: Mapping[Ref, Item], sprints: Collection[Ref] | None
) -> _Scope:
    held = {ref: items[ref] for ref in marks}
    timeless = frozenset[Ref]() if sprints is None else _timeless(held, sprints)
    return _Scope(text, marks, timeless, crowded(held))


def _sprints(milestones: Mapping[Ref, TrackerMilestone]) -> frozenset[Ref]:
    return frozenset(ref for ref, one in milestones.items() if one.kind is MilestoneKind.SPRINT)


def _timeless(items: Mapping[Ref, Item], sprints: Collection[Ref]) -> frozenset[Ref]:
    """Find the items that have neither a due date nor a sprint."""
    return frozenset(
        ref
        for ref, item in items.items()
        if item.due_date is None and not any((ref[0], m) in sprints for m in item.milestones)
    )


def _reviews(snapshot: Snapshot) -> dict[Ref, list[Review]]:
    found: dict[Ref, list[Review]] = defaultdict(list)
    for source, review in snapshot.reviews():
        found[source, review.pull_request].append(review)
    return found


def _milestone_dates(
    ledger: Iterable[LedgerEntry],
    items: Container[Ref],
    changes: Mapping[Ref, Sequence[Change]],
    which: tuple[LedgerField, ChangedField],
) -> dict[Ref, list[Observation]]:
    """Join what sources state of a milestone's past with what syncs have seen since.

    Changes name their owner by tracker id alone; where an item has the id, they are the item's.
    """
    found: dict[Ref, list[Observation]] = {}
    seen: dict[Ref, list[Observation]] = defaultdict(list)
    for entry in ledger:
        if entry.field is which[0]:
            seen[entry.source, entry.entity].append(_observation(entry))
    for ref, observed in seen.items():
        stated = [
            change
            for change in changes.get(ref, ())
            if change.field is which[1] and ref not in items
        ]
        past = [Observation(stated[0].at, day(stated[0].old), "changelog")] if stated else []
        past += [
            Observation(change.at, day(change.new), "changelog", change.actor) for change in stated
        ]
        found[ref] = past + [o for o in observed if not past or o.at > past[-1].at]
    return found


def _observation(entry: LedgerEntry) -> Observation:
    return Observation(entry.at, entry.value, entry.origin.value, entry.actor)


def _declared(snapshot: Snapshot) -> dict[LedgerField, dict[str, list[Observation]]]:
    """Read the dates of the operator's file over time, by field and milestone."""
    found: dict[LedgerField, dict[str, list[Observation]]] = {
        field: defaultdict(list) for field in LedgerField
    }
    for entry in snapshot.ledger(EntityKind.DECLARED):
        found[entry.field][entry.entity].append(_observation(entry))
    return found


def _versions(
    recorded: Mapping[_Version, RecordedBaseline],
) -> dict[str, list[RecordedBaseline]]:
    """Give every version of every baseline, the original first."""
    found: dict[str, list[RecordedBaseline]] = defaultdict(list)
    for (milestone, _, _), baseline in recorded.items():
        found[milestone].append(baseline)
    return found


def _version(stored: StoredBaseline) -> _Version:
    return stored.milestone, stored.version, stored.recorded_at


def _recorded(stored: StoredBaseline) -> RecordedBaseline:
    return RecordedBaseline(
        recorded_on=stored.recorded_on,
        start=stored.start or stored.recorded_on,
        duration=stored.duration,
        items=stored.items,
        version=BaselineVersion(**{name: getattr(stored, name) for name in _TOLD}),
    )


def _doubted(censuses: Iterable[Census]) -> tuple[DoubtedCensus, ...]:
    return tuple(
        DoubtedCensus(
            scope=census.scope,
            taken_at=census.taken_at,
            listed=census.listed,
            missing=census.missing,
        )
        for census in sorted(censuses, key=lambda census: census.scope)
        if census.problem is not None
    )


def _source(state: SyncState, doubted: tuple[DoubtedCensus, ...]) -> SourceState:
    failed = state.error_kind is not None
    return SourceState(
        name=state.source,
        status=SourceStatus.FAILED if failed else SourceStatus.OK,
        last_success=state.last_success,
        items=state.items,
        error=state.error,
        skipped=tuple(sorted(state.skipped)),
        doubted=doubted,
    )


def _newest(states: list[SyncState]) -> datetime | None:
    times = [state.last_success for state in states if state.last_success is not None]
    return max(times, default=None)
