"""The workbench of one test: a world, connectors made for it, and a store for what they say."""

import json
from collections.abc import Generator, Iterable
from contextlib import closing

from slipwatch.aggregator.connector import Connector, Context, RequestSeen
from slipwatch.aggregator.records import Batch, Cursor
from slipwatch.aggregator.store import Store
from slipwatch.aggregator.sync import SyncResult, sync_source

from .proxy import Proxy
from .world import Clock, World


class Bench:
    """What the tests of the suite work with."""

    def __init__(self, world: World, store: Store, proxy: Proxy | None) -> None:
        self.world = world
        self.store = store
        self.clock = Clock(world.now)
        self.seen: list[RequestSeen] = []
        self._proxy = proxy

    @property
    def proxy(self) -> Proxy:
        """What stands before the server; only where the connector speaks HTTP."""
        if self._proxy is None:
            raise RuntimeError("without HTTP there is no proxy")
        return self._proxy

    def connector(self) -> Connector:
        """Make a connector; the caller closes it."""
        context = Context(
            now=lambda: self.clock.now, sleep=self.clock.sleep, on_request=self.seen.append
        )
        url = self._proxy.url if self._proxy is not None else self.world.url
        return self.world.connect(url, context)

    def pull(self, cursor: Cursor | None = None, *, scope: str | None = None) -> list[Batch]:
        """Pull to the end, with a connector of its own."""
        return list(self.batches(cursor, scope=scope))

    def batches(
        self, cursor: Cursor | None = None, *, scope: str | None = None
    ) -> Generator[Batch]:
        """Pull batch by batch; the connector is closed however it ends."""
        with closing(self.connector()) as connector:
            yield from connector.pull(scope or self.world.scope, cursor)

    def sync(self, *scopes: str, full: bool = False) -> SyncResult:
        """Sync scopes into the store, by default the world's, with a connector of its own."""
        with closing(self.connector()) as connector:
            return sync_source(
                connector,
                self.store,
                now=lambda: self.clock.now,
                full=full,
                scopes=scopes or (self.world.scope,),
            )

    def keep(self, name: str, batches: Iterable[Batch]) -> list[str]:
        """Store batches under a name; give all that the store holds of that name by then."""
        for batch in batches:
            self.store.apply(name, self.world.scope, batch, observed_at=self.clock.now)
        return self.told(name)

    def told(self, name: str) -> list[str]:
        """Write out what the store holds of a source."""
        return [
            *(repr(item) for _, item in self.store.items(name)),
            *(repr(milestone) for _, milestone in self.store.tracker_milestones(name)),
            *(repr(link) for _, link, _ in self.store.links(name)),
            *(repr(change) for _, change in self.store.changes(name)),
            *(repr(review) for _, review in self.store.reviews(name)),
        ]

    def gone(self, name: str) -> set[str]:
        """Give the ids of tracker milestones that the store takes for gone."""
        found = self.store.tracker_milestones(name)
        return {milestone.id for _, milestone in found if milestone.gone_at is not None}

    def titles(self, name: str) -> dict[str, str]:
        """Give what the store calls each item."""
        return {item.id: item.title for _, item in self.store.items(name)}


def through_json(cursor: Cursor) -> Cursor:
    """Take a cursor through JSON, as the store does."""
    decoded: Cursor = json.loads(json.dumps(dict(cursor), allow_nan=False))
    return decoded
