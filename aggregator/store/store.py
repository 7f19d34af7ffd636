"""The store as the rest of the program sees it."""

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import Self

from sqlalchemy import Connection

from ..collector import collector_at_rest
from ..records import Batch
from .acknowledgements import Acknowledgements
from .applying import Application
from .colours import ColourReads, Colours
from .costs import CostReads, Costs
from .database import PATIENCE, Database, commit_at_leisure
from .exposures import ExposureReads, Exposures
from .facts import Facts
from .marks import Marks
from .migrate import migrate
from .model import Applied
from .outbox import Outbox
from .plans import PlanReads, Plans
from .presence import PresenceReads, Presences, note_delivery
from .readings import ReadingReads, Readings
from .reports import Archive
from .results import Results
from .reviews import ReviewReads
from .status import SourceReads, Sources
from .telling import TellingReads
from .text import storable


class Snapshot(
    Facts,
    Marks,
    PlanReads,
    ExposureReads,
    PresenceReads,
    SourceReads,
    CostReads,
    ReadingReads,
    ColourReads,
    TellingReads,
    ReviewReads,
):
    """Reads one state of the store, whatever is written meanwhile."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _reading(self) -> AbstractContextManager[Connection]:
        return nullcontext(self._connection)


class Store(
    Facts,
    Plans,
    Exposures,
    Presences,
    Sources,
    Results,
    Outbox,
    Archive,
    Acknowledgements,
    Costs,
    Readings,
    Colours,
    ReviewReads,
):
    """Everything slipwatch keeps. Threads may share one; reads never wait for a writer."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def apply(
        self,
        source: str,
        scope: str | None,
        batch: Batch,
        *,
        observed_at: datetime,
        accept_missing: bool = False,
    ) -> Applied:
        """Store a batch and its cursor, both or neither.

        Items that are older than what is stored are passed over, with their links. Without a
        ``scope`` (loaded payloads) the cursors stay as they are. ``observed_at`` stands in the
        ledger for when a milestone's date was seen. An empty list of milestones is believed only
        with ``accept_missing``. Raises ``ValueError`` for a batch that breaks its contract.
        """
        # Rows are tuples by the ten thousand: the collector would go over all there is for them.
        with collector_at_rest(stays=False), self._writing() as connection:
            if scope is not None:
                commit_at_leisure(connection)
            return Application(
                connection=connection,
                source=source,
                observed_at=observed_at,
                accept_missing=accept_missing,
            ).run(scope, batch)

    def take_delivery(
        self, source: str, delivery: str, batch: Batch | None, *, at: datetime
    ) -> Applied | None:
        """Note a webhook's delivery by its id, with what it brings: both or neither.

        Gives None for one that was noted before, which changes nothing. Raises ``ValueError`` for
        a batch that breaks its contract.
        """
        with self._writing() as connection:
            if not note_delivery(connection, source, storable(delivery), at=at):
                return None
            if batch is None:
                return Applied()
            return Application(connection=connection, source=source, observed_at=at).run(
                None, batch
            )

    @contextmanager
    def snapshot(self) -> Generator[Snapshot]:
        """Read several things that belong together."""
        with self._reading() as connection:
            yield Snapshot(connection)

    def _reading(self) -> AbstractContextManager[Connection]:
        return self._database.reading()

    def _writing(self) -> AbstractContextManager[Connection]:
        return self._database.writing()


def open_store(
    url: str, *, patience: float = PATIENCE, stopping: Callable[[], bool] | None = None
) -> Store:
    """Open a database, with the schema of this version; it is made where there is none.

    Writers wait for their turn for ``patience`` seconds, or until the program is ``stopping``.
    Raises ``StoreError`` when it cannot be used.
    """
    database = Database(url, patience=patience, stopping=stopping)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return Store(database)
