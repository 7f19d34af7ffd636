"""When each source is synced and assessments are due: APScheduler, told by one thread.

Only the main thread calls this. A job that changes jobs while the scheduler shuts down blocks
both for ever, so what a job returns is passed on and acted on over there.
"""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, Literal, TypeVar

import structlog
from apscheduler.events import (
    EVENT_JOB_ERROR,
    EVENT_JOB_EXECUTED,
    EVENT_JOB_MAX_INSTANCES,
    EVENT_JOB_MISSED,
    JobExecutionEvent,
    JobSubmissionEvent,
)
from apscheduler.executors.debug import DebugExecutor
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from slipwatch.aggregator.wire import place
from slipwatch.config.settings import SlipwatchSettings
from slipwatch.config.sources import SourceSettings

log = structlog.get_logger(__name__)

MAX_WORKERS = 16
"""Sources that are synced at the same time; the others wait for their turn."""

SOON = timedelta(seconds=0.3)
"""How long a part of a source waits for others that webhooks name in the same moment."""

BUSY = timedelta(seconds=1)
"""When it is asked again whether the sync that was under way has ended."""

AGAIN = timedelta(seconds=5)
"""When a part of a source in which nothing was new is read once more: Jira's search index lags
behind what its webhooks tell by seconds."""

GRACE: int | None = None
"""After how many seconds a run that has not begun is left out: none is, as waiting for a worker
counts too."""

SYNC, NAMED, LOOK_AGAIN = "sync", "named", "again"
"""Jobs of a source, whose name follows in their ids: to sync it, or what webhooks named of it, or
to call back about it."""

FEEDS, ASSESSMENT, REPORT = "feeds", "assessment", "report"
"""Jobs of none: to read feeds, to let an assessment be due, or one for a report."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Busy:
    source: str


@dataclass(frozen=True, slots=True)
class Lost:
    """A run that was due and came to nothing, which APScheduler tells of by an event alone."""

    task: str
    """What its job does, such as ``SYNC``."""
    source: str
    """Empty for what is about none."""
    reason: Literal["error", "late", "busy"]
    """It raised; its time had passed when it would have begun; the last one was under way."""


class Schedule(Generic[Result]):
    """The jobs of a running service: at most one sync of a source at a time."""

    def __init__(
        self,
        *,
        sync: Callable[[SlipwatchSettings, str], Result],
        sync_named: Callable[[str], Result],
        read_feeds: Callable[[SlipwatchSettings], Result],
        on_synced: Callable[[Result], None],
        on_busy: Callable[[str], None],
        on_due: Callable[[], None],
        on_lost: Callable[[Lost], None],
    ) -> None:
        """Take what runs in worker threads, and what hears of it.

        ``sync`` reads a source, ``sync_named`` what webhooks named of it, ``read_feeds`` what is
        measured and spent; they raise nothing but what is a bug.
        ``on_synced`` is called when the job has ended for the scheduler too, so that the source
        may be synced again at once; ``on_busy`` when a source was being synced already, and
        ``on_lost`` after any run that came to nothing.
        """
        self._sync = sync
        self._sync_named = sync_named
        self._read_feeds = read_feeds
        self._on_synced = on_synced
        self._on_busy = on_busy
        self._on_due = on_due
        self._on_lost = on_lost
        self._sources: dict[str, tuple[SourceSettings, timedelta]] = {}
        self._turns: dict[str, threading.Lock] = {}
        self._soon: set[str] = set()
        self._quiet: dict[str, datetime] = {}
        self._feeds: tuple[object, ...] = ()
        self._assess_every: timedelta | None = None
        self._scheduler = BackgroundScheduler(
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": GRACE},
            # Assessments must come due also while every worker waits for a source.
            executors={"default": ThreadPoolExecutor(MAX_WORKERS), "in place": DebugExecutor()},
            timezone=UTC,
        )
        self._scheduler.add_listener(
            self._note,
            EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES,
        )

    def start(self) -> None:
        """Begin to run jobs."""
        self._scheduler.start()

    def stop(self, seconds: float) -> bool:
        """Start nothing more; return whether everything under way ended in so many seconds."""
        ending = threading.Thread(target=self._scheduler.shutdown, name="shutdown", daemon=True)
        ending.start()
        ending.join(seconds)
        return not ending.is_alive()

    def follow(self, settings: SlipwatchSettings) -> frozenset[str]:
        """Do as the settings say; return the sources that are new or different: they go first."""
        wanted = {
            name: (source, source.every or settings.sync.every)
            for name, source in settings.sources.items()
        }
        for name in self._sources.keys() - wanted.keys():
            self._scheduler.remove_job(_job(name))
            self._quiet.pop(name, None)
        changed = [name for name in wanted if wanted[name] != self._sources.get(name)]
        now = datetime.now(UTC)
        for name in changed:
            self._quiet.pop(name, None)
            self._turns.setdefault(name, threading.Lock())
            self._scheduler.add_job(
                self._in_turn,
                "interval",
                args=[settings, name],
                id=_job(name),
                seconds=wanted[name][1].total_seconds(),
                next_run_time=now,
                replace_existing=True,
            )
        self._sources = wanted
        self._assess_at_intervals(settings.assess.every, now)
        return frozenset(changed)

    def follow_feeds(self, settings: SlipwatchSettings, feeds: tuple[object, ...]) -> bool:
        """Read feeds as often as sources; return whether they are others, and read at once."""
        wanted = (settings.sync.every, *feeds) if feeds else ()
        changed = wanted != self._feeds
        if changed and self._feeds:
            self._scheduler.remove_job(FEEDS)
        self._feeds = wanted
        if not wanted:
            return False
        if changed:
            self._scheduler.add_job(
                lambda: self._read_feeds(settings),
                "interval",
                id=FEEDS,
                seconds=settings.sync.every.total_seconds(),
                next_run_time=datetime.now(UTC),
            )
        return changed

    def read_feeds_now(self) -> bool:
        """Read feeds at once; return whether there are any."""
        if self._feeds:
            self._scheduler.modify_job(FEEDS, next_run_time=datetime.now(UTC))
        return bool(self._feeds)

    def sync_now(self, sources: Iterable[str]) -> None:
        """Sync sources at once; one that is being synced goes on with that."""
        for name in sources:
            self._scheduler.modify_job(_job(name), next_run_time=datetime.now(UTC))

    def sync_soon(self, source: str, wait: timedelta = SOON) -> bool:
        """Sync in a moment what was named of a source, once however often this is asked.

        False while the source is to be left alone: then it is done afterwards.
        """
        now = datetime.now(UTC)
        quiet = self._quiet.get(source, now)
        if source not in self._soon:
            self._soon.add(source)
            self._scheduler.add_job(
                self._named_in_turn,
                "date",
                args=[source],
                id=_named_job(source),
                run_date=max(now + wait, quiet),
            )
        return quiet <= now

    def call_again(self, source: str, call: Callable[[], None]) -> None:
        """Call back about a source in a few seconds, once however often this is asked."""
        self._scheduler.add_job(
            call,
            "date",
            id=f"{LOOK_AGAIN} {source}",
            executor="in place",
            run_date=datetime.now(UTC) + AGAIN,
            replace_existing=True,
        )

    def soon_is_over(self, source: str) -> None:
        """Let a source be synced soon once more; to be called when the last time has ended."""
        self._soon.discard(source)

    def leave_alone(self, source: str, wait: timedelta) -> None:
        """Do not sync a source before that much time has passed."""
        later = datetime.now(UTC) + wait
        self._quiet[source] = later
        for name in (_job(source), _named_job(source)):
            job = self._scheduler.get_job(name)
            if job is not None and later > job.next_run_time:
                self._scheduler.modify_job(name, next_run_time=later)

    def assess_in(self, wait: timedelta) -> None:
        """Let an assessment be due after that much time too, as something is due with it."""
        if wait <= timedelta(0):
            # It was due, and is tried with the next assessment.
            return
        self._scheduler.add_job(
            self._on_due,
            "date",
            id=REPORT,
            executor="in place",
            run_date=datetime.now(UTC) + wait,
            replace_existing=True,
        )

    def _in_turn(self, settings: SlipwatchSettings, source: str) -> Result:
        """Sync a source, after the part of it that is being read, which does not take long."""
        with self._turns[source]:
            return self._sync(settings, source)

    def _named_in_turn(self, source: str) -> Result | _Busy:
        """Sync what was named, unless a sync is under way: that may take hours."""
        turn = self._turns[source]
        if not turn.acquire(blocking=False):
            return _Busy(source)
        try:
            return self._sync_named(source)
        finally:
            turn.release()

    def _assess_at_intervals(self, every: timedelta, now: datetime) -> None:
        if every == self._assess_every:
            return
        self._assess_every = every
        self._scheduler.add_job(
            self._on_due,
            "interval",
            id=ASSESSMENT,
            executor="in place",
            seconds=every.total_seconds(),
            next_run_time=now + every,
            replace_existing=True,
        )

    def _note(self, event: JobExecutionEvent | JobSubmissionEvent) -> None:
        if isinstance(event, JobSubmissionEvent) or event.code != EVENT_JOB_EXECUTED:
            self._note_lost(event)
        elif isinstance(event.retval, _Busy):
            self._on_busy(event.retval.source)
        elif event.retval is not None:
            self._on_synced(event.retval)

    def _note_lost(self, event: JobExecutionEvent | JobSubmissionEvent) -> None:
        task, _, source = event.job_id.partition(" ")
        if isinstance(event, JobSubmissionEvent):
            log.warning("still under way, next run left out", job=event.job_id)
            self._on_lost(Lost(task, source, "busy"))
        elif event.exception is None:
            log.warning("late, run left out", job=event.job_id, due=str(event.scheduled_run_time))
            self._on_lost(Lost(task, source, "late"))
        else:
            # Its text may quote a payload; its type and place do not.
            error = event.exception
            log.error(
                "job failed", job=event.job_id, error=type(error).__name__, where=place(error)
            )
            self._on_lost(Lost(task, source, "error"))


def _job(source: str) -> str:
    return f"{SYNC} {source}"


def _named_job(source: str) -> str:
    return f"{NAMED} {source}"
