"""Which scopes and items webhooks have named, from then until they are read again."""

import threading
from collections.abc import Collection, Mapping

from slipwatch.aggregator.connector import Named
from slipwatch.aggregator.sync import SyncResult


class Errands:
    """Scopes to read again, by source; threads share one.

    A scope that the last sync of the whole source did not know is left out: it may have been
    taken out of the settings, or be no business of ours.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._named: dict[str, set[str]] = {}
        self._items: dict[str, dict[str, Mapping[str, str]]] = {}
        self._known: dict[str, frozenset[str]] = {}

    def name(self, source: str, scopes: Collection[str], items: Named | None = None) -> None:
        """Add scopes of a source, and items to read with them."""
        with self._lock:
            self._named.setdefault(source, set()).update(scopes)
            waiting = self._items.setdefault(source, {})
            for scope, named in (items or {}).items():
                waiting[scope] = {**waiting.get(scope, {}), **named}

    def waiting(self, source: str) -> bool:
        """Tell whether there is anything to read; what was named before any sync has to wait."""
        with self._lock:
            return bool(self._named.get(source, set()) & self._known.get(source, frozenset()))

    def take(self, source: str) -> tuple[str, ...]:
        """Take what is to be read now, in order."""
        with self._lock:
            known = self._known.get(source, frozenset())
            return tuple(sorted(self._named.pop(source, set()) & known))

    def take_items(self, source: str) -> Named:
        """Take the items to read with the scopes that were taken, or named since."""
        with self._lock:
            return self._items.pop(source, {})

    def learn(self, result: SyncResult) -> None:
        """Learn from a sync of a whole source which scopes it has."""
        seen = frozenset((*result.scopes, *result.skipped))
        whole = result.error is None and not result.stopped
        with self._lock:
            before = self._known.get(result.source, frozenset())
            if whole or seen:
                self._known[result.source] = seen if whole else before | seen

    def follow(self, sources: Collection[str], changed: Collection[str]) -> None:
        """Forget what is no longer configured, and the scopes of what is configured otherwise."""
        with self._lock:
            for source in {*self._named, *self._known} - {*sources}:
                self._named.pop(source, None)
                self._items.pop(source, None)
                self._known.pop(source, None)
            for source in changed:
                self._known.pop(source, None)
