"""Takes webhooks in: verified by their connector, stored at once, passed on as errands."""

import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from slipwatch.aggregator.connector import (
    Connector,
    Delivery,
    HookRefusedError,
    Named,
    ReceivesHooks,
    SourceError,
)
from slipwatch.aggregator.store import Store, StoreError
from slipwatch.config.base import MissingSecretError
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import HttpSourceSettings, SourceSettings
from slipwatch.exporters.prometheus.monitor import Monitor

from .wiring import Clock, connect

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """A webhook named scopes to read again; ``changed`` when it brought something itself."""

    source: str
    scopes: frozenset[str]
    changed: bool
    items: Named = field(default_factory=dict[str, Mapping[str, str]])
    """Items to read with those scopes."""


@dataclass(slots=True)
class _Desk:
    """One source's hook: a connector of its own, which belongs to one thread at a time."""

    settings: SourceSettings
    lock: threading.Lock = field(default_factory=threading.Lock)
    connector: Connector | None = None
    refused: int | None = None
    """The status that was logged last; the same again is only counted."""


class Reception:
    """The hooks of a running service; threads of the HTTP side call it."""

    def __init__(
        self,
        settings: SlipwatchSettings,
        store: Store,
        monitor: Monitor,
        *,
        now: Clock,
        tell: Callable[[Told], None],
    ) -> None:
        """Take what hears of each new delivery that concerns us; it must not take long."""
        self._store = store
        self._monitor = monitor
        self._now = now
        self._tell = tell
        self._desks: dict[str, _Desk] = {}
        self.follow(settings)

    def follow(self, settings: SlipwatchSettings) -> None:
        """Do as the settings say; sources that are as they were keep what they learnt."""
        old, desks = self._desks, dict[str, _Desk]()
        for name, source in settings.sources.items():
            if isinstance(source, HttpSourceSettings) and source.webhook is not None:
                known = old.get(name)
                same = known is not None and known.settings == source
                desks[name] = known if known is not None and same else _Desk(source)
        self._settings, self._desks = settings, desks
        self._monitor.expect_hooks(desks)

    def takes(self, source: str) -> bool:
        """Tell whether there is such a source and it has a secret for webhooks."""
        return source in self._desks

    def refuse(self, source: str, status: int) -> None:
        """Count a delivery that was refused unread."""
        self._monitor.hook_refusals.labels(source, str(status)).inc()

    def receive(self, source: str, headers: Mapping[str, str], body: bytes) -> None:
        """Verify a delivery and store what it brings; raises ``HookRefusedError`` alone."""
        desk = self._desks.get(source)
        if desk is None:
            raise HookRefusedError("there is no such hook", status=404)
        try:
            self._take(source, self._read(source, desk, headers, body))
        except HookRefusedError as error:
            self._refused(source, desk, error.status, str(error))
            raise
        except (MissingSecretError, SourceError, StoreError) as error:
            self._refused(source, desk, 503, str(error))
            raise HookRefusedError("it cannot be taken now", status=503) from None
        except Exception as error:  # noqa: BLE001  # a connector of others; its text may quote the body
            frames = traceback.extract_tb(error.__traceback__)[-3:]
            where = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]
            log.error("webhook broken", source=source, error=type(error).__name__, where=where)  # noqa: TRY400
            self._refused(source, desk, 503, "a bug, see the log")
            raise HookRefusedError("it cannot be taken now", status=503) from None
        desk.refused = None

    def _read(self, source: str, desk: _Desk, headers: Mapping[str, str], body: bytes) -> Delivery:
        with desk.lock:
            if desk.connector is None:
                desk.connector = connect(self._settings, source, now=self._now)
            if not isinstance(desk.connector, ReceivesHooks):
                raise HookRefusedError("this kind of source has no webhooks", status=404)
            return desk.connector.receive(headers, body)

    def _take(self, source: str, delivery: Delivery) -> None:
        """Store a delivery with its id, and pass on which scopes it is about."""
        applied = self._store.take_delivery(source, delivery.id, delivery.batch, at=self._now())
        self._monitor.hook_deliveries.labels(source).inc()
        if applied is None:
            self._monitor.hook_replays.labels(source).inc()
            return
        scopes = frozenset(delivery.scopes) | self._store.holding(source, delivery.about)
        scopes = scopes or frozenset(delivery.otherwise)
        changed = delivery.batch is not None
        log.debug("webhook taken", source=source, scopes=len(scopes))
        if scopes or changed:
            self._tell(Told(source, scopes, changed, delivery.items))

    def _refused(self, source: str, desk: _Desk, status: int, reason: str) -> None:
        self.refuse(source, status)
        if desk.refused != status:
            desk.refused = status
            log.warning("webhook refused", source=source, status=status, reason=reason)
