"""Starts the processes that read a source beside this one."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import structlog

from slipwatch.aggregator.connector import RequestSeen
from slipwatch.aggregator.records import Cursor
from slipwatch.aggregator.remote import ReadingProcess, RemoteReaders
from slipwatch.aggregator.wire import Line, Report, Task
from slipwatch.config.sources import HttpSourceSettings, SourceSettings
from slipwatch.connectors.table import BUILT_IN
from slipwatch.connectors.throttle import SharedThrottle

log = structlog.get_logger(__name__)

MOST = 2
"""Processes; what more of them read would wait for the store."""


def read_beside(
    source: str,
    settings: SourceSettings,
    throttle: SharedThrottle,
    *,
    together: int,
    cursors: Sequence[tuple[str, Cursor]],
    named: Sequence[str] | None,
    approvals: frozenset[str],
    roles: Mapping[str, str],
    on_request: Callable[[RequestSeen], None],
    stop: Callable[[], bool],
) -> RemoteReaders | None:
    """Start processes that read a source; None where there is no core for them, or none will run.

    ``cursors`` are those of the source and ``named`` the scopes that somebody named, for a
    connector that follows its scopes; ``approvals`` and ``roles`` go into its ``Context``.
    Connectors of third parties may log, or keep something between their objects: they stay here.
    """
    if settings.kind not in BUILT_IN or not isinstance(settings, HttpSourceSettings):
        return None
    cores = _cores()
    if cores < 2:
        return None
    count = min(settings.concurrency, cores, MOST)
    started: list[ReadingProcess] = []
    try:
        for number in range(count):
            task = Task(
                source=source,
                kind=settings.kind,
                settings=settings.model_dump(mode="json", exclude_unset=True, by_alias=True),
                concurrency=_share(settings.concurrency, number, count),
                together=together,
                allowed=_share(throttle.allowed, number, count),
                cursors=[*cursors],
                named=None if named is None else [*named],
                approvals=approvals,
                roles={**roles},
            )
            started.append(_start(task))
    except OSError as error:
        log.warning("no process to read with", source=source, error=str(error))
    if len(started) < count or not all(each.is_ready(on_request) for each in started):
        for each in started:
            each.end()
        codes = [each.process.returncode for each in started]
        log.warning("source is read without processes beside", source=source, codes=codes)
        return None
    return RemoteReaders(source, started, on_request=on_request, learn=throttle.learn, stop=stop)


def _start(task: Task) -> ReadingProcess:
    """Start one; raises ``OSError``."""
    ours, theirs = socket.socketpair()
    with theirs:
        try:
            process = subprocess.Popen(  # noqa: S603  # our own program
                [sys.executable, "-P", "-m", "slipwatch.daemon.reader", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # a traceback may quote what was read
                start_new_session=True,  # a Ctrl-C is for this process, which ends that one
            )
        except OSError:
            ours.close()
            raise
    reading = ReadingProcess(
        process, Line[Report](ours, Report), task.concurrency, allowed=task.allowed
    )
    with suppress(OSError):  # one that has gone already does not get ready
        reading.line.send(task)
    return reading


def _share(whole: int, number: int, count: int) -> int:
    """Give a process its share, and never nothing."""
    return max(1, whole // count + (number < whole % count))


def _cores() -> int:
    """Count the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
