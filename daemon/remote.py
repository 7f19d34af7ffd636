"""Starts the process that reads a source beside this one."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from tempfile import TemporaryFile
from weakref import finalize

import structlog

from slipwatch.aggregator.connector import RequestSeen
from slipwatch.aggregator.readers import Readers
from slipwatch.aggregator.records import Cursor
from slipwatch.aggregator.remote import ReadingProcess, RemoteReaders
from slipwatch.aggregator.wire import Learned, Line, Report, Task
from slipwatch.config.sources import HttpSourceSettings, SourceSettings
from slipwatch.connectors.table import BUILT_IN
from slipwatch.connectors.throttle import SharedThrottle
from slipwatch.connectors.turns import SharedTurns

log = structlog.get_logger(__name__)


_MALLOC = {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "131072"}
"""Lets glibc give back what a page took: an arena for each thread, and a threshold that grows with
what is freed, keep a dozen MiB more. Other allocators do not know these."""


def read_beside(
    source: str,
    settings: SourceSettings,
    throttle: SharedThrottle,
    own: Readers,
    *,
    together: int,
    cursors: Sequence[tuple[str, Cursor]],
    named: Sequence[str] | None,
    approvals: frozenset[str],
    roles: Mapping[str, str],
    on_request: Callable[[RequestSeen], None],
    stop: Callable[[], bool],
) -> RemoteReaders | None:
    """Start a process that reads beside ``own``; None where it has no core, or cannot start.

    ``cursors`` are those of the source and ``named`` the scopes that somebody named, for a
    connector that follows its scopes; ``approvals`` and ``roles`` go into its ``Context``.
    Connectors of third parties may log, or keep something between their objects: they stay here.
    """
    if settings.kind not in BUILT_IN or not isinstance(settings, HttpSourceSettings):
        return None
    if _cores() < 2:
        return None
    task = Task(
        source=source,
        kind=settings.kind,
        settings=settings.model_dump(mode="json", exclude_unset=True, by_alias=True),
        readers=max(1, settings.concurrency - 1),
        concurrency=settings.concurrency,
        together=together,
        allowed=throttle.allowed,
        cursors=[*cursors],
        named=None if named is None else [*named],
        approvals=approvals,
        roles={**roles},
    )
    try:
        file = _file()
        # Whoever still waits for a turn when the process has ended holds on to the turns.
        turns = SharedTurns(file)
        finalize(turns, os.close, file)
        process = _start(task, file)
    except OSError as error:
        log.warning("no process to read with", source=source, error=str(error))
        return None
    throttle.share(turns, lambda allowed, away: process.say(Learned(allowed, away)))
    return RemoteReaders(
        source,
        process,
        own,
        on_request=on_request,
        learn=throttle.learn,
        stop=stop,
        on_end=lambda: throttle.share(None, None),
    )


def _file() -> int:
    """Open a file that nobody else can open, in memory where that can be."""
    if sys.platform == "linux":
        return os.memfd_create("turns")
    with TemporaryFile(buffering=0) as file:
        return os.dup(file.fileno())


def _start(task: Task, turns: int) -> ReadingProcess:
    """Start one; raises ``OSError``."""
    ours, theirs = socket.socketpair()
    passed = theirs.fileno(), turns
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-P", "-m", "slipwatch.daemon.beside", *map(str, passed)],
                pass_fds=passed,
                env={**os.environ, **_MALLOC},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a traceback may quote what was read
                start_new_session=True,  # a Ctrl-C is for this process, which ends that one
            )
        except OSError:
            ours.close()
            raise
    reading = ReadingProcess(process, Line[Report](ours, Report), task.readers)
    with suppress(OSError):  # one that has gone already does not get ready
        reading.line.send(task)
    return reading


def _cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
