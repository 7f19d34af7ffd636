"""Lists which items still exist, and finds out what became of those that do not.

No tracker tells of deletions to somebody who asks later, and none tells a deleted item from one
that an account may not see any more in its listings. So a scope's ids are listed now and then. An
item that is missing once is only noted; one that is missing from the next listing too is asked
for by itself. An item that is listed and was never read is read by its id, where the source can be
asked for it: what an account is let see later has not changed since, and no pull finds it. So is
one that had been missing, for what changed while it could not be seen, and one of which the listing
tells another parent, plan or other links than are stored: a tracker may call none of these a
change of an item. Nothing is ever deleted from the store, and a listing that cannot be true
changes nothing at all.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

import structlog

from .connector import (
    Connector,
    HoldsOneScope,
    Listed,
    ListsLinks,
    ReadsItems,
    Retry,
    Skip,
    TakesCensus,
)
from .records import Absence, LinkKind, Presence
from .store import Census, ErrorKind, Store, StoreError
from .sync import SyncResult, explain, never
from .wire import place

log = structlog.stdlib.get_logger()

SHARE = 0.1
"""More than this part of a scope's items has never vanished at once in an honest listing."""

FEW = 5
"""So many may: one of five items is more than a tenth, and no reason for alarm."""

AGAIN = timedelta(hours=1)
"""A listing that was not believed is taken again after this time: its source is stale meanwhile."""

_SETTLED = frozenset({Presence.GONE, Presence.MOVED})

_ALONE = Listed()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which censuses are to be taken."""

    every: timedelta
    """The time between two of the same scope."""
    at_once: bool = False
    """Take them all, due or not."""
    accept_missing: bool = False
    """Believe a listing that many items are missing from: somebody cleaned up."""


def take_censuses(
    connector: Connector,
    store: Store,
    result: SyncResult,
    wish: Wish,
    *,
    now: Callable[[], datetime],
    stop: Callable[[], bool] = never,
) -> SyncResult:
    """Take the censuses that are due, after a sync of all scopes, of those read to the end.

    A scope's first reading lists everything it holds, and is its first census. Censuses of scopes
    that are no more are forgotten. What goes wrong is recorded and returned as it is for a pull.
    Raises ``StoreError``.
    """
    if not isinstance(connector, TakesCensus) or result.error is not None or result.stopped:
        return result
    source = connector.name
    last = store.censuses(source)
    known = {*result.scopes, *result.skipped}
    if not last.keys() <= known:
        store.forget_censuses(source, but=known)
    for scope in result.scopes:
        if stop():
            break
        if not (_is_back(last.get(scope)) or _due(last.get(scope), wish, now())):
            continue
        stored = None if isinstance(connector, HoldsOneScope) else scope
        listing = _Listing(connector, store, source, scope, stored, now=now, stop=stop)
        try:
            if scope in last or wish.at_once:
                census = listing.take(
                    accept_missing=wish.accept_missing, resumed=_is_back(last.get(scope))
                )
            else:
                census = listing.begin()
        except StoreError:
            raise
        except Skip as error:
            log.warning("census skipped", source=source, scope=scope, reason=str(error))
            store.record_skip(source, scope, str(error), at=now())
            result = replace(result, skipped={**result.skipped, scope: str(error)})
        except Exception as error:  # noqa: BLE001 a broken source must not harm the others
            return _failed(store, result, scope, error, at=now())
        else:
            if census is not None:
                result = replace(result, censuses=(*result.censuses, census))
    left = tuple(
        _write_off(store, source, scope, presence, at=now())
        for scope, presence in result.left.items()
        if _due(last.get(scope), wish, now())
    )
    return replace(result, censuses=(*result.censuses, *left))


def _due(last: Census | None, wish: Wish, now: datetime) -> bool:
    """Tell whether a scope's ids are to be listed; a time in the future is not believed."""
    if last is None or wish.at_once:
        return True
    wait = wish.every if last.problem is None else min(wish.every, AGAIN)
    return not timedelta() <= now - last.taken_at < wait


def _is_back(last: Census | None) -> bool:
    """Tell whether a scope that is read was not there at its last census."""
    return last is not None and last.problem is None and last.listed == 0 and last.missing > 0


def _write_off(
    store: Store, source: str, scope: str, presence: Presence, *, at: datetime
) -> Census:
    """Note what became of all items of a scope that is not where it was; the source knows that."""
    settled = {
        absence.item for _, absence in store.absences(source) if absence.presence in _SETTLED
    }
    items = store.ids(source, scope) - settled
    census = Census(source=source, scope=scope, taken_at=at, listed=0, missing=len(items))
    absences = [Absence(item=item, presence=presence, at=at) for item in sorted(items)]
    store.record_census(census, absences, set())
    log.info("scope left", source=source, scope=scope, items=len(items), presence=presence.value)
    return census


def _failed(
    store: Store, result: SyncResult, scope: str, error: Exception, *, at: datetime
) -> SyncResult:
    kind, message = explain(error)
    retry_at = error.retry_at if isinstance(error, Retry) else None
    where = {"where": place(error)} if kind is ErrorKind.BUG else {}
    log.error("census failed", source=result.source, scope=scope, error=message, **where)
    store.record_failure(
        result.source,
        at=at,
        error=message,
        kind=kind,
        retry_at=retry_at,
        skipped=result.skipped or None,
    )
    return replace(result, error=message, error_kind=kind, retry_at=retry_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is stored of what a listing may tell of a scope's items, by their ids."""

    told: bool
    """Whether the listing tells of any."""
    parents: Mapping[str, str] = field(default_factory=dict[str, str])
    others: Mapping[str, Mapping[LinkKind, frozenset[str]]] = field(
        default_factory=dict[str, Mapping[LinkKind, frozenset[str]]]
    )
    plans: Mapping[str, tuple[date | None, date | None, float | None]] = field(
        default_factory=dict[str, tuple[date | None, date | None, float | None]]
    )

    def differs(self, item: str, said: Listed) -> bool:
        """Tell whether a listing says something else of an item."""
        if not self.told:
            return False
        known = self.others.get(item, {})
        plan = self.plans.get(item, (None, None, None))
        if said.parent != self.parents.get(item) or said.planned not in (None, plan):
            return True
        return any(known.get(kind, frozenset()) != keys for kind, keys in said.links.items())


class _Listing:
    """One census of one scope; all that it finds out is written in one transaction at its end."""

    def __init__(
        self,
        connector: TakesCensus,
        store: Store,
        source: str,
        scope: str,
        stored_scope: str | None,
        *,
        now: Callable[[], datetime],
        stop: Callable[[], bool],
    ) -> None:
        self._connector = connector
        self._source = source
        self._store = store
        self._scope = scope
        self._stored_scope = stored_scope
        self._now = now
        self._stop = stop

    def begin(self) -> Census:
        """Note that a scope was read as a whole just now, so that its items are all there."""
        listed = self._store.count_items(self._source, self._stored_scope)
        return self._record(self._census(listed, 0), [], set())

    def take(self, *, accept_missing: bool, resumed: bool) -> Census | None:
        """List the scope's ids and conclude what can be; None when it was asked to stop.

        Of a scope that was away as a whole the pull has gone on where it had ended: no item has to
        be read again because it was missing.
        """
        stored = self._store.ids(self._source, self._stored_scope)
        known = self._known()
        missing = set(stored)
        absent = {absence.item: absence for _, absence in self._store.absences(self._source)}
        unseen = set[str]() if resumed else absent.keys()
        back: set[str] = set()
        unread: dict[str, str] = {}
        listed = 0
        for page in self._pages():
            if self._stop():
                return None
            listed += len(page)
            unread |= {
                item: said.key
                for item, said in page.items()
                if said is not None
                and (item not in stored or item in unseen or known.differs(item, said))
            }
            missing -= page.keys()
            back |= absent.keys() & page.keys()
        settled = {item for item in missing if _presence(absent, item) in _SETTLED}
        missing -= settled
        first = {item for item in missing if item not in absent}
        expected = len(stored) - len(settled) - len(missing) + len(first)
        problem = _problem(listed=listed, first=len(first), missing=len(missing), of=expected)
        if problem is not None and not accept_missing:
            log.warning(
                "census not believed",
                source=self._source,
                scope=self._scope,
                listed=listed,
                missing=len(missing),
                reason=problem,
            )
            return self._record(self._census(listed, len(missing), problem), [], set())
        found = self._locate(missing - first)
        if found is None:
            return None
        read = self._read(unread)
        if read is None:
            return None
        # What came back and could not be read is asked for by the next census.
        back -= unread.keys() - read
        back |= (missing - first) - {absence.item for absence in found}
        at = self._now()
        missed = [Absence(item=item, presence=Presence.MISSED, at=at) for item in sorted(first)]
        return self._record(self._census(listed, len(missing)), [*missed, *found], back)

    def _pages(self) -> Iterator[Mapping[str, Listed | None]]:
        if isinstance(self._connector, ListsLinks):
            yield from self._connector.listing(self._scope)
            return
        for page in self._connector.ids(self._scope):
            yield dict.fromkeys(page, _ALONE)

    def _known(self) -> "_Known":
        """Give what is stored, where the listing tells links too."""
        if not isinstance(self._connector, ListsLinks):
            return _Known(told=False)
        return _Known(
            told=True,
            parents=self._store.parents(self._source, self._stored_scope),
            others=self._store.linked(self._source, self._stored_scope),
            plans=self._store.plans(self._source, self._stored_scope),
        )

    def _read(self, unread: Mapping[str, str]) -> AbstractSet[str] | None:
        """Read items that no pull brings, and give their ids; None when asked to stop before."""
        if not unread or not isinstance(self._connector, ReadsItems):
            return unread.keys()
        cursor = self._store.cursor(self._source, self._scope)
        found: set[str] = set()
        read = 0
        for batch in self._connector.read(self._scope, unread, cursor):
            applied = self._store.apply(self._source, None, batch, observed_at=self._now())
            read += applied.changed
            found |= {item.id for item in batch.items}
            for warning in batch.warnings:
                log.warning("source warns", source=self._source, scope=self._scope, warning=warning)
            if self._stop():
                return None
        log.info(
            "items read that only a census found",
            source=self._source,
            scope=self._scope,
            listed=len(unread),
            read=read,
        )
        return found

    def _locate(self, items: set[str]) -> list[Absence] | None:
        """Ask what became of items that were missing before; None when asked to stop.

        Answers are kept even where the next one does not come: each may have cost a request.
        """
        if not items:
            return []
        keys = self._store.keys(self._source, sorted(items))
        found: list[Absence] = []
        try:
            for absence in self._answers(keys):
                found.append(absence)
                if self._stop():
                    self._store.record_absences(self._source, found)
                    return None
        except Exception:
            self._store.record_absences(self._source, found)
            raise
        return found

    def _answers(self, keys: Mapping[str, str]) -> Iterator[Absence]:
        for absence in self._connector.locate(self._scope, keys):
            if absence.item in keys:
                yield absence

    def _census(self, listed: int, missing: int, problem: str | None = None) -> Census:
        return Census(
            source=self._source,
            scope=self._scope,
            taken_at=self._now(),
            listed=listed,
            missing=missing,
            problem=problem,
        )

    def _record(self, census: Census, absences: list[Absence], back: set[str]) -> Census:
        self._store.record_census(census, absences, back)
        if census.problem is None:
            counts = Counter(absence.presence.value for absence in absences)
            log.info(
                "census taken",
                source=self._source,
                scope=self._scope,
                listed=census.listed,
                missing=census.missing,
                back=len(back),
                **{presence.value: counts[presence.value] for presence in Presence},
            )
        return census


def _presence(absent: Mapping[str, Absence], item: str) -> Presence | None:
    known = absent.get(item)
    return None if known is None else known.presence


def _problem(*, listed: int, first: int, missing: int, of: int) -> str | None:
    """Say why a listing cannot be true; None when it can.

    ``first`` counts the items that are missing for the first time, ``of`` all that were expected.
    """
    if listed == 0 and missing:
        return f"the listing is empty, and {missing} items were known"
    if first > max(FEW, SHARE * of):
        return f"{first} of {of} items are missing at once"
    return None
